"""A fault is a record: every part of it can be read by a program, in Python and in the JSON of every command."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from typing import Any, get_args

import pytest

import optimizer
from optimizer.__main__ import main
from optimizer.errors import CaseError, ScenarioError
from optimizer.faults import CODES, Code, Fault, Place, Source
from tests.helpers.faulty import replace, write_case
from tests.helpers.paths import ROOT

FIELDS = {"code", "table", "file", "row", "column", "cell", "found", "expected", "unit", "known", "suggest", "text"}
SHOCK = "scenarios/shock.yaml"
JSON_COMMANDS = [
    ["plan", "small"],
    ["ledger", "small"],
    ["why", "small", "buyer", "magnet", "2027H1"],
    ["why-not", "small", "trader"],
    ["why-infeasible", "small"],
    ["diff", "small", "small"],
    ["alternatives", "small"],
    ["stay-near", "small", "full-embargo"],
    ["controls", "small"],
]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write_case(tmp_path / "small")


def fault_of(folder: Path) -> Fault:
    with pytest.raises(CaseError) as raised:
        optimizer.load_case(folder)
    (fault,) = raised.value.faults
    return fault


def test_a_cell_is_named_by_all_that_is_known_of_it(small: Path) -> None:
    replace(small / "offers.csv", "oxide,58000", "oxide,-3")
    assert fault_of(small).record() == {
        "code": "out-of-range",
        "table": "offers",
        "file": "small/offers.csv",
        "row": 2,
        "column": "price",
        "cell": "D2",
        "found": "-3",
        "expected": "to be greater than or equal to 0",
        "unit": "USD/t",
        "known": [],
        "suggest": None,
        "text": "small/offers.csv, row 2: price: expected to be greater than or equal to 0, found '-3'",
    }


def test_a_name_comes_with_those_that_are_known(small: Path) -> None:
    replace(small / "demand.csv", "buyer,magnet", "buyer,magent")
    fault = fault_of(small)
    assert (fault.code, fault.table, fault.row, fault.cell) == ("unknown-name", "demand", 2, "B2")
    assert (fault.found, fault.suggest) == ("magent", "magnet")
    assert fault.known == ("magnet", "magnet-lean", "metal", "ore", "oxide")


def test_a_setting_is_named_by_its_line(small: Path) -> None:
    replace(small / "case.yaml", "count: 2", "count: two")
    fault = fault_of(small)
    assert (fault.code, fault.file, fault.row) == ("not-a-number", "small/case.yaml", 5)
    assert (fault.table, fault.column, fault.found) == (None, "periods.1.count", "two")
    assert fault.text.startswith("small/case.yaml, line 5: periods.1.count: ")


def test_an_event_is_named_by_its_line_and_number(small: Path) -> None:
    replace(small / SHOCK, "price: 1.5", "price: dear")
    with pytest.raises(ScenarioError) as raised:
        optimizer.load_scenario(small / SHOCK)
    (fault,) = raised.value.faults
    assert (fault.file, fault.row, fault.column) == (SHOCK, 16, "events.2.scale.price")


@pytest.mark.parametrize("words", JSON_COMMANDS, ids=[words[0] for words in JSON_COMMANDS])
def test_every_command_prints_faults_as_json(
    small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    replace(small / "demand.csv", "buyer,magnet", "buyer,magent")
    monkeypatch.chdir(small.parent)
    for as_json in (False, True):
        monkeypatch.setattr(sys, "argv", ["lodestar", *words, *["--json"] * as_json])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert ended.value.code == 2
        assert said.err.splitlines()
        if not as_json:
            assert said.out == ""
            continue
        faults: list[dict[str, Any]] = json.loads(said.out)["faults"]
        assert [set(fault) for fault in faults] == [FIELDS] * len(faults)
        assert [f"CaseError: {fault['text']}" for fault in faults] == said.err.splitlines()
        assert {fault["code"] for fault in faults} <= set(CODES)
        assert faults[0]["suggest"] == "magnet"


def test_a_text_cannot_command_the_screen() -> None:
    fault = Fault("case", "no such name: \x1b[31mred\u202e\nsecond line")
    assert str(fault) == "case: no such name: \\x1b[31mred\\u202e\\nsecond line"


@pytest.mark.parametrize(("number", "cell"), [(0, "A7"), (25, "Z7"), (26, "AA7"), (701, "ZZ7"), (702, "AAA7")])
def test_cells_are_counted_as_spreadsheets_do(number: int, cell: str) -> None:
    columns = tuple(f"c{n}" for n in range(703))
    place = Place("t.csv, row 7", Source("t.csv", "t", columns), 7)
    assert Fault(place, "wrong", column=f"c{number}").cell == cell


def test_every_fault_says_of_what_kind_it_is() -> None:
    for path in (ROOT / "optimizer").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Fault":
                assert {word.arg for word in call.keywords} & {"code", None}, f"{path.name}, line {call.lineno}"


def test_every_code_has_its_meaning() -> None:
    assert set(CODES) == set(get_args(Code))
