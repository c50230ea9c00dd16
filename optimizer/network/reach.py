"""Which goods can be where, in which exposure class: worked out once, with every capacity taken as positive.

What cannot get there (forward) or cannot be used there (backward) is never built, and since no capacity is read, no
scenario can change the pattern.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product as combinations_of
from typing import NamedTuple

from optimizer.case.case import Case
from optimizer.case.catalogue import Catalogue
from optimizer.case.kinds import pool_of
from optimizer.case.topics.transport import Route
from optimizer.network.exposure import CLEAN, Exposure, Exposures, in_scope
from optimizer.network.route_keys import RouteKey
from optimizer.network.sets import Lane

Node = tuple[str, str, Exposure]
"""A place, a material, and its exposure class."""


class Lot(NamedTuple):
    """A site, a recipe, and the exposure class its inputs give it."""

    site: str
    recipe: str
    exposure: Exposure


class Leg(NamedTuple):
    """A lane before anybody asks of which classes the goods on it are."""

    origin: str
    destination: str
    material: str
    mode: str


def holds_of(by: Catalogue, leaves: str, enters: str, material: str) -> tuple[int, ...]:
    """Rows of `holds` that reach a material between two countries: of each control, those of the country first.

    Parameters
    ----------
    by : Catalogue
    leaves, enters : str
        Countries.
    material : str
    """
    found: dict[str, int] = {}
    goods = by.materials[material]
    for number, row in enumerate(by.tables.holds if leaves != enters else ()):
        control = by.controls[row.control]
        crosses = leaves in control.origin and enters not in control.origin
        bound = not {"*", enters}.isdisjoint(control.destinations)
        free = goods.stage == row.stage and not in_scope(control, goods)
        if (
            crosses
            and bound
            and free
            and (row.destination == enters or (not row.destination and row.control not in found))
        ):
            found[row.control] = number
    return tuple(found.values())


def held_goods(by: Catalogue, holds: Sequence[int]) -> str:
    """Goods that some rows of `holds` reach, in one word: they go a way of their own.

    Parameters
    ----------
    by : Catalogue
    holds : sequence of int
    """
    rows = [by.tables.holds[number] for number in holds]
    return f"{rows[0].stage} held under {' and '.join(row.control for row in rows)}"


def route_of(by: Catalogue, country: Mapping[str, str], lane: Lane) -> Route:
    """The row of the route that a lane goes.

    Parameters
    ----------
    by : Catalogue
    country : mapping of str to str
        Country of each site and hub.
    lane : Lane
    """
    return by.route(country[lane.origin], country[lane.destination], lane.mode, lane.material)


def way_of(by: Catalogue, country: Mapping[str, str], lane: Lane) -> RouteKey:
    """The route that a lane goes; goods that a control holds at the border go a way of their own.

    Parameters
    ----------
    by : Catalogue
    country : mapping of str to str
        Country of each site and hub.
    lane : Lane
    """
    row = route_of(by, country, lane)
    holds = holds_of(by, row.from_country, row.to_country, lane.material)
    return RouteKey(row.from_country, row.to_country, row.mode, held_goods(by, holds) if holds else row.goods)


@dataclass(frozen=True)
class Places:
    """Where sites keep materials: at the site, or in its country's pool.

    Parameters
    ----------
    pools : mapping of str to str
        Pool of each site's country, and of each pool itself.
    hubs : frozenset of str
        Materials that are kept in pools.
    """

    pools: dict[str, str]
    hubs: frozenset[str]

    def __getitem__(self, key: tuple[str, str]) -> str:
        site, material = key
        return self.pools[site] if material in self.hubs else site

    @classmethod
    def of(cls, case: Case) -> Places:
        """The places of a case."""
        pools = {name: pool_of(country) for name, country in case.by.country.items()}
        return cls(pools, frozenset(name for name, row in case.by.materials.items() if row.hub))


@dataclass(frozen=True)
class Layout:
    """Who could make, move and use what, before asking whether it can be reached."""

    by: Catalogue
    """The case's rows by their names."""
    runs: list[tuple[str, str]]
    """Site and recipe of everything a plant could run."""
    lanes: list[Leg]
    """Every lane that a route allows, by the mode of the route."""
    sources: set[Node]
    """Where goods come in: offers, opening stock, arrivals."""
    sinks: set[tuple[str, str]]
    """Place and material of demand and of stock."""
    place: Places
    """Place where a site keeps a material: itself, or its country's hub."""
    made: dict[tuple[str, str], Exposure]
    """Exposure that a site gives each material it makes."""
    exposures: Exposures
    """The content rules."""
    offer_class: Mapping[str, Exposure]
    """Exposure of what each offer sells."""
    country: Mapping[str, str]
    """Country of every site and pool."""

    def below(self, recipe: str, material: str, exposed: Exposure) -> Exposure:
        """What an exposed input would make of a lot if all the recipe needs of it stays below the thresholds.

        Parameters
        ----------
        recipe, material : str
            The material is one of the recipe's inputs.
        exposed : frozenset of str
            Class of the input.
        """
        lines, materials = self.by.recipes[recipe], self.by.materials
        need = -lines[material] * materials[material].unit_value
        worth = max(tonnes * materials[name].unit_value for name, tonnes in lines.items() if tonnes > 0)
        return frozenset(name for name in exposed if need >= self.exposures.rules[name].threshold * worth)


@dataclass
class Reach:
    """What is left after both passes."""

    nodes: set[Node] = field(default_factory=set)
    """Goods that have a balance."""
    lots: set[Lot] = field(default_factory=set)
    """Activity that is built."""
    draws: dict[tuple[Lot, str], Exposure] = field(default_factory=dict)
    """For a lot and an input, the class whose balance it draws on."""
    downgrades: set[tuple[str, str, Exposure, Exposure]] = field(default_factory=set)
    """Place, material, cleaner class, more exposed class."""
    dilutes: set[tuple[str, str, str, Exposure, Exposure]] = field(default_factory=set)
    """Site, recipe, input, exposed class, lot class."""


def _drawn(classes: set[Exposure], lot: Exposure) -> Exposure:
    """The class a lot draws an input from: the union of those that fit, or its own where all of it is diluted."""
    fitting = [cls for cls in classes if cls <= lot]
    return CLEAN.union(*fitting) if fitting else lot


def _forward(layout: Layout) -> tuple[dict[tuple[str, str], set[Exposure]], set[Lot]]:
    """Goods and lots that supply can reach."""
    held: dict[tuple[str, str], set[Exposure]] = defaultdict(set)
    for place, material, cls in layout.sources:
        held[place, material].add(cls)
    lots: set[Lot] = set()
    lanes_from: dict[tuple[str, str], list[Leg]] = defaultdict(list)
    for lane in layout.lanes:
        lanes_from[lane.origin, lane.material].append(lane)
    changed = True
    while changed:
        changed = False
        for site, recipe in layout.runs:
            lines = layout.by.recipes[recipe]
            inputs = [
                held[layout.place[site, material], material]
                | {layout.below(recipe, material, cls) for cls in held[layout.place[site, material], material]}
                for material, tonnes in lines.items()
                if tonnes < 0
            ]
            common = frozenset.intersection(*(layout.made[site, i] for i, tonnes in lines.items() if tonnes > 0))
            for classes in combinations_of(*inputs):
                lot = Lot(site, recipe, common.union(*classes))
                if lot in lots:
                    continue
                lots.add(lot)
                changed = True
                for material, tonnes in lines.items():
                    if tonnes > 0:
                        held[layout.place[site, material], material].add(lot.exposure | layout.made[site, material])
        for (place, material), lanes in lanes_from.items():
            for lane in lanes:
                new = held[place, material] - held[lane.destination, material]
                if new:
                    held[lane.destination, material] |= new
                    changed = True
    return held, lots


def reach(layout: Layout) -> Reach:
    """Keep what supply can reach and demand or stock can use.

    Parameters
    ----------
    layout : Layout
        Everything that could be built.

    Returns
    -------
    Reach
        Balances, lots, downgrades and dilutions worth building.
    """
    held, lots = _forward(layout)
    kept = Reach()
    useful: set[Node] = set()
    lanes_into: dict[tuple[str, str], list[Leg]] = defaultdict(list)
    for lane in layout.lanes:
        lanes_into[lane.destination, lane.material].append(lane)
    todo: list[Node] = [
        (place, material, cls) for place, material in layout.sinks for cls in held.get((place, material), ())
    ]
    makers: dict[Node, list[Lot]] = defaultdict(list)
    for lot in lots:
        for material, tonnes in layout.by.recipes[lot.recipe].items():
            if tonnes > 0:
                place = layout.place[lot.site, material]
                makers[place, material, lot.exposure | layout.made[lot.site, material]].append(lot)
    while todo:
        node = todo.pop()
        if node in useful:
            continue
        useful.add(node)
        place, material, cls = node
        todo += [
            (lane.origin, material, cls) for lane in lanes_into[place, material] if cls in held[lane.origin, material]
        ]
        for lot in makers[node]:
            if lot not in kept.lots:
                kept.lots.add(lot)
                todo += _inputs(layout, held, lot, kept)
    kept.nodes = useful
    return kept


def _inputs(layout: Layout, held: dict[tuple[str, str], set[Exposure]], lot: Lot, kept: Reach) -> list[Node]:
    """Balances that feed a lot, noting what it draws, downgrades and dilutes."""
    site, recipe, cls = lot
    nodes: list[Node] = []
    for material, tonnes in layout.by.recipes[recipe].items():
        if tonnes > 0:
            continue
        place = layout.place[site, material]
        classes = held[place, material]
        drawn = _drawn(classes, cls)
        kept.draws[lot, material] = drawn
        nodes.append((place, material, drawn))
        for cleaner in classes:
            if cleaner < drawn:
                kept.downgrades.add((place, material, cleaner, drawn))
                nodes.append((place, material, cleaner))
        for exposed in classes:
            added = exposed - cls
            if added and all(layout.exposures.rules[name].threshold > 0 for name in added):
                kept.dilutes.add((site, recipe, material, exposed, cls))
                nodes.append((place, material, exposed))
    return nodes
