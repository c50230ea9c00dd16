"""How long goods wait at a border that a control leaves free: by the day on which they come to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.case.calendar import PREROLL
from optimizer.world.running import days_in_force
from optimizer.world.timeline import Floats, Timelines


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


def queue_of(timelines: Timelines, rows: Sequence[int]) -> Queue:
    """The queue of goods that some rows of `holds` reach; nobody waits where there are none.

    Parameters
    ----------
    timelines : Timelines
    rows : sequence of int
    """
    case, axis = timelines.case, np.arange(timelines.calendar.days, dtype=float)
    force, days = timelines.series("controls", "in_force") > 0.5, timelines.series("holds", "days")
    first, wait = timelines.calendar.start - dt.timedelta(days=PREROLL), np.zeros(len(axis))
    for number in rows:
        row = case.tables.holds[number]
        control = case.by.control_numbers[row.control]
        since = days_in_force(force[control], (first - case.tables.controls[control].effective).days)
        holds = (since >= 0) & (since < (np.inf if row.lasts is None else row.lasts))
        wait = np.maximum(wait, np.where(holds, days[number], 0.0))
    return Queue(wait, np.asarray(np.minimum.accumulate((axis + wait)[::-1])[::-1]))
