"""Several ways between two countries: a dear fast one beside a cheap slow one, on cases small enough to add up by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from optimizer.audit.audit import audit_plan
from optimizer.errors import CaseError
from optimizer.plans.long_tables import long_tables
from optimizer.plans.outcome import Outcome
from optimizer.plans.plan import Plans
from optimizer.plans.solving import BASE
from optimizer.plans.words import row_words
from optimizer.world.load import load_case
from tests.helpers.planned import plan
from tests.helpers.small import scenario, small

MONTHS = "periods: [{count: 12, months: 1}]"
HEAD = "from_country,to_country,freight,transit,mode,stage,capacity\n"
SEA = "CN,DE,100,90,sea,,\n"
AIR = "CN,DE,1000,0,air,,"
DEMAND = "site,product,from,tonnes,penalty\nbuyer,magnet,2027-01-01,100,1000000"
STOCKS = "site,material,opening,capacity,holding\nbuyer,magnet,{},{},0"
CLOSED = "- {{what: strait, table: routes, where: {{{}}}, {}, from: {}, until: {}}}\n"


def shipped(outcome: Outcome, mode: str) -> Any:
    """Tonnes by period of a mode."""
    table = long_tables(outcome)["shipments"]
    return table[table["mode"] == mode].groupby("period")["tonnes"].sum()


def audited(plans: Plans, key: tuple[str, str] = BASE) -> dict[str, Any]:
    """The tables of an answer, which the audit passes."""
    happens = {some.name: some for some in plans.scenarios}
    tables = long_tables(plans.outcomes[key])
    assert audit_plan(plans.planner.case, tables, happens.get(key[0]), plans.scenarios) == []
    return tables


def flown(tmp_path: Path, routes: str, opening: float = 20, **tables: str) -> Plans:
    """A year of 100 t, by sea or air."""
    stocks = STOCKS.format(opening, max(opening, 100))
    return plan(small(tmp_path, MONTHS, routes=HEAD + routes, **{"demand": DEMAND, "stocks": stocks, **tables}))


@pytest.mark.parametrize("opening", [0.0, 10.0, 20.0])
def test_only_the_gap_flies(tmp_path: Path, opening: float) -> None:
    """90 days at 100 t a year are 24.66 t: what is not in stock of them is flown, all else goes by sea."""
    plans = flown(tmp_path, SEA + AIR, opening)
    gap = 90 * 100 / 365 - opening
    outcome = plans.outcome()
    assert shipped(outcome, "air").sum() == pytest.approx(gap)
    assert shipped(outcome, "sea").sum() == pytest.approx(100 - opening - gap)
    assert outcome.costs.set_index("term")["cost_usd"]["freight"] == pytest.approx(
        1000 * gap + 100 * (100 - opening - gap)
    )
    awards = audited(plans)["awards"]
    by_air = awards[awards["mode"] == "air"]
    assert by_air["tonnes"].sum() == pytest.approx(gap)
    assert by_air["landed_usd_per_t"].to_list() == pytest.approx([51_000] * len(by_air))
    by_sea = awards[awards["mode"] == "sea"]
    assert by_sea["landed_usd_per_t"].to_list() == pytest.approx([50_100] * len(by_sea))


def test_nothing_flies_where_the_sea_is_soon_enough(tmp_path: Path) -> None:
    plans = flown(tmp_path, SEA + AIR, opening=25)
    assert shipped(plans.outcome(), "air").sum() == 0


def test_only_some_stages_may_fly(tmp_path: Path) -> None:
    """Air for alloy only: magnets go by sea, and the gap is short."""
    plans = flown(tmp_path, SEA + "CN,DE,1000,0,air,alloy; oxide,")
    assert shipped(plans.outcome(), "air").sum() == 0
    assert long_tables(plans.outcome())["shortages"]["tonnes"].sum() == pytest.approx(9000 / 365 - 20)
    may = flown(tmp_path / "may", SEA + "CN,DE,1000,0,air,alloy; magnet,")
    assert shipped(may.outcome(), "air").sum() == pytest.approx(9000 / 365 - 20)


def test_a_way_has_a_capacity(tmp_path: Path) -> None:
    """12 t a year by air are 12 x 90 / 365 t in the first 90 days, of 4.66 t that are missing."""
    plans = flown(tmp_path, SEA + AIR + "12")
    room, gap = 12 * 90 / 365, 9000 / 365 - 20
    assert long_tables(plans.outcome())["shortages"]["tonnes"].sum() == pytest.approx(gap - room)
    audited(plans)
    prices = plans.outcome().prices
    assert "route_capacity" in set(prices["rule"])


EVENTS = [
    ("mode: sea", "set: {capacity: 0}"),
    ("mode: sea", "scale: {capacity: 0}"),
    ("mode: sea, from_country: CN", "set: {capacity: 0}"),
]


@pytest.mark.parametrize(("where", "what"), EVENTS)
def test_a_strait_closes_and_the_capacity_of_air_binds(tmp_path: Path, where: str, what: str) -> None:
    """In April and May, 61 days, nothing goes by sea: of 100 t a year 60 t a year may fly, and 40 t a year are short."""
    sea = "CN,DE,100,0,sea,,\n"
    folder = small(tmp_path / "case", MONTHS, routes=HEAD + sea + AIR + "60", demand=DEMAND)
    happens = scenario(tmp_path / "strait.yaml", CLOSED.format(where, what, "2027-04-01", "2027-06-01"), "2027-04-01")
    plans = plan(folder, [happens])
    for answer in ("react", "foresight"):
        outcome = plans.outcomes["strait", answer]
        tables = audited(plans, ("strait", answer))
        assert shipped(outcome, "air").sum() == pytest.approx(60 * 61 / 365)
        assert shipped(outcome, "sea").sum() == pytest.approx(100 * (365 - 61) / 365)
        assert tables["shortages"]["tonnes"].sum() == pytest.approx(40 * 61 / 365)
    assert shipped(plans.outcome(), "sea").sum() == pytest.approx(100)
    assert shipped(plans.outcome(), "air").sum() == 0


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (SEA + SEA, "found from_country CN, to_country DE, mode sea also in"),
        (
            SEA + "CN,DE,1000,0,sea,magnet; alloy,",
            "stage: expected goods that have no row of this mode from CN to DE yet",
        ),
        (SEA + "CN,DE,1000,0,air,magnets,", "stage"),
        (SEA + "CN,DE,1000,0,air,,-1", "capacity"),
    ],
)
def test_two_rows_of_one_way_are_a_fault(tmp_path: Path, rows: str, said: str) -> None:
    with pytest.raises(CaseError, match=r"routes\.csv, row 3") as caught:
        load_case(small(tmp_path, MONTHS, routes=HEAD + rows))
    assert said in str(caught.value)


def test_the_audit_refuses_goods_said_to_have_gone_otherwise(tmp_path: Path) -> None:
    """What flew, said to have gone by sea, did not come in time; by a way that there is not, it came from nowhere."""
    plans = flown(tmp_path, SEA + AIR + "20")
    tables = audited(plans)
    for mode, said in (("sea", "mass that does not close"), ("rail", "shipped from CN to DE where no route leads")):
        wrong = tables["shipments"].assign(mode=mode)
        found = audit_plan(plans.planner.case, {**tables, "shipments": wrong}, None)
        assert any(said in str(fault) for fault in found)
    more = tables["shipments"]
    more = more.assign(tonnes=more["tonnes"].where(more["mode"] != "air", more["tonnes"] + 2))
    found = audit_plan(plans.planner.case, {**tables, "shipments": more}, None)
    assert any("shipped over a route" in str(fault) for fault in found)


def test_a_price_names_the_mode(tmp_path: Path) -> None:
    """A year in which air is the only way that is soon enough, and has room for half of it."""
    plans = flown(tmp_path, AIR + "50\n" + "CN,DE,100,180,sea,,", opening=0)
    prices = plans.outcome().prices
    keys = prices[prices["rule"] == "route_capacity"]["key"].tolist()
    assert {key[:13] for key in keys} == {"CN / DE / air"}
    assert (
        row_words("route_capacity", ("CN", "DE", "air", "", 0), ["2027-01"])
        == "what goes from CN to DE by air, 2027-01"
    )
