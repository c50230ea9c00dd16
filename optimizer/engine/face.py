"""All plans that are as cheap as one that is proved: the optimal face of a programme, and what of it is open."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.program.program import Arrays, Floats, Ints

TIED = 1e-9
"""Largest reduced cost, relative to the prices it is the difference of, that is taken for none."""
NOISE = 1e-12
"""The same of a price, relative to the largest sum of prices in a column."""
FORCED = 1e-11
"""Relative room in a row that is taken for none."""

KEEPS = 1e-9
"""By what a plan may be beyond a side and still keep it: the solver's own tolerance."""


def face(arrays: Arrays, y: Floats) -> Arrays:
    """The programme with only its cheapest plans left, by the prices that prove one of them.

    A column with a reduced cost stands at its bound in every cheapest plan, and a row with a price at its side;
    whatever keeps to that costs the same. Which of several proofs it is does not matter.

    Parameters
    ----------
    arrays : Arrays
    y : array, shape (rows,)
        Row prices of a certified answer.
    """
    gross, reduced = np.abs(arrays.cost) + arrays.transposed_gross(y), arrays.cost - arrays.transposed_times(y)
    noise, largest = NOISE * float(gross.max(initial=0.0)), np.zeros(len(y))
    np.maximum.at(largest, arrays.rows, np.abs(arrays.values))
    y = np.where(np.abs(y) * largest > noise, y, 0.0)
    reduced = np.where((np.abs(reduced) > TIED * gross) & (np.abs(reduced) > noise), reduced, 0.0)
    low, high = _held(reduced, arrays.column_lower, arrays.column_upper)
    row_low, row_high = _held(y, arrays.row_lower, arrays.row_upper)
    return replace(arrays, column_lower=low, column_upper=high, row_lower=row_low, row_upper=row_high)


def _held(price: Floats, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Sides, with only those left that a price belongs to; on an infinite one it is noise."""
    at_low, at_high = (price > 0) & np.isfinite(lower), (price < 0) & np.isfinite(upper)
    return np.where(at_high, upper, lower), np.where(at_low, lower, upper)


@dataclass(frozen=True)
class Open:
    """What of a programme is not determined by its bounds and rows at a glance.

    Parameters
    ----------
    arrays : Arrays
        Of the open columns, and the rows that bind them.
    columns : array of int
        Which columns of the whole programme they are.
    rows : array of int
        Which rows.
    x : array
        A plan: columns of the whole programme.
    """

    arrays: Arrays
    columns: Ints
    rows: Ints
    x: Floats

    def within(self, more: Open) -> Open:
        """What of it stays open, of a programme of its columns that is more closed."""
        return Open(more.arrays, self.columns[more.columns], self.rows[more.rows], self.whole(more.x))

    def whole(self, x: Floats) -> Floats:
        """Columns of the whole programme, of the open ones."""
        found = self.x.copy()
        found[self.columns] = x
        return found


def opened(arrays: Arrays, x: Floats) -> Open:
    """Take out of a programme what is determined: fixed columns, rows without room, bounds written as rows.

    Parameters
    ----------
    arrays : Arrays
    x : array, shape (columns,)
        A plan that keeps all rows and bounds.
    """
    low, high = arrays.column_lower.copy(), arrays.column_upper.copy()
    entry = arrays.values != 0.0
    at, rows, values = arrays.columns[entry], arrays.rows[entry], arrays.values[entry]
    height = len(arrays.row_lower)
    dropped = np.zeros(height, bool)
    while True:
        before = low.copy(), high.copy(), dropped.copy()
        ends = np.where(values > 0, low[at], high[at]), np.where(values > 0, high[at], low[at])
        least, most = _sum(values * ends[0], rows, height), _sum(values * ends[1], rows, height)
        # A row whose least activity is its upper side holds all its columns where they make it least.
        size = [_sum(np.where(np.isfinite(end), np.abs(values * end), 0.0), rows, height) for end in ends]
        full = least >= arrays.row_upper - FORCED * (1 + size[0])
        bare = most <= arrays.row_lower + FORCED * (1 + size[1])
        for forced, where in ((full, ends[0]), (bare & ~full, ends[1])):
            some = forced[rows] & (low[at] < high[at])
            low[at[some]] = high[at[some]] = where[some]
        dropped |= full | bare | ((least >= arrays.row_lower) & (most <= arrays.row_upper))
        free = low < high
        number = np.bincount(rows, weights=free[at], minlength=height)
        alone = (number[rows] == 1) & free[at] & ~dropped[rows]
        if alone.any():
            rest = arrays.times(np.where(free, 0.0, low))
            one, two = ((side - rest)[rows[alone]] / values[alone] for side in (arrays.row_lower, arrays.row_upper))
            np.maximum.at(low, at[alone], np.minimum(one, two))
            np.minimum.at(high, at[alone], np.maximum(one, two))
            dropped[rows[alone]] = True
            thin = low >= high - FORCED * (1 + np.abs(low))
            low = np.where(thin & free, np.clip(x, np.minimum(low, high), np.maximum(low, high)), low)
            high = np.where(thin & free, low, high)
        if all(np.array_equal(*pair) for pair in zip(before, (low, high, dropped), strict=True)):
            return _cut(arrays, x, low, high, dropped)


def _sum(weights: Floats, rows: Ints, height: int) -> Floats:
    """Sums of entries by row; infinite ones make a sum infinite."""
    return np.bincount(rows, weights=weights, minlength=height).astype(float)


def _cut(arrays: Arrays, x: Floats, low: Floats, high: Floats, dropped: NDArray[np.bool_]) -> Open:
    """The programme of the free columns and the rows that are not dropped.

    The plan keeps it, whatever was rounded on the way here: what is determined stands where the plan has it, and no
    side or bound is nearer than that by more than `KEEPS`. A millionth of a tonne, taken for nothing in one row and
    divided by a small coefficient in the next, otherwise grows into rows that no plan keeps.
    """
    free = low < high
    open_x = np.where(free, x, 0.0)
    rest, activity = arrays.times(x - open_x), arrays.times(open_x)
    kept = ~dropped & (np.bincount(arrays.rows, weights=free[arrays.columns], minlength=len(dropped)) > 0)
    row_low, row_high = _kept(arrays.row_lower - rest, activity, arrays.row_upper - rest)
    low, high = _kept(low, x, high)
    cut = replace(
        arrays.part(kept, free),
        column_lower=low[free],
        column_upper=high[free],
        row_lower=row_low[kept],
        row_upper=row_high[kept],
    )
    return Open(cut, np.flatnonzero(free), np.flatnonzero(kept), x)


def _kept(lower: Floats, value: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """Sides that a value keeps, moved to it where it is beyond one."""
    return np.where(value < lower - KEEPS, value, lower), np.where(value > upper + KEEPS, value, upper)
