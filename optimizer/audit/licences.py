"""Audit of licences: what goes to a destination or a customer is licensed, of all and of those whom approvals reach."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

from optimizer.audit.approvals import Approvals, governed
from optimizer.audit.books import INFINITE, Books, Floats, at_most, equal
from optimizer.audit.days import Days
from optimizer.audit.quotas import CHECKS as QUOTAS
from optimizer.audit.rules import Rules
from optimizer.faults import Fault

FIRST = 365
"""Days from the start whose demand a row of `trade` stands for."""


class Licences:
    """What is licensed, by control, origin, destination or customer and stage, and what the tables say of it.

    Parameters
    ----------
    books : Books
    rules : Rules
    """

    def __init__(self, books: Books, rules: Rules) -> None:
        self.books, self.rules = books, rules
        self.number = {row.control: number for number, row in enumerate(books.rows.controls)}
        self.row = {row.approval: number for number, row in enumerate(books.rows.approvals)}
        self.trade: dict[tuple[str, ...], Any] = {
            (row.control, row.origin, row.customer or str(row.destination), row.group): row for row in books.rows.trade
        }
        self.year = np.array([(books.days.zero + dt.timedelta(days=day)).year for day in range(books.days.count)])
        self.approvals = Approvals(books, rules)
        self.sent: dict[Any, Floats] = defaultdict(lambda: np.zeros(len(books.periods)))
        """Tonnes under each licence by period, and of these what approvals reach, by the approvals' names."""
        self.parts: dict[Any, set[str]] = defaultdict(set)
        for control in books.rows.controls:
            if control.kind in ("export", "content"):
                self._ship(control)
        for line in books.lines("reference"):
            if line.applicants:
                self.parts[self.key(line)[:4]].add(line.applicants)

    def _ship(self, control: Any) -> None:
        """Count what is shipped under a control."""
        for line in self.books.lines("shipments"):
            if governed(self.books, self.rules, control, line):
                key = control.control, self.books.country(line.origin), *self._receiver(control, line)
                who = self.approvals.reaching(control.control, line.origin, line.destination)
                self.sent[(*key, "")][line.period] += line.tonnes
                if who:
                    name = "+".join(self.books.rows.approvals[number].approval for number in who)
                    self.sent[(*key, name)][line.period] += line.tonnes
                    self.parts[key].add(name)

    def _receiver(self, control: Any, line: Any) -> tuple[str, str]:
        """Destination or customer of a shipment, and its stage: a customer where a row of `trade` names it."""
        origin, stage = self.books.country(line.origin), self.books.material[line.material].stage
        site = self.books.site.get(line.destination)
        for name in (site.site, site.company) if site is not None else ():
            if (control.control, origin, name, stage) in self.trade:
                return name, stage
        return self.books.country(line.destination), stage

    @staticmethod
    def key(line: Any) -> tuple[str, ...]:
        """The licence that a line of the results is of."""
        return line.control, line.origin, line.destination, line.group, line.applicants

    @cached_property
    def stated(self) -> dict[Any, dict[int, float]]:
        """The reference as its table says, t/year, by licence and calendar year."""
        found: dict[Any, dict[int, float]] = defaultdict(dict)
        for line in self.books.lines("reference"):
            found[self.key(line)][int(line.year)] = line.normal_t_per_year
        return found

    def normal(self, key: tuple[str, ...]) -> Floats:
        """The reference of a licence of all, t/year by day."""
        row = self.trade.get(key)
        return self._of_year((*key, "")) if row is None else self._moved(row)

    def _of_year(self, key: tuple[str, ...]) -> Floats:
        """What the table of the reference says, by day."""
        rates = self.stated.get(key, {})
        return np.array([rates.get(int(year), 0.0) for year in self.year])

    def _moved(self, row: Any) -> Floats:
        """A row of `trade` moved with the demand of the day over that of the first year, as the case states it."""
        books, to = self.books, row.customer or row.destination
        rows = [
            number
            for number, some in enumerate(books.rows.demand)
            if books.material[some.product].stage == row.group
            and to in (some.site, books.site[some.site].company, books.site[some.site].country)
        ] or list(range(len(books.rows.demand)))
        plain = Days(books.case, None, books.stage_of)
        first = slice(books.first[0], books.first[0] + FIRST)

        def wanted(days: Days) -> Floats:
            return np.asarray((days.figures("demand", "tonnes") * days.holds("demand"))[rows].sum(axis=0))

        before = wanted(plain)[first].mean()
        growth = wanted(books.days) / before if before > 0 else np.ones(books.days.count)
        return np.asarray(row.tonnes * (1.0 if row.share is None else row.share) * growth)

    def room(self, key: tuple[str, ...]) -> Floats:
        """What may be licensed of a reference at an approval of 1, by day."""
        row = self.trade.get(key)
        own = None if row is None else row.headroom
        stated = self.books.daily("controls", "headroom")[self.number[key[0]]]
        return stated if own is None else np.full(len(stated), own)

    def through(self, key: tuple[str, ...], *, declared: bool = False) -> Floats:
        """What passes the control of a licence by day, by the steps of the country that it is to where it has any."""
        number, country = self.number[key[0]], self._country(key)
        if country and self.rules.steps(key[0], "", country):
            return (self.rules.declared_to if declared else self.rules.through_to)(number, country)
        return np.asarray((self.rules.declared if declared else self.rules.through)[number])

    def _country(self, key: tuple[str, ...]) -> str:
        """The country that a licence is to; of a customer that of all of its sites, and none where these lie apart."""
        row = self.trade.get(key)
        if row is None or not row.customer:
            return key[2]
        lands = {some.country for some in self.books.rows.sites if row.customer in (some.site, some.company)}
        return lands.pop() if len(lands) == 1 else ""

    def free(self, key: tuple[str, ...]) -> Floats:
        """1 on the days on which nothing is restricted: out of force, or hypothetical and all approved."""
        number = self.number[key[0]]
        hypothetical = not self.books.rows.controls[number].adopted
        through = self.through(key)
        return np.asarray(~self.rules.in_force[number] | (hypothetical & (through >= 1)), float)

    def of_applicants(self, key: tuple[str, ...], name: str) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Reference of applicants, and the terms of their approvals, by day."""
        who = tuple(self.row[one] for one in name.split("+"))
        if (row := self.trade.get(key)) is not None:
            whole, part = self._of_year((*key, "")), self._of_year((*key, name))
            theirs = self._moved(row) * np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
        else:
            theirs = self._of_year((*key, name))
        return theirs, *self.approvals.terms(who, self.number[key[0]])

    def of_all(self, key: tuple[str, ...]) -> tuple[Floats, Floats]:
        """What may pass on free days, normally or as the base plan has it, and what is licensed to all on others.

        In t/year by day.
        """
        number = self.number[key[0]]
        normal = self.normal(key)
        most = np.where(normal > 0, normal * self.room(key), self.books.daily("controls", "new_business")[number])
        left = most.copy()
        for name in self.parts[key]:
            theirs, covers, *_ = self.of_applicants(key, name)
            left = left - covers * theirs * self.room(key)
        free = self.free(key)
        passes = np.maximum(most, self._planned(key))
        left = np.maximum(0.0, left)
        if self.books.rows.controls[number].waits == "at_exporter":
            return passes * free, self._caught_up(key, left) * (1 - free)
        return passes * free, left * self.through(key) * (1 - free)

    def _caught_up(self, key: tuple[str, ...], left: Floats) -> Floats:
        """What is licensed where goods wait at the exporter, t/year by day, from sums since the control took effect.

        Until a day all is decided that had come by some earlier day, and after that the most of every day.
        """
        books, number = self.books, self.number[key[0]]
        force, start = self.rules.in_force[number], books.first[0]
        share = self.rules.decided_to(number, self._country(key))
        tonnes, done = left * books.weight, np.zeros(len(force))
        most = books.daily("controls", "multiple")[number] * share * tonnes
        since = 0
        for day in range(len(force) + 1):
            if day < len(force) and force[day] and not (day == start and force[:day].all()):
                continue
            if day > since:
                come, could = (np.concatenate([[0.0], np.cumsum(some[since:day])]) for some in (tonnes, most))
                gone = could + np.minimum.accumulate(come - could)
                done[since:day] = np.diff(gone)
            since = day if day < len(force) and force[day] else day + 1
        if force[:start].all():
            done[:start] = np.minimum(most, tonnes)[:start]
        return np.asarray(books.daily("controls", "approval")[number] * done / books.weight)

    def _planned(self, key: tuple[str, ...]) -> Floats:
        """What the base plan ships under a licence by its table, evenly through each period, t/year by day."""
        found = np.zeros(self.books.days.count)
        for line in self.books.lines("licences"):
            if self.key(line) == (*key, ""):
                span = self.books.span(line.period)
                found[span] = line.planned_t / self.books.length[line.period] / self.books.weight[span]
        return found

    def leaves(self, control: Any, line: Any) -> Floats:
        """1 on the days on which something may leave under a licence: free ones, and those on which one is valid.

        Parameters
        ----------
        control, line : Any
            Rows of the controls, and a shipment that it governs.
        """
        books = self.books
        key = control.control, books.country(line.origin), *self._receiver(control, line)
        given = self.of_all(key)[1]
        for name in self.parts[key]:
            theirs, covers, share, *_ = self.of_applicants(key, name)
            given = given + covers * share * theirs * self.room(key)
        found = self.free(key)
        for day in np.flatnonzero(given > 0):
            if day >= books.first[0]:
                found[day : day + control.validity_days + 1] = 1.0
        return found

    def per_period(self, daily: Floats) -> Floats:
        """Tonnes in each period of a rate per year by day."""
        return np.asarray(self.books.summed((daily * self.books.weight)[None])[0])

    def lately(self, key: tuple[str, ...], daily: Floats) -> Floats:
        """Tonnes licensed on the last days of each period for which a licence is valid, none before the horizon."""
        lasts, books = self.books.rows.controls[self.number[key[0]]].validity_days, self.books
        tonnes = daily * books.weight
        return np.array([tonnes[max(books.first[0], end - lasts) : end].sum() for end in books.first[1:]])


def licences(books: Books, rules: Rules) -> Iterator[Fault]:
    """What goes under a licence is within it and what is left of earlier ones, and the tables say so.

    Parameters
    ----------
    books : Books
    rules : Rules
    """
    some = Licences(books, rules)
    yield from equal("reference as its table says, t/year", *_trade(some), relative=RELATIVE)
    said: dict[Any, Any] = {(*some.key(line), line.period): line for line in books.lines("licences")}
    left = {key: line.left_t for key, line in said.items()}
    sums: dict[str, dict[Any, float]] = defaultdict(dict)
    for key in dict.fromkeys([*some.sent, *(key[:5] for key in said), *((*key, "") for key in list(some.parts))]):
        whole, name = key[:4], key[4]
        bounds = _to_some(some, whole, name) if name else _to_all(some, whole)
        for period in books.periods:
            at = (*key, period)
            before = left.get((*key, period - 1), 0.0)
            line = said.get(at)
            sent = float(some.sent[key][period]) if key in some.sent else 0.0
            theirs = sum(
                said[(*whole, one, period)].used_t for one in some.parts[whole] if (*whole, one, period) in said
            )
            used = (line.used_t if line is not None else 0.0) if name else sent - theirs
            if np.isinf(bounds["most"][period]):
                continue
            sums["used"][at], sums["most"][at] = used, before + bounds["most"][period]
            rest = min(bounds["lately"][period], max(0.0, sums["most"][at] - used))
            sums["left"][at], sums["rest of it"][at] = left.get(at, 0.0), rest if line is not None else 0.0
            if name:
                sums["of"][at], sums["sent"][at] = used, sent
                sums["rest"][at], sums["listed"][at] = sent - used, bounds["listed"][period]
            if line is not None:
                sums["stated"][at], sums["found"][at] = line.used_t, used
                sums["licensed"][at], sums["bound"][at] = line.licensed_t, bounds["most"][period]
                sums["carried"][at], sums["kept"][at] = line.carried_t, before
                sums["reference"][at], sums["normal"][at] = line.reference_t, bounds["normal"][period]
                sums["headroom"][at], sums["room"][at] = line.headroom, bounds["room"][period]
    yield from at_most("shipped under a licence, t", sums["used"], sums["most"])
    yield from equal("unused licences that are still valid, t", sums["left"], sums["rest of it"])
    yield from at_most("shipped under an approval, t", sums["of"], sums["sent"])
    yield from at_most("shipped to the listed under the licences of all, t", sums["rest"], sums["listed"])
    yield from equal("used of a licence as its table says, t", sums["stated"], sums["found"])
    yield from equal("licensed as its table says, t", sums["licensed"], sums["bound"], relative=RELATIVE)
    yield from equal("carried of a licence as its table says, t", sums["carried"], sums["kept"])
    yield from equal("reference as its table says, t", sums["reference"], sums["normal"], relative=RELATIVE)
    yield from equal("headroom as its table says", sums["headroom"], sums["room"], RELATIVE)


RELATIVE = 1e-9
"""Part of a figure by which it may be rounded otherwise."""


def _trade(some: Licences) -> tuple[dict[Any, float], dict[Any, float]]:
    """What the table of the reference says of rows of `trade`, and what they come to, by licence and year."""
    said, found = {}, {}
    inside = np.arange(len(some.year)) >= some.books.first[0]
    for key, rates in some.stated.items():
        if key[:4] in some.trade and not key[4]:
            daily = some.normal(key[:4])
            for year, rate in rates.items():
                days = inside & (some.year == year)
                said[(*key, year)] = rate
                found[(*key, year)] = float((daily * some.books.weight)[days].sum() / some.books.weight[days].sum())
    return said, found


def _to_all(some: Licences, key: tuple[str, ...]) -> dict[str, Floats]:
    """Bounds of what is licensed to all, by period; infinite where nothing is restricted on any day."""
    passes, licensed = some.of_all(key)
    wholly = some.books.summed(some.free(key)[None])[0] >= np.array(some.books.length) - 0.5
    return {
        **_said(some, key, some.normal(key)),
        "most": np.where(wholly, INFINITE, some.per_period(passes + licensed)),
        "lately": np.where(wholly, 0.0, some.lately(key, licensed)),
    }


def _said(some: Licences, key: tuple[str, ...], normal: Floats) -> dict[str, Floats]:
    """A reference and its headroom by period, as the table of licences says them."""
    room = some.books.summed(some.room(key)[None])[0] / np.array(some.books.length)
    return {"normal": some.per_period(normal), "room": np.asarray(room)}


def _to_some(some: Licences, key: tuple[str, ...], name: str) -> dict[str, Floats]:
    """Bounds of what approvals license, and of what those who are licensed less than all may take of the rest."""
    theirs, covers, share, held, _ = some.of_applicants(key, name)
    through, room = some.through(key, declared=True), some.room(key)
    rest = np.where(held > 0, (1 - covers) * through * theirs * room, sum(some.of_all(key)))
    own = covers * share * theirs * room
    holds = some.books.summed(held[None])[0] > 0
    return {
        **_said(some, key, theirs),
        "most": some.per_period(own),
        "lately": some.lately(key, own),
        "listed": np.where(holds, some.per_period(rest), INFINITE),
    }


def quantities(books: Books, rules: Rules) -> Iterator[Fault]:
    """No more goes under an approval than its quantity, beside what others license to whom it reaches.

    Parameters
    ----------
    books : Books
    rules : Rules
    """
    some = Licences(books, rules)
    for number, row in enumerate(books.rows.approvals):
        lines = [line for line in books.lines("licences") if row.approval in line.applicants.split("+")]
        if row.quantity is None or not lines:
            continue
        held = rules.in_force[some.number[row.control]] * books.active("approvals")[number]
        most, used = some.per_period(held * row.quantity), np.zeros(len(books.periods))
        for key in {some.key(line) for line in lines}:
            theirs, covers, share, _, chosen = some.of_applicants(key[:4], key[4])
            most += some.per_period(np.where(chosen != number, covers * share * theirs * some.room(key[:4]), 0.0))
        for line in lines:
            used[line.period] += line.used_t
        found = {(row.approval, period): float(used[period]) for period in books.periods}
        bounds = {(row.approval, period): float(most[period]) for period in books.periods}
        yield from at_most("shipped under the quantity of an approval, t", found, bounds)


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


CHECKS = (licences, quantities, *QUOTAS, end_uses)
"""Audits of licences."""
