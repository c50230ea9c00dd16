"""The values and prices that a basis stands for, worked out more exactly than the solver leaves them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from optimizer.program.answer import AT_LOWER, AT_UPPER, Basis
from optimizer.program.program import Arrays, Floats, Ints

ROUNDS = 3
"""Times that what is left over is solved for again; the first takes most of it away."""


def basic_solution(
    arrays: Arrays,
    basis: Basis,
    basic: Ints,
    x: Floats,
    solve: Callable[[Floats], Floats],
    solve_transposed: Callable[[Floats], Floats],
) -> tuple[Floats, Floats]:
    """Columns and row prices of a basis by iterative refinement.

    Whatever is not basic stands at its side, and no basic column or row has a reduced cost. The solver's factors give
    both up to their own error; what is left over, worked out from the programme itself, is solved for with the same
    factors and added.

    Parameters
    ----------
    arrays : Arrays
    basis : Basis
    basic : array of int, shape (rows,)
        The basic ones in the order of the factors: a column by its number, a row as -1 less its number.
    x : array, shape (columns,)
        Where free columns stand that are not basic.
    solve, solve_transposed : callable
        The solution z of B z = b, and of B' z = b, for the matrix B of what is basic, shape (rows,) each.

    Returns
    -------
    tuple of arrays, shapes (columns,) and (rows,)

    Notes
    -----
    Wilkinson, J. H. (1963). Rounding Errors in Algebraic Processes, chapter 3. For linear programmes: Gleixner, A.,
    Steffy, D. and Wolter, K. (2016). Iterative refinement for linear programming. INFORMS Journal on Computing 28(3).
    """
    of_column = basic >= 0
    columns, rows = basic[of_column], -1 - basic[~of_column]
    x = _at_sides(basis.columns, arrays.column_lower, arrays.column_upper, x)
    x[columns] = 0.0
    y = np.zeros(len(arrays.row_lower))
    sides = _at_sides(basis.rows, arrays.row_lower, arrays.row_upper, np.zeros(len(y)))
    costs = np.where(of_column, arrays.cost[np.where(of_column, basic, 0)], 0.0)
    for _ in range(1 + ROUNDS):
        left = sides - arrays.times(x)
        left[rows] = 0.0
        x[columns] += solve(left)[of_column]
        reduced = arrays.transposed_times(y)
        priced = np.where(of_column, reduced[np.where(of_column, basic, 0)], y[np.where(of_column, 0, -1 - basic)])
        y += solve_transposed(costs - priced)
    y[rows] = 0.0
    return x, y


def _at_sides(statuses: np.ndarray, lower: Floats, upper: Floats, otherwise: Floats) -> Floats:
    """What stands at its lower or upper side; anything else as it is."""
    found = np.where(statuses == AT_LOWER, lower, np.where(statuses == AT_UPPER, upper, otherwise))
    return np.where(np.isfinite(found), found, otherwise)
