"""Numbers of licences, content rules and limits, per period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.case.parameters import Floats, parameter
from optimizer.case.values import capacity, offered, quantity
from optimizer.case.windows import GRID

if TYPE_CHECKING:
    from optimizer.case.network import Structure
    from optimizer.case.timeline import Timelines


def _licensed(structure: Structure, timelines: Timelines, over: str) -> Floats:
    """Tonnes a licence lets through, infinite where all passes."""
    passing = timelines.passing
    able, sold = capacity(structure, timelines), offered(structure, timelines)
    controls = structure.case.tables["controls"]
    position = {row.control: number for number, row in enumerate(controls)}
    in_force, quota = timelines.series("controls", "in_force"), timelines.series("controls", "quota")
    most, free = timelines.calendar.total(quota * in_force), 1 - timelines.calendar.mean(in_force)
    result = np.full((len(structure.index[over]), len(structure.periods)), np.inf)
    for number, key in enumerate(structure.index[over]):
        control = position[str(key[0])]
        share, capped = passing[control], (free[control] < 1) & (controls[control].quota is not None)
        bites = share < 1
        if bites.any() or capped.any():
            could = structure.exportable[key]
            total = sum((able[plant] * tonnes for plant, tonnes in could.plants), np.zeros_like(share))
            total = total + sum((sold[offer] for offer in could.offers), np.zeros_like(share))
            result[number, bites] = (share * total)[bites]
            cap = most[control] + free[control] * total  # what leaves on days out of force is not counted against it
            result[number, capped] = np.minimum(result[number], cap)[capped]
    return result


@parameter("t", "export_licences", reads="controls plants offers availability")
def export_licensed(structure: Structure, timelines: Timelines) -> Floats:
    """Tonnes a control lets a place export; infinite where it restricts nothing."""
    return _licensed(structure, timelines, "export_licences")


@parameter("t", "content_licences", reads="controls plants offers availability")
def content_licensed(structure: Structure, timelines: Timelines) -> Floats:
    """Tonnes of exposed goods a control lets a third country's place export; infinite where it restricts nothing."""
    return _licensed(structure, timelines, "content_licences")


@parameter("t", "end_use_licences", reads="controls demand")
def end_use_licensed(structure: Structure, timelines: Timelines) -> Floats:
    """Tonnes of exposed goods a control lets an end use have; infinite where it restricts nothing."""
    passing = timelines.passing
    position = {row.control: number for number, row in enumerate(structure.case.tables["controls"])}
    wanted = dict(zip(structure.index["demands"], quantity(structure, timelines), strict=True))
    result = np.full((len(structure.index["end_use_licences"]), len(structure.periods)), np.inf)
    for number, (control, *demand) in enumerate(structure.index["end_use_licences"]):
        share = passing[position[str(control)]]
        result[number, share < 1] = (share * wanted[tuple(demand)])[share < 1]
    return result


@parameter("share", "rules", reads="controls")
def content_share(structure: Structure, timelines: Timelines) -> Floats:
    """Largest value share of exposed content in a clean lot: the threshold less the margin, at least 0."""
    thresholds = timelines.mean("controls", "threshold")
    rows = structure.case.tables["controls"]
    result = []
    for (rule,) in structure.index["rules"]:
        same = [thresholds[n] for n, row in enumerate(rows) if structure.exposures.rule_of.get(row.control) == rule]
        result.append(np.maximum(0.0, np.min(same, axis=0) - structure.case.file.content_margin))
    return np.array(result).reshape(-1, len(structure.periods))


@parameter("share or t or USD", "limit_windows", reads="limits", timed=False)
def limit_value(structure: Structure, timelines: Timelines) -> Floats:
    """The bound of a limit in a window: a share, or tonnes or USD over the window."""
    values = timelines.series("limits", "value")
    return np.array(
        [
            _over_window(structure, window, values, per_year=window.row.measure in ("volume", "spend"))
            for window in structure.windows
        ]
    )


@parameter("USD per unit", "limit_windows", reads="limits", timed=False)
def breach_price(structure: Structure, timelines: Timelines) -> Floats:
    """What a unit of breach costs; 0 for a hard limit, which cannot be broken."""
    values = timelines.series("limits", "penalty")
    return np.array([_over_window(structure, window, values, per_year=False) for window in structure.windows])


@parameter("share", "tangents", reads="limits", timed=False)
def tangent_slope(structure: Structure, timelines: Timelines) -> Floats:
    """Twice the share at which a square of a share has a tangent."""
    return np.array([2 * _tangent(slot) for *_, slot in structure.index["tangents"]])


@parameter("share", "tangents", reads="limits", timed=False)
def tangent_drop(structure: Structure, timelines: Timelines) -> Floats:
    """The square of that share."""
    return np.array([_tangent(slot) ** 2 for *_, slot in structure.index["tangents"]])


def _tangent(slot: int) -> float:
    """Share of a tangent before any has been added: the grid, then zero."""
    return GRID[slot] if slot < len(GRID) else 0.0


def _over_window(structure: Structure, window: Any, values: Floats, *, per_year: bool) -> float:
    """Mean of a limit's daily series over its window, times the window's years if per year."""
    row = values[window.number : window.number + 1]
    lengths, years = structure.calendar.lengths, structure.calendar.years
    periods = list(window.periods)
    mean = structure.calendar.mean(row)[0][periods] @ lengths[periods] / lengths[periods].sum()
    return float(mean * years[periods].sum() if per_year else mean)
