"""The decision list as it is shown: what is one thing to do in one line, the largest of each kind, the rest counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from optimizer.plans.amounts import Scale, mass, money, percent, usd
from optimizer.plans.decisions import KINDS, Decisions
from optimizer.plans.outcome import TOLERANCE, Outcome
from optimizer.plans.penalties import Missed
from optimizer.plans.schema import lines
from optimizer.plans.sections import Field, Section, amount
from optimizer.plans.tables.contracts import Contracts, contracts
from optimizer.plans.tables.projects import Projects, projects

DO = {
    "contract": "sign",
    "frame": "agree with",
    "project": "begin",
    "order": "order from",
    "stock": "keep at",
    "licence": "apply under",
}
"""What is done, by kind of decision."""
MANY = {
    "contract": "contracts",
    "frame": "frames",
    "project": "projects",
    "order": "orders",
    "stock": "stocks to reach",
    "licence": "licences",
}
"""What several of a kind are called."""
YEARLY = ("contract", "frame", "project")
"""Kinds that are of so much a year."""
EACH = 5
"""Lines of each kind that are shown where not all are."""
TITLE = "What to do, of the plan to carry out ({}), by the day by which to act"
ELSEWHERE = "`lodestar decisions` lists all with what each costs undone; the table `decisions` (--out) has every one"
"""Where the rest stands."""
DEAR = "What a line costs if it is not done takes a plan for each: `lodestar decisions` works it out."
IF_NOT = (
    "If not: by how much the least cost rises where that line alone is forbidden and all the rest is planned again; "
    "a dash where that leaves no proved plan."
)
"""What the cost of a line that is not done is."""
FIRST = "Orders and licences are those of the first two periods."


def things_to_do(table: pd.DataFrame) -> pd.DataFrame:
    """Lines of one thing to do together, the first periods in one.

    Parameters
    ----------
    table : DataFrame
        Columns of `Decisions`, of one plan.

    Returns
    -------
    DataFrame
        The same columns; orders of a supplier for a grade and a site are one line, and so are licences of a control
        for one way.
    """
    return Decisions.of(_things(table))


def _things(table: pd.DataFrame) -> Iterator[dict[Any, Any]]:
    """The lines, in the order of the first of each."""
    it = Decisions
    keys = [str(key) for key in (it.kind, it.what, it.under, it.material, it.group, it.site, it.mode)]
    for _, some in table.groupby(keys, sort=False):
        rows = list(lines(some))
        first, tonnes = rows[0], sum(row[it.how_much] for row in rows)
        value = some[it.worth_usd].sum(min_count=1)
        each = value / tonnes if first[it.kind] == "order" else first[it.price_usd_per_t]
        whole = {it.how_much: tonnes, it.worth_usd: value, it.price_usd_per_t: each}
        yield {column: whole.get(column, first[column]) for column in it.columns()}


def largest(table: pd.DataFrame, each: int = EACH) -> pd.DataFrame:
    """Of each kind the lines that are worth most, or are of the most tonnes where no worth is known, by their days.

    Parameters
    ----------
    table : DataFrame
        As `things_to_do` gives it.
    each : int
        Lines of a kind.
    """
    it = Decisions
    ranked = table.sort_values([it.worth_usd, it.how_much], ascending=False, kind="stable", na_position="last")
    return table.loc[sorted(ranked.groupby(str(it.kind), sort=False).head(each).index)]


def to_do(
    table: pd.DataFrame,
    of: str = "base plan",
    broken: pd.DataFrame | None = None,
    undone: Sequence[float] | None = None,
    waits: Sequence[str] | None = None,
    each: int | None = None,
    says: str = "",
) -> Section:
    """The decision list of a plan as a section.

    Parameters
    ----------
    table : DataFrame
        As `things_to_do` gives it.
    of : str
        Whose plan it is.
    broken : DataFrame, optional
        What the plan misses, as `missed` gives it: its limits are said to stay broken.
    undone : sequence of float, optional
        What each line costs if it is not done, USD; not a number where that is not known.
    waits : sequence of str, optional
        Until when each line may wait; empty where it cannot.
    each : int, optional
        Lines of a kind that are shown; by default all.
    says : str
        What else there is to say below the list.
    """
    notes = () if broken is None else _stay_broken(broken)
    if table.empty:
        return Section("decisions", says=" ".join(("Nothing is to be done.", *notes)))
    it = Decisions
    more: list[dict[Any, Any]] = [] if undone is None else [dict(zip(table.index, undone, strict=True))]
    more += [] if waits is None else [dict(zip(table.index, waits, strict=True))]
    shown = table if each is None else largest(table, each)
    worth = money(*shown[it.worth_usd].dropna())
    cost_scale = money(*(some for some in (undone or ()) if some == some))
    rows = tuple(
        (*_row(line), *(cells[place] for cells in more)) for place, line in zip(shown.index, lines(shown), strict=True)
    )
    fields = (
        *_fields(worth),
        *(() if undone is None else (amount(f"if not\n{cost_scale.unit}", cost_scale, sign=True),)),
        *(() if waits is None else (Field("may wait\nuntil"),)),
    )
    rest = _rest(table.drop(shown.index))
    return Section("decisions", TITLE.format(of), fields, rows, says=f"{rest}{says}".strip(), notes=notes)


def _fields(worth: Scale) -> tuple[Field, ...]:
    """The columns of the list."""
    return (
        Field("act by"),
        Field("what", least=20),
        Field("of", least=14),
        Field("to", rank=2),
        Field("how much"),
        Field("there", rank=3),
        Field("USD/kg", lambda usd: f"{usd / 1000:,.1f}", "USD/kg", rank=1),
        amount(f"value\n{worth.unit}", worth, rank=1),
    )


def _row(line: Mapping[str, Any]) -> tuple[Any, ...]:
    """The cells of a line."""
    it = Decisions
    yearly = line[it.kind] in YEARLY
    until, goods = f"until {line[it.until]}" if line[it.until] else "", (it.under, it.material, it.group, it.mode)
    return (
        line[it.act_on],
        f"{DO[line[it.kind]]} {line[it.what]}",
        " ".join(str(some) for some in (*(line[name] for name in goods), until) if some),
        line[it.site] if line[it.kind] != "stock" else "",
        f"{mass(line[it.how_much])}{' a year' if yearly else ''}",
        line[it.there_on],
        line[it.price_usd_per_t],
        line[it.worth_usd],
    )


def _rest(table: pd.DataFrame) -> str:
    """How many lines are not shown, by kind, and where they are."""
    if table.empty:
        return ""
    it = Decisions
    told = []
    for kind in KINDS:
        some = table[table[it.kind] == kind]
        if len(some):
            value = some[it.worth_usd].sum()
            told.append(f"{len(some)} {MANY[kind] if len(some) > 1 else kind}{f' worth {usd(value)}' if value else ''}")
    return f"The largest of each kind; not shown: {', '.join(told)}. {ELSEWHERE}. "


def _stay_broken(table: pd.DataFrame) -> tuple[str, ...]:
    """Limits that stay broken in the plan, in one line."""
    it = Missed
    some = [line for line in lines(table) if line[it.kind] == "limit"]
    if not some:
        return ()
    told = "; ".join(f"{line[it.what]} in {line[it.where]} by {line[it.by]}" for line in some)
    return (f"Limits that stay broken even so: {told}.",)


def in_parts(outcome: Outcome) -> str:
    """What a plan takes in part that there is only as a whole, in a sentence; empty where it takes nothing so.

    Parameters
    ----------
    outcome : Outcome
    """
    by, shares = outcome.frame.structure.by, dict[str, list[float]]()
    for line in lines(projects(outcome)):
        if by.projects[line[Projects.project]].kind == "qualify":
            shares.setdefault(line[Projects.project], []).append(line[Projects.share])
    told = [f"{name} {percent(sum(some))}" for name, some in shares.items() if max(some) < 1 - TOLERANCE]
    for line in lines(contracts(outcome)):
        row, volume = by.contracts[line[Contracts.contract]], line[Contracts.reserved_t_per_year]
        if TOLERANCE < volume < row.min_volume * (1 - TOLERANCE):
            told.append(f"{row.contract} {mass(volume)} a year of at least {mass(row.min_volume)}")
    more = f" and {len(told) - EACH} more" if len(told) > EACH else ""
    return f" Taken in part: {', '.join(told[:EACH])}{more}; `lodestar whole` takes whole ones." if told else ""


def first_to_do(table: pd.DataFrame) -> Section | None:
    """What is to be done first of all, in a sentence; None where nothing is.

    Parameters
    ----------
    table : DataFrame
        As `things_to_do` gives it.
    """
    if table.empty:
        return None
    it, day = Decisions, table[Decisions.act_on].min()
    first = list(lines(table[table[it.act_on] == day]))
    told = "; ".join(f"{what}, {of}" if of else what for _, what, of, *_ in map(_row, first[:EACH]))
    more = len(table) - len(first[:EACH])
    rest = " One thing more: above." if more == 1 else f" {more} things more: above." if more else ""
    return Section("first", says=f"To do first, by {day}: {told}.{rest}")
