"""A programme with rows or columns added to it, for questions that need more than other numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.engine.session import Basis, Start
from optimizer.formulation.program import Arrays, Floats

BASIC, AT_LOWER = 1, 0
"""Statuses of a row without a say and of a column at its lower bound, as HiGHS numbers them."""


@dataclass(frozen=True)
class Line:
    """A row to add.

    Parameters
    ----------
    columns : array of int
    values : array
        Its entries, one for each of the columns.
    lower, upper : float
    """

    columns: NDArray[np.int64]
    values: Floats
    lower: float
    upper: float


def add_rows(arrays: Arrays, lines: Sequence[Line]) -> Arrays:
    """The programme with rows added below."""
    count = len(arrays.row_lower)
    columns = np.concatenate([arrays.columns, *(line.columns for line in lines)]).astype(np.int64)
    rows = np.concatenate([arrays.rows, *(np.full(len(line.columns), count + n) for n, line in enumerate(lines))])
    values = np.concatenate([arrays.values, *(line.values for line in lines)])
    order = np.lexsort((rows, columns))
    return replace(
        arrays,
        row_lower=np.concatenate([arrays.row_lower, [line.lower for line in lines]]),
        row_upper=np.concatenate([arrays.row_upper, [line.upper for line in lines]]),
        starts=np.concatenate([[0], np.cumsum(np.bincount(columns, minlength=len(arrays.cost)))]),
        rows=rows[order].astype(arrays.rows.dtype),
        values=values[order],
    )


def add_slacks(arrays: Arrays, rows: NDArray[np.int64], signs: Floats, costs: Floats) -> Arrays:
    """The programme with a column of its own, from 0 on, in each of some rows.

    Parameters
    ----------
    arrays : Arrays
    rows : array of int, shape (n,)
    signs : array, shape (n,)
        Entry of each column: 1 adds to the row, -1 takes from it.
    costs : array, shape (n,)
        USD a unit.
    """
    last = len(arrays.values)
    return replace(
        arrays,
        cost=np.concatenate([arrays.cost, costs]),
        column_lower=np.concatenate([arrays.column_lower, np.zeros(len(rows))]),
        column_upper=np.concatenate([arrays.column_upper, np.full(len(rows), np.inf)]),
        starts=np.concatenate([arrays.starts, last + 1 + np.arange(len(rows))]),
        rows=np.concatenate([arrays.rows, rows]).astype(arrays.rows.dtype),
        values=np.concatenate([arrays.values, signs]),
    )


def extended(start: Start, arrays: Arrays) -> Start:
    """A start for a programme with rows and columns added: new rows have no say yet, new columns are at zero."""
    columns, rows = len(start.basis.columns), len(start.basis.rows)
    more_columns = np.full(len(arrays.cost) - columns, AT_LOWER, np.int8)
    more_rows = np.full(len(arrays.row_lower) - rows, BASIC, np.int8)
    x = np.concatenate([start.answer.x, np.zeros(len(more_columns))])
    y = np.concatenate([start.answer.y, np.zeros(len(more_rows))])
    basis = Basis(np.concatenate([start.basis.columns, more_columns]), np.concatenate([start.basis.rows, more_rows]))
    return Start(arrays, replace(start.answer, x=x, y=y), basis)
