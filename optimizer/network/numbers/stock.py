"""Numbers of stock, per period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from optimizer.case.calendar import Calendar
from optimizer.network.network import Floats, Network, parameter
from optimizer.network.numbers.demand import SERVED, share_by_day, wanted_by_day
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


@parameter("t", "stock_sites", reads="stocks.cover demand.tonnes demand.from", ahead=True)
def cover_target(world: Network) -> Floats:
    """Tonnes wanted in the days of cover that follow a period, the last rate going on past the last day."""
    days = _stock_rows(world, world.timelines.mean("stocks", "cover"))
    use = used_by_day(world)
    rows = [use.get(key, np.zeros(world.calendar.days)) for key in world.index["stock_sites"]]
    return Ahead(world.calendar, rows).wanted(days)


@parameter("t", "cover_substitutes", reads=f"stocks.cover {SERVED}", ahead=True)
def substitute_in_target(world: Network) -> Floats:
    """Tonnes of these that a substitute may serve."""
    keys, days = world.index["cover_substitutes"], _stock_rows(world, world.timelines.mean("stocks", "cover"))
    use, may = used_by_day(world), share_by_day(world)
    position, place = world.case.by.substitution_numbers, {key: n for n, key in enumerate(world.index["stock_sites"])}
    rows = [use[key.site, key.product] * may[position[key.product, key.material]] for key in keys]
    some = [place[StockSite(key.site, key.product)] for key in keys]
    return Ahead(world.calendar, rows).wanted(days[some])


def used_by_day(world: Network) -> dict[tuple[str, str], Floats]:
    """Tonnes a year wanted of a product at a site, for all end uses, by day."""
    found: dict[tuple[str, str], Floats] = {}
    for (site, product, _), daily in wanted_by_day(world).items():
        found[site, product] = found.get((site, product), 0.0) + daily
    return found


class Ahead:
    """Tonnes wanted from the end of each period on, the last day's going on past the last day.

    Parameters
    ----------
    calendar : Calendar
    rates : sequence of array, shape (days,)
        Tonnes a year, by day, of each of n rows.
    """

    def __init__(self, calendar: Calendar, rates: Sequence[Floats]) -> None:
        self.ends = calendar.offsets[1:].astype(float)
        daily = np.array(rates).reshape(-1, calendar.days) * calendar.year_weights
        self._sums = np.hstack([np.zeros((len(daily), 1)), daily.cumsum(axis=1)])
        self._last = daily[:, -1:]

    def wanted(self, days: Floats) -> Floats:
        """Tonnes wanted in so many days from the end of each period, shape (n, T) as the days are.

        Parameters
        ----------
        days : array, shape (n, T)
            A part of a day counts as that part of it.
        """
        return self._by(self.ends + days) - self._by(np.broadcast_to(self.ends, np.shape(days)))

    def _by(self, day: Floats) -> Floats:
        """Tonnes wanted by a day of the axis, or beyond it, shape (n, T)."""
        last = self._sums.shape[1] - 1
        whole = np.clip(np.floor(day), 0, last - 1).astype(int)
        before = np.take_along_axis(self._sums, whole, axis=1)
        after = np.take_along_axis(self._sums, whole + 1, axis=1)
        beyond = np.maximum(day - last, 0.0) * self._last
        return np.asarray(before + (after - before) * np.minimum(day - whole, 1.0) + beyond)


@parameter("t", "stock_sites", reads="stocks.reserve")
def reserve_kept_back(world: Network) -> Floats:
    """Tonnes of the reserve that are not released."""
    return _stock_rows(world, world.timelines.mean("stocks", "reserve"))


PRICED = (
    "offers.price offers.capacity offers.from plants.cost plants.capacity plants.from availability.share "
    "routes.freight routes.capacity duties.rate duties.from contracts.price contracts.floor contracts.from "
    "contracts.max_volume substitutions.from substitutions.max_share"
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
