"""What is looked at before a solve: numbers that the solver gets wrong, and how far an answer is from a programme."""

from __future__ import annotations

import numpy as np

from optimizer.errors import NumbersError
from optimizer.program.program import Arrays, Floats

SMALLEST = 1e-9
"""HiGHS drops matrix entries smaller than this without a word."""


def check_numbers(arrays: Arrays) -> None:
    """Refuse what the solver would take without complaint and get wrong.

    Raises
    ------
    NumbersError
        If a cost, coefficient or bound is not a number, or a coefficient would be dropped.
    """
    for name in ("cost", "values"):
        if not np.isfinite(getattr(arrays, name)).all():
            raise NumbersError(f"{name}: expected finite numbers, found NaN or infinity")
    for name in ("row_lower", "row_upper", "column_lower", "column_upper"):
        if np.isnan(getattr(arrays, name)).any():
            raise NumbersError(f"{name}: expected numbers, found NaN")
    small = np.abs(arrays.values)
    if ((small > 0) & (small < SMALLEST)).any():
        raise NumbersError(f"values: expected coefficients of at least {SMALLEST:g}, found {small[small > 0].min():g}")


def disturbance(x: Floats, arrays: Arrays) -> float:
    """By how much an answer breaks the rows and bounds of another programme, summed over all of them.

    Parameters
    ----------
    x : array
        Values of the columns.
    arrays : Arrays
        Of a programme with as many columns.
    """
    activity = arrays.times(x)
    rows = np.maximum(np.maximum(arrays.row_lower - activity, activity - arrays.row_upper), 0.0)
    columns = np.maximum(np.maximum(arrays.column_lower - x, x - arrays.column_upper), 0.0)
    return float(rows.sum() + columns.sum())
