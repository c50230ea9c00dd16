"""Audit of what is read off the flows: shares at every stage, their concentration, and days of stock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from optimizer.audit.ahead import Ahead
from optimizer.audit.books import Books, equal
from optimizer.audit.limits import passing, windows
from optimizer.audit.rules import Rules
from optimizer.case.stages import MEASURED
from optimizer.case.topics.limits import Scope
from optimizer.faults import Fault

SHARE = 1e-6
"""Share by which a share may differ: the tables leave out rows below a millionth of a tonne."""


def shares(books: Books, rules: Rules) -> Iterator[Fault]:
    """The tables of shares and of their squares are what passes each stage.

    Parameters
    ----------
    books : Books
    rules : Rules
        Not read; all checks are called alike.
    """
    found: dict[Any, float] = {}
    said: dict[Any, float] = {}
    squares: dict[Any, float] = defaultdict(float)
    for stage in MEASURED:
        for by in ("supplier", "country", "owner"):
            for year, periods in {**windows(books, "year"), "all": tuple(books.periods)}.items():
                flows = passing(books, Scope(stage), by, periods)
                total = sum(flows.values())
                parts = {name: tonnes / total for name, tonnes in flows.items() if name and tonnes > 0 and total > 0}
                found |= {(stage, by, year, name): share for name, share in parts.items()}
                squares[stage, by, year] = sum(share**2 for share in parts.values())
    for line in books.lines("shares"):
        said[line.stage, line.by, str(line.year), line.member] = line.share
    yield from equal("share", said, found, SHARE)
    hhi = {(line.stage, line.by, str(line.year)): line.hhi for line in books.lines("concentration")}
    yield from equal("sum of squared shares", hhi, squares, SHARE)


def cover(books: Books, rules: Rules) -> Iterator[Fault]:
    """Days of stock are those in which as much is wanted as is in stock, a substitute serving no more than its share.

    Parameters
    ----------
    books : Books
    rules : Rules
        Not read; all checks are called alike.
    """
    held: dict[Any, float] = defaultdict(float)
    for line in books.lines("stock"):
        held[line.site, line.material, line.period] += line.tonnes
    ahead = Ahead(books)
    found: dict[Any, float] = {}
    said: dict[Any, float] = {}
    for line in books.lines("cover"):
        key, at = (line.site, line.product), (line.period, line.days)
        there = {
            material: ratio * held[line.site, material, line.period]
            for (product, material), ratio in books.ratio.items()
            if product == line.product
        }
        found["stock, t", *key, line.period], said["stock, t", *key, line.period] = sum(there.values()), line.tonnes
        served = there.pop(line.product, 0.0)
        served += sum(min(t, ahead.within(ahead.replaced[*key, name], *at)) for name, t in there.items())
        found["served, t", *key, line.period] = served
        said["served, t", *key, line.period] = ahead.within(ahead.wanted[key], *at)
    yield from equal("stock in days of use", said, found, 1e-4, 1e-4)


CHECKS = (shares, cover)
"""Every audit of what is read off the flows."""
