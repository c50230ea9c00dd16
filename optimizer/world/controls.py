"""What controls let through by day, and which plants those on technology reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from optimizer.case.case import Case


Floats = NDArray[np.float64]
Steps = tuple[Floats, Floats]
"""Days from application to grant of each step, and the share granted by then, shape (steps, days) each."""


def through(
    force: NDArray[np.bool_], approval: Floats, processing_days: Floats, grants: Mapping[int, Steps] | None = None
) -> Floats:
    """Share that passes rules in force on some days; nothing in the days added to processing.

    Of a rule with steps of grants so much passes of what is approved as is granted by now of what was applied for on
    the first day of its days in force. In the days added to processing the clock of the steps stands still.

    Parameters
    ----------
    force : array of bool, shape (rows, days)
        Whether a rule is in force.
    approval : array, shape (rows, days)
        Share approved, 0 to 1.
    processing_days : array, shape (rows, days)
        Days from application to licence.
    grants : mapping of int to tuple of arrays, optional
        Steps of some rows.

    Returns
    -------
    array, shape (rows, days)
        0 to 1.
    """
    open_: Floats = np.ones(force.shape)
    added = np.diff(processing_days * force, axis=1, prepend=0.0)
    for row, day in zip(*np.nonzero(added > 0), strict=True):
        end = day + added[row, day]
        whole = int(end)
        open_[row, day:whole] = 0.0
        if whole < open_.shape[1]:
            open_[row, whole] *= 1 - (end - whole)
    passing = np.where(force, approval * open_, 1.0)
    for row, steps in (grants or {}).items():
        passing[row] = np.where(force[row], approval[row] * granted(force[row], open_[row], steps), 1.0)
    return np.asarray(passing)


def granted(force: NDArray[np.bool_], open_: Floats, steps: Steps) -> Floats:
    """Share granted by now of what was applied for on the first day of the days in force, by day, 0 to 1.

    Parameters
    ----------
    force : array of bool, shape (days,)
        Whether a rule is in force.
    open_ : array, shape (days,)
        Part of each day on which applications go on.
    steps : tuple of arrays
        A share below that of fewer days counts as that one.
    """
    ran = np.cumsum(open_ * force) - open_ * force
    begins = force & ~np.concatenate([[False], force[:-1]])
    age = ran - np.maximum.accumulate(np.where(begins, ran, 0.0))
    order = np.argsort(steps[0], axis=0, kind="stable")
    days, shares = (np.take_along_axis(some, order, axis=0) for some in steps)
    passed = np.clip(age + open_ - days, 0.0, open_)
    later = np.concatenate([passed[1:], np.zeros((1, len(age)))])
    return np.asarray((np.maximum.accumulate(shares, axis=0) * (passed - later)).sum(axis=0))


def caught_up(force: NDArray[np.bool_], arrives: Floats, most: Floats, begins: int) -> Floats:
    """Tonnes decided on each day where what is not stays applied for: in order of time, and so much on a day at most.

    Once a rule is out of force nothing waits any more. Of a rule in force when the axis begins nothing waits before
    the horizon does, as nobody knows what did.

    Parameters
    ----------
    force : array of bool, shape (days,)
        Whether the rule is in force.
    arrives, most : array, shape (days,)
        Tonnes applied for on each day, and that may be decided on it.
    begins : int
        Day on which the horizon begins.

    Returns
    -------
    array, shape (days,)
    """
    found, waiting = np.zeros(len(force)), 0.0
    known = not force[0]
    for day, on in enumerate(force):
        known = known or not on or day >= begins
        waiting = waiting + arrives[day] if on else 0.0
        found[day] = min(most[day], waiting)
        waiting = waiting - found[day] if known else 0.0
    return found


def terms_by_day(on: NDArray[np.bool_], covers: Floats, share: Floats, passes: Floats, rows: Sequence[int]) -> Floats:
    """Of approvals that reach the same applicants the one that licenses least, by day.

    A general licence, which licenses all, takes of their reference along what has been granted of it.

    Parameters
    ----------
    on : array of bool, shape (approvals, days)
        Whether each holds.
    covers, share, passes : arrays of the same shape
        The share of their reference that it covers, the share that it licenses, and what of that passes by now.
    rows : sequence of int
        Rows of the approvals.

    Returns
    -------
    array, shape (4, days)
        As `Timelines.terms` says.
    """
    general = share >= 1
    counts = on & (covers > 0) & (~general | (passes > 0))
    least = np.where(counts, share, np.inf).argmin(axis=0)
    taken = covers * np.where(general, passes, 1.0)
    licensed = np.where(general, passes > 0, passes)
    number = np.broadcast_to(np.array(rows)[:, None], on.shape)
    found = np.stack([taken * counts, licensed, ~general * counts, number])
    return np.asarray(found[:, least, np.arange(on.shape[1])], float)


def undetected(passing: NDArray[np.float64], detection: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share that passes rules abroad which are not enforced on all: what is not detected needs no approval.

    Parameters
    ----------
    passing : array
        Share that the rules let pass, 0 to 1.
    detection : array of the same shape
        Share of what they reach that is detected, 0 to 1.
    """
    return 1 - detection * (1 - passing)


def technology_reach(case: Case) -> dict[int, list[int]]:
    """The plant rows each technology control reaches, both by their number.

    Parameters
    ----------
    case : Case
        The case.

    Returns
    -------
    dict of int to list of int
        For every technology control: plants that depend on technology of an origin, stand outside all origins in a
        restricted destination, and make a product of a stage in scope.
    """
    sites, stage_of = case.by.sites, case.by.stage_of
    reached: dict[int, list[int]] = {}
    for number, control in enumerate(case.tables.controls):
        if control.kind == "technology":
            reached[number] = [
                place
                for place, plant in enumerate(case.tables.plants)
                if plant.technology_origin in control.origin
                and stage_of[plant.process] in control.stages
                and sites[plant.site].country not in control.origin
                and not {"*", sites[plant.site].country}.isdisjoint(control.destinations)
            ]
    return reached
