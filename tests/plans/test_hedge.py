"""The hedge: identities that hold on any network, in proved intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from optimizer.case.case import Case
from optimizer.engine.decompose import CUTS
from optimizer.plans import together as together_module
from optimizer.plans.asked import KNOWN
from optimizer.plans.hedge import HEDGE
from optimizer.plans.plan import BASE, Plans
from optimizer.questions.hedge import Values, hedge_of, values
from optimizer.world.scenario import Scenario
from tests.helpers.networks import random_case, random_scenario
from tests.helpers.planned import plan
from tests.helpers.seeds import seeds

PROVED = 3e-9
"""Part of a cost to which two proofs agree."""


def drawn(seed: int, probability: float = 0.2, count: int = 3) -> tuple[Case, list[Scenario]]:
    """A random case, and scenarios of which some touch it and some do not."""
    case = random_case(seed)
    first = 3 * seed
    return case, [
        random_scenario(case, number).model_copy(update={"name": f"news-{number - first}", "probability": probability})
        for number in range(first, first + count)
    ]


def hedged(case: Case, scenarios: Sequence[Scenario]) -> tuple[Plans, Values]:
    plans = plan(case, scenarios, answers=KNOWN)
    hedge = hedge_of(plans)
    assert hedge is not None
    return plans, values(plans, hedge)


def near(value: float, other: float) -> bool:
    return math.isclose(value, other, rel_tol=PROVED)


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(20, quick=1))
def test_foresight_costs_no_more_than_the_hedge_and_that_no_more_than_base_then_react(seed: int) -> None:
    """WS <= RP <= EEV, and the hedge that is found is proved the best one there is."""
    plans, found = hedged(*drawn(seed))
    for low, high in (found.foresight, found.hedge, found.react):
        assert math.isnan(high) or low <= high * (1 + PROVED)
    assert found.foresight.low <= found.hedge.low * (1 + PROVED)
    if not any(math.isnan(some.high) for some in (found.foresight, found.hedge, found.react)):
        assert found.hedge.low <= found.react.high * (1 + PROVED)
        assert found.value_of_hedging.high >= -PROVED * abs(found.react.high)
        assert found.value_of_knowing.high >= -PROVED * abs(found.react.high)
    tightened = any(some.answer.loose is not None or some.answer.over for some in plans.outcomes.values())
    ordered = any(
        row.lead for row in (*plans.planner.network.case.tables.offers, *plans.planner.network.case.tables.plants)
    )
    if not tightened and not ordered:  # what was ordered before the news is kept, and left out of what is proved
        assert near(found.hedge.low, found.hedge.high)


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(5, quick=1))
def test_without_weight_it_is_the_base_and_each_scenario_its_reaction(seed: int) -> None:
    plans, found = hedged(*drawn(seed, probability=0.0))
    base = plans.outcomes[BASE].cost
    assert plans.outcomes[HEDGE].cost == pytest.approx(base, rel=PROVED)
    assert near(found.hedge.low, plans.outcomes[BASE].whole_cost.lower)
    for some in plans.scenarios:
        hedge, react = (plans.outcomes[some.name, answer].cost for answer in ("hedge", "react"))
        assert hedge == pytest.approx(react, rel=PROVED)


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(5, quick=1))
def test_one_that_is_certain_gives_its_own_plan(seed: int) -> None:
    case, (first, *_) = drawn(seed)
    plans, found = hedged(case, [first.model_copy(update={"probability": 1.0})])
    known = plans.outcomes[first.name, "foresight"].whole_cost
    if plans.hedge and not plans.hedge.merged and not math.isnan(known.upper + found.hedge.high):
        assert found.hedge.low <= known.upper * (1 + PROVED)
        assert known.lower <= found.hedge.high * (1 + PROVED)


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(5, quick=1))
def test_twice_at_half_its_chance_changes_nothing(seed: int) -> None:
    case, (first, second, _) = drawn(seed)
    _, once = hedged(case, [first, second])
    halves = [
        first.model_copy(update={"name": name, "probability": 0.1, "exclusive": "one-event"}) for name in ("a", "b")
    ]
    _, twice = hedged(case, [*halves, second])
    assert near(once.hedge.low, twice.hedge.low)
    assert once.hedge.high == pytest.approx(twice.hedge.high, rel=PROVED, nan_ok=True)


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(3, quick=1))
def test_the_expected_cost_is_concave_in_the_weights(seed: int) -> None:
    """Alone and exclusive its weight is its probability."""
    case, (first, *_) = drawn(seed)
    costs = [hedged(case, [first.model_copy(update={"probability": some})])[1].hedge.low for some in (0.1, 0.3, 0.5)]
    assert costs[1] >= (costs[0] + costs[2]) / 2 - PROVED * abs(costs[1])


@pytest.mark.parametrize("seed", seeds(20, quick=0))
def test_by_parts_it_is_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every branch cut off but one or none, against the extensive form as one, each proved on the whole."""
    case, scenarios = drawn(seed, probability=0.1, count=5)
    together = hedged(case, scenarios)[0].hedge
    monkeypatch.setattr(together_module, "WHOLE", 0)
    monkeypatch.setattr(together_module, "HEAVY", seed % 2)
    plans, _ = hedged(case, scenarios)
    by_parts = plans.hedge
    assert together is not None
    assert by_parts is not None
    if together.together is None or by_parts.together is None:
        assert by_parts.together is together.together is None
        return
    one, other = together.together.answer, by_parts.together.answer
    if len(by_parts.together.members) > 1 + seed % 2:
        assert other.method == CUTS
    assert (one.status, other.status) == ("optimal", "optimal")
    assert other.certificate is not None
    assert other.certificate.gap <= 1e-9
    assert near(one.cost, other.cost)
    if not len(plans.planner.program.squares):
        assert near(by_parts.together.again().cost, one.cost)
