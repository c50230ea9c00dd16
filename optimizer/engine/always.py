"""Sides that a polyhedron never leaves, though nothing says so: without them an interior point method has no inside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.engine.deadline import NEVER, Deadline
from optimizer.engine.session import Session
from optimizer.program.program import Arrays, Floats, Ints

ROOM = 1e-3
"""Distance from a side, in scaled numbers, beyond which more does not count."""
NONE = 1e-9
"""The same, at which a point is taken to stand on a side."""
LEFT = 1e-7
"""The same, beyond which a side has been left for certain."""
ROUNDS = 40
"""Most programmes that are solved; nearly all sides that can be left are left in the first."""


def always_held(
    arrays: Arrays, x: Floats, sizes: Floats, solve_limit: float = 300.0, deadline: Deadline = NEVER
) -> Arrays:
    """The same polyhedron with every side that all of its points stand on written as an equation.

    Points are sought as far as can be from all sides that none has left yet, until no more is left. Where that is not
    proved, nothing is changed.

    Parameters
    ----------
    arrays : Arrays
        Costs are not read.
    x : array, shape (columns,)
        A point that keeps all rows and bounds.
    sizes : array, shape (columns,)
        Amounts of about the size that columns have.
    solve_limit : float
        Seconds each programme may take.
    deadline : Deadline
        When everything must end.

    Notes
    -----
    After Freund, R. M., Roundy, R. and Todd, M. J. (1985). Identifying the set of always-active constraints in a
    system of linear inequalities by a single linear program. Working paper 1674-85, Sloan School of Management. Their
    one programme scales the polyhedron without bound; some that do not are better conditioned.
    """
    some, width = arrays.scaled(sizes), len(arrays.cost)
    stands, (low, high) = np.concatenate([x / sizes, some.times(x / sizes)]), some.sides
    below = np.flatnonzero((low < high) & (stands - low < NONE))
    above = np.flatnonzero((low < high) & (high - stands < NONE))
    if not len(below) + len(above):
        return arrays
    programme = _farthest(some, below, above)
    session = Session(programme, solve_limit, deadline)
    answer, held = session.solve(programme), np.ones(len(below) + len(above), bool)
    for _ in range(ROUNDS):
        if not answer.certified:
            break
        left = held & (answer.x[width:] > LEFT)
        if not left.any():
            return _as_equations(arrays, below[held[: len(below)]], above[held[len(below) :]])
        held &= ~left
        programme = replace(
            programme,
            cost=np.concatenate([np.zeros(width), np.where(held, -1.0, 0.0)]),
            column_upper=np.concatenate([programme.column_upper[:width], np.where(held, ROOM, 0.0)]),
        )
        answer = session.again(programme, answer)
    return arrays


def _farthest(arrays: Arrays, below: Ints, above: Ints) -> Arrays:
    """The programme that goes as far from some lower and upper sides as it can, which have a row of their own."""
    width, height, count = len(arrays.cost), len(arrays.row_lower), len(below) + len(above)
    none, low, high = np.zeros(count), *arrays.sides
    # A side of a column is a row with that column alone.
    rows, columns = np.concatenate([np.arange(width), width + arrays.rows]), np.append(np.arange(width), arrays.columns)
    values = np.concatenate([np.ones(width), arrays.values])
    taken = [_entries(some, rows, width + height) for some in (below, above)]
    entry = np.concatenate([found for found, _ in taken])
    row = np.concatenate([taken[0][1], len(below) + taken[1][1], np.arange(count)])
    signs = np.concatenate([np.full(len(below), -1.0), np.ones(len(above))])
    return replace(arrays, cost=np.zeros(width)).more(
        (none - 1.0, none, none + ROOM),
        (
            np.concatenate([low[below], np.full(len(above), -np.inf)]),
            np.concatenate([np.full(len(below), np.inf), high[above]]),
        ),
        (np.append(columns[entry], width + np.arange(count)), height + row, np.append(values[entry], signs)),
    )


def _as_equations(arrays: Arrays, below: Ints, above: Ints) -> Arrays:
    """A polyhedron with some lower and upper sides, of columns and of rows behind them, as equations."""
    width, (low, high) = len(arrays.cost), arrays.sides
    least = low.copy()
    least[above] = high[above]
    high[below] = low[below]
    least[below] = low[below]
    return replace(
        arrays,
        column_lower=least[:width],
        column_upper=high[:width],
        row_lower=least[width:],
        row_upper=high[width:],
    )


def _entries(some: Ints, rows: Ints, height: int) -> tuple[Ints, Ints]:
    """Entries of some rows, and for each the place of its row among them."""
    place = np.full(height, -1)
    place[some] = np.arange(len(some))
    found = np.flatnonzero(place[rows] >= 0)
    return found, place[rows[found]]
