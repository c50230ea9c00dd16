"""Exposed content: by hand, at the threshold, and what cleaning costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimizer.case.case import Case
from optimizer.case.tables import Tables
from optimizer.plans.concentration import concentration
from optimizer.plans.plan import Plans
from optimizer.questions.tracing import carriers, clean_down, trace
from optimizer.world.load import load_case
from optimizer.world.scenario import Scenario
from tests.helpers.cost import least_cost
from tests.helpers.networks import random_case
from tests.helpers.paths import CASES
from tests.helpers.planned import plan
from tests.helpers.seeds import seeds

TOY = load_case(CASES / "toy")


def toy(**changes: dict[str, Any]) -> Case:
    """The toy case with rows of tables changed: table to (key to fields)."""
    tables = {**dict(TOY.tables.items()), "contracts": (), "approvals": (), "trade": ()}
    for table, rows in changes.items():
        key = {"materials": "material", "offers": "offer", "controls": "control", "demand": "end_use"}[table]
        tables[table] = tuple(row.model_copy(update=rows.get(getattr(row, key), {})) for row in tables[table])
    return Case(TOY.file.model_copy(update={"content_margin": 1e-6}), Tables.of(tables), TOY.places)


def abroad(dy_value: float, threshold: float = 0.001, approval: float = 0.0) -> Plans:
    """Magnets worth 100 USD/kg pressed in BB with AD's dysprosium oxide only: 0.04 t of it per tonne.

    AD sells no magnets, BB no dysprosium of its own; content is licensed as far as `approval` says.
    """
    return plan(
        toy(
            materials={"dy-oxide": {"unit_value": dy_value}},
            offers={"bb-dy": {"capacity": 0.0}},
            controls={
                "aa-export": {"approval": 1.0, "stages": ("oxide",), "processing_days": 0.0},
                "aa-content": {"threshold": threshold, "approval": approval, "processing_days": 0.0},
                "aa-military": {"threshold": threshold, "approval": 1.0},
            },
        ),
        [],
    )


def delivered_abroad(plans: Plans) -> float:
    """Tonnes of the full grade that BB ships (the lean one holds half the dysprosium)."""
    shipped = plans.outcome().variable("ship")
    return float(shipped.loc[(shipped["origin"] == "bb-press") & (shipped["material"] == "magnet"), "tonnes"].sum())


def test_content_below_the_threshold_is_free() -> None:
    """0.04 t worth 2.25 are 0.09 of 100: below 0.1 %, so all that BB makes may leave, all of it with exposed oxide.

    Beside a magnet worth 100 falls a tenth of a tonne of swarf worth 5.
    """
    plans = abroad(2.25)
    assert delivered_abroad(plans) > 20
    traced = trace(plans.outcome())
    foreign = traced[(traced["exposure"] == "clean") & (traced["material"] == "magnet")]
    assert len(foreign)
    assert foreign["exposed_share"].max() == pytest.approx(0.09 / 100.5, abs=1e-9)
    assert not foreign["crosses"].any()


def test_content_at_the_threshold_needs_a_licence() -> None:
    """0.04 t worth 2.50 are 0.10 of 100: the rule bites at the threshold, and there is nothing to dilute it with."""
    assert delivered_abroad(abroad(2.50)) == pytest.approx(0.0, abs=1e-6)
    assert delivered_abroad(abroad(2.50, approval=1.0)) > 20


def test_a_threshold_of_one_changes_nothing_and_of_zero_bans() -> None:
    free = abroad(50.0, approval=1.0).outcome().cost
    assert abroad(50.0, threshold=1.0).outcome().cost == pytest.approx(free, rel=1e-9)
    assert delivered_abroad(abroad(2.25, threshold=0.0)) == pytest.approx(0.0, abs=1e-6)


def test_a_second_regime_with_the_same_scope_changes_nothing() -> None:
    case = toy()
    twin = next(row for row in case.tables.controls if row.control == "aa-content").model_copy(
        update={"control": "twin"}
    )
    both = Case(
        case.file,
        case.tables.replaced(controls=(*case.tables.controls, twin)),
        {**case.places, "controls": (*case.places["controls"], "x")},
    )
    assert least_cost(both) == pytest.approx(least_cost(case), rel=1e-9)


@pytest.mark.parametrize("seed", seeds(12))
def test_clean_lots_stay_below_and_shares_are_shares(seed: int) -> None:
    plans = plan(random_case(seed), [])
    traced = trace(plans.outcome())
    assert traced["exposed_share"].between(0, 1).all()
    for _, line in traced.iterrows():
        if line["rule"] not in line["exposure"].split("+") and line["tonnes"] > 1e-3:
            assert line["exposed_share"] <= line["threshold"] + 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 5, 7])
def test_cleaning_never_pays_and_is_clean(seed: int) -> None:
    plans = plan(random_case(seed), [])
    found = clean_down(plans, by_period=True, workers=1)
    assert (found["extra_usd"] >= -1e-6 * plans.outcome().cost).all()
    assert (found["short_t"] >= -1e-6).all()
    whole = clean_down(plans, workers=1)
    for key, some in found.groupby(["rule", "site", "product", "end_use"]):
        total = whole.set_index(["rule", "site", "product", "end_use"]).at[key, "extra_usd"]
        assert total >= some["extra_usd"].max() - 1e-6 * plans.outcome().cost


def test_of_a_reaction_only_what_is_not_decided_is_cleaned() -> None:
    """Announced when the first period is over: its deliveries stand, those of later ones can still be cleaned."""
    event = {"what": "none", "table": "controls", "where": {"control": "aa-content"}, "set": {"in_force": 0}}
    late = {"name": "late", "title": "late", "probability": 0, "announced": "2027-04-01", "source": "test"}
    pause = Scenario.model_validate({**late, "events": [{**event, "from": "2027-05-01", "until": "2027-08-01"}]})
    plans = plan(TOY, [pause], answers=["react"])
    before, after = (clean_down(plans, name, by_period=True, workers=1) for name in ("base", "late"))
    assert set(before["period"]) == {"2027Q1"} | set(after["period"])
    assert "2027Q1" not in set(after["period"])
    assert len(after)
    assert (after["extra_usd"] > 0).all()


def test_carriers_name_inputs_and_sites() -> None:
    found = carriers(abroad(2.25).outcome())
    assert {"bb-press"} <= set(found["site"])
    assert set(found["material"]) == {"dy-oxide"}


def test_sum_of_squares_by_hand() -> None:
    outcome = plan(TOY, []).outcome()
    table = concentration(outcome)
    row = table[(table["stage"] == "magnet") & (table["by"] == "supplier") & (table["year"] == "all")].iloc[0]
    shares = outcome.shares
    parts = shares[(shares["stage"] == "magnet") & (shares["by"] == "supplier") & (shares["year"] == "all")]["share"]
    assert row["hhi"] == pytest.approx(float(np.square(parts).sum()))
    assert row["hhi_10000"] == pytest.approx(10_000 * row["hhi"])
    assert isinstance(table, pd.DataFrame)
