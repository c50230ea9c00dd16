"""Numbers of plants, offers and contracts, per period."""

from __future__ import annotations

import numpy as np

from optimizer.network.network import Floats, Network, parameter
from optimizer.network.rows import CAPACITY, OFFERED, gather, weighed_mean


def _left_to_buyer(world: Network, table: str) -> Floats:
    """Daily share of each row's capacity that others leave to this buyer, shape (rows, days) or (rows, 1)."""
    shares = world.timelines.series("availability", "share")
    return shares[world.structure.left_by[table]] if len(shares) else np.ones((len(world.case.tables.rows(table)), 1))


def _for_sale(world: Network) -> Floats:
    """Tonnes a year that each row of plants can give this buyer, by day, shape (rows, days)."""
    shares = np.array([row.open for row in world.case.tables.plants]).reshape(-1, 1)
    there = world.timelines.capacity_there()
    return np.asarray(there * _left_to_buyer(world, "plants") * shares)


def _on_offer(world: Network) -> Floats:
    """Tonnes a year that are offered to this buyer, by day, shape (rows, days)."""
    there = world.timelines.series("offers", "capacity") * world.timelines.active("offers")
    return np.asarray(there * _left_to_buyer(world, "offers"))


@parameter("t", "plants", reads=CAPACITY)
def capacity(world: Network) -> Floats:
    """Activity a plant can give this buyer in a period, as far as technology controls let its steps come."""
    return gather(world, "plants", "plants", ("site", "process"), world.calendar.total(_for_sale(world)))


@parameter("USD/t", "plants", reads=f"plants.cost {CAPACITY}")
def conversion_price(world: Network) -> Floats:
    """Price of a tonne of activity, each day weighed by its capacity."""
    # Where none of it is left to the buyer, a project may still add to what stands there.
    standing = world.timelines.series("plants", "capacity")
    return weighed_mean(world, "plants", "plants", ("site", "process"), "cost", _for_sale(world), standing)


@parameter("t", "offers", reads=OFFERED)
def offered(world: Network) -> Floats:
    """Tonnes offered to this buyer in a period."""
    return gather(world, "offers", "offers", ("offer",), world.calendar.total(_on_offer(world)))


@parameter("USD/t", "offers", reads=f"offers.price {OFFERED}")
def offer_price(world: Network) -> Floats:
    """Spot price, each day weighed by what is offered."""
    return weighed_mean(world, "offers", "offers", ("offer",), "price", _on_offer(world))
