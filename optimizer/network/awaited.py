"""What a demand waits for inside a period: the flows that bring goods to it, and the stock that may serve it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from optimizer.case.case import Case
from optimizer.network.reach import Places, way_of
from optimizer.network.route_keys import RouteKey
from optimizer.network.sets import DemandKey, GoodsPlace, Index, Key, StockKey
from optimizer.network.stretches import Stretch, StretchFlow, stretch_names, watched

ALL = "all"
"""Stands for the end uses of a product at a site together."""


@dataclass(frozen=True)
class Source:
    """What bounds a flow by the day: rows of tables, each with the tonnes that a tonne of its activity gives.

    Parameters
    ----------
    plants, offers, contracts : mapping of int to float
        By the number of the row.
    added : float
        Tonnes a year that projects may add to the plants, all of them open.
    """

    plants: Mapping[int, float]
    offers: Mapping[int, float]
    contracts: Mapping[int, float]
    added: float = 0.0


class Coming(NamedTuple):
    """A flow that brings goods to where a demand is.

    Parameters
    ----------
    variable : str
        `ship`, `buy`, `take` or `run`.
    key : tuple
        Of its column, the period last: that in which it leaves.
    transit : int
        Number of its transit in the index; -1 where it has none.
    tonnes : float
        Tonnes of the demand that one unit of it serves.
    source : tuple, optional
        What bounds it by the day; None where other goods may come to where it leaves.
    """

    variable: str
    key: Key
    transit: int
    tonnes: float
    source: Key | None


@dataclass(frozen=True)
class Awaited:
    """What demands wait for that share it.

    Parameters
    ----------
    demands : tuple of DemandKey
        One, or those for a product at a site together; none of them must be met.
    places : mapping of GoodsPlace to float
        Where what can serve them is, and tonnes of them that a tonne of it serves.
    stocks : tuple of (StockKey, float)
        What may be in stock there, with the same.
    flows : mapping of int to tuple of Coming
        What may come there, by period; only of those inside which days are watched.
    """

    demands: tuple[DemandKey, ...]
    places: Mapping[GoodsPlace, float]
    stocks: tuple[tuple[StockKey, float], ...]
    flows: Mapping[int, tuple[Coming, ...]]


class Waiting:
    """What every demand that may go short waits for; of several end uses of a product at a site also together.

    Parameters
    ----------
    case : Case
    index : Index
        With its flows and transits.
    place : Places
    country : mapping of str to str
        Country of each site and hub.
    group_of : mapping of (str, str) to str
        Licence group of a place and material; a material not listed is its own.
    """

    def __init__(
        self,
        case: Case,
        index: Index,
        place: Places,
        country: Mapping[str, str],
        group_of: Mapping[tuple[str, str], str],
    ) -> None:
        self.group_of = group_of
        self.case, self.index, self.place, self.country = case, index, place, country
        self.sources: dict[Key, Source] = {}
        self.long = [n for n in case.calendar.periods if watched(case.calendar, n)]
        self.awaited = self._find() if self.long else {}

    def _find(self) -> dict[DemandKey, Awaited]:
        """By demand; the end use is `ALL` for those of a product at a site together."""
        must = {(row.site, row.product, row.end_use) for row in self.case.tables.demand if row.penalty is None}
        serving: dict[DemandKey, dict[GoodsPlace, float]] = defaultdict(dict)
        for serve in self.index["serves"]:
            demand = DemandKey(serve.site, serve.product, serve.end_use)
            if demand not in must:
                where = GoodsPlace(self.place[serve.site, serve.material], serve.material)
                serving[demand][where] = self.case.by.ratio[serve.product, serve.material]
        sharing: dict[tuple[str, str], list[DemandKey]] = defaultdict(list)
        for demand in serving:
            sharing[demand.site, demand.product].append(demand)
        asked: dict[DemandKey, tuple[DemandKey, ...]] = {demand: (demand,) for demand in serving}
        asked |= {DemandKey(*key, ALL): tuple(some) for key, some in sharing.items() if len(some) > 1}
        return {
            key: Awaited(
                demands,
                places := serving[demands[0]],
                tuple(
                    (some, places[where])
                    for some in self.index["stocks"]
                    if (where := GoodsPlace(self.place[some.site, some.material], some.material)) in places
                ),
                {period: tuple(self._into(places, period)) for period in self.long},
            )
            for key, demands in asked.items()
        }

    def _into(self, places: Mapping[GoodsPlace, float], period: int) -> Iterator[Coming]:
        """What may bring goods to some places in a period."""
        by = self.case.by
        for lane in self.index["lanes"]:
            if (ratio := places.get(GoodsPlace(lane.destination, lane.material))) is not None:
                source = self._made_at(lane.origin, lane.material)
                for leaves, transit in self._sent[way_of(self.case.by, self.country, lane), period]:
                    yield Coming("ship", (*lane, leaves), transit, ratio, source)
        entries = [("buy", name, by.offers[name]) for (name,) in self.index["offers"]]
        entries += [("take", name, by.offer_of[name]) for (name,) in self.index["contracts"]]
        for variable, name, offer in entries:
            where = GoodsPlace(self.place[offer.site, offer.material], offer.material)
            if where in places:
                yield Coming(variable, (name, period), -1, places[where], self._sold(variable, name))
        for lot in self.index["runs"]:
            made = sum(
                tonnes * places.get(GoodsPlace(self.place[lot.site, material], material), 0.0)
                for material, tonnes in by.recipes[lot.recipe].items()
                if tonnes > 0
            )
            if made > 0:
                yield Coming("run", (*lot, period), -1, made, self._plant(lot.site, by.process_of[lot.recipe]))

    @cached_property
    def _sent(self) -> Mapping[tuple[RouteKey, int], list[tuple[int, int]]]:
        """By route and the period in which goods arrive: those in which they can leave, and the transit."""
        found: dict[tuple[RouteKey, int], list[tuple[int, int]]] = defaultdict(list)
        for number, key in enumerate(self.index["transits"]):
            found[RouteKey(*key[:4]), key.arrives].append((key.leaves, number))
        return found

    def _added(self, gives: Mapping[tuple[str, str], float]) -> float:
        """Tonnes a year that projects may add to plants, each with the tonnes that a tonne of its activity gives."""
        rows = [row for row in self.case.tables.projects if row.kind == "expand" and row.process is not None]
        return sum(row.capacity * gives.get((row.site, str(row.process)), 0.0) for row in rows)

    @cached_property
    def _open(self) -> set[tuple[str, str]]:
        """Places that goods of a material may come to, or lie in, without being made there."""
        found = {(lane.destination, lane.material) for lane in self.index["lanes"]}
        return found | {(self.place[row.site, row.material], row.material) for row in self.case.by.held}

    def _sold(self, variable: str, name: str) -> Key:
        """An offer or a contract as a source."""
        tables, key = self.case.tables, (variable, name)
        if key not in self.sources:
            offers = {n: 1.0 for n, row in enumerate(tables.offers) if key == ("buy", row.offer)}
            contracts = {n: 1.0 for n, row in enumerate(tables.contracts) if key == ("take", row.contract)}
            self.sources[key] = Source({}, offers, contracts)
        return key

    def _plant(self, site: str, process: str) -> Key:
        """A plant as a source, of its activity."""
        key = "run", site, process
        if key not in self.sources:
            rows = enumerate(self.case.tables.plants)
            plants = {n: 1.0 for n, row in rows if (row.site, row.process) == key[1:]}
            self.sources[key] = Source(plants, {}, {}, self._added({(site, process): 1.0}))
        return key

    def _made_at(self, place: str, material: str) -> Key | None:
        """All that makes or sells a material and its group at a place as a source; None where more may be there."""
        if (place, material) in self._open or place not in self.case.by.sites:
            return None
        group = self.group_of.get((place, material), material)
        key = "ship", place, group
        if key not in self.sources:
            tables, by = self.case.tables, self.case.by
            goods = {name for name in by.materials if self.group_of.get((place, name), name) == group}
            gives: dict[str, float] = defaultdict(float)
            for recipe, lines in by.recipes.items():
                most = max((lines.get(name, 0.0) for name in goods), default=0.0)
                gives[by.process_of[recipe]] = max(gives[by.process_of[recipe]], most)
            plants = {n: gives[row.process] for n, row in enumerate(tables.plants) if row.site == place}
            offers = {n: 1.0 for n, row in enumerate(tables.offers) if row.site == place and row.material in goods}
            names = {tables.offers[n].offer for n in offers}
            contracts = {n: 1.0 for n, row in enumerate(tables.contracts) if row.offer in names}
            added = self._added({(place, process): tonnes for process, tonnes in gives.items()})
            self.sources[key] = Source({n: t for n, t in plants.items() if t > 0}, offers, contracts, added)
        return key

    def index_sets(self) -> Index:
        """The stretches of days of long periods in which each demand is seen, and the flows that may come in them.

        What its source bounds does not count as a flow where all that is made and sold counts.
        """
        names = stretch_names(self.case.calendar)
        every = dict.fromkeys(name for _, name, _ in names)
        return {
            "stretches": [Stretch(*key, name) for key in self.awaited for name in every],
            "stretch_flows": [
                StretchFlow(*key, name, number, period)
                for key, waits in self.awaited.items()
                for period, name, at_most in names
                for number, flow in enumerate(waits.flows[period])
                if not (at_most and flow.source)
            ],
        }
