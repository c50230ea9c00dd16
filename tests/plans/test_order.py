"""One order in which plans are chosen: what a plan costs after the news does not go by names, rows or units."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from optimizer.case.case import Case
from optimizer.engine.refine import Solver
from optimizer.engine.stages import CHOSEN
from optimizer.plans.plan import Planner
from optimizer.world.scenario import Scenario
from tests.helpers.changes import in_units
from tests.helpers.namings import renamed, shuffled, told_so
from tests.helpers.networks import random_case, random_scenario
from tests.helpers.seeds import seeds

SAME = 1e-6
"""Relative difference of costs that are one."""


def variants(case: Case, scenario: Scenario, seed: int) -> Iterator[tuple[Case, Scenario]]:
    """The case under three namings, each in two orders of its rows."""
    rng = np.random.default_rng([seed, 12])
    for _ in range(2):
        other, named = renamed(case, rng)
        yield other, told_so(scenario, named)
        yield shuffled(other, rng), told_so(scenario, named)
    yield shuffled(case, rng), scenario


def costs(case: Case, scenario: Scenario) -> list[float]:
    """Base, react and foresight, USD, of the base that the order keeps; not a number where a hard limit leaves none."""
    planner = Planner(case)
    assert planner.start.answer.method.endswith(CHOSEN)
    solver = Solver(planner.program, planner.start)
    (world,) = planner.worlds([scenario])
    found = {"base": planner.start.answer.cost}
    for variant in planner.variants(scenario, world):
        answer = solver.solve(variant)
        assert answer.certified or answer.status == "infeasible"
        found |= dict.fromkeys(variant.name[1:], answer.cost)
    return [found[name] for name in ("base", "react", "foresight")]


@pytest.mark.parametrize("seed", seeds(100, quick=3))
def test_names_and_rows_decide_nothing(seed: int) -> None:
    case = random_case(seed)
    scenario = random_scenario(case, seed)
    expected = costs(case, scenario)
    for other, told in variants(case, scenario, seed):
        assert costs(other, told) == pytest.approx(expected, rel=SAME, nan_ok=True)


@pytest.mark.parametrize("seed", seeds(100, quick=2))
def test_units_decide_nothing(seed: int) -> None:
    """A scenario that scales what it changes means the same in any unit."""
    case = random_case(seed)
    scenario = random_scenario(case, seed)
    scenario = scenario.model_copy(update={"events": tuple(event for event in scenario.events if event.scale)})
    expected = costs(case, scenario)
    for tonne, usd in ((1e3, 1.0), (1.0, 1e-6)):
        found = costs(in_units(case, tonne, usd), scenario)
        assert found == pytest.approx([usd * some for some in expected], rel=SAME, nan_ok=True)
