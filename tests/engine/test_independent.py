"""Least costs against a simplex method that shares no code with HiGHS, and against the basis solved in fractions."""

from __future__ import annotations

from fractions import Fraction

import pytest

from optimizer.engine.session import Session
from optimizer.formulation.compile import parameter_vector
from optimizer.plans.plan import Planner
from tests.helpers.coarse import coarse
from tests.helpers.exact import exact_solution
from tests.helpers.glpk import least_cost
from tests.helpers.networks import random_case, random_scenario
from tests.helpers.paths import BUNDLED
from tests.helpers.seeds import seeds

CLOSE = 1e-9
SEEDS = seeds(500, quick=20, first=1000)


def agreed(planner: Planner) -> None:
    """The base plan in fractions and by GLPK."""
    start = planner.start
    assert start.answer.certificate is not None
    cost = start.answer.certificate.objective
    exact = exact_solution(start.arrays, start.basis)
    # The data are doubles and the basis is exact for them, but for bounds that rounding has set apart by a last digit.
    assert exact.primal <= Fraction(CLOSE)
    assert exact.dual <= Fraction(CLOSE) * (1 + Fraction(float(abs(start.arrays.cost).max())))
    assert abs(float(exact.objective - Fraction(cost))) <= CLOSE * abs(cost)
    assert least_cost(start.arrays) == pytest.approx(cost, rel=CLOSE, abs=CLOSE)


@pytest.mark.parametrize("seed", SEEDS)
def test_another_solver_and_fractions_agree(seed: int) -> None:
    """The base of each network in fractions and by GLPK, and a random scenario by GLPK."""
    planner = Planner(random_case(seed))
    agreed(planner)
    start = planner.start
    (world,) = planner.worlds([random_scenario(planner.case, seed)])
    arrays = planner.program.arrays(parameter_vector(world))
    answer = Session(start.arrays).solve(arrays, start)
    assert answer.certificate is not None
    assert answer.certified
    assert least_cost(arrays) == pytest.approx(answer.certificate.objective, rel=CLOSE, abs=CLOSE)


@pytest.mark.exhaustive
@pytest.mark.parametrize("case", BUNDLED)
def test_bundled_bases_are_optimal_in_fractions(case: str) -> None:
    agreed(Planner(coarse(case)))
