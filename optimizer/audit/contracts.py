"""Audit of contracts: reserved, taken, and paid for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np

from optimizer.audit.books import Books, Floats, at_least, at_most
from optimizer.audit.rules import Rules
from optimizer.faults import Fault


def running(books: Books) -> Floats:
    """Years of each period in which each contract runs, days on which events leave a part of its volume as that part.

    Parameters
    ----------
    books : Books

    Returns
    -------
    array, shape (contracts, T)
    """
    most = np.array([row.max_volume for row in books.rows.contracts]).reshape(-1, 1)
    left = books.daily("contracts", "max_volume") / np.where(most > 0, most, 1.0) + (most == 0)
    offer = {row.offer: number for number, row in enumerate(books.rows.offers)}
    selling = books.days.selling()[[offer[row.offer] for row in books.rows.contracts]]
    return books.summed(books.active("contracts") * books.weight * left * selling)


def contracts(books: Books, rules: Rules) -> Iterator[Fault]:
    """What is reserved can be; what is taken was reserved; what is not taken is paid for.

    Parameters
    ----------
    books : Books
    rules : Rules
        Not read; all checks are called alike.
    """
    reserved: dict[Any, float] = defaultdict(float)
    for line in books.lines("contracts"):
        reserved[line.contract] += line.reserved_t_per_year
    years = running(books)
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
            most[row.contract, period] = years[number, period] * reserved[row.contract]
            due[row.contract, period] = row.take_or_pay * most[row.contract, period]
    limits = {row.contract: row.max_volume for row in books.rows.contracts}
    yield from at_most("reserved, t a year", reserved, limits)
    yield from at_most("taken under contract, t", taken, most)
    yield from at_least("taken or paid for under contract, t", paid, due)


CHECKS = (contracts,)
"""Every audit of the topic."""
