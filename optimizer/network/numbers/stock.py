"""Numbers of stock, per period."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from optimizer.network.network import Floats, Network, parameter
from optimizer.network.rows import gather
from optimizer.network.sets import StockSite
from optimizer.world.cheapest import Cheapest, Price
from optimizer.world.ways import Ways


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


PRICED = (
    "offers.price offers.capacity offers.from plants.cost plants.capacity plants.from availability.share "
    "routes.freight duties.rate duties.from contracts.price contracts.floor contracts.from contracts.max_volume "
    "substitutions.from substitutions.max_share"
)
"""Columns that say what the cheapest tonne costs."""


@parameter("USD/t", "stock_sites", reads=PRICED, timed=False)
def closing_value(world: Network) -> Floats:
    """What a tonne left on the last day is worth: its value, or its least delivered price in the last period if lower.

    It is nothing where no terminal stock is asked for.
    """
    by, keys = world.structure.by, world.index["stock_sites"]
    asked = [key for key in keys if by.stocks[key].terminal > 0]
    if not asked:
        return np.zeros(len(keys))
    ways = Ways(world.case, world.timelines)
    least = Cheapest(ways, world.periods[-1]).at
    return np.array([_worth(ways, least, key) if key in asked else 0.0 for key in keys])


def _worth(ways: Ways, least: Mapping[tuple[str, str], Price], key: StockSite) -> float:
    """The lower of a material's value and its least price at a site, USD per tonne."""
    value, where = ways.materials[key.material].unit_value * 1000, (ways.place(*key), key.material)
    return min(value, least[where].usd) if where in least else value
