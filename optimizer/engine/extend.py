"""A programme with rows or columns added to it, for questions that need more than other numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.engine.session import Basis, Start
from optimizer.program.program import Arrays, Floats

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


def add_columns(arrays: Arrays, columns: Sequence[tuple[Sequence[int], Sequence[float]]], costs: Floats) -> Arrays:
    """The programme with columns from 0 on added.

    Parameters
    ----------
    arrays : Arrays
    columns : sequence of (rows, values)
        Entries of each, rows in order.
    costs : array, shape (n,)
        USD a unit.
    """
    lengths = [len(rows) for rows, _ in columns]
    return replace(
        arrays,
        cost=np.concatenate([arrays.cost, costs]),
        column_lower=np.concatenate([arrays.column_lower, np.zeros(len(columns))]),
        column_upper=np.concatenate([arrays.column_upper, np.full(len(columns), np.inf)]),
        starts=np.concatenate([arrays.starts, len(arrays.values) + np.cumsum(lengths, dtype=np.int64)]),
        rows=np.concatenate([arrays.rows, *(rows for rows, _ in columns)]).astype(arrays.rows.dtype),
        values=np.concatenate([arrays.values, *(values for _, values in columns)]).astype(float),
    )


def add_slacks(arrays: Arrays, rows: NDArray[np.int64], signs: Floats) -> Arrays:
    """The programme with a column of its own, free of cost, in each of some rows; a sign of 1 adds to the row."""
    return add_columns(
        arrays, [([int(row)], [float(sign)]) for row, sign in zip(rows, signs, strict=True)], np.zeros(len(rows))
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
