"""What is wanted after a period is over, as an auditor adds it up day by day: what stock in hand is held against."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np

from optimizer.audit.books import INFINITE, Books, Floats
from optimizer.audit.demand import allowed_shares

Curves = Mapping[Any, Floats]


class Ahead:
    """Tonnes wanted on each day, and what substitutes may serve of them.

    Parameters
    ----------
    books : Books
    as_known : bool, optional
        As it was known before any news, not as it came.
    """

    def __init__(self, books: Books, *, as_known: bool = False) -> None:
        self.books = books
        self._daily = books.days.before_events if as_known else books.daily

    @cached_property
    def wanted(self) -> Curves:
        """Tonnes a day, by site and product, shape (days,)."""
        found: dict[Any, Floats] = defaultdict(lambda: np.zeros(self.books.days.count))
        tonnes = self._daily("demand", "tonnes") * self.books.active("demand") * self.books.weight
        for row, daily in zip(self.books.rows.demand, tonnes, strict=True):
            found[row.site, row.product] = found[row.site, row.product] + daily
        return found

    @cached_property
    def replaced(self) -> Curves:
        """Of these what a substitute may serve, by site, product and material, shape (days,)."""
        may = allowed_shares(self.books, self._daily("substitutions", "max_share"))
        return {
            (site, product, row.material): daily * share
            for (site, product), daily in self.wanted.items()
            for row, share in zip(self.books.rows.substitutions, may, strict=True)
            if row.product == product
        }

    def within(self, curve: Floats, period: int, days: float) -> float:
        """Tonnes of so many days after a period; those after the last day are like it.

        Parameters
        ----------
        curve : array
            Tonnes a day, shape (days,).
        period : int
        days : float
            A part of a day counts as that part of it.
        """
        if not 0 <= days < INFINITE:
            return float("nan")
        there = curve[self.books.first[period + 1] :]
        whole = min(int(days), len(there))
        part = (days - whole) * float(there[whole] if whole < len(there) else curve[-1])
        return float(there[:whole].sum()) + part
