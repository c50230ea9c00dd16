"""How long goods wait at a border that a control leaves free: by the day on which they come to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.case.calendar import PREROLL
from optimizer.world.running import days_in_force
from optimizer.world.timeline import Floats, Timelines

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Queue:
    """Goods that come to a border evenly over each day, and leave it in order of time.

    Parameters
    ----------
    wait : array, shape (days,)
        Days that what comes on a day waits, unless what comes later is let go before that.
    leaves : array, shape (days,)
        Place on the axis of the moment at which what comes first on each day leaves.
    """

    wait: Floats
    leaves: Floats

    def gone(self, days: slice, moment: float) -> float:
        """Share of what comes on some days that has left before a moment.

        Parameters
        ----------
        days : slice
            Of the axis.
        moment : float
            Place on the axis.
        """
        first = np.arange(len(self.wait), dtype=float)[days]
        passed = np.clip(moment - self.wait[days] - first, 0.0, 1.0)
        after = np.append(self.leaves[1:], np.inf)[days]
        return float(np.where(after < moment, 1.0, passed).mean())


def days_held(timelines: Timelines, number: int) -> Bools:
    """Days of the axis on which goods that come to a border are held by a row of `holds`, shape (days,).

    Parameters
    ----------
    timelines : Timelines
    number : int
        The row.
    """
    case, row = timelines.case, timelines.case.tables.holds[number]
    control = case.by.control_numbers[row.control]
    first = timelines.calendar.start - dt.timedelta(days=PREROLL)
    force = np.asarray(timelines.series("controls", "in_force")[control] > 0.5)
    since = days_in_force(force, (first - case.tables.controls[control].effective).days)
    return np.asarray((since >= 0) & (since < (np.inf if row.lasts is None else row.lasts)))


def queue_of(timelines: Timelines, rows: Sequence[int]) -> Queue:
    """The queue of goods that some rows of `holds` reach; nobody waits where there are none.

    Parameters
    ----------
    timelines : Timelines
    rows : sequence of int
    """
    axis, days = np.arange(timelines.calendar.days, dtype=float), timelines.series("holds", "days")
    wait = np.zeros(len(axis))
    for number in rows:
        wait = np.maximum(wait, np.where(days_held(timelines, number), days[number], 0.0))
    return Queue(wait, np.asarray(np.minimum.accumulate((axis + wait)[::-1])[::-1]))
