"""Which sides all points of a polyhedron stand on, against one programme for each side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.engine.always import always_held
from optimizer.engine.session import Session
from optimizer.program.program import Arrays, Floats


def polyhedron(matrix: Floats, low: Floats, high: Floats, least: Floats, most: Floats) -> Arrays:
    """Rows ``low <= A x <= high`` and columns ``least <= x <= most``."""
    width = matrix.shape[1]
    at, rows = np.nonzero(matrix.T)
    return Arrays(
        cost=np.zeros(width),
        column_lower=least,
        column_upper=most,
        row_lower=low,
        row_upper=high,
        starts=np.concatenate([[0], np.cumsum(np.bincount(at, minlength=width))]),
        rows=rows,
        values=matrix.T[at, rows],
    )


def spread(arrays: Arrays, worth: Floats) -> tuple[float, float]:
    """The least and the largest sum of columns."""
    found = []
    for sign in (1.0, -1.0):
        some = replace(arrays, cost=sign * worth)
        answer = Session(some).solve(some)
        assert answer.certified
        found.append(float(worth @ answer.x))
    return found[0], found[1]


def test_two_that_cannot_be_less_and_together_not_more() -> None:
    """x + y <= 1 with x, y >= 1/2 is an equation three times; z stays free."""
    matrix = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    some = polyhedron(matrix, np.full(2, -np.inf), np.array([1.0, 9.0]), np.array([0.5, 0.5, 0.0]), np.full(3, np.inf))
    held = always_held(some, np.array([0.5, 0.5, 3.0]), np.ones(3))
    assert (held.row_lower.tolist(), held.row_upper.tolist()) == ([1.0, -np.inf], [1.0, 9.0])
    assert (held.column_lower.tolist(), held.column_upper.tolist()) == ([0.5, 0.5, 0.0], [0.5, 0.5, np.inf])


@pytest.mark.parametrize("seed", range(12))
def test_a_side_is_an_equation_where_no_point_leaves_it(seed: int) -> None:
    """Polyhedra with a corner at which too much meets, so that some of their sides are always held."""
    random = np.random.default_rng(seed)
    height, width = 7, 6
    matrix = random.integers(-1, 2, (height, width)).astype(float)
    corner = random.integers(0, 2, width).astype(float)
    high = matrix @ corner + np.where(random.random(height) < 0.8, 0.0, 1.0)
    some = polyhedron(matrix, np.full(height, -np.inf), high, np.zeros(width), np.full(width, 5.0))
    held = always_held(some, corner, np.ones(width))
    for column in range(width):
        least, most = spread(some, np.eye(width)[column])
        assert (held.column_upper[column] == 0.0) == (most < 1e-9)
        assert (held.column_lower[column] == 5.0) == (least > 5.0 - 1e-9)
    for row in range(height):
        least, _ = spread(some, matrix[row])
        assert (held.row_lower[row] == high[row]) == (least > high[row] - 1e-9)
