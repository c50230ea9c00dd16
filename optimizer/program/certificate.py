"""Proof that an answer is optimal, from our own arrays alone: no number of the solver's is believed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.program.program import Arrays, Floats, dot

TOLERANCE = 1e-9
"""Largest relative residual of a certified basic answer."""
LOCAL = 1e-6
"""Largest residual of a row or bound relative to its own numbers; the solver works to an absolute 1e-7."""


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
    local : float
        The same of each row or bound by itself: largest violation relative to 1 + the sum of what flows through it, and
        largest row price of the wrong sign relative to 1 + the largest cost in its row. What is wrong in tonnes cannot
        hide behind a side in USD.
    worth : float
        What prices of the wrong sign could be worth, relative to 1 + the objective: summed over all columns, each
        times the largest amount that costs something, or times the amount that turns over as much money as the whole
        plan, whichever is less. They are not in the dual objective, so no gap shows them.
    """

    objective: float
    dual_objective: float
    primal: float
    dual: float
    gap: float
    local: float
    worth: float

    @property
    def holds(self) -> bool:
        """Whether every residual is within tolerance; false if any is not a number."""
        exact = all(residual <= TOLERANCE for residual in (self.primal, self.dual, self.gap, self.worth))
        return exact and self.local <= LOCAL


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
    infinite it must vanish. The dual objective is the sum of prices times the sides they belong to. A row price on an
    infinite side proves nothing: it is taken as zero there, which puts it into the reduced costs.
    """
    activity = arrays.times(x)
    wrong = np.where(_on_infinite(y, arrays.row_lower, arrays.row_upper), np.abs(y), 0.0)
    held = counted(arrays, y)
    reduced = arrays.cost - arrays.transposed_times(held)
    loose = np.where(_on_infinite(reduced, arrays.column_lower, arrays.column_upper), np.abs(reduced), 0.0)
    sides = np.concatenate([arrays.row_lower, arrays.row_upper, arrays.column_lower, arrays.column_upper])
    violated = _violations(activity, arrays.row_lower, arrays.row_upper)
    outside = _violations(x, arrays.column_lower, arrays.column_upper)
    objective = dot(arrays.cost, x)
    dual_objective = _value(held, arrays.row_lower, arrays.row_upper)
    dual_objective += _value(reduced, arrays.column_lower, arrays.column_upper)
    return Certificate(
        objective=objective,
        dual_objective=dual_objective,
        primal=_largest(violated, outside) / (1 + _largest(np.abs(sides[np.isfinite(sides)]))),
        dual=_largest(wrong, loose) / (1 + _largest(np.abs(arrays.cost))),
        gap=abs(objective - dual_objective) / (1 + abs(objective)),
        local=_largest(violated / (1 + arrays.gross(x)), outside / (1 + np.abs(x)), _beside_costs(arrays, wrong)),
        worth=_worth(arrays, x, held, loose, objective),
    )


def counted(arrays: Arrays, y: Floats) -> Floats:
    """Row prices as far as they prove anything: those on an infinite side are taken as zero.

    Parameters
    ----------
    arrays : Arrays
    y : array, shape (rows,)
    """
    return np.asarray(np.where(_on_infinite(y, arrays.row_lower, arrays.row_upper), 0.0 * y, y))


def _beside_costs(arrays: Arrays, wrong: Floats) -> Floats:
    """Row prices of the wrong sign relative to the largest cost in their row."""
    if not wrong.any():
        return wrong
    dearest = np.zeros(len(wrong))
    np.maximum.at(dearest, arrays.rows, np.abs(arrays.cost[arrays.columns]))
    return np.asarray(wrong / (1 + dearest))


def _worth(arrays: Arrays, x: Floats, held: Floats, loose: Floats, objective: float) -> float:
    """What reduced costs on an infinite side could be worth, relative to the objective."""
    if not loose.any():
        return 0.0
    amount = _largest(np.abs(x[arrays.cost != 0]), np.ones(1))
    turned = np.abs(arrays.cost) + arrays.transposed_gross(held)
    return float(np.minimum(loose * amount / (1 + abs(objective)), loose / (1 + turned)).sum())


def _largest(*values: Floats) -> float:
    """The largest, or NaN if any is."""
    return float(np.max(np.concatenate(values), initial=0.0))


def _violations(value: Floats, lower: Floats, upper: Floats) -> Floats:
    """Distance outside the sides."""
    return np.asarray(np.maximum(np.maximum(lower - value, value - upper), 0.0))


def _on_infinite(price: Floats, lower: Floats, upper: Floats) -> NDArray[np.bool_]:
    """Whether a price stands on an infinite side."""
    return np.asarray(~np.isfinite(np.where(price > 0, lower, upper)))


def _value(price: Floats, lower: Floats, upper: Floats) -> float:
    """Sum of prices times the sides they belong to, infinite ones left out."""
    side = np.where(price > 0, lower, upper)
    finite = np.isfinite(side)
    return dot(price[finite], side[finite])
