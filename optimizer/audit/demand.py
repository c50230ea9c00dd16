"""Audit of demand: what is wanted is delivered or missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from optimizer.audit.books import Books, at_most, equal
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


CHECKS = (demand,)
"""Every audit of the topic."""
