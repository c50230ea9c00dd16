"""Audit of whose goods a limit on use takes flows to be: every claim has goods behind it, and amounts follow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from optimizer.audit.books import SLACK, Books, at_least, at_most, equal
from optimizer.audit.cells import text_of
from optimizer.audit.closing import missing
from optimizer.audit.goods import arrivals
from optimizer.audit.inside import Counted
from optimizer.faults import Fault

Flow = tuple[str, str, str, str, int, str]
"""What it is (`ship`, `stock`, `eat` or `serve`), from where, to where, of what, when, and by which mode."""
NOBODY = "nobody"
"""Member that claims what is nobody's in a sum of squared shares."""
START = -1
"""Period of what is there when the horizon begins."""


def named(books: Books, member: str) -> set[str]:
    """Who a member of a limit is: itself, a group, or with ``not`` whoever in the case is none of these.

    Parameters
    ----------
    books : Books
    member : str
    """
    groups, rows = books.case.file.groups, books.rows
    word, _, rest = member.partition(" ")
    if word != "not" or member in groups:
        return set(groups.get(member, (member,)))
    everyone = {country for site in rows.sites for country in (site.country, site.owner)}
    everyone |= (
        {row.country for row in rows.origins}
        | {row.origin or "" for row in rows.stocks}
        | {row.origin for row in rows.arrivals}
    )
    return {country for country in everyone if country} - set(groups.get(rest, (rest,)))


class Used:
    """What a limit counts of use, from the tables of a plan.

    Parameters
    ----------
    books : Books
    row : Any
        Its row in the table of limits.
    windows : iterable of tuple of int
        Periods of each window in which it is in force.
    """

    def __init__(self, books: Books, row: Any, windows: Iterable[tuple[int, ...]]) -> None:
        self.books, self.row = books, row
        self.windows = sorted(windows)
        self.last = max(periods[-1] for periods in self.windows)
        self.counted = Counted(books, row.stage, row.materials)
        self.rest = row.sense == "at_most" and row.measure != "hhi"
        self.parts: dict[str, dict[Flow, float]] = defaultdict(lambda: defaultdict(float))
        self.sums: dict[str, dict[tuple[str, int], float]] = defaultdict(lambda: defaultdict(float))
        for line in books.lines("attribution"):
            if line.limit == row.limit and line.flow in ("ship", "stock", "eat", "serve"):
                key = line.flow, line.place, text_of(line.to), line.material, line.period, text_of(line.mode)
                self.parts[line.member][key] += line.tonnes
            elif line.limit == row.limit:
                self.sums[line.member][line.flow, line.period] += line.tonnes

    @cached_property
    def flows(self) -> dict[Flow, float]:
        """Flows of its goods out of places, whatever their exposure."""
        books, goods, found = self.books, self.counted.goods, defaultdict[Flow, float](float)
        for line in books.lines("shipments"):
            mode = text_of(line.mode)
            found["ship", line.origin, line.destination, line.material, line.period, mode] += line.tonnes
        for line in books.lines("stock"):
            found["stock", books.place(line.site, line.material), "", line.material, line.period, ""] += line.tonnes
        for line in books.lines("deliveries"):
            found["serve", books.place(line.site, line.material), "", line.material, line.period, ""] += line.tonnes
        for line in books.lines("consumption"):
            part = 1.0 if self.counted.at_once else self.counted.followed(line.recipe)
            found["eat", books.place(line.site, line.material), "", line.material, line.period, ""] += (
                part * line.tonnes
            )
        return defaultdict(float, {key: tonnes for key, tonnes in found.items() if key[3] in goods})

    @cached_property
    def arriving(self) -> dict[Flow, dict[int, float]]:
        """Share of each shipment that arrives in each period."""
        transit, found = self.books.average("routes", "transit"), dict[Flow, dict[int, float]]()
        for line in self.books.lines("shipments"):
            key = "ship", line.origin, line.destination, line.material, line.period, text_of(line.mode)
            if key in self.flows and key not in found:
                found[key] = arrivals(self.books, line, transit)
        return found

    @cached_property
    def entries(self) -> list[tuple[str, str, int, tuple[str, str, str], float]]:
        """What is there from the start or arrives without being bought: place, material, period, whose, tonnes."""
        books, found = self.books, []
        for row in books.rows.stocks:
            origin = row.origin or books.country(row.site)
            found.append((books.place(row.site, row.material), row.material, START, ("", origin, origin), row.opening))
        for some in books.rows.arrivals:
            period = max(n for n in books.periods if books.bounds[n] <= some.on)
            place = books.place(some.site, some.material)
            found.append((place, some.material, period, ("", some.origin, some.origin), some.tonnes))
        return found

    def names(self, member: str) -> set[str]:
        """Who a member is."""
        return {member} if self.row.member == "each" else named(self.books, member)

    def is_members(self, member: str, who: tuple[str, str, str]) -> bool:
        """Whether goods are a member's; nobody's are those of none that has claims of its own."""
        name = who[("supplier", "country", "owner").index(self.row.by)]
        if member == NOBODY and self.row.measure == "hhi":
            return name not in set(self.parts) - {NOBODY}
        return name in self.names(member)

    def who(self, site: str) -> tuple[str, str, str]:
        """Supplier, country and owner of a site's goods."""
        row = self.books.site[site]
        return row.site, row.country, row.owner

    def came(self, member: str) -> dict[tuple[str, str, int], float]:
        """What is followed of what comes to each place, by material and period; before the first what is there."""
        books, goods, found = self.books, self.counted.goods, defaultdict[tuple[str, str, int], float](float)

        def follows(who: tuple[str, str, str]) -> bool:
            return bool(self.is_members(member, who) != self.rest)

        for line in books.lines("purchases"):
            row = books.offer[line.offer]
            if row.material in goods and follows(self.who(row.site)):
                found[books.place(row.site, row.material), row.material, line.period] += line.tonnes
        for line in books.lines("production"):
            for material, tonnes in books.need[line.recipe].items():
                if tonnes > 0 and material in goods and follows(self.who(line.site)):
                    found[books.place(line.site, material), material, line.period] += tonnes * line.activity_t
        for key, tonnes in self.parts[member].items():
            for period, share in self.arriving.get(key, {}).items():
                found[key[2], key[3], period] += share * tonnes
        for place, material, period, who, tonnes in self.entries:
            if material in goods and follows(who):
                found[place, material, period] += tonnes
        return found

    def recent(self, edge: int) -> list[int]:
        """Periods that the days of stock before a window touch, and the start where they reach it."""
        first = self.books.first
        since = first[edge + 1] - self.row.stock_days
        return [*([START] if since <= first[0] else []), *(n for n in range(edge + 1) if first[n + 1] > since)]

    @property
    def edges(self) -> list[int]:
        """The last periods before its windows."""
        return [periods[0] - 1 for periods in self.windows if periods[0] and self.row.measure != "hhi"]

    def claims(self, member: str) -> Iterator[Fault]:
        """No claim is above its flow, nor above what came; none is older than the days of stock at its beginning."""
        what, parts, came = f"limit {self.row.limit}, {member}", self.parts[member], self.came(member)
        yield from at_most(f"{what}: tonnes claimed of a flow", parts, self.flows)
        goes, comes = defaultdict[Any, float](float), defaultdict[Any, float](float)
        for (kind, place, _, material, period, _), tonnes in parts.items():
            goes[place, material, period] += tonnes
            if kind == "stock":
                comes[place, material, period + 1] += tonnes
        for (place, material, period), tonnes in came.items():
            comes[place, material, max(0, period)] += tonnes
        yield from at_most(f"{what}: tonnes claimed out of a place", goes, comes)
        for edge in self.edges:
            kept = {key[1:4:2]: tonnes for key, tonnes in parts.items() if (key[0], key[4]) == ("stock", edge)}
            recent = {spot: sum(came[(*spot, period)] for period in self.recent(edge)) for spot in kept}
            mixed = {spot: tonnes for spot, tonnes in kept.items() if self._others_reach(member, spot)}
            yield from at_most(f"{what}: tonnes claimed in stock when a window begins", mixed, recent)

    def _others_reach(self, member: str, spot: tuple[str, str]) -> bool:
        """Whether some of what is kept at a place is not claimed in some period: others' goods come there too."""
        return any(
            self.flows[key] > self.parts[member].get(key, 0.0) + SLACK
            for key in self.flows
            if (key[1], key[3]) == spot and key[4] <= self.last
        )

    def whole(self) -> Iterator[Fault]:
        """What is claimed for all together under a sum of squared shares is what flows."""
        claimed: dict[Flow, float] = defaultdict(float)
        for parts in self.parts.values():
            for key, tonnes in parts.items():
                claimed[key] += tonnes
        flows = {key: tonnes for key, tonnes in self.flows.items() if key[4] <= self.last}
        yield from equal(f"limit {self.row.limit}: tonnes claimed for all", claimed, flows)

    def of_member(self, member: str, key: Flow) -> float:
        """The member's part of a flow."""
        part = self.parts[member].get(key, 0.0)
        return self.flows[key] - part if self.rest else part

    def total(self, periods: tuple[int, ...]) -> float:
        """Tonnes of everybody that count in a window."""
        some = sum(tonnes for key, tonnes in self.flows.items() if key[4] in periods and self._counts(key))
        for line in self.books.lines("deliveries"):
            if line.period in periods and line.material not in self.counted.goods:
                some += self.counted.inside(line.material) * line.tonnes
        some += self._inside_bought(periods, None) if self.counted.at_once else 0.0
        return float(some + (self._wanted() if self._ends(periods) else 0.0))

    def amount(self, member: str, periods: tuple[int, ...]) -> float:
        """Tonnes of a member that count in a window, as they are claimed."""
        some = sum(self.of_member(member, key) for key in list(self.flows) if key[4] in periods and self._counts(key))
        some += sum(self.sums[member]["inside_used", period] for period in periods)
        some += self._inside_bought(periods, member) if self.counted.at_once else 0.0
        if self._ends(periods):
            reaching = self.row.sense == "at_least"
            some += self.sums[member]["left", periods[-1]] if reaching else self._left(member, None)
        return float(some)

    def _counts(self, key: Flow) -> bool:
        return key[0] == "serve" or (key[0] == "eat" and self.counted.at_once)

    def _ends(self, periods: tuple[int, ...]) -> bool:
        return periods[-1] == self.books.periods[-1]

    def _wanted(self) -> float:
        """What is wanted on the last day, and not missing."""
        gap = missing(self.books)
        stocks = [row for row in self.books.rows.stocks if row.terminal > 0]
        return sum(self.counted.inside(row.material) * (row.terminal - gap[row.site, row.material]) for row in stocks)

    def _left(self, member: str, places: set[tuple[str, str]] | None) -> float:
        """The member's goods in stock and under way on the last day, at some places or all, and inside others."""
        found, end = 0.0, self.books.periods[-1]
        for key in list(self.flows):
            to = key[1] if key[0] == "stock" else key[2]
            if places is None or (to, key[3]) in places:
                found += self.of_member(member, key) if (key[0], key[4]) == ("stock", end) else 0.0
                late = 1 - sum(self.arriving[key].values()) if key[0] == "ship" else 0.0
                found += late * self.of_member(member, key) if late > 0 else 0.0
        return found + self.sums[member]["inside", end]

    def _inside_bought(self, periods: Iterable[int], member: str | None) -> float:
        """What counts inside goods bought in some periods: of a member, or of everybody."""
        return float(sum(self._inside_of(line.offer, member) * line.tonnes for line in self._bought_in(periods)))

    def _bought_in(self, periods: Iterable[int]) -> Iterator[Any]:
        goods, offer = self.counted.goods, self.books.offer
        return (
            n for n in self.books.lines("purchases") if n.period in periods and offer[n.offer].material not in goods
        )

    def _inside_of(self, offer: str, member: str | None) -> float:
        """Tonnes declared inside a tonne of an offer."""
        some = self.counted.declared.get(offer, {}).items()
        return sum(t for country, t in some if member is None or self.is_members(member, ("", country, country)))

    def left_reaches(self, member: str) -> Iterator[Fault]:
        """What counts as left of goods that are to reach a limit is there where stock is wanted."""
        stocks = {row.material: row for row in self.books.rows.stocks if row.terminal > 0}
        places = {(self.books.place(row.site, row.material), row.material) for row in stocks.values()}
        places |= {(self.books.place(r.site, r.material), r.material) for r in self.books.rows.stocks if r.terminal > 0}
        key = (self.row.limit, member)
        said = {key: self.sums[member]["left", self.books.periods[-1]]}
        most = min(self._left(member, places), self._wanted())
        yield from at_most("tonnes counted as left on the last day", said, {key: most})

    def chain(self, member: str) -> Iterator[Fault]:
        """What stands inside other goods came in, goes on until these are delivered, and is not more than they hold."""
        what, inside = f"limit {self.row.limit}, {member}", self.sums[member]
        within = sorted({period for periods in self.windows for period in periods})
        held = {period: self._held(period) for period in (*within, *self.edges)}
        came = {period: self._into(member, period) for period in (START, *range(self.last + 1))}
        stands = {period: inside["inside", period] for period in held}
        yield from at_most(f"{what}: tonnes inside goods held", stands, held)
        goes = {period: inside["inside", period] + inside["inside_used", period] for period in within}
        comes = {
            period: came[period][0] + (inside["inside", period - 1] if period else came[START][0]) for period in within
        }
        yield from (at_least if self.rest else at_most)(f"{what}: tonnes that stay inside goods", goes, comes)
        if not self.rest:
            used = {period: inside["inside_used", period] for period in within}
            served = {period: self._delivered(period) for period in within}
            yield from at_most(f"{what}: tonnes inside goods delivered", used, served)
        for edge in self.edges:
            recent = sum(came[period][1 if self.rest else 0] for period in self.recent(edge))
            bound = held[edge] - recent if self.rest else recent
            compare = at_least if self.rest else at_most
            yield from compare(f"{what}: tonnes inside goods when a window begins", {edge: stands[edge]}, {edge: bound})

    def _held(self, period: int) -> float:
        """What counts inside goods in stock and on the way at the end of a period."""
        books, counted, found = self.books, self.counted, 0.0
        transit = books.average("routes", "transit")
        for line in books.lines("stock"):
            if line.period == period and line.material not in counted.goods:
                found += counted.inside(line.material) * line.tonnes
        for line in books.lines("shipments"):
            if line.period <= period and line.material not in counted.goods:
                gone = arrivals(books, line, transit)
                there = sum(share for arrives, share in gone.items() if arrives <= period)
                found += counted.inside(line.material) * line.tonnes * (1 - there)
        return found

    def _delivered(self, period: int) -> float:
        """What counts inside goods delivered in a period."""
        some = (line for line in self.books.lines("deliveries") if line.material not in self.counted.goods)
        return float(sum(self.counted.inside(n.material) * n.tonnes for n in some if n.period == period))

    def _into(self, member: str, period: int) -> tuple[float, float]:
        """What comes to stand inside goods in a period: the member's, and others'."""
        own = other = 0.0
        for key in [key for key in self.flows if (key[0], key[4]) == ("eat", period)]:
            own += self.of_member(member, key)
            other += self.flows[key] - self.of_member(member, key)
        for line in self._bought_in((period,)):
            holds = self.counted.inside(self.books.offer[line.offer].material)
            part, whole = self._inside_of(line.offer, member), self._inside_of(line.offer, None)
            own += part * line.tonnes
            other += (max(holds, whole) - part) * line.tonnes
        for _, material, when, who, tonnes in self.entries:
            if when == period and material not in self.counted.goods:
                is_own = self.is_members(member, who)
                own += self.counted.inside(material) * tonnes * is_own
                other += self.counted.inside(material) * tonnes * (not is_own)
        return own, other

    def faults(self, members: Iterable[str]) -> Iterator[Fault]:
        """Everything that is not behind the claims of some members."""
        shared = self.row.measure == "hhi"
        for member in [*members, *([NOBODY] if shared and NOBODY in self.parts else [])]:
            yield from self.claims(member)
            if not shared and not self.counted.at_once:
                yield from self.chain(member)
            if self.row.sense == "at_least":
                yield from self.left_reaches(member)
        if shared:
            yield from self.whole()
