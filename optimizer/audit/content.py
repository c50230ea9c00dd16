"""Audit of content: what a clean lot holds of what is exposed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from optimizer.audit.books import SLACK, Books, at_most
from optimizer.audit.rules import Rules
from optimizer.faults import Fault


def content(books: Books, rules: Rules) -> Iterator[Fault]:
    """A lot clean of a rule holds exposed inputs worth less than the rule's threshold of its main output.

    Parameters
    ----------
    books : Books
    rules : Rules
    """
    inside: dict[Any, float] = defaultdict(float)
    for line in books.lines("consumption"):
        for name in rules.names(line.exposure) - rules.names(line.lot):
            inside[name, line.site, line.recipe, line.lot, line.period] += (
                line.tonnes * books.material[line.material].unit_value
            )
    allowed: dict[Any, float] = {}
    for line in books.lines("production"):
        worth = max(t * books.material[i].unit_value for i, t in books.need[line.recipe].items() if t > 0)
        for name in rules.rules:
            share = rules.threshold(name)[line.period]
            allowed[name, line.site, line.recipe, line.exposure, line.period] = share * worth * line.activity_t
    slack = SLACK * max(row.unit_value for row in books.material.values())
    yield from at_most("exposed value in a clean lot, 1000 USD", inside, allowed, slack)


CHECKS = (content,)
"""Every audit of the topic."""
