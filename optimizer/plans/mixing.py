"""Exposed content followed through the flows of a plan, from pool to lot to pool, across all stages.

Goods of one class at one place mix over a period, and with what was in stock: a pool. A lot is what a plant runs of a
recipe in a class and period; it holds the exposed value of its inputs, spread over its outputs by value. Goods made in
a rule's country and within its scope are exposed whole. A share is thus an average over a class, a place and a period,
as in the formulation; a single piece may hold more or less.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.case.topics.licences import Control
from optimizer.formulation.links import Links
from optimizer.network.exposure import counts
from optimizer.network.sets import CleanLot, Key, Lane
from optimizer.network.structure import Structure
from optimizer.program.program import Floats, Ints, Program

ROUNDS = 500
"""Most rounds of mixing: scrap goes round, so shares settle rather than follow in order."""
SETTLED = 1e-12
"""Change of any share at which they have settled."""
LEAST = 1e-6
"""Tonnes below which a flow is none, as in the tables."""


@dataclass
class _Arcs:
    """Goods that come from one node to another: so much for each unit of a column."""

    into: list[int] = field(default_factory=list)
    out_of: list[int] = field(default_factory=list)
    column: list[int] = field(default_factory=list)
    factor: list[float] = field(default_factory=list)
    arriving: list[int] = field(default_factory=list)
    """Place of the share that arrives, -1 where all does."""

    def add(self, into: int, out_of: int, column: int, factor: float = 1.0, arriving: int = -1) -> None:
        """One more."""
        for some, one in zip(
            (self.into, self.out_of, self.column, self.factor, self.arriving),
            (into, out_of, column, factor, arriving),
            strict=True,
        ):
            some.append(one)  # type: ignore[attr-defined]


class Pattern:
    """Who passes goods on to whom in a case, whatever the plan: nodes are pools, then lots, period by period.

    Parameters
    ----------
    structure : Structure
    links : Links
    program : Program
        Compiled from it.
    """

    def __init__(self, structure: Structure, links: Links, program: Program) -> None:
        self.structure, self.links, self.program = structure, links, program
        index = self.structure.index
        self.periods = len(self.structure.periods)
        self._pools: dict[Key, int] = {key: number for number, key in enumerate(index["balances"])}
        self._lots: dict[Key, int] = {key: number for number, key in enumerate(index["runs"])}
        self.pools = len(self._pools) * self.periods
        self.nowhere = self.pools + len(self._lots) * self.periods
        """First node of goods that nobody has or wants in their class."""
        self.nodes = self.nowhere + self.periods
        self.value = {name: row.unit_value for name, row in self.structure.by.materials.items()}
        self._moves()
        self._made()
        self._eaten()

    def pool(self, place: str, material: str, exposure: str, period: int) -> int:
        """The node of goods at a place."""
        first = self._pools.get((place, material, exposure))
        return self.nowhere + period if first is None else first * self.periods + period

    def lot(self, site: str, recipe: str, exposure: str, period: int) -> int:
        """The node of a lot."""
        return self.pools + self._lots[site, recipe, exposure] * self.periods + period

    def name(self, node: int) -> Key:
        """The key of a node: of a pool or a lot, without its period."""
        first = node // self.periods
        return list(self._pools)[first] if node < self.pools else list(self._lots)[first - len(self._pools)]

    def _moves(self) -> None:
        """What goes from pool to pool: on lanes, into later periods, into a more exposed class."""
        s, arcs, last = self.structure, _Arcs(), self.periods - 1
        arriving = {key: number for number, key in enumerate(s.members("transits"))}
        for column, (*key, leaves) in self.program.columns_at("ship"):
            origin, destination, material, exposure, _ = lane = Lane(*key)
            way, source = s.way(lane), self.pool(origin, material, exposure, leaves)
            for arrives in range(leaves, last + 1):
                if (number := arriving.get((*way, leaves, arrives))) is not None:
                    arcs.add(self.pool(destination, material, exposure, arrives), source, column, 1.0, number)
        for column, (site, material, exposure, period) in self.program.columns_at("stock"):
            if period < last:
                node = self.pool(s.place[site, material], material, exposure, period)
                arcs.add(node + 1, node, column)
        for column, (place, material, exposure, used_as, period) in self.program.columns_at("downgrade"):
            arcs.add(self.pool(place, material, used_as, period), self.pool(place, material, exposure, period), column)
        self.moves = _packed(arcs)

    def _made(self) -> None:
        """What comes from lots into pools, and what a lot's outputs are worth, 1000 USD a tonne of activity."""
        s, arcs, made_at = self.structure, _Arcs(), []
        self.worth = np.zeros(self.nodes - self.pools)
        self.run = np.zeros(self.nodes - self.pools, np.int64)
        for column, (site, recipe, exposure, period) in self.program.columns_at("run"):
            lot = self.lot(site, recipe, exposure, period)
            self.run[lot - self.pools] = column
            for material, tonnes in s.by.recipes[recipe].items():
                if tonnes > 0:
                    self.worth[lot - self.pools] += tonnes * self.value[material]
                    produced = s.produces[site, recipe, exposure, material]
                    arcs.add(self.pool(s.place[site, material], material, produced, period), lot, column, tonnes)
                    made_at.append((site, material))
        self.made, self.made_at = _packed(arcs), made_at

    def _eaten(self) -> None:
        """What lots take from pools, 1000 USD: diluted input takes the place of what the recipe draws."""
        s, arcs = self.structure, _Arcs()
        for column, (site, recipe, exposure, period) in self.program.columns_at("run"):
            lot = self.lot(site, recipe, exposure, period)
            for material, tonnes in s.by.recipes[recipe].items():
                if tonnes < 0:
                    drawn = s.draws[site, recipe, exposure, material]
                    pool = self.pool(s.place[site, material], material, drawn, period)
                    arcs.add(lot, pool, column, -tonnes * self.value[material])
        diluted = []
        for column, (site, recipe, material, exposure, cls, period) in self.program.columns_at("dilute"):
            lot, place = self.lot(site, recipe, cls, period), s.place[site, material]
            clean = self.pool(place, material, s.draws[site, recipe, cls, material], period)
            pool = self.pool(place, material, exposure, period)
            arcs.add(lot, clean, column, -self.value[material])
            arcs.add(lot, pool, column, self.value[material])
            diluted.append((lot, pool, clean, column, self.value[material]))
        self.eaten = _packed(arcs)
        table = np.array(diluted, float).reshape(-1, 5)
        self.diluted: tuple[Ints, ...] = tuple(table[:, n].astype(np.int64) for n in range(4))
        self.diluted_value: Floats = table[:, 4]

    def known(self, rule: str) -> Iterator[tuple[int, int, float, float]]:
        """What enters pools with a share that is known: node, column (-1: none), tonnes and share of a rule."""
        s = self.structure
        for (place, material, exposure, period), tonnes in self.links.inflow.items():
            if (place, material, exposure) in self._pools:
                yield self.pool(place, material, exposure, period), -1, tonnes, float(rule in exposure.split("+"))
        for name in ("buy", "take"):
            for column, (sold, period) in self.program.columns_at(name):
                offer = sold if name == "buy" else s.by.contracts[sold].offer
                row = s.by.offers[offer]
                place = s.place[row.site, row.material]
                pool = self.pool(place, row.material, s.offer_class[offer], period)
                yield pool, column, 1.0, declared(s, offer, rule)

    @cached_property
    def supplied(self) -> set[Key]:
        """Goods (place, material, class) that anything brings: what is bought, made or held, and where that can go."""
        s, links = self.structure, self.links
        found: set[Key] = {(place, material, exposure) for place, material, exposure, _ in links.inflow}
        found |= {key for some in (links.buys, links.takes, links.made) for key, sources in some.items() if sources}
        ways = [((a, i, q), (b, i, q)) for a, b, i, q, _ in s.index["lanes"]]
        ways += [((p, i, q), (p, i, used)) for p, i, q, used in s.index["downgrades"]]
        while more := {to for source, to in ways if source in found} - found:
            found |= more
        return found

    def clean_of(self, rule: str) -> NDArray[np.bool_]:
        """Pools that are declared clean of a rule, shape (nodes,)."""
        clean = np.zeros(self.nodes, bool)
        clean[: self.pools] = np.repeat(
            [rule not in exposure.split("+") for _, _, exposure in self._pools], self.periods
        )
        return clean

    def taken_as_clean(self, rule: str, controls: Sequence[Control]) -> tuple[Ints, Ints]:
        """What is delivered as clean of a rule, or crosses a border as such at which it would need a licence.

        Parameters
        ----------
        rule : str
        controls : sequence of Control
            Those that are the rule.

        Returns
        -------
        tuple of arrays of int, shape (k,) each
            Columns, and the pools that they take from.
        """
        s, found = self.structure, []
        for column, (site, _, _, material, exposure, period) in self.program.columns_at("serve"):
            if rule not in exposure.split("+"):
                found.append((column, self.pool(s.place[site, material], material, exposure, period)))
        for column, (origin, destination, material, exposure, _, period) in self.program.columns_at("ship"):
            way = s.country[origin], s.country[destination], s.by.materials[material].stage
            if rule not in exposure.split("+") and any(_stops(control, *way) for control in controls):
                found.append((column, self.pool(origin, material, exposure, period)))
        table = np.array(found, np.int64).reshape(-1, 2)
        return table[:, 0], table[:, 1]

    def clean_lots(self, rule: str) -> list[tuple[int, CleanLot]]:
        """Lots that a rule's threshold bounds: their place among all of them, and their key."""
        return [(n, key) for n, key in enumerate(self.structure.index["clean_lots"]) if key.control == rule]


def _stops(control: Control, leaves: str, enters: str, stage: str) -> bool:
    """Whether a content control is about goods of a stage that leave a third country for another."""
    restricted = "*" in control.destinations or enters in control.destinations
    abroad = leaves not in control.origin and enters not in control.origin and leaves != enters
    return control.kind == "content" and restricted and abroad and stage in control.stages


def declared(structure: Structure, offer: str, rule: str) -> float:
    """Value share of exposed content that an offer's seller declares, or all of it by where it is sold from.

    Parameters
    ----------
    structure : Structure
    offer, rule : str
    """
    row, control, values = structure.by.offers[offer], structure.exposures.rules[rule], structure.by.materials
    if made_whole(structure, row.site, row.material, rule):
        return 1.0
    inside = sum(
        some.tonnes * values[some.material].unit_value
        for some in structure.by.origins_of.get(offer, ())
        if some.country in control.origin and counts(control, values[some.material])
    )
    return float(min(1.0, inside / values[row.material].unit_value))


def made_whole(structure: Structure, site: str, material: str, rule: str) -> bool:
    """Whether a site's output is exposed by where it is made.

    Parameters
    ----------
    structure : Structure
    site, material, rule : str
    """
    control = structure.exposures.rules[rule]
    return structure.country[site] in control.origin and counts(control, structure.by.materials[material])


Packed = tuple[Ints, Ints, Ints, Floats, Ints]


def _packed(arcs: _Arcs) -> Packed:
    """Arcs as arrays."""
    whole = (np.array(some, np.int64) for some in (arcs.into, arcs.out_of, arcs.column))
    into, out_of, column = whole
    return into, out_of, column, np.array(arcs.factor, float), np.array(arcs.arriving, np.int64)


class Mixing:
    """A plan's shares of one rule.

    Parameters
    ----------
    pattern : Pattern
    rule : str
        Content rule.
    x : array, shape (columns,)
        The plan.
    arriving : array, shape (transits,)
        Share of what leaves in a period that arrives in another.
    most : array, shape (T,), optional
        Largest share of clean goods by period, where what was declared counts: infinite where it does not.
    """

    def __init__(self, pattern: Pattern, rule: str, x: Floats, arriving: Floats, most: Floats | None = None) -> None:
        self.pattern, self.rule = pattern, rule
        x = np.where(x > LEAST, x, 0.0)
        self.x = x
        goods = [_amounts(some, x, arriving) for some in (pattern.moves, pattern.made)]
        whole = np.array(
            [made_whole(pattern.structure, site, material, rule) for site, material in pattern.made_at], bool
        )
        eaten = _amounts(pattern.eaten, x, arriving)
        self.whole = np.zeros(pattern.nodes)
        """What each node takes in: pools tonnes, lots 1000 USD of what is made of them."""
        known = np.zeros(pattern.nodes)
        for into, _, amount in goods:
            self.whole += np.bincount(into, weights=amount, minlength=pattern.nodes)
        self.whole[pattern.pools :] = pattern.worth * x[pattern.run]
        for node, column, tonnes, share in pattern.known(rule):
            enters = tonnes * (float(x[column]) if column >= 0 else 1.0)
            self.whole[node] += enters
            known[node] += enters * share
        into, _, made = goods[1]
        known += np.bincount(into[whole], weights=made[whole], minlength=pattern.nodes)
        parts = [goods[0], tuple(some[~whole] for some in goods[1]), eaten]
        self.into, self.out_of, self.amount = (np.concatenate([part[n] for part in parts]) for n in range(3))
        flows = (self.amount != 0) & (self.into < pattern.nowhere) & (self.out_of < pattern.nowhere)
        self.into, self.out_of, self.amount = self.into[flows], self.out_of[flows], self.amount[flows]
        ceiling = np.ones(pattern.nodes)
        if most is not None:
            by_period = np.tile(most, pattern.nodes // pattern.periods)
            ceiling = np.where(pattern.clean_of(rule), np.minimum(1.0, by_period), ceiling)
        self.shares = self._settled(known, ceiling)
        """Exposed share of value at every node."""

    def _settled(self, known: Floats, ceiling: Floats) -> Floats:
        """Shares once goods have passed on what they hold."""
        share, whole = np.zeros(len(known)), np.maximum(self.whole, 1e-300)
        for _ in range(ROUNDS):
            passed = np.bincount(self.into, weights=self.amount * share[self.out_of], minlength=len(known))
            moved = np.clip((known + passed) / whole, 0.0, ceiling)
            if np.max(np.abs(moved - share), initial=0.0) < SETTLED:
                break
            share = moved
        return share

    def share_of(self, place: str, material: str, exposure: str, period: int) -> float:
        """Exposed share of goods at a place."""
        return float(self.shares[self.pattern.pool(place, material, exposure, period)])

    def reaching(self, node: int) -> Floats:
        """By how much the share of a node rises with that of every other, shape (nodes,)."""
        felt: Floats = np.zeros(len(self.shares))
        felt[node] = 1.0
        weight = self.amount / np.maximum(self.whole[self.into], 1e-300)
        total = felt.copy()
        for _ in range(ROUNDS):
            felt = np.asarray(np.bincount(self.out_of, weights=weight * felt[self.into], minlength=len(felt)), float)
            total += felt
            if np.max(felt, initial=0.0) < SETTLED:
                break
        return total

    def diluted(self) -> tuple[Floats, Floats]:
        """Of each lot: exposed value diluted into it, as its rule counts it, and what that is beyond clean goods.

        Returns
        -------
        tuple of arrays, shape (nodes,) each
            As shares of what the lot's outputs are worth.
        """
        lot, pool, drawn, column = self.pattern.diluted
        s = self.pattern.structure
        exposed = np.array(
            [
                self.rule in key.exposure.split("+") and self.rule not in key.lot.split("+")
                for key in s.index["dilutes"]
                for _ in range(self.pattern.periods)
            ],
            bool,
        )
        value = self.pattern.diluted_value * self.x[column] * exposed
        beyond = value * (self.shares[pool] - self.shares[drawn])
        whole = np.maximum(self.whole, 1e-300)
        nodes = self.pattern.nodes
        return (
            np.bincount(lot, weights=value, minlength=nodes) / whole,
            np.bincount(lot, weights=beyond, minlength=nodes) / whole,
        )


def _amounts(arcs: Packed, x: Floats, arriving: Floats) -> tuple[Ints, Ints, Floats]:
    """Where goods come to, where they are from, and how much."""
    into, out_of, column, factor, number = arcs
    part = np.where(number >= 0, arriving[number], 1.0) if len(arriving) else 1.0
    return into, out_of, factor * x[column] * part
