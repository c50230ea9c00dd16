"""Audit of supply: nothing runs or is bought beyond what there is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np

from optimizer.audit.books import Books, Floats, at_least, at_most, equal
from optimizer.audit.cells import text_of
from optimizer.audit.goods import route_of
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
    return np.asarray(there * np.array(left).reshape(there.shape))


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
    return np.asarray(there * np.array(left).reshape(there.shape))


def offered(books: Books) -> dict[Any, float]:
    """The same summed by offer and period."""
    return books.keyed("offers", books.summed(on_offer(books) * books.weight), "offer")


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
    bought: dict[Any, float] = defaultdict(float)
    for line in books.lines("purchases"):
        if line.contract == "":
            bought[line.offer, line.period] += line.tonnes
    yield from at_most("bought on the spot, t", bought, offered(books))


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
        if (number := route_of(books, line)) is not None:
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
