"""What the cheapest tonne of a material costs at a place: bought or made, with freight and duty, all at their lowest.

How much there is, controls, limits and the cost of qualifying are left out. Stock and goods under way are not counted,
as they are not bought. A process that makes several materials is paid by each as its share of their value.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from optimizer.world.ways import Ways

ROUNDS = 1000
"""Most rounds: scrap goes round, and each round brings its price closer."""
CLOSE = 1e-13
"""Relative fall of a price below which a round changes nothing."""


@dataclass(frozen=True)
class Price:
    """USD per tonne, and where from.

    Parameters
    ----------
    usd : float
    says : str
        The offer, contract or plant that gives it.
    """

    usd: float
    says: str


class Cheapest:
    """The cheapest tonne of everything everywhere.

    Parameters
    ----------
    ways : Ways
    period : int, optional
        What is bought, made and moved in one period only; by default, whenever it is cheapest.
    """

    def __init__(self, ways: Ways, period: int | None = None) -> None:
        self.ways = ways
        offsets = ways.calendar.offsets
        self.days = slice(None) if period is None else slice(offsets[period], offsets[period + 1])
        self.periods = slice(None) if period is None else slice(period, period + 1)
        self.timelines = ways.timelines
        self.at: dict[tuple[str, str], Price] = {}
        freight = self._lowest("routes", "freight")
        goes = ways.open_routes[:, self.periods]
        self.freight = [usd if some.any() else np.inf for usd, some in zip(freight, goes, strict=True)]
        self.duties: dict[tuple[str, str, str], float] = {}
        conversion = self._lowest("plants", "cost")
        self.conversion: dict[tuple[str, str], float] = {}
        open_ = ways.periods_with("plants", "capacity")[:, self.periods].any(axis=1) | (period is None)
        for row, usd in zip(ways.case.tables.plants, np.where(open_, conversion, np.inf).tolist(), strict=True):
            key = (row.site, row.process)
            paid = usd if row.open > 0 else np.inf  # of a plant none of whose capacity is for sale nobody buys
            self.conversion[key] = min(paid, self.conversion.get(key, np.inf))
        self.users = self._users()
        self.lower: set[tuple[str, str]] = set()  # places and materials whose price has fallen
        for site, name, usd, says in self._bought():
            self.take(ways.place(site, name), name, usd, says)
        for (site, process), usd in self.conversion.items():
            if site in ways.country:
                self._make(site, process, usd)
        for _ in range(ROUNDS):
            if not self.lower:
                break
            fallen, self.lower = self.lower, set()
            self._make_of(fallen)
            self._move(fallen | self.lower)

    def _lowest(self, table: str, column: str) -> list[float]:
        """The lowest value of each row of a table."""
        return [float(some[self.days].min()) for some in self.timelines.series(table, column)]

    def take(self, place: str, material: str, usd: float, says: str) -> None:
        """Note a price, if it is lower than those known.

        Parameters
        ----------
        place, material : str
        usd : float
            Per tonne.
        says : str
            The offer, contract or plant that gives it.
        """
        key = place, material
        known = self.at[key].usd if key in self.at else np.inf
        if usd < known:
            self.at[key] = Price(usd, says)
            if not usd >= known - CLOSE * abs(known):
                self.lower.add(key)

    def _users(self) -> dict[tuple[str, str], list[tuple[str, str]]]:
        """Sites and processes that take a material at a place."""
        found: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        for site, process in self.conversion:
            for lines in self.ways.recipes.get(process, ()) if site in self.ways.country else ():
                for name in (name for name, tonnes in lines.items() if tonnes < 0):
                    found[self.ways.place(site, name), name].append((site, process))
        return found

    def _make_of(self, fallen: set[tuple[str, str]]) -> None:
        """Make what is made of materials whose price has fallen."""
        for site, process in dict.fromkeys(user for key in sorted(fallen) for user in self.users.get(key, ())):
            self._make(site, process, self.conversion[site, process])

    def _move(self, fallen: set[tuple[str, str]]) -> None:
        """Move materials from where their price has fallen."""
        ways, places = self.ways, defaultdict(set)
        for place, material in fallen:
            places[material].add(place)
        for material, here in sorted(places.items()):
            best: dict[str, Price] = {}
            for source in ways.sources.get(material, ()):
                if source.place in here:
                    some = self.at[source.place, material]
                    if some.usd < (best[source.country].usd if source.country in best else np.inf):
                        best[source.country] = some
            for place in ways.wanted.get(material, ()) if best else ():
                land = ways.lands[place]
                for origin, price in best.items():
                    freight = min((self.freight[n] for n in ways.between((origin, land), material)), default=np.inf)
                    if freight < np.inf:
                        moved = price.usd + freight + self._duty(origin, land, material)
                        self.take(place, material, moved, price.says)

    def _bought(self) -> Iterator[tuple[str, str, float, str]]:
        """Site, material, price and name of what is on offer or under contract."""
        ways = self.ways
        offers = {}
        prices, rooms = self._lowest("offers", "price"), ways.periods_with("offers", "capacity")[:, self.periods]
        for row, usd, room in zip(ways.case.tables.offers, prices, rooms, strict=True):
            if ways.known(row.site, row.material):
                offers[row.offer] = row
                if room.any():
                    yield row.site, row.material, usd, f"offer {row.offer}"
        fixed, floors = self._lowest("contracts", "price"), self._lowest("contracts", "floor")
        running = ways.periods_with("contracts", "max_volume")[:, self.periods]
        runs = [bool(some.any()) or self.days.start is None for some in running]
        for signed, price, floor, some in zip(ways.case.tables.contracts, fixed, floors, runs, strict=True):
            if signed.offer in offers and some:
                usd = (floor if signed.price is None else price) + signed.reservation_fee
                offer = offers[signed.offer]
                yield offer.site, offer.material, usd, f"contract {signed.contract}"

    def _make(self, site: str, process: str, conversion: float) -> None:
        """What a process gives, at what its inputs cost."""
        ways = self.ways
        for lines in ways.recipes.get(process, ()):
            inputs = [(self.at.get((ways.place(site, name), name)), -t) for name, t in lines.items() if t < 0]
            if any(price is None for price, _ in inputs):
                continue
            cost = conversion + sum(price.usd * tonnes for price, tonnes in inputs if price is not None)
            worth: float = sum(ways.materials[name].unit_value * t for name, t in lines.items() if t > 0)
            for name in (name for name, tonnes in lines.items() if tonnes > 0):
                usd = cost * ways.materials[name].unit_value / worth
                self.take(ways.place(site, name), name, usd, f"{process} at {site}")

    @cached_property
    def _rates(self) -> Any:
        """Rates of duties on the days on which they hold, shape (rows, days)."""
        return self.timelines.series("duties", "rate") * self.timelines.active("duties")

    def _duty(self, origin: str, land: str, material: str) -> float:
        """The least duty on a tonne between two countries, USD."""
        key = (origin, land, material)
        if key not in self.duties:
            self.duties[key] = self._find_duty(*key)
        return self.duties[key]

    def _find_duty(self, origin: str, land: str, material: str) -> float:
        """The least sum, over the days of the horizon, of the rates that fit."""
        if origin == land:
            return 0.0
        row, total = self.ways.materials[material], np.zeros(self.ways.calendar.days)
        for number, duty in enumerate(self.ways.case.tables.duties):
            if duty.destination == land and duty.origin in (origin, "*") and duty.goods in (material, row.stage):
                total += self._rates[number]
        days = self.days if self.days.start is not None else slice(self.ways.calendar.offsets[0], None)
        return float(total[days].min() * row.unit_value * 1000)

    def delivered(self, site: str, product: str) -> Price | None:
        """The cheapest tonne of a product at a site, itself or what stands in for it; None where none can be had.

        Parameters
        ----------
        site, product : str
        """
        ways = self.ways
        found = [self.at.get((ways.place(site, product), product))]
        for name, row, _ in ways.stands_in.get(product, ()):
            if (some := self.at.get((ways.place(site, name), name))) is not None:
                found.append(Price((some.usd + row.cost) / row.ratio, f"{name} of {some.says}"))
        return min((some for some in found if some is not None), key=lambda some: some.usd, default=None)
