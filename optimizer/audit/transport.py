"""Audit of transport: what is sold for use at home stays there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from optimizer.audit.books import Books, at_most
from optimizer.audit.rules import Rules
from optimizer.faults import Fault


def home(books: Books, rules: Rules) -> Iterator[Fault]:
    """What is sold for use at the seller's is used in that country, in the period in which it is bought.

    Parameters
    ----------
    books : Books
    rules : Rules
        Not read; all checks are called alike.
    """
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


CHECKS = (home,)
"""Every audit of the topic."""
