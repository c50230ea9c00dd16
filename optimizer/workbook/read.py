"""A workbook to a case: its sheets are tables and settings, and go through the one door for cases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from optimizer.case.case import Case
from optimizer.case.document import Document, Way
from optimizer.case.folder import no_such_table
from optimizer.case.read import read_lines
from optimizer.case.settings import CaseFile
from optimizer.case.tables import TABLES
from optimizer.case.text import brief
from optimizer.case.units import fields_of, units
from optimizer.errors import CaseError
from optimizer.faults import Fault, Place, Source
from optimizer.workbook.ask import ask, content_of, refusal
from optimizer.workbook.spelled import Kind, Wrong, decimal_marks, kind_of, spelled
from optimizer.world.door import Given, enter

SETTINGS, README, FAULTS = "case", "read me", "faults"
"""Sheets that are no tables."""
PERIODS = re.compile(r"\s*([0-9]+)\s*[xX\u00d7*]\s*([0-9]+)\s*")
"""So many periods of so many months."""
GROUPS = "groups."
"""What the field of a group begins with, before its name."""


class SheetPlace(Place):
    """A place on a sheet: its row, and with a column its cell, as `my.xlsx, offers!G4`."""

    def at(self, column: str | None) -> str:
        """The cell of a column, if it is one of the sheet's."""
        cell = self.cell(column)
        return f"{self.source.file}, {self.source.table}!{cell}" if cell and self.source else str(self)

    def cell(self, column: str | None) -> str | None:
        """Address of a cell; of the settings, where the value of a field stands."""
        if self.source is not None and self.source.table == SETTINGS:
            return f"B{self.row}" if self.row else None
        return super().cell(column)


def on_sheet(source: Source, row: int | None) -> SheetPlace:
    """Where a row of a sheet is, or the sheet itself.

    Parameters
    ----------
    source : Source
        The sheet as its table.
    row : int or None
        From 1.
    """
    return SheetPlace(f"{source.file}, {source.table}" + (f", row {row}" if row else ""), source, row)


class SheetSettings(Document):
    """Settings of a sheet, and in which row each field stands."""

    def place(self, path: Way = ()) -> Place:
        """Where a field stands; what is not there, on the sheet."""
        ways = (path[:end] for end in range(len(path), 0, -1))
        row = next((self.lines[way] for way in ways if way in self.lines), None)
        return on_sheet(self.source, row)


def load_workbook_case(path: Path, packs: Iterable[str] = ()) -> Case:
    """Load and check the case of a workbook.

    Parameters
    ----------
    path : Path
    packs : iterable of str
        Policy packs to switch on besides those the case names.

    Raises
    ------
    CaseError
        With every fault, each with its cell.
    """
    if path.suffix.lower() != ".xlsx":
        what = f"expected a workbook that ends in xlsx, found {path.suffix} (save it as xlsx, without macros)"
        raise refusal(path.name, "not-a-workbook", what)
    return case_of_workbook(content_of(path), path.name, packs)


def case_of_workbook(content: bytes, shown: str, packs: Iterable[str] = ()) -> Case:
    """The case of a workbook.

    Parameters
    ----------
    content : bytes
    shown : str
        How it is called in messages.
    packs : iterable of str
        Policy packs to switch on besides those the case names.

    Raises
    ------
    CaseError
        With every fault, each with its cell.
    """
    answer, _ = ask(content, shown, "read")
    sheets = {sheet["name"]: sheet for sheet in answer["sheets"]}
    given = Given(SheetSettings({}, Source(shown, SETTINGS), {}))
    tables = {}
    for name, sheet in sheets.items():
        if name in TABLES and not sheet["hidden"]:
            tables[name] = sheet
        elif name in (*TABLES, SETTINGS) and sheet["hidden"]:
            place = SheetPlace(f"{shown}, {name}", Source(shown, name))
            given.refuse(name, Fault(place, "expected a sheet that is shown, found a hidden one", code="not-read"))
        elif name not in (SETTINGS, README, FAULTS) and not sheet["hidden"]:
            place = SheetPlace(f"{shown}, {name}", Source(shown, name))
            given.refuse(name, no_such_table(place, name))
    marks = decimal_marks(_texts(tables))
    if SETTINGS not in sheets:
        what = f"expected a sheet {SETTINGS!r} with the settings, found none"
        raise CaseError([*given.faults, Fault(shown, what, code="missing-table", file=shown)])
    _read_settings(given, sheets[SETTINGS], marks)
    for table, record in TABLES.items():
        given.add_shared(table)
        if table not in tables:
            continue
        source = Source(shown, table, (), units(record))
        faults = list(_hidden_or_merged(tables[table], source))
        lines = list(_lines(tables[table], source, marks, faults))
        rows, places, wrong = read_lines(lines, source, record, given.labels, on_sheet)
        given.add(table, rows, places, [*faults, *wrong])
    return enter(given, packs)


def _kinds(table: str) -> Mapping[str, Kind]:
    """What each column of a table holds."""
    return {name: kind_of(info.annotation) for name, info in fields_of(TABLES[table]).items()}


def _head(sheet: Mapping[str, Any]) -> list[str]:
    """The names in the first row of a sheet."""
    cells = sheet["rows"][0][1] if sheet["rows"] else []
    return [str(cell[1]).strip() if cell else "" for cell in cells]


def _texts(tables: Mapping[str, Any]) -> Iterator[str]:
    """Texts of cells where tables expect a number."""
    for table, sheet in tables.items():
        kinds, head = _kinds(table), _head(sheet)
        for _, cells in sheet["rows"][1:]:
            for name, cell in zip(head, cells, strict=False):
                if cell and cell[0] == "text" and kinds.get(name) == "number":
                    yield cell[1]


def _lines(
    sheet: Mapping[str, Any], source: Source, marks: frozenset[str], faults: list[Fault]
) -> Iterator[tuple[int, list[str]]]:
    """Rows of a sheet as lines of a table; of one with a cell that cannot be read the faults alone."""
    head, kinds = _head(sheet), _kinds(str(source.table))
    source = Source(source.file, source.table, tuple(head), source.units)
    for number, (row, cells) in enumerate(sheet["rows"]):
        texts, wrong = [], []
        for place, cell in enumerate(cells):
            name = head[place] if place < len(head) else ""
            made = spelled(cell, kinds.get(name, "text") if number else "text", marks)
            texts.append("" if isinstance(made, Wrong) else made)
            if isinstance(made, Wrong):
                at = SheetPlace(f"{source.file}, {source.table}", source, row)
                column = name or f"column {place + 1}"
                wrong.append(Fault.of(at, column, made.expected, made.found, made.code))
        faults += wrong
        if not wrong:
            yield row, texts + [""] * (len(head) - len(texts))


def _hidden_or_merged(sheet: Mapping[str, Any], source: Source) -> Iterator[Fault]:
    """Rows and columns with something in them that nobody sees, and cells that are one."""
    head = _head(sheet)
    source = Source(source.file, source.table, tuple(head), source.units)
    full = {row for row, _ in sheet["rows"]}
    for row in sheet["hidden_rows"]:
        if row in full:
            what = f"expected rows that are shown, found row {row} hidden (show it, or delete it)"
            yield Fault(on_sheet(source, row), what, code="not-read", cell=f"A{row}")
    for number in sheet["hidden_columns"]:
        if number <= len(head) and head[number - 1]:
            what = f"expected columns that are shown, found {head[number - 1]!r} hidden (show it, or delete it)"
            yield Fault(on_sheet(source, sheet["rows"][0][0]), what, code="not-read", column=head[number - 1])
    for cells in sheet["merged"]:
        first = cells.partition(":")[0]
        place = SheetPlace(f"{source.file}, {source.table}!{first}", source, int(re.sub("[^0-9]", "", first)))
        yield Fault(place, f"expected single cells, found {cells} merged", code="wrong-shape", cell=first)


def _read_settings(given: Given, sheet: Mapping[str, Any], marks: frozenset[str]) -> None:
    """Read the settings: a field and its value in each row."""
    source = given.settings.source
    content: dict[str, Any] = {}
    lines: dict[Way, int] = {}
    for row, cells in sheet["rows"]:
        field = str(cells[0][1]).strip() if cells and cells[0] else ""
        if not field or (field, row) == ("field", sheet["rows"][0][0]):
            continue
        name = "groups" if field.startswith(GROUPS) else field
        kind = kind_of(CaseFile.model_fields[name].annotation) if name in CaseFile.model_fields else "text"
        kind = "text" if name in ("periods", "cuts", "groups", "version") else kind
        value = spelled(cells[1] if len(cells) > 1 else None, kind, marks)
        place = on_sheet(source, row)
        if isinstance(value, Wrong):
            given.faults.append(Fault.of(place, field, value.expected, value.found, value.code))
        elif field in content or (name == "groups" and field[len(GROUPS) :] in content.get(name, {})):
            given.faults.append(Fault(place, f"expected each field once, found {field!r} twice", code="repeated"))
        elif value:
            way: Way = (name,) if name == field else (name, field[len(GROUPS) :])
            lines |= {(name,): row, way: row}
            _put(content, way, value, place, given.faults)
    given.settings = SheetSettings(content, source, lines)


def _put(content: dict[str, Any], way: Way, value: str, place: Place, faults: list[Fault]) -> None:
    """Put a setting where YAML would have it."""
    name, words = str(way[0]), [word.strip() for word in value.split(";") if word.strip()]
    if name == "groups":
        content.setdefault(name, {})[way[1]] = words
    elif name in ("packs", "shared", "assume", "cuts"):
        content[name] = words
    elif name == "version":
        content[name] = int(value) if value.isdigit() else value
    elif name == "periods":
        found = [PERIODS.fullmatch(word) for word in words]
        for word, match in zip(words, found, strict=True):
            if match is None:
                expected = "counts and months such as '24 x 1; 4 x 3'"
                what = f"periods: expected {expected}, found {brief(word)}"
                faults.append(Fault(place, what, code="wrong-spelling", column=name, expected=expected, found=word))
        read = [{"count": match[1], "months": match[2]} for match in found if match]
        content[name] = read or [{"count": 1, "months": 1}]  # said already
    else:
        content[name] = value
