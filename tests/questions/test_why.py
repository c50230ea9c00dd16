"""Prices split into parts that add up and are confirmed by solving again; suppliers priced by forcing a tonne."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from optimizer.case.settings import PeriodGroup
from optimizer.errors import InputError
from optimizer.formulation.rules import COST_TERMS, RULES, VARIABLES
from optimizer.interfaces.answers import print_why
from optimizer.plans.plan import Plans
from optimizer.questions import supplier as supplier_module
from optimizer.questions.probe import Probe
from optimizer.questions.supplier import why_not
from optimizer.questions.why import Chain, why
from optimizer.world.load import load_case
from tests.helpers.networks import random_case, random_scenario
from tests.helpers.paths import CASES
from tests.helpers.planned import plan
from tests.helpers.rules import assert_worth
from tests.helpers.seeds import seeds

TOY = load_case(CASES / "toy")


def asked(seed: int) -> tuple[Plans, Probe]:
    """A random plan, in a scenario where it has one."""
    case = random_case(seed)
    scenario = random_scenario(case, seed)
    plans = plan(case, [scenario])
    return plans, Probe(plans, scenario.name)


def priced(probe: Probe) -> list[tuple[Any, ...]]:
    """Demands and periods whose tonnes have a price."""
    keys = probe.outcome.frame.structure.timed("demands")
    rows = {key: place for place, (rule, key) in enumerate(probe.program.row_names) if rule == "demand_met"}
    over = probe.planner.news(scenario).first_open if (scenario := probe.scenario) else 0
    return [key for key in keys if key[-1] >= over and probe.start.answer.y[rows[key]] > 1e-3]


def test_every_rule_variable_and_term_has_its_words() -> None:
    for some in (*RULES.values(), *VARIABLES.values()):
        assert some.words.format(**{field: "x" for field in some.fields}, by_mode="") != some.words, some.name
    assert all(term.words for term in COST_TERMS.values())


@pytest.mark.parametrize("seed", seeds(20))
def test_the_parts_of_a_price_add_up(seed: int) -> None:
    _, probe = asked(seed)
    labels = probe.outcome.frame.labels
    for site, product, end_use, period in priced(probe)[:6]:
        found = why(probe, site, product, labels[period], end_use)
        assert found.parts["usd_per_t"].sum() == pytest.approx(found.price, rel=1e-6, abs=0.1)
        assert found.steps or found.parts["kind"].tolist() == ["rent"]


@pytest.mark.parametrize("seed", seeds(12))
def test_what_binds_is_worth_its_rent(seed: int) -> None:
    """A little more room in a row with a rent saves at most the rent, and at least what its price says one step on."""
    _, probe = asked(seed)
    chain = Chain(probe)
    seen = set()
    for site, product, end_use, period in priced(probe)[:3]:
        found = why(probe, site, product, probe.outcome.frame.labels[period], end_use)
        rents = found.parts[(found.parts["kind"] == "rent") & (found.parts["row"] >= 0)]
        for row in rents["row"].head(2):
            if row not in seen:
                seen.add(row)
                assert_worth(probe, int(row), float(chain.y[row]))


@pytest.mark.parametrize("seed", seeds(12))
def test_the_price_of_a_demand_is_a_slope(seed: int) -> None:
    """One more tonne costs at least the price, one less saves at most it, at the mid-period money of its period."""
    _, probe = asked(seed)
    rows = {key: place for place, (rule, key) in enumerate(probe.program.row_names) if rule == "demand_met"}
    case = probe.planner.case
    discount = case.calendar.discount(case.file.discount_rate)
    for site, product, end_use, period in priced(probe)[:2]:
        found = why(probe, site, product, probe.outcome.frame.labels[period], end_use)
        row = rows[site, product, end_use, period]
        assert found.price * discount[period] == pytest.approx(probe.start.answer.y[row])
        assert_worth(probe, row, probe.start.answer.y[row])


@pytest.mark.parametrize("seed", seeds(15))
def test_a_supplier_enters_where_its_premium_says(seed: int) -> None:
    _, probe = asked(seed)
    sites = {str(key[0]) for key in probe.outcome.frame.structure.index["plants"]}
    for supplier in sorted(sites)[:3]:
        entry = why_not(probe, supplier)
        if np.isnan(entry.forced_usd):
            assert entry.most < entry.tonnes + 1 + 1e-6
            continue
        assert 0 <= entry.premium_low <= entry.premium_high
        assert entry.premium_high <= entry.forced_usd + 3e-8 * probe.cost
        assert entry.stays_out_below
        assert entry.comes_in_above


def test_a_premium_by_hand() -> None:
    """The toy's offers: what BB's dysprosium would have to cost to be taken is what the plan's own is worth there."""
    case = type(TOY)(TOY.file, TOY.tables.replaced(contracts=()), TOY.places)
    entry = why_not(Probe(plan(case, [])), "bb-dy")
    cheaper = tuple(
        row.model_copy(update={"price": row.price - entry.premium_high * 1.2 - 50}) if row.offer == "bb-dy" else row
        for row in TOY.tables.offers
    )
    other = plan(type(TOY)(TOY.file, case.tables.replaced(offers=cheaper), TOY.places), []).outcome()
    bought = other.variable("buy")
    assert bought.loc[bought["offer"] == "bb-dy", "tonnes"].sum() > entry.tonnes


def test_of_a_longer_time_the_dearest_period_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """On months, asked about a quarter; a month of it by its name says nothing of the quarter."""
    case = replace(TOY, file=TOY.file.model_copy(update={"periods": (PeriodGroup(count=12, months=1),)}))
    probe = Probe(plan(case, []))
    months = [why(probe, "cc-plant", "magnet", f"2027-{month:02}", "civil") for month in (4, 5, 6)]
    quarter = why(probe, "cc-plant", "magnet", "2027Q2", "civil")
    assert quarter.price == max(found.price for found in months)
    assert quarter.period in {found.period for found in months if found.price == quarter.price}
    assert [found.dearest_of for found in (quarter, *months)] == ["2027Q2", "", "", ""]
    print_why(Console(width=150), quarter)
    assert f"civil, {quarter.period}, the dearest of 2027Q2: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda probe: why_not(probe, "bb-pres"), "no such site or offer"),
        (lambda probe: why_not(probe, "cc-plant"), "nothing it makes or sells can reach this buyer"),
        (lambda probe: why(probe, "cc-plant", "magnt", "2027Q1"), "no such demand"),
        (lambda probe: why(probe, "cc-plant", "magnet", "2027Q9"), "no such period"),
        (lambda probe: why(probe, "cc-plant", "magnet", "2027Q1"), "expected one end use of"),
    ],
)
def test_a_slip_of_the_pen_is_named(ask: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        ask(Probe(plan(TOY, [])))


@pytest.mark.parametrize("seed", seeds(6))
def test_a_premium_is_one_number_only_where_solving_again_says_so(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the proofs of two costs leave more open than a tonne costs, the interval still holds the premium."""
    _, probe = asked(seed)
    supplier = sorted({str(key[0]) for key in probe.outcome.frame.structure.index["plants"]})[0]
    exact = why_not(probe, supplier)
    monkeypatch.setattr(supplier_module, "NOISE", 1e-6)
    rough = why_not(probe, supplier)
    if not np.isnan(exact.forced_usd):
        assert rough.premium_low <= exact.premium_high + 1e-4 * (1 + exact.premium_high) + 1e-6 * probe.cost
        assert rough.premium_high >= exact.premium_low * (1 - 1e-4)
        assert rough.stays_out_below
