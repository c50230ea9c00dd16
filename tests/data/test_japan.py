"""The Japanese buyer: what happens to Japan, and to Lynas, happens to it."""

from __future__ import annotations

import pytest

from optimizer.plans.plan import Plans
from tests.helpers.coarse import coarse
from tests.helpers.planned import plan

HITS_JAPAN = ("japan-denied", "senkaku-stop", "kalgoorlie-outages")
"""Scenarios that cost the three other bundled cases nothing, or next to nothing."""


@pytest.fixture(scope="module")
def plans() -> Plans:
    """Its plans on a coarse calendar, as which scenario hits it is asked here and not by how much."""
    return plan(coarse("japan-motors"), HITS_JAPAN, answers=["react"])


@pytest.mark.slow
@pytest.mark.parametrize("name", HITS_JAPAN)
def test_it_pays_for_what_hardly_costs_the_others(plans: Plans, name: str) -> None:
    base, hit = plans.outcome(), plans.outcome(name)
    assert hit.cost > base.cost + 10_000


@pytest.mark.slow
def test_its_base_plan_serves_everybody_from_both_sides(plans: Plans) -> None:
    """But in the first quarter, in which there is no more than the licences of the ban of January 2026 let through.

    Lynas and China both give much of the oxide, so that either is missed; Japanese makers give most magnets.
    """
    base = plans.outcome()
    short = plans.tables["shortages"].loc[lambda table: table["scenario"] == "base"]
    assert set(short["period"]) <= {"2027Q1"}
    assert base.service_level > 0.99
    assert 0.25 < base.share_of("oxide", "CN") < 0.6
    assert 0.25 < base.share_of("oxide", "MY") < 0.6
    assert base.share_of("magnet", "JP") > 0.5
