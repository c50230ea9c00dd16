"""Numbers of contracts, per period."""

from __future__ import annotations

import numpy as np

from optimizer.network.network import Floats, Network, parameter
from optimizer.network.rows import gather
from optimizer.world.timeline import KEPT


@parameter("USD/t", "contracts", reads="contracts.price contracts.floor contracts.from offers.price")
def contract_price(world: Network) -> Floats:
    """Price of a contracted tonne: fixed, or the market's, not below the floor and of what is high only a share.

    A floor and what is shared hold day by day; the price of a period is the mean of the days on which it runs.
    """
    offer = {row.offer: number for number, row in enumerate(world.case.tables.offers)}
    market, fixed, floors = (
        world.timelines.series(*column)
        for column in (("offers", "price"), ("contracts", "price"), ("contracts", "floor"))
    )
    daily = [
        fixed[number] if row.price is not None else row.shared(floors[number], market[offer[row.offer]])
        for number, row in enumerate(world.case.tables.contracts)
    ]
    prices = np.array(daily).reshape(-1, world.calendar.days)
    held, plain = world.timelines.active("contracts").astype(float), world.calendar.mean(prices)
    years, paid = world.calendar.total(held), world.calendar.total(prices * held)
    means = np.where(years > 0, paid / np.where(years > 0, years, 1.0), plain)
    return gather(world, "contracts", "contracts", ("contract",), means)


@parameter("years", "contracts", reads=f"contracts.from contracts.max_volume offers.{KEPT}")
def contract_years(world: Network) -> Floats:
    """Years of a period in which a contract runs; a day on which events leave a part of its volume counts that part.

    A seller whose offer they take to 0 delivers nothing under contract either.
    """
    rows = world.case.tables.contracts
    offer = {row.offer: number for number, row in enumerate(world.case.tables.offers)}
    most = np.array([row.max_volume for row in rows]).reshape(-1, 1)
    left = world.timelines.series("contracts", "max_volume") / np.where(most > 0, most, 1.0) + (most == 0)
    selling = world.timelines.series("offers", KEPT)[[offer[row.offer] for row in rows]]
    running = world.calendar.total(np.asarray(world.timelines.active("contracts") * left * selling, float))
    return gather(world, "contracts", "contracts", ("contract",), running)
