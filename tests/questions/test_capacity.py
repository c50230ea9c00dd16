"""Shares of capacity: near the published ones, plants that sell nothing counted, and without effect on a plan."""

from __future__ import annotations

import datetime as dt

import pytest
from typer.testing import CliRunner

from optimizer.case.case import Case
from optimizer.interfaces.cli import app
from optimizer.network.build import network_of
from optimizer.questions.capacity import capacity_shares
from optimizer.world.load import load_case
from tests.helpers.coarse import coarse
from tests.helpers.paths import BUNDLED, ROOT

TODAY = dt.date(2026, 11, 25)
EXPLAINED = {"oxide"}
"""Stages whose share is further off, as `data/published_shares.csv` explains."""


@pytest.mark.parametrize("case", BUNDLED)
def test_shares_are_within_three_points_of_the_published_ones_or_explained(case: str) -> None:
    table = capacity_shares(load_case(case), TODAY)
    stated = table[table["published_low"].notna()].set_index("stage")
    assert set(stated.index) == {"concentrate", "oxide", "magnet"}
    off = {
        stage
        for stage, line in stated.iterrows()
        if not line["published_low"] - 0.03 <= line["share"] <= line["published_high"] + 0.03
    }
    assert off == EXPLAINED
    assert table.groupby("stage")["share"].sum().tolist() == pytest.approx([1.0] * table["stage"].nunique())


def test_a_later_step_replaces_an_earlier_one_on_its_day() -> None:
    """bb-press has 40 t a year, and 80 from October 2027; aa-press has 100."""
    toy = load_case(ROOT / "tests" / "cases" / "toy")
    before, after = (
        capacity_shares(toy, day).set_index("country")["share"] for day in (dt.date(2027, 9, 30), dt.date(2027, 10, 1))
    )
    assert before["BB"] == pytest.approx(40 / 140)
    assert after["BB"] == pytest.approx(80 / 180)


def test_a_plant_not_for_sale_counts_in_capacity_and_in_nothing_else() -> None:
    """The makers left out are in the shares; no lot, lane or limit knows them."""
    case = coarse("ev-motors")
    others = "cn-other-magnets"
    index = network_of(case).structure.index
    assert not [key for keys in index.values() for key in keys if others in key]
    without = tuple(row for row in case.tables.plants if row.site != others)
    fewer = Case(case.file, case.tables.replaced(plants=without), case.places)
    share = [
        capacity_shares(some, TODAY).query("stage == 'magnet' and country == 'CN'")["share"].item()
        for some in (case, fewer)
    ]
    assert share[0] == pytest.approx(0.911, abs=0.001)
    assert share[1] < 0.8
    assert network_of(fewer).structure.index == index


def test_the_command_prints_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    said = CliRunner().invoke(app, ["show", "korea", "--capacity", "--on", "2026-11-25"])
    assert said.exit_code == 0, said.output
    assert "CN       268,500  68.7%     67-70%" in said.output
