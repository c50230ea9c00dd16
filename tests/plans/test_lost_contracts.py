"""A seller that is lost delivers nothing under contract either, and nothing is owed to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.audit.audit import audit_plan
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import Plans
from tests.helpers.planned import plan
from tests.helpers.small import scenario, small

TABLES = {
    "sites": "site,company,country,owner\nmaker,Maker Co,CN,CN\nau,Au Co,AU,AU\nbuyer,Buyer SE,DE,DE",
    "offers": "offer,site,material,price,capacity\nspot,maker,magnet,90000,0\nau,au,magnet,60000,1000",
    "routes": "from_country,to_country,freight,transit\nCN,DE,0,0\nAU,DE,0,0",
    "contracts": "contract,offer,price,reservation_fee,max_volume,take_or_pay,from,until\n"
    "signed,spot,50000,100,365,1,2027-01-01,2028-01-01",
}
LEFT = "  - {what: w, table: contracts, where: {contract: signed}, scale: {max_volume: %s}, from: 2027-07-02}\n"


def planned(folder: Path, left: float) -> Plans:
    """A year of a tonne a day, half of which the contract delivers in part; an auditor has nothing to object."""
    case = small(folder / "case", "periods: [{count: 4, months: 3}]", **TABLES)
    stop = scenario(folder / "lost.yaml", LEFT % left, "2027-07-02")
    plans = plan(str(case), [str(stop)])
    for (name, _), outcome in plans.outcomes.items():
        happens = plans.scenarios[0] if name != "base" else None
        assert audit_plan(plans.planner.case, long_tables(outcome), happens) == []
    return plans


@pytest.mark.parametrize("left", [0.0, 0.25, 1.0])
def test_what_is_left_of_a_contract_is_delivered_and_paid_for_and_no_more(left: float, tmp_path: Path) -> None:
    plans = planned(tmp_path, left)
    assert plans.outcome().cost == pytest.approx(365 * 50_100)
    under = 182 + 183 * left
    assert plans.outcome("lost").cost == pytest.approx(under * 50_100 + (365 - under) * 60_000)
    assert long_tables(plans.outcome("lost"))["not_taken"].empty


@pytest.mark.parametrize("event", ["scale: {capacity: 0}", "set: {capacity: 0}"])
def test_a_seller_that_is_stopped_delivers_nothing_under_contract(event: str, tmp_path: Path) -> None:
    """From half-time on; halved on the spot, it delivers as agreed."""
    tables = {**TABLES, "offers": TABLES["offers"].replace("spot,maker,magnet,90000,0", "spot,maker,magnet,90000,10")}
    case = small(tmp_path / "case", "periods: [{count: 4, months: 3}]", **tables)
    text = "  - {what: w, table: offers, where: {offer: spot}, %s, from: 2027-07-02}\n"
    stops = scenario(tmp_path / "stops.yaml", text % event, "2027-07-02")
    halves = scenario(tmp_path / "halves.yaml", text % event.replace("0", "0.5"), "2027-07-02")
    plans = plan(str(case), [str(stops), str(halves)])
    for scenario_ in plans.scenarios:
        assert audit_plan(plans.planner.case, long_tables(plans.outcome(scenario_.name)), scenario_) == []
    assert plans.outcome("stops").cost == pytest.approx(182 * 50_100 + 183 * 60_000)
    assert plans.outcome("halves").cost == pytest.approx(365 * 50_100)


def test_the_audit_sees_what_a_lost_seller_delivers(tmp_path: Path) -> None:
    plans = planned(tmp_path, 0.25)
    tables = long_tables(plans.outcome("lost"))
    table = tables["purchases"]
    late = (table["contract"] == "signed") & (table["period"] >= "2027-10")
    wrong = {**tables, "purchases": table.assign(tonnes=table["tonnes"] * (1 + 0.1 * late))}
    found = audit_plan(plans.planner.case, wrong, plans.scenarios[0])
    assert any("taken under contract" in str(fault) for fault in found)
