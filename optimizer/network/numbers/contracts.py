"""Numbers of contracts, per period."""

from __future__ import annotations

import numpy as np

from optimizer.network.network import Floats, Network, parameter
from optimizer.network.rows import gather


@parameter("USD/t", "contracts", reads="contracts.price contracts.floor contracts.from offers.price offers.from")
def contract_price(world: Network) -> Floats:
    """Price of a contracted tonne: fixed, or the market's, not below the floor and of what is high only a share."""
    market = dict(zip((key.offer for key in world.index["offers"]), world.value("offer_price"), strict=True))
    fixed, floors = world.timelines.mean("contracts", "price"), world.timelines.mean("contracts", "floor")
    rows = [
        fixed[number] if row.price is not None else row.shared(floors[number], market.get(row.offer, floors[number]))
        for number, row in enumerate(world.case.tables.contracts)
    ]
    return gather(world, "contracts", "contracts", ("contract",), np.array(rows).reshape(-1, len(world.periods)))


@parameter("years", "contracts", reads="contracts.from")
def contract_years(world: Network) -> Floats:
    """Years of a period in which a contract runs."""
    running = world.calendar.total(world.timelines.active("contracts").astype(float))
    return gather(world, "contracts", "contracts", ("contract",), running)
