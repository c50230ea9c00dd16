"""Stock in the hub of a country: it is bought while it is cheap and used later, and an auditor finds nothing wrong."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from optimizer.audit.audit import audit_plan
from optimizer.errors import CaseError, ScenarioError
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import plan
from optimizer.world.load import load_case
from tests.helpers.command import lodestar_here
from tests.helpers.small import scenario, small

PERIODS = "periods: [{count: 4, months: 3}]"
OXIDE = {
    "materials": "material,stage,unit_value,hub\noxide,oxide,0.1,true",
    "offers": "offer,site,material,price,capacity\nspot,maker,oxide,100,1000",
    "demand": "site,product,end_use,from,tonnes,penalty\nbuyer,oxide,civil,2027-01-01,365,100000",
    "routes": "from_country,to_country,freight,transit\nCN,DE,10,0",
}
STOCKS = "site,material,opening,capacity,holding"
DEARER = "  - {what: w, table: offers, where: {}, set: {price: 1000}, from: 2027-07-01}\n"
FULL = "  - {what: w, table: stocks, where: {country: %s}, set: {capacity: 20}, from: 2027-01-01}\n"


def hub(folder: Path, rows: str, **tables: str) -> Path:
    return small(folder, PERIODS, **OXIDE, stocks=f"{STOCKS}\n{rows}", **tables)


def planned(folder: Path, events: str) -> tuple[float, pd.DataFrame]:
    """Cost of knowing it from the first day, and what is in stock."""
    plans = plan(str(folder), [scenario(folder / "some.yaml", events)], workers=1)
    outcome = plans.outcome("some", "foresight")
    tables = long_tables(outcome)
    assert audit_plan(plans.planner.case, tables, plans.scenarios[0]) == []
    return outcome.cost, tables["stock"]


@pytest.mark.parametrize(("where", "room"), [("DE hub", 184), ("DE hub", 50), ("CN hub", 50)])
def test_what_is_dearer_later_is_kept_in_a_hub(where: str, room: int, tmp_path: Path) -> None:
    """The second half of the year is 184 t: as much of it as fits costs 100 in place of 1,000."""
    cost, kept = planned(hub(tmp_path, f"{where},oxide,0,{room},0"), DEARER)
    assert cost == pytest.approx(365 * 110 + (184 - room) * 900)
    assert set(kept["site"]) == {where}
    assert kept.groupby("period")["tonnes"].sum().max() == pytest.approx(room)


def test_a_hub_and_a_site_of_its_country_keep_goods_together(tmp_path: Path) -> None:
    cost, kept = planned(hub(tmp_path, "DE hub,oxide,30,40,0\nbuyer,oxide,0,25,0"), DEARER)
    assert cost == pytest.approx(335 * 110 + (184 - 65) * 900)
    assert kept.groupby("site")["tonnes"].max().to_dict() == pytest.approx({"DE hub": 40, "buyer": 25})


def test_holding_terminal_and_reserve_hold_in_a_hub(tmp_path: Path) -> None:
    """30 t lie there all year at 8 USD per tonne and year; none may be used."""
    folder = small(
        tmp_path,
        PERIODS,
        **OXIDE,
        stocks="site,material,opening,capacity,holding,reserve,terminal,penalty\nDE hub,oxide,30,30,8,30,30,100000",
    )
    outcome = plan(str(folder), [], workers=1).outcome()
    tables = long_tables(outcome)
    assert audit_plan(load_case(folder), tables) == []
    costs = tables["costs"].set_index("term")["cost_usd"]
    assert costs["holding"] + costs["opening_holding"] == pytest.approx(30 * 8)
    assert costs["purchase"] == pytest.approx(36_500)
    assert tables["stock_gaps"].empty


@pytest.mark.parametrize("country", ["DE", "CN"])
def test_an_event_finds_a_hub_by_its_country(country: str, tmp_path: Path) -> None:
    folder = hub(tmp_path, "DE hub,oxide,0,184,0")
    events = DEARER + FULL % country
    if country == "CN":
        with pytest.raises(ScenarioError, match="country 'CN' selects no row of stocks"):
            planned(folder, events)
    else:
        assert planned(folder, events)[0] == pytest.approx(365 * 110 + 164 * 900)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("NL hub,oxide,0,10,0", "no such site or hub: 'NL hub'. Known: CN hub, DE hub, buyer, maker"),
        ("DE hubb,oxide,0,10,0", "no such site or hub: 'DE hubb'.*Did you mean 'DE hub'"),
    ],
)
def test_a_hub_where_no_site_lies_is_refused(rows: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=said):
        load_case(hub(tmp_path, rows))


def test_only_what_is_kept_in_hubs_lies_in_one(tmp_path: Path) -> None:
    folder = small(tmp_path, PERIODS, stocks=f"{STOCKS}\nDE hub,magnet,0,10,0")
    with pytest.raises(CaseError, match=r"expected a site, as magnet is not kept in hubs .*found DE hub"):
        load_case(folder)


@pytest.mark.slow
def test_a_folder_with_stock_in_a_hub_is_verified_and_read(tmp_path: Path) -> None:
    folder, out = hub(tmp_path / "case", "DE hub,oxide,20,50,5"), str(tmp_path / "out")
    path = scenario(tmp_path / "some.yaml", DEARER)
    lodestar_here("plan", str(folder), "-s", str(path), "--workers", "1", "--out", out)
    assert "nothing wrong" in lodestar_here("verify", out).stdout
    lodestar_here("report", out)
