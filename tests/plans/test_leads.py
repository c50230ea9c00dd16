"""What is ordered comes after a lead: nothing before start and lead but what was ordered before, nor after news."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.audit.audit import audit_plan
from optimizer.errors import CaseError
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import Plans
from optimizer.questions.probe import Probe
from tests.helpers.audited import sound
from tests.helpers.planned import plan
from tests.helpers.small import scenario, small

SITES = "site,company,country,owner\nmaker,Maker Co,CN,CN\nau,Au Co,AU,AU\nbuyer,Buyer SE,DE,DE"
TABLES = {
    "sites": SITES,
    "routes": "from_country,to_country,freight,transit\nCN,DE,0,0\nAU,DE,0,0",
    "demand": "site,product,from,tonnes,penalty\nbuyer,magnet,2027-01-01,365,100000",
}
QUARTERS = "periods: [{count: 4, months: 3}]"
HEAD = "offer,site,material,price,capacity,lead,ordered\n"
STOP = "  - {{what: w, table: offers, where: {{offer: {offer}}}, set: {{{change}}}, from: {day}}}\n"


def sold(folder: Path, own: str, calendar: str = QUARTERS, event: str = "", day: str = "", **tables: str) -> Plans:
    """A tonne a day is wanted: of the maker at 100 USD/t, of AU at 1,000. An auditor has nothing to object."""
    offers = f"{HEAD}own,maker,magnet,100,365,{own}\nau,au,magnet,1000,1000,,"
    case = small(folder / "case", calendar, **{**TABLES, "offers": offers, **tables})
    paths = [str(scenario(folder / "news.yaml", event, day))] if event else []
    return sound(plan(str(case), paths))


def bought(plans: Plans, *key: str) -> dict[tuple[str, str], float]:
    """Tonnes by offer and period."""
    table = long_tables(plans.outcome(*key))["purchases"]
    found: dict[tuple[str, str], float] = table.groupby(["offer", "period"])["tonnes"].sum().to_dict()
    return found


@pytest.mark.parametrize(
    ("own", "first", "second"),
    [("120,", 0, 61), ("120,60", 45, 15 + 61), ("45,20", 20 + 45, 91), ("400,40", 9, 9.1), (",", 90, 91)],
)
def test_nothing_leaves_in_the_first_days_but_what_was_ordered(
    own: str, first: float, second: float, tmp_path: Path
) -> None:
    found = bought(sold(tmp_path, own))
    assert found.get(("own", "2027Q1"), 0.0) == pytest.approx(first)
    assert found.get(("own", "2027Q2"), 0.0) == pytest.approx(second)


def test_what_was_ordered_is_bought_though_it_is_dear(tmp_path: Path) -> None:
    offers = f"{HEAD}own,maker,magnet,5000,365,30,12\nau,au,magnet,1000,1000,,"
    plans = sold(tmp_path, "", offers=offers)
    assert plans.outcome().cost == pytest.approx(12 * 5000 + 353 * 1000)


@pytest.mark.parametrize(
    ("change", "own", "cost"),
    [
        ("price: 5000", "60,0", 181 * 100 + 60 * 5000 + 124 * 1000),  # ordered before the news for 60 days after it
        ("price: 5000", "0,0", 181 * 100 + 184 * 1000),
        ("capacity: 0", "60,0", 181 * 100 + 184 * 1000),  # who is stopped delivers nothing, ordered or not
        ("capacity: 182.5", "60,0", 181 * 100 + 92 * 100 + 92 * 1000),
    ],
)
def test_a_reaction_keeps_what_was_ordered_before_the_news(change: str, own: str, cost: float, tmp_path: Path) -> None:
    event = STOP.format(offer="own", change=change, day="2027-07-01")
    base = {"60,0": 60 * 900}.get(own, 0)  # in the first days all is bought of AU
    plans = sold(tmp_path, own, event=event, day="2027-07-01")
    assert plans.outcome("news").cost == pytest.approx(cost + base)
    probe = Probe(plans, "news")
    assert probe.least_cost(probe.as_it_is) == pytest.approx(cost + base)


def test_a_reaction_orders_nothing_that_would_come_within_the_lead(tmp_path: Path) -> None:
    """The maker stops on 1 July; of AU a tonne a day comes 60 days later, and those of the 60 days are missing."""
    offers = f"{HEAD}own,maker,magnet,100,365,,\nau,au,magnet,1000,365,60,"
    event = STOP.format(offer="own", change="capacity: 0", day="2027-07-01")
    plans = sold(tmp_path, "", event=event, day="2027-07-01", offers=offers)
    outcome = plans.outcome("news")
    assert outcome.short == pytest.approx(60)
    assert bought(plans, "news")["au", "2027Q3"] == pytest.approx(32)
    assert plans.outcome("news", "foresight").short == pytest.approx(0)


def test_a_plant_makes_what_was_ordered_first(tmp_path: Path) -> None:
    plants = "site,process,from,capacity,cost,lead,ordered\nmaker,press,2020-01-01,365,100,90,30"
    tables = {
        "materials": "material,stage,unit_value\npowder,alloy,10\nmagnet,magnet,50",
        "recipes": "recipe,process,material,tonnes\npress,press,powder,-1\npress,press,magnet,1",
        "offers": f"{HEAD}powder,maker,powder,0,1000,,\nau,au,magnet,1000,1000,,",
    }
    plans = sold(tmp_path, "", plants=plants, **tables)
    made = long_tables(plans.outcome())["production"].set_index("period")["activity_t"].to_dict()
    assert made == pytest.approx({"2027Q1": 30, "2027Q2": 91, "2027Q3": 92, "2027Q4": 92})


def test_the_audit_sees_what_comes_too_early_and_what_does_not_come(tmp_path: Path) -> None:
    plans = sold(tmp_path, "120,60")
    tables = long_tables(plans.outcome())
    first = (tables["purchases"]["offer"] == "own") & (tables["purchases"]["period"] == "2027Q1")
    for by, said in ((1, "bought on the spot, t: own / 0"), (-1, "bought of what was ordered before, t: own / 0")):
        wrong = {**tables, "purchases": tables["purchases"].assign(tonnes=tables["purchases"]["tonnes"] + by * first)}
        assert any(said in str(some) for some in audit_plan(plans.planner.case, wrong))


def test_an_order_without_a_lead_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"offers\.csv, row 2: ordered: expected with a lead only"):
        sold(tmp_path, ",5")


@pytest.mark.parametrize(("own", "days"), [("30,20", ["2027-01-01", "2027-03-02"]), ("120,60", ["2027-01-01"] * 2)])
def test_an_order_is_placed_so_long_before_its_goods_leave(own: str, days: list[str], tmp_path: Path) -> None:
    """Not before the first day; the audit knows the day by itself."""
    plans = sold(tmp_path, own)
    listed = long_tables(plans.outcome())["decisions"]
    mine = (listed["kind"] == "order") & (listed["what"] == "maker")
    assert list(listed[mine]["act_on"]) == days
    assert list(listed[mine]["leaves_on"]) == ["2027-01-01", "2027-04-01"]
    changed = listed.assign(act_on=listed["act_on"].where(~mine, listed["leaves_on"]))
    tables = {**long_tables(plans.outcome()), "decisions": changed}
    assert any("orders by the day" in fault.text for fault in audit_plan(plans.planner.case, tables))
