"""Plans by one worker that stays from test to test, for tests of plans and not of how workers start and end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from optimizer.case.case import Case
from optimizer.engine.pool import Pool
from optimizer.plans import plan as planning
from optimizer.plans.plan import ANSWERS, BASE, Plans
from optimizer.world.scenario import Scenario
from tests.helpers.coarse import coarse

EV_MOTORS = (
    "full-embargo", "licence-slowdown", "us-duties-doubled", "japan-denied", "content-rule-resumes", "buyer-listed",
)  # fmt: skip
"""Scenarios of the default case that tests ask about."""
_POOLS: list[Pool] = []


def plan(
    case: str | Path | Case,
    scenarios: Iterable[str | Path | Scenario] | None = None,
    answers: Sequence[str] = ANSWERS,
) -> Plans:
    """Plan a case, as `optimizer.plan` does."""
    return planning.plan(case, scenarios, answers=answers, pool=the_pool())


def the_pool() -> Pool:
    """The worker that stays."""
    if not _POOLS:
        _POOLS.append(Pool(1))
    return _POOLS[0]


def dismiss() -> None:
    """End the worker; the next plan starts another."""
    while _POOLS:
        _POOLS.pop().__exit__()


@cache
def ev_motors() -> Plans:
    """The default case, coarse, in some scenarios: planned once for all tests, which `conftest` has one process run."""
    return plan(coarse("ev-motors"), EV_MOTORS)


def part(plans: Plans, *names: str) -> Plans:
    """The plans of some of the scenarios alone."""
    some = [scenario for scenario in plans.scenarios if scenario.name in names]
    outcomes = {key: outcome for key, outcome in plans.outcomes.items() if key == BASE or key[0] in names}
    return Plans(plans.planner, some, outcomes, answers=plans.answers, chosen=plans.chosen)
