"""Small cases whose least cost was worked out by hand; how it follows stands in the README of each folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from optimizer.audit.audit import audit_plan
from optimizer.plans.plan import Plans, plan
from optimizer.plans.tables import long_tables
from tests.helpers.command import lodestar_here
from tests.helpers.paths import CASES
from tests.helpers.small import small

WORKED = [
    ("spend-limit-without-fees", "quiet", 295_657_300),
]


@pytest.mark.parametrize(("case", "scenario", "cost"), WORKED)
def test_a_case_costs_what_it_costs_by_hand(case: str, scenario: str, cost: float, tmp_path: Path) -> None:
    folder = CASES / case
    words = ("plan", str(folder), "-s", str(folder / f"{scenario}.yaml"), "--workers", "1", "--json")
    rows = json.loads(lodestar_here(*words, "--out", str(tmp_path / "out")).stdout)
    assert {row["scenario"]: row["certified"] for row in rows} == {"base": True, scenario: True}
    assert [row["cost_usd"] for row in rows if row["scenario"] == scenario] == pytest.approx([cost] * 2, rel=1e-9)
    assert "nothing wrong" in lodestar_here("verify", str(tmp_path / "out")).stdout


def planned(folder: Path) -> Plans:
    """The plan of a case as the rules in force stand, to which an auditor has nothing to object."""
    plans = plan(str(folder), [], workers=1)
    assert audit_plan(plans.planner.case, long_tables(plans.outcome())) == []
    return plans


def objections(plans: Plans, table: str, column: str, factor: float) -> list[str]:
    """What an auditor objects to once a column of a table is multiplied."""
    tables = long_tables(plans.outcome())
    wrong = tables[table].assign(**{column: factor * tables[table][column]})
    return [str(fault) for fault in audit_plan(plans.planner.case, {**tables, table: wrong})]


def cost(folder: Path) -> float:
    """What it costs."""
    proof = planned(folder).outcome().answer.certificate
    assert proof is not None
    return proof.objective


LIMIT = "limit,measure,sense,value,stage,by,member,window,penalty,from\n"
BUDGET = f"{LIMIT}budget,spend,at_most,{{}},magnet,supplier,maker,year,,2027-01-01"
CONTRACT = "contract,offer,price,reservation_fee,max_volume,take_or_pay,until,from\n"
DEMAND = "site,product,end_use,from,tonnes,penalty\n"
NO_SPOT = "offer,site,material,price,capacity\nspot,maker,magnet,50000,0"


def test_a_limit_on_spend_counts_what_is_paid_and_not_taken(tmp_path: Path) -> None:
    """Half of what is reserved comes after the last day of need: 182.5 t a year are paid for, 90.5 t wanted."""
    tables: dict[str, Any] = {
        "demand": f"{DEMAND}buyer,magnet,civil,2027-01-01,365,1000000\nbuyer,magnet,civil,2027-07-01,0,1000000",
        "contracts": f"{CONTRACT}frame,spot,10000,0,1000,1,2028-01-01,2027-01-01",
        "offers": NO_SPOT,
    }
    free = 181 * 10100 + 184 * 10000
    assert cost(small(tmp_path / "free", **tables)) == pytest.approx(free)
    bound = small(tmp_path / "bound", **tables, limits=BUDGET.format(1_825_000))
    assert cost(bound) == pytest.approx(1_825_000 + 90.5 * 100 + 90.5 * 1_000_000)


@pytest.mark.parametrize(("kind", "process"), [("qualify", ""), ("expand", "press")])
def test_a_limit_on_spend_counts_what_projects_cost(kind: str, process: str, tmp_path: Path) -> None:
    """A tonne a year is opened for 10,000 USD and then costs as much to buy or make as before."""
    tables = {
        "projects": f"project,kind,site,process,capacity,cost,lead\nmore,{kind},maker,{process},365,3650000,0",
        "limits": BUDGET.format(3_660_000),
    }
    if kind == "expand":
        tables |= {
            "materials": "material,stage,unit_value\nmagnet,magnet,50\nalloy,alloy,30",
            "offers": "offer,site,material,price,capacity\nalloy,maker,alloy,1000,100000",
            "plants": "site,process,capacity,cost,from\nmaker,press,0,50000,2020-01-01",
            "recipes": "recipe,process,material,tonnes\npress,press,alloy,-1\npress,press,magnet,1",
        }
    more = 1000 if kind == "expand" else 0
    folder = small(tmp_path / "case", **tables)
    assert cost(folder) == pytest.approx(61 * (60_100 + more) + 304 * 1_000_000)
    assert any(
        "limit broken, t or USD: budget" in fault for fault in objections(planned(folder), "projects", "share", 2)
    )


def test_money_of_another_stage_is_not_counted(tmp_path: Path) -> None:
    """The limit is on alloy; magnets are reserved as before."""
    tables = {
        "materials": "material,stage,unit_value\nmagnet,magnet,50\nalloy,alloy,30",
        "contracts": f"{CONTRACT}frame,spot,10000,40000,1000,0,2028-01-01,2027-01-01",
        "offers": f"{NO_SPOT}\nalloy,maker,alloy,1000,100000",
        "limits": BUDGET.format(10).replace("magnet", "alloy"),
    }
    assert cost(small(tmp_path / "case", **tables)) == pytest.approx(365 * 50_100)
