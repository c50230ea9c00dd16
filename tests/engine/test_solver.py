"""What the solver is given: money in a unit of its own, and of a plan only what is open, which the plan keeps."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from optimizer.engine.face import KEEPS, face, opened
from optimizer.engine.session import Session
from optimizer.engine.solver import LARGEST_COST, unit_of
from optimizer.plans.plan import Planner
from optimizer.world.load import load_case
from tests.helpers.networks import random_case
from tests.helpers.seeds import seeds
from tests.helpers.small import CASES


@pytest.fixture(scope="module")
def planner() -> Planner:
    return Planner(load_case(CASES / "toy"))


@pytest.mark.parametrize("power", [-30, 20, 40])
def test_no_unit_of_money_changes_an_answer(planner: Planner, power: int) -> None:
    arrays = planner.start.arrays
    other = replace(arrays, cost=arrays.cost * 2.0**power)
    here, there = Session(arrays).solve(arrays), Session(other).solve(other)
    assert here.certified
    assert there.certified
    assert np.array_equal(here.x, there.x)
    assert np.array_equal(here.y * 2.0**power, there.y)


def test_costs_of_another_size_are_sent_in_their_own_unit(planner: Planner) -> None:
    """And back: what was solved before does not matter."""
    arrays = planner.start.arrays
    small = replace(arrays, cost=arrays.cost * 2.0**-20)
    session = Session(arrays)
    found = [session.solve(some, warm=False) for some in (arrays, small, arrays)]
    assert np.array_equal(found[0].y, found[1].y * 2.0**20)
    assert np.array_equal(found[0].y, found[2].y)


def test_a_unit_is_a_power_of_two(planner: Planner) -> None:
    arrays = planner.start.arrays
    unit = unit_of(arrays)
    assert math.frexp(unit)[0] == 0.5
    assert LARGEST_COST <= np.abs(arrays.cost).max() / unit < 2 * LARGEST_COST
    assert unit_of(replace(arrays, cost=np.zeros_like(arrays.cost))) == 1.0


@pytest.mark.parametrize("seed", seeds(20, quick=4))
def test_what_stays_open_of_a_plan_is_kept_by_the_plan(seed: int) -> None:
    """However the plan was rounded."""
    start = Planner(random_case(seed)).start
    arrays, rng = start.arrays, np.random.default_rng(seed)
    shaken = start.answer.x * (1 + 1e-6 * rng.uniform(-1, 1, len(arrays.cost)))
    x = np.clip(shaken, arrays.column_lower, arrays.column_upper)
    left = opened(face(arrays, start.answer.y), x)
    assert np.array_equal(left.x, x)
    some, x = left.arrays, x[left.columns]
    activity = some.times(x)
    assert (activity >= some.row_lower - KEEPS).all()
    assert (activity <= some.row_upper + KEEPS).all()
    assert (x >= some.column_lower - KEEPS).all()
    assert (x <= some.column_upper + KEEPS).all()
