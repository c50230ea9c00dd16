"""What is said of plans is one summary: sections as data, which the screen and the report only draw."""

from __future__ import annotations

import io
import json
import math

import pytest
from rich.console import Console

from optimizer.interfaces.plans import print_plans
from optimizer.interfaces.render import print_section
from optimizer.plans.amounts import Scale
from optimizer.plans.compared import compared
from optimizer.plans.decisions import decisions
from optimizer.plans.plan import Plans
from optimizer.plans.sections import Field, Section, amount, share
from optimizer.program.answer import Answer
from optimizer.questions import summary as summaries
from optimizer.questions.summary import Summary
from optimizer.report.markup import Html, table
from tests.helpers.networks import random_case, random_scenario
from tests.helpers.planned import plan

SMALL = Section(
    "small",
    "Small",
    (Field("who\nand where"), amount("cost\nMUSD", Scale("MUSD", 1e6, 1), sign=True), share("part")),
    (("a", 2.5e6, 0.25), ("b", None, math.nan), ("c", "=", 1.0)),
    says="It says something.",
)


@pytest.fixture(scope="module")
def plans() -> Plans:
    """A small network and two scenarios; to one of them an answer is missing, another is not certified."""
    case = random_case(4)
    scenarios = [random_scenario(case, n).model_copy(update={"name": f"random-{n}"}) for n in range(2)]
    found = plan(case, scenarios)
    found.failed["random-0", "react"] = Answer("time limit", method="ipx")
    for key in (("random-0", "react"), ("random-1", "foresight")):
        del found.outcomes[key]
    return found


def printed(section: Section, width: int = 100) -> str:
    console = Console(width=width, file=io.StringIO())
    print_section(console, section)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_a_section_is_drawn_the_same_on_the_screen_and_on_the_page() -> None:
    cells = [["a", "+2.5", "25%"], ["b", "-", "-"], ["c", "=", "100%"]]
    assert SMALL.cells() == cells
    lines = printed(SMALL).splitlines()
    assert [line.split() for line in lines[4:7]] == cells
    assert lines[7] == "It says something."
    page = table(SMALL)
    assert "<caption>Small</caption>" in page
    assert '<th scope="col">who and where</th><th scope="col" class="number">cost MUSD</th>' in page
    assert '<th scope="row">a</th><td class="number">+2.5</td><td class="number">25%</td>' in page


def test_what_is_text_is_escaped_on_the_page_and_what_is_made_there_is_not() -> None:
    made = table(Section("x", "X", (Field("x"), Field("y")), (("<b>", Html("<i>i</i>")),)))
    assert "&lt;b&gt;" in made
    assert "<i>i</i>" in made


def test_a_section_has_a_narrower_form_and_lines_without_a_table() -> None:
    wide = Section(
        "w", "Wide", (Field("a" * 60),), (("x",),), narrower=Section("w", "Narrow", (Field("a"),), (("x",),))
    )
    assert "Wide" in printed(wide)
    assert "Narrow" in printed(wide, width=40)
    assert printed(Section("none", says="Nothing is missing.")) == "Nothing is missing.\n"
    assert printed(Section("lines", legend=("one", "two"))) == "\none\ntwo\n"


def test_a_section_more_is_printed_without_another_change(
    plans: Plans, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(summaries, "SECTIONS", (lambda _: SMALL, *summaries.SECTIONS, lambda _: None))
    print_plans(Console(width=150), plans)
    text = capsys.readouterr().out
    assert text.index("\nSmall\n") < text.index("\nCost and service\n") < text.index("\nWho supplies what")


def test_what_is_not_known_is_a_dash(plans: Plans) -> None:
    summary = Summary(plans)
    assert [section.name for section in summary.sections][:7] == [
        *("decisions", "costs", "missed", "limits", "shares", "largest", "binding")
    ]
    _, costs, _, _, shares, largest, binding = summary.sections[:7]
    assert [row[0] for row in costs.cells()] == ["base", "random-0"]
    assert [note for note in costs.notes if "random-1" in note], "it costs nothing, and is named in a line"
    (row,) = (row for row in costs.cells() if row[0] == "random-0")
    assert row[3:7] == ["-"] * 4
    assert "without a proved plan: random-0 (react: time limit)" in costs.says
    every = [cell for section in (shares, largest, binding) for row in section.cells() for cell in row]
    assert not {"nan", "None", ""} & set(every)


def test_scenarios_are_compared_as_far_as_they_are_known(plans: Plans) -> None:
    base, first, second = compared(plans.summary)
    assert base.react == plans.outcome().cost
    assert (first.react, first.extra, first.unprepared) == (None, None, None)
    assert first.foresight == plans.outcome("random-0", "foresight").cost
    assert second.known is None
    assert second.extra == pytest.approx(plans.outcome("random-1").cost - plans.outcome().cost, abs=1.0)


def test_the_records_for_json_are_the_rows_of_the_summary(plans: Plans) -> None:
    rows = Summary(plans).records()
    assert json.loads(json.dumps(rows)) == rows
    assert [(row["scenario"], row["answer"]) for row in rows] == list(
        zip(plans.summary["scenario"], plans.summary["answer"], strict=True)
    )
    assert [len(row.get("decisions", ())) for row in rows] == [len(decisions(plans.outcome())), 0, 0, 0]
