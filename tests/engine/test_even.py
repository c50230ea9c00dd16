"""The point of a polyhedron at which a sum of squares is least, against what is known of it otherwise."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.engine.cholesky import Cholesky
from optimizer.engine.even import least_squares
from optimizer.engine.face import face, opened
from optimizer.engine.session import Session
from optimizer.program.program import Arrays, Floats


def programme(matrix: Floats, rows: tuple[Floats, Floats], columns: tuple[Floats, Floats], cost: Floats) -> Arrays:
    """A dense programme."""
    height, width = matrix.shape
    return Arrays(
        cost=cost,
        column_lower=columns[0],
        column_upper=columns[1],
        row_lower=rows[0],
        row_upper=rows[1],
        starts=np.arange(width + 1) * height,
        rows=np.tile(np.arange(height), width),
        values=matrix.T.ravel().astype(float),
    )


def random_programme(seed: int) -> tuple[Arrays, Floats]:
    """A programme with a known point in it, at a bound here and there."""
    rng = np.random.default_rng(seed)
    height, width = 6, 14
    matrix = rng.integers(-2, 3, (height, width)).astype(float)
    point = np.where(rng.random(width) < 0.3, 0.0, rng.uniform(0, 3, width))
    activity = matrix @ point
    low = np.where(rng.random(height) < 0.5, activity, activity - rng.uniform(0, 2, height))
    high = np.where(rng.random(height) < 0.5, activity, np.inf)
    low[rng.random(height) < 0.2] = -np.inf
    costs = rng.integers(0, 3, width).astype(float)
    return programme(matrix, (low, high), (np.zeros(width), np.full(width, 4.0)), costs), point


@pytest.mark.parametrize("seed", range(20))
def test_no_other_point_has_a_smaller_sum_of_squares(seed: int) -> None:
    """The gradient at it points away from every point of the polyhedron: a linear programme says from the nearest."""
    arrays, point = random_programme(seed)
    weights = np.random.default_rng([seed, 1]).uniform(0.1, 2, len(point))
    found = least_squares(arrays, weights, np.ones(len(point)), point)
    assert found is not None
    activity = arrays.times(found)
    assert (np.maximum(arrays.row_lower - activity, activity - arrays.row_upper) <= 1e-8).all()
    gradient = 2 * weights * found
    slope = Arrays(**{**vars_of(arrays), "cost": gradient})
    least = Session(slope).solve(slope).proof("no answer").objective
    assert gradient @ found == pytest.approx(least, rel=1e-6, abs=1e-6)


def test_dust_is_nothing() -> None:
    """Of 1, a hundred-millionth would be of what weighs so much more; that is no amount to tell anybody of."""
    one = np.ones(1)
    arrays = programme(np.ones((1, 2)), (one, one), (np.zeros(2), np.full(2, 4.0)), np.zeros(2))
    for heavy, dust in ((1e8, 0.0), (1e4, 1e-4)):
        found = least_squares(arrays, np.array([1.0, heavy]), np.ones(2), np.array([0.5, 0.5]))
        assert found is not None
        assert found[1] == pytest.approx(dust, rel=1e-3, abs=1e-18)
        assert found.sum() == pytest.approx(1.0, rel=1e-12)


def vars_of(arrays: Arrays) -> dict[str, Floats]:
    """Its fields."""
    names = ("cost", "column_lower", "column_upper", "row_lower", "row_upper", "starts", "rows", "values")
    return {name: getattr(arrays, name) for name in names}


@pytest.mark.parametrize("seed", range(20))
def test_the_face_holds_what_is_as_cheap_and_nothing_else(seed: int) -> None:
    arrays, _ = random_programme(seed)
    answer = Session(arrays, sharp=True).solve(arrays)
    least = answer.proof("no answer").objective
    cheapest = face(arrays, answer.y)
    left = opened(cheapest, answer.x)
    rng = np.random.default_rng([seed, 2])
    for _ in range(3):
        aim = rng.normal(size=len(left.columns))
        if not len(aim):
            break
        some = Arrays(**{**vars_of(left.arrays), "cost": aim})
        end = left.whole(Session(some).solve(some).x)
        assert arrays.cost @ end == pytest.approx(least, rel=1e-9, abs=1e-9)
        # With cost held by a row instead, the same end is as far as one can go.
        matrix = np.zeros((len(arrays.row_lower) + 1, len(arrays.cost)))
        matrix[arrays.rows, arrays.columns] = arrays.values
        matrix[-1] = arrays.cost
        rows = np.append(arrays.row_lower, -np.inf), np.append(arrays.row_upper, least)
        whole = np.zeros(len(arrays.cost))
        whole[left.columns] = aim
        other = programme(matrix, rows, (arrays.column_lower, arrays.column_upper), whole)
        furthest = Session(other).solve(other).proof("no answer").objective
        assert whole @ end == pytest.approx(furthest, rel=1e-6, abs=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_factors_solve_what_they_are_of(seed: int) -> None:
    rng = np.random.default_rng(seed)
    height, width = 60, 90
    matrix = np.where(rng.random((height, width)) < 0.06, rng.normal(size=(height, width)), 0.0)
    rows, columns = np.nonzero(matrix)
    factors = Cholesky(rows, columns, matrix[rows, columns], height, width)
    for _ in range(2):
        weights, diagonal = rng.uniform(0.01, 10, width), rng.uniform(0.01, 10, height)
        factors.factor(weights, diagonal)
        right = rng.normal(size=height)
        whole = matrix @ np.diag(weights) @ matrix.T + np.diag(diagonal)
        assert factors.solve(right) == pytest.approx(np.linalg.solve(whole, right), rel=1e-8, abs=1e-10)
