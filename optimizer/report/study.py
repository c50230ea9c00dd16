"""The page of a study: what its figures say, drawn by the charts of the report."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.folder.manifest import REPORT
from optimizer.folder.swap import replace_file
from optimizer.folder.target import said_of
from optimizer.plans.amounts import Scale, money, percent, tonnes
from optimizer.plans.sections import Field, Section, number
from optimizer.report.charts import bars
from optimizer.report.markup import Html, figure, join, section, table, tag
from optimizer.report.page import html_of
from optimizer.report.wording import plain
from optimizer.studies.designs import LoseEach
from optimizer.studies.findings import findings, groups, moved_by
from optimizer.studies.record import StudyRecord, read_record
from optimizer.studies.tables import asked, counted
from optimizer.studies.work import FACTOR

FAN = (0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
"""Parts of the rows below the values that are shown."""
SERIES = 3
"""Most answers that one chart shows beside each other."""
LOST = 15
"""Losses that are drawn."""
EACH = 26
"""Height of a bar."""


def study_page(folder: Path, called: str = "") -> str:
    """The report of a study as one HTML page that loads nothing.

    Parameters
    ----------
    folder : Path
        Of the study.
    called : str, optional
        What the folder is called for whoever reads it.

    Returns
    -------
    str

    Raises
    ------
    InputError
        If there are no figures yet.
    """
    record, count = read_record(folder), counted(folder)
    found = asked(folder, "SELECT * FROM rows")
    sound = found[found["certified"]]
    charts = [chart for chart in (*_fans(sound), *_tornados(record, sound), *_losses(record, sound)) if chart]
    rows = f"{found['row'].nunique():,} of {record.study.rows:,} rows"
    missing = f"{count['uncertified']:,} of {count['answers']:,} answers are not certified: they have no numbers."
    parts = [
        section("count", "What was planned", tag("p", f"{rows}; {missing}", _class="lead")),
        section("charts", "At a glance", *(drawn for drawn, _ in charts)) if charts else None,
        *(_told(some, place) for place, some in enumerate(findings(folder, called))),
        _every_figure(record, sound),
    ]
    study = record.study
    return html_of(
        record.case_sha256,
        title=f"{study.name}: {study.title}",
        heading=study.title or study.name,
        subject=f"Study {study.name} of case {study.case}, design {study.design.kind}",
        sections=join(parts),
        footer=tag("footer", tag("p", "Made by lodestar study report; charts: Apache ECharts (Apache-2.0).")),
        drawn={"bars": [{"id": name, "each": EACH, **some} for _, (name, some) in charts]},
    )


def write_study_page(folder: Path, out: Path | None = None) -> Path:
    """Write the page of a study.

    Parameters
    ----------
    folder : Path
    out : Path, optional
        The file; by default `report.html` in the folder.

    Returns
    -------
    Path
        The file written; it is written beside and moved, so that no half of it is ever seen.

    Raises
    ------
    InputError
        If there are no figures yet, or it cannot be written.
    """
    target = folder / REPORT if out is None else out
    made = study_page(folder)
    with said_of(target):
        replace_file(target, made, target.with_name(f".{target.name}-{os.getpid()}.part"))
    return target


Chart = tuple[Html, tuple[str, dict[str, Any]]]
"""A chart in the page, and its name with what it draws."""


def _chart(name: str, said: str, caption: str, drawn: dict[str, Any]) -> Chart:
    return figure(name, said, caption=caption), (name, drawn)


def _fans(sound: pd.DataFrame) -> list[Chart]:
    """Quantiles of cost and of tonnes short, of the first few answers."""
    found = []
    each = list(groups(sound))[-SERIES:]
    names = [f"{percent(at)} of rows below" if at < 1 else "worst row" for at in FAN]
    for column, what, scale in (
        ("cost_usd", "Cost", money(*sound["cost_usd"])),
        ("short_t", "Tonnes short", tonnes(*sound["short_t"])),
    ):
        series = {" ".join(dict.fromkeys(key)): [float(some[column].quantile(at)) for at in FAN] for key, some in each}
        if series and sound[column].abs().max() > 0:
            caption = f"{what} over all rows, {scale.unit}: what so many of them stay below."
            found.append(_chart(f"fan-{column}", f"Bars: {caption}", caption, bars(scale, names, dict(series))))
    return found


def _tornados(record: StudyRecord, sound: pd.DataFrame) -> list[Chart]:
    """What moves the cost of each answer."""
    found = []
    for place, ((scenario, answer), some) in enumerate(groups(sound)):
        listed, _ = moved_by(record, scenario, some)
        if listed:
            scale: Scale = money(*(one.swing for one in listed))
            caption = (
                f"What moves the cost of {scenario}, {answer}: change from each factor's 10th to its 90th percentile, "
                f"{scale.unit}."
            )
            drawn = bars(scale, [one.factor for one in listed], {"change": [one.swing for one in listed]})
            found.append(_chart(f"tornado-{place}", f"Bars: {caption}", caption, drawn))
    return found


def _losses(record: StudyRecord, sound: pd.DataFrame) -> list[Chart]:
    """Who is missed most."""
    if not isinstance(record.study.design, LoseEach):
        return []
    worst = sound.sort_values(["short_t", "change_usd"], ascending=False, kind="stable").head(LOST)
    scale = tonnes(*worst["short_t"])
    names = [
        f"{lost}, {days} days, {answer}"
        for lost, days, answer in zip(worst[f"{FACTOR}lost"], worst[f"{FACTOR}days"], worst["answer"], strict=True)
    ]
    caption = f"Who is missed most: tonnes short, {scale.unit}."
    drawn = bars(scale, names, {"short": [float(some) for some in worst["short_t"]]})
    return [_chart("losses", f"Bars: {caption}", caption, drawn)]


def _told(some: Section, place: int) -> Html:
    """A section as a table, with what it says."""
    says = tag("p", some.says, _class="note") if some.says else None
    return section(f"{some.name}-{place}", some.title or "In a word", table(some) if some.fields else None, says)


def _every_figure(record: StudyRecord, sound: pd.DataFrame) -> Html | None:
    """Quantiles of every figure, answer by answer."""
    shown = [number("least", "value", plain)]
    shown += [number("largest" if at == 1 else f"{percent(at)} below", "value", plain) for at in FAN]
    fields = (Field("figure"), Field("unit"), *shown, Field("moved by ties"))
    tables = []
    for (scenario, answer), some in groups(sound):
        rows = []
        for figure_ in record.figures:
            values = some[str(figure_["name"])].to_numpy(float)
            values = values[~np.isnan(values)]
            if len(values):
                cells = np.quantile(values, (0.0, *FAN)).tolist()
                rows.append((figure_["name"], figure_["unit"], *cells, "yes" if figure_["tied"] else "no"))
        tables.append(table(Section("figures", f"{scenario}, {answer}", fields, tuple(rows))))
    return section("figures", "Every figure", *tables) if tables else None
