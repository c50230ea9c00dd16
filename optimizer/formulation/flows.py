"""Flows of goods summed over exposure classes: what accounts that ask for origins alone are made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from optimizer.network.route_keys import RouteKey
from optimizer.network.sets import Lane, Run, Serve, StockKey
from optimizer.network.structure import Structure

Spot = tuple[str, str]
"""A place and a material."""


class Flow(NamedTuple):
    """Goods that leave a place, or stay there: `ship` (to another place), `stock`, `eat` (into others) or `serve`."""

    kind: str
    place: str
    to: str
    material: str
    mode: str = ""


class Flows:
    """Who touches whom, whatever the exposure.

    Parameters
    ----------
    structure : Structure
    """

    def __init__(self, structure: Structure) -> None:
        s = self.structure = structure
        self.lanes: dict[Flow, list[Lane]] = defaultdict(list)
        for lane in s.index["lanes"]:
            self.lanes[Flow("ship", lane.origin, lane.destination, lane.material, lane.mode)].append(lane)
        self.towards: dict[Spot, list[Flow]] = defaultdict(list)
        self.from_here: dict[Spot, list[Flow]] = defaultdict(list)
        self.lanes_of: dict[str, list[Flow]] = defaultdict(list)
        for flow in self.lanes:
            self.lanes_of[flow.material].append(flow)
            self.towards[flow.to, flow.material].append(flow)
            self.from_here[flow.place, flow.material].append(flow)
        self.stocks: dict[Spot, list[StockKey]] = defaultdict(list)
        for key in s.index["stocks"]:
            self.stocks[s.place[key.site, key.material], key.material].append(key)
        self.serves: dict[Spot, list[Serve]] = defaultdict(list)
        for serve in s.index["serves"]:
            self.serves[s.place[serve.site, serve.material], serve.material].append(serve)
        self.made: dict[Spot, list[tuple[Run, float]]] = defaultdict(list)
        self.drawn: dict[Spot, list[tuple[Run, float]]] = defaultdict(list)
        for run in s.index["runs"]:
            for material, tonnes in s.by.recipes[run.recipe].items():
                into = self.made if tonnes > 0 else self.drawn
                into[s.place[run.site, material], material].append((run, abs(tonnes)))
        self.sold: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for offer in s.index["offers"]:
            self.sold[offer.offer].append(("buy", offer.offer))
        for contract in s.index["contracts"]:
            self.sold[s.by.contracts[contract.contract].offer].append(("take", contract.contract))
        self.leaves: dict[tuple[RouteKey, int], list[int]] = defaultdict(list)
        for transit in s.index["transits"]:
            self.leaves[RouteKey(*transit[:4]), transit.arrives].append(transit.leaves)

    def way(self, flow: Flow) -> RouteKey:
        """The route that goods are shipped."""
        return self.structure.way(self.lanes[flow][0])

    def shipped(self, m: Any, flow: Flow, period: int) -> Any:
        """Tonnes that leave a place for another in a period."""
        return sum(m.ship[(*lane, period)] for lane in self.lanes[flow])

    def kept(self, m: Any, place: str, material: str, period: int) -> Any:
        """Tonnes in stock at the end of a period."""
        return sum(m.stock[(*key, period)] for key in self.stocks[place, material])

    def served(self, m: Any, place: str, material: str, period: int) -> Any:
        """Tonnes delivered in a period."""
        return sum(m.serve[(*key, period)] for key in self.serves[place, material])

    def bought(self, m: Any, offer: str, period: int) -> Any:
        """Tonnes bought of an offer, or taken under its contracts, in a period."""
        return sum((m.buy if flow == "buy" else m.take)[name, period] for flow, name in self.sold[offer])

    def held(self, m: Any, material: str, period: int) -> Any:
        """Tonnes of a material in stock and on the way at the end of a period, everywhere."""
        kept = sum(m.stock[(*key, period)] for key in self.structure.index["stocks"] if key.material == material)
        return kept + sum(
            share * self.shipped(m, flow, leaves) for flow, share, leaves in self.on_the_way(m, material, period)
        )

    def on_the_way(self, m: Any, material: str, period: int) -> Iterator[tuple[Flow, Any, int]]:
        """What may be on the way at the end of a period: the flow, the share of it, and when it left."""
        for flow in self.lanes_of[material]:
            way = self.way(flow)
            for leaves in self.leaves[way, min(period + 1, self.structure.periods[-1])]:
                if leaves <= period:
                    yield flow, m.not_arrived[(*way, leaves, period)], leaves
