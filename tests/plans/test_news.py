"""News has a day: what is decided by then is kept, of a period that is in part over its part, and a lead counts from then."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from optimizer.audit.audit import audit_plan
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import Planner
from optimizer.world.load import load_case
from optimizer.world.scenario import load_scenario
from tests.helpers.small import scenario, small

CASE = "periods: [{count: 8, months: 3}]"
STOP = "  - {what: w, table: offers, where: {offer: spot}, scale: {capacity: 0}, from: 2028-01-01}\n"
DEARER = "  - {what: w, table: offers, where: {offer: spot}, set: {price: 70000}, from: 2028-01-01}\n"
STOCK = "site,material,opening,capacity,holding\nbuyer,magnet,0,1000,1"
DAYS = {"2027-10-01": 0, "2027-11-15": 45, "2027-12-31": 91}
"""Days on which news comes, and how many of the quarter are over by then."""


def reacted(folder: Path, events: str, day: str) -> dict[str, float]:
    """Tonnes of each table of the reaction, without any day cut in, to which an auditor has nothing to object."""
    happens = load_scenario(scenario(folder / "stop.yaml", events, day))
    planner = Planner(load_case(folder))
    found = {some.name: some for some in planner.stream([happens], workers=1)}["react"]
    assert found.answer.certified
    outcome = planner.outcome(found.world, found.answer)
    tables = long_tables(outcome)
    assert audit_plan(planner.case, tables, happens) == []
    return {name: float(table["tonnes"].sum()) for name, table in tables.items() if "tonnes" in table}


@pytest.mark.parametrize("day", DAYS)
def test_the_same_stop_announced_on_three_days_gives_three_answers(day: str, tmp_path: Path) -> None:
    """From the news on 1,000 t a year can be bought ahead; what the plan did not buy before is not bought any more."""
    folder = small(tmp_path, CASE, stocks=STOCK)
    rest = 92 - DAYS[day]
    assert reacted(folder, STOP, day)["shortages"] == pytest.approx(365 - rest * (1000 / 365 - 1))


@pytest.mark.parametrize("day", DAYS)
def test_what_was_bought_by_the_news_is_not_given_back(day: str, tmp_path: Path) -> None:
    """What comes dearer cheaper by another: the seller of the first days of the quarter stays that of the base plan."""
    tables = {
        "sites": "site,company,country,owner\nmaker,Maker Co,CN,CN\nau,Au Co,AU,AU\nbuyer,Buyer SE,DE,DE",
        "offers": "offer,site,material,price,capacity\nspot,maker,magnet,50000,1000\nau,au,magnet,60000,1000",
        "routes": "from_country,to_country,freight,transit\nCN,DE,0,0\nAU,DE,0,0",
    }
    folder = small(tmp_path, CASE, **tables)
    events = DEARER.replace("2028-01-01", "2027-10-01").replace("70000", "70000")
    events = events.replace("from: 2027-10-01", f"from: {day}")
    happens = load_scenario(scenario(folder / "dear.yaml", events, day))
    planner = Planner(load_case(folder))
    found = {some.name: some for some in planner.stream([happens], workers=1)}["react"]
    table = long_tables(planner.outcome(found.world, found.answer))["purchases"]
    spot = table[(table["offer"] == "spot") & (table["period"] == "2027Q4")]["tonnes"].sum()
    assert spot >= DAYS[day] - 1e-6


def test_a_project_begun_on_the_news_counts_its_lead_from_then(tmp_path: Path) -> None:
    """Six months from 15 November: it opens on 15 May; a year of demand less what it can bring by then goes short."""
    tables = {
        "sites": "site,company,country,owner\nmaker,Maker Co,CN,CN\nau,Au Co,AU,AU\nbuyer,Buyer SE,DE,DE",
        "offers": "offer,site,material,price,capacity\nspot,maker,magnet,100,365\nau,au,magnet,200,365",
        "routes": "from_country,to_country,freight,transit\nCN,DE,0,0\nAU,DE,0,0",
        "projects": "project,kind,site,process,capacity,cost,lead\nqualify-au,qualify,au,,365,1000,6",
    }
    folder = small(tmp_path, CASE, **tables)
    days = 31 + 29 + 31 + 30 + 14
    assert reacted(folder, STOP, "2027-11-15")["shortages"] == pytest.approx(days * 365 / 366)
    happens = load_scenario(folder / "stop.yaml")
    planner = Planner(load_case(folder))
    found = {some.name: some for some in planner.stream([happens], workers=1)}["react"]
    tables = long_tables(planner.outcome(found.world, found.answer))
    assert list(tables["projects"]["begun"]) == ["2027-11-15"]
    wrong = tables["projects"].assign(begun="2027-10-02")
    objections = audit_plan(planner.case, {**tables, "projects": wrong}, happens)
    assert any("begun on a day on which it may not" in str(fault) for fault in objections)


def test_nothing_is_held_where_a_period_begins_with_the_news(tmp_path: Path) -> None:
    folder = small(tmp_path, CASE)
    planner = Planner(load_case(folder))
    assert planner.news(load_scenario(scenario(tmp_path / "a.yaml", STOP, "2027-10-01"))).held is None
    held = planner.news(load_scenario(scenario(tmp_path / "b.yaml", STOP, "2027-11-15"))).held
    assert held is not None
    assert held.least == pytest.approx(planner.start.answer.x[held.columns] * 45 / 92)
    assert np.all(held.done >= 0)
