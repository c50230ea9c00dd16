"""Every figure of the ledger against a case written without the rule, or with another value, and planned anew."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from optimizer.case.case import Case
from optimizer.network.reference import Reference
from optimizer.questions.ledger import ledger
from optimizer.questions.probe import Probe
from optimizer.world.load import load_case
from tests.helpers.cost import least_cost
from tests.helpers.networks import random_case, random_scenario
from tests.helpers.paths import CASES
from tests.helpers.planned import plan
from tests.helpers.rules import FIELD, KEYS, rewritten, without_rule
from tests.helpers.seeds import a_fifth, seeds

TOY = load_case(CASES / "toy")


def at(case: Case, entry: Any, value: float, now: float) -> Case:
    """The case with the rule at another value."""
    field = FIELD.get(entry.kind, entry.kind)
    if entry.kind == "demand":
        return rewritten(case, entry, lambda row: row.model_copy(update={field: row.tonnes * value / now}))
    return rewritten(
        case, entry, lambda row: row.model_copy(update={field: max(0.0, getattr(row, field) + value - now)})
    )


def entries(case: Case) -> tuple[pd.DataFrame, float, Reference | None]:
    """The ledger of the base plan, its cost, and what licences are a share of, with a rule as without it."""
    plans = plan(case, [])
    return ledger(Probe(plans)), plans.outcome().cost, plans.planner.network.reference


@pytest.mark.slow
@pytest.mark.parametrize("case", [TOY, *a_fifth(random_case(seed) for seed in range(8))], ids=lambda case: case.name)
def test_a_rule_costs_what_the_plan_without_it_saves(case: Case) -> None:
    table, base, reference = entries(case)
    assert len(table)
    for entry in table.itertuples():
        if entry.kind == "control":  # without its row its classes go too, which changes nothing but the programme
            continue
        saved = base - least_cost(without_rule(case, entry), reference)
        if entry.kind == "terminal":  # without it, what is left would be worth nothing either
            assert saved <= entry.cost_usd + 1e-6 * base, entry
            continue
        assert saved == pytest.approx(entry.cost_usd, abs=1e-6 * base), entry


@pytest.mark.parametrize("seed", seeds(8))
def test_a_control_costs_what_its_suspension_saves(seed: int) -> None:
    case = random_case(seed)
    table, base, reference = entries(case)
    for entry in table[table["kind"] == "control"].itertuples():
        free = rewritten(case, entry, lambda row: row.model_copy(update={"expires": row.effective}))
        assert base - least_cost(free, reference) == pytest.approx(entry.cost_usd, abs=1e-6 * base), entry


@pytest.mark.slow
@pytest.mark.parametrize("case", [TOY, *a_fifth(random_case(seed) for seed in range(6))], ids=lambda case: case.name)
def test_prices_are_those_of_plans_at_both_ends(case: Case) -> None:
    """The slopes to both ends lie in the interval; where it is one number, in between too."""
    table, base, reference = entries(case)
    for entry in table[table["cost_usd"] > 1e-6 * base].itertuples():
        now, high = entry.value, entry.checked_to
        per = {"percentage point": 0.01, "point of 10,000": 1e-4}.get(entry.unit, 1.0)
        for value in {entry.checked_from, high} - {now}:
            slope = (least_cost(at(case, entry, value * per, now * per), reference) - base) / (value - now)
            squares = 1e-3 if case is TOY else 1e-5  # a sum of squared shares is kept to 1e-6 only
            room = squares * max(abs(entry.price_low), abs(entry.price_high)) + 1e-7 * base / abs(value - now)
            assert entry.price_low - room <= slope <= entry.price_high + room, entry


def test_what_a_proof_shows_to_cost_nothing_is_not_solved_for() -> None:
    plans = plan(TOY, [])
    probe = Probe(plans)
    table = ledger(probe)
    assert probe.solves <= 3 * (table["cost_usd"] > 0).sum() + 3 * (table["price_low"] != table["price_high"]).sum()
    assert (table["cost_usd"] >= -1e-6 * probe.cost).all()


@pytest.mark.parametrize("seed", seeds(6))
def test_a_reaction_keeps_what_was_decided(seed: int) -> None:
    """Dropping a rule once the scenario is known saves at most what it would have saved in foresight."""
    case = random_case(seed)
    scenario = random_scenario(case, seed)
    plans = plan(case, [scenario])
    react = ledger(Probe(plans, scenario.name, "react"))
    stores = {row.control for row in case.tables.holds}  # what waits at the border is kept there for nothing
    assert (react["cost_usd"] >= -1e-6 * plans.outcome().cost)[~react["rule"].isin(stores)].all()
    assert set(react["kind"]) <= set(KEYS)
