"""What the solver is given and what it ends in, in its words and in ours."""

from __future__ import annotations

import math

import highspy
import numpy as np
from numpy.typing import NDArray

from optimizer.errors import NumbersError
from optimizer.program.answer import AT_LOWER, AT_UPPER, BASIC, FREE, Basis
from optimizer.program.program import Arrays, Floats, Ints

LARGEST_COST = 2.0**8
"""What the largest cost is to the solver, within a factor of two. Its tolerance on prices is absolute, 1e-7: beside
costs of 1e7 that is less than arithmetic can hold, and what its interior point ended in often could not be mended."""


class Silent(highspy.Highs):
    """HiGHS that says nothing from the start: its own constructor prints who it is before an option can be set."""

    def enableCallbacks(self) -> None:
        """What the constructor calls last; we use no callbacks."""
        self.setOptionValue("output_flag", False)


def unit_of(arrays: Arrays) -> float:
    """USD in a unit of the solver's money, a power of two: nothing is rounded on the way there and back."""
    largest = np.abs(arrays.cost).max(initial=0.0)
    return 2.0 ** math.floor(math.log2(largest / LARGEST_COST)) if largest else 1.0


def highs_lp(arrays: Arrays, unit: float) -> highspy.HighsLp:
    """The programme as HiGHS takes it.

    Parameters
    ----------
    arrays : Arrays
    unit : float
        USD in a unit of the solver's money; see `unit_of`.
    """
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(arrays.cost), len(arrays.row_lower)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = arrays.cost / unit, arrays.column_lower, arrays.column_upper
    lp.row_lower_, lp.row_upper_ = arrays.row_lower, arrays.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = lp.num_col_, lp.num_row_
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = arrays.starts, arrays.rows, arrays.values
    return lp


def basis_of(
    highs: highspy.Highs, arrays: Arrays, solution: highspy.HighsSolution, values: Floats, prices: Floats
) -> tuple[Basis, Ints]:
    """The basis HiGHS ends in, and its list of basic places: its own record comes as a list of objects, which is slow.

    What is not basic stands at a side: the nearer one, and of two equal ones that to which its price belongs. A basis
    that no simplex iteration has touched comes from its own record, and without basic places: there, asking for them
    ends the process.
    Values of columns and prices of rows come as the arrays that there are: a list of the solver's is slow to take over.

    Parameters
    ----------
    highs : Highs
    arrays : Arrays
        What it solved.
    solution : HighsSolution
    values : array, shape (columns,)
    prices : array, shape (rows,)
    """
    held = highs.getBasis()
    if held.was_alien and not highs.getInfo().simplex_iteration_count:
        sides = (np.array([int(some) for some in side], np.int8) for side in (held.col_status, held.row_status))
        return Basis(*sides), np.zeros(0, np.int64)
    status, basic = highs.getBasicVariables()  # type: ignore[attr-defined]
    if status == highspy.HighsStatus.kError:
        raise NumbersError("HiGHS refused the basis of its answer")
    columns = _sides(values, np.array(solution.col_dual, float), arrays.column_lower, arrays.column_upper)
    rows = _sides(np.array(solution.row_value, float), prices, arrays.row_lower, arrays.row_upper)
    columns[basic[basic >= 0]] = BASIC
    rows[-1 - basic[basic < 0]] = BASIC
    return Basis(columns, rows), np.asarray(basic)


def _sides(values: Floats, prices: Floats, lower: Floats, upper: Floats) -> NDArray[np.int8]:
    """At which side each stands, as HiGHS numbers them."""
    higher = np.where(lower == upper, prices < 0, upper - values < values - lower)
    sides = np.where(higher, AT_UPPER, AT_LOWER)
    sides[np.isneginf(lower) & np.isposinf(upper)] = FREE
    return np.asarray(sides.astype(np.int8))


def highs_basis(basis: Basis) -> highspy.HighsBasis:
    """A basis as HiGHS takes it."""
    statuses = [highspy.HighsBasisStatus(number) for number in range(5)]
    given = highspy.HighsBasis()
    given.col_status = [statuses[number] for number in basis.columns]
    given.row_status = [statuses[number] for number in basis.rows]
    given.valid = True
    given.alien = False  # else it is factored now, and again by the run that follows, which mends a singular one itself
    return given
