"""The audit's own prices: indices, currencies and formulas on a day, from the rows and events alone."""

from __future__ import annotations

import datetime as dt
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FIXED = {"offers": "price", "plants": "cost", "contracts": "price", "sales": "price"}
"""Where a row's formula and currency say what its price is."""
DOLLAR = "USD"


class Clock(Protocol):
    """What of the audit's clock prices ask for."""

    rows: Any
    count: int
    zero: dt.date

    def figures(self, table: str, column: str) -> Floats:
        """A column by row and day, events applied."""

    def holds(self, table: str) -> Floats:
        """1 on the days on which a row holds, by row and day."""


def by_index(days: Clock, table: str, column: str, stated: Floats) -> Floats:
    """Prices of rows in USD/t, by row and day: their fixed part in its currency, and what indices add.

    Parameters
    ----------
    days : Clock
    table, column : str
    stated : array, shape (rows, days)
        The column as the rows say it.
    """
    if FIXED.get(table) != column:
        return stated
    found = stated.copy()
    for number, row in enumerate(days.rows.rows(table)):
        if row.currency != DOLLAR:
            found[number] = stated[number] * _level(days, row.currency)
        if row.formula is not None:
            worth = np.ones(days.count) if row.currency == DOLLAR else _level(days, row.currency)
            found[number] = _bounded(days, row.formula, found[number] + terms(days, row.formula), worth)
    return found


def duty_base(days: Clock, formula: str) -> Floats:
    """What a duty with a base is levied on, USD/t by day.

    Parameters
    ----------
    days : Clock
    formula : str
    """
    return np.maximum(0.0, _bounded(days, formula, terms(days, formula), np.ones(days.count)))


def _bounded(days: Clock, formula: str, usd: Floats, worth: Floats) -> Floats:
    """A price within the floor and the cap of its formula, which are in a currency."""
    for row in days.rows.price_formulas:
        if row.formula == formula and row.floor is not None:
            usd = np.maximum(usd, row.floor * worth)
    for row in days.rows.price_formulas:
        if row.formula == formula and row.cap is not None:
            usd = np.minimum(usd, row.cap * worth)
    return usd


def terms(days: Clock, formula: str) -> Floats:
    """What the indices of a formula come to together, USD/t by day.

    Parameters
    ----------
    days : Clock
    formula : str
    """
    total = np.zeros(days.count)
    for row in days.rows.price_formulas:
        if row.formula == formula:
            width = max(1, int(row.averaging))
            for back in range(width):
                total += row.share / width * _level(days, row.index, int(row.lag) + back)
    return total


def _level(days: Clock, index: str, back: int = 0) -> Floats:
    """What an index was worth so many days before each day, USD for a tonne, or for one of a currency."""
    rows: list[Any] = [(number, row) for number, row in enumerate(days.rows.price_indices) if row.index == index]
    values, held = days.figures("price_indices", "value"), days.holds("price_indices")
    here = sum(values[number] * held[number] for number, _ in rows)
    first = min(row.from_ for _, row in rows)
    opening = next(row.value for _, row in rows if row.from_ == first)
    earlier = []
    for ago in range(back, 0, -1):
        day = days.zero - dt.timedelta(days=ago)
        said = [(row.from_, row.value) for _, row in rows if row.from_ <= day]
        earlier.append(max(said)[1] if said else opening)
    daily = np.concatenate([earlier, np.where(here > 0, here, opening)])[: days.count]
    row = rows[0][1]
    per_tonne = 1000.0 if row.unit == "kg" else 1.0
    return np.asarray(daily * per_tonne * (1.0 if row.currency == DOLLAR else _level(days, row.currency, back)))


CHECKS = ()
"""Prices are audited where they are paid."""
