"""Audit of people: demand, stock, and end uses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from optimizer.audit.books import INFINITE, Books, at_least, at_most, equal
from optimizer.audit.rules import Rules
from optimizer.faults import Fault


def demand(books: Books, rules: Rules) -> Iterator[Fault]:
    """What is demanded is served or goes short, and substitutes serve no more than their share."""
    met: dict[Any, float] = defaultdict(float)
    stood_in: dict[Any, float] = defaultdict(float)
    for line in books.lines("deliveries"):
        worth = books.ratio.get((line.product, line.material), 0.0) * line.tonnes
        met[line.site, line.product, line.end_use, line.period] += worth
        if line.material != line.product:
            stood_in[line.site, line.product, line.end_use, line.material, line.period] += worth
    for line in books.lines("shortages"):
        met[line.site, line.product, line.end_use, line.period] += line.tonnes
    yield from equal("demand that is not accounted for, t", met, books.wanted)
    share = books.keyed("substitutions", books.spread("substitutions", "max_share"), "product", "material")
    allowed = {
        (site, product, end_use, material, period): share.get((product, material, period), 0.0)
        * books.wanted.get((site, product, end_use, period), 0.0)
        for site, product, end_use, material, period in stood_in
    }
    yield from at_most("served by a substitute, t", stood_in, allowed)


def stock(books: Books, rules: Rules) -> Iterator[Fault]:
    """Stock fits, and lasts its cover, its reserve and its terminal stock, or the gap is in the table of gaps."""
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
        key = "terminal", row.site, row.material, books.periods[-1]
        there[key], target[key] = held[row.site, row.material, books.periods[-1]], row.terminal
    for line in books.lines("stock_gaps"):
        there[line.kind, line.site, line.material, line.period] += line.tonnes
    yield from at_least("stock and the gap in it, t", there, target)


def end_uses(books: Books, rules: Rules) -> Iterator[Fault]:
    """Exposed goods reach an end use as far as they are licensed for it."""
    used: dict[Any, float] = defaultdict(float)
    most: dict[Any, float] = {}
    for number, control in enumerate(books.rows.controls):
        rule = rules.rule_of.get(control.control)
        if control.kind != "end_use" or rule is None:
            continue
        for line in books.lines("deliveries"):
            if line.end_use in control.end_uses and rule in rules.names(line.exposure):
                demand = line.site, line.product, line.end_use, line.period
                key = (control.control, *demand)
                used[key] += line.tonnes
                share = rules.passing[number, line.period]
                most[key] = share * books.wanted.get(demand, 0.0) if share < 1 else INFINITE
    yield from at_most("licensed for an end use, t", used, most)


CHECKS = (demand, stock, end_uses)
"""Audits of people."""
