"""Every part of the benchmarks runs to its end, on a tiny case."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from benchmarks import calendars, compare, growth, run, startup
from benchmarks.peers import LINOPY_IS_HERE
from benchmarks.startup import STEPS
from optimizer.world.load import load_case
from optimizer.world.scenario import load_scenario
from tests.helpers.paths import ROOT
from tests.helpers.small import scenario, small

TOY = str(ROOT / "tests" / "cases" / "toy")


def measured(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    run.main([*arguments, "--case", TOY, "--quick"])
    return capsys.readouterr().out


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> compare.Sweep:
    """Of the toy case without its bound on squares: its tangents are added as ours solves, and a rebuild has none."""
    case = Path(shutil.copytree(TOY, tmp_path_factory.mktemp("sweep") / "toy"))
    limits = (case / "limits.csv").read_text().splitlines(keepends=True)
    (case / "limits.csv").write_text("".join(row for row in limits if ",hhi," not in row))
    return compare.measure(str(case), count=2, peers=1, repeats=1)


@pytest.mark.slow
def test_all_ways_of_a_sweep_agree(sweep: compare.Sweep, capsys: pytest.CaptureFixture[str]) -> None:
    assert all(run.solved for runs in sweep.runs.values() for run in runs)
    compare.report(sweep)
    said = capsys.readouterr().out
    assert all(way in said for way in (compare.OURS, *compare.RAW, *compare.CHOSEN, compare.PYOMO))
    assert "Objectives of all ways agree" in said
    assert (compare.LINOPY in said) == LINOPY_IS_HERE
    assert ("linopy is not installed" in said) != LINOPY_IS_HERE


@pytest.mark.skipif(not LINOPY_IS_HERE, reason="linopy is not installed: `make test` does it")
def test_the_rebuild_with_linopy_is_one_of_them(sweep: compare.Sweep) -> None:
    (found,) = sweep.runs[compare.LINOPY]
    assert found.objective == pytest.approx(sweep.runs[compare.OURS][sweep.peers[0]].objective, rel=1e-7)


@pytest.mark.slow
def test_growth(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Its children one by one in this process: that a child is started is tested below."""
    plain = growth.in_child

    def here(job: str, *given: Any) -> growth.Measured:
        # What goes to a child goes as JSON.
        return growth.JOBS[job](*json.loads(json.dumps(given)))

    monkeypatch.setattr(growth, "in_child", here)
    said = measured(capsys, "--part", "growth")
    for title in ("periods", "suppliers", "scenarios"):
        assert f"Growth with {title}" in said
    assert "What pruning saves" in said
    assert "What unequal periods save" in said
    assert plain("periods", TOY, [2, 3])["periods"] == 2


@pytest.mark.slow
def test_concentration_and_explanation(capsys: pytest.CaptureFixture[str]) -> None:
    said = measured(capsys, "--part", "hhi", "--part", "explain", "--part", "ledger")
    assert "A bound on the sum of squared shares" in said
    assert "The explanation of one plan" in said
    assert "The ledger over two workers" in said, "and the table of one worker is that of two"


@pytest.mark.slow
def test_cells_that_do_nothing_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    said = measured(capsys, "--part", "silent")
    assert "Cells that did nothing" in said
    assert "changed" in said.splitlines()[-1], "and most of the others did something"


@pytest.mark.slow
def test_start_up_measures_every_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    event = "{what: dearer, table: demand, where: {}, scale: {tonnes: 0.9}, from: 2027-05-01}"
    scenario = tmp_path / "less.yaml"
    scenario.write_text(
        f"name: less\ntitle: Less is wanted\nprobability: 0.1\nannounced: 2027-04-10\nsource: test\nevents: [{event}]\n"
    )
    found = startup.measure(str(small(tmp_path / "mini", "periods: [{count: 4, months: 3}]")), str(scenario), 1)
    (plain,), (watched,) = found
    assert plain > 0
    assert all(watched[step] > 0 for step in STEPS), "a step that takes no time is one that is not called any more"
    assert sum(watched[step] for step in STEPS) == pytest.approx(watched["total"])
    monkeypatch.setattr(startup, "measure", lambda *_: found)
    said = measured(capsys, "--part", "startup", "--scenario", str(scenario))
    assert all(words in said for words in STEPS.values())


@pytest.mark.slow
def test_plans_of_longer_periods_cost_the_same_without_stock_and_discount(capsys: pytest.CaptureFixture[str]) -> None:
    said = measured(capsys, "--part", "cuts")
    lines = {" ".join(word for word in line.split() if word.isalpha()): line for line in said.splitlines()}
    assert lines["neither"].count("+0.0000%") == 3
    assert all("0000%" not in lines[what] for what in ("stock", "discount", "stock and discount"))


DEAR = "- {what: dear, table: offers, where: {}, scale: {price: 3}, from: 2027-11-15, until: 2028-01-01}\n"
STOCK = "site,material,opening,capacity,holding\nbuyer,magnet,0,46,0"


def test_what_a_calendar_blurs_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Magnets dear in the last half of a quarter: room for them serves that half, which the mean price of a quarter hides."""
    folder = small(tmp_path / "mini", "periods: [{count: 4, months: 3}]", stocks=STOCK)
    path = str(scenario(tmp_path / "dear.yaml", DEAR, "2027-11-15"))
    own = load_case(folder)
    calendars.show(own, [path])
    said = capsys.readouterr().out
    assert "Missed: dear foresight, dear react." in said
    months = calendars.months_of(own, [load_scenario(path)])
    assert months.calendar.told() == "2027-01 to 2027-12; cut on 2027-11-15"
    calendars.show(months, [path])
    assert "All 2 within 3% or 0.5 MUSD and 2 t." in capsys.readouterr().out


@pytest.mark.slow
def test_rows_of_a_study_are_measured_beside_raw_highs_and_rebuilds(capsys: pytest.CaptureFixture[str]) -> None:
    said = measured(capsys, "--part", "studies")
    assert "Rows of a study: toy" in said
    assert "raw HiGHS" in said
    assert "Pyomo rebuild" in said
    assert "Costs of one answer differ" in said
