"""Audit of orders: what today's plan has ordered before a day leaves, or is missed at its price, and nothing else."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from optimizer.audit.books import Books, at_least, at_most
from optimizer.audit.rules import Rules
from optimizer.faults import Fault


def order_fees(books: Books) -> dict[Any, float]:
    """What a tonne costs that is ordered and does not leave, USD/t, by supplier, place and grade.

    Parameters
    ----------
    books : Books
    """
    return {_way(books, row): row.penalty or 0.0 for row in books.rows.today}


def closed(books: Books) -> set[tuple[str, str, int]]:
    """Place, grade and period of which today's plan speaks, all days before that until which it is kept.

    Parameters
    ----------
    books : Books
    """
    ends = _ends(books).items()
    return {(*spot, period) for spot, end in ends for period in books.periods if books.bounds[period + 1] <= end}


def orders(books: Books, rules: Rules) -> Iterator[Fault]:
    """Orders against the shipments.

    Parameters
    ----------
    books : Books
    rules : Rules
        Not read; all checks are called alike.
    """
    until = books.case.file.frozen_until
    if until is None:
        return
    before = books.days.between(None, until)
    placed = books.summed(books.daily("today", "tonnes") * books.active("today") * books.weight * before)
    ordered: dict[Any, float] = defaultdict(float)
    must: dict[Any, float] = {}
    for row, tonnes in zip(books.rows.today, placed, strict=True):
        for period in books.periods:
            key = *_way(books, row), period
            ordered[key] += tonnes[period]
            if row.penalty is None:
                must[key] = ordered[key]
    left: dict[Any, float] = defaultdict(float)
    for line in books.lines("shipments"):
        left[line.origin, line.destination, line.material, line.period] += line.tonnes
    shut = closed(books)
    alone = {key: tonnes for key, tonnes in left.items() if key[1:] in shut}
    missed: dict[Any, float] = defaultdict(float)
    for line in books.lines("missed_orders"):
        missed[line.supplier, line.destination, line.material, line.period] += line.tonnes
    kept = {key: left.get(key, 0.0) + missed.get(key, 0.0) for key in ordered}
    yield from at_least("ordered and leaving or missed, t", kept, ordered)
    yield from at_least("ordered and leaving, t", left, must)
    yield from at_most("leaving where all is ordered, t", alone, ordered)
    yield from at_most("ordered and missed, t", missed, ordered)


def _way(books: Books, row: Any) -> tuple[str, str, str]:
    """Supplier, place and grade of a row of today's plan."""
    places = (site if site not in books.site else books.place(site, row.material) for site in (row.supplier, row.site))
    supplier, site = places
    return supplier, site, row.material


def _ends(books: Books) -> dict[tuple[str, str], dt.date]:
    """Day from which on all is free, by place and grade of which today's plan speaks."""
    until, found = books.case.file.frozen_until, dict[tuple[str, str], dt.date]()
    for row in books.rows.today if until is not None else ():
        spot = _way(books, row)[1:]
        found[spot] = max(found.get(spot, dt.date.min), row.until or dt.date.max)
    return {spot: min(end, until or end) for spot, end in found.items()}


CHECKS = (orders,)
"""Every audit of orders."""
