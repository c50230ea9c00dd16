"""Audit of the decision list: it says what the other tables say that has to be done, all of it and nothing else."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from optimizer.audit.books import Books, at_most, equal
from optimizer.audit.cells import text_of
from optimizer.audit.orders import closed
from optimizer.audit.rules import Rules
from optimizer.faults import Fault

CENT, EXACT = 0.01, 1e-9
"""By how much money may be off, in USD and as a part of it."""
FIRST = 2
"""Periods whose orders and licences are listed."""


def decisions(books: Books, rules: Rules) -> Iterator[Fault]:
    """What is listed is what the plan has, and no day lies behind the one on which it is to hold.

    Parameters
    ----------
    books : Books
    rules : Rules
        Not read; all checks are called alike.
    """
    said: dict[Any, float] = defaultdict(float)
    worth: dict[Any, float] = defaultdict(float)
    late: dict[Any, float] = {}
    due: dict[Any, float] = {}
    placed: dict[Any, float] = {}
    for line in books.lines("decisions"):
        day = {"licence": line.there_on, "order": line.leaves_on}.get(line.kind, line.act_on)
        goods = (text_of(some) for some in (line.under, line.material, line.group, line.site, line.mode))
        key = line.kind, line.what, *goods, day
        said[key[: LENGTH.get(line.kind, 8)]] += line.how_much
        if line.kind == "frame":
            said["frame", line.what, "", line.material, line.act_on, text_of(line.until)] = 1.0
        if line.kind == "order":
            worth[key] += line.worth_usd
            due[*key, line.act_on] = 1.0
        if text_of(line.there_on) and dt.date.fromisoformat(line.there_on) < dt.date.fromisoformat(line.act_on):
            late[key] = 1.0
    should, paid = _should(books), defaultdict[Any, float](float)
    for line in _to_order(books):
        paid[_order(books, line)] += line.landed_usd_per_t * line.tonnes
        placed[*_order(books, line), _placed(books, line)] = 1.0
    yield from equal("what is to be done, t or t/year", said, should)
    yield from equal("worth of orders, USD", worth, paid, CENT, EXACT)
    yield from equal("orders by the day on which they are due", due, placed)
    yield from at_most("there before it is acted on", late, {})


LENGTH = {"contract": 2, "project": 2, "stock": 4, "frame": 4}
"""Parts of the key by which a decision is found; of all others all."""


def _should(books: Books) -> dict[Any, float]:
    """What the other tables say is to be done."""
    found: dict[Any, float] = defaultdict(float)
    for line in books.lines("contracts"):
        found["contract", line.contract] += line.reserved_t_per_year
    capacity = {row.project: row.capacity for row in books.rows.projects}
    for line in books.lines("projects"):
        found["project", line.project] += capacity[line.project] * line.share
    for line in _to_order(books):
        found[_order(books, line)] += line.tonnes
    for line in books.lines("frames"):
        if line.until >= str(books.bounds[bisect_right(books.bounds, dt.date.fromisoformat(line.begins))]):
            found["frame", line.supplier, "", line.material] += line.t_per_year
            found["frame", line.supplier, "", line.material, line.begins, line.until] = 1.0
    for line in books.lines("licences"):
        if line.period < FIRST:
            way = f"{line.origin} to {line.destination}"
            found["licence", line.control, way, "", line.group, "", "", str(books.bounds[line.period])] += line.used_t
    kept: dict[Any, float] = defaultdict(float)
    for line in books.lines("stock"):
        kept[line.site, line.material, line.period] += line.tonnes
    opening = {(row.site, row.material): row.opening for row in books.rows.stocks}
    for (site, material, _), tonnes in kept.items():
        if tonnes > opening.get((site, material), 0.0) + 1e-6:
            key = "stock", site, "", material
            found[key] = max(found[key], tonnes)
    return found


def _to_order(books: Books) -> list[Any]:
    """Awards of the first periods, without those in which today's plan has ordered all that leaves."""
    shut = closed(books)
    return [
        line
        for line in books.lines("awards")
        if line.period < FIRST and (line.site, line.material, line.period) not in shut
    ]


def _order(books: Books, line: Any) -> tuple[str, ...]:
    """The order that an award belongs to."""
    under = text_of(line.contract) or text_of(line.offer)
    day = str(books.bounds[line.period])
    return "order", line.supplier, under, line.material, "", line.site, text_of(line.mode), day


def _placed(books: Books, line: Any) -> str:
    """The day by which an award is ordered: so long before its goods leave as its seller or maker needs."""
    if text_of(line.contract):
        leads = [0]
    elif offer := text_of(line.offer):
        leads = [row.lead for row in books.rows.offers if row.offer == offer]
    else:
        gives = {row.process for row in books.rows.recipes if row.material == line.material and row.tonnes > 0}
        leads = [0, *(row.lead for row in books.rows.plants if row.site == line.supplier and row.process in gives)]
    return str(max(books.bounds[line.period] - dt.timedelta(days=max(leads)), books.bounds[0]))


CHECKS = (decisions,)
"""Every audit of the list."""
