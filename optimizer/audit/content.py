"""Audit of content: what a clean lot holds of what is exposed, by what goes into it and across all stages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.audit.books import SLACK, Books, at_most
from optimizer.audit.goods import arrivals
from optimizer.audit.rules import Rules, is_content
from optimizer.faults import Fault

SWEEPS = 1000
"""Most times that shares are passed on from goods to lots and back."""
STILL = 1e-13
"""Change of a share at which they no longer move."""
CLOSE = 1e-6
"""Share by which a threshold may be missed."""
KILOGRAM = 1e-3
"""Tonnes from which goods are looked at."""


def content(books: Books, rules: Rules) -> Iterator[Fault]:
    """A lot clean of a rule holds exposed inputs worth less than the rule's threshold of its main output.

    Parameters
    ----------
    books : Books
    rules : Rules
    """
    inside: dict[Any, float] = defaultdict(float)
    for line in books.lines("consumption"):
        for name in rules.names(line.exposure) - rules.names(line.lot):
            inside[name, line.site, line.recipe, line.lot, line.period] += (
                line.tonnes * books.material[line.material].unit_value
            )
    allowed: dict[Any, float] = {}
    for line in books.lines("production"):
        worth = max(t * books.material[i].unit_value for i, t in books.need[line.recipe].items() if t > 0)
        for name in rules.rules:
            share = rules.threshold(name)[line.period]
            allowed[name, line.site, line.recipe, line.exposure, line.period] = share * worth * line.activity_t
    slack = SLACK * max(row.unit_value for row in books.material.values())
    yield from at_most("exposed value in a clean lot, 1000 USD", inside, allowed, slack)


class _Goods:
    """Where the goods of a plan come from, as its tables say: parts of pools and lots, each with its source.

    Parameters
    ----------
    books : Books
    rules : Rules
    """

    def __init__(self, books: Books, rules: Rules) -> None:
        self.books, self.rules = books, rules
        self.parts: dict[Any, list[tuple[Any, float]]] = defaultdict(list)
        """Of each pool the tonnes, of each lot the 1000 USD, that it takes from others."""
        self.brought: dict[Any, list[tuple[Any, float]]] = defaultdict(list)
        """Of each pool what it takes from outside: what that is, and tonnes."""
        self.worth: dict[Any, float] = {}
        """Of each lot what is made of it, 1000 USD."""
        self._enter()
        self._make()
        self._move()

    def pool(self, site: str, material: str, exposure: str, period: int) -> Any:
        """Goods of a site."""
        return "pool", self.books.place(site, material), material, exposure, period

    def _enter(self) -> None:
        """What is there at the beginning, arrives or is bought."""
        books, rules = self.books, self.rules
        for row in books.rows.stocks:
            made = rules.made_in(row.origin or books.country(row.site), row.material)
            self.brought[self.pool(row.site, row.material, made, 0)].append((made, row.opening))
        for goods in books.rows.arrivals:
            period = max(n for n in books.periods if books.bounds[n] <= goods.on)
            made = rules.made_in(goods.origin, goods.material)
            self.brought[self.pool(goods.site, goods.material, made, period)].append((made, goods.tonnes))
        for line in books.lines("purchases"):
            offer = books.offer[line.offer]
            pool = self.pool(offer.site, offer.material, rules.bought(offer), line.period)
            self.brought[pool].append((offer, line.tonnes))

    def _make(self) -> None:
        """What lots take in, and what comes of them."""
        value = {name: row.unit_value for name, row in self.books.material.items()}
        for line in self.books.lines("production"):
            lot = "lot", line.site, line.recipe, line.exposure, line.period
            made = {i: t * line.activity_t for i, t in self.books.need[line.recipe].items() if t > 0}
            self.worth[lot] = sum(tonnes * value[material] for material, tonnes in made.items())
            for material, tonnes in made.items():
                exposure = self.rules.made_at(line.site, material, line.exposure)
                self.parts[self.pool(line.site, material, exposure, line.period)].append(((*lot, material), tonnes))
        for line in self.books.lines("consumption"):
            lot = "lot", line.site, line.recipe, line.lot, line.period
            source = self.pool(line.site, line.material, line.exposure, line.period)
            self.parts[lot].append((source, line.tonnes * value[line.material]))

    def _move(self) -> None:
        """What is shipped, used as more exposed, or kept."""
        books, transit = self.books, self.books.average("routes", "transit")
        for line in books.lines("shipments"):
            for arrives, share in arrivals(books, line, transit).items():
                to = "pool", line.destination, line.material, line.exposure, arrives
                self.parts[to].append((("pool", line.origin, *to[2:4], line.period), share * line.tonnes))
        for line in books.lines("reclassified"):
            goods = "pool", line.place, line.material
            self.parts[*goods, line.used_as, line.period].append(((*goods, line.exposure, line.period), line.tonnes))
        for line in books.lines("stock"):
            kept = self.pool(line.site, line.material, line.exposure, line.period)
            self.parts[*kept[:4], line.period + 1].append((kept, line.tonnes))

    def outside(self, name: str, what: Any) -> float:
        """Share of a rule in what comes from outside: of an offer what is declared, else by its exposure."""
        if isinstance(what, str):
            return float(name in self.rules.names(what))
        books, rule = self.books, self.rules.rules[name]
        if self.whole(name, what.site, what.material):
            return 1.0
        inside = sum(
            row.tonnes * books.material[row.material].unit_value
            for row in books.rows.origins
            if row.offer == what.offer and row.country in rule.origin and is_content(rule, books.material[row.material])
        )
        return min(1.0, float(inside / books.material[what.material].unit_value))

    def whole(self, name: str, site: str, material: str) -> bool:
        """Whether what a site makes is content by where it is made."""
        rule = self.rules.rules[name]
        return self.books.site[site].country in rule.origin and is_content(rule, self.books.material[material])

    def shares(self, name: str, most: Any) -> dict[Any, float]:
        """Share of a rule in every pool and lot; clean goods of some periods hold at most what `most` says of these."""
        fixed = {
            node: sum(self.outside(name, what) * tonnes for what, tonnes in parts)
            for node, parts in self.brought.items()
        }
        total = {node: sum(t for _, t in self.parts.get(node, ())) for node in {*self.parts, *self.brought}}
        for node, parts in self.brought.items():
            total[node] += sum(tonnes for _, tonnes in parts)
        total |= self.worth
        found = dict.fromkeys(total, 0.0)

        def of(source: Any) -> float:
            if source[0] == "lot" and len(source) == 6:  # a lot's material may be content by where it is made
                return 1.0 if self.whole(name, source[1], source[5]) else found.get(source[:5], 0.0)
            return found.get(source, 0.0)

        for _ in range(SWEEPS):
            moved = 0.0
            for node, whole in total.items():
                passed = sum(amount * of(source) for source, amount in self.parts.get(node, ()))
                share = min(1.0, (fixed.get(node, 0.0) + passed) / whole) if whole > 0 else 0.0
                if name not in self.rules.names(node[3]):
                    share = min(share, most[node[4]])
                moved = max(moved, abs(share - found[node]))
                found[node] = share
            if moved < STILL:
                break
        return {node: share for node, share in found.items() if total[node] > KILOGRAM}


def across_stages(books: Books, rules: Rules) -> Iterator[Fault]:
    """What is used as clean of a rule holds less than its threshold, counted through every stage before it.

    Goods are looked at where they are delivered, or cross a border at which they would need a licence, while the rule
    keeps something back. What was made before a scenario is announced counts as it was
    declared.

    Parameters
    ----------
    books : Books
    rules : Rules
    """
    looked = {name: _kept_back(books, rules, name) for name in rules.rules}
    if not any(some.any() for some in looked.values()):
        return
    goods = _Goods(books, rules)
    for name in rules.rules:
        decided = np.array([books.told is not None and bound < books.told for bound in books.bounds[:-1]])
        allowed = rules.threshold(name)
        open_ = looked[name] & ~decided
        if not open_.any():
            continue
        bounds = [*np.where(decided, allowed, np.inf), np.inf]
        shares, found = goods.shares(name, bounds), {}
        for node in _used_as_clean(books, rules, name):
            if open_[node[4]] and node in shares:
                found[name, *node] = shares[node]
        margin = books.case.file.content_margin
        yield from at_most(
            "exposed share of what is used as clean, across all stages",
            found,
            {key: float(allowed[key[5]]) + margin for key in found},
            CLOSE,
        )


def _used_as_clean(books: Books, rules: Rules, name: str) -> Iterator[Any]:
    """Pools from which goods are delivered as clean of a rule, or leave a third country for another as such."""
    for line in books.lines("deliveries"):
        if name not in rules.names(line.exposure) and line.tonnes > KILOGRAM:
            yield "pool", books.place(line.site, line.material), line.material, line.exposure, line.period
    same = [books.rows.controls[number] for number in rules.same[name]]
    for line in books.lines("shipments"):
        leaves, enters = books.country(line.origin), books.country(line.destination)
        stopped = leaves != enters and any(
            rule.kind == "content"
            and books.material[line.material].stage in rule.stages
            and not {leaves, enters} & set(rule.origin)
            and {"*", enters} & set(rule.destinations)
            for rule in same
        )
        if stopped and name not in rules.names(line.exposure) and line.tonnes > KILOGRAM:
            yield "pool", line.origin, line.material, line.exposure, line.period


def _kept_back(books: Books, rules: Rules, name: str) -> NDArray[np.bool_]:
    """Periods in which the controls that are one rule approve less than all, or have a quota."""
    found = np.zeros(len(books.periods), bool)
    in_force = rules.by_period(rules.in_force.astype(float))
    for number in rules.same[name]:
        found |= rules.passing[number] < 1
        if books.rows.controls[number].quota is not None:
            found |= in_force[number] > 0
    return found


CHECKS = (content, across_stages)
"""Every audit of the topic."""
