"""The certificate passes what is optimal and refuses what is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.engine.before import disturbance
from optimizer.engine.session import Session
from optimizer.errors import SolveError
from optimizer.formulation.compile import parameter_vector
from optimizer.network.build import network_of
from optimizer.plans.plan import Planner
from optimizer.program.certificate import TOLERANCE, certify
from optimizer.program.program import Arrays
from tests.helpers.networks import random_case, random_scenario
from tests.helpers.seeds import seeds


def solved(seed: int) -> tuple[Planner, Arrays]:
    """A case as the rules in force stand, its licences a share of the plan without them, and the base programme."""
    planner = Planner(random_case(seed))
    return planner, planner.program.arrays(parameter_vector(planner.refer()))


@pytest.mark.parametrize("seed", seeds(10))
def test_corrupted_answers_are_refused(seed: int) -> None:
    """Every change whose residual or gap exceeds the tolerance; a change below it is still a proof."""
    planner, arrays = solved(seed)
    answer = planner.start.answer
    assert certify(arrays, answer.x, answer.y).holds
    rng = np.random.default_rng(seed)
    for kind in ("flow", "price", "sign", "swap", "nan", "cost", "side"):
        x, y, changed = answer.x.copy(), answer.y.copy(), arrays
        if kind == "flow":
            x[np.argmax(x)] += 1.0
        elif kind == "price":
            sides = np.where(arrays.row_lower == arrays.row_upper, arrays.row_upper, 0.0)
            y[np.argmax(np.abs(y * sides))] *= 1.01
        elif kind == "sign":
            y = -y
        elif kind == "swap":
            first, second = np.argsort(-x)[:2]
            x[first], x[second] = x[second], x[first] + 1.0
        elif kind == "nan":
            x[rng.integers(len(x))] = np.nan
        elif kind == "cost":
            place = int(np.argmax(x * arrays.cost))
            changed = replace(arrays, cost=np.where(np.arange(len(x)) == place, arrays.cost * 1.5 + 1, arrays.cost))
        else:
            changed = replace(
                arrays, row_upper=np.where(arrays.row_lower == arrays.row_upper, arrays.row_upper - 1, arrays.row_upper)
            )
            changed = replace(changed, row_lower=np.minimum(changed.row_lower, changed.row_upper))
        assert not certify(changed, x, y).holds, kind


def test_a_certificate_is_read_from_our_arrays() -> None:
    planner, arrays = solved(2)
    proof = certify(arrays, planner.start.answer.x, planner.start.answer.y)
    assert proof.objective == pytest.approx(proof.dual_objective, rel=1e-9)
    assert max(proof.primal, proof.dual, proof.gap) < TOLERANCE


@pytest.mark.parametrize("seed", seeds(12))
def test_warm_cold_and_presolve_agree(seed: int) -> None:
    planner, _ = solved(seed)
    worlds = planner.worlds([random_scenario(planner.case, seed)])
    arrays = planner.program.arrays(parameter_vector(worlds[0]))
    session = Session(planner.start.arrays)
    costs = [session.solve(arrays, planner.start, warm=warm) for warm in (True, False)]
    assert all(some.certified for some in costs)
    fresh = Session(arrays).base().answer
    for some in costs:
        assert some.certificate is not None
        assert fresh.certificate is not None
        assert some.certificate.objective == pytest.approx(fresh.certificate.objective, rel=1e-9)


@pytest.mark.parametrize("seed", [4, 7, 13])
def test_order_does_not_matter(seed: int) -> None:
    planner, _ = solved(seed)
    worlds = planner.worlds([random_scenario(planner.case, number) for number in range(6)])
    arrays = [planner.program.arrays(parameter_vector(world)) for world in worlds]
    forward = Session(planner.start.arrays)
    there = [forward.solve(some, planner.start).x for some in arrays]
    backward = Session(planner.start.arrays)
    back = [backward.solve(some, planner.start).x for some in reversed(arrays)][::-1]
    for one, other in zip(there, back, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_coefficient_that_was_zero_leaves_no_trace() -> None:
    """To the last bit: HiGHS would put it at the end of its column, and add up in another order from then on."""
    _, arrays = solved(4)
    lonely = np.bincount(arrays.columns, minlength=len(arrays.cost))[arrays.columns] > 2
    without = arrays.values.copy()
    without[np.flatnonzero(lonely)[::3]] = 0.0
    session = Session(arrays)
    before = session.solve(arrays).x
    session.solve(replace(arrays, values=without))
    np.testing.assert_array_equal(session.solve(arrays).x, before)


@pytest.mark.parametrize(
    ("field", "value"), [("cost", np.nan), ("values", np.inf), ("values", 1e-12), ("row_upper", np.nan)]
)
def test_numbers_the_solver_would_get_wrong_are_refused(field: str, value: float) -> None:
    _, arrays = solved(1)
    wrong = getattr(arrays, field).copy()
    wrong[0] = value
    with pytest.raises(SolveError, match=field):
        Session(replace(arrays, **{field: wrong}))


def test_infeasible_and_unbounded_are_said() -> None:
    _, arrays = solved(1)
    impossible = replace(
        arrays,
        column_lower=np.where(np.arange(len(arrays.cost)) == 0, 1e9, arrays.column_lower),
        column_upper=np.full(len(arrays.cost), 1e10),
    )
    assert Session(impossible).solve(impossible).status == "infeasible"
    free = replace(
        arrays,
        cost=-np.ones(len(arrays.cost)),
        row_upper=np.full(len(arrays.row_upper), np.inf),
        row_lower=np.full(len(arrays.row_upper), -np.inf),
    )
    assert Session(free).solve(free).status == "unbounded"
    with pytest.raises(SolveError, match="infeasible"):
        Session(impossible).base()


def test_disturbance_is_zero_on_the_base_itself() -> None:
    planner, arrays = solved(6)
    assert disturbance(planner.start.answer.x, arrays) == pytest.approx(0.0, abs=1e-6)


def test_networks_share_a_structure_when_patched() -> None:
    network = network_of(random_case(8))
    assert network.patched(network.timelines).structure is network.structure
