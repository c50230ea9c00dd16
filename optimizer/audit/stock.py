"""Audit of stock: what fits, what should be there, and the gap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from optimizer.audit.ahead import Ahead
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
    target, most = covers(books)
    reserve = books.average("stocks", "reserve")
    for number, row in enumerate(books.rows.stocks):
        for period in books.periods if row.reserve > 0 else ():
            there["reserve", row.site, row.material, period] = held[row.site, row.material, period]
            target["reserve", row.site, row.material, period] = reserve[number, period]
    counted: dict[Any, float] = defaultdict(float)
    stood_in: dict[Any, float] = defaultdict(float)
    for line in books.lines("allocated"):
        worth = books.ratio.get((line.product, line.material), 0.0) * line.tonnes
        there["cover", line.site, line.product, line.period] += worth
        counted[line.site, line.material, line.period] += line.tonnes
        if line.material != line.product:
            stood_in[line.site, line.product, line.material, line.period] += worth
    yield from at_most("stock counted in covers, t", counted, held)
    yield from at_most("counted in a cover of a substitute, t", stood_in, most)
    for line in books.lines("stock_gaps"):
        there[line.kind, line.site, line.material, line.period] += line.tonnes
    yield from at_least("stock and the gap in it, t", there, target)
    yield from under_way(books)


def covers(books: Books) -> tuple[dict[Any, float], dict[Any, float]]:
    """What covers ask for: what is wanted in their days after a period, as it is known when the period ends.

    Until the news of a scenario has come, a reaction knows nothing of it; foresight knows all from the start.

    Parameters
    ----------
    books : Books

    Returns
    -------
    tuple of dict
        Tonnes, by `cover`, site, product and period; and those of them that a substitute may serve, by site, product,
        material and period.
    """
    came, known, news = Ahead(books), Ahead(books, as_known=True), books.days.news
    days = books.average("stocks", "cover")
    target, most = {}, {}
    for number, row in enumerate(books.rows.stocks):
        for period in books.periods if row.cover > 0 else ():
            over = news is not None and books.bounds[period + 1] <= news
            views = {"react": [known], "": [known, came]}.get(books.answer, [came]) if over else [came]
            at = period, float(days[number, period])
            key = row.site, row.material
            target["cover", *key, period] = min(view.within(view.wanted[key], *at) for view in views)
            for product, material in books.ratio:
                if product == row.material != material:
                    served = [view.within(view.replaced[*key, material], *at) for view in views]
                    most[*key, material, period] = max(served)
    return target, most


CHECKS = (stock,)
"""Every audit of the topic."""
