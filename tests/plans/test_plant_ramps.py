"""Plants that go up little by little, from period to period."""

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
from tests.helpers.small import scenario, small

TABLES = {
    "sites": "site,company,country,owner\nmaker,Maker Co,CN,CN\nau,Au Co,AU,AU\nbuyer,Buyer SE,DE,DE",
    "materials": "material,stage,unit_value\npowder,alloy,10\nmagnet,magnet,50",
    "recipes": "recipe,process,material,tonnes\npress,press,powder,-1\npress,press,magnet,1",
    "offers": "offer,site,material,price,capacity\npowder,maker,powder,0,1000\nau,au,magnet,1000,1000",
    "routes": "from_country,to_country,freight,transit\nCN,DE,0,0\nAU,DE,0,0",
    "demand": "site,product,from,tonnes,penalty\nbuyer,magnet,2027-01-01,100,100000",
}
YEARS = "periods: [{count: 3, months: 12}]"


def pressed(folder: Path, terms: str, calendar: str = YEARS, stops: str = "") -> Plans:
    """100 t a year, pressed at 100 USD/t as far as the press of 100 t a year goes, and bought at 1,000 beyond."""
    plants = f"site,process,from,capacity,cost,ramp,running\nmaker,press,2020-01-01,100,100,{terms}"
    case = small(folder / "case", calendar, plants=plants, **TABLES)
    paths = []
    if stops:
        event = "  - {what: w, table: plants, where: {site: maker}, set: {capacity: 0}, from: 2028-01-01, until: 2029-01-01}\n"
        paths = [str(scenario(folder / "stops.yaml", event, stops))]
    return sound(plan(str(case), paths))


@pytest.mark.parametrize(
    ("terms", "calendar", "made"),
    [
        ("0.25,0", YEARS, [25, 50, 75]),
        ("0.25,50", YEARS, [75, 100, 100]),
        ("0.25,", YEARS, [100, 100, 100]),  # the first period is free
        (",", YEARS, [100, 100, 100]),
        ("0.25,0", "periods: [{count: 2, months: 6}, {count: 1, months: 12}]", [25 * 181 / 365, 50 * 184 / 365, 75]),
        (
            "0.3,0",
            "periods: [{count: 1, months: 12}]\ncuts: [2027-07-02]",
            [30 * (182 / 365) ** 2, 30 * 183 / 365],
        ),  # by parts
    ],
)
def test_a_plant_rises_by_its_ramp(terms: str, calendar: str, made: list[float], tmp_path: Path) -> None:
    tables = long_tables(pressed(tmp_path, terms, calendar).outcome())
    found = tables["production"].sort_values("period")["activity_t"].tolist()
    assert found == pytest.approx(made)


def test_after_a_stop_it_comes_back_little_by_little(tmp_path: Path) -> None:
    plans = pressed(tmp_path, "0.4,100", stops="2028-01-01")
    made = long_tables(plans.outcome("stops"))["production"].set_index("period")["activity_t"]
    assert made.to_dict() == pytest.approx({"2027": 100, "2029": 40})
    assert plans.outcome("stops").cost == pytest.approx(100 * 100 + 1000 * 100 + 100 * 40 + 1000 * 60)


def test_the_audit_sees_what_rises_too_fast(tmp_path: Path) -> None:
    plans = pressed(tmp_path, "0.25,0")
    tables = long_tables(plans.outcome())
    table = tables["production"]
    wrong = {**tables, "production": table.assign(activity_t=table["activity_t"] + 5 * (table["period"] == "2028"))}
    assert any("as it rises, t: maker / press / 1" in str(some) for some in audit_plan(plans.planner.case, wrong))


def test_what_cannot_be_meant_is_said(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"plants\.csv, row 2: running: expected with a ramp only"):
        pressed(tmp_path / "a", ",5")
    rows = "maker,press,2020-01-01,100,100,0.2\nmaker,press,2028-01-01,200,100,0.3"
    folder = small(tmp_path / "b", YEARS, plants=f"site,process,from,capacity,cost,ramp\n{rows}", **TABLES)
    with pytest.raises(CaseError, match=r"plants\.csv, row 3: ramp: "):
        load_case(folder)
