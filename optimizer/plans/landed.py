"""What goods have cost by the time they leave a place: every price that a plan pays, followed with the tonnes.

Goods of a material, a class and a place in a period are one pool: they are alike, so each tonne that leaves carries the
mean of what came in. What is paid for them goes with them: into lots, by the value of what is made of them and used,
and over lanes, with freight, duty and export charge. What is thrown away carries nothing: what stays pays for it.
Opening stock has cost the plan nothing. So every USD of the terms followed ends in a delivery, in the last stock, under
way at the end, or in a pool of which nothing is used, and none ends twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from optimizer.formulation.links import Node
from optimizer.network.exposure import label
from optimizer.network.sets import Lane
from optimizer.plans.carried import PARTS, Arc, Money, nothing, solved
from optimizer.plans.outcome import TOLERANCE, Outcome

GOODS, CONVERSION, FREIGHT, DUTY, EXPORT_CHARGE, LICENCES = range(len(PARTS))
Label = tuple[str, str]
"""Offer and contract under which goods were bought where they lie; both empty: made there, or sent there."""
OTHERWISE: Label = ("", "")
LOT = ""
"""What the key of a lot begins with, where that of a pool has its place."""
FLOWS = ("buy", "take", "ship", "run", "downgrade", "dilute", "stock", "serve")
"""Variables that goods move by."""


@dataclass
class Lots:
    """Goods of one pool under one label.

    Parameters
    ----------
    tonnes : float
    money : array, shape (2, parts)
        What they have cost.
    """

    tonnes: float = 0.0
    money: Money = field(default_factory=nothing)

    def add(self, tonnes: float, money: Money) -> None:
        """Put more to it."""
        self.tonnes += tonnes
        self.money = self.money + money


@dataclass(frozen=True)
class Leaving:
    """What a tonne that leaves a pool is made of.

    Parameters
    ----------
    label : tuple of str
    share : float
        Of each tonne.
    money : array, shape (2, parts)
        What a tonne under the label has cost, USD/t.
    """

    label: Label
    share: float
    money: Money


class Landed:
    """The cost of goods in every pool of a plan.

    Parameters
    ----------
    outcome : Outcome
    first : int, optional
        How many of the first periods are followed; by default all.
    """

    def __init__(self, outcome: Outcome, first: int | None = None) -> None:
        frame = outcome.frame
        self.outcome, self.structure, self.links = outcome, frame.structure, frame.links
        terms = frame.program.cost_by_term(outcome.parameters)
        self._unit = np.array([sum(terms[name] for name in names if name in terms) for names in PARTS.values()])
        self._worth = frame.calendar.discount(frame.structure.case.file.discount_rate)
        self._followed = frame.calendar.periods[:first]
        self._flows = {name: self._of(name) for name in FLOWS}
        self._charged = self._charges()
        self._arriving = outcome.values_by_key("arriving")
        self._under_way = outcome.values_by_key("still_under_way")
        self.pools: dict[tuple[Node, int], list[Leaving]] = {}
        """What a tonne leaving each pool in each period is made of."""
        self.ended = nothing()
        """What ends in deliveries, in the last stock, under way and in pools of which nothing is used, USD."""
        self._coming: dict[int, list[tuple[Node, Label, float, Money]]] = defaultdict(list)
        """What each period begins with or is sent from earlier ones."""
        for (*node, period), tonnes in self.links.inflow.items():
            self._coming[period].append(((node[0], node[1], node[2]), OTHERWISE, tonnes, nothing()))
        for period in self._followed:
            self._period(period)

    def _of(self, name: str) -> dict[int, list[tuple[Any, float, Money]]]:
        """Columns of a variable in use, by period: key without the period, amount, and what a unit of it costs."""
        program, found = self.outcome.frame.program, defaultdict(list)
        block = program.columns_of.get(name)
        for place in () if block is None else block.start + np.flatnonzero(self.outcome.answer.x[block] > TOLERANCE):
            *key, period = program.column_names[place][1]
            if period not in self._followed:
                continue
            paid = self._unit[:, place]
            money = np.array([paid / self._worth[period], paid])
            found[period].append((tuple(key), float(self.outcome.answer.x[place]), money))
        return found

    def _charges(self) -> dict[tuple[str, str, int], Money]:
        """Export charge on a tonne, by country that it leaves, material and period: what is due, on all alike."""
        country = self.structure.country
        left: dict[tuple[str, str, int], float] = defaultdict(float)
        for period, lanes in self._flows["ship"].items():
            for (origin, destination, material, *_), tonnes, _ in lanes:
                if country[origin] != country[destination]:
                    left[country[origin], material, period] += tonnes
        return {
            (*key, period): money * tonnes / left[(*key, period)]
            for period, lines in self._of("charged").items()
            for key, tonnes, money in lines
            if left[(*key, period)] > 0
        }

    def on_lane(self, lane: Any, period: int, money: Money) -> Money:
        """What a tonne pays on a lane: freight, duty and applications, and its part of the export charges.

        Parameters
        ----------
        lane : tuple
            Origin, destination, material, class and mode.
        period : int
            In which it leaves.
        money : array, shape (2, parts)
            Freight, duty and applications for licences.
        """
        origin, destination, material, *_ = lane
        country = self.structure.country
        charge = None
        if country[origin] != country[destination]:
            charge = self._charged.get((country[origin], material, period))
        return money if charge is None else money + charge

    def shipped(self) -> Iterator[tuple[Any, int, float, Money]]:
        """Every shipment: lane, period in which it leaves, tonnes, and what a tonne pays on the lane."""
        for period, lanes in sorted(self._flows["ship"].items()):
            for lane, tonnes, money in lanes:
                yield lane, period, tonnes, self.on_lane(lane, period, money)

    def _period(self, period: int) -> None:
        """Follow the money of one period: into each pool, and on to what is sent, kept or delivered."""
        known, used = self._known(period), self._used(period)
        arcs = [*self._moved(period, used), *self._used_up(period, used)]
        held: dict[Any, float] = defaultdict(float)
        for node, lots in known.items():
            held[node] += sum(some.tonnes for some in lots.values())
        for arc in arcs:
            held[arc.to] += arc.tonnes
        arcs += self._made(period, used, held)
        total = solved(
            {node: sum((some.money for some in lots.values()), nothing()) for node, lots in known.items()}, arcs
        )
        self._leave(period, known, used, arcs, total)
        for node, money in total.items():
            if node[0] != LOT and used.get(node, 0.0) <= 0.0:
                self.ended = self.ended + money
        self._carry(period)

    def _known(self, period: int) -> dict[Any, dict[Label, Lots]]:
        """What pools hold whatever else happens in the period, and what plants are paid for their lots."""
        found: dict[Any, dict[Label, Lots]] = defaultdict(lambda: defaultdict(Lots))
        by, place = self.structure.by, self.structure.place
        for node, named, tonnes, money in self._coming.pop(period, ()):
            found[node][named].add(tonnes, money)
        for variable in ("buy", "take"):
            for (name,), tonnes, money in self._flows[variable].get(period, ()):
                offer = by.offers[name] if variable == "buy" else by.offer_of[name]
                node = place[offer.site, offer.material], offer.material, self.structure.offer_class[offer.offer]
                bought = (offer.offer, "" if variable == "buy" else name)
                found[node][bought].add(tonnes, tonnes * money)
        for lot, activity, money in self._flows["run"].get(period, ()):
            found[LOT, *lot][OTHERWISE].add(0.0, activity * money)
        return found

    def _used(self, period: int) -> dict[Node, float]:
        """Tonnes that leave each pool, are used from it, or are kept in it."""
        place, found = self.structure.place, dict[Node, float]()

        def add(node: Node, tonnes: float) -> None:
            found[node] = found.get(node, 0.0) + tonnes

        for (origin, _, material, cls, _), tonnes, _ in self._flows["ship"].get(period, ()):
            add((origin, material, cls), tonnes)
        for (where, material, cls, _), tonnes, _ in self._flows["downgrade"].get(period, ()):
            add((where, material, cls), tonnes)
        for (site, material, cls), tonnes, _ in self._flows["stock"].get(period, ()):
            add((place[site, material], material, cls), tonnes)
        for (site, _, _, material, cls), tonnes, _ in self._flows["serve"].get(period, ()):
            add((place[site, material], material, cls), tonnes)
        for (_, node), tonnes in self._needs(period).items():
            add(node, tonnes)
        return found

    def _needs(self, period: int) -> dict[tuple[Any, Node], float]:
        """Tonnes that each lot takes from each pool."""
        s, found = self.structure, defaultdict[tuple[Any, Node], float](float)
        for (site, recipe, cls), activity, _ in self._flows["run"].get(period, ()):
            for material, tonnes in s.by.recipes[recipe].items():
                if tonnes < 0:
                    node = s.place[site, material], material, s.draws[site, recipe, cls, material]
                    found[(LOT, site, recipe, cls), node] -= tonnes * activity
        for (site, recipe, material, cls, lot), tonnes, _ in self._flows["dilute"].get(period, ()):
            where, drawn = s.place[site, material], s.draws[site, recipe, lot, material]
            found[(LOT, site, recipe, lot), (where, material, drawn)] -= tonnes
            found[(LOT, site, recipe, lot), (where, material, cls)] += tonnes
        return {key: tonnes for key, tonnes in found.items() if tonnes > TOLERANCE}

    def _moved(self, period: int, used: dict[Node, float]) -> Iterator[Arc]:
        """What goes from pool to pool within the period."""
        for lane, tonnes, money in self._flows["ship"].get(period, ()):
            origin, to, material, cls, _ = lane
            part = self._arriving.get((*self.structure.way(Lane(*lane)), period, period), 0.0)
            if part > 0:
                node, paid = (origin, material, cls), part * tonnes * self.on_lane(lane, period, money)
                yield Arc(node, (to, material, cls), part * tonnes / used[node], part * tonnes, paid)
        for (where, material, cls, to), tonnes, _ in self._flows["downgrade"].get(period, ()):
            node = where, material, cls
            yield Arc(node, (where, material, to), tonnes / used[node], tonnes, nothing())

    def _used_up(self, period: int, used: dict[Node, float]) -> Iterator[Arc]:
        """What goes from pools into lots."""
        for (lot, node), tonnes in self._needs(period).items():
            yield Arc(node, lot, tonnes / used[node], tonnes, nothing())

    def _made(self, period: int, used: dict[Node, float], held: dict[Any, float]) -> list[Arc]:
        """What goes from lots into pools: their cost by the value of what is made, as far as it is used."""
        s, made = self.structure, list[tuple[Any, Node, float, float]]()
        for (site, recipe, cls), activity, _ in self._flows["run"].get(period, ()):
            for material, tonnes in s.by.recipes[recipe].items():
                if tonnes > 0:
                    node = s.place[site, material], material, s.produces[site, recipe, cls, material]
                    worth = tonnes * activity * s.by.materials[material].unit_value
                    made.append(((LOT, site, recipe, cls), node, tonnes * activity, worth))
                    held[node] += tonnes * activity
        weights = [worth * min(1.0, used.get(node, 0.0) / held[node]) for _, node, _, worth in made]
        whole: dict[Any, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for (lot, _, _, worth), weight in zip(made, weights, strict=True):
            whole[lot][0] += weight
            whole[lot][1] += worth
        return [
            Arc(lot, node, weight / whole[lot][0] if whole[lot][0] > 0 else worth / whole[lot][1], tonnes, nothing())
            for (lot, node, tonnes, worth), weight in zip(made, weights, strict=True)
        ]

    def _leave(
        self,
        period: int,
        known: dict[Any, dict[Label, Lots]],
        used: dict[Node, float],
        arcs: list[Arc],
        total: dict[Any, Money],
    ) -> None:
        """Say what a tonne that leaves each pool is made of; labels follow goods that only change their class."""
        into: dict[Any, list[Arc]] = defaultdict(list)
        for arc in arcs:
            into[arc.to].append(arc)
        for node in sorted(used, key=lambda node: len(_rules(node[2]))):
            lots: dict[Label, Lots] = defaultdict(Lots)
            for named, some in known.get(node, {}).items():
                lots[named].add(some.tonnes, some.money)
            for arc in into[node]:
                if arc.origin[:2] == node[:2]:
                    for part in self.pools[arc.origin, period]:
                        lots[part.label].add(arc.tonnes * part.share, arc.tonnes * part.share * part.money)
                else:
                    lots[OTHERWISE].add(arc.tonnes, arc.share * total[arc.origin] + arc.money)
            came = sum(some.tonnes for some in lots.values())
            self.pools[node, period] = [
                Leaving(named, some.tonnes / came, some.money / some.tonnes * came / used[node])
                for named, some in lots.items()
                if some.tonnes > 0
            ]

    def _carry(self, period: int) -> None:
        """Send on what arrives later and what is kept; close the account of what is delivered or left."""
        place, last = self.structure.place, self.structure.periods[-1]
        for lane, tonnes, money in self._flows["ship"].get(period, ()):
            origin, to, material, cls, _ = lane
            way = self.structure.way(Lane(*lane))
            each = self.price((origin, material, cls), period) + self.on_lane(lane, period, money)
            for later in range(period + 1, last + 1):
                part = tonnes * self._arriving.get((*way, period, later), 0.0)
                if part > 0:
                    self._coming[later].append(((to, material, cls), OTHERWISE, part, part * each))
            self.ended = self.ended + tonnes * self._under_way[(*way, period)] * each
        for (site, material, cls), tonnes, _ in self._flows["stock"].get(period, ()):
            node = place[site, material], material, cls
            for some in self.pools[node, period]:
                kept = tonnes * some.share
                if period < last:
                    self._coming[period + 1].append((node, some.label, kept, kept * some.money))
                else:
                    self.ended = self.ended + kept * some.money
        for (site, _, _, material, cls), tonnes, _ in self._flows["serve"].get(period, ()):
            self.ended = self.ended + tonnes * self.price((place[site, material], material, cls), period)

    def price(self, node: Node, period: int) -> Money:
        """What a tonne that leaves a pool has cost, USD/t, shape (2, parts).

        Parameters
        ----------
        node : tuple
            Place, material and class.
        period : int
        """
        return sum((part.share * part.money for part in self.pools.get((node, period), ())), nothing())


def _rules(exposure: str) -> set[str]:
    """Content rules of an exposure class."""
    return set(exposure.split("+")) - {label(frozenset())}
