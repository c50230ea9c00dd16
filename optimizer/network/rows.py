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
    """Sum table rows into the entities of an index set: (rows, T) -> (n, T)."""
    into, kept = world.structure.rows_into(over, table, fields)
    result = np.zeros((len(world.structure.members(over)), rows.shape[1]))
    np.add.at(result, into, rows[kept])
    return result


def stepped_mean(world: Network, over: str, table: str, fields: tuple[str, ...], column: str) -> Floats:
    """Mean over each period of a column whose rows replace one another."""
    weighted = gather(world, over, table, fields, world.timelines.share(table, column))
    share = gather(world, over, table, fields, world.timelines.share(table))
    return np.asarray(weighted / np.where(share > 0, share, 1.0))
