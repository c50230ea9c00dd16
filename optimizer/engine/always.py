"""Sides that a polyhedron never leaves, though nothing says so: without them an interior point method has no inside."""

from __future__ import annotations

from dataclasses import dataclass, replace

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


@dataclass(frozen=True)
class _Sides:
    """A polyhedron in scaled numbers, its columns as rows before its rows.

    Parameters
    ----------
    rows, columns, values : arrays, shape (entries,)
    low, high : arrays, shape (columns + rows,)
    width : int
        Number of columns.
    """

    rows: Ints
    columns: Ints
    values: Floats
    low: Floats
    high: Floats
    width: int

    def at(self, x: Floats) -> Floats:
        """Where a point stands."""
        return np.bincount(self.rows, weights=self.values * x[self.columns], minlength=len(self.low)).astype(float)

    def farthest(self, below: Ints, above: Ints) -> Arrays:
        """The programme that goes as far from some lower and upper sides as it can, which have a row of their own."""
        width, count = self.width, len(below) + len(above)
        own = self.rows >= width
        taken = [_entries(some, self.rows, len(self.low)) for some in (below, above)]
        height = len(self.low) - width
        rows = [self.rows[own] - width, height + taken[0][1], height + len(below) + taken[1][1]]
        rows.append(height + np.arange(count))
        entry = np.concatenate([np.flatnonzero(own), taken[0][0], taken[1][0]])
        at, row = np.concatenate([self.columns[entry], width + np.arange(count)]), np.concatenate(rows)
        signs = np.concatenate([np.full(len(below), -1.0), np.ones(len(above))])
        sort = np.lexsort((row, at))
        return Arrays(
            cost=np.concatenate([np.zeros(width), np.full(count, -1.0)]),
            column_lower=np.concatenate([self.low[:width], np.zeros(count)]),
            column_upper=np.concatenate([self.high[:width], np.full(count, ROOM)]),
            row_lower=np.concatenate([self.low[width:], self.low[below], np.full(len(above), -np.inf)]),
            row_upper=np.concatenate([self.high[width:], np.full(len(below), np.inf), self.high[above]]),
            starts=np.concatenate([[0], np.cumsum(np.bincount(at, minlength=width + count))]),
            rows=row[sort],
            values=np.concatenate([self.values[entry], signs])[sort],
        )


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
    sides, width = _scaled(arrays, sizes), len(arrays.cost)
    stands, apart = sides.at(x / sizes), sides.low < sides.high
    below = np.flatnonzero(apart & (stands - sides.low < NONE))
    above = np.flatnonzero(apart & (sides.high - stands < NONE))
    if not len(below) + len(above):
        return arrays
    programme = sides.farthest(below, above)
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


def _as_equations(arrays: Arrays, below: Ints, above: Ints) -> Arrays:
    """A polyhedron with some lower and upper sides, of columns and of rows behind them, as equations."""
    width = len(arrays.cost)
    low = np.concatenate([arrays.column_lower, arrays.row_lower])
    high = np.concatenate([arrays.column_upper, arrays.row_upper])
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


def _scaled(arrays: Arrays, sizes: Floats) -> _Sides:
    """A polyhedron with numbers of about one size."""
    width, entries = len(arrays.cost), arrays.values * sizes[arrays.columns]
    largest = np.zeros(len(arrays.row_lower))
    np.maximum.at(largest, arrays.rows, np.abs(entries))
    largest[largest == 0.0] = 1.0
    return _Sides(
        np.concatenate([np.arange(width), width + arrays.rows]),
        np.concatenate([np.arange(width), arrays.columns]),
        np.concatenate([np.ones(width), entries / largest[arrays.rows]]),
        np.concatenate([arrays.column_lower / sizes, arrays.row_lower / largest]),
        np.concatenate([arrays.column_upper / sizes, arrays.row_upper / largest]),
        width,
    )


def _entries(some: Ints, rows: Ints, height: int) -> tuple[Ints, Ints]:
    """Entries of some rows, and for each the place of its row among them."""
    place = np.full(height, -1)
    place[some] = np.arange(len(some))
    found = np.flatnonzero(place[rows] >= 0)
    return found, place[rows[found]]
