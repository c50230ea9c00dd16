"""Audit of supply: nothing runs or is bought beyond what there is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np

from optimizer.audit.books import Books, Floats, at_most
from optimizer.audit.projects import opened
from optimizer.audit.rules import Rules
from optimizer.faults import Fault


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


CHECKS = (capacity,)
"""Every audit of the topic."""
