"""Awards: what is shipped to the buyer's sites, at prices that add up to what the plan pays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import optimizer
from optimizer.audit.audit import audit_plan
from optimizer.case.case import Case
from optimizer.folder.read import read_plans
from optimizer.folder.write import write_plans
from optimizer.plans.awards import PRICES, Awards, awards
from optimizer.plans.landed import PARTS, Landed
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import Plans
from tests.helpers.paths import CASES
from tests.helpers.small import small


@pytest.fixture(scope="module")
def toy() -> Plans:
    return optimizer.plan(CASES / "toy", [])


def buyers(case: Case) -> set[str]:
    return {row.site for row in case.tables.demand}


def sums(table: pd.DataFrame, site: str) -> dict[tuple[str, ...], float]:
    return dict(table.groupby([site, "material", "period"])["tonnes"].sum())


def ended(plans: Plans) -> None:
    """Every USD of each part of a price ends somewhere, and none twice."""
    outcome = plans.outcome()
    paid = dict(zip(outcome.costs["term"], outcome.costs["cost_usd"], strict=True))
    should = [sum(paid[name] for name in names) for names in PARTS.values()]
    assert Landed(outcome).ended[1] == pytest.approx(should, rel=1e-9, abs=0.1)


def test_tonnes_add_up_to_what_is_shipped_to_the_buyer(toy: Plans) -> None:
    shipments = toy.tables["shipments"]
    shipped = shipments[shipments["destination"].isin(buyers(toy.planner.case))]
    assert sums(toy.tables["awards"], "site") == pytest.approx(sums(shipped, "destination"))


def test_every_part_of_the_cost_ends_somewhere(toy: Plans) -> None:
    ended(toy)


def test_parts_add_up_to_the_landed_price(toy: Plans) -> None:
    table = toy.tables["awards"]
    assert table["certified"].tolist() == [True] * 4
    assert np.allclose(table[[str(name) for name in PRICES.values()]].sum(axis=1), table[Awards.landed_usd_per_t])


def test_all_that_is_paid_lands_where_all_goods_go_to_the_buyer(tmp_path: Path) -> None:
    """One seller, one maker and one buyer without stock: awards cost what goods, work, freight and duty cost."""
    plans = optimizer.plan(small(tmp_path / "case"), [])
    costs = plans.outcome().costs.set_index("term")["cost_usd"]
    paid = sum(costs[name] for names in PARTS.values() for name in names)
    assert paid > 0
    assert plans.tables["awards"]["cost_usd"].sum() == pytest.approx(paid, rel=1e-9)


SOLD = """
offer,site,material,price,capacity
spot,maker,magnet,50000,200
other,maker,magnet,60000,1000
"""
CONTRACT = """
contract,offer,max_volume,take_or_pay,reservation_fee,price,from,until
long,other,100,0,0,40000,2027-01-01,2028-01-01
"""


def test_spot_and_contract_are_awards_of_their_own_at_their_own_price(tmp_path: Path) -> None:
    plans = optimizer.plan(small(tmp_path / "case", offers=SOLD, contracts=CONTRACT), [])
    table = plans.tables["awards"].groupby(["supplier", "offer", "contract"])
    assert table["tonnes"].sum().round(6).to_dict() == {
        ("maker", "other", ""): 65,
        ("maker", "other", "long"): 100,
        ("maker", "spot", ""): 200,
    }
    assert table["landed_usd_per_t"].mean().round(3).to_dict() == {
        ("maker", "other", ""): 60100,
        ("maker", "other", "long"): 40100,
        ("maker", "spot", ""): 50100,
    }
    ended(plans)


TRADED = """
material,stage,unit_value,hub
magnet,magnet,50,true
"""


def test_goods_that_meet_in_a_pool_are_awarded_to_it_and_to_their_seller(tmp_path: Path) -> None:
    folder = small(tmp_path / "case", materials=TRADED)
    plans = optimizer.plan(folder, [])
    table = plans.tables["awards"]
    assert set(table["supplier"]) == {"maker"}
    assert set(table["site"]) == {"DE hub"}
    assert table["tonnes"].sum() == pytest.approx(365)
    write_plans(plans, tmp_path / "out")
    assert read_plans(tmp_path / "out").tables["awards"]["certified"].all()


MADE = {
    "materials": "material,stage,unit_value\nalloy,alloy,20\nmagnet,magnet,50\nswarf,scrap,10",
    "recipes": "recipe,process,material,tonnes\npress,press,alloy,-1.5\npress,press,magnet,1\npress,press,swarf,0.5",
    "plants": "site,process,from,capacity,cost\nmaker,press,2020-01-01,1000,3000",
    "offers": "offer,site,material,price,capacity\nalloy,maker,alloy,20000,5000",
}


def test_a_magnet_maker_is_the_supplier_and_its_magnets_carry_their_alloy(tmp_path: Path) -> None:
    """What is thrown away carries nothing: the magnets bear all that the lot cost."""
    plans = optimizer.plan(small(tmp_path / "case", **MADE), [])
    table = plans.tables["awards"]
    assert set(table["supplier"]) == {"maker"}
    assert set(table["offer"]) == {""}
    assert table["goods_usd_per_t"].tolist() == pytest.approx([30000] * 4)
    assert table["conversion_usd_per_t"].tolist() == pytest.approx([3000] * 4)
    assert table["landed_usd_per_t"].tolist() == pytest.approx([33100] * 4)
    ended(plans)


def test_scrap_that_is_made_into_alloy_again_takes_its_part_of_the_cost_with_it(tmp_path: Path) -> None:
    again = "\nremelt,remelt,swarf,-1\nremelt,remelt,alloy,1"
    plant = "\nmaker,remelt,2020-01-01,1000,500"
    rows = {**MADE, "recipes": MADE["recipes"] + again, "plants": MADE["plants"] + plant}
    plans = optimizer.plan(small(tmp_path / "case", **rows), [])
    ended(plans)
    costs = plans.outcome().costs.set_index("term")["cost_usd"]
    table = plans.tables["awards"]
    assert table["cost_usd"].sum() == pytest.approx(costs[["purchase", "conversion", "freight"]].sum())
    assert table["goods_usd_per_t"].tolist() == pytest.approx([20000] * 4)


REFS = {
    "sites": "site,company,country,owner,ref\nmaker,Maker Co,CN,CN,V-1\nbuyer,Buyer SE,DE,DE,P-9",
    "materials": "material,stage,unit_value,ref\nmagnet,magnet,50,M 7",
    "offers": 'offer,site,material,price,capacity,ref\nspot,maker,magnet,50000,1000,"=O;1"',
    "demand": "site,product,end_use,from,tonnes,penalty,ref\nbuyer,magnet,civil,2027-01-01,365,1e6,D-1\n"
    "buyer,magnet,civil,2027-07-01,365,1e6,D-2\nbuyer,magnet,chips,2027-01-01,36.5,1e6,D-3",
}


def test_the_callers_own_ids_come_back(tmp_path: Path) -> None:
    folder = small(tmp_path / "case", **REFS)
    plans = optimizer.plan(folder, [])
    names = ["supplier_ref", "offer_ref", "material_ref", "site_ref"]
    table = plans.tables["awards"]
    assert {tuple(row) for row in table[names].to_numpy()} == {("V-1", "=O;1", "M 7", "P-9")}
    assert table["demand_ref"].tolist() == ["D-1; D-3", "D-1; D-3", "D-2; D-3", "D-2; D-3"]
    write_plans(plans, tmp_path / "out")
    again = read_plans(tmp_path / "out")
    assert again.case.digest() == plans.planner.case.digest()
    assert again.tables["awards"][names].equals(table[names])


def test_own_ids_change_no_plan(tmp_path: Path) -> None:
    rows = {**REFS, "demand": REFS["demand"].replace("D-", "E-")}
    one, two = (optimizer.plan(small(tmp_path / name, **some), []) for name, some in (("a", REFS), ("b", rows)))
    assert one.summary.drop(columns="seconds").equals(two.summary.drop(columns="seconds"))


def test_an_auditor_objects_to_other_tonnes_and_prices(toy: Plans) -> None:
    tables = long_tables(toy.outcome())
    for column in ("tonnes", "landed_usd_per_t", "goods_usd_per_t", "freight_usd_per_t", "cost_usd"):
        wrong = {**tables, "awards": tables["awards"].assign(**{column: 1.5 * tables["awards"][column]})}
        assert any("award" in str(fault) for fault in audit_plan(toy.planner.case, wrong)), column
    assert audit_plan(toy.planner.case, tables) == []


def test_awards_are_made_of_an_answer_alone(toy: Plans) -> None:
    assert awards(toy.outcome()).equals(awards(toy.outcome()))
