"""Audit of stock: what fits, what should be there, and the gap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from optimizer.audit.books import Books, at_least, at_most
from optimizer.audit.closing import under_way
from optimizer.audit.rules import Rules
from optimizer.faults import Fault


def stock(books: Books, rules: Rules) -> Iterator[Fault]:
    """Stock fits, and lasts its cover, its reserve and its terminal stock, or the gap is in the table of gaps.

    Parameters
    ----------
    books : Books
    rules : Rules
        Not read; all checks are called alike.
    """
    held: dict[Any, float] = defaultdict(float)
    for line in books.lines("stock"):
        held[line.site, line.material, line.period] += line.tonnes
    room = books.keyed("stocks", books.average("stocks", "capacity"), "site", "material")
    yield from at_most("in stock, t", held, room)
    there: dict[Any, float] = defaultdict(float)
    target: dict[Any, float] = {}
    cover, reserve = (books.average("stocks", column) for column in ("cover", "reserve"))
    for number, row in enumerate(books.rows.stocks):
        for period in books.periods:
            own = held[row.site, row.material, period]
            there["reserve", row.site, row.material, period] = own
            target["reserve", row.site, row.material, period] = reserve[number, period] if row.reserve > 0 else 0.0
            use = sum(t for (s, p, _, n), t in books.wanted.items() if (s, p, n) == (row.site, row.material, period))
            days = cover[number, period] if row.cover > 0 else 0.0
            target["cover", row.site, row.material, period] = days * use / books.length[period]
            there["cover", row.site, row.material, period] = sum(
                ratio * held[row.site, material, period]
                for (product, material), ratio in books.ratio.items()
                if product == row.material
            )
    for line in books.lines("stock_gaps"):
        there[line.kind, line.site, line.material, line.period] += line.tonnes
    yield from at_least("stock and the gap in it, t", there, target)
    yield from under_way(books)


CHECKS = (stock,)
"""Every audit of the topic."""
