"""A cost is one record: what is paid, what are penalties, and between which bounds it is proved."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from optimizer.folder.manifest import read_manifest
from optimizer.folder.write import write_plans
from optimizer.plans.cost import Bounds, Costs, cost_of
from tests.helpers.paths import CASES
from tests.helpers.planned import plan

TERMS = Costs.of([{Costs.term: "purchase", Costs.cost_usd: 7.0}, {Costs.term: "shortage", Costs.cost_usd: 3.0}])


def test_a_cost_is_cash_and_penalties() -> None:
    cost = cost_of(TERMS)
    assert (cost.value, cost.cash, cost.penalty) == (10.0, 7.0, 3.0)


def test_a_cost_is_proved_by_bounds_or_not_at_all() -> None:
    assert (cost_of(TERMS, Bounds(9.0, 10.0)).lower, cost_of(TERMS, Bounds(9.0, 10.0)).upper) == (9.0, 10.0)
    assert math.isnan(cost_of(TERMS).lower)
    assert math.isnan(cost_of(TERMS).upper)


def test_the_cost_of_a_certified_answer_lies_between_its_bounds() -> None:
    cost = plan(CASES / "toy", []).outcome().whole_cost
    assert cost.lower == pytest.approx(cost.value, rel=1e-9)
    assert cost.upper == pytest.approx(cost.value, rel=1e-9)
    assert cost.value == pytest.approx(cost.cash + cost.penalty)


def test_a_cost_is_told_the_same_in_the_summary_and_in_the_manifest(tmp_path: Path) -> None:
    plans = plan(CASES / "toy", [])
    write_plans(plans, tmp_path / "plan")
    cost, (stated,) = plans.outcome().whole_cost, read_manifest(tmp_path / "plan").certificates
    assert stated.cost.model_dump() == cost.record()
    row = plans.summary.iloc[0]
    assert {name: row[name] for name in cost.cells} == cost.cells
    assert list(cost.record()) == ["cost_usd", "cash_usd", "penalties_usd", "lower_usd", "upper_usd"]


def test_a_cost_without_a_proof_has_no_bounds_to_tell() -> None:
    assert cost_of(TERMS).record() == {**cost_of(TERMS).cells, "lower_usd": None, "upper_usd": None}
