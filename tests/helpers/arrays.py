"""Small programmes as arrays, written row by row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimizer.program.program import Arrays


def programme(
    cost: Sequence[float], rows: Sequence[tuple[Sequence[float], float, float]], upper: Sequence[float] | None = None
) -> Arrays:
    """A programme of columns from 0 on: its rows as coefficients of all columns, lower and upper side."""
    matrix = np.array([row[0] for row in rows], float)
    height, width = matrix.shape
    return Arrays(
        cost=np.array(cost, float),
        column_lower=np.zeros(width),
        column_upper=np.full(width, np.inf) if upper is None else np.array(upper, float),
        row_lower=np.array([row[1] for row in rows], float),
        row_upper=np.array([row[2] for row in rows], float),
        starts=np.arange(width + 1) * height,
        rows=np.tile(np.arange(height, dtype=np.int32), width),
        values=matrix.T.ravel().copy(),
    )
