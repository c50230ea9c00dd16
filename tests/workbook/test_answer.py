"""Plans as a workbook: the figures are those of the summary, and no text becomes a formula."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from optimizer.plans.awards import awards
from optimizer.questions.summary import Summary
from optimizer.workbook.answer import answer_of
from tests.helpers.command import lodestar_here
from tests.helpers.planned import plan
from tests.helpers.small import small


def test_its_figures_are_those_of_the_summary(tmp_path: Path) -> None:
    case = small(tmp_path / "small")
    text = (case / "case.yaml").read_text(encoding="utf-8").splitlines()
    titled = ["title: '=1+1'" if line.startswith("title:") else line for line in text]
    titled = ["discount_rate: 0.07" if line.startswith("discount_rate:") else line for line in titled]
    (case / "case.yaml").write_text("\n".join(titled) + "\n", encoding="utf-8")
    plans = plan(case, [])
    summary = Summary(plans)
    (tmp_path / "a.xlsx").write_bytes(answer_of(summary))
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["said", "scenarios", "decisions", "orders", "stock", "limits"]
    assert not [cell.coordinate for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    head, *rows = book["scenarios"].iter_rows(values_only=True)
    assert list(head) == list(map(str, summary.table.columns))
    place = head.index("cost_usd")
    assert [row[place] for row in rows] == pytest.approx(list(summary.table["cost_usd"]))
    assert len(book["scenarios"]._charts) == 1
    cells = [cell for sheet in ("scenarios", "orders") for cell in book[sheet][2] if book[sheet].cell(1, cell.column).value.endswith(("_usd", "_t", "tonnes"))]  # fmt: skip
    assert cells
    assert {cell.data_type for cell in cells} == {"n"}, "a chart shows no texts, and nothing adds them up"
    head, *orders = book["orders"].iter_rows(values_only=True)
    table = awards(plans.outcome())
    landed = head.index("landed_usd_per_t")
    assert [row[landed] for row in orders] == pytest.approx(list(table["landed_usd_per_t"]))
    said = [str(cell) for row in book["said"].iter_rows(values_only=True) for cell in row if cell is not None]
    for section in summary.sections:
        assert {cell for cells in section.cells() for cell in map(str, cells) if cell} <= set(said)


def test_the_command_writes_it_once(tmp_path: Path) -> None:
    small(tmp_path / "small")
    lodestar_here("plan", "small", "-s", "base", "--workbook", "a.xlsx", cwd=tmp_path)
    assert openpyxl.load_workbook(tmp_path / "a.xlsx")["said"]["A1"].value.startswith(
        "What to do, of the plan to carry out (base plan)"
    )
    refused = lodestar_here("plan", "small", "--workbook", "a.xlsx", cwd=tmp_path, code=2)
    assert refused.stderr == "InputError: a.xlsx: expected a file that is not there yet, found one\n"
    assert "ends in .xlsx" in lodestar_here("plan", "small", "--workbook", "a.csv", cwd=tmp_path, code=2).stderr
