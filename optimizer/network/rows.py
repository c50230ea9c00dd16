"""Columns that numbers are read from, what rows give by day, and sums and means of rows in entities of an index set."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.network.network import Floats, Ints, Network
from optimizer.world.running import running_share
from optimizer.world.timeline import KEPT

PASSING = "controls.in_force controls.approval controls.processing_days controls.detection"
"""Columns that say what passes a control."""
CAPACITY = f"availability.share plants.capacity plants.from {PASSING}"
OFFERED = "offers.capacity offers.from availability.share"
SOURCES = f"{CAPACITY} {OFFERED} contracts.from contracts.max_volume offers.{KEPT}"
"""Columns that say what could be exported."""
APPLIED = "controls.application_cost controls.in_force controls.detection"
"""Columns that say what applying for a licence costs."""
GRANTS = "grants.share grants.days"
"""Columns that say what is granted, and after how long; events change the former."""
APPROVALS = f"approvals.share approvals.covers approvals.processing_days approvals.from {PASSING} {GRANTS}"
HELD = "holds.days controls.in_force"
"""Columns that say how long goods wait at a border that a control leaves free."""
LICENSED = f"{APPROVALS} controls.headroom controls.new_business controls.multiple demand.tonnes demand.from"
"""Columns that say what is licensed of a reference."""


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


def _left_to_buyer(world: Network, table: str, rows: Ints) -> Floats:
    """Daily share of some rows' capacity that others leave to this buyer, shape (rows, days) or (rows, 1)."""
    shares = world.timelines.series("availability", "share")
    return shares[world.structure.left_by[table][rows]] if len(shares) else np.ones((len(rows), 1))


def daily_for_sale(world: Network, rows: Ints) -> Floats:
    """Tonnes a year that some rows of plants can give this buyer, by day.

    Parameters
    ----------
    world : Network
    rows : array of int
        Rows of the plants, each with all the others of its steps.

    Returns
    -------
    array, shape (rows, days)
        Tonnes of activity.
    """
    shares = np.array([row.open for row in world.case.tables.plants]).reshape(-1, 1)[rows]
    there = world.timelines.capacity_there(rows) * running_share(world.timelines, rows)
    daily = np.asarray(there * _left_to_buyer(world, "plants", rows) * shares)
    within, before = _ordered_before(world, "plants", rows)
    return np.where(within, np.minimum(daily, before), daily) if within.any() else daily


def daily_on_offer(world: Network, rows: Ints) -> Floats:
    """Tonnes a year that some rows of offers offer to this buyer, by day, shape (rows, days).

    Parameters
    ----------
    world : Network
    rows : array of int
        Rows of the offers.
    """
    there = world.timelines.series("offers", "capacity")[rows] * world.timelines.active("offers")[rows]
    daily = np.asarray(there * _left_to_buyer(world, "offers", rows))
    within, before = _ordered_before(world, "offers", rows)
    return np.where(within, before, daily) if within.any() else daily


def ordered_offers(world: Network, rows: Ints) -> Floats:
    """Tonnes a year of some rows of offers that were ordered before the first day, by day, shape (rows, days).

    Parameters
    ----------
    world : Network
    rows : array of int
        Rows of the offers.
    """
    within, before = _ordered_before(world, "offers", rows)
    return np.where(within, before, 0.0)


def _ordered_before(world: Network, table: str, rows: Ints) -> tuple[NDArray[np.bool_], Floats]:
    """Days of the lead of some rows, on which only what was ordered before comes, and that as tonnes a year.

    Events take from it what they take from the capacity, and all of it from a seller whom they stop.
    """
    some = [world.case.tables.rows(table)[row] for row in rows]
    lead, ordered, stated = (
        np.array([getattr(row, name) for row in some], float).reshape(-1, 1) for name in ("lead", "ordered", "capacity")
    )
    first = world.calendar.offsets[0]
    days = np.arange(world.calendar.days)
    within = (days >= first) & (days < first + lead)
    if not within.any():
        return within, np.zeros(within.shape)
    capacity = world.timelines.series(table, "capacity")[rows]
    left = np.where(stated > 0, np.minimum(1.0, capacity / np.where(stated > 0, stated, 1.0)), 1.0)
    left = left * world.timelines.active(table)[rows]
    return within, ordered / np.maximum(lead, 1.0) / world.calendar.year_weights * left


def contracts_by_day(world: Network) -> Floats:
    """Part of its volume that each contract has on each day on which it runs, shape (contracts, days).

    Parameters
    ----------
    world : Network
    """
    rows = world.case.tables.contracts
    offer = {row.offer: number for number, row in enumerate(world.case.tables.offers)}
    most = np.array([row.max_volume for row in rows]).reshape(-1, 1)
    left = world.timelines.series("contracts", "max_volume") / np.where(most > 0, most, 1.0) + (most == 0)
    selling = world.timelines.series("offers", KEPT)[[offer[row.offer] for row in rows]]
    return np.asarray(world.timelines.active("contracts") * left * selling, float)
