"""What a study says, as sections that a screen or a page draws."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.plans.amounts import NONE, money, percent, tonnes
from optimizer.plans.outcome import TOLERANCE
from optimizer.plans.sections import Field, Section, amount, number
from optimizer.studies.boxes import box, interval
from optimizer.studies.designs import LoseEach, SobolIndices
from optimizer.studies.record import StudyRecord, read_record
from optimizer.studies.sensitivity import Pull, indices, pulls
from optimizer.studies.tables import asked
from optimizer.studies.work import FACTOR

BASE = "base"
"""Scenario of base plans, which know nothing of what is news."""
WORST = 20
"""Rows that are listed with the command that plans each in full."""
QUANTILES = (0.05, 0.5, 0.95)
"""Parts of the rows below the figures that are shown."""
FEW = 20
"""Rows below which nothing is said of what moves a figure."""


def findings(folder: Path, called: str = "") -> list[Section]:
    """What the figures of a study say, section by section.

    Parameters
    ----------
    folder : Path
    called : str, optional
        What the folder is called for whoever reads it; by default as it is.

    Raises
    ------
    InputError
        If there are no figures yet.
    """
    record = read_record(folder)
    table = asked(folder, "SELECT * FROM rows")
    sound = table[table["certified"]]
    found = [_spread(sound)]
    for (scenario, answer), some in groups(sound):
        if record.study.factors and len(some) >= FEW:
            found += _of_answer(record, f"{scenario}, {answer}", some)
    found += [_losses(sound)] if isinstance(record.study.design, LoseEach) else []
    found += [_worst(record, called or str(folder), sound)]
    return found


def groups(table: pd.DataFrame) -> Iterator[tuple[Any, pd.DataFrame]]:
    """Answers of each scenario, in the order in which they come.

    Parameters
    ----------
    table : DataFrame
        Figures.
    """
    yield from table.groupby(["scenario", "answer"], sort=False)


def _spread(table: pd.DataFrame) -> Section:
    """Quantiles of the figures that a meeting asks for."""
    rows = []
    dear, short = money(*table["cost_usd"]), tonnes(*table["short_t"])
    for (scenario, answer), some in groups(table):
        missing = int((some["short_t"] > TOLERANCE).sum())
        least, most = interval(missing, len(some))
        rows.append(
            (
                scenario,
                answer,
                len(some),
                some["cost_usd"].mean(),
                *(some["cost_usd"].quantile(at) for at in QUANTILES),
                some["cost_usd"].max(),
                some["short_t"].mean(),
                some["short_t"].quantile(QUANTILES[-1]),
                some["short_t"].max(),
                f"{percent(missing / len(some))} ({percent(least)} to {percent(most)})",
            )
        )
    fields = (
        Field("scenario"),
        Field("answer"),
        number("rows", "rows", lambda value: f"{value:,}"),
        amount(f"mean cost\n{dear.unit}", dear),
        *(amount(f"{percent(at)}\nbelow", dear, rank=1) for at in QUANTILES),
        amount("worst", dear),
        amount(f"mean short\n{short.unit}", short),
        amount(f"{percent(QUANTILES[-1])}\nbelow", short, rank=1),
        amount("worst\nshort", short),
        Field("chance of a shortage\n(95 % interval)"),
    )
    return Section("spread", "Cost and shortage over all rows", fields, tuple(rows))


def _of_answer(record: StudyRecord, told: str, some: pd.DataFrame) -> list[Section]:
    """What moves the cost of one answer, and where it goes short."""
    names, values, kept = _told_apart(record, told, some)
    if not names or kept.sum() < FEW:
        return []
    found = [_pulls(told, *pulls(names, values[kept], some["cost_usd"].to_numpy()[kept]))]
    if isinstance(record.study.design, SobolIndices):
        found.append(_indices(told, names, record, some))
    short = some["short_t"].to_numpy()[kept] > TOLERANCE
    if short.any() and not short.all():
        found.append(_box(told, names, values[kept], short))
    return found


def _told_apart(record: StudyRecord, told: str, some: pd.DataFrame) -> tuple[list[str], Any, Any]:
    """Factors that an answer knows of, their values by row, and the rows that have all of them."""
    names = [factor.name for factor in record.study.factors if factor.is_known or not told.startswith(BASE)]
    values = some[[f"{FACTOR}{name}" for name in names]].to_numpy(float)
    return names, values, ~np.isnan(values).any(axis=1)


def moved_by(record: StudyRecord, scenario: str, some: pd.DataFrame) -> tuple[list[Pull], float]:
    """What moves the cost of the answers to a scenario, and what part of the variance that explains; see `pulls`.

    Parameters
    ----------
    record : StudyRecord
    scenario : str
    some : DataFrame
        Their figures; of few rows nothing is said.
    """
    names, values, kept = _told_apart(record, scenario, some)
    if not names or kept.sum() < FEW:
        return [], 1.0
    return pulls(names, values[kept], some["cost_usd"].to_numpy()[kept])


def _pulls(told: str, listed: list[Pull], explained: float) -> Section:
    """The factors by how much they move the cost."""
    scale = money(*(some.swing for some in listed))
    fields = (
        Field("factor"),
        number("elasticity\n%", "%", lambda value: f"{value:+.3f}"),
        amount(f"from its 10th to its\n90th percentile, {scale.unit}", scale, sign=True),
    )
    says = (
        "Elasticity: percent by which the cost moves when the factor moves by one, at the means. "
        f"A plane through all rows explains {percent(explained)} of the variance of the cost."
    )
    rows = tuple((some.factor, some.elasticity, some.swing) for some in listed)
    return Section("tornado", f"What moves the cost: {told}", fields, rows, says=says)


def _indices(told: str, names: list[str], record: StudyRecord, some: pd.DataFrame) -> Section:
    """Sobol's indices of the cost."""
    title = f"Parts of the variance of the cost: {told}"
    if len(some) < record.study.rows:
        says = f"{title}: not said, as {record.study.rows - len(some):,} of {record.study.rows:,} rows have no numbers."
        return Section("indices", says=says)
    listed = indices(names, some.sort_values("row")["cost_usd"].to_numpy(), record.study.seed)
    fields = (
        Field("factor"),
        number("alone", "part", lambda value: f"{value:.3f}"),
        Field("95 % interval"),
        number("in all", "part", lambda value: f"{value:.3f}"),
        Field("95 % interval"),
    )
    rows = tuple(
        (
            some.factor,
            some.first,
            f"{some.first_low:.3f} to {some.first_high:.3f}",
            some.total,
            f"{some.total_low:.3f} to {some.total_high:.3f}",
        )
        for some in listed
    )
    return Section("indices", title, fields, rows, says="Sobol's first and total order: alone, and with all others.")


def _box(told: str, names: list[str], values: Any, short: Any) -> Section:
    """Where goods go short."""
    found = box(names, values, short)
    fields = (Field("factor"), number("from", "value", _plain), number("to", "value", _plain))
    rows = tuple((name, *bounds) for name, bounds in found.ranges.items())
    says = (
        f"Of the rows with these values ({percent(found.mass)} of all) {percent(found.density)} go short; "
        f"of all that go short, {percent(found.coverage)} are among them."
    )
    if not rows:
        return Section("box", says=f"Where goods go short, {told}: no range of the factors tells it apart.")
    return Section("box", f"Where goods go short: {told}", fields, rows, says=says)


def _plain(value: Any) -> str:
    """A number as it stands."""
    return f"{value:.4g}" if value is not None else NONE


def _losses(table: pd.DataFrame) -> Section:
    """Who is missed most, by tonnes short and time to survive."""
    first = f"{FACTOR}lost", f"{FACTOR}days", f"{FACTOR}from"
    order = table.sort_values(["short_t", "change_usd"], ascending=False, kind="stable").head(WORST)
    short, dear = tonnes(*order["short_t"]), money(*order["change_usd"])
    fields = (
        Field("lost"),
        number("for\ndays", "days", str),
        Field("from"),
        Field("answer"),
        amount(f"short\n{short.unit}", short),
        amount(f"against base\n{dear.unit}", dear, sign=True),
        number("time to survive\ndays", "days", lambda value: f"{value:,.0f}"),
    )
    rows = tuple(
        (*(line[name] for name in first), line["answer"], line["short_t"], line["change_usd"], line["first_short_days"])
        for _, line in order.iterrows()
    )
    says = "Time to survive: days from the loss to the first period in which anything is short; a dash: nothing is."
    return Section("losses", "Who is missed most", fields, rows, says=says)


def _worst(record: StudyRecord, folder: str, table: pd.DataFrame) -> Section:
    """The rows with most tonnes short, then the dearest, in words."""
    order = table[table["scenario"] != "base"] if (table["scenario"] != "base").any() else table
    order = (
        order.sort_values(["short_t", "cost_usd"], ascending=False, kind="stable").drop_duplicates("row").head(WORST)
    )
    short, dear = tonnes(*order["short_t"]), money(*order["cost_usd"])
    fields = (
        number("row", "number", str),
        Field("scenario"),
        Field("answer"),
        amount(f"short\n{short.unit}", short),
        amount(f"cost\n{dear.unit}", dear),
        Field("with", least=30),
    )
    rows = tuple(
        (
            int(line["row"]),
            line["scenario"],
            line["answer"],
            line["short_t"],
            line["cost_usd"],
            ", ".join(f"{name} {_told(line[f'{FACTOR}{name}'])}" for name in record.factors),
        )
        for _, line in order.iterrows()
    )
    says = f"To plan one of them in full: lodestar study row {folder} ROW --out FOLDER"
    return Section("worst", f"The worst {len(rows)} rows", fields, rows, says=says)


def _told(value: Any) -> str:
    """A factor's value in a few letters."""
    if isinstance(value, str):
        return value
    return "as it is" if value is None or value != value else f"{value:.4g}"
