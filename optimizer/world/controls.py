"""What controls let through by day, and which plants those on technology reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from optimizer.case.case import Case


def through(
    force: NDArray[np.bool_], approval: NDArray[np.float64], processing_days: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Share that passes rules in force on some days; nothing in the days added to processing.

    Parameters
    ----------
    force : array of bool, shape (rows, days)
        Whether a rule is in force.
    approval : array, shape (rows, days)
        Share approved, 0 to 1.
    processing_days : array, shape (rows, days)
        Days from application to licence.

    Returns
    -------
    array, shape (rows, days)
        0 to 1.
    """
    pending = processing_days * force
    through = np.where(force, approval, 1.0)
    added = np.diff(pending, axis=1, prepend=0.0)
    for row, day in zip(*np.nonzero(added > 0), strict=True):
        end = day + added[row, day]
        whole = int(end)
        through[row, day:whole] *= ~force[row, day:whole]
        if whole < through.shape[1] and force[row, whole]:
            through[row, whole] *= 1 - (end - whole)
    return through


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
