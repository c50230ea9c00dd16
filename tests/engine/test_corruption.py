"""No corrupted answer is certified, and no good one is refused.

An answer's *error* is worked out here once more, in extended precision: the largest violation of a side, relative to 1
and the largest finite side; the largest price that stands on an infinite side, relative to 1 and the largest cost; the
distance between cost and dual cost, relative to 1 and the cost; the largest violation of a row relative to 1 and what
flows through it, in thousands; and what the prices on infinite sides could be worth, relative to 1 and the cost, at the
largest amount that costs something or at what turns over the whole cost, whichever is less. An
answer of which any exceeds 1e-9 must be refused, and one of which none does must pass. On networks one is added that
knows nothing of duality: the cost must be that of the optimum. And programmes built around their answer stand beside
a row and a column so large that a residual relative to the largest number shows nothing.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from optimizer.engine.session import Session
from optimizer.errors import ScenarioError
from optimizer.formulation.compile import parameter_vector
from optimizer.plans.plan import Planner
from optimizer.program.certificate import TOLERANCE, certify
from optimizer.program.program import Arrays
from tests.helpers.networks import random_case, random_scenario
from tests.helpers.seeds import seeds

Long = Any
EDGE = 1e-3
"""How near to the tolerance the rounding of the certificate itself may decide."""
KINDS = (
    "flow",
    "flows",
    "price",
    "prices",
    "sign",
    "swap",
    "bound",
    "side",
    "cost",
    "coefficient",
    "nan",
    "zero",
    "scale",
)


def error(arrays: Arrays, x: Any, y: Any) -> float:
    """The largest error of an answer, in extended precision; infinite where anything is not a number."""
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return float("inf")
    x, y = np.asarray(x, np.longdouble), np.asarray(y, np.longdouble)
    values, cost = np.asarray(arrays.values, np.longdouble), np.asarray(arrays.cost, np.longdouble)
    activity, flowing, dearest, reduced = (*(np.zeros(len(y), np.longdouble) for _ in range(3)), cost.copy())
    np.add.at(activity, arrays.rows, values * x[arrays.columns])
    np.add.at(flowing, arrays.rows, abs(values * x[arrays.columns]))
    for row, column in zip(arrays.rows, arrays.columns, strict=True):
        dearest[row] = max(dearest[row], abs(cost[column]))
    row_sides, sides = (arrays.row_lower, arrays.row_upper), (arrays.column_lower, arrays.column_upper)
    broken, outside = violation(activity, *row_sides), violation(x, *sides)
    wrong = unheld(y, *row_sides)
    held = np.where(wrong > 0, 0, y)
    np.add.at(reduced, arrays.columns, -values * held[arrays.rows])
    loose = unheld(reduced, *sides)
    total = (cost * x).sum()
    bound = worth(held, *row_sides) + worth(reduced, *sides)
    largest = max(abs(some[np.isfinite(some)]).max(initial=0) for some in (*row_sides, *sides))
    primal = max(broken.max(), outside.max()) / (1 + largest)
    dual = max(wrong.max(), loose.max()) / (1 + abs(cost).max())
    gap = abs(total - bound) / (1 + abs(total))
    local = max((broken / (1 + flowing)).max(), (outside / (1 + abs(x))).max(), (wrong / (1 + dearest)).max()) / 1000
    turned = abs(cost)
    np.add.at(turned, arrays.columns, abs(values * held[arrays.rows]))
    largest_priced = max(1, abs(x[cost != 0]).max(initial=0))
    open_worth = np.minimum(loose * largest_priced / (1 + abs(total)), loose / (1 + turned))
    return float(max(primal, dual, gap, local, open_worth.sum()))


def violation(value: Any, lower: Any, upper: Any) -> Any:
    """Distance outside the sides."""
    return np.maximum(np.maximum(lower - value, value - upper), 0)


def unheld(price: Any, lower: Any, upper: Any) -> Any:
    """Size of each price that stands on an infinite side, 0 of all others."""
    return abs(price) * (((price > 0) & (lower == -np.inf)) | ((price < 0) & (upper == np.inf)))


def worth(price: Any, lower: Any, upper: Any) -> Any:
    """Sum of the prices that stand on a finite side, times that side."""
    up, down = (price > 0) & np.isfinite(lower), (price < 0) & np.isfinite(upper)
    return (price[up] * lower[up]).sum() + (price[down] * upper[down]).sum()


def corrupted(kind: str, arrays: Arrays, x: Any, y: Any, rng: np.random.Generator) -> tuple[Arrays, Any, Any]:
    """An answer, or the programme it is held against, changed in one way by an amount of any size."""
    x, y = x.copy(), y.copy()
    size = 10.0 ** rng.uniform(-9, 3) * rng.choice([-1.0, 1.0])
    column, row = int(rng.integers(len(x))), int(rng.integers(len(y)))
    used, priced = np.flatnonzero(x), np.flatnonzero(y)
    if kind == "flow":
        x[column] += size
    elif kind == "flows":
        x += size * rng.random(len(x))
    elif kind == "price":
        y[row] += size
    elif kind == "prices":
        y += size * rng.random(len(y))
    elif kind == "sign" and len(priced):
        y[rng.choice(priced)] *= -1
    elif kind == "swap" and len(used):
        other = int(rng.choice(used))
        x[[column, other]] = x[[other, column]]
    elif kind in ("bound", "side"):
        names = ("column_lower", "column_upper") if kind == "bound" else ("row_lower", "row_upper")
        arrays = _moved(arrays, names, column if kind == "bound" else row, size)
    elif kind in ("cost", "coefficient"):
        name = "cost" if kind == "cost" else "values"
        changed = getattr(arrays, name).copy()
        changed[rng.integers(len(changed))] += size
        arrays = replace(arrays, **{name: changed})
    elif kind == "nan":
        (x if rng.random() < 0.5 else y)[0] = rng.choice([np.nan, np.inf, -np.inf])
    elif kind == "zero" and len(used):
        x[rng.choice(used)] = 0.0
    elif kind == "scale":
        x *= 1 + size / 1000
    return arrays, x, y


def _moved(arrays: Arrays, names: tuple[str, str], place: int, size: float) -> Arrays:
    """The programme with the sides of one row or column moved together."""
    parts = {name: getattr(arrays, name).copy() for name in names}
    for some in parts.values():
        some[place] += size
    return replace(arrays, **parts)


def check(arrays: Arrays, x: Any, y: Any) -> bool:
    """Hold the certificate against the error worked out here; say whether the answer was wrong."""
    found = error(arrays, x, y)
    with np.errstate(invalid="ignore"):
        holds = certify(arrays, x, y).holds
    if found > TOLERANCE * (1 + EDGE):
        assert not holds, found
    if found < TOLERANCE * (1 - EDGE):
        assert holds, found
    return found > TOLERANCE


def constructed(rng: np.random.Generator) -> tuple[Arrays, Any, Any]:
    """A programme built around its answer: whole numbers, complementary, and so optimal without any solver."""
    rows, columns = int(rng.integers(2, 12)), int(rng.integers(2, 16))
    matrix = rng.integers(-4, 5, (rows, columns)) * (rng.random((rows, columns)) < 0.5)
    x = rng.integers(0, 50, columns).astype(float)
    y, reduced = (rng.integers(-30, 31, n).astype(float) * (rng.random(n) < 0.6) for n in (rows, columns))
    sides = []
    for value, price in ((matrix @ x, y), (x, reduced)):
        room = rng.integers(0, 20, (2, len(value))) * (rng.random((2, len(value))) < 0.8)
        lower, upper = value - room[0], value + room[1]
        lower, upper = np.where(price > 0, value, lower), np.where(price < 0, value, upper)
        loose = rng.random((2, len(value))) < 0.3
        sides.append(np.where(loose[0] & (price <= 0), -np.inf, lower))
        sides.append(np.where(loose[1] & (price >= 0), np.inf, upper))
    at, of = np.nonzero(matrix.T)
    starts = np.concatenate([[0], np.cumsum((matrix != 0).sum(axis=0))])
    cost = matrix.T @ y + reduced
    return Arrays(cost, sides[2], sides[3], sides[0], sides[1], starts, of, matrix.T[at, of].astype(float)), x, y


def test_a_thousand_constructed_answers_pass_and_their_corruptions_are_refused() -> None:
    rng = np.random.default_rng(0)
    refused = 0
    for number in range(1500):
        arrays, x, y = constructed(rng)
        assert error(arrays, x, y) == 0.0
        assert certify(arrays, x, y).holds
        refused += check(*corrupted(KINDS[number % len(KINDS)], arrays, x, y, rng))
    print(f"1500 constructed answers passed, {refused} corrupted ones refused")
    assert refused >= 1000


def beside_giants(arrays: Arrays, x: Any, y: Any) -> tuple[Arrays, Any, Any]:
    """The same programme and answer beside a row that may hold 1e13 and a column that costs 1e13."""
    giant = replace(
        arrays,
        cost=np.append(arrays.cost, 1e13),
        column_lower=np.append(arrays.column_lower, 0.0),
        column_upper=np.append(arrays.column_upper, np.inf),
        row_lower=np.append(arrays.row_lower, -np.inf),
        row_upper=np.append(arrays.row_upper, 1e13),
        starts=np.append(arrays.starts, len(arrays.values) + 1),
        rows=np.append(arrays.rows, len(y)),
        values=np.append(arrays.values, 1.0),
    )
    return giant, np.append(x, 0.0), np.append(y, 0.0)


def test_nothing_hides_behind_a_large_number() -> None:
    """What is far from optimal by itself is refused beside a giant, where residuals relative to the largest vanish."""
    rng = np.random.default_rng(7)
    refused = 0
    for number in range(1000):
        arrays, x, y = constructed(rng)
        assert certify(*beside_giants(arrays, x, y)).holds
        changed, x, y = corrupted(KINDS[number % len(KINDS)], arrays, x, y, rng)
        if error(changed, x, y) > 1e-3:
            with np.errstate(invalid="ignore"):
                assert not certify(*beside_giants(changed, x, y)).holds
            refused += 1
    print(f"{refused} of 1000 refused beside a giant")
    assert refused > 400


@cache
def solved(seed: int) -> tuple[Planner, Arrays]:
    planner = Planner(random_case(seed))
    return planner, planner.program.arrays(parameter_vector(planner.network))


@pytest.mark.parametrize("seed", seeds(20))
def test_corrupted_plans_are_refused(seed: int) -> None:
    """104 corruptions of each network's plan: every one that is wrong is refused, every one that is not passes."""
    planner, arrays = solved(seed)
    answer = planner.start.answer
    best = float(arrays.cost @ answer.x)
    rng = np.random.default_rng(seed)
    refused = 0
    for number in range(104):
        changed, x, y = corrupted(KINDS[number % len(KINDS)], arrays, answer.x, answer.y, rng)
        refused += check(changed, x, y)
        if changed is arrays and np.isfinite(x).all() and abs(arrays.cost @ x - best) > 3 * TOLERANCE * (1 + abs(best)):
            assert not certify(changed, x, y).holds, "another cost than the least"
    print(f"seed {seed}: {refused} of 104 corrupted answers were wrong, and refused")
    assert refused >= 50


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(20))
def test_good_plans_pass(seed: int) -> None:
    """Fifty random scenarios of each network are solved, and every answer is certified and has no error."""
    planner, _ = solved(seed)
    session = Session(planner.start.arrays)
    good = number = 0
    while good < 50:
        number += 1
        try:
            (world,) = planner.worlds([random_scenario(planner.case, 1000 * seed + number)])
        except ScenarioError:
            continue
        arrays = planner.program.arrays(parameter_vector(world))
        answer = session.solve(arrays, planner.start)
        assert answer.certified
        assert error(arrays, answer.x, answer.y) <= TOLERANCE
        good += 1
