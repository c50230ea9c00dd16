"""Terms of payment, and who pays freight and duty of what an offer sells."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.audit.audit import audit_plan
from optimizer.errors import CaseError
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import Plans
from optimizer.world.load import load_case
from tests.helpers.audited import sound
from tests.helpers.planned import plan
from tests.helpers.small import small

HEAD = "offer,site,material,price,capacity,incoterm,payment_days\n"
CASE = """version: 1
name: mini
title: t
start: 2027-01-01
discount_rate: 0.1
periods: [{count: 1, months: 12}]
"""
TABLES = {
    "sites": "site,company,country,owner\nmaker,Maker Co,CN,CN\nbuyer,Buyer SE,DE,DE",
    "routes": "from_country,to_country,freight,transit\nCN,DE,7,0",
    "duties": "duty,goods,origin,destination,from,rate\nd,magnet,CN,DE,2020-01-01,0.1",
    "demand": "site,product,from,tonnes,penalty\nbuyer,magnet,2027-01-01,100,100000",
    "materials": "material,stage,unit_value\npowder,alloy,0.01\nmagnet,magnet,0.05",
}
"""Goods worth 50 USD/t, on which a duty of 5 is due, and a freight of 7."""
MID = 1.1**-0.5
"""What money of the middle of the year is worth."""


def planned(folder: Path, terms: str, **tables: str) -> Plans:
    """100 t at 100 USD/t on some terms; an auditor has nothing to object."""
    offers = f"{HEAD}own,maker,magnet,100,1000,{terms}"
    case = small(folder, **{**TABLES, "offers": offers, **tables})
    (case / "case.yaml").write_text(CASE, encoding="utf-8")
    return sound(plan(str(case), []))


@pytest.mark.parametrize(
    ("terms", "freight", "duty", "days"),
    [
        ("EXW,", 7, 5, 0), (",", 7, 5, 0), ("FOB,60", 7, 5, 60), ("CIF,", 0, 5, 0), ("DAP,-30", 0, 5, -30),
        ("DDP,90", 0, 0, 90),
    ],
)  # fmt: skip
def test_who_pays_and_when(terms: str, freight: float, duty: float, days: int, tmp_path: Path) -> None:
    plans = planned(tmp_path, terms)
    goods = 100 * 1.1 ** (-days / 365)
    assert plans.outcome().cost == pytest.approx(100 * (goods + freight + duty) * MID)
    award = long_tables(plans.outcome())["awards"].iloc[0]
    assert (award["freight_usd_per_t"], award["duty_usd_per_t"]) == pytest.approx((freight, duty))
    assert award["landed_usd_per_t"] == pytest.approx(goods + freight + duty)


def test_contracts_and_plants_are_paid_on_their_own_terms(tmp_path: Path) -> None:
    frame = "contract,offer,price,reservation_fee,max_volume,take_or_pay,from,until,payment_days\n"
    contracts = f"{frame}frame,own,80,0,60,0,2027-01-01,2028-01-01,120"
    plans = planned(tmp_path / "contract", "DDP,", contracts=contracts)
    assert plans.outcome().cost == pytest.approx((40 * 100 + 60 * 80 * 1.1 ** (-120 / 365)) * MID)
    plants = "site,process,from,capacity,cost,payment_days\nmaker,press,2020-01-01,365,90,45"
    made = {
        "plants": plants,
        "recipes": "recipe,process,material,tonnes\npress,press,powder,-1\npress,press,magnet,1",
        "offers": f"{HEAD}powder,maker,powder,2,1000,,-45",
    }
    each = 90 * 1.1 ** (-45 / 365) + 2 * 1.1 ** (45 / 365) + 12
    assert planned(tmp_path / "plant", "", **made).outcome().cost == pytest.approx(100 * each * MID)


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"offers": f"{HEAD}a,maker,magnet,1,9,DDP,\nb,maker,magnet,2,9,EXW,"}, "row 3: incoterm: expected terms under which the seller pays what it does in a, of the same goods, found EXW"),
        ({"materials": "material,stage,unit_value,hub\nmagnet,magnet,50,true", "offers": f"{HEAD}a,maker,magnet,1,9,CIF,"}, "row 2: incoterm: expected EXW, FCA, FAS or FOB of magnet, which meets others in a hub, found CIF"),
        ({"offers": f"{HEAD}a,maker,magnet,1,9,CIP,", "plants": "site,process,from,capacity,cost\nmaker,press,2020-01-01,9,9", "recipes": "recipe,process,material,tonnes\np,press,powder,-1\np,press,magnet,1"}, "which maker also makes, found CIP"),
        ({"offers": f"{HEAD}a,maker,magnet,1,9,CFI,"}, "incoterm: expected one of the known words, found 'CFI'"),
    ],
)  # fmt: skip
def test_terms_that_cannot_be_told_apart_are_refused(tables: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(CaseError) as error:
        load_case(small(tmp_path, "periods: [{count: 1, months: 12}]", **{**TABLES, **tables}))
    assert said in str(error.value)


def test_the_audit_sees_money_that_is_not_due(tmp_path: Path) -> None:
    plans = planned(tmp_path, "DDP,90")
    tables = long_tables(plans.outcome())
    for term in ("purchase", "freight", "duty"):
        costs = tables["costs"].assign(cost_usd=lambda t, term=term: t["cost_usd"] + 1.0 * (t["term"] == term))
        found = audit_plan(plans.planner.case, {**tables, "costs": costs})
        assert any(f"cost, USD: {term}" in str(fault) for fault in found)
