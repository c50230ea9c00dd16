"""Numbers of limits, window by window."""

from __future__ import annotations

import numpy as np

from optimizer.case.topics.limits import Limit
from optimizer.network.network import Floats, Network, parameter
from optimizer.network.windows import GRID
from optimizer.world.dated import limits_by_day


@parameter("share or t or USD", "limit_windows", reads="limits.value limits.from", timed=False)
def limit_value(world: Network) -> Floats:
    """The bound of a limit in a window, each of its days counted as its rows say; what binds nothing where it is not.

    It is a share, or tonnes or USD over the window. Not there is a limit that only another scenario adds.
    """
    said, absent = limits_by_day(world.timelines, "value"), world.timelines.absent("limits")
    return np.array(
        [
            _free(window.row)
            if window.number in absent
            else said[window.limit].mean(world.calendar, window.periods, per_year=window.row.per_year)
            for window in world.structure.windows
        ]
    )


@parameter("USD per unit", "limit_windows", reads="limits.penalty limits.from", timed=False)
def breach_price(world: Network) -> Floats:
    """What a unit of breach costs; 0 for a hard limit, which cannot be broken."""
    said = limits_by_day(world.timelines, "penalty")
    return np.array([said[window.limit].mean(world.calendar, window.periods) for window in world.structure.windows])


@parameter("share", "tangents", reads="", timed=False)
def tangent_slope(world: Network) -> Floats:
    """Twice the share at which a square of a share has a tangent."""
    return np.array([2 * _tangent(slot) for *_, slot in world.index["tangents"]])


@parameter("share", "tangents", reads="", timed=False)
def tangent_drop(world: Network) -> Floats:
    """The square of that share."""
    return np.array([_tangent(slot) ** 2 for *_, slot in world.index["tangents"]])


def _free(row: Limit) -> float:
    """A bound that binds nothing."""
    if row.sense == "at_least":
        return 0.0
    return 1.0 if row.measure in ("share", "hhi") else float("inf")


def _tangent(slot: int) -> float:
    """Share of a tangent before any has been added: the grid, then zero."""
    return GRID[slot] if slot < len(GRID) else 0.0
