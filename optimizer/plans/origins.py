"""Whose goods a plan uses, pro rata: origins followed back from what is delivered to where it was made or bought.

Goods of one class at one place mix over a period, and with what was in stock, as in the trace of exposed content. What
is used in a window is walked back through stock, lanes and lots, each time by what came in, in tonnes of the goods that
a limit counts; so every tonne ends at a plant, an offer or the opening stock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from optimizer.case.inside import Inside
from optimizer.network.account import Who
from optimizer.network.accounts import entries, who_is
from optimizer.network.exposure import label
from optimizer.network.sets import Lane
from optimizer.plans.outcome import Outcome
from optimizer.plans.schema import lines
from optimizer.plans.tables.content import Reclassified
from optimizer.plans.tables.demand import Deliveries
from optimizer.plans.tables.goods import Consumption, Production, consumption
from optimizer.plans.tables.stock import Stock
from optimizer.plans.tables.supply import Purchases
from optimizer.plans.tables.transport import Shipments

ROUNDS = 500
"""Most rounds of walking back: scrap goes round."""
SETTLED = 1e-12
"""Part of what is used that may still be on its way back."""
Node = tuple[str, str, str, int]
"""Place, material, class and period."""


@dataclass(frozen=True)
class Source:
    """Goods that come to a node from outside: bought, made there, or there from the start."""

    node: Node
    who: Who
    tonnes: float
    offer: str = ""
    """The offer that they were bought of."""


class Origins:
    """The flows of a plan, as origins are followed through them.

    Parameters
    ----------
    outcome : Outcome
    """

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.structure = outcome.frame.structure
        self.moved: list[tuple[Node, Node, float]] = []
        self.sources: list[Source] = []
        self._bought()
        self._moves()
        self.lots: dict[Any, list[tuple[Node, float]]] = defaultdict(list)
        it = Consumption
        for line in lines(consumption(outcome)):
            node = self._node(line[it.site], line[it.material], line[it.exposure], line[it.period])
            self.lots[line[it.site], line[it.recipe], line[it.lot], line[it.period]].append((node, line[it.tonnes]))
        self.delivered = [
            (self._node(line[of.site], line[of.material], line[of.exposure], line[of.period]), line[of.tonnes])
            for of in (Deliveries,)
            for line in lines(outcome.variable("serve"))
        ]
        self.made = list(self._made())

    def _node(self, site: str, material: str, exposure: str, period: int) -> Node:
        return self.structure.place[site, material], material, exposure, period

    def _bought(self) -> None:
        """What is bought, and what is there without being bought."""
        s, it = self.structure, Purchases
        bought = [(line[it.offer], line) for line in lines(self.outcome.variable("buy"))]
        bought += [(s.by.contracts[line[it.contract]].offer, line) for line in lines(self.outcome.variable("take"))]
        for name, line in bought:
            row = s.by.offers[name]
            node = self._node(row.site, row.material, s.offer_class[name], line[it.period])
            self.sources.append(Source(node, who_is(s.case, row.site), line[it.tonnes], name))
        for entry in entries(s):
            exposure = s.exposures.made_in(entry.who.country, s.by.materials[entry.material])
            node = entry.place, entry.material, label(exposure), max(0, entry.period)
            self.sources.append(Source(node, entry.who, entry.tonnes))

    def _moves(self) -> None:
        """What comes to a node from another: on lanes, out of stock, or used as more exposed."""
        s, last = self.structure, self.structure.periods[-1]
        arriving, sent, kept, used = self.outcome.values_by_key("arriving"), Shipments, Stock, Reclassified
        for line in lines(self.outcome.variable("ship")):
            goods, leaves = (line[sent.material], line[sent.exposure]), line[sent.period]
            way = s.way(Lane(line[sent.origin], line[sent.destination], *goods, line[sent.mode]))
            for arrives in range(leaves, last + 1):
                if share := arriving.get((*way, leaves, arrives), 0.0):
                    into, out_of = (line[sent.destination], *goods, arrives), (line[sent.origin], *goods, leaves)
                    self.moved.append((into, out_of, share * line[sent.tonnes]))
        for line in lines(self.outcome.variable("stock")):
            node = self._node(line[kept.site], line[kept.material], line[kept.exposure], line[kept.period])
            if node[3] < last:
                self.moved.append(((*node[:3], node[3] + 1), node, line[kept.tonnes]))
        for line in lines(self.outcome.variable("downgrade")):
            place, material, period = line[used.place], line[used.material], line[used.period]
            into, out_of = (place, material, line[used.used_as], period), (place, material, line[used.exposure], period)
            self.moved.append((into, out_of, line[used.tonnes]))

    def _made(self) -> Iterator[tuple[Node, Any, float]]:
        """What lots put out: node, lot, and tonnes."""
        s, run = self.structure, Production
        for line in lines(self.outcome.variable("run", run.activity_t)):
            lot = line[run.site], line[run.recipe], line[run.exposure]
            for material, tonnes in s.by.recipes[lot[1]].items():
                if tonnes > 0:
                    node = self._node(lot[0], material, s.produces[(*lot, material)], line[run.period])
                    yield node, (*lot, line[run.period]), tonnes * line[run.activity_t]

    @cached_property
    def tonnes(self) -> dict[Node, float]:
        """Tonnes that come to each node."""
        found: dict[Node, float] = defaultdict(float)
        for into, _, amount in self.moved:
            found[into] += amount
        for source in self.sources:
            found[source.node] += source.tonnes
        for node, _, amount in self.made:
            found[node] += amount
        return found

    def used(self, within: Inside, periods: Iterable[int], at_once: bool) -> dict[Who, float]:
        """What is used in some periods of the goods that a limit counts, by whose they are, in tonnes of these.

        Parameters
        ----------
        within : Inside
            The goods that count, and what of them stands inside others.
        periods : iterable of int
        at_once : bool
            Whether they count where they are drawn.
        """
        some, found = set(periods), dict[Who, float]()
        wanted: dict[Node, float] = defaultdict(float)
        for node, tonnes in self.delivered:
            if node[3] in some and within.of(node[1]):
                wanted[node] += tonnes
        for (*_, period), inputs in self.lots.items() if at_once else ():
            for node, tonnes in inputs if period in some else ():
                if node[1] in within.counted:
                    wanted[node] += tonnes
        back = self._walked_back(within, wanted)

        def note(who: Who, tonnes: float) -> None:
            found[who] = found.get(who, 0.0) + tonnes

        for source in self.sources:
            inside = source.offer and source.node[1] not in within.counted
            if at_once and inside and source.node[3] in some:
                for who, amount in self._declared(within, source.offer):
                    note(who, amount * source.tonnes)
            part = source.tonnes * back.get(source.node, 0.0)
            if not part:
                continue
            if source.node[1] in within.counted:
                note(source.who, part)
            elif source.offer:
                for who, amount in self._declared(within, source.offer):
                    note(who, amount * part)
            else:
                note(source.who, within.of(source.node[1]) * part)
        for node, lot, amount in self.made:
            if node[1] in within.counted and (part := amount * back.get(node, 0.0)):
                note(who_is(self.structure.case, lot[0]), part)
        return found

    def _declared(self, within: Inside, offer: str) -> list[tuple[Who, float]]:
        """Whose goods a seller declares inside a tonne, and how much; of nobody what goods like it hold beyond that."""
        rows = self.structure.by.origins_of.get(offer, ())
        found = [(Who("", row.country, row.country), row.tonnes) for row in rows if row.material in within.counted]
        rest = within.of(self.structure.by.offers[offer].material) - sum(amount for _, amount in found)
        return [*found, (Who("", "", ""), rest)] if rest > 0 else found

    def _walked_back(self, within: Inside, wanted: dict[Node, float]) -> dict[Node, float]:
        """Part of what comes to each node that ends in what is wanted, tonnes of what counts inside included."""
        place: dict[Node, int] = {node: number for number, node in enumerate(self.tonnes)}
        came = np.array(list(self.tonnes.values()))
        into, out_of, weights = [], [], []

        def pass_on(to: Node, source: Node, tonnes: float) -> None:
            if to in place and source in place:
                into.append(place[to])
                out_of.append(place[source])
                weights.append(tonnes)

        for to, source, tonnes in self.moved:
            if within.of(to[1]):
                pass_on(to, source, tonnes)
        for to, lot, _ in self.made:
            if to[1] not in within.counted and within.of(to[1]):
                share = self._share(within, lot, to)
                for source, tonnes in self.lots[lot]:
                    if within.of(source[1]):
                        pass_on(to, source, share * tonnes)
        ends = np.zeros(len(place))
        for node in wanted.keys() & place.keys():
            ends[place[node]] += wanted[node] / came[place[node]]
        a, b, w = np.array(into, int), np.array(out_of, int), np.array(weights, float)
        total, step = ends.copy(), ends.copy()
        for _ in range(ROUNDS):
            step = np.bincount(b, weights=w * step[a] / came[b], minlength=len(place)).astype(float)
            total += step
            if np.max(step * came, initial=0.0) <= SETTLED * np.max(ends * came, initial=0.0):
                break
        return dict(zip(place, total.tolist(), strict=True))

    def _share(self, within: Inside, lot: Any, to: Node) -> float:
        """Part of what goes into a lot that one of its outputs takes, by value; scrap, and what nobody uses, none."""
        materials = self.structure.by.materials
        worth = {
            material: tonnes * materials[material].unit_value
            for material, tonnes in self.structure.by.recipes[lot[1]].items()
            if tonnes > 0 and (material in within.counted or within.of(material))
        }
        return worth[to[1]] / sum(worth.values())
