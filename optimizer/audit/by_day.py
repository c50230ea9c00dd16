"""Audit of demand by the day: on no stretch of days inside a long period is more used than can have come.

The auditor looks at the days on which goods could begin or cease to come to a demand from anywhere in the case. Where
there are more such days in a period than a plan has to look at, he leaves it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.audit.approvals import governed
from optimizer.audit.books import INFINITE, Books, Floats, at_least
from optimizer.audit.cells import text_of
from optimizer.audit.contracts import running_by_day
from optimizer.audit.goods import route_of
from optimizer.audit.holds import waiting
from optimizer.audit.licences import Licences
from optimizer.audit.quotas import groups
from optimizer.audit.rules import Rules
from optimizer.audit.supply import for_sale, on_offer
from optimizer.faults import Fault

MONTH, HALF_YEAR = 31, 184
SHARP = 0.05


@dataclass(frozen=True)
class _Line:
    """A shipment that there could be, as a licence sees it."""

    origin: str
    destination: str
    material: str
    exposure: str
    mode: str = ""


@dataclass
class _Way:
    """A way on which goods may come: by day the share let through, what there is at its start, and when it arrives."""

    share: Floats
    most: Floats | None
    comes: Floats

    def open(self) -> NDArray[np.bool_]:
        """Days on which something may leave."""
        return np.asarray((self.share > 0) & (True if self.most is None else self.most > 0))

    @cached_property
    def levels(self) -> tuple[Floats, Floats]:
        """What may come by day: whether anything, and how much at most."""
        count = len(self.share)
        whole, part = np.minimum(self.comes.astype(int), count), self.comes - self.comes.astype(int)
        found = []
        for level in (self.open() * 1.0, self.open() * self.share * (1.0 if self.most is None else self.most)):
            arrives = np.zeros(count + 2)
            np.add.at(arrives, whole, level * (1 - part))
            np.add.at(arrives, whole + 1, level * part)
            found.append(arrives[:count])
        return found[0], found[1]

    def steps(self, span: slice) -> set[int]:
        """Days inside a period on which goods begin or cease to come, or much more or less of them."""
        comes, most = (level[span] for level in self.levels)
        jump = np.abs(np.diff(most)) > SHARP * most.max()
        return {span.start + 1 + int(day) for day in np.flatnonzero(jump | (np.diff((comes > 0) * 1) != 0))}

    def lands(self, days: slice, first: int, last: int) -> bool:
        """Whether something that leaves on some days may arrive from a day to before another."""
        there = self.open() & (self.comes < last) & (self.comes + 1 > first)
        return bool(there[days].any())


class _Ways:
    """All ways to a demand that the tables of a case leave open, whether a plan uses them or not."""

    def __init__(self, books: Books, rules: Rules) -> None:
        self.books, self.rules = books, rules
        self.group_of, self.licences = groups(books), Licences(books, rules)
        self.plants, self.offers, self.running = for_sale(books, rules), on_offer(books), running_by_day(books)
        self.transit, self.room = books.daily("routes", "transit"), books.daily("routes", "capacity")
        self.held = {(books.place(row.site, row.material), row.material) for row in books.rows.stocks}
        self.held |= {(books.place(row.site, row.material), row.material) for row in books.rows.arrivals}
        self._found: dict[tuple[str, ...], _Way] = {}
        self.grown = {(row.site, row.process) for row in books.rows.projects if row.kind == "expand"}

    def there(self, place: str, material: str) -> Floats | None:
        """Tonnes a year that a place makes and sells of a material's group by day; None if more may be there."""
        books = self.books
        if place not in books.site or (place, material) in self.held:
            return None
        group = self.group_of.get((place, material), material)
        total = np.zeros(books.days.count)
        goods = {name for name in books.material if self.group_of.get((place, name), name) == group}
        for number, row in enumerate(books.rows.plants):
            if row.site == place:
                gives = [books.need[r].get(g, 0.0) for r, p in books.process.items() if p == row.process for g in goods]
                if max(gives, default=0.0) > 0:
                    if (row.site, row.process) in self.grown:
                        return None
                    total += max(gives) * self.plants[number]
        for number, offer in enumerate(books.rows.offers):
            if offer.site == place and offer.material in goods:
                total += self.offers[number]
        for number, signed in enumerate(books.rows.contracts):
            offer = books.offer[signed.offer]
            if offer.site == place and offer.material in goods:
                total += signed.max_volume * self.running[number]
        return total

    def way(self, line: Any) -> _Way:
        """The way of a shipment, worked out once."""
        key = line.origin, line.destination, line.material, line.exposure, text_of(line.mode)
        if key not in self._found:
            self._found[key] = self._find(_Line(*key))
        return self._found[key]

    def _find(self, line: _Line) -> _Way:
        """The way of a shipment."""
        books = self.books
        share = np.ones(books.days.count)
        for control in books.rows.controls:
            if control.kind in ("export", "content") and governed(books, self.rules, control, line):
                share = np.minimum(share, self.licences.leaves(control, line))
        number = route_of(books, line)
        if number is None:
            return _Way(0.0 * share, None, np.arange(books.days.count, dtype=np.float64))
        comes = np.arange(books.days.count, dtype=float)
        if (waits := waiting(books, line)) is not None:
            for day in reversed(
                range(len(comes))
            ):  # what comes first on a day leaves no later than what comes after it
                comes[day] = min(day + waits[day], comes[min(day + 1, len(comes) - 1)] if waits[day] else np.inf)
        comes = comes + self.transit[number]
        share = np.where((np.arange(books.days.count) >= books.first[0]) & (self.room[number] > 0), share, 0.0)
        return _Way(share, self.there(line.origin, line.material), comes)

    def possible(self, place: str, material: str) -> Iterator[_Line]:
        """Every shipment of a material to a place that a route allows, clean or under each content rule."""
        books = self.books
        makers = {
            books.place(row.site, material)
            for row in books.rows.plants
            for recipe, process in books.process.items()
            if process == row.process and books.need[recipe].get(material, 0.0) > 0
        }
        makers |= {books.place(row.site, row.material) for row in books.rows.offers if row.material == material}
        makers |= {where for where, what in self.held if what == material}
        every = ["clean", "+".join(sorted(self.rules.rules))] if self.rules.rules else ["clean"]
        for origin in sorted(makers - {place}):
            for mode in {row.mode: None for row in books.rows.routes}:
                lines = [_Line(origin, place, material, some, mode) for some in [*every, *sorted(self.rules.rules)]]
                yield from lines if route_of(books, lines[0]) is not None else ()


def by_day(books: Books, rules: Rules) -> Iterator[Fault]:
    """What is used on a stretch of days was in stock, fitted in, or can have come by then; the rest goes short.

    Parameters
    ----------
    books : Books
    rules : Rules
    """
    long = [t for t in books.periods if books.length[t] > MONTH]
    must = {(row.site, row.product, row.end_use) for row in books.rows.demand if row.penalty is None}
    sold: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in books.rows.demand:
        if (row.site, row.product, row.end_use) not in must:
            sold[row.site, row.product].add(row.end_use)
    if not long or not sold:
        return
    ways = _Ways(books, rules)
    for (site, product), uses in sold.items():
        ratios = [(material, ratio) for (wanted, material), ratio in books.ratio.items() if wanted == product]
        here = _Here(books, ways, {(books.place(site, material), material): ratio for material, ratio in ratios})
        for period in long:
            days = here.days(period)
            if 0 < len(days) <= (2 if books.length[period] <= HALF_YEAR else 4):
                for some in {*((use,) for use in uses), tuple(sorted(uses))}:
                    yield from here.check(site, product, some, period, days)


class _Here:
    """What comes to the places from which a demand is served."""

    def __init__(self, books: Books, ways: _Ways, place: dict[tuple[str, str], float]) -> None:
        self.books, self.ways, self.place = books, ways, place
        self.possible = {line: ways.way(line) for key in place for line in ways.possible(*key)}
        self.given = [
            _Way(np.ones(books.days.count), there, np.arange(books.days.count, dtype=float))
            for key in place
            if (there := ways.there(*key)) is not None
        ]

    @cached_property
    def single(self) -> list[_Way]:
        """What is made and sold where the demand is, each offer, contract and plant by itself."""
        books, ways, found = self.books, self.ways, []
        for number, offer in enumerate(books.rows.offers):
            if (books.place(offer.site, offer.material), offer.material) in self.place:
                found.append(ways.offers[number])
        for number, signed in enumerate(books.rows.contracts):
            offer = books.offer[signed.offer]
            if (books.place(offer.site, offer.material), offer.material) in self.place:
                found.append(ways.running[number])
        sites = {place for place, _ in self.place}
        countries = {books.country(place) for place in sites}
        for number, plant in enumerate(books.rows.plants):
            if plant.site in sites or books.site[plant.site].country in countries:
                found.append(ways.plants[number])
        days = np.arange(books.days.count, dtype=float)
        return [_Way(np.ones(len(days)), most, days) for most in found]

    def days(self, period: int) -> list[int]:
        """Days inside a period on which goods begin or cease to come, or much more or less of them."""
        span = self.books.span(period)
        return sorted(set[int]().union(*(way.steps(span) for way in [*self.possible.values(), *self.single])))

    def check(self, site: str, product: str, uses: tuple[str, ...], period: int, days: list[int]) -> Iterator[Fault]:
        """What is used on every stretch between some days."""
        books, span = self.books, self.books.span(period)
        bounds = [span.start, *days, span.stop]
        there: dict[Any, float] = {}
        asked: dict[Any, float] = {}
        wanted = books.daily("demand", "tonnes") * books.active("demand") * books.weight
        short = sum(
            line.tonnes
            for line in books.lines("shortages")
            if (line.site, line.product, line.period) == (site, product, period) and line.end_use in uses
        )
        for first, last in combinations(bounds, 2):
            if (first, last) == (span.start, span.stop):
                continue
            key = (
                site,
                product,
                "+".join(uses),
                f"{books.label[period]}, days {first - span.start} to {last - span.start}",
            )
            asked[key] = sum(
                float(wanted[number, first:last].sum())
                for number, row in enumerate(books.rows.demand)
                if (row.site, row.product) == (site, product) and row.end_use in uses
            )
            kept = self._kept(period, first, last)
            if last == span.stop:
                asked[key] += self._stock(period)
            came = short + kept + self._came(period, first, last)
            there[key] = min(came, short + kept + self._could(first, last))
        yield from at_least("come by the day, t", there, asked)

    def _stock(self, period: int) -> float:
        """What serves the demand of the stock at the end of a period."""
        books = self.books
        total = 0.0
        for line in books.lines("stock"):
            if line.period == period:
                total += self.place.get((books.place(line.site, line.material), line.material), 0.0) * line.tonnes
        return total

    def _kept(self, period: int, first: int, last: int) -> float:
        """What was there on the first day of a stretch at most, and what the case says arrives in it."""
        books = self.books
        total = 0.0
        for goods in books.rows.arrivals:
            if first <= books.days.place(goods.on) < last:
                total += self.place.get((books.place(goods.site, goods.material), goods.material), 0.0) * goods.tonnes
        room = books.daily("stocks", "capacity")
        if first == books.first[period] and period > 0:
            return total + self._stock(period - 1)
        for number, row in enumerate(books.rows.stocks):
            ratio = self.place.get((books.place(row.site, row.material), row.material), 0.0)
            fits = row.opening if first == books.first[period] else float(room[number, first - 1 : first + 1].max())
            total += ratio * fits
        return total

    def _came(self, period: int, first: int, last: int) -> float:
        """What of the plan can have come on a stretch of days."""
        books = self.books
        total = 0.0
        for line in books.lines("shipments"):
            ratio = self.place.get((line.destination, line.material))
            if ratio is not None and self.ways.way(line).lands(books.span(line.period), first, last):
                total += ratio * line.tonnes
        for line in books.lines("purchases"):
            offer = books.offer[line.offer]
            ratio = self.place.get((books.place(offer.site, offer.material), offer.material))
            number = [row.offer for row in books.rows.offers].index(line.offer)
            sold = self.ways.offers[number][first:last].any() or line.contract != ""
            if ratio is not None and line.period == period and sold:
                total += ratio * line.tonnes
        for line in books.lines("production"):
            if line.period == period:
                for material, tonnes in books.need[line.recipe].items():
                    ratio = self.place.get((books.place(line.site, material), material), 0.0)
                    total += ratio * max(0.0, tonnes) * line.activity_t
        return total

    def _could(self, first: int, last: int) -> float:
        """What could come on a stretch of days at all; without end where the case does not say."""
        books, made = self.books, dict[Any, Any]()
        if any(key in self.ways.held or key[0] not in books.site for key in self.place) and self.given:
            return INFINITE
        for line, way in self.possible.items():
            if way.most is None:
                return INFINITE
            key = line.origin, self.ways.group_of.get((line.origin, line.material), line.material)
            days = way.open() & (way.comes < last) & (way.comes + 1 > first)
            ratio = self.place[line.destination, line.material]
            told = made.setdefault(key, [np.zeros(books.days.count), way.share, True])
            told[0] = np.maximum(told[0], ratio * np.where(days, way.most, 0.0))
            told[2] = told[2] and bool((told[1] == way.share).all())
        total = sum(float(((share if alike else 1.0) * most) @ books.weight) for most, share, alike in made.values())
        return total + sum(
            max(self.place.values()) * float((way.most * books.weight)[first:last].sum())
            for way in self.given
            if way.most is not None
        )


CHECKS = (by_day,)
"""Every audit of the topic."""
