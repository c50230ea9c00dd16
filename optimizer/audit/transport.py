"""Audit of transport: what is sold for use at home stays there, and no more goes over a route than may."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from optimizer.audit.books import Books, at_most
from optimizer.audit.goods import route_of
from optimizer.audit.rules import Rules
from optimizer.audit.supply import ordered_before
from optimizer.faults import Fault


def home(books: Books, rules: Rules) -> Iterator[Fault]:
    """What is sold for use at the seller's is used there when it is bought, but for what was ordered before.

    Parameters
    ----------
    books : Books
    rules : Rules
        Not read; all checks are called alike.
    """
    bought: dict[Any, float] = defaultdict(float)
    before = ordered_before(books)
    used: dict[Any, float] = defaultdict(float)
    for line in books.lines("purchases"):
        offer = books.offer[line.offer]
        if offer.home:
            bought[books.site[offer.site].country, offer.material, line.period] += line.tonnes
    for (name, period), tonnes in before.items():
        offer = books.offer[name]
        if offer.home:
            bought[books.site[offer.site].country, offer.material, period] -= tonnes
    for table in ("consumption", "deliveries"):
        for line in books.lines(table):
            used[books.site[line.site].country, line.material, line.period] += line.tonnes
    yield from at_most("bought for use at home, t", bought, used)


def routes(books: Books, rules: Rules) -> Iterator[Fault]:
    """No more leaves over a route in a period than its capacity on the days of it, all goods together.

    Parameters
    ----------
    books : Books
    rules : Rules
        Not read; all checks are called alike.
    """
    gone: dict[Any, float] = defaultdict(float)
    room: dict[Any, float] = {}
    daily = books.daily("routes", "capacity")
    for line in books.lines("shipments"):
        number = route_of(books, line)
        if number is None:
            ends = f"from {books.country(line.origin)} to {books.country(line.destination)}"
            yield from at_most(f"shipped {ends} where no route leads, t", {line.material: line.tonnes}, {})
            continue
        row = books.rows.routes[number]
        key = row.from_country, row.to_country, row.mode, "; ".join(row.stage), line.period
        gone[key] += line.tonnes
        room[key] = sum(
            float(some * part)
            for some, part in zip(
                daily[number, books.span(line.period)], books.weight[books.span(line.period)], strict=True
            )
        )
    yield from at_most("shipped over a route, t", gone, room)


CHECKS = (home, routes)
"""Every audit of the topic."""
