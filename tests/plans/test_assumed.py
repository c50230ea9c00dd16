"""What was assumed is listed in every answer, with what of the cost hangs on it."""

from __future__ import annotations

import io
import json
import math
from dataclasses import replace
from html import escape
from pathlib import Path

import openpyxl
import pytest

from optimizer.audit.verify import verify
from optimizer.case.case import Case
from optimizer.folder.read import read_plans
from optimizer.folder.write import write_plans
from optimizer.plans.assumed import Assumed
from optimizer.plans.plan import Plans
from optimizer.questions.summary import Summary
from optimizer.report.sections import assumed_section
from optimizer.workbook.answer import answer_of
from optimizer.world.load import load_case
from tests.helpers.cost import least_cost
from tests.helpers.left_out import left_out
from tests.helpers.planned import plan
from tests.helpers.small import scenario

STOP = "- {table: offers, where: {offer: spot}, set: {capacity: 0}, from: 2027-04-01, what: it stops}\n"
TITLE = "Assumed for you: what the case left out"


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Plans:
    """A case in which some demand is missed, more of it in a scenario."""
    folder = tmp_path_factory.mktemp("assumed")
    return plan(left_out(folder / "case", capacity=30), [scenario(folder / "stop.yaml", STOP)])


def times(case: Case, table: str, column: str, key: str, by: float) -> Case:
    """The case with a figure times a number."""

    def of(row: object) -> str:
        return " / ".join(cell for field, cell in row.parts.items() if field != "from_")  # type: ignore[attr-defined]

    rows = [
        row.model_copy(update={column: getattr(row, column) * by}) if of(row) == key else row
        for row in case.tables.rows(table)
    ]
    return replace(case, tables=case.tables.replaced(**{table: rows}))


@pytest.mark.slow
def test_what_hangs_on_a_figure_is_what_solving_again_finds(short: Plans) -> None:
    it, table, case = Assumed, short.tables["assumed"], short.planner.case

    def cost(case: Case, answer: str) -> float:
        known = answer == "foresight"
        return plan(case, short.scenarios, ["foresight"]).outcome("stop", answer).cost if known else least_cost(case)

    for answer in ("base", "foresight"):
        lines = table[table["answer"] == answer].to_dict(orient="records")
        assert sorted(line[it.column] for line in lines) == ["freight"] * 2 + ["holding", "penalty"] + ["transit"] * 2
        as_it_is = cost(case, answer)
        for line in lines:
            how = line[it.table], line[it.column], line[it.row]
            less, more = (cost(times(case, *how, 1 + side), answer) - as_it_is for side in (-0.01, 0.01))
            if math.isnan(found := line[it.hangs_usd] / 100):  # what can come by which day moves from row to row
                assert how[1] == "transit"
                continue
            assert min(-less, more) - 1e-2 <= found <= max(-less, more) + 1e-2, (answer, *how)
            assert how[1] == "transit" or found > 0
    assert table[it.hangs_usd].notna().sum() > 0.7 * len(table)


def test_screen_json_workbook_report_and_folder_say_it_alike(short: Plans, tmp_path: Path) -> None:
    summary = Summary(short)
    (said,) = (some for some in summary.sections if some.name == "assumed")
    (base,) = (row for row in json.loads(json.dumps(summary.records())) if row["answer"] == "base")
    assert [f"{line['column']} {line['row']}" for line in base["assumed"]] == [cells[0] for cells in said.rows]
    told = [math.nan if line["hangs_usd"] is None else line["hangs_usd"] for line in base["assumed"]]
    assert told == pytest.approx([cells[4] for cells in said.rows], nan_ok=True)
    worst = dict(zip((cells[0] for cells in said.rows), ((cells[5], cells[6]) for cells in said.rows), strict=True))
    missed = short.tables["costs"].query("scenario == 'stop' and answer == 'react' and term == 'shortage'")
    assert worst["penalty buyer / magnet / chips"] == (pytest.approx(float(missed["cost_usd"].sum())), "stop")

    sheet = openpyxl.load_workbook(io.BytesIO(answer_of(summary)))["said"]
    lines = [[str(cell) for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]
    at = lines.index([TITLE])
    assert lines[at + 2 : at + 2 + len(said.rows)] == said.cells()

    write_plans(short, tmp_path / "out")
    page = str(assumed_section(read_plans(tmp_path / "out")))
    assert all(escape(cell) in page for cells in said.cells() for cell in cells)
    assert not verify(tmp_path / "out").faults


def test_a_case_that_leaves_nothing_out_says_nothing(tmp_path: Path) -> None:
    stated = {"holding": "500", "penalty": "900000", "routes": "CN,DE,600,33\nDE,DE,60,3\n"}
    plans = plan(load_case(left_out(tmp_path / "case", **stated)), [])
    assert plans.tables["assumed"].empty
    assert "assumed" not in {some.name for some in Summary(plans).sections}
    assert "assumed" not in Summary(plans).records()[0]
