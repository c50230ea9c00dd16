"""Audit of demand: what is wanted is delivered or missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np

from optimizer.audit.books import INFINITE, Books, Floats, at_most, equal
from optimizer.audit.rules import Rules
from optimizer.faults import Fault


def allowed_shares(books: Books, daily: Floats) -> Floats:
    """The largest share that each substitute may serve on each day: what is stated, as far as its ramp has come.

    Parameters
    ----------
    books : Books
    daily : array
        Shares as they are stated, shape (substitutions, days).
    """
    found = daily * books.active("substitutions")
    for share, row in zip(found, books.rows.substitutions, strict=True):
        begun = None
        for day in range(books.days.count if row.ramp_days else 0):
            if begun is None and share[day] > 0:
                since = (books.days.zero - row.from_).days if row.from_ else INFINITE
                begun = day - (since if day == 0 else 0)
            if begun is not None:
                share[day] *= min(1.0, (day - begun + 0.5) / row.ramp_days)
    return found


def replaceable(books: Books) -> dict[Any, Floats]:
    """Tonnes that a substitute may serve on each day, by site, product, end use and material."""
    may = allowed_shares(books, books.daily("substitutions", "max_share"))
    wanted = books.daily("demand", "tonnes") * books.active("demand") * books.weight
    found: dict[Any, Floats] = defaultdict(lambda: np.zeros(books.days.count))
    for share, row in zip(may, books.rows.substitutions, strict=True):
        for tonnes, need in zip(wanted, books.rows.demand, strict=True):
            if need.product == row.product:
                found[need.site, need.product, need.end_use, row.material] += share * tonnes
    return found


def demand(books: Books, rules: Rules) -> Iterator[Fault]:
    """What is demanded is served or goes short, and substitutes serve no more than their share.

    Parameters
    ----------
    books : Books
    rules : Rules
        Not read; all checks are called alike.
    """
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
    allowed = {
        (*key, period): float(daily[books.span(period)].sum())
        for key, daily in replaceable(books).items()
        for period in books.periods
    }
    yield from at_most("served by a substitute, t", stood_in, allowed)


CHECKS = (demand,)
"""Every audit of the topic."""
