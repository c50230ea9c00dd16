"""The basic solution of a basis in fractions: no rounding anywhere."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from optimizer.program.answer import Basis
from optimizer.program.program import Arrays

LOWER, BASIC, UPPER, ZERO = range(4)
"""How HiGHS numbers the status of a column or row."""


@dataclass(frozen=True)
class Exact:
    """What a basis gives.

    Parameters
    ----------
    objective : Fraction
        Of the basic solution; that of the basic prices is the same by construction.
    primal, dual : Fraction
        Largest violation of a side, and largest reduced cost or price of the wrong sign.
    """

    objective: Fraction
    primal: Fraction
    dual: Fraction


def exact_solution(arrays: Arrays, basis: Basis) -> Exact:
    """Solve the basis exactly.

    Structural columns that are not basic lie at their side, as do rows that are not; the rest follows from a square
    system of the basic columns and the rows that are not basic, solved twice: for amounts and for prices.
    """
    by_column: list[dict[int, Fraction]] = [{} for _ in arrays.cost]
    for row, column, value in zip(arrays.rows.tolist(), arrays.columns.tolist(), arrays.values.tolist(), strict=True):
        if value:
            by_column[column][row] = Fraction(value)
    cost = [Fraction(value) for value in arrays.cost.tolist()]
    x = [
        _side(status, lower, upper)
        for status, lower, upper in zip(basis.columns, arrays.column_lower, arrays.column_upper, strict=True)
    ]
    free = [column for column, status in enumerate(basis.columns) if status == BASIC]
    tight = [row for row, status in enumerate(basis.rows) if status != BASIC]
    assert len(free) == len(tight)
    activity: dict[int, Fraction] = defaultdict(Fraction)
    for column, entries in enumerate(by_column):
        for row, value in entries.items() if x[column] else ():
            activity[row] += value * x[column]
    wanted = {
        row: _side(basis.rows[row], arrays.row_lower[row], arrays.row_upper[row]) - activity[row] for row in tight
    }
    square = {row: {} for row in tight}
    for column in free:
        for row, value in by_column[column].items():
            if row in square:
                square[row][column] = value
    amounts, prices = solve(square, wanted, {column: cost[column] for column in free})
    for column in free:
        x[column] = amounts[column]
        for row, value in by_column[column].items():
            activity[row] += value * x[column]
    primal = max(
        _outside(x, arrays.column_lower, arrays.column_upper),
        _outside([activity[row] for row in range(len(arrays.row_lower))], arrays.row_lower, arrays.row_upper),
    )
    dual = Fraction(0)
    for column, entries in enumerate(by_column):
        if basis.columns[column] != BASIC:
            reduced = cost[column] - sum(value * prices[row] for row, value in entries.items() if row in prices)
            dual = max(
                dual, _wrong(reduced, basis.columns[column], arrays.column_lower[column] == arrays.column_upper[column])
            )
    for row in tight:
        dual = max(dual, _wrong(prices[row], basis.rows[row], arrays.row_lower[row] == arrays.row_upper[row]))
    return Exact(sum((c * v for c, v in zip(cost, x, strict=True)), Fraction(0)), primal, dual)


def solve(
    square: dict[int, dict[int, Fraction]], right: dict[int, Fraction], cost: dict[int, Fraction]
) -> tuple[dict[int, Fraction], dict[int, Fraction]]:
    """Solve ``A x = right`` and ``A' y = cost`` by elimination, the pivot with the least fill each time."""
    rows = {row: dict(entries) for row, entries in square.items()}
    right, cost = dict(right), dict(cost)
    holders: dict[int, set[int]] = defaultdict(set)
    for row, entries in rows.items():
        for column in entries:
            holders[column].add(row)
    done: list[tuple[int, int, dict[int, Fraction], list[tuple[int, Fraction]]]] = []
    while rows:
        row, column = _pivot(rows, holders)
        line = rows.pop(row)
        pivot = line.pop(column)
        for other in line:
            holders[other].discard(row)
        holders[column].discard(row)
        factors = []
        for below in holders.pop(column):
            factor = rows[below].pop(column) / pivot
            factors.append((below, factor))
            right[below] -= factor * right[row]
            _subtract(rows[below], below, line, factor, holders)
        done.append((row, column, {**line, column: pivot}, factors))
    x: dict[int, Fraction] = {}
    for row, column, line, _ in reversed(done):
        rest = sum((value * x[c] for c, value in line.items() if c != column), Fraction(0))
        x[column] = (right[row] - rest) / line[column]
    # Prices: U' z = cost forwards, then L' y = z backwards.
    z: dict[int, Fraction] = {}
    for row, column, line, _ in done:
        z[row] = cost[column] / line[column]
        for c, value in line.items():
            if c != column:
                cost[c] -= value * z[row]
    for row, _, _, factors in reversed(done):
        for below, factor in factors:
            z[row] -= factor * z[below]
    return x, z


def _subtract(
    target: dict[int, Fraction], row: int, line: dict[int, Fraction], factor: Fraction, holders: dict[int, set[int]]
) -> None:
    """Take a multiple of one row from another."""
    for column, value in line.items():
        new = target.get(column, 0) - factor * value
        if new:
            target[column] = new
            holders[column].add(row)
        elif column in target:
            del target[column]
            holders[column].discard(row)


def _pivot(rows: dict[int, dict[int, Fraction]], holders: dict[int, set[int]]) -> tuple[int, int]:
    """A column held by one row or a row of one column if there is one; else the place with the least fill."""
    column = min(holders, key=lambda c: len(holders[c]))
    if len(holders[column]) == 1:
        return next(iter(holders[column])), column
    row = min(rows, key=lambda r: len(rows[r]))
    return row, min(rows[row], key=lambda c: len(holders[c]))


def _side(status: Any, lower: float, upper: float) -> Fraction:
    """Where something that is not basic lies."""
    if status in (BASIC, ZERO):
        return Fraction(0)
    side = upper if status == UPPER or not np.isfinite(lower) else lower
    return Fraction(float(side))


def _outside(values: list[Fraction], lower: Any, upper: Any) -> Fraction:
    """Largest distance outside the sides."""
    worst = Fraction(0)
    for value, low, high in zip(values, lower.tolist(), upper.tolist(), strict=True):
        if np.isfinite(low):
            worst = max(worst, Fraction(low) - value)
        if np.isfinite(high):
            worst = max(worst, value - Fraction(high))
    return worst


def _wrong(price: Fraction, status: Any, fixed: bool) -> Fraction:
    """By how much a price has the sign of the other side."""
    if fixed:
        return Fraction(0)
    return max(Fraction(0), -price if status == LOWER else price if status == UPPER else abs(price))
