"""Numbers of licences, content rules and limits, per period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.case.parameters import Floats, parameter
from optimizer.case.values import CAPACITY, OFFERED, PASSING
from optimizer.case.windows import GRID

if TYPE_CHECKING:
    from optimizer.case.network import Network

SOURCES = f"{CAPACITY} {OFFERED} contracts.from"
"""Columns that say what could be exported."""
APPROVALS = f"approvals.share approvals.covers approvals.processing_days approvals.from {PASSING}"


def _exportable(world: Network, over: str) -> Floats:
    """Tonnes that could be exported under each licence, shape (licences, T)."""
    could = world.structure.exportable[over]
    most = {row.contract: row.max_volume for row in world.case.tables["contracts"]}
    volumes = np.array([most[str(contract)] for (contract,) in world.index["contracts"]], float).reshape(-1, 1)
    contracted = volumes * world.value("contract_years")
    sources = np.concatenate([world.value("capacity"), world.value("offered"), contracted])
    total = np.zeros((len(could.control), sources.shape[1]))
    np.add.at(total, could.licence, could.tonnes[:, None] * sources[could.source])
    return total


def _licensed(world: Network, over: str) -> Floats:
    """Tonnes a licence lets through, infinite where all passes."""
    could, total = world.structure.exportable[over], _exportable(world, over)
    share = world.timelines.passing[could.control]
    result = np.where(share < 1, share * total, np.inf)
    capped = np.array([row.quota is not None for row in world.case.tables["controls"]], bool)[could.control]
    if capped.any():
        in_force, quota = world.timelines.series("controls", "in_force"), world.timelines.series("controls", "quota")
        most, free = world.calendar.total(quota * in_force), 1 - world.calendar.mean(in_force)
        most, free = most[could.control], free[could.control]
        cap = most + free * total  # what leaves on days out of force is not counted against it
        result = np.where(capped[:, None] & (free < 1), np.minimum(result, cap), result)
    return result


@parameter("t", "export_licences", reads=f"controls.quota {SOURCES}")
def export_licensed(world: Network) -> Floats:
    """Tonnes a control lets a place export; infinite where it restricts nothing."""
    return _licensed(world, "export_licences")


@parameter("t", "content_licences", reads=f"controls.quota {SOURCES}")
def content_licensed(world: Network) -> Floats:
    """Tonnes of exposed goods a control lets a third country's place export; infinite where it restricts nothing."""
    return _licensed(world, "content_licences")


@parameter("share", "applicants", reads=APPROVALS)
def counted(world: Network) -> Floats:
    """Share of what goes to some applicants that counts against the licence of all: less than 1 if they get more."""
    rows = world.structure.applicants.rows
    everybody = world.timelines.passing[[control for control, _ in rows.values()]]
    theirs = _passing_to_applicants(world)
    return np.asarray(np.minimum(1.0, everybody / np.where(theirs > 0, theirs, 1.0)))


def _passing_to_applicants(world: Network) -> Floats:
    """Share that passes to each group of applicants, shape (applicants, T)."""
    rows = world.structure.applicants.rows.values()
    return np.array([world.timelines.passing_to(*row) for row in rows]).reshape(-1, len(world.periods))


def _licensed_to_applicants(world: Network, kind: str) -> Floats:
    """Tonnes that may go to applicants from a place, infinite where all passes."""
    keys = world.index[f"{kind}_applicants"]
    licence = {key: number for number, key in enumerate(world.index[f"{kind}_licences"])}
    who = {key: number for number, key in enumerate(world.index["applicants"])}
    could = _exportable(world, f"{kind}_licences")[[licence[key[:3]] for key in keys]]
    share = _passing_to_applicants(world)[[who[key[0], key[3]] for key in keys]]
    return np.where(share < 1, share * could, np.inf)


@parameter("t", "export_applicants", reads=f"{APPROVALS} {SOURCES}")
def export_licensed_to(world: Network) -> Floats:
    """Tonnes a control lets a place export to some applicants; infinite where it restricts nothing."""
    return _licensed_to_applicants(world, "export")


@parameter("t", "content_applicants", reads=f"{APPROVALS} {SOURCES}")
def content_licensed_to(world: Network) -> Floats:
    """The same of exposed goods from a third country."""
    return _licensed_to_applicants(world, "content")


@parameter("t", "end_use_licences", reads=f"{PASSING} demand.tonnes demand.from")
def end_use_licensed(world: Network) -> Floats:
    """Tonnes of exposed goods a control lets an end use have; infinite where it restricts nothing."""
    passing = world.timelines.passing
    position = {row.control: number for number, row in enumerate(world.case.tables["controls"])}
    wanted = dict(zip(world.index["demands"], world.value("quantity"), strict=True))
    result = np.full((len(world.index["end_use_licences"]), len(world.periods)), np.inf)
    for number, (control, *demand) in enumerate(world.index["end_use_licences"]):
        share = passing[position[str(control)]]
        result[number, share < 1] = (share * wanted[tuple(demand)])[share < 1]
    return result


@parameter("share", "rules", reads="controls.threshold")
def content_share(world: Network) -> Floats:
    """Largest value share of exposed content in a clean lot: the threshold less the margin, at least 0."""
    thresholds = world.timelines.mean("controls", "threshold")
    rows = world.case.tables["controls"]
    result = []
    for (rule,) in world.index["rules"]:
        same = [
            thresholds[n] for n, row in enumerate(rows) if world.structure.exposures.rule_of.get(row.control) == rule
        ]
        result.append(np.maximum(0.0, np.min(same, axis=0) - world.case.file.content_margin))
    return np.array(result).reshape(-1, len(world.periods))


@parameter("share or t or USD", "limit_windows", reads="limits.value", timed=False)
def limit_value(world: Network) -> Floats:
    """The bound of a limit in a window: a share, or tonnes or USD over the window."""
    values = world.timelines.series("limits", "value")
    return np.array(
        [
            _over_window(world, window, values, per_year=window.row.measure in ("volume", "spend"))
            for window in world.structure.windows
        ]
    )


@parameter("USD per unit", "limit_windows", reads="limits.penalty", timed=False)
def breach_price(world: Network) -> Floats:
    """What a unit of breach costs; 0 for a hard limit, which cannot be broken."""
    values = world.timelines.series("limits", "penalty")
    return np.array([_over_window(world, window, values, per_year=False) for window in world.structure.windows])


@parameter("share", "tangents", reads="", timed=False)
def tangent_slope(world: Network) -> Floats:
    """Twice the share at which a square of a share has a tangent."""
    return np.array([2 * _tangent(slot) for *_, slot in world.index["tangents"]])


@parameter("share", "tangents", reads="", timed=False)
def tangent_drop(world: Network) -> Floats:
    """The square of that share."""
    return np.array([_tangent(slot) ** 2 for *_, slot in world.index["tangents"]])


def _tangent(slot: int) -> float:
    """Share of a tangent before any has been added: the grid, then zero."""
    return GRID[slot] if slot < len(GRID) else 0.0


def _over_window(world: Network, window: Any, values: Floats, *, per_year: bool) -> float:
    """Mean of a limit's daily series over its window, times the window's years if per year."""
    row = values[window.number : window.number + 1]
    lengths, years = world.calendar.lengths, world.calendar.years
    periods = list(window.periods)
    mean = world.calendar.mean(row)[0][periods] @ lengths[periods] / lengths[periods].sum()
    return float(mean * years[periods].sum() if per_year else mean)
