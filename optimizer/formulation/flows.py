"""Flows of goods summed over exposure classes: what accounts that ask for origins alone are made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

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


class Flows:
    """Who touches whom, whatever the exposure.

    Parameters
    ----------
    structure : Structure
    """

    def __init__(self, structure: Structure) -> None:
        s = self.structure = structure
        self.lanes: dict[tuple[str, str, str], list[Lane]] = defaultdict(list)
        for lane in s.index["lanes"]:
            self.lanes[lane.origin, lane.destination, lane.material].append(lane)
        self.towards: dict[Spot, list[str]] = defaultdict(list)
        self.from_here: dict[Spot, list[str]] = defaultdict(list)
        self.lanes_of: dict[str, list[Spot]] = defaultdict(list)
        for origin, destination, material in self.lanes:
            self.lanes_of[material].append((origin, destination))
            self.towards[destination, material].append(origin)
            self.from_here[origin, material].append(destination)
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
        self.leaves: dict[tuple[str, str, int], list[int]] = defaultdict(list)
        for origin, destination, leaves, arrives in s.index["transits"]:
            self.leaves[origin, destination, arrives].append(leaves)

    def pair(self, origin: str, destination: str) -> Spot:
        """Countries of two places."""
        return self.structure.country[origin], self.structure.country[destination]

    def shipped(self, m: Any, origin: str, destination: str, material: str, period: int) -> Any:
        """Tonnes that leave a place for another in a period."""
        return sum(m.ship[(*lane, period)] for lane in self.lanes[origin, destination, material])

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
            share * self.shipped(m, origin, destination, material, leaves)
            for origin, destination, share, leaves in self.on_the_way(m, material, period)
        )

    def on_the_way(self, m: Any, material: str, period: int) -> Iterator[tuple[str, str, Any, int]]:
        """What may be on the way at the end of a period: origin, destination, share of it, and when it left."""
        for origin, destination in self.lanes_of[material]:
            pair = self.pair(origin, destination)
            for leaves in self.leaves[(*pair, min(period + 1, self.structure.periods[-1]))]:
                if leaves <= period:
                    yield origin, destination, m.not_arrived[(*pair, leaves, period)], leaves
