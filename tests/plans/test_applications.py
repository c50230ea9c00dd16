"""What applying for licences costs, by hand, on the case of two destinations: a tonne from CN 100 USD, from AU 10,000."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from optimizer.audit.audit import audit_plan
from optimizer.errors import CaseError
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import Plans
from optimizer.questions.ledger import ledger
from optimizer.questions.licences import price_of_reference
from optimizer.questions.probe import Probe
from optimizer.world.load import load_case
from tests.helpers.two_destinations import case, cost, event, least, moved, planned

CONTROL = "control,kind,authority,citation,origin,stages,destinations,effective,approval,application_cost"
COSTLY = f"{CONTROL}\nto-us,export,a,c,CN,magnet,US,2027-01-01,0.1,50"
APPROVAL = "approval,control,exporter,customer,share,covers,from"


def paid(plans: Plans, name: str = "base") -> float:
    """What is paid for applications, as the table of costs says."""
    costs = long_tables(plans.outcome(name, "foresight"))["costs"]
    return float(costs.loc[costs["term"] == "application", "cost_usd"].iloc[0])


@pytest.mark.parametrize("periods", ["{count: 1, months: 12}", "{count: 4, months: 3}"])
def test_each_tonne_that_is_licensed_costs_its_application(periods: str, tmp_path: Path) -> None:
    """10 t are licensed at 50 USD/t; the plan stays as it is, as the other source costs 9,900 more."""
    plans = planned(case(tmp_path, periods, controls=COSTLY))
    assert cost(plans) == pytest.approx(least(10) + 500, rel=1e-9)
    assert paid(plans) == pytest.approx(500)


def test_dearer_than_the_other_source_nobody_applies(tmp_path: Path) -> None:
    plans = planned(case(tmp_path, controls=COSTLY.replace(",50", ",9901")))
    assert cost(plans) == pytest.approx(least(0), rel=1e-9)
    assert paid(plans) == pytest.approx(0, abs=1e-6)


def test_it_is_part_of_the_landed_price(tmp_path: Path) -> None:
    awards = long_tables(planned(case(tmp_path, controls=COSTLY)).outcome())["awards"]
    landed = {(row.supplier, row.site): (row.licences_usd_per_t, row.landed_usd_per_t) for row in awards.itertuples()}
    assert landed["cn", "us"] == pytest.approx((50, 150))
    assert landed["cn", "de"] == pytest.approx((0, 100))


@pytest.mark.parametrize(("share", "chinese"), [(1, 100), (0.4, 40)])
def test_who_is_licensed_by_an_approval_applies_too(share: float, chinese: float, tmp_path: Path) -> None:
    folder = case(tmp_path, controls=COSTLY, approvals=f"{APPROVAL}\nnamed,to-us,*,us,{share},1,2020-01-01")
    assert cost(planned(folder)) == pytest.approx(least(chinese) + 50 * chinese, rel=1e-9)


def test_out_of_force_it_is_free_and_a_scenario_may_change_it(tmp_path: Path) -> None:
    """In force from 1 July: 184 of 365 days. What leaves before needs no licence; inside a period days are weighed."""
    control = COSTLY.replace("2027-01-01,0.1", "2027-07-01,1")
    dearer = "  - {what: w, table: controls, where: {}, set: {application_cost: 100}, from: 2027-10-01}\n"
    for count in (1, 12):
        path, periods = tmp_path / str(count), f"{{count: {count}, months: {12 // count}}}"
        path.mkdir()
        plans = planned(case(path, periods, controls=control), event(path / "dearer.yaml", dearer))
        assert paid(plans) == pytest.approx(50 * 100 * 184 / 365, rel=1e-6)
        assert paid(plans, "dearer") == pytest.approx(50 * 100 * 92 / 365 + 100 * 100 * 92 / 365, rel=1e-6)


def test_two_controls_on_a_flow_are_two_applications(tmp_path: Path) -> None:
    second = "to-all,export,a,c,CN,magnet,*,2027-01-01,1,20"
    plans = planned(case(tmp_path, controls=f"{COSTLY}\n{second}"))
    assert paid(plans) == pytest.approx(10 * (50 + 20) + 100 * 20)


@pytest.mark.slow
def test_the_cost_stays_a_straight_line_in_the_approval(tmp_path: Path) -> None:
    shares = np.linspace(0, 1, 5)
    files = [moved(tmp_path / f"a{number}.yaml", share) for number, share in enumerate(shares)]
    plans = planned(case(tmp_path, controls=COSTLY), *files)
    for share, file in zip(shares, files, strict=True):
        assert cost(plans, file.stem) == pytest.approx(least(100 * share) + 50 * 100 * share, rel=1e-9)


def test_only_controls_at_a_border_have_one(tmp_path: Path) -> None:
    control = f"{CONTROL}\nskill,technology,a,c,CN,magnet,US,2027-01-01,0.1,50"
    with pytest.raises(CaseError, match="application_cost: expected only with kind 'export' or 'content'"):
        load_case(case(tmp_path, controls=control))


def test_the_audit_refuses_another_cost_of_applications(tmp_path: Path) -> None:
    plans = planned(case(tmp_path, controls=COSTLY))
    tables = long_tables(plans.outcome())
    for factor in (0.99, 1.01):
        wrong = tables["costs"].copy()
        wrong.loc[wrong["term"] == "application", "cost_usd"] *= factor
        faults = audit_plan(plans.planner.case, {**tables, "costs": wrong}, None, [])
        assert any("cost, USD: application" in some.text for some in faults)
    wrong = tables["awards"].assign(licences_usd_per_t=0.0)
    faults = audit_plan(plans.planner.case, {**tables, "awards": wrong}, None, [])
    assert any("landed price of an award" in some.text for some in faults)


def test_the_ledger_and_the_price_of_the_reference_know_it_apart(tmp_path: Path) -> None:
    """A control that approves all costs its applications, 100 t at 50 USD/t; being held to 100 t of trade costs nothing."""
    plans = planned(case(tmp_path, controls=COSTLY.replace(",0.1,", ",1,")))
    assert price_of_reference(plans) == pytest.approx(0, abs=1e-3)
    told = ledger(Probe(plans))
    assert told.loc[told["kind"] == "control", "cost_usd"].tolist() == pytest.approx([5_000])
