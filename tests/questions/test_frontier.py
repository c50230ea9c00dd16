"""What a smaller premium leaves of the hedge, by hand: a quarter's use kept ahead, or a part of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from optimizer.plans import plan as planning
from optimizer.plans.asked import KNOWN
from optimizer.questions.frontier import CAPS, frontier, section
from optimizer.questions.hedge import hedge_of, values
from tests.helpers.command import lodestar_here
from tests.helpers.keeping import KEPT, YEAR, folder, stop
from tests.helpers.planned import plan
from tests.helpers.small import scenario

STOP = stop()


def test_half_the_premium_keeps_half(tmp_path: Path) -> None:
    """Every tonne kept costs and saves the same, so what is left of the hedge is as the premium is."""
    plans = plan(folder(tmp_path / "mini"), [scenario(tmp_path / "stop.yaml", STOP, "2027-07-01")], KNOWN)
    hedge = hedge_of(plans)
    assert hedge is not None
    found, worth = frontier(plans, hedge), values(plans, hedge).value_of_hedging.middle
    assert [some.premium for some in found] == pytest.approx([part * KEPT for part in (*CAPS, 1)])
    assert [some.dearer for some in found] == pytest.approx([(1 - part) * worth for part in (*CAPS, 1)], abs=1e-2)
    assert all(some.proof.holds for some in found)
    told = section(found, worth)
    assert told is not None
    assert [row[2] for row in told.rows] == pytest.approx([*CAPS, 1], abs=1e-6)
    assert section([], worth) is None


def test_a_cap_on_the_premium_is_kept_and_what_it_costs_is_what_the_frontier_says(tmp_path: Path) -> None:
    """0.1 % of the base plan is 18,287 USD of the 23,063 that the whole of it would cost."""
    case, made = folder(tmp_path / "mini"), scenario(tmp_path / "stop.yaml", STOP, "2027-07-01")
    plans = planning.plan(case, [made], answers=KNOWN, workers=1, premium=0.001)
    hedge, free = hedge_of(plans), values(plan(case, [made], KNOWN), hedge_of(plan(case, [made], KNOWN)))  # type: ignore[arg-type]
    assert hedge is not None
    found = values(plans, hedge)
    assert found.premium == pytest.approx(0.001 * YEAR)
    part = found.premium / KEPT
    assert found.value_of_hedging.low == pytest.approx(part * free.value_of_hedging.low, rel=1e-6)
    assert found.hedge.low == pytest.approx(found.hedge.high, rel=3e-9)


def test_the_command(tmp_path: Path) -> None:
    case, made = str(folder(tmp_path / "mini")), str(scenario(tmp_path / "stop.yaml", STOP, "2027-07-01"))
    printed = lodestar_here("hedge", case, "-s", made).stdout
    assert "What a smaller premium would leave of it" in printed
    found = json.loads(lodestar_here("hedge", case, "-s", made, "--premium", "0.1%", "--json").stdout)
    assert found["expected"]["premium_usd"] == pytest.approx(0.001 * YEAR)
    assert len(found["frontier"]) == len(CAPS) + 1
