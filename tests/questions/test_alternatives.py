"""Other plans at nearly the least cost, and plans that stay near: kept within their bounds, and best within them."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.errors import SolveError
from optimizer.plans.plan import BASE
from optimizer.questions.alternatives import Choices, alternatives, compared, stay_near, used
from optimizer.questions.probe import Probe
from tests.helpers.networks import random_case, random_scenario
from tests.helpers.planned import plan
from tests.helpers.seeds import seeds

CLOSE = 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(10))
def test_alternatives_keep_to_the_cost_and_go_as_far_as_it_lets_them(seed: int) -> None:
    """More money never makes the best of them worse, and none costs more than it may."""
    probe = Probe(plan(random_case(seed), []))
    choices, before = Choices(probe), None
    for within in (1e-8, 0.01, 0.1):
        found = alternatives(probe, within, "AD")
        goals = {}
        for one in found:
            assert one.outcome.cost <= probe.cost * (1 + within) * (1 + CLOSE)
            assert one.outcome.answer.certified
            if one.goal.startswith("least"):
                stage = one.goal.rsplit(" ", 1)[1]
                goals[one.goal] = float(choices.country(stage, "AD") @ one.outcome.answer.x)
                assert goals[one.goal] <= choices.country(stage, "AD") @ probe.start.answer.x + 1e-4
            if one.goal == "most stock":
                goals[one.goal] = float(choices.stock() @ one.outcome.answer.x)
        if before is not None:
            for goal, value in goals.items():
                assert value <= before[goal] + 1e-4 * (1 + abs(before[goal]))
        before = goals
        table = compared(found, probe.outcome)
        assert table["extra_share"].max() <= within + CLOSE


@pytest.mark.parametrize("seed", seeds(10))
def test_few_suppliers_are_no_more_than_the_plan_has(seed: int) -> None:
    probe = Probe(plan(random_case(seed), []))
    choices = Choices(probe)
    (few,) = [one for one in alternatives(probe, 0.05, "AD") if not one.proved]
    stage = few.goal.rsplit(" ", 1)[1]
    now = choices.volumes(stage, probe.start.answer.x)
    assert used(choices.volumes(stage, few.outcome.answer.x)) <= used(now)


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(10))
def test_a_plan_that_stays_near_moves_no_more_than_it_may(seed: int) -> None:
    case = random_case(seed)
    scenario = random_scenario(case, seed)
    plans = plan(case, [scenario])
    free = plans.outcome(scenario.name, "foresight").cost
    costs = []
    for moved in (0.0, 0.05, 0.5, 1.0):
        try:
            near = stay_near(plans, scenario.name, moved=moved)
        except SolveError:  # a scenario may make the base plan's volumes impossible
            continue
        assert near.moved <= moved + CLOSE
        assert near.outcome.cost >= free - CLOSE * free
        costs.append(near.outcome.cost)
    assert (np.diff(costs) <= CLOSE * free).all()
    assert costs


@pytest.mark.parametrize("seed", seeds(6))
def test_suppliers_that_may_not_change_do_not(seed: int) -> None:
    case = random_case(seed)
    scenario = random_scenario(case, seed)
    plans = plan(case, [scenario])
    try:
        near = stay_near(plans, scenario.name, moved=1.0, suppliers=1)
    except SolveError:  # one that may not be dropped has nothing left to give
        return
    assert len(near.added) + len(near.dropped) <= 1
    assert not near.proved


def test_without_a_bound_on_the_change_it_is_the_free_plan() -> None:
    case = random_case(3)
    scenario = random_scenario(case, 3)
    plans = plan(case, [scenario])
    near = stay_near(plans, scenario.name, moved=10.0)
    assert near.outcome.cost == pytest.approx(plans.outcome(scenario.name, "foresight").cost, rel=1e-7)
    assert plans.outcomes[BASE].answer.certified
