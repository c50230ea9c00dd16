"""Cells of approvals that nothing reads, as the case stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from optimizer.case.kinds import SMALLEST
from optimizer.network.network import Floats, Network
from optimizer.network.ownership import Ownership

Rows = Iterator[int]


def same_terms(column: str, *values: float) -> Callable[[Network], Rows]:
    """Approvals with which applicants are licensed on the same terms on every day, whatever they say in a column.

    Parameters
    ----------
    column : {"share", "covers", "processing_days"}
    *values : float
        Those tried, the least and the most that matter.
    """

    def find(network: Network) -> Rows:
        timelines = network.timelines
        read = set(_said_alike(network))
        for control, rows in network.structure.licensing.approvals.values():
            now = timelines.series("approvals", column)[list(rows)]
            usual = _licensed(network, timelines.find_terms(control, rows))
            for place, row in enumerate(rows):
                for value in values:
                    other = now.copy()
                    other[place] = value
                    terms = timelines.find_terms(control, rows, **{column: other})
                    if not np.array_equal(_licensed(network, terms), usual):
                        read.add(row)
        return (row for row in range(len(network.case.tables.approvals)) if row not in read)

    return find


def _licensed(network: Network, terms: Floats) -> Floats:
    """What is read of terms, as `Timelines.terms` says, on days of the horizon: of a share covered, if there is any."""
    taken, passes, listed, number = terms[:, int(network.calendar.offsets[0]) :]
    return np.stack([taken, taken * passes, listed, (taken > 0) * number])


def _said_alike(network: Network) -> Rows:
    """Approvals that count companies held by whom they name, where another of their control does as well.

    What those hold adds up whom both say the same of.
    """
    rows: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(network.case.tables.approvals):
        if row.affiliates is not None:
            rows[row.control].append(number)
    return (number for some in rows.values() if len(some) > 1 for number in some)


def never_hold(network: Network) -> Rows:
    """Approvals that hold on no day of the horizon on which their control is in force."""
    on = _in_force(network) & network.timelines.active("approvals")[:, int(network.calendar.offsets[0]) :]
    return (number for number, days in enumerate(on) if not days.any())


def cover_nothing(network: Network) -> Rows:
    """Approvals that license nothing on any day of the horizon, on whichever they hold."""
    covers = network.timelines.series("approvals", "covers")[:, int(network.calendar.offsets[0]) :]
    alike, force = set(_said_alike(network)), _in_force(network)
    for number, row in enumerate(network.case.tables.approvals):
        covered = covers[number] > 0 if row.quantity is None else np.ones_like(force[number])
        if number not in alike and not (covered & force[number]).any():
            yield number


def _in_force(network: Network) -> NDArray[np.bool_]:
    """Days of the horizon on which the control of each approval is in force, shape (approvals, days)."""
    controls = [network.case.by.control_numbers[row.control] for row in network.case.tables.approvals]
    force = network.timelines.series("controls", "in_force")[controls, int(network.calendar.offsets[0]) :]
    return np.asarray(force > 0.5)


def hold_nobody(network: Network) -> Rows:
    """Approvals whose customer holds no company, whatever share is asked for."""
    ownership = Ownership(network.case.tables.sites)
    for number, row in enumerate(network.case.tables.approvals):
        any_share = row.model_copy(update={"affiliates": SMALLEST})
        if row.affiliates is None or ownership.reached(any_share, [any_share]) == {row.customer}:
            yield number
