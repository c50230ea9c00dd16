"""The Japanese buyer: what happens to Japan, and to Lynas, happens to it."""

from __future__ import annotations

import pytest

from optimizer.plans.plan import Plans
from tests.helpers.coarse import coarse
from tests.helpers.planned import plan

COSTLESS_ELSEWHERE = ("japan-denied", "senkaku-stop", "kalgoorlie-outages")
"""Scenarios that cost nothing in the three other bundled cases."""


@pytest.fixture(scope="module")
def plans() -> Plans:
    """Its plans on a coarse calendar, as which scenario hits it is asked here and not by how much."""
    return plan(coarse("japan-motors"), COSTLESS_ELSEWHERE, answers=["react"])


@pytest.mark.parametrize("name", COSTLESS_ELSEWHERE)
def test_it_pays_for_what_costs_the_others_nothing(plans: Plans, name: str) -> None:
    base, hit = plans.outcome(), plans.outcome(name)
    assert hit.cost > base.cost + 10_000


def test_its_base_plan_serves_everybody_from_both_sides(plans: Plans) -> None:
    """Lynas and China both give much of the oxide, so that either is missed; Japanese makers give most magnets."""
    base = plans.outcome()
    assert base.service_level == pytest.approx(1)
    assert 0.3 < base.share_of("oxide", "CN") < 0.6
    assert 0.3 < base.share_of("oxide", "MY") < 0.6
    assert base.share_of("magnet", "JP") > 0.5
