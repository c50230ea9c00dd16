"""The one point of a polyhedron at which a sum of squares is least: an interior point method, then its exact end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from optimizer.engine.cholesky import Cholesky
from optimizer.program.program import Arrays, Floats, Ints

STEPS = 60
"""Most steps of the interior point method."""
CENTRED = 1e-17
"""Mean product of a distance and its price at which the sides that hold are taken to be known."""
LEAST = 1e-16
"""Least distance from a side: what is less is lost by rounding."""
PATIENCE, FALL = 4, 0.5
"""So many steps, or rounds of moving a point, may pass without what is left falling to such a share of its least."""
SHORTEST = 1e-8
"""Shortest step that is one."""
CLOSE = 1e-11
"""Largest violation of a row that is left where it gets no smaller."""
FAINT = 1e-32
"""The same as `SHIFT`, where nothing is to be refined."""
NEAR = 1e-7
"""Largest violation of rows and of the conditions of an optimum there."""
SNAPPED = 1e-6
"""Distance within which a column whose side seems to hold is put there, and amount that is nothing."""
PROVED = 1e-9
"""Largest violation of a side, and largest price of the wrong sign, of what counts as the least, in scaled numbers."""
SMALLEST = 1e-10
"""Entries of the scaled matrix smaller than this are left out of its factors, not of the matrix."""
SHIFT = 1e-9
"""What is added to diagonals so that they can be factored; refinement takes its effect away."""
REFINED = 40
"""Most rounds of refinement."""
STALLED = 10.0
"""Times that a residual may grow before refinement ends."""
EXACT = 1e-13
"""Largest residual at which it ends."""
SOLVED = 2
"""Times that a system is solved, each for what the last one left over."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class _Scaled:
    """Least ``x W x / 2`` under ``low <= A x <= high`` and bounds, all numbers of about one size.

    Parameters
    ----------
    weights : array, shape (columns,)
        Diagonal of W.
    rows, columns, values : arrays, shape (entries,)
    low, high : arrays, shape (columns + rows,)
        Sides of columns, and of rows behind them.
    """

    weights: Floats
    rows: Ints
    columns: Ints
    values: Floats
    low: Floats
    high: Floats

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.weights)

    @property
    def height(self) -> int:
        """Number of rows."""
        return len(self.low) - self.width

    @cached_property
    def equal(self) -> Mask:
        """Which rows have one side only, that they keep."""
        return np.asarray(self.low[self.width :] == self.high[self.width :])

    @cached_property
    def factors(self) -> Cholesky:
        """Of A D A' + R."""
        some = np.abs(self.values) > SMALLEST
        return Cholesky(self.rows[some], self.columns[some], self.values[some], self.height, self.width)

    def times(self, x: Floats) -> Floats:
        """A x."""
        return np.bincount(self.rows, weights=self.values * x[self.columns], minlength=self.height).astype(float)

    def transposed_times(self, y: Floats) -> Floats:
        """A' y."""
        return np.bincount(self.columns, weights=self.values * y[self.rows], minlength=self.width).astype(float)

    def solve(self, weights: Floats, diagonal: Floats, one: Floats, two: Floats) -> tuple[Floats, Floats]:
        """(x, y) with ``x / weights - A' y = one`` and ``A x + diagonal y = two``, as the factors stand."""
        x, y = np.zeros(self.width), np.zeros(self.height)
        inverse = np.divide(1.0, weights, out=np.zeros_like(weights), where=weights > 0)
        left = np.where(weights > 0, one, 0.0), two
        for _ in range(SOLVED):
            more = self.factors.solve(left[1] - self.times(weights * left[0]))
            x, y = x + weights * (left[0] + self.transposed_times(more)), y + more
            left = (
                np.where(weights > 0, one - inverse * x + self.transposed_times(y), 0.0),
                two - self.times(x) - diagonal * y,
            )
        return x, y


def least_squares(arrays: Arrays, weights: Floats, sizes: Floats, near: Floats) -> Floats | None:
    """The point at which ``sum(weights x^2)`` is least; costs are not read.

    Parameters
    ----------
    arrays : Arrays
    weights : array, shape (columns,)
        At least 0. What has none is determined by the rest, or arbitrary.
    sizes : array, shape (columns,)
        Amounts of about the size that columns have.
    near : array, shape (columns,)
        A point that keeps all rows and bounds.

    Returns
    -------
    array, shape (columns,), or None
        Proved: the point with prices of its rows and bounds fulfils the conditions of an optimum, which of a strictly
        convex problem there is but one. None where that was not reached.
    """
    some, curved = arrays.scaled(sizes), weights * sizes**2
    curved = curved / max(float(curved.max(initial=0.0)), 1e-300)
    problem = _Scaled(curved, some.rows, some.columns, some.values, *some.sides)
    # Fronts are small: threads would only wait for one another. What overflows is no number, which nothing proves.
    with threadpool_limits(limits=1, user_api="blas"), np.errstate(over="ignore", invalid="ignore"):
        found = _least(problem, near / sizes)
    return None if found is None else np.clip(found * sizes, arrays.column_lower, arrays.column_upper)


def _least(problem: _Scaled, near: Floats) -> Floats | None:
    """The same in scaled numbers."""
    inside = _Interior(problem, near)
    stalled = _Stalled()
    for _ in range(STEPS if inside.sides else 0):
        if inside.arrived or not inside.step() or stalled.at(inside.centre):
            break
    x, (at_low, at_high) = inside.point[: problem.width], inside.holding()
    found = _exact(problem, x, inside.y, at_low, at_high, inside.arrived)
    moved = _kept(problem, x if found is None else found, at_low, at_high)
    return found if moved is None else moved


class _Stalled:
    """Tells that a number, looked at time and again, falls no more."""

    def __init__(self) -> None:
        self.least, self.waited = np.inf, 0

    def at(self, value: float) -> bool:
        """Whether it has not fallen for so long."""
        if value <= FALL * self.least:
            self.least, self.waited = value, 0
        else:
            self.waited += 1
        return self.waited >= PATIENCE


class _Interior:
    """A point inside all sides with their prices, brought step by step to where the sum of squares is least.

    Notes
    -----
    Mehrotra, S. (1992). On the implementation of a primal-dual interior point method. SIAM Journal on Optimization 2.
    """

    def __init__(self, problem: _Scaled, near: Floats) -> None:
        self.problem, width = problem, problem.width
        bound = np.concatenate([np.ones(width, bool), ~problem.equal])
        self.below, self.above = np.isfinite(problem.low) & bound, np.isfinite(problem.high) & bound
        self.low, self.high = np.where(self.below, problem.low, 0.0), np.where(self.above, problem.high, 0.0)
        self.sides = int(self.below.sum() + self.above.sum())
        both = self.below & self.above
        inside = np.minimum(0.1, np.where(both, (self.high - self.low) / 2, np.inf))
        point = np.concatenate([near, problem.times(near)])
        point = np.where(self.below, np.maximum(point, self.low + inside), point)
        point = np.where(self.above, np.minimum(point, self.high - inside), point)
        point[width:][problem.equal] = problem.low[width:][problem.equal]
        slope = np.concatenate([problem.weights * point[:width], np.zeros(problem.height)])
        self.point, self.y = point, np.zeros(problem.height)
        self.price_low = np.where(self.below, 0.1 + np.maximum(slope, 0.0), 0.0)
        self.price_high = np.where(self.above, 0.1 + np.maximum(-slope, 0.0), 0.0)
        self._measure()

    def _measure(self) -> None:
        """Distances from the sides, and what is left of every condition."""
        problem, x = self.problem, self.point[: self.problem.width]
        self.over = np.where(self.below, np.maximum(self.point - self.low, LEAST), 1.0)
        self.under = np.where(self.above, np.maximum(self.high - self.point, LEAST), 1.0)
        self.centre = float(self.price_low @ self.over + self.price_high @ self.under) / max(self.sides, 1)
        left = np.concatenate([problem.transposed_times(self.y) - problem.weights * x, -self.y])
        left += self.price_low - self.price_high
        left[problem.width :][problem.equal] = 0.0
        self.left, self.missing = left, self.point[problem.width :] - problem.times(x)

    @property
    def arrived(self) -> bool:
        """Whether it is so close that the sides that hold can be told."""
        off = max(float(np.abs(self.left).max(initial=0.0)), float(np.abs(self.missing).max(initial=0.0)))
        return self.centre <= CENTRED and off <= NEAR

    def step(self) -> bool:
        """Go as far as the sides let it; whether that was any way."""
        equal, width = self.problem.equal, self.problem.width
        stiff = self.price_low / self.over + self.price_high / self.under
        self._weights = 1.0 / (self.problem.weights + stiff[:width] + SHIFT)
        self._loose = np.where(equal, 0.0, np.minimum(1.0 / np.maximum(stiff[width:], 1e-16), 1e16))
        self.problem.factors.factor(self._weights, self._loose + SHIFT)
        zero_low, zero_high = -self.price_low * self.over * self.below, -self.price_high * self.under * self.above
        whole, _, more_low, more_high = self._move(zero_low, zero_high)
        primal, dual = self._longest(whole, more_low, more_high)
        reached = (self.price_low + dual * more_low) @ np.where(self.below, self.over + primal * whole, 0.0)
        reached += (self.price_high + dual * more_high) @ np.where(self.above, self.under - primal * whole, 0.0)
        aim = self.centre * float(np.clip(reached / self.sides / self.centre, 0.0, 1.0)) ** 3
        whole, more_y, more_low, more_high = self._move(
            np.where(self.below, aim + zero_low - whole * more_low, 0.0),
            np.where(self.above, aim + zero_high + whole * more_high, 0.0),
        )
        length = min(self._longest(whole, more_low, more_high))
        length = 0.995 * length if length < 1.0 else 1.0
        if not np.isfinite(whole).all() or length < SHORTEST:
            return False
        self.point, self.y = self.point + length * whole, self.y + length * more_y
        self.price_low, self.price_high = self.price_low + length * more_low, self.price_high + length * more_high
        self._measure()
        return True

    def _move(self, aim_low: Floats, aim_high: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Where to: of the point, the prices of rows, and those of lower and upper sides."""
        equal, width = self.problem.equal, self.problem.width
        right = self.left + np.where(self.below, aim_low / self.over, 0.0)
        right -= np.where(self.above, aim_high / self.under, 0.0)
        two = self.missing + np.where(equal, 0.0, right[width:] * self._loose)
        move, more_y = self.problem.solve(self._weights, self._loose + SHIFT, right[:width], two)
        whole = np.concatenate([move, np.where(equal, 0.0, (right[width:] - more_y) * self._loose)])
        more_low = np.where(self.below, (aim_low - self.price_low * whole) / self.over, 0.0)
        more_high = np.where(self.above, (aim_high + self.price_high * whole) / self.under, 0.0)
        return whole, more_y, more_low, more_high

    def _longest(self, whole: Floats, more_low: Floats, more_high: Floats) -> tuple[float, float]:
        """The longest steps that keep the point, and the prices, on their side."""
        primal = min(_most(self.over, whole, self.below), _most(self.under, -whole, self.above))
        return primal, min(_most(self.price_low, more_low, self.below), _most(self.price_high, more_high, self.above))

    def holding(self) -> tuple[Mask, Mask]:
        """Sides, lower and upper, of columns and rows that seem to hold."""
        at_low = self.below & (self.price_low > self.over)
        return at_low, self.above & (self.price_high > self.under) & ~at_low


def _most(distance: Floats, move: Floats, where: Mask) -> float:
    """The longest step that keeps distances from falling below nothing."""
    shrinking = where & (move < 0)
    return float(np.min(distance[shrinking] / -move[shrinking], initial=1.0))


def _exact(problem: _Scaled, x: Floats, y: Floats, at_low: Mask, at_high: Mask, arrived: bool) -> Floats | None:
    """The least where it is known which sides hold, if all that it takes is fulfilled.

    Where more sides hold than it takes, their prices are not the only ones, and some may have the wrong sign. If it is
    the point that was arrived at, the prices found on the way there have proved it.
    """
    width = problem.width
    equal = np.concatenate([np.zeros(width, bool), problem.equal])
    near = x
    x, y, left = _at(problem, x, y, at_low, at_high, equal)
    point = np.concatenate([x, problem.times(x)])
    outside = np.maximum(problem.low - point, point - problem.high)
    if max(left, float(outside.max(initial=0.0))) > PROVED:
        return None
    price = np.concatenate([problem.weights * x - problem.transposed_times(y), y])
    amiss = np.where(at_low, -price, np.where(at_high, price, 0.0)) * (problem.low < problem.high)
    same = arrived and float(np.abs(x - near).max(initial=0.0)) <= SNAPPED
    return x if same or float(amiss.max(initial=0.0)) <= PROVED else None


def _kept(problem: _Scaled, x: Floats, at_low: Mask, at_high: Mask) -> Floats | None:
    """A point close by that keeps all rows and bounds: moved least by what is nearest to its side. Dust is nothing."""
    width = problem.width
    near_low, near_high = x - problem.low[:width], problem.high[:width] - x
    low_or_none = at_low[:width] | (problem.low[:width] == 0.0)
    x = np.where(low_or_none & (near_low < SNAPPED), problem.low[:width], x)
    x = np.where(at_high[:width] & (near_high < SNAPPED), problem.high[:width], x)
    low, high = problem.low[width:], problem.high[width:]
    before, stalled = np.inf, _Stalled()
    for _ in range(REFINED):
        activity = problem.times(x)
        aim = np.clip(activity, low, high)
        left = float(np.abs(aim - activity).max(initial=0.0))
        if left <= EXACT or (left <= CLOSE and left > before / 2):
            return x
        if stalled.at(left):
            return None
        before = left
        room = np.minimum(np.minimum(x - problem.low[:width], problem.high[:width] - x), 1.0)
        inside = np.minimum(np.minimum(aim - low, high - aim), 1.0)
        weights = (np.maximum(room, 0.0) + PROVED) ** 2
        diagonal = (np.maximum(inside, 0.0) + PROVED) ** 2 * (low < high)
        problem.factors.factor(weights, diagonal + FAINT)
        two, y = aim - activity, np.zeros(problem.height)
        for _ in range(SOLVED):
            y += problem.factors.solve(two - problem.times(weights * problem.transposed_times(y)) - diagonal * y)
        x = np.clip(x + weights * problem.transposed_times(y), problem.low[:width], problem.high[:width])
    return None


def _at(
    problem: _Scaled, x: Floats, y: Floats, at_low: Mask, at_high: Mask, equal: Mask
) -> tuple[Floats, Floats, float]:
    """The least with some sides kept as equations, prices of the rows, and the largest residual that is left."""
    width = problem.width
    fixed, kept = (at_low | at_high)[:width], (at_low | at_high | equal)[width:]
    x = np.where(at_low[:width], problem.low[:width], np.where(at_high[:width], problem.high[:width], x))
    sides = np.where(at_high[width:], problem.high[width:], problem.low[width:])
    weights = np.where(fixed, 0.0, 1.0 / (problem.weights + SHIFT))
    diagonal = np.where(kept, SHIFT, 1e9)
    problem.factors.factor(weights, diagonal)
    y = np.where(kept, y, 0.0)
    best = x, y, np.inf
    for _ in range(REFINED):
        one = np.where(fixed, 0.0, problem.transposed_times(y) - problem.weights * x)
        two = np.where(kept, sides - problem.times(x), 0.0)
        left = max(float(np.abs(one).max(initial=0.0)), float(np.abs(two).max(initial=0.0)))
        if left < best[2]:
            best = x, y, left
        if left <= EXACT or left > STALLED * best[2]:
            break
        more_x, more_y = problem.solve(weights, diagonal, one, two)
        x, y = x + more_x, np.where(kept, y + more_y, 0.0)
    return best
