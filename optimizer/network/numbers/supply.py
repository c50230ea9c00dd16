"""Numbers of plants, offers and contracts, per period."""

from __future__ import annotations

import numpy as np

from optimizer.network.network import Floats, Network, parameter
from optimizer.network.rows import CAPACITY, OFFERED, gather, stepped_mean


def _left_to_buyer(world: Network, table: str) -> Floats:
    """Daily share of each row's capacity that others leave to this buyer, shape (rows, days) or (rows, 1)."""
    shares = world.timelines.series("availability", "share")
    return shares[world.structure.left_by[table]] if len(shares) else np.ones((len(world.case.tables.rows(table)), 1))


@parameter("t", "plants", reads=CAPACITY)
def capacity(world: Network) -> Floats:
    """Activity a plant can give this buyer in a period, as far as technology controls let its steps come."""
    for_sale = np.array([row.open for row in world.case.tables.plants]).reshape(-1, 1)
    daily = world.timelines.capacity_there() * _left_to_buyer(world, "plants") * for_sale
    return gather(world, "plants", "plants", ("site", "process"), world.calendar.total(daily))


@parameter("USD/t", "plants", reads="plants.cost plants.from")
def conversion_price(world: Network) -> Floats:
    """Price of a tonne of activity."""
    return stepped_mean(world, "plants", "plants", ("site", "process"), "cost")


@parameter("t", "offers", reads=OFFERED)
def offered(world: Network) -> Floats:
    """Tonnes offered to this buyer in a period."""
    there = world.timelines.series("offers", "capacity") * world.timelines.active("offers")
    daily = there * _left_to_buyer(world, "offers")
    return gather(world, "offers", "offers", ("offer",), world.calendar.total(daily))


@parameter("USD/t", "offers", reads="offers.price offers.from")
def offer_price(world: Network) -> Floats:
    """Spot price."""
    return gather(world, "offers", "offers", ("offer",), world.timelines.mean("offers", "price"))
