"""What passes controls by day, as an auditor walks through it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Steps = list[tuple[float, Floats]]
"""Days from application to grant, and the share granted by then, by day."""


def passing_by_day(
    force: NDArray[np.bool_], approval: Floats, processing_days: Floats, grants: dict[int, Steps] | None = None
) -> Floats:
    """Share that passes rules by day: for as many days as processing becomes longer nothing; then what is approved.

    Of a rule with steps of grants only what is granted by now passes of that.

    Parameters
    ----------
    force : array of bool
        Whether each rule applies; shape (rules, days), as that of the others.
    approval : array
        0 to 1.
    processing_days : array
        Days from application to licence.
    grants : dict of int to list, optional
        Steps of some rules.

    Returns
    -------
    array
        Shape (rules, days), 0 to 1.
    """
    pending = processing_days * force
    opens = np.ones(force.shape)
    days = np.arange(force.shape[1])
    for row in range(len(force)):
        before = 0.0
        for day, now in enumerate(pending[row]):
            if now > before:
                until = day + now - before
                opens[row] *= 1 - np.clip(until - days, 0.0, 1.0) * (days >= day)
            before = now
    through = np.where(force, approval * opens, 1.0)
    for row, steps in (grants or {}).items():
        reached = granted_by_day(force[row], opens[row], steps)
        through[row] = np.where(force[row], approval[row] * reached, 1.0)
    return np.asarray(through)


def granted_by_day(force: NDArray[np.bool_], opens: Floats, steps: Steps) -> Floats:
    """Share granted by now of what was applied for on the first day in force: walked through from day to day.

    Parameters
    ----------
    force : array of bool
        Whether a rule applies, by day.
    opens : array
        Part of each day on which authorities work on what was applied for.
    steps : list
        Of a step that is below an earlier one the earlier counts.
    """
    found, age = np.zeros(len(force)), 0.0
    for day, on in enumerate(force):
        if not on:
            age = 0.0
            continue
        end, since, reached = age + opens[day], age, 0.0
        for after, share in sorted(steps, key=lambda step: step[0]):
            if after >= end:
                break
            if after > since:
                found[day] += reached * (after - since)
                since = after
            reached = max(reached, float(share[day]))
        found[day] += reached * (end - since)
        age = end
    return found
