"""A cost is one record: what is paid, what are penalties, and between which bounds it is proved."""

from __future__ import annotations

import math

import pytest

import optimizer
from optimizer.plans.cost import Bounds, Costs, cost_of
from tests.helpers.paths import CASES

TERMS = Costs.of([{Costs.term: "purchase", Costs.cost_usd: 7.0}, {Costs.term: "shortage", Costs.cost_usd: 3.0}])


def test_a_cost_is_cash_and_penalties() -> None:
    cost = cost_of(TERMS)
    assert (cost.value, cost.cash, cost.penalty) == (10.0, 7.0, 3.0)


def test_a_cost_is_proved_by_bounds_or_not_at_all() -> None:
    assert (cost_of(TERMS, Bounds(9.0, 10.0)).lower, cost_of(TERMS, Bounds(9.0, 10.0)).upper) == (9.0, 10.0)
    assert math.isnan(cost_of(TERMS).lower)
    assert math.isnan(cost_of(TERMS).upper)


def test_the_cost_of_a_certified_answer_lies_between_its_bounds() -> None:
    cost = optimizer.plan(CASES / "toy", []).outcome().whole_cost
    assert cost.lower == pytest.approx(cost.value, rel=1e-9)
    assert cost.upper == pytest.approx(cost.value, rel=1e-9)
    assert cost.value == pytest.approx(cost.cash + cost.penalty)
