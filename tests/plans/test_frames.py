"""Frames: what a plan comes to with each supplier of a grade, by hand and as the audit finds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.audit.audit import audit_plan
from optimizer.plans.call_offs import CallOffs
from optimizer.plans.plan import Plans
from optimizer.questions.probe import Probe
from optimizer.questions.undone import Undone, decision_section, undone
from tests.helpers.paths import CASES
from tests.helpers.planned import plan
from tests.helpers.small import small

HALF = "periods: [{count: 4, months: 6}]"
OFFERS = """offer,site,material,price,capacity,from,until
a,maker,magnets,10,30,2027-01-01,
more,maker,magnets,10,30,2027-01-01,2028-01-01
b,other,magnets,20,100,2027-01-01,"""


WORLD = {
    "sites": "site,company,country,owner\nbuyer,B,DE,DE\nmaker,M,CN,CN\nother,O,CN,CN",
    "routes": "from_country,to_country,freight,transit\nCN,DE,0,0",
    "materials": "material,stage,unit_value\nmagnets,magnet,1",
    "offers": OFFERS,
}


@pytest.fixture
def plans(tmp_path: Path) -> Plans:
    """Of 100 t a year the cheap maker gives 60 in the first year and 30 in the second, another the rest."""
    demand = "site,product,from,tonnes,penalty\nbuyer,magnets,2027-01-01,100,100000"
    return plan(small(tmp_path / "frames", HALF, demand=demand, **WORLD), [])


def test_a_frame_by_hand(plans: Plans) -> None:
    frames = plans.tables["frames"].set_index("supplier")
    a, b = frames.loc["maker"], frames.loc["other"]
    assert [a["tonnes"], b["tonnes"]] == pytest.approx([90, 110], rel=3e-3)
    assert [a["t_per_year"], b["t_per_year"]] == pytest.approx([45, 55], rel=3e-3)
    assert [a["share"], b["share"]] == pytest.approx([0.45, 0.55], rel=3e-3)
    assert [a["least"], a["most"]] == pytest.approx([30 / 45, 60 / 45], rel=3e-3)
    assert (a["begins"], a["until"]) == ("2027-01-01", "2028-12-31")
    calls = plans.tables["call_offs"].query("supplier == 'maker'")
    assert calls["t_per_year"].tolist() == pytest.approx([60, 60, 30, 30], rel=3e-3)
    assert calls["of_frame"].tolist() == pytest.approx([4 / 3, 4 / 3, 2 / 3, 2 / 3], rel=3e-3)
    assert calls["period"].tolist() == ["2027H1", "2027H2", "2028H1", "2028H2"]


def test_frames_are_to_be_agreed_and_cost_what_goes_without_them(plans: Plans) -> None:
    """Without the cheap maker's 90 t the other gives all 100 a year that it can: each tonne costs 10 USD more."""
    table = undone(Probe(plans))
    frames = table[table[Undone.kind] == "frame"].set_index([Undone.what])
    assert frames[Undone.how_much].to_dict() == pytest.approx({"maker": 45, "other": 55}, rel=3e-3)
    assert set(frames[Undone.act_on]) == set(frames[Undone.there_on]) == {"2027-01-01"}
    assert set(frames[Undone.until]) == {"2028-12-31"}
    assert frames.loc["maker", Undone.undone_usd] == pytest.approx(900, rel=3e-3)
    assert frames.loc["other", Undone.undone_usd] == pytest.approx(110 * (100_000 - 20), rel=3e-3)
    rows = [row for row in decision_section(table).rows if row[1] == "agree with maker"]
    assert [row[2:5] for row in rows] == [("magnets until 2028-12-31", "", "45.0 t a year")]


def test_what_comes_once_is_an_order_and_no_frame(tmp_path: Path) -> None:
    demand = "site,product,from,tonnes,penalty\nbuyer,magnets,2027-01-01,20,100000\nbuyer,magnets,2027-07-01,0,1"
    plans = plan(small(tmp_path / "once", HALF, demand=demand, **WORLD), [])
    assert len(plans.tables["frames"]) == 1
    assert set(plans.tables["decisions"]["kind"]) == {"order"}


@pytest.mark.parametrize(
    ("table", "column"),
    [
        *(("frames", name) for name in ("tonnes", "t_per_year", "share", "least", "most")),
        *(("call_offs", name) for name in ("tonnes", "t_per_year", "of_frame")),
    ],
)
def test_the_audit_refuses_another_figure(plans: Plans, table: str, column: str) -> None:
    tables = {name: some.drop(columns=["scenario", "answer"]) for name, some in plans.tables.items()}
    case = plans.planner.case
    assert audit_plan(case, tables) == []
    changed = tables[table].copy()
    changed.loc[0, column] *= 0.9
    assert audit_plan(case, {**tables, table: changed})


@pytest.mark.parametrize("column", ["how_much", "until", "act_on"])
def test_the_audit_refuses_another_frame_to_agree(plans: Plans, column: str) -> None:
    tables = {name: some.drop(columns=["scenario", "answer"]) for name, some in plans.tables.items()}
    listed = tables["decisions"]
    mine = listed["kind"] == "frame"
    value = listed[column] * 0.9 if column == "how_much" else "2028-03-01"
    changed = listed.assign(**{column: listed[column].where(~mine, value), "there_on": listed["there_on"].where(~mine)})
    assert audit_plan(plans.planner.case, {**tables, "decisions": listed}) == []
    assert audit_plan(plans.planner.case, {**tables, "decisions": changed})


@pytest.mark.parametrize("column", ["begins", "until"])
def test_the_audit_refuses_another_day(plans: Plans, column: str) -> None:
    tables = {name: some.drop(columns=["scenario", "answer"]) for name, some in plans.tables.items()}
    changed = tables["frames"].assign(**{column: "2028-03-01"})
    assert audit_plan(plans.planner.case, {**tables, "frames": changed})


def test_frames_of_every_rule_stand_before_the_audit() -> None:
    plans = plan(CASES / "toy", [])
    frames, calls = plans.tables["frames"], plans.tables["call_offs"]
    assert len(frames)
    assert frames["tonnes"].sum() == pytest.approx(calls["tonnes"].sum())
    assert frames.groupby("material")["share"].sum().tolist() == pytest.approx([1.0])


def test_a_plan_that_ships_nothing_has_no_frames(tmp_path: Path) -> None:
    demand = "site,product,from,tonnes,penalty\nbuyer,magnets,2027-01-01,100,1"
    plans = plan(small(tmp_path / "nothing", HALF, demand=demand, **WORLD), [])
    assert plans.tables["frames"].empty
    assert plans.tables["call_offs"].empty
    assert list(plans.tables["call_offs"].columns[2:]) == [str(column) for column in CallOffs.columns()]
