"""Audit of supply: nothing runs or is bought beyond what there is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from optimizer.audit.books import Books, Floats, at_least, at_most, equal
from optimizer.audit.cells import text_of
from optimizer.audit.goods import by_seller, route_of
from optimizer.audit.projects import opened
from optimizer.audit.rules import Rules
from optimizer.faults import Fault

CENT = 0.01
EXACT = 1e-9
"""Relative error of a sum of millions of USD."""


def for_sale(books: Books, rules: Rules) -> Floats:
    """Tonnes of activity a year that every row of plants can give this buyer, by row and day, projects left out.

    Parameters
    ----------
    books : Books
    rules : Rules
    """
    there = rules.capacity_there()
    left = [
        row.open * books.left(books.product[row.process], books.site[row.site].country) for row in books.rows.plants
    ]
    found = np.asarray(there * np.array(left).reshape(there.shape))
    for number, row in enumerate(books.rows.plants):
        for day, most in _ordered(books, "plants", number, row):
            found[number, day] = min(found[number, day], most)
    return found


def ordered_before(books: Books) -> dict[Any, float]:
    """Tonnes that were ordered before the first day, by offer of which anything is bought and period.

    Parameters
    ----------
    books : Books
    """
    before: dict[Any, float] = defaultdict(float)
    reached = {line.offer for line in books.lines("purchases")}
    for number, offer in enumerate(books.rows.offers):
        for day, tonnes in _ordered(books, "offers", number, offer) if offer.offer in reached else ():
            for period in books.periods:
                if books.first[period] <= day < books.first[period + 1]:
                    before[offer.offer, period] += tonnes * books.weight[day]
    return before


def _ordered(books: Books, table: str, number: int, row: Any) -> Iterator[tuple[int, float]]:
    """Days of the lead of a row, and the tonnes a year that were ordered before for each of them."""
    capacity, holds = books.daily(table, "capacity")[number], books.active(table)[number]
    for day in range(books.first[0], min(books.first[0] + row.lead, books.days.count)):
        left = min(1.0, capacity[day] / row.capacity) if row.capacity > 0 else 1.0
        yield day, row.ordered / row.lead / books.weight[day] * left * holds[day]


def plant_capacity(books: Books, rules: Rules) -> dict[Any, float]:
    """The same summed by site, process and period.

    Parameters
    ----------
    books : Books
    rules : Rules

    Returns
    -------
    dict of (site, process, period) to float
        Tonnes of activity.
    """
    return books.keyed("plants", books.summed(for_sale(books, rules) * books.weight), "site", "process")


def on_offer(books: Books) -> Floats:
    """Tonnes a year of every offer that there are for this buyer, by row and day."""
    there = books.daily("offers", "capacity") * books.active("offers")
    left = [books.left(row.material, books.site[row.site].country) for row in books.rows.offers]
    found = np.asarray(there * np.array(left).reshape(there.shape))
    for number, row in enumerate(books.rows.offers):
        for day, tonnes in _ordered(books, "offers", number, row):
            found[number, day] = tonnes
    return found


def offered(books: Books) -> dict[Any, float]:
    """The same summed by offer and period."""
    return books.keyed("offers", books.summed(on_offer(books) * books.weight), "offer")


def _rising(books: Books, used: dict[Any, float], able: dict[Any, float]) -> tuple[dict[Any, float], dict[Any, float]]:
    """Activity of plants that rise little by little, and the most that it may be after the period before."""
    found: dict[Any, float] = {}
    most: dict[Any, float] = {}
    for row in books.rows.plants:
        if row.ramp is None:
            continue
        rate = row.running
        for period in books.periods:
            key = row.site, row.process, period
            first, last = books.bounds[period], books.bounds[period + 1]
            middle = first + (last - first) / 2
            whole = next((b - a).days for a, b in pairwise(books.days.uncut) if a <= middle < b)
            if rate is not None:
                found[key] = used[key]
                most[key] = rate * books.years[period] + row.ramp * min(1.0, (last - first).days / whole) * able[key]
            rate = used[key] / books.years[period]
    return found, most


def capacity(books: Books, rules: Rules) -> Iterator[Fault]:
    """Plants run within their capacity and what projects add; no more is bought than is offered.

    Parameters
    ----------
    books : Books
    rules : Rules
    """
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
    yield from at_most("activity of a plant as it rises, t", *_rising(books, used, able))
    bought: dict[Any, float] = defaultdict(float)
    for line in books.lines("purchases"):
        if line.contract == "":
            bought[line.offer, line.period] += line.tonnes
    yield from at_most("bought on the spot, t", bought, offered(books))
    yield from at_least("bought of what was ordered before, t", bought, ordered_before(books))


PARTS = ("goods", "conversion", "freight", "duty", "export_charge", "licences")
"""What a landed price is made of."""


def awards(books: Books, rules: Rules) -> Iterator[Fault]:
    """Awards are what is shipped to the buyer, at prices that are the sum of their parts and pay for the last way.

    Parameters
    ----------
    books : Books
    rules : Rules
        Not read; all checks are called alike.
    """
    should: dict[Any, float] = defaultdict(float)
    way: dict[Any, float] = defaultdict(float)
    rate = books.average("routes", "freight")
    for line in to_the_buyer(books):
        key = line.destination, line.material, line.period, text_of(line.mode)
        should[key] += line.tonnes
        if (number := route_of(books, line)) is not None and not by_seller(books, line, "CD"):
            way[key] += rate[number, line.period] * line.tonnes
    tonnes, freight, worth = (defaultdict[Any, float](float) for _ in range(3))
    landed, parts, most = (dict[Any, float]() for _ in range(3))
    for number, line in enumerate(books.lines("awards")):
        key = line.site, line.material, line.period, text_of(line.mode)
        tonnes[key] += line.tonnes
        freight[key] += line.freight_usd_per_t * line.tonnes
        landed[key, number] = line.landed_usd_per_t
        parts[key, number] = sum(getattr(line, f"{part}_usd_per_t") for part in PARTS)
        worth[key, number] = line.cost_usd
        most[key, number] = line.landed_usd_per_t * line.tonnes
    yield from equal("awards, t", tonnes, should)
    yield from equal("landed price of an award, USD/t", landed, parts, CENT, EXACT)
    slack = CENT + EXACT * sum(way.values())
    yield from at_least("freight of awards, USD", freight, way, slack)
    # What was paid before the shipment is worth more than it would be then, and none is worth more than it is paid.
    yield from at_most("cost of an award, USD", worth, most, CENT + EXACT * sum(most.values()))
    least = {key: float(books.discount[key[0][2]]) * usd for key, usd in most.items()}
    yield from at_least("cost of an award, USD", worth, least, CENT + EXACT * sum(most.values()))


def to_the_buyer(books: Books) -> Iterator[Any]:
    """Shipments to sites that want something, or to where what they want meets.

    Parameters
    ----------
    books : Books
    """
    buyers = {row.site for row in books.rows.demand}
    pools = {(books.place(site, material), material) for site, _, material in _serving(books)}
    for line in books.lines("shipments"):
        if line.destination in buyers or (line.destination, line.material) in pools:
            yield line


def _serving(books: Books) -> Iterator[tuple[str, str, str]]:
    """Sites, what they want, and each material that can serve it."""
    for row in books.rows.demand:
        for product, material in books.ratio:
            if product == row.product:
                yield row.site, product, material


CHECKS = (capacity, awards)
"""Every audit of the topic."""
