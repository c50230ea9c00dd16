"""What keeps running without parts: lines on technology of an origin whose equipment no longer comes."""

from __future__ import annotations

import datetime as dt

import numpy as np
from numpy.typing import NDArray

from optimizer.case.calendar import PREROLL
from optimizer.world.controls import technology_reach
from optimizer.world.timeline import Floats, Timelines


def running_share(timelines: Timelines, rows: NDArray[np.int64]) -> Floats:
    """Share of the capacity of some rows of plants that technology controls leave running, by day.

    Once such a control has been in force for its `running_days`, the lines it reaches run as far as it approves parts
    for them, until it is in force no more.

    Parameters
    ----------
    timelines : Timelines
    rows : array of int
        Rows of the plants.

    Returns
    -------
    array, shape (rows, days) or (rows, 1)
        0 to 1.
    """
    controls = timelines.case.tables.controls
    stops = {number: some.running_days for number, some in enumerate(controls) if some.running_days is not None}
    if not stops:
        return np.ones((len(rows), 1))
    found, reached = np.ones((len(rows), timelines.calendar.days)), technology_reach(timelines.case)
    force, approval = (timelines.series("controls", name) for name in ("in_force", "approval"))
    first = timelines.calendar.start - dt.timedelta(days=PREROLL)
    for number, days in stops.items():
        hit = np.isin(rows, reached.get(number, ()))
        since = days_in_force(force[number] > 0.5, (first - controls[number].effective).days)
        stands = since >= days
        found[np.ix_(hit, stands)] = np.minimum(found[np.ix_(hit, stands)], approval[number, stands])
    return found


def days_in_force(force: NDArray[np.bool_], before: int) -> NDArray[np.int64]:
    """Days that a control has been in force without a break, by day, -1 where it is not.

    Parameters
    ----------
    force : array of bool, shape (days,)
    before : int
        Days from when it took effect to the first of these; less than 0 where it did later.
    """
    days = np.arange(len(force))
    out = np.maximum.accumulate(np.where(force, -1, days))
    since = np.where(out < 0, days + max(before, 0), days - out - 1)
    return np.asarray(np.where(force, since, -1))
