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
from tests.helpers.small import scenario, small

WORKED = [
    ("spend-limit-without-fees", "quiet", 295_657_300),
    ("lead-in-months", "quiet", 15_330_600),
]


@pytest.mark.parametrize(("case", "scenario", "cost"), WORKED)
def test_a_case_costs_what_it_costs_by_hand(case: str, scenario: str, cost: float, tmp_path: Path) -> None:
    folder = CASES / case
    words = ("plan", str(folder), "-s", str(folder / f"{scenario}.yaml"), "--workers", "1", "--json")
    rows = json.loads(lodestar_here(*words, "--out", str(tmp_path / "out")).stdout)
    assert {row["scenario"]: row["certified"] for row in rows} == {"base": True, scenario: True}
    assert [row["cost_usd"] for row in rows if row["scenario"] == scenario] == pytest.approx([cost] * 2, rel=1e-9)
    assert "nothing wrong" in lodestar_here("verify", str(tmp_path / "out")).stdout


def planned(folder: Path, *scenarios: Path) -> Plans:
    """The plans of a case, to which an auditor has nothing to object."""
    plans = plan(str(folder), [str(path) for path in scenarios], workers=1)
    happens = {some.name: some for some in plans.scenarios}
    for (name, _), outcome in plans.outcomes.items():
        assert audit_plan(plans.planner.case, long_tables(outcome), happens.get(name)) == []
    return plans


def costs(plans: Plans) -> dict[str, float]:
    """What plans cost, by scenario; of a scenario with foresight."""
    proofs = {name: outcome.answer.certificate for (name, _), outcome in plans.outcomes.items()}
    return {name: proof.objective for name, proof in proofs.items() if proof is not None}


def objections(plans: Plans, table: str, column: str, factor: float) -> list[str]:
    """What an auditor objects to once a column of a table is multiplied."""
    tables = long_tables(plans.outcome())
    wrong = tables[table].assign(**{column: factor * tables[table][column]})
    return [str(fault) for fault in audit_plan(plans.planner.case, {**tables, table: wrong})]


def cost(folder: Path) -> float:
    """What it costs."""
    return costs(planned(folder))["base"]


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


YEAR = "periods: [{count: 1, months: 12}]"
PLANT = {
    "materials": "material,stage,unit_value\nmagnet,magnet,50\nalloy,alloy,30",
    "offers": "offer,site,material,price,capacity\nalloy,maker,alloy,1000,100000",
    "recipes": "recipe,process,material,tonnes\npress,press,alloy,-1\npress,press,magnet,1",
}
"""Alloy for 1,000 USD/t that a plant of the maker presses into magnets."""


@pytest.mark.parametrize(
    ("begins", "lead", "day"),
    [("2027-01-31", 1, 58), ("2027-01-31", 2, 89), ("2027-01-31", 0.25, 37), ("", 1.5, 45), ("", 0, 0), ("", 11, 334)],
)
def test_a_lead_ends_on_the_same_day_of_the_month_or_its_last(
    begins: str, lead: float, day: int, tmp_path: Path
) -> None:
    """What is wanted before it opens, a tonne a day, goes short."""
    row = f"qualify-maker,qualify,maker,365,0,{lead},{begins}"
    folder = small(tmp_path / "case", YEAR, projects=f"project,kind,site,capacity,cost,lead,from\n{row}")
    assert cost(folder) == pytest.approx(day * 1_000_000 + (365 - day) * 50_100)


def test_a_project_is_paid_on_the_day_it_is_begun(tmp_path: Path) -> None:
    """On 1 July, when 181 of 365 days are gone; all else is paid in the middle of the year."""
    row = "qualify-maker,qualify,maker,365,1000000,0,2027-07-01"
    folder = small(tmp_path / "case", YEAR, projects=f"project,kind,site,capacity,cost,lead,from\n{row}")
    case = (folder / "case.yaml").read_text(encoding="utf-8")
    (folder / "case.yaml").write_text(case.replace("discount_rate: 0", "discount_rate: 0.1"), encoding="utf-8")
    flows = 181 * 1_000_000 + 184 * 50_100
    assert cost(folder) == pytest.approx(1_000_000 * 1.1 ** -(181 / 365) + flows * 1.1**-0.5)


@pytest.mark.parametrize("periods", [1, 4, 12])
def test_holding_is_charged_on_the_mean_of_opening_and_closing_stock(periods: int, tmp_path: Path) -> None:
    """100 t lie there; what is used in a period is there half of it on average, however it is cut."""
    stocks = "site,material,opening,capacity,holding,reserve,penalty\nbuyer,magnet,100,100,7300,{},1e9"
    cut = f"periods: [{{count: {periods}, months: {12 // periods}}}]"
    kept = small(tmp_path / "kept", cut, stocks=stocks.format(100))
    assert cost(kept) == pytest.approx(365 * 50_100 + 100 * 7300)
    used = small(tmp_path / "used", YEAR, stocks=stocks.format(0))
    assert cost(used) == pytest.approx(265 * 50_100 + 50 * 7300)


def test_a_delayed_step_takes_nothing_away_from_the_next(tmp_path: Path) -> None:
    """The step of April comes in October, when that of July has long brought more."""
    steps = ("2027-01-01,100", "2027-04-01,200", "2027-07-01,365")
    plants = "\n".join(["site,process,from,capacity,cost", *(f"maker,press,{step},0" for step in steps)])
    folder = small(tmp_path / "case", **PLANT, plants=plants)
    event = "{what: late, table: plants, where: {}, shift: {from: 6}, from: 2027-04-01, until: 2027-04-02}"
    late = scenario(tmp_path / "late.yaml", f"- {event}\n")
    summary = planned(folder, late).summary
    for name, second in (("base", 200), ("late", 100)):
        made = 90 * 100 / 365 + 91 * second / 365
        assert list(summary.loc[summary["scenario"] == name, "short_t"].round(6).unique()) == [round(181 - made, 6)]
