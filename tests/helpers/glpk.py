"""A linear programme solved by GLPK's simplex method, which shares no code with HiGHS."""

from __future__ import annotations

from typing import Any

import numpy as np
import swiglpk as glp

from optimizer.program.program import Arrays


def least_cost(arrays: Arrays) -> float:
    """Least cost by the primal simplex method, tolerances far below what is compared.

    The sum is taken again from the answer's own columns.
    """
    problem = glp.glp_create_prob()
    rows, columns = len(arrays.row_lower), len(arrays.cost)
    glp.glp_add_rows(problem, rows)
    glp.glp_add_cols(problem, columns)
    for number in range(rows):
        _bound(glp.glp_set_row_bnds, problem, number, arrays.row_lower[number], arrays.row_upper[number])
    for number in range(columns):
        _bound(glp.glp_set_col_bnds, problem, number, arrays.column_lower[number], arrays.column_upper[number])
        glp.glp_set_obj_coef(problem, number + 1, float(arrays.cost[number]))
    _load(problem, arrays)
    glp.glp_term_out(glp.GLP_OFF)
    glp.glp_scale_prob(problem, glp.GLP_SF_AUTO)
    settings = glp.glp_smcp()
    glp.glp_init_smcp(settings)
    settings.msg_lev = glp.GLP_MSG_OFF
    settings.tol_bnd = settings.tol_dj = 1e-9
    glp.glp_adv_basis(problem, 0)
    assert glp.glp_simplex(problem, settings) == 0
    assert glp.glp_get_status(problem) == glp.GLP_OPT
    x = np.array([glp.glp_get_col_prim(problem, number + 1) for number in range(columns)])
    glp.glp_delete_prob(problem)
    return float(arrays.cost @ x)


def _load(problem: Any, arrays: Arrays) -> None:
    """Pass the matrix; zeros are not entries."""
    entries = np.flatnonzero(arrays.values)
    count = len(entries)
    at, of, values = glp.intArray(count + 1), glp.intArray(count + 1), glp.doubleArray(count + 1)
    for place, entry in enumerate(entries, 1):
        at[place] = int(arrays.rows[entry]) + 1
        of[place] = int(arrays.columns[entry]) + 1
        values[place] = float(arrays.values[entry])
    glp.glp_load_matrix(problem, count, at, of, values)


def _bound(setter: Any, problem: Any, number: int, lower: float, upper: float) -> None:
    """Bound a row or column on the sides that are finite."""
    low, high = np.isfinite(lower), np.isfinite(upper)
    if low and high:
        kind = glp.GLP_FX if lower == upper else glp.GLP_DB
    else:
        kind = glp.GLP_LO if low else glp.GLP_UP if high else glp.GLP_FR
    setter(problem, number + 1, kind, float(lower) if low else 0.0, float(upper) if high else 0.0)
