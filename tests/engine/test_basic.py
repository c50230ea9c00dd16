"""Answers that need no method or a better look: those that the base proves, and a basis worked out more exactly."""

from __future__ import annotations

import highspy
import numpy as np
import pytest

from optimizer.engine.basic import basic_solution
from optimizer.engine.refine import Solver, unchanged
from optimizer.engine.session import Session
from optimizer.plans.plan import Planner
from optimizer.program.answer import BASIC
from optimizer.program.certificate import certify
from optimizer.program.program import Floats
from optimizer.program.variant import Variant
from optimizer.world.load import load_case
from tests.helpers.networks import random_case
from tests.helpers.seeds import a_few
from tests.helpers.small import CASES


@pytest.fixture(scope="module")
def planner() -> Planner:
    return Planner(load_case(CASES / "toy"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", a_few(range(4), quick=1))
def test_bad_factors_still_give_the_basic_solution(seed: int) -> None:
    """Factors that are a ten-thousandth wrong: what is left over is solved for again until nothing is."""
    planner = Planner(random_case(seed))
    arrays, basis = planner.start.arrays, planner.start.basis
    basic = np.concatenate([np.flatnonzero(basis.columns == BASIC), -1 - np.flatnonzero(basis.rows == BASIC)])
    matrix = np.zeros((len(arrays.row_lower), len(arrays.cost)))
    matrix[arrays.rows, arrays.columns] = arrays.values
    factors = np.stack([matrix[:, j] if j >= 0 else np.eye(len(matrix))[-1 - j] for j in basic], axis=1)
    wrong = factors * (1 + 1e-4 * np.random.default_rng(seed).uniform(-1, 1, factors.shape))

    def solve(right: Floats) -> Floats:
        return np.linalg.solve(wrong, right)

    def solve_transposed(right: Floats) -> Floats:
        return np.linalg.solve(wrong.T, right)

    x, y = basic_solution(arrays, basis, basic, np.zeros(len(arrays.cost)), solve, solve_transposed)
    certificate = certify(arrays, np.clip(x, arrays.column_lower, arrays.column_upper), y)
    assert certificate.holds
    assert certificate.objective == pytest.approx(planner.start.answer.proof("none").objective, rel=1e-9)


def test_prices_that_prove_nothing_are_worked_out_again(planner: Planner, monkeypatch: pytest.MonkeyPatch) -> None:
    """The solver's row prices, each off by a ten-thousandth, prove nothing; those of its basis do."""
    honest = highspy.Highs.getSolution

    def shaken(self: highspy.Highs) -> highspy.HighsSolution:
        solution = honest(self)
        solution.row_dual = [price * (1 + 1e-4 * (-1) ** n) for n, price in enumerate(solution.row_dual)]
        return solution

    monkeypatch.setattr(highspy.Highs, "getSolution", shaken)
    answer = Session(planner.start.arrays).base().answer
    assert answer.method == "ipx, refined"
    assert answer.proof("none").objective == pytest.approx(planner.start.answer.proof("none").objective, rel=1e-9)


def test_what_touches_nothing_in_use_is_not_solved(planner: Planner) -> None:
    program, start = planner.program, planner.start
    same = Variant(("same",), planner.parameters(planner.network))
    found = Solver(program, start).solve(same)
    assert found.method == "none"
    assert found.iterations == 0
    assert found.basis is start.basis
    assert found.certified


def test_what_touches_something_in_use_is_solved(planner: Planner) -> None:
    """Demand a tenth larger: the base plan is no plan of it."""
    program, start = planner.program, planner.start
    parameters = planner.parameters(planner.network).copy()
    wanted = [place for place, (name, _) in enumerate(program.parameter_names) if name == "quantity"]
    parameters[wanted] *= 1.1
    variant = Variant(("more",), parameters)
    assert unchanged(program, variant, variant.arrays(program, start.answer.x), start) is None
    assert Solver(program, start).solve(variant).method != "none"


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str], planner: Planner) -> None:
    """HiGHS says who it is as soon as it is made, whatever it is told later."""
    Session(planner.start.arrays)
    assert capfd.readouterr().out == ""
