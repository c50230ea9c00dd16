"""Audit of matter: nothing is made of nothing, nothing runs or is bought beyond what there is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np

from optimizer.audit.books import DAYS_PER_MONTH, INFINITE, SLACK, Books, Floats, at_least, at_most, equal
from optimizer.audit.rules import Rules
from optimizer.faults import Fault


def arrivals(books: Books, origin: str, destination: str, leaves: int, transit: Floats) -> dict[int, float]:
    """Share of what leaves evenly over a period that arrives in each later one; the last takes the rest."""
    pairs = [(row.from_country, row.to_country) for row in books.rows.routes]
    if (origin, destination) not in pairs or leaves < 0:
        return {}
    days = transit[pairs.index((origin, destination)), leaves]
    first, last = books.first[leaves] + days, books.first[leaves + 1] + days
    shares = {}
    for arrives in books.periods[leaves:]:
        ends = books.first[arrives + 1] if arrives < books.periods[-1] else INFINITE
        overlap = min(last, ends) - max(first, books.first[arrives])
        if overlap > 0:
            shares[arrives] = overlap / (last - first)
    return shares


def mass(books: Books, rules: Rules) -> Iterator[Fault]:
    """What comes in is what goes out and what is thrown away, of every material and exposure, place and period."""
    net: dict[Any, float] = defaultdict(float)
    for row in books.rows.stocks:
        origin = row.origin or books.site[row.site].country
        net[books.place(row.site, row.material), row.material, rules.made_in(origin, row.material), 0] += row.opening
    for goods in books.rows.arrivals:
        period = max(n for n in books.periods if books.bounds[n] <= goods.on)
        made = rules.made_in(goods.origin, goods.material)
        net[books.place(goods.site, goods.material), goods.material, made, period] += goods.tonnes
    for line in books.lines("purchases"):
        offer = books.offer[line.offer]
        exposure = rules.bought(offer)
        net[books.place(offer.site, offer.material), offer.material, exposure, line.period] += line.tonnes
    for line in books.lines("production"):
        for material, tonnes in books.need[line.recipe].items():
            if tonnes > 0:
                made = rules.made_at(line.site, material, line.exposure)
                net[books.place(line.site, material), material, made, line.period] += tonnes * line.activity_t
    for line in books.lines("consumption"):
        net[books.place(line.site, line.material), line.material, line.exposure, line.period] -= line.tonnes
    for line in books.lines("deliveries"):
        net[books.place(line.site, line.material), line.material, line.exposure, line.period] -= line.tonnes
    for line in books.lines("discarded"):
        net[line.place, line.material, line.exposure, line.period] -= line.tonnes
    _moved(books, rules, net)
    yield from equal("mass that does not close", net, {})


def _moved(books: Books, rules: Rules, net: dict[Any, float]) -> None:
    """What is shipped, used as more exposed, or kept to the next period."""
    transit = books.average("routes", "transit")
    for line in books.lines("shipments"):
        net[line.origin, line.material, line.exposure, line.period] -= line.tonnes
        ways = arrivals(books, books.country(line.origin), books.country(line.destination), line.period, transit)
        for arrives, share in ways.items():
            net[line.destination, line.material, line.exposure, arrives] += share * line.tonnes
    for line in books.lines("reclassified"):
        cleaner, exposed = rules.names(line.exposure), rules.names(line.used_as)
        net[line.place, line.material, line.exposure, line.period] -= line.tonnes
        if cleaner < exposed:
            net[line.place, line.material, line.used_as, line.period] += line.tonnes
    for line in books.lines("stock"):
        place = books.place(line.site, line.material)
        net[place, line.material, line.exposure, line.period] -= line.tonnes
        if line.period + 1 < len(books.periods):
            net[place, line.material, line.exposure, line.period + 1] += line.tonnes


def recipes(books: Books, rules: Rules) -> Iterator[Fault]:
    """Every lot consumes what its recipe needs."""
    should: dict[Any, float] = defaultdict(float)
    found: dict[Any, float] = defaultdict(float)
    for line in books.lines("production"):
        for material, tonnes in books.need[line.recipe].items():
            if tonnes < 0:
                should[line.site, line.recipe, line.exposure, material, line.period] -= tonnes * line.activity_t
    for line in books.lines("consumption"):
        found[line.site, line.recipe, line.lot, line.material, line.period] += line.tonnes
    yield from equal("recipe that is not kept", found, should)


def content(books: Books, rules: Rules) -> Iterator[Fault]:
    """A lot clean of a rule holds exposed inputs worth less than the rule's threshold of its main output."""
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


def plant_capacity(books: Books, rules: Rules) -> dict[Any, float]:
    """Tonnes of activity that every plant can give this buyer, by site, process and period, projects left out."""
    there = rules.capacity_there()
    left = [
        row.open * books.left(books.product[row.process], books.site[row.site].country) for row in books.rows.plants
    ]
    daily = there * np.array(left).reshape(there.shape) * books.weight
    return books.keyed("plants", books.summed(daily), "site", "process")


def offered(books: Books) -> dict[Any, float]:
    """Tonnes of every offer that there are for this buyer, by offer and period."""
    there = books.daily("offers", "capacity") * books.active("offers")
    left = [books.left(row.material, books.site[row.site].country) for row in books.rows.offers]
    return books.keyed("offers", books.summed(there * np.array(left).reshape(there.shape) * books.weight), "offer")


def opened(books: Books, rules: Rules) -> dict[Any, float]:
    """Tonnes that projects open, by project and period."""
    lead = books.average("projects", "lead")
    number = {row.project: n for n, row in enumerate(books.rows.projects)}
    opens: dict[Any, float] = defaultdict(float)

    def add(row: Any, day: float, share: float, since: int) -> None:
        for period in books.periods[since:]:
            part = min(1.0, max(0.0, (books.first[period + 1] - day) / books.length[period]))
            opens[row.project, period] += share * row.capacity * books.years[period] * part

    for row in books.rows.projects:
        if row.done_from is not None:
            add(row, books.days.place(row.done_from), 1.0, 0)
    for line in books.lines("projects"):
        row = books.rows.projects[number[line.project]]
        begins = max(books.first[line.period], books.days.place(row.from_))
        day, part = rules.opening(row, begins + lead[number[line.project], line.period] * DAYS_PER_MONTH)
        add(row, day, part * line.share, line.period)
    return opens


def capacity(books: Books, rules: Rules) -> Iterator[Fault]:
    """Plants run within their capacity and what projects add; no more is bought than is offered."""
    used: dict[Any, float] = defaultdict(float)
    for line in books.lines("production"):
        used[line.site, books.process[line.recipe], line.period] += line.activity_t
    able = plant_capacity(books, rules)
    opens = opened(books, rules)
    for row in books.rows.projects:
        if row.kind == "expand":
            for period in books.periods:
                able[row.site, row.process, period] += opens[row.project, period]
    yield from at_most("activity of a plant, t", used, able)
    bought: dict[Any, float] = defaultdict(float)
    for line in books.lines("purchases"):
        if line.contract == "":
            bought[line.offer, line.period] += line.tonnes
    yield from at_most("bought on the spot, t", bought, offered(books))


def home(books: Books, rules: Rules) -> Iterator[Fault]:
    """What is sold for use at the seller's is used in that country, in the period in which it is bought."""
    bought: dict[Any, float] = defaultdict(float)
    used: dict[Any, float] = defaultdict(float)
    for line in books.lines("purchases"):
        offer = books.offer[line.offer]
        if offer.home:
            bought[books.site[offer.site].country, offer.material, line.period] += line.tonnes
    for table in ("consumption", "deliveries"):
        for line in books.lines(table):
            used[books.site[line.site].country, line.material, line.period] += line.tonnes
    yield from at_most("bought for use at home, t", bought, used)


def projects(books: Books, rules: Rules) -> Iterator[Fault]:
    """A project starts once, and not too early; a supplier ships what it is qualified for."""
    started: dict[Any, float] = defaultdict(float)
    early: dict[Any, float] = defaultdict(float)
    rows = {row.project: row for row in books.rows.projects}
    for line in books.lines("projects"):
        row = rows[line.project]
        started[line.project] += line.share
        if row.done_from is not None or books.days.place(row.from_) >= books.first[line.period + 1]:
            early[line.project, line.period] += line.share
    yield from at_most("project started", started, dict.fromkeys(started, 1.0), 1e-6)
    yield from at_most("project started before it may", early, {}, 1e-6)
    plants = {row.site for row in books.rows.demand}
    supplier = {row.site: row.project for row in books.rows.projects if row.kind == "qualify"}
    shipped: dict[Any, float] = defaultdict(float)
    for line in books.lines("shipments"):
        if line.origin in supplier and line.destination in plants:
            shipped[supplier[line.origin], line.period] += line.tonnes
    yield from at_most("shipped by a supplier beyond its qualification, t", shipped, opened(books, rules))


def contracts(books: Books, rules: Rules) -> Iterator[Fault]:
    """What is reserved can be; what is taken was reserved; what is not taken is paid for."""
    reserved: dict[Any, float] = defaultdict(float)
    for line in books.lines("contracts"):
        reserved[line.contract] += line.reserved_t_per_year
    running = books.summed(books.active("contracts") * books.weight)
    taken: dict[Any, float] = defaultdict(float)
    paid: dict[Any, float] = defaultdict(float)
    for line in books.lines("purchases"):
        if line.contract != "":
            if books.contract[line.contract].offer != line.offer:
                yield Fault(
                    f"contract {line.contract}",
                    f"expected goods of its own offer, found {line.offer}",
                    code="disagrees",
                )
            taken[line.contract, line.period] += line.tonnes
            paid[line.contract, line.period] += line.tonnes
    for line in books.lines("not_taken"):
        paid[line.contract, line.period] += line.tonnes
    most: dict[Any, float] = {}
    due: dict[Any, float] = {}
    for number, row in enumerate(books.rows.contracts):
        for period in books.periods:
            most[row.contract, period] = running[number, period] * reserved[row.contract]
            due[row.contract, period] = row.take_or_pay * most[row.contract, period]
    limits = {row.contract: row.max_volume for row in books.rows.contracts}
    yield from at_most("reserved, t a year", reserved, limits)
    yield from at_most("taken under contract, t", taken, most)
    yield from at_least("taken or paid for under contract, t", paid, due)


def amounts(books: Books, rules: Rules) -> Iterator[Fault]:
    """No amount is below zero."""
    columns = (
        "tonnes",
        "activity_t",
        "share",
        "reserved_t_per_year",
        "taken_t",
        "paid_not_taken_t",
        "breach",
        "used_t",
    )
    for name, table in books.tables.items():
        for column in (some for some in columns if some in table.columns):
            found = {(name, f"row {row + 2}"): amount for row, amount in enumerate(table[column])}
            yield from at_least(column, found, dict.fromkeys(found, 0.0), 1e-6)


CHECKS = (amounts, mass, recipes, content, capacity, home, projects, contracts)
"""Every audit of matter."""
