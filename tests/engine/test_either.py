"""A reaction whose base plan is left open is, with that plan in it, the reaction to it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.engine.either import either
from optimizer.engine.face import face, opened
from optimizer.engine.refine import Solver, at_answer
from optimizer.plans.plan import Planner
from optimizer.program.variant import Entries, Row, Variant
from tests.helpers.networks import random_case, random_scenario
from tests.helpers.seeds import a_few


def holding(planner: Planner, reaction: Variant, free: Variant) -> Variant:
    """The solve with its base plan held at the kept one."""
    x = planner.start.answer.x
    left = opened(face(planner.start.arrays, planner.start.answer.y), x)
    assert reaction.fixed is not None
    meant = left.columns[~reaction.fixed[left.columns]]
    assert len(free.columns) == len(meant)
    at = len(x) + np.arange(len(meant))
    upper = Entries(at, x[meant])
    rows = tuple(Row(at[[n]], np.ones(1), x[column], np.inf) for n, column in enumerate(meant))
    return replace(free, fixed=reaction.fixed, column_upper=upper, rows=(*free.rows, *rows))


@pytest.mark.parametrize(("seed", "number"), a_few([(0, 0), (0, 2), (1, 101), (2, 203), (5, 501), (8, 803)]))
def test_with_the_kept_plan_it_is_the_reaction_to_it(seed: int, number: int) -> None:
    """News inside a period, some where a licence bounds what it did not in the base, some where it does in part."""
    planner = Planner(random_case(seed))
    (world,) = planner.worlds([scenario := random_scenario(planner.case, number)])
    news, reaction = planner.news(scenario), planner.reaction(scenario, world)
    assert news.elapsed
    solver = Solver(planner.program, planner.start, planner.solve_limit, planner.deadline)
    answer = solver.solve(reaction)
    cost = answer.proof("no plan").objective
    free = either(planner.program, planner.start, at_answer(planner.program, reaction, answer), news.elapsed)
    assert free is not None
    assert solver.solve(free).proof("no plan").objective <= cost * (1 + 1e-7)
    held = solver.solve(holding(planner, reaction, free)).proof("no plan").objective
    assert held == pytest.approx(cost, rel=1e-6)
