"""Audit of licences: what leaves under one is within it, whoever it goes to."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.audit.books import INFINITE, Books, Floats, at_least, at_most, equal
from optimizer.audit.contracts import running
from optimizer.audit.rules import Rules, passing_by_day, reaches
from optimizer.audit.supply import offered, plant_capacity
from optimizer.faults import Fault


def licences(books: Books, rules: Rules) -> Iterator[Fault]:
    """What leaves under a licence is within it, to all and to those whom approvals reach, and the table says so.

    Parameters
    ----------
    books : Books
    rules : Rules
    """
    used: dict[Any, float] = defaultdict(float)
    group_of = _groups(books)
    approvals = _Approvals(books, rules)
    for number, control in enumerate(books.rows.controls):
        if control.kind not in ("export", "content"):
            continue
        for line in books.lines("shipments"):
            if _governed(books, rules, control, line):
                group = group_of.get((line.origin, line.material), line.material)
                who = approvals.reaching(control.control, line.origin, line.destination)
                if who:
                    used[number, line.origin, group, who, line.period] += line.tonnes
                weight = approvals.weight(number, who)[line.period] if who else 1.0
                used[number, line.origin, group, (), line.period] += line.tonnes * weight
    numbers = {row.control: number for number, row in enumerate(books.rows.controls)}
    by_name = {row.approval: number for number, row in enumerate(books.rows.approvals)}
    stated: dict[Any, float] = {}
    granted: dict[Any, float] = {}
    for line in books.lines("licences"):
        who = tuple(by_name[name] for name in line.applicants.split("+")) if line.applicants else ()
        key = numbers[line.control], line.place, line.group, who, line.period
        stated[key], granted[key] = line.used_t, line.licensed_t
    wanted = {key[:4] for key in (*used, *granted)}
    everything = _Supplies.of(books, rules)
    licensed = _licensed(books, rules, approvals, group_of, wanted, everything)
    yield from at_most("shipped under a licence, t", used, licensed)
    # A plant that nobody can feed could export nothing; those that the plan runs are fed.
    least = _licensed(books, rules, approvals, group_of, wanted, everything.shown(books))
    yield from at_most("licensed as its table says, t", granted, licensed)
    yield from at_least("licensed as its table says, t", granted, {key: least[key] for key in granted})
    yield from equal("used of a licence as its table says, t", stated, {key: used.get(key, 0.0) for key in stated})
    yield from at_most("used of a licence as its table says, t", stated, granted)


EXACT = 1e-9
"""Shares that add up to less than the stated one by no more than this reach it."""


class _Approvals:
    """Whom the approvals of controls reach, and what passes to them."""

    def __init__(self, books: Books, rules: Rules) -> None:
        self.books, self.rules = books, rules
        self.site = {row.site: row for row in books.rows.sites}
        self.uses: dict[str, set[str]] = defaultdict(set)
        for row in books.rows.demand:
            self.uses[row.site].add(row.end_use)

    def reaching(self, control: str, origin: str, destination: str) -> tuple[int, ...]:
        """Rows of the approvals that reach a shipment under a control.

        Parameters
        ----------
        control : str
        origin, destination : str
            Sites or hubs.
        """
        found = []
        for number, row in enumerate(self.books.rows.approvals):
            sender, receiver = self.site.get(origin), self.site.get(destination)
            ships = row.exporter == "*" or (sender and row.exporter in (sender.site, sender.company))
            receives = row.customer == "*" or (
                receiver is not None
                and (row.customer == receiver.site or self._holds(row, row.customer, receiver.company, ()))
            )
            uses = self.uses[destination]
            fits = not row.end_uses or (bool(uses) and uses <= set(row.end_uses))
            if row.control == control and ships and receives and fits:
                found.append(number)
        return tuple(found)

    def _listed(self, row: Any) -> set[str]:
        """Customers of the approvals that count together with one: of its control, alike, and on all of its days."""
        said = ("control", "exporter", "end_uses", "affiliates", "share", "covers", "processing_days")
        return {
            other.customer
            for other in self.books.rows.approvals
            if all(getattr(other, name) == getattr(row, name) for name in said)
            and other.from_ <= row.from_
            and (other.until or dt.date.max) >= (row.until or dt.date.max)
        }

    def _holders(self, company: str) -> dict[str, float]:
        """What is held of a company, by whom; the sites that it runs may name several."""
        found: dict[str, float] = {}
        for row in self.books.rows.sites:
            if row.company == company and row.parent_share > 0 and row.parent not in ("", company):
                found[row.parent] = max(found.get(row.parent, 0.0), row.parent_share)
        return found

    def _caught(self, row: Any, company: str, above: tuple[str, ...]) -> bool:
        """Whether a company is listed, or held at the stated share by those that are; a circle holds nobody."""
        if company in self._listed(row):
            return True
        held = sum(
            share
            for holder, share in self._holders(company).items()
            if holder not in above and self._caught(row, holder, (*above, company))
        )
        return held > 0 and held >= row.affiliates - EXACT

    def _holds(self, row: Any, customer: str, company: str, above: tuple[str, ...]) -> bool:
        """Whether a company is the customer of an approval, or caught with a part of it held on the way up to it."""
        if company == customer:
            return True
        return (
            row.affiliates is not None
            and self._caught(row, company, ())
            and any(
                holder not in above and self._holds(row, customer, holder, (*above, company))
                for holder in self._holders(company)
            )
        )

    def passing(self, control: int, who: tuple[int, ...]) -> Floats:
        """Share that passes to applicants, by period.

        Parameters
        ----------
        control : int
            Number of its row.
        who : tuple of int
            Numbers of the rows of approvals that reach them.

        Returns
        -------
        array
            Shape (periods,), 0 to 1.
        """
        rest, force = self.rules.through[control], self.rules.in_force[control]
        daily = {name: self.books.daily("approvals", name) for name in ("share", "covers", "processing_days")}
        active = self.books.active("approvals")
        each = []
        for row in who:
            on = force & (active[row] > 0)
            own = passing_by_day(on[None], daily["share"][row][None], daily["processing_days"][row][None])[0]
            covers = daily["covers"][row]
            each.append(np.where(on, covers * own + (1 - covers) * rest, rest))
        worst, best = np.min(each, axis=0), np.max(each, axis=0)
        return self.rules.by_period(np.where(worst < rest, worst, best)[None])[0]  # type: ignore[no-any-return]

    def weight(self, control: int, who: tuple[int, ...]) -> Floats:
        """Share of what goes to applicants that counts against the licence of all, by period.

        Parameters
        ----------
        control : int
        who : tuple of int
            As those of `passing`.

        Returns
        -------
        array
            Shape (periods,), 0 to 1.
        """
        theirs = self.passing(control, who)
        ratio = self.rules.passing[control] / np.where(theirs > 0, theirs, 1.0)
        return np.asarray(np.minimum(1.0, ratio))


def _governed(books: Books, rules: Rules, control: Any, line: Any) -> bool:
    """Whether a shipment needs a licence of a control."""
    leaves, enters = books.country(line.origin), books.country(line.destination)
    free = leaves == enters or enters in control.origin or not {"*", enters} & set(control.destinations)
    if free:
        return False
    if control.kind == "export":
        return leaves in control.origin and reaches(control, books.material[line.material])
    if books.material[line.material].stage not in control.stages:
        return False
    return leaves not in control.origin and rules.rule_of.get(control.control) in rules.names(line.exposure)


def _groups(books: Books) -> dict[tuple[str, str], str]:
    """Goods that compete for one line at a site count together: the process that makes them."""
    return {
        (row.site, material): row.process
        for row in books.rows.plants
        for recipe, process in books.process.items()
        if process == row.process
        for material, tonnes in books.need[recipe].items()
        if tonnes > 0 and not books.material[material].hub
    }


@dataclass(frozen=True)
class _Supplies:
    """Tonnes of plants and of offers, by their key and period, and years that contracts run, by row and period."""

    plants: dict[Any, float]
    offers: dict[Any, float]
    running: Floats

    @classmethod
    def of(cls, books: Books, rules: Rules) -> _Supplies:
        """All that the case has.

        Parameters
        ----------
        books : Books
        rules : Rules
        """
        return cls(plant_capacity(books, rules), offered(books), running(books))

    def shown(self, books: Books) -> _Supplies:
        """Only those that the tables show in use."""
        run = {(line.site, books.process[line.recipe]) for line in books.lines("production")}
        bought = {line.offer for line in books.lines("purchases")}
        signed = [row.offer in bought for row in books.rows.contracts]
        return _Supplies(
            {key: tonnes if key[:2] in run else 0.0 for key, tonnes in self.plants.items()},
            {key: tonnes if key[0] in bought else 0.0 for key, tonnes in self.offers.items()},
            self.running * np.array(signed, float).reshape(-1, 1),
        )


def _licensed(
    books: Books,
    rules: Rules,
    approvals: _Approvals,
    group_of: dict[tuple[str, str], str],
    wanted: set[Any],
    supplies: _Supplies,
) -> dict[Any, float]:
    """Tonnes that each licence (control, place, group, applicants) lets through, by period."""
    found: dict[Any, float] = {}
    for number, place, group, who in wanted:
        control = books.rows.controls[number]
        goods = {
            name
            for name, row in books.material.items()
            if reaches(control, row) and group_of.get((place, name), name) == group
        }
        could = _could(books, supplies, place, goods)
        share = approvals.passing(number, who) if who else rules.passing[number]
        licensed = np.where(share < 1, share * could, INFINITE)
        found |= {(number, place, group, who, period): float(licensed[period]) for period in books.periods}
    return found


def _could(books: Books, supplies: _Supplies, place: str, goods: set[str]) -> Floats:
    """Tonnes of goods that a place could make or sell, on the spot and under contract, by period."""
    total = np.zeros(len(books.periods))
    for site, process in dict.fromkeys((row.site, row.process) for row in books.rows.plants):
        made = [
            tonnes
            for recipe, of in books.process.items()
            if of == process
            for name, tonnes in books.need[recipe].items()
            if tonnes > 0 and name in goods and books.place(site, name) == place
        ]
        if made:
            total += max(made) * np.array([supplies.plants[site, process, period] for period in books.periods])
    sold = [row for row in books.rows.offers if row.material in goods]
    here = {row.offer for row in sold if books.place(row.site, row.material) == place}
    for offer in here:
        total += np.array([supplies.offers[offer, period] for period in books.periods])
    for row, years in zip(books.rows.contracts, supplies.running, strict=True):
        if row.offer in here:
            total += row.max_volume * years
    return total


def quotas(books: Books, rules: Rules) -> Iterator[Fault]:
    """All that leaves under a quota counts and is within it, of each exporter or of a country; the table says so.

    Parameters
    ----------
    books : Books
    rules : Rules
    """
    group_of, everything = _groups(books), _Supplies.of(books, rules)
    force = books.daily("controls", "in_force")
    most = books.summed(books.daily("controls", "quota") * force * books.weight)
    free = 1 - books.summed(force) / np.array(books.length)
    used: dict[Any, float] = defaultdict(float)
    bounds: dict[Any, float] = {}
    capped = {row.control: n for n, row in enumerate(books.rows.controls) if row.quota is not None}
    for line in books.lines("shipments"):
        for name, number in capped.items():
            control = books.rows.controls[number]
            if _governed(books, rules, control, line):
                group = group_of.get((line.origin, line.material), line.material)
                alone = control.exporters == "each"
                who = (line.origin, group) if alone else (books.country(line.origin), "")
                used[(name, *who, line.period)] += line.tonnes
    table = {(line.control, line.exporter, line.group, line.period): line for line in books.lines("quotas")}
    for name, exporter, group, period in {*used, *table}:
        number = capped[name]
        if free[number, period] < 1:
            could = _could_leave(books, everything, group_of, books.rows.controls[number], exporter, group)[period]
            bounds[name, exporter, group, period] = most[number, period] + free[number, period] * could
    counted = {key: tonnes for key, tonnes in used.items() if key in bounds}
    yield from at_most("shipped under a quota, t", counted, bounds)
    yield from at_most("quota as its table says, t", {key: line.quota_t for key, line in table.items()}, bounds)
    least = {key: float(most[capped[key[0]], key[-1]]) for key in bounds if key in table}
    yield from at_least("quota as its table says, t", {key: line.quota_t for key, line in table.items()}, least)
    said = {key: line.used_t for key, line in table.items()}
    yield from equal("used of a quota as its table says, t", said, {key: used.get(key, 0.0) for key in said})


def _could_leave(
    books: Books, supplies: _Supplies, group_of: dict[tuple[str, str], str], control: Any, exporter: str, group: str
) -> Floats:
    """Tonnes that could leave under a quota: of a place and group, or of all places and groups of a country."""
    goods = [name for name, row in books.material.items() if reaches(control, row)]
    places = [exporter] if group else sorted({books.place(s, m) for s in books.site for m in books.material})
    total = np.zeros(len(books.periods))
    for place in places:
        if group or books.country(place) == exporter:
            groups: dict[str, set[str]] = defaultdict(set)
            for name in goods:
                groups[group_of.get((place, name), name)].add(name)
            for some in [groups[group]] if group else groups.values():
                total += _could(books, supplies, place, some)
    return total


def end_uses(books: Books, rules: Rules) -> Iterator[Fault]:
    """Exposed goods reach an end use as far as they are licensed for it.

    Parameters
    ----------
    books : Books
    rules : Rules
    """
    used: dict[Any, float] = defaultdict(float)
    most: dict[Any, float] = {}
    for number, control in enumerate(books.rows.controls):
        rule = rules.rule_of.get(control.control)
        if control.kind != "end_use" or rule is None:
            continue
        for line in books.lines("deliveries"):
            there = "*" in control.destinations or books.country(line.site) in control.destinations
            if there and line.end_use in control.end_uses and rule in rules.names(line.exposure):
                demand = line.site, line.product, line.end_use, line.period
                key = (control.control, *demand)
                used[key] += line.tonnes
                share = rules.passing[number, line.period]
                most[key] = share * books.wanted.get(demand, 0.0) if share < 1 else INFINITE
    yield from at_most("licensed for an end use, t", used, most)


CHECKS = (licences, quotas, end_uses)
"""Audits of licences."""
