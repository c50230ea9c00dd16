"""Steps of grants of which nothing reads how long they take, or what share they grant."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from optimizer.network.network import Floats, Network
from optimizer.world.controls import Steps, through

Rows = Iterator[int]
LONGEST = 365.0
"""Days that a step takes at most."""


def same_whatever(column: str) -> Callable[[Network], Rows]:
    """Steps with which as much is granted on every day of the horizon, whatever they say in a column.

    Parameters
    ----------
    column : {"days", "share"}
        What may be anything between what the steps before and after say.
    """

    def find(network: Network) -> Rows:
        first, days, shares = (
            int(network.calendar.offsets[0]),
            network.timelines.series("grants", "days"),
            network.timelines.series("grants", "share"),
        )
        for (control, approval, _), rows in network.timelines.steps_of_grants.items():
            ordered = sorted(rows, key=lambda row: network.case.tables.grants[row].days)
            steps, clock = (days[ordered], shares[ordered]), _Clock.of(network, control, approval)
            for place, row in enumerate(ordered):
                least, most = (clock.granted(some)[first:] for some in _between(steps, place, column))
                if np.array_equal(least, most):
                    yield row

    return find


def _between(steps: Steps, place: int, column: str) -> Iterator[Steps]:
    """Some steps, one of which says what the one before it does, and what the one after it does."""
    days, shares = steps
    last = place + 1 == len(days)
    if column == "days":
        for some in (days[place - 1] if place else 0.0, LONGEST if last else days[place + 1]):
            yield _put(days, place, some), shares
    else:
        for some in (shares[place - 1] if place else 0.0, 1.0 if last else shares[place + 1]):
            yield days, _put(shares, place, some)


def _put(rows: Floats, place: int, row: Floats | float) -> Floats:
    """Rows with another in the place of one."""
    found = rows.copy()
    found[place] = row
    return found


class _Clock:
    """Days on which applications are made under a control or one of its approvals, and what is approved of them.

    Parameters
    ----------
    force : array of bool, shape (days,)
    approval, wait : arrays of the same shape
    """

    def __init__(self, force: NDArray[np.bool_], approval: Floats, wait: Floats) -> None:
        self.force, self.approval, self.wait = force, approval, wait

    @classmethod
    def of(cls, network: Network, control: str, approval: str) -> _Clock:
        """Those of a control, or of its approval where one is named."""
        tables, timelines = network.case.tables, network.timelines
        at = network.case.by.control_numbers[control]
        force = timelines.series("controls", "in_force")[at] > 0.5
        table, share, row = "controls", "approval", at
        if approval:
            table, share = "approvals", "share"
            row = next(number for number, some in enumerate(tables.approvals) if some.approval == approval)
            force = force & timelines.active("approvals")[row]
        approved = timelines.series(table, share)[row]
        if tables.controls[at].waits == "at_exporter":  # what waited may leave on any day on which some is approved
            approved = np.full_like(approved, approved.max())
        return cls(force, approved, timelines.series(table, "processing_days")[row])

    def granted(self, steps: Steps) -> Floats:
        """What passes by day, shape (days,)."""
        return through(self.force[None], self.approval[None], self.wait[None], {0: steps})[0]
