"""Numbers of plants and offers, per period."""

from __future__ import annotations

from optimizer.network.network import Floats, Ints, Network, by_row, parameter
from optimizer.network.rows import (
    CAPACITY,
    OFFERED,
    daily_for_sale,
    daily_on_offer,
    gather,
    ordered_offers,
    weighed,
    weighed_mean,
)


@by_row("plants", reads=CAPACITY)
def _for_sale(world: Network, rows: Ints) -> Floats:
    """Tonnes that some rows of plants can give this buyer in each period, shape (rows, T)."""
    return world.calendar.total(daily_for_sale(world, rows))


@by_row("plants", reads=f"plants.cost {CAPACITY}")
def _conversion_weighed(world: Network, rows: Ints) -> Floats:
    """Cost of a tonne of activity of some rows of plants, each day weighed by capacity; see `weighed`."""
    # Where none of it is left to the buyer, a project may still add to what stands there.
    standing = world.timelines.series("plants", "capacity")[rows]
    return weighed(world, "plants", "cost", rows, daily_for_sale(world, rows), standing)


@by_row("offers", reads=OFFERED)
def _on_offer(world: Network, rows: Ints) -> Floats:
    """Tonnes that some rows of offers offer to this buyer in each period, shape (rows, T)."""
    return world.calendar.total(daily_on_offer(world, rows))


@by_row("offers", reads=f"offers.price {OFFERED}")
def _offers_weighed(world: Network, rows: Ints) -> Floats:
    """Spot price of some rows of offers, each day weighed by what is offered; see `weighed`."""
    return weighed(world, "offers", "price", rows, daily_on_offer(world, rows))


@parameter("t", "plants", reads=CAPACITY)
def capacity(world: Network) -> Floats:
    """Activity a plant can give this buyer in a period, as far as technology controls let its steps come."""
    return gather(world, "plants", "plants", ("site", "process"), _for_sale(world))


@parameter("USD/t", "plants", reads=f"plants.cost {CAPACITY}")
def conversion_price(world: Network) -> Floats:
    """Price of a tonne of activity, each day weighed by its capacity."""
    return weighed_mean(world, "plants", "plants", ("site", "process"), _conversion_weighed(world))


@parameter("t", "offers", reads=OFFERED)
def offered(world: Network) -> Floats:
    """Tonnes offered to this buyer in a period."""
    return gather(world, "offers", "offers", ("offer",), _on_offer(world))


@by_row("offers", reads=OFFERED)
def _ordered(world: Network, rows: Ints) -> Floats:
    """Tonnes of some rows of offers that were ordered before the first day, by period, shape (rows, T)."""
    return world.calendar.total(ordered_offers(world, rows))


@parameter("t", "ordered_offers", reads=OFFERED)
def ordered(world: Network) -> Floats:
    """Tonnes ordered before the first day that leave in a period."""
    return gather(world, "ordered_offers", "offers", ("offer",), _ordered(world))


@parameter("USD/t", "offers", reads=f"offers.price {OFFERED}")
def offer_price(world: Network) -> Floats:
    """Spot price, each day weighed by what is offered."""
    return weighed_mean(world, "offers", "offers", ("offer",), _offers_weighed(world))
