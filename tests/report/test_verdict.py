"""The answer first: its figures are those of the tables, and what is not certified has none."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import optimizer
from optimizer.folder.read import Written, read_plans
from optimizer.folder.write import write_plans
from optimizer.plans.amounts import Scale
from optimizer.plans.sections import Field, Section, section_from
from optimizer.plans.summary import CERTIFIED
from optimizer.report.markup import Html, numbered, table
from optimizer.report.said import Figure, count, day_html, figure_html, prose_html, prose_record
from optimizer.report.verdict import verdict
from tests.helpers.paths import CASES
from tests.helpers.service import quiet_scenario

NO_NUMBER = {"value", "size"}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("verdict") / "toy"
    write_plans(optimizer.plan(CASES / "toy", [optimizer.scenario_from(quiet_scenario())], workers=1), folder)
    return read_plans(folder)


def without(written: Written, scenario: str) -> Written:
    """The same with the answers to a scenario not certified, as a folder says it: without numbers."""
    table = written.summary.copy()
    some = table["scenario"] == scenario
    table.loc[some, "certified"] = False
    table.loc[some, "status"] = "time limit"
    for column in CERTIFIED:
        if column.is_number:
            table.loc[some, str(column)] = np.nan
    return replace(written, summary=table)


def keys(document: Any) -> set[str]:
    """Every key in a document."""
    if isinstance(document, dict):
        return set(document) | set().union(*map(keys, document.values()), set())
    return set().union(*map(keys, document), set()) if isinstance(document, list) else set()


def test_its_figures_are_those_of_the_tables(written: Written) -> None:
    said = verdict(written)
    row, short = written.row("base", "base"), written.table("shortages", "base", "base")["tonnes"].sum()
    assert row is not None
    cells = {cell["name"]: cell for cell in said["cells"]}
    assert cells["cost"]["big"][0]["value"] == row["cost_usd"]
    assert said["lead"][0]["value"] == pytest.approx(short)
    decisions = written.table("decisions", "base", "base")
    assert sum(deed["amount"]["value"] for deed in said["deeds"]) == pytest.approx(decisions["how_much"].sum())
    assert [deed["by"] for deed in said["deeds"]] == sorted(deed["by"] for deed in said["deeds"])
    (scenario,) = said["scenarios"]
    react = written.row("quiet", "react")
    assert react is not None
    assert scenario["extra"]["value"] == pytest.approx(react["cost_usd"] - row["cost_usd"], abs=1e-6)
    assert scenario["short"]["value"] == react["short_t"]
    assert len(scenario["when"]) == len(said["periods"])
    gaps = written.table("shortages", "quiet", "react")
    assert bool(sum(scenario["when"])) == bool(len(gaps))


def test_the_gap_that_is_asked_about_is_the_largest(written: Written) -> None:
    asked = verdict(written)["scenarios"][0]["why"]
    gaps = written.table("shortages", "quiet", "react")
    row = gaps.loc[gaps["tonnes"].idxmax()]
    assert asked == {"scenario": "quiet", **{name: row[name] for name in ("site", "product", "period", "end_use")}}


def test_without_a_certified_base_plan_there_is_no_figure(written: Written) -> None:
    said = verdict(without(written, "base"))
    assert (said["cells"], said["deeds"]) == ([], [])
    assert all(isinstance(piece, str) for piece in said["lead"])
    assert said["proved"] == said["of"] - 1


def test_a_scenario_that_is_not_certified_has_no_figure(written: Written) -> None:
    said = verdict(without(written, "quiet"))
    (scenario,) = said["scenarios"]
    told = {name: value for name, value in scenario.items() if name != "chance"}
    assert not keys(told) & NO_NUMBER
    assert set(scenario["when"]) == {0}
    assert {answer["status"] for answer in scenario["answers"].values()} == {"time limit"}
    belief = next(cell for cell in said["cells"] if cell["name"] == "belief")
    assert "Proved for these inputs" not in belief["big"]
    risk = next(cell for cell in said["cells"] if cell["name"] == "risk")
    assert risk["big"] == ["Not asked"]


@pytest.mark.parametrize(
    ("figure", "shown"),
    [
        (Figure(532254880.08, Scale("MUSD", 1e6, 1)), "532.3"),
        (Figure(-4e3, Scale("USD", 1.0, 0), sign=True), "\u22124,000"),
        (Figure(0.02, Scale("t", 1.0, 1)), "&lt;0.1"),
        (Figure(0.0, Scale("t", 1.0, 1), sign=True), "0.0"),
        (Figure(float("nan"), Scale("t", 1.0, 1)), "\u2013"),
    ],
)
def test_a_figure_is_written_once_and_for_all(figure: Figure, shown: str) -> None:
    html = figure_html(figure.record())
    assert re.sub("<[^>]*>", "", html) == shown
    if shown != "\u2013":
        assert f'value="{figure.value!r}"' in html


def test_no_figure_is_a_dash() -> None:
    assert figure_html(None) == "\u2013"


def test_text_in_a_sentence_is_escaped() -> None:
    said = prose_html(prose_record(("<b>", count(3), " & more")))
    assert said == '&lt;b&gt;<data value="3.0" data-d="0">3</data> &amp; more'
    assert isinstance(said, Html)


def test_a_day() -> None:
    assert day_html("2027-01-08") == '<time datetime="2027-01-08">8 Jan 2027</time>'


@pytest.mark.parametrize(
    ("shown", "values"),
    [
        ("1,468.5", ["1468.5"]),
        ("-12", ["-12"]),
        ("+0.3", ["0.3"]),
        ("3 to 4.5", ["3", "4.5"]),
        ("-", []),
        ("<0.1", ["0.1"]),
    ],
)
def test_numbers_of_a_cell_are_data(shown: str, values: list[str]) -> None:
    html = numbered(shown)
    assert re.findall('value="([^"]*)"', html) == values
    assert re.sub("<[^>]*>", "", html).replace("&lt;", "<") == shown


def test_a_section_is_drawn_alike_from_its_record() -> None:
    fields = (Field("who"), Field("t", "{:,.1f}".format, "t"))
    section = Section(
        "some", "A title", fields, (("<x>", 1234.5), ("y", None)), says="Says.", notes=("n",), legend=("l",)
    )
    again = section_from(section.drawn())
    assert table(again) == table(section)
    assert (again.says, again.notes, again.legend) == ("Says.", ("n",), ("l",))


def test_it_is_told_of_the_folder_alone(written: Written, tmp_path: Path) -> None:
    assert verdict(read_plans(written.folder)) == verdict(written)
