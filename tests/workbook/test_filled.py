"""From an empty folder to an answer in a workbook, filled as a buyer in Germany would, and as one in Japan."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import optimizer
from optimizer.case.write import write_case
from optimizer.plans.summary import SUMMARY
from tests.helpers.command import lodestar_here

FIGURES: dict[tuple[str, int, str], Any] = {
    ("offers", 2, "price"): 71250.5,
    ("offers", 3, "price"): 103900,
    ("offers", 4, "price"): 98400.25,
    ("offers", 2, "capacity"): 400.5,
    ("routes", 2, "freight"): 1640.75,
    ("routes", 2, "transit"): 37.5,
    ("demand", 3, "from"): "2028-07-01",
    ("demand", 2, "tonnes"): 205.5,
    ("demand", 2, "penalty"): 1_500_000,
    ("stocks", 2, "opening"): 29.5,
    ("arrivals", 2, "on"): "2027-02-20",
    ("limits", 2, "value"): 0.125,
    ("limits", 2, "from"): "2028-01-01",
}
"""What the buyer knows, by sheet, row and column."""
RATE = 0.075
"""The discount rate, a setting."""
GERMAN = {
    71250.5: "71.250,50",
    103900: "103.900,00",
    98400.25: "98.400,25",
    400.5: "400,5",
    1640.75: "1.640,75",
    37.5: "37,5",
    "2028-07-01": "1.7.2028",
    205.5: "205,5",
    1_500_000: "1.500.000",
    29.5: "29,5",
    "2027-02-20": "20.2.2027",
    0.125: "12,5 %",
    "2028-01-01": "01.01.2028",
    0.075: "0,075",
}
JAPANESE = {  # some digits, points and signs full width, as a Japanese keyboard gives them
    71250.5: "71,250.5",
    103900: "\uff11\uff10\uff13\uff19\uff10\uff10",
    98400.25: "98,400.25",
    400.5: "\uff14\uff10\uff10\uff0e\uff15",
    1640.75: "1,640.75",
    37.5: "37.5",
    "2028-07-01": "2028年7月1日",
    205.5: "205.5",
    1_500_000: "1,500,000",
    29.5: "29.5",
    "2027-02-20": "2027/2/20",
    0.125: "12.5\uff05",
    "2028-01-01": "2028年1月1日",
    0.075: "0.075",
}
BUYERS: dict[str, tuple[dict[Any, str], dict[str, str]]] = {
    "German": (
        GERMAN,
        {"our-plant": "Werk Böblingen", "maker-a-ganzhou": "Ganzhou Größe", "maker-c-takefu": "Takefu Süd"},
    ),
    "Japanese": (
        JAPANESE,
        {"our-plant": "本社工場", "maker-a-ganzhou": "贛州磁性材料", "maker-c-takefu": "信越化学 (武生)"},
    ),
}
NAMED = {"offers": "site", "demand": "site", "stocks": "site", "arrivals": "site", "projects": "site"}
"""Where rows name a site, which the buyer does by what it is called."""


def column(sheet: Any, name: str) -> int:
    """Column of a sheet under a head."""
    (found,) = (cell.column for cell in sheet[1] if cell.value == name)
    return int(found)


def fill(path: Path, spelled: dict[Any, str], labels: dict[str, str]) -> None:
    """Type the figures into a workbook as texts, and call sites by their names at home."""
    book = openpyxl.load_workbook(path)
    for (sheet, row, name), value in FIGURES.items():
        book[sheet].cell(row, column(book[sheet], name)).value = spelled[value]
    sites = book["sites"]
    for row in range(2, sites.max_row + 1):
        name = sites.cell(row, column(sites, "site")).value
        if name in labels:
            sites.cell(row, column(sites, "label")).value = labels[name]
    for sheet, head in NAMED.items():
        for row in range(2, book[sheet].max_row + 1):
            cell = book[sheet].cell(row, column(book[sheet], head))
            cell.value = labels.get(cell.value, cell.value)
    stocks, case = book["stocks"], book["case"]
    stocks.cell(2, column(stocks, "holding")).value = None
    settings = {case.cell(row, 1).value: case.cell(row, 2) for row in range(2, case.max_row + 1)}
    settings["discount_rate"].value, settings["assume"].value = spelled[RATE], "holding"
    book.save(path)


def plainly(folder: Path) -> None:
    """The same figures in the tables of the kit, as a program would write them."""
    case = optimizer.load_case(folder)
    tables: dict[str, list[Any]] = {}
    settings = {
        **case.file.model_dump(mode="json"),
        "discount_rate": RATE,
        "assume": ["holding"],
    }
    for name, rows in case.tables.items():
        changed = [row.model_dump(by_alias=True) for row in rows]
        for (sheet, row, head), value in FIGURES.items():
            if sheet == name:
                changed[row - 2][head] = value
        tables[name] = changed
    tables["stocks"][0]["holding"] = None
    write_case(optimizer.case_from(settings, tables), folder.with_name("plain"))


TIMED = {str(some) for some in SUMMARY if not some.compared}
"""Columns that say how long it took."""


def cells(path: Path) -> dict[str, list[Any]]:
    """Every cell of a workbook that holds something, by sheet."""
    return {
        sheet.title: [
            cell.value
            for column in sheet.iter_cols()
            if column[0].value not in TIMED
            for cell in column
            if cell.value is not None
        ]
        for sheet in openpyxl.load_workbook(path)
    }


@pytest.mark.slow
@pytest.mark.parametrize("buyer", BUYERS)
def test_the_answer_is_that_of_the_same_figures_typed_plainly(buyer: str, tmp_path: Path) -> None:
    lodestar_here("new", "my-case", "--tier1", cwd=tmp_path)
    lodestar_here("workbook", "my-case", "filled.xlsx", cwd=tmp_path)
    fill(tmp_path / "filled.xlsx", *BUYERS[buyer])
    content = (tmp_path / "filled.xlsx").read_bytes()
    lodestar_here("plan", "filled.xlsx", "-s", "full-embargo", "--workbook", "answer.xlsx", cwd=tmp_path)
    plainly(tmp_path / "my-case")
    lodestar_here("plan", "plain", "-s", "full-embargo", "--workbook", "plain.xlsx", cwd=tmp_path)
    answer, plain = cells(tmp_path / "answer.xlsx"), cells(tmp_path / "plain.xlsx")
    assert list(answer) == list(plain) == ["said", "scenarios", "decisions", "orders", "stock", "limits"]
    for sheet, found in plain.items():
        assert len(answer[sheet]) == len(found) > 0
        for one, other in zip(answer[sheet], found, strict=True):
            assert one == other or math.isclose(float(one), float(other), rel_tol=1e-9), (sheet, one, other)
    assert "Assumed for you: what the case left out" in answer["said"]
    assert "holding our-plant / sh-magnets" in answer["said"]
    assert (tmp_path / "filled.xlsx").read_bytes() == content
    assert {path.name for path in tmp_path.glob("*.xlsx")} == {"filled.xlsx", "answer.xlsx", "plain.xlsx"}
