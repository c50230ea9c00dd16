"""Proof that an answer is optimal, from our own arrays alone: no number of the solver's is believed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.formulation.program import Arrays, Floats

TOLERANCE = 1e-9
"""Largest relative residual of a certified basic answer."""


@dataclass(frozen=True)
class Certificate:
    """How far an answer is from provably optimal.

    Parameters
    ----------
    objective, dual_objective : float
        USD, discounted.
    primal : float
        Largest violation of a row or bound, relative to 1 + the largest finite side.
    dual : float
        Largest price of the wrong sign, relative to 1 + the largest cost.
    gap : float
        Objective less dual objective, relative to 1 + the objective.
    """

    objective: float
    dual_objective: float
    primal: float
    dual: float
    gap: float

    @property
    def holds(self) -> bool:
        """Whether every residual is within tolerance; false if any is not a number."""
        return all(residual <= TOLERANCE for residual in (self.primal, self.dual, self.gap))


def certify(arrays: Arrays, x: Floats, y: Floats) -> Certificate:
    """Recompute feasibility, dual feasibility and gap.

    Parameters
    ----------
    arrays : Arrays
        The programme.
    x : array, shape (columns,)
        The answer.
    y : array, shape (rows,)
        Its row prices; reduced costs are recomputed from them.

    Returns
    -------
    Certificate
        Residuals; NaN anywhere makes it fail.

    Notes
    -----
    A price belongs to the lower side where it is positive and to the upper where it is negative; on a side that is
    infinite it must vanish. The dual objective is the sum of prices times the sides they belong to.
    """
    activity = arrays.times(x)
    reduced = arrays.cost - arrays.transposed_times(y)
    sides = np.concatenate([arrays.row_lower, arrays.row_upper, arrays.column_lower, arrays.column_upper])
    scale = 1 + np.max(np.abs(sides[np.isfinite(sides)]), initial=0.0)
    primal = (
        _worst(
            _violation(activity, arrays.row_lower, arrays.row_upper),
            _violation(x, arrays.column_lower, arrays.column_upper),
        )
        / scale
    )
    row_value, row_wrong = _dual_side(y, arrays.row_lower, arrays.row_upper)
    column_value, column_wrong = _dual_side(reduced, arrays.column_lower, arrays.column_upper)
    objective = float(arrays.cost @ x)
    dual_objective = row_value + column_value
    return Certificate(
        objective=objective,
        dual_objective=dual_objective,
        primal=float(primal),
        dual=float(_worst(row_wrong, column_wrong) / (1 + np.max(np.abs(arrays.cost), initial=0.0))),
        gap=abs(objective - dual_objective) / (1 + abs(objective)),
    )


def _worst(*values: float) -> float:
    """The largest, or NaN if any is."""
    return float(np.max(values))


def _violation(value: Floats, lower: Floats, upper: Floats) -> float:
    """Largest distance outside the sides."""
    return float(np.max(np.maximum(np.maximum(lower - value, value - upper), 0.0), initial=0.0))


def _dual_side(price: Floats, lower: Floats, upper: Floats) -> tuple[float, float]:
    """Sum of prices times the sides they belong to, and the largest price on an infinite side."""
    side = np.where(price > 0, lower, upper)
    finite = np.isfinite(side)
    return float(price[finite] @ side[finite]), float(np.max(np.abs(price[~finite]), initial=0.0))
