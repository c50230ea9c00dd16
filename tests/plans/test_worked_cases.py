"""Small cases whose least cost was worked out by hand; how it follows stands in the README of each folder."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from optimizer.audit.audit import audit_plan
from optimizer.case.settings import PeriodGroup
from optimizer.errors import CaseError, ScenarioError
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import Plans
from tests.helpers.coarse import coarse
from tests.helpers.command import lodestar_here
from tests.helpers.paths import CASES
from tests.helpers.planned import plan
from tests.helpers.seeds import a_few
from tests.helpers.small import scenario, small

WORKED = [
    ("spend-limit-without-fees", "quiet", 295_657_300),
    ("lead-in-months", "quiet", 15_330_600),
    ("penalty-before-demand-begins", "quiet", 28_204_700),
    ("expansion-before-its-plant", "quiet", 380_001_500),
    ("outage-spares-expansion", "fire", 184_380_100),
    ("quota-and-a-general-licence", "quiet", 270_010_000),
    ("licence-two-destinations", "quiet", 911_000),
    ("licence-idle-contract", "quiet", 911_000),
    ("bankrupt-seller-under-contract", "bankrupt", 52_890.4109589041),
]


@pytest.mark.parametrize(("case", "scenario", "cost"), a_few(WORKED, quick=3))
def test_a_case_costs_what_it_costs_by_hand(case: str, scenario: str, cost: float, tmp_path: Path) -> None:
    folder = CASES / case
    words = ("plan", str(folder), "-s", str(folder / f"{scenario}.yaml"), "--workers", "1", "--json")
    rows = json.loads(lodestar_here(*words, "--out", str(tmp_path / "out")).stdout)
    assert {row["scenario"]: row["certified"] for row in rows} == {"base": True, scenario: True}
    assert [row["cost_usd"] for row in rows if row["scenario"] == scenario] == pytest.approx([cost] * 2, rel=1e-9)
    assert "nothing wrong" in lodestar_here("verify", str(tmp_path / "out")).stdout


def planned(folder: Path, *scenarios: Path) -> Plans:
    """The plans of a case, to which an auditor has nothing to object."""
    plans = plan(str(folder), [str(path) for path in scenarios])
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
PLANT = {
    "materials": "material,stage,unit_value\nmagnet,magnet,50\nalloy,alloy,30",
    "offers": "offer,site,material,price,capacity\nalloy,maker,alloy,1000,100000",
    "recipes": "recipe,process,material,tonnes\npress,press,alloy,-1\npress,press,magnet,1",
}
"""Alloy for 1,000 USD/t that a plant of the maker presses into magnets."""
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


def test_a_limit_on_spend_counts_what_a_qualification_costs(tmp_path: Path) -> None:
    """A tonne a year is opened for 10,000 USD and then costs 50,000: the budget is enough for 61 t."""
    projects = "project,kind,site,capacity,cost,lead\nmore,qualify,maker,365,3650000,0"
    folder = small(tmp_path / "case", projects=projects, limits=BUDGET.format(3_660_000))
    assert cost(folder) == pytest.approx(61 * 60_100 + 304 * 1_000_000)
    found = objections(planned(folder), "projects", "share", 2)
    assert any("limit broken, t or USD: budget" in fault for fault in found)


def test_a_limit_on_spend_counts_what_an_expansion_costs(tmp_path: Path) -> None:
    """The same of a plant that makes 36.5 t a year without it."""
    tables = PLANT | {
        "projects": "project,kind,site,process,capacity,cost,lead\nmore,expand,maker,press,365,3650000,0",
        "plants": "site,process,capacity,cost,from\nmaker,press,36.5,50000,2020-01-01",
        "limits": BUDGET.format(3_660_000 + 36.5 * 50_000),
    }
    folder = small(tmp_path / "case", **tables)
    assert cost(folder) == pytest.approx(61 * 61_100 + 36.5 * 51_100 + 267.5 * 1_000_000)
    found = objections(planned(folder), "projects", "share", 2)
    assert any("limit broken, t or USD: budget" in fault for fault in found)


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


FIRE = "- {{what: fire, table: {}, where: {{{}}}, {}, from: 2027-07-01{}}}\n"
GROWN = {
    **PLANT,
    "plants": "site,process,capacity,cost,from\nmaker,press,100,1000,2020-01-01",
    "availability": "stage,country,share\nmagnet,*,1\nalloy,*,1",
}
DONE = "project,kind,site,process,capacity,cost,lead,done_from\nmore,expand,maker,press,265,1000,0,2026-01-01"
TO_DO = "project,kind,site,process,capacity,cost,lead\nmore,expand,maker,press,265,0,{}"


@pytest.mark.parametrize(
    ("event", "rate"),
    [
        (("plants", "site: maker", "scale: {capacity: 0}", ""), 0),
        (("plants", "site: maker", "scale: {capacity: 0.5}", ""), 182.5),
        (("plants", "site: maker", "set: {capacity: 0}", ""), 0),
        (("plants", "site: maker", "set: {capacity: 150}", ""), 150),
        (("plants", "site: maker", "add: {capacity: -60}", ""), 305),
        (("availability", "stage: magnet", "set: {share: 0}", ""), 0),
        (("availability", "stage: magnet", "scale: {share: 0.5}", ""), 182.5),
        (("projects", "project: more", "scale: {capacity: 0}", ""), 100),
        (("projects", "project: more", "set: {capacity: 200}", ""), 300),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else str(value),
)
@pytest.mark.parametrize("projects", [DONE, TO_DO.format(0)], ids=["under way", "to be begun"])
def test_an_outage_reaches_what_projects_added(
    event: tuple[str, ...], rate: float, projects: str, tmp_path: Path
) -> None:
    """From July on a plant of 365 t a year, 265 of them an expansion, gives this rate, and the rest goes short."""
    folder = small(tmp_path / "case", **GROWN, projects=projects)
    found = costs(planned(folder, scenario(tmp_path / "fire.yaml", FIRE.format(*event))))
    made = 181 + 184 * rate / 365
    assert found["base"] == pytest.approx(365 * 2100)
    assert found["fire"] == pytest.approx(made * 2100 + (365 - made) * 1_000_000)


def test_an_outage_that_ends_gives_the_expansion_back(tmp_path: Path) -> None:
    """Nothing in the third quarter; then a third, two thirds in the middle of each month of recovery, and all."""
    folder = small(tmp_path / "case", **GROWN, projects=DONE)
    event = FIRE.format("plants", "site: maker", "scale: {capacity: 0}", ", until: 2027-10-01, recovery: {months: 3}")
    found = costs(planned(folder, scenario(tmp_path / "fire.yaml", event)))
    made = 181 + 92 / 2
    assert found["fire"] == pytest.approx(made * 2100 + (365 - made) * 1_000_000)


@pytest.mark.parametrize("lead", [0, 2, 9])
def test_nothing_is_begun_or_opened_at_a_plant_that_is_gone(lead: int, tmp_path: Path) -> None:
    """An expansion that would open after the fire is of no use, nor is one begun after it."""
    event = FIRE.format("plants", "site: maker", "set: {capacity: 0}", "")
    folder = small(tmp_path / "case", **GROWN, projects=TO_DO.format(lead))
    found = costs(planned(folder, scenario(tmp_path / "fire.yaml", event)))
    opens = {0: 0, 2: 59, 9: 181}[lead]
    made = 181 * 100 / 365 + (181 - opens) * 265 / 365
    assert found["fire"] == pytest.approx(made * 2100 + (365 - made) * 1_000_000)


@pytest.mark.parametrize(("projects", "day"), [(DONE.replace("2026-01-01", "2027-07-01"), 273), (
    TO_DO.format("0,2027-07-01").replace("lead", "lead,from"), 273)])  # fmt: skip
def test_a_project_can_be_late(projects: str, day: int, tmp_path: Path) -> None:
    """It comes in October and not in July."""
    folder = small(tmp_path / "case", **GROWN, projects=projects)
    late = FIRE.format("projects", "project: more", "shift: {from: 3}", "")
    found = costs(planned(folder, scenario(tmp_path / "late.yaml", late)))
    for name, opens in (("base", 181), ("late", day)):
        made = opens * 100 / 365 + (365 - opens)
        assert found[name] == pytest.approx(made * 2100 + (365 - made) * 1_000_000), name


def test_a_project_to_be_begun_cannot_be_brought_forward(tmp_path: Path) -> None:
    projects = TO_DO.format("0,2027-07-01").replace("lead", "lead,from")
    folder = small(tmp_path / "case", **GROWN, projects=projects)
    early = scenario(tmp_path / "early.yaml", FIRE.format("projects", "project: more", "shift: {from: -3}", ""))
    with pytest.raises(ScenarioError, match="expected months above 0 for more, which is not under way, found -3"):
        plan(str(folder), [str(early)])


@pytest.mark.slow
def test_a_fire_costs_what_it_costs_where_no_expansion_can_be_bought() -> None:
    """Of two plants of Korea, whose expansions made magnets in a plant that had burnt; on years, the fire between two."""
    folder, case = CASES / "outage-spares-expansion", coarse("korea")
    years = replace(case, file=case.file.model_copy(update={"periods": (PeriodGroup(count=4, months=12),)}))
    plans = plan(years, [str(folder / "korea-fire.yaml"), str(folder / "korea-fire-true.yaml")], ["foresight"])
    one, other = (plans.outcome(name, "foresight").answer.certificate for name in ("korea-fire", "korea-fire-true"))
    assert one is not None
    assert other is not None
    assert one.objective == pytest.approx(other.objective, rel=1e-6)


CUTS = ["count: 12, months: 1", "count: 4, months: 3", "count: 2, months: 6", "count: 1, months: 12"]


@pytest.mark.slow
@pytest.mark.parametrize("what", a_few(["penalty", "toll", "price", "floor", "charge", "duty", "substitute", "cap"]))
def test_prices_that_step_inside_periods_cost_the_same_however_it_is_cut(what: str, tmp_path: Path) -> None:
    """Flat capacity, no stock and no discount: what changes on 15 May and 7 August; the cap also with a demand that does."""
    tables, events = _stepping(what)
    found = []
    for number, cut in enumerate(CUTS):
        folder = small(tmp_path / str(number), f"periods: [{{{cut}}}]", **tables)
        found.append(costs(planned(folder, scenario(tmp_path / f"s{number}.yaml", events)))[f"s{number}"])
    assert found == pytest.approx([found[0]] * len(CUTS), rel=1e-9)


def _stepping(what: str) -> tuple[dict[str, str], str]:
    """Tables of a case, and events by which one of its prices changes."""
    steps = "- {{what: dear, table: {0}, where: {{}}, scale: {{{1}: 3}}, from: 2027-05-15, until: 2027-08-07}}\n"
    tables: dict[str, str] = {}
    changed = {
        "penalty": ("demand", "penalty"), "toll": ("plants", "cost"), "price": ("offers", "price"),
        "floor": ("offers", "price"), "charge": ("export_charges", "rate"), "duty": ("duties", "rate"),
        "substitute": ("substitutions", "cost"), "cap": ("substitutions", "max_share"),
    }[what]  # fmt: skip
    if what == "penalty":
        tables |= {"offers": "offer,site,material,price,capacity\nspot,maker,magnet,50000,100"}
    if what == "toll":
        tables |= PLANT | {"plants": "site,process,capacity,cost,from\nmaker,press,1000,40000,2020-01-01"}
    if what == "floor":
        head = "contract,offer,floor,upside,reservation_fee,max_volume,take_or_pay,until,from\n"
        tables |= {"contracts": f"{head}frame,spot,60000,0.2,0,1000,0,2028-01-01,2027-01-01", "offers": NO_SPOT}
    if what == "charge":
        row = "offer,site,material,price,capacity,home\nspot,maker,magnet,50000,1000,true"
        tables |= PLANT | {
            "export_charges": "charge,goods,origin,from,rate\nvat,alloy,CN,2020-01-01,0.13",
            "offers": row.replace("magnet", "alloy"),
            "sites": "site,company,country,owner\nmaker,M,CN,CN\nbuyer,B,DE,DE\nworks,W,DE,DE",
            "plants": "site,process,capacity,cost,from\nworks,press,1000,40000,2020-01-01",
            "routes": "from_country,to_country,freight,transit\nCN,DE,100,0\nDE,DE,0,0",
        }
    if what == "duty":
        tables |= {"duties": "duty,goods,origin,destination,from,rate\nplain,magnet,CN,DE,2020-01-01,0.03"}
    if what in ("substitute", "cap"):
        tables |= {
            "materials": "material,stage,unit_value\nmagnet,magnet,50\nferrite,magnet,5",
            "offers": "offer,site,material,price,capacity\nspot,maker,ferrite,5000,1000",
            "substitutions": "product,material,cost,max_share\nmagnet,ferrite,100,0.3",
        }
    if what == "cap":
        tables |= {
            "demand": f"{DEMAND}buyer,magnet,civil,2027-01-01,100,1000000\nbuyer,magnet,civil,2027-06-20,500,1000000"
        }
    return tables, steps.format(*changed)


CONTROL = "control,kind,authority,citation,origin,stages,effective,approval,quota,exporters"
GENERAL = "approval,control,exporter,share,from\ngeneral,ban,maker,1,2020-01-01"


@pytest.mark.parametrize("approval", [0, 0.5, 1])
@pytest.mark.parametrize("exporters", ["each", "together", ""])
def test_a_quota_counts_every_tonne(approval: float, exporters: str, tmp_path: Path) -> None:
    """However much others get, and whoever licensed it: a general licence does not lift a quota."""
    row = f"ban,export,Ministry,invented,CN,magnet,2020-01-01,{approval},100,{exporters}"
    folder = small(tmp_path / "case", controls=f"{CONTROL}\n{row}", approvals=GENERAL)
    assert cost(folder) == pytest.approx(100 * 50_100 + 265 * 1_000_000)


@pytest.mark.parametrize(("exporters", "most"), [("each", 200), ("together", 100)])
def test_a_quota_is_for_each_exporter_or_for_all_of_a_country(exporters: str, most: float, tmp_path: Path) -> None:
    """Two of them in one country sell the same goods, one from a plant and one from its store."""
    tables = PLANT | {
        "controls": f"{CONTROL}\nban,export,Ministry,invented,CN,magnet,2020-01-01,1,100,{exporters}",
        "offers": f"{PLANT['offers']}\nspot,other,magnet,1000,1000",
        "plants": "site,process,capacity,cost,from\nmaker,press,1000,0,2020-01-01",
        "sites": "site,company,country,owner\nmaker,M,CN,CN\nother,O,CN,CN\nbuyer,B,DE,DE",
    }
    plans = planned(small(tmp_path / "case", **tables))
    assert costs(plans)["base"] == pytest.approx(most * 1100 + (365 - most) * 1_000_000)
    assert plans.tables["quotas"]["used_t"].sum() == pytest.approx(most)


def test_a_quota_in_force_for_half_a_year_counts_only_then(tmp_path: Path) -> None:
    """What leaves before it takes effect on 1 July is free; 100 t a year are 184 / 365 of it after."""
    row = "ban,export,Ministry,invented,CN,magnet,2027-07-01,1,100,together"
    folder = small(tmp_path / "case", controls=f"{CONTROL}\n{row}")
    sent = 181 + 100 * 184 / 365
    assert cost(folder) == pytest.approx(sent * 50_100 + (365 - sent) * 1_000_000)


def test_whom_a_quota_is_for_is_asked_only_where_there_is_one(tmp_path: Path) -> None:
    row = "ban,export,Ministry,invented,CN,magnet,2027-07-01,1,,together"
    with pytest.raises(CaseError, match="exporters: expected only with a quota"):
        plan(str(small(tmp_path / "case", controls=f"{CONTROL}\n{row}")), [])
