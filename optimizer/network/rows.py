"""Columns that numbers are read from, and sums of table rows into the entities of an index set."""

from __future__ import annotations

import numpy as np

from optimizer.network.network import Floats, Network

PASSING = "controls.in_force controls.approval controls.processing_days"
"""Columns that say what passes a control."""
CAPACITY = f"availability.share plants.capacity plants.from {PASSING}"
OFFERED = "offers.capacity offers.from availability.share"
SOURCES = f"{CAPACITY} {OFFERED} contracts.from"
"""Columns that say what could be exported."""
APPROVALS = f"approvals.share approvals.covers approvals.processing_days approvals.from {PASSING}"


def gather(world: Network, over: str, table: str, fields: tuple[str, ...], rows: Floats) -> Floats:
    """Sum table rows into the entities of an index set: (rows, T) -> (n, T).

    Parameters
    ----------
    world : Network
    over : str
        The index set.
    table : str
    fields : tuple of str
        Columns of the table that make the key of an entity.
    rows : array, shape (rows, T)
        A number for each row and period.
    """
    into, kept = world.structure.rows_into(over, table, fields)
    result = np.zeros((len(world.structure.members(over)), rows.shape[1]))
    np.add.at(result, into, rows[kept])
    return result


def weighed_mean(
    world: Network, over: str, table: str, fields: tuple[str, ...], column: str, *weights: Floats
) -> Floats:
    """Mean over each period of a price, a penalty or a cost, weighed by what can flow at it on each day.

    Parameters
    ----------
    world : Network
    over, table : str
        Index set, and the table whose rows belong to its entities.
    fields : tuple of str
        Fields of the table's rows that make the key of an entity.
    column : str
        A column of the table.
    *weights : arrays, shape (rows, days)
        Tonnes a year at the price of a row. Each is used where those before are nothing in a whole period, and the
        days on which rows hold where all are.

    Returns
    -------
    array, shape (n, T)
    """
    held, values = world.timelines.active(table), world.timelines.series(table, column)
    result = np.zeros((len(world.structure.members(over)), len(world.periods)))
    for daily in (held.astype(float), *(weight * held for weight in reversed(weights))):
        paid, total = (
            gather(world, over, table, fields, world.calendar.total(some)) for some in (values * daily, daily)
        )
        result = np.where(total > 0, paid / np.where(total > 0, total, 1.0), result)
    return result
