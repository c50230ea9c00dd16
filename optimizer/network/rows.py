"""Columns that numbers are read from, and sums and means of table rows in the entities of an index set."""

from __future__ import annotations

import numpy as np

from optimizer.network.network import Floats, Ints, Network
from optimizer.world.timeline import KEPT

PASSING = "controls.in_force controls.approval controls.processing_days"
"""Columns that say what passes a control."""
CAPACITY = f"availability.share plants.capacity plants.from {PASSING}"
OFFERED = "offers.capacity offers.from availability.share"
SOURCES = f"{CAPACITY} {OFFERED} contracts.from contracts.max_volume offers.{KEPT}"
"""Columns that say what could be exported."""
APPROVALS = f"approvals.share approvals.covers approvals.processing_days approvals.from {PASSING}"


def gather(world: Network, over: str, table: str, fields: tuple[str, ...], rows: Floats) -> Floats:
    """Sum table rows into the entities of an index set: (rows, ...) -> (n, ...).

    Parameters
    ----------
    world : Network
    over : str
        The index set.
    table : str
    fields : tuple of str
        Columns of the table that make the key of an entity.
    rows : array, shape (rows, ...)
        Numbers of each row.
    """
    into, kept = world.structure.rows_into(over, table, fields)
    result = np.zeros((len(world.structure.members(over)), *rows.shape[1:]))
    np.add.at(result, into, rows[kept])
    return result


def weighed(world: Network, table: str, column: str, rows: Ints, *weights: Floats) -> Floats:
    """Price, penalty or cost of some rows, weighed by what can flow at it on each day: what `weighed_mean` divides.

    Parameters
    ----------
    world : Network
    table, column : str
    rows : array of int
        Rows of the table.
    *weights : arrays, shape (rows, days)
        Tonnes a year at the price of a row. Each is used where those before are nothing in a whole period, and the
        days on which rows hold where all are.

    Returns
    -------
    array, shape (rows, weights + 1, 2, T)
        For each weight, the last to be used first: what is paid, and for how much.
    """
    held, values = world.timelines.active(table)[rows], world.timelines.series(table, column)[rows]
    found = []
    for daily in (held.astype(float), *(weight * held for weight in reversed(weights))):
        found.append([world.calendar.total(values * daily), world.calendar.total(daily)])
    return np.array(found).transpose(2, 0, 1, 3)


def weighed_mean(world: Network, over: str, table: str, fields: tuple[str, ...], rows: Floats) -> Floats:
    """Mean over each period of what entities have to pay, shape (n, T).

    Parameters
    ----------
    world : Network
    over, table : str
        Index set, and the table whose rows belong to its entities.
    fields : tuple of str
        Fields of the table's rows that make the key of an entity.
    rows : array, shape (rows, weights, 2, T)
        Of every row of the table, as `weighed` gives it.
    """
    result = np.zeros((len(world.structure.members(over)), len(world.periods)))
    for paid, total in gather(world, over, table, fields, rows).transpose(1, 2, 0, 3):
        result = np.where(total > 0, paid / np.where(total > 0, total, 1.0), result)
    return result
