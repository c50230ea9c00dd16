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


def take_no_time(network: Network) -> Rows:
    """Steps granted before the horizon begins, so that as much passes in it if they take less, or after it ends."""
    for row, steps, place, granted in _each(network):
        days, shares = steps
        now = granted(steps)
        least, most = days[place - 1] if place else 0.0, LONGEST if place + 1 == len(days) else days[place + 1]
        if any(np.array_equal(granted((_put(days, place, some), shares)), now) for some in (least, most)):
            yield row


def grant_nothing(network: Network) -> Rows:
    """Steps whose share passes on no day of the horizon: as much does, whether it is that before or that after them."""
    for row, steps, place, granted in _each(network):
        days, shares = steps
        least, most = shares[place - 1] if place else 0.0, 1.0 if place + 1 == len(days) else shares[place + 1]
        one, other = (granted((days, _put(shares, place, some))) for some in (least, most))
        if np.array_equal(one, other):
            yield row


def _each(network: Network) -> Iterator[tuple[int, Steps, int, Callable[[Steps], Floats]]]:
    """Each row of the table, the steps that it is one of, its place, and what passes by such steps in the horizon."""
    first, timelines = int(network.calendar.offsets[0]), network.timelines
    days, shares = (timelines.series("grants", name) for name in ("days", "share"))
    for (control, approval, _), rows in timelines.steps_of_grants.items():
        ordered = sorted(rows, key=lambda row: network.case.tables.grants[row].days)
        clock = _Clock.of(network, control, approval, first)
        for place, row in enumerate(ordered):
            yield row, (days[ordered], shares[ordered]), place, clock.granted


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
    first : int
        Day on which the horizon begins.
    """

    def __init__(self, force: NDArray[np.bool_], approval: Floats, wait: Floats, first: int) -> None:
        self.force, self.approval, self.wait, self.first = force, approval, wait, first

    @classmethod
    def of(cls, network: Network, control: str, approval: str, first: int) -> _Clock:
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
        return cls(force, approved, timelines.series(table, "processing_days")[row], first)

    def granted(self, steps: Steps) -> Floats:
        """What passes by day of the horizon, shape (days,)."""
        return through(self.force[None], self.approval[None], self.wait[None], {0: steps})[0, self.first :]
