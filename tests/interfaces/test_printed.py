"""What is printed for a person: it fits the screen, and says what there is to say and no more."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from rich.console import Console

from optimizer.interfaces.plans import print_head, print_plans
from optimizer.interfaces.render import Column, print_table
from optimizer.plans.plan import Plans
from tests.helpers.paths import CASES
from tests.helpers.planned import ev_motors, part
from tests.helpers.printed import Run, costs_of, scenario, well_set

TOY = CASES / "toy"
WIDTHS = (80, 150)


@pytest.fixture
def idle(tmp_path: Path) -> str:
    """A scenario that sets what is so already."""
    return scenario(
        tmp_path, "idle", "table: controls, where: {control: aa-export}, set: {approval: 0.9}, from: 2027-05-01"
    )


@pytest.fixture
def pause(tmp_path: Path) -> str:
    """A scenario that suspends the content rule of the toy case for three months."""
    event = "table: controls, where: {control: aa-content}, set: {in_force: 0}, from: 2027-05-01, until: 2027-08-01"
    return scenario(tmp_path, "pause", event)


@pytest.fixture(scope="module")
def plans() -> Plans:
    """Two scenarios, of which one costs nothing and one is announced before anything is decided."""
    return part(ev_motors(), "japan-denied", "content-rule-resumes")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    ("words", "whole"),
    [
        (("list",), ("content-rule-suspended-to-january", "defense       US defence contractors and chip-tool makers")),
        (("show", "ev-motors"), ("ev-motors-hu  ndfeb-sh  civil    2027-01-01     800", "crma-heavy-oxide  share of")),
        (("show", "kuantan-down"), ("probability 1.5%\n", "plants: lynas-kuantan")),
        (("controls", "--on", "2026-11-22"), ("cn-18-2025  export; No. 18/2025 MOFCOM and GAC, China\n",)),
        (("trace", str(TOY)), ("aa-content: exposed share",)),
    ],
    ids=lambda some: some[0] if isinstance(some, tuple) else "",
)
def test_it_fits_the_screen(printed: Run, words: tuple[str, ...], whole: tuple[str, ...], width: int) -> None:
    text = printed(*words, width=width)
    well_set(text, width)
    for piece in whole:
        assert piece in text


@pytest.mark.slow
@pytest.mark.parametrize(("width", "unit", "row"), [(80, "year", "2027  2028"), (150, "period", "2027Q1  2027Q2")])
def test_a_plan_fits_the_screen(
    plans: Plans, capsys: pytest.CaptureFixture[str], width: int, unit: str, row: str
) -> None:
    print_head(Console(width=width), plans.planner.case)
    print_plans(Console(width=width), plans)
    text = capsys.readouterr().out
    well_set(text, width)
    assert f"Who supplies what: base plan, tonnes by {unit} of dispatch\nto\n  material      from  " in text
    assert row in text
    assert "\nev-motors-de\n  ndfeb-n       jl-mag  " in text
    assert (
        "Left out at this width: title, likely, foresight MUSD, against base, unprepared" in " ".join(text.split())
    ) == (width == 80)
    for heading in ("cash", "penalties", "service"):
        assert heading in text.partition("\nbase ")[0]
    assert ("on a wider screen" in text) == (width == 80)


@pytest.mark.slow
def test_a_plan_says_what_its_zeros_mean(plans: Plans, capsys: pytest.CaptureFixture[str]) -> None:
    print_plans(Console(width=150), plans)
    text = capsys.readouterr().out
    cost = costs_of(text)
    assert cost["content-rule-resumes"]["unprepared"] == "="
    assert cost["japan-denied"]["against"] == "+<0.1", "a few thousand USD are not nothing"
    assert cost["japan-denied"]["unprepared"] == "+<0.1"
    assert "=: announced before anything is decided" in text
    assert "No cost" not in text
    assert "Nothing of this case changes" not in text


@pytest.mark.slow
def test_a_scenario_that_changes_nothing_says_so_in_one_line(printed: Run, idle: str) -> None:
    text = printed("show", idle, "--case", str(TOY))
    assert f"\nIt changes nothing in {TOY}.\n" in text
    assert "column" not in text
    text = printed("plan", str(TOY), "-s", idle, "--workers", "1")
    assert "\nNothing of this case changes: idle.\n" in text
    assert costs_of(text)["idle"]["against"] == "0.000", "what is nothing is said in full"
    assert "No cost" not in text


def test_what_is_shown_of_a_scenario(printed: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands in full, no step that another has replaced, no header without rows, the user's text as it stands.

    It says what the tables say, for which nothing has to be solved.
    """
    monkeypatch.setattr("optimizer.engine.session.Session.solve", lambda *_: pytest.fail("it is solved"))
    path = scenario(
        tmp_path,
        "two",
        "table: plants, where: {site: jl-mag}, scale: {capacity: 0.5}, from: 2028-02-10, until: 2028-08-10",
        "table: controls, where: {control: cn-61-2025}, set: {in_force: 0}, from: 2028-02-10",
    )
    text = printed("show", path)
    assert "plants: jl-mag / sinter / 2027-07-01  capacity  42,780  21,390\n" in text
    assert "2026-01-01" not in text
    assert "two: two [or so]\n" in text
    assert "(judgement)" not in text
    assert "2028-02-10 to the end; changes nothing in ev-motors\n" in text
    assert text.count("column") == 1


def test_what_is_shown_of_limits(printed: Run, tmp_path: Path) -> None:
    case = shutil.copytree(TOY, tmp_path / "mine")
    limits = (case / "limits.csv").read_text().replace(",from,", ",from,until,materials,")
    (case / "limits.csv").write_text(limits.replace(",2027-01-01,", ",2027-01-01,2027-07-01,,"))
    text = printed("show", str(case))
    assert text.startswith(f"{case} (toy): ")
    assert "share of each country (not friends) at most 0.6 at magnet, per year, until 2027-07-01" in text
    assert "spend of owner AD at most 2,000,000 at oxide, per horizon, until 2027-07-01" in text
    assert "at oxide of dy-oxide, tb-oxide, per year  " in printed("show", "ev-motors")


def test_trace_says_when_a_rule_is_in_force(printed: Run, pause: str) -> None:
    assert "aa-content is in force throughout the horizon.\n" in printed("trace", str(TOY))
    text = printed("trace", str(TOY), "-s", pause)
    assert text.startswith("toy: pause (react)\n")
    said = (
        "aa-content is in force only from 2027-01-01 to before 2027-05-01 and from 2027-08-01 to before 2028-01-01.\n"
    )
    assert said in text


def test_trace_says_that_a_rule_is_suspended(printed: Run, tmp_path: Path) -> None:
    case = shutil.copytree(TOY, tmp_path / "mine")
    controls = (case / "controls.csv").read_text().replace(",effective,", ",suspended_from,effective,")
    (case / "controls.csv").write_text(
        controls.replace(",0.1,2026-01-01,", ",0.1,2026-06-01,2026-01-01,").replace(",0,2026", ",0,,2026")
    )
    said = "aa-content is not in force on any day of the horizon (suspended since 2026-06-01)"
    assert said in printed("trace", str(case))


def test_columns_go_by_rank_and_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    columns = [Column("name"), Column("one\nmore", rank=1), Column("two", rank=2), Column("two too", rank=2)]
    print_table(Console(width=20), "Title", columns, [("a" * 8, "b" * 8, "c", "d")], elsewhere="the file")
    text = capsys.readouterr().out
    assert "Left out at this width: two, two too; see the file." in " ".join(text.split())
    assert "a" * 8 + "  " + "b" * 8 + "\n" in text
