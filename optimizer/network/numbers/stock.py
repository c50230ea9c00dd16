"""Numbers of stock, per period."""

from __future__ import annotations

import numpy as np

from optimizer.network.network import Floats, Network, parameter
from optimizer.network.rows import gather
from optimizer.network.sets import StockSite


def _stock_rows(world: Network, rows: Floats) -> Floats:
    return gather(world, "stock_sites", "stocks", ("site", "material"), rows)


@parameter("t", "stock_sites", reads="stocks.capacity")
def storable(world: Network) -> Floats:
    """Tonnes that fit."""
    return _stock_rows(world, world.timelines.mean("stocks", "capacity"))


@parameter("USD/t", "stock_sites", reads="stocks.holding")
def holding_price(world: Network) -> Floats:
    """Cost of holding a tonne through a period."""
    return _stock_rows(world, world.timelines.total("stocks", "holding"))


@parameter("t", "stock_sites", reads="stocks.cover demand.tonnes demand.from")
def cover_target(world: Network) -> Floats:
    """Tonnes that the days of cover stand for, at the use of the period."""
    days = _stock_rows(world, world.timelines.mean("stocks", "cover"))
    use = np.zeros_like(days)
    wanted = world.value("quantity")
    position = {key: number for number, key in enumerate(world.index["stock_sites"])}
    for number, (site, product, _) in enumerate(world.index["demands"]):
        if (key := StockSite(site, product)) in position:
            use[position[key]] += wanted[number]
    return np.asarray(days * use / world.calendar.lengths)


@parameter("t", "stock_sites", reads="stocks.reserve")
def reserve_kept_back(world: Network) -> Floats:
    """Tonnes of the reserve that are not released."""
    return _stock_rows(world, world.timelines.mean("stocks", "reserve"))
