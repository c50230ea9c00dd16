"""A monthly table is scored against the committed forecasts, by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from optimizer.backtest.forward import deposited, load_forward, scored
from optimizer.errors import CaseError
from optimizer.interfaces.cli import app


def table(path: Path, *rows: str, head: str = "month,destination,tonnes") -> Path:
    file = path / "customs.csv"
    file.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return file


def test_every_month_that_no_page_gives_is_foretold_for_all_buyers() -> None:
    forward = load_forward()
    cells = {(row["month"], row["destination"]) for row in deposited()}
    assert (forward.first, forward.last) == ("2026-04", "2027-03")
    for destination in ("world", "eu", "us", "kr", "in", "jp"):
        assert {month for month, some in cells if some == destination} >= {"2026-04", "2026-10", "2026-12", "2027-01"}


def test_a_table_is_scored(tmp_path: Path) -> None:
    told = {(row["month"], row["destination"]): row for row in deposited()}
    first, second = (float(told[month, "world"]["foretold"]) for month in ("2026-04", "2026-05"))
    found = scored(table(tmp_path, f"2026-04,{first + 300:.0f}", f"2026-05,{second - 100:.0f}", head="month,tonnes"))
    assert [row["error"] for row in found] == ["300", "-100", "200 mean absolute"]
    assert found[-1]["inside"].endswith("of 2")


def test_what_nothing_is_foretold_of_is_a_fault_with_its_row(tmp_path: Path) -> None:
    rows = ("2026-04,world,5000", "2026-04,world,5000", "2031-01,world,5", "2026-05,germany,5", "2025-05,us,46")
    with pytest.raises(CaseError) as caught:
        scored(table(tmp_path, *rows))
    said = str(caught.value)
    for part in ("row 3: month: 2026-04 stands twice", "'2031-01'", "'germany'", "only of the world"):
        assert part in said


def test_the_command_prints_what_came_beside_what_was_foretold(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["back-test", "score", str(table(tmp_path, "2025-05,world,1238"))])
    assert done.exit_code == 0, done.output
    assert "1238" in done.output
    assert "mean absolute" in done.output
