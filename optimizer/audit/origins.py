"""Audit of whose goods are used, pro rata: contents mixed forward, period by period, from where goods come in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np

from optimizer.audit.books import Books, Floats
from optimizer.audit.goods import arrivals
from optimizer.audit.inside import Counted
from optimizer.audit.rules import Rules

ROUNDS = 500
"""Most rounds of mixing within a period."""
SETTLED = 1e-13
"""Change of a tonne's content at which it has settled."""
Pool = tuple[str, str, str]
"""Place, material and exposure."""


class Mixed:
    """Contents of every pool of a plan, in tonnes of what a limit counts, by whose they are.

    Parameters
    ----------
    books : Books
    rules : Rules
    counted : Counted
    by : {'supplier', 'country', 'owner'}
    """

    def __init__(self, books: Books, rules: Rules, counted: Counted, by: str) -> None:
        self.books, self.rules, self.counted, self.by = books, rules, counted, by
        names = {str(getattr(row, "site" if by == "supplier" else by)) for row in books.rows.sites}
        if by != "supplier":
            names |= {str(row.country) for row in books.rows.origins}
            names |= {str(row.origin) for row in books.rows.stocks if row.origin}
            names |= {str(row.origin) for row in books.rows.arrivals}
        self.names = ["", *sorted(names)]
        self.place = {name: number for number, name in enumerate(self.names)}
        self.content: dict[tuple[Pool, int], Floats] = {}
        for period in books.periods:
            self._mix(period)

    def _site(self, site: str) -> Floats:
        """A tonne of a site's own goods."""
        row = self.books.site[site]
        return self._one(str({"supplier": row.site, "country": row.country, "owner": row.owner}[self.by]))

    def _country(self, country: str) -> Floats:
        """A tonne of goods of which only the country is known."""
        return self._one("" if self.by == "supplier" else country)

    def _one(self, name: str) -> Floats:
        found = np.zeros(len(self.names))
        found[self.place[name]] = 1.0
        return found

    def _sold(self, offer: Any) -> Floats:
        """What stands inside a tonne that is sold: itself, or what its seller declares; the rest is nobody's."""
        if offer.material in self.counted.goods:
            return self._site(offer.site)
        some = self.counted.declared.get(offer.offer, {})
        found = sum((t * self._country(country) for country, t in some.items()), np.zeros(len(self.names)))
        rest = max(0.0, self.counted.inside(offer.material) - sum(some.values()))
        return np.asarray(found + rest * self._one(""))

    def _followed(self, material: str) -> bool:
        return self.counted.inside(material) > 0

    @cached_property
    def _incoming(self) -> dict[int, list[tuple[Pool, float, Floats]]]:
        """What comes in from outside in each period: pool, tonnes, content of one."""
        books, rules, found = self.books, self.rules, defaultdict[int, list[tuple[Pool, float, Floats]]](list)
        for line in books.lines("purchases"):
            row = books.offer[line.offer]
            pool = books.place(row.site, row.material), row.material, rules.bought(row)
            found[line.period].append((pool, line.tonnes, self._sold(row)))
        for kept in books.rows.stocks:
            origin = kept.origin or books.country(kept.site)
            pool = books.place(kept.site, kept.material), kept.material, rules.made_in(origin, kept.material)
            found[0].append((pool, kept.opening, self.counted.inside(kept.material) * self._country(origin)))
        for some in books.rows.arrivals:
            period = max(n for n in books.periods if books.bounds[n] <= some.on)
            pool = books.place(some.site, some.material), some.material, rules.made_in(some.origin, some.material)
            found[period].append((pool, some.tonnes, self.counted.inside(some.material) * self._country(some.origin)))
        for line in books.lines("production"):
            for material, tonnes in books.need[line.recipe].items():
                if tonnes > 0 and material in self.counted.goods:
                    pool = books.place(line.site, material), material, rules.made_at(line.site, material, line.exposure)
                    found[line.period].append((pool, tonnes * line.activity_t, self._site(line.site)))
        return found

    @cached_property
    def _moving(self) -> dict[int, list[tuple[Pool, float, Pool, int]]]:
        """What comes to pools in each period from others: pool, tonnes, from which, and when it left that."""
        books, found = self.books, defaultdict[int, list[tuple[Pool, float, Pool, int]]](list)
        transit = books.average("routes", "transit")
        for line in books.lines("shipments"):
            kind = line.material, line.exposure
            for arrives, share in arrivals(books, line, transit).items():
                source = (line.origin, *kind), line.period
                found[arrives].append(((line.destination, *kind), share * line.tonnes, *source))
        for line in books.lines("stock"):
            pool = books.place(line.site, line.material), line.material, line.exposure
            found[line.period + 1].append((pool, line.tonnes, pool, line.period))
        for line in books.lines("reclassified"):
            into, out_of = (line.place, line.material, line.used_as), (line.place, line.material, line.exposure)
            found[line.period].append((into, line.tonnes, out_of, line.period))
        return found

    @cached_property
    def _eaten(self) -> dict[Any, list[tuple[Pool, float]]]:
        """What goes into each lot."""
        found: dict[Any, list[tuple[Pool, float]]] = defaultdict(list)
        for line in self.books.lines("consumption"):
            pool = self.books.place(line.site, line.material), line.material, line.exposure
            found[line.site, line.recipe, line.lot, line.period].append((pool, line.tonnes))
        return found

    @cached_property
    def _made(self) -> dict[int, list[tuple[Pool, float, list[tuple[Pool, float]]]]]:
        """What lots put out in each period into which goods are followed: pool, tonnes, and inputs that it takes."""
        books, found = self.books, defaultdict[int, list[tuple[Pool, float, list[tuple[Pool, float]]]]](list)
        for line in books.lines("production"):
            takes = self.counted.takes(line.recipe)
            for material, tonnes in books.need[line.recipe].items():
                if tonnes > 0 and self._followed(material) and material not in self.counted.goods:
                    pool = (
                        books.place(line.site, material),
                        material,
                        self.rules.made_at(line.site, material, line.exposure),
                    )
                    inputs = self._eaten[line.site, line.recipe, line.exposure, line.period]
                    share = takes.get(material, 0.0)
                    found[line.period].append((pool, tonnes * line.activity_t, [(i, share * t) for i, t in inputs]))
        return found

    def _mix(self, period: int) -> None:
        """Contents of the pools of a period."""
        nothing = np.zeros(len(self.names))
        tonnes: dict[Pool, float] = defaultdict(float)
        known: dict[Pool, Floats] = defaultdict(lambda: nothing)
        open_: list[tuple[Pool, float, Pool]] = []
        for pool, amount, one in self._incoming[period]:
            tonnes[pool] += amount
            known[pool] = known[pool] + amount * one
        for pool, amount, source, left in self._moving[period]:
            tonnes[pool] += amount
            if left < period:
                known[pool] = known[pool] + amount * self.content.get((source, left), nothing)
            else:
                open_.append((pool, amount, source))
        for pool, amount, inputs in self._made[period]:
            tonnes[pool] += amount
            open_ += [(pool, part, source) for source, part in inputs]
        content = {pool: nothing for pool in tonnes}
        open_ = [some for some in open_ if self._followed(some[2][1])]
        for _ in range(ROUNDS):
            mixed = {pool: known[pool] for pool in tonnes}
            for pool, amount, source in open_:
                mixed[pool] = mixed[pool] + amount * content.get(source, nothing)
            new = {pool: mixed[pool] / amount if amount > 0 else nothing for pool, amount in tonnes.items()}
            moved = max((float(np.abs(new[pool] - content[pool]).max()) for pool in new), default=0.0)
            content = new
            if moved <= SETTLED:
                break
        self.content |= {(pool, period): some for pool, some in content.items()}

    def used(self, periods: Iterable[int]) -> dict[str, float]:
        """Tonnes used in some periods, by name; under no name what nobody is declared for.

        Parameters
        ----------
        periods : iterable of int
        """
        books, some, total = self.books, set(periods), np.zeros(len(self.names))
        for line in books.lines("deliveries"):
            if line.period in some and self._followed(line.material):
                pool = books.place(line.site, line.material), line.material, line.exposure
                total = total + line.tonnes * self.content.get((pool, line.period), 0.0)
        if self.counted.at_once:
            for (*_, period), inputs in self._eaten.items():
                for pool, tonnes in inputs if period in some else ():
                    if pool[1] in self.counted.goods:
                        total = total + tonnes * self.content.get((pool, period), 0.0)
            for line in books.lines("purchases"):
                offer = books.offer[line.offer]
                if line.period in some and offer.material not in self.counted.goods:
                    total = total + line.tonnes * self._sold(offer)
        return dict(zip(self.names, total.tolist(), strict=True))
