"""Prices that follow indices, and those in other currencies, by day, in USD/t."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.case.calendar import PREROLL
from optimizer.case.case import Case
from optimizer.case.topics.prices import PER_TONNE, PriceFormula, bounds_of

Floats = NDArray[np.float64]
FIXED = {"offers": "price", "plants": "cost", "contracts": "price", "sales": "price"}
"""Tables whose rows may have a formula and a currency, and the column that is the fixed part of their price."""
INDEX = ("price_indices", "value")
"""The column that says what indices are."""


class Indexed:
    """Prices of a case by its indices.

    Parameters
    ----------
    case : Case
    values : array, shape (rows, days)
        What the rows of the indices say, on the daily axis.
    held : array, shape (rows, days)
        On which days they hold.
    """

    def __init__(self, case: Case, values: Floats, held: NDArray[np.bool_]) -> None:
        self.case, self._values, self._held = case, values, held
        self.terms: dict[str, list[PriceFormula]] = defaultdict(list)
        for row in case.tables.price_formulas:
            self.terms[row.formula].append(row)
        self._before = int(max((row.lag + row.averaging for row in case.tables.price_formulas), default=0.0)) + 1

    @cached_property
    def levels(self) -> dict[str, Floats]:
        """Every index in USD for a tonne, or for one of a currency, by day, from some days before the axis on."""
        rows = self.case.tables.price_indices
        found: dict[str, Floats] = {}
        for name in sorted({row.index for row in rows}, key=lambda name: name not in {row.unit for row in rows}):
            numbers = [number for number, row in enumerate(rows) if row.index == name]
            held = self._held[numbers]
            here = np.where(held.any(axis=0), (self._values[numbers] * held).sum(axis=0), np.nan)
            level = np.concatenate([self._earlier(numbers), here])
            known = np.flatnonzero(np.isfinite(level))
            level[: known[0]] = level[known[0]]  # days of which no price is asked: what reaches back so far is a fault
            row = rows[numbers[0]]
            worth = found.get(row.currency, 1.0)
            found[name] = level * PER_TONNE.get(row.unit, 1.0) * worth
        return found

    def _earlier(self, numbers: Iterable[int]) -> Floats:
        """What the rows of an index state of the days before the axis; not a number before the first."""
        begins = self.case.calendar.start - dt.timedelta(days=PREROLL + self._before)
        found = np.full(self._before, np.nan)
        for row in sorted((self.case.tables.price_indices[n] for n in numbers), key=lambda row: row.from_):
            found[max(0, (row.from_ - begins).days) :] = row.value
        return found

    def by_formula(self, formula: str) -> Floats:
        """The terms of a formula together, USD/t, shape (days,)."""
        days = self.case.calendar.days
        total = np.zeros(days)
        for term in self.terms[formula]:
            if term.index not in self.levels:
                continue  # a fault, which is said elsewhere
            level = self.levels[term.index]
            width, last = max(1, int(term.averaging)), self._before - int(term.lag)
            sums = np.concatenate([[0.0], np.cumsum(level)])
            ends = np.arange(days) + last + 1
            total += term.share * (sums[ends] - sums[ends - width]) / width
        return total

    def worth(self, currency: str) -> Floats | float:
        """What a unit of a currency is worth, USD, by day."""
        return 1.0 if currency not in self.levels else self.levels[currency][self._before :]

    def prices(self, table: str, stated: Floats) -> Floats:
        """Prices of the rows of a table, USD/t, shape (rows, days).

        Parameters
        ----------
        table : str
        stated : array, shape (rows, days)
            Their fixed parts, each in the currency of its row.
        """
        found = stated.copy()
        for number, row in enumerate(self.case.tables.rows(table)):
            if row.formula is None and row.currency == "USD":
                continue
            worth = self.worth(row.currency)
            found[number] *= worth
            if row.formula is not None:
                floor, cap = bounds_of(self.terms[row.formula])
                low, high = (None if bound is None else bound * worth for bound in (floor, cap))
                price = found[number] + self.by_formula(row.formula)
                found[number] = price if low is None and high is None else np.clip(price, low, high)
        return found

    def following(self) -> dict[tuple[str, str], Floats]:
        """Every column of prices of which some follow an index, by table and column: USD/t, shape (rows, days)."""
        found = {}
        for table, column in FIXED.items():
            if follows(self.case, table, column):
                stated = np.array([getattr(row, column) or 0.0 for row in self.case.tables.rows(table)])
                found[table, column] = self.prices(table, np.tile(stated[:, None], self.case.calendar.days))
        return found

    def bases(self) -> dict[int, Floats]:
        """What duties are levied on, by row of the duties that state a formula: USD/t, shape (days,)."""
        found = {}
        for number, row in enumerate(self.case.tables.duties):
            if row.base is not None:
                floor, cap = bounds_of(self.terms[row.base])
                found[number] = np.clip(self.by_formula(row.base), 0.0 if floor is None else floor, cap)
        return found


def follows(case: Case, table: str, column: str) -> bool:
    """Whether a price of some row of a table follows an index or is in another currency.

    Parameters
    ----------
    case : Case
    table, column : str
    """
    rows = case.tables.rows(table) if FIXED.get(table) == column else ()
    return any(row.formula is not None or row.currency != "USD" for row in rows)
