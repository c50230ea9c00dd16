"""Numbers of limits, window by window."""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.case.topics.limits import Limit
from optimizer.network.network import Floats, Network, parameter
from optimizer.network.windows import GRID


@parameter("share or t or USD", "limit_windows", reads="limits.value limits.from", timed=False)
def limit_value(world: Network) -> Floats:
    """The bound of a limit in a window: a share, or tonnes or USD over the window; what binds nothing where it is not.

    Not there is a limit that only another scenario adds.
    """
    values, absent = world.timelines.series("limits", "value"), world.timelines.absent("limits")
    return np.array(
        [
            _free(window.row)
            if window.number in absent
            else _over_window(world, window, values, per_year=window.row.measure in ("volume", "spend"))
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


def _free(row: Limit) -> float:
    """A bound that binds nothing."""
    if row.sense == "at_least":
        return 0.0
    return 1.0 if row.measure in ("share", "hhi") else float("inf")


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
