"""A case to a workbook: a sheet for each table, with what may stand in it, notes on its heads and drop-downs."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Collection, Mapping, Sequence
from typing import Any, get_args

import xlsxwriter
from pydantic import BaseModel
from xlsxwriter.utility import xl_col_to_name

from optimizer.case.case import Case
from optimizer.case.countries import COUNTRIES
from optimizer.case.folder import SHARED
from optimizer.case.references import definitions, references
from optimizer.case.rows import Row
from optimizer.case.settings import CaseFile
from optimizer.case.spreadsheet import as_text
from optimizer.case.tables import DEFINED_IN, TABLES
from optimizer.case.units import units
from optimizer.errors import CaseError
from optimizer.faults import Fault
from optimizer.workbook.read import GROUPS, README, SETTINGS
from optimizer.workbook.spelled import kind_of

LISTS = "_lists"
"""Name of the hidden sheet of words and countries that drop-downs offer."""
FILLED = 1000
"""Rows in which drop-downs are offered."""
LONGEST = 32_767
"""Letters that a cell can hold."""
SAFE: Mapping[str, Any] = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
"""How workbooks are written: no text becomes a formula, a link or a number."""
TOLD = (
    "Each sheet is a table, each row of it one thing; what a column holds stands in the note on its head.",
    "Columns in bold must be filled in. An empty cell means the default that its note names.",
    "source and confidence may both be left empty: the row is then from your own records.",
    "Type numbers as numbers and days as days. Formulas are not read: copy, and paste as values.",
    "Sheets of other names are refused unless they are hidden; notes may stand on a hidden sheet.",
    "lodestar check FILE says what is wrong, and marks it in red in a copy beside it; lodestar plan FILE plans.",
)


def exact(sheet: Any, row: int, column: int, value: float, style: Any = None) -> None:
    """Write a number so that it reads back as it was; one that a spreadsheet cannot hold in full as text.

    Parameters
    ----------
    sheet : Worksheet
    row, column : int
        From 0.
    value : float
    style : Format, optional
    """
    if float(f"{value:.16G}") == value:
        sheet.write_number(row, column, value, style)
    else:
        sheet.write_string(row, column, repr(value), style)


class _Sheets:
    """A workbook on the way, and its styles."""

    def __init__(self, out: io.BytesIO) -> None:
        self.book = xlsxwriter.Workbook(out, dict(SAFE))
        self.head = self.book.add_format({"bold": True, "bg_color": "#DDE6EE", "bottom": 1})
        self.optional = self.book.add_format({"bg_color": "#EEF2F5", "bottom": 1})
        self.day = self.book.add_format({"num_format": "yyyy-mm-dd"})
        self.thousands = self.book.add_format({"num_format": "#,##0"})
        self.text = self.book.add_format({"num_format": "@"})
        self.wrapped = self.book.add_format({"text_wrap": True, "valign": "top"})
        self.listed: dict[tuple[str, ...], str] = {}

    def cell(self, sheet: Any, row: int, column: int, value: Any) -> None:
        """Write a value of a case."""
        if value is None or value in ("", (), {}):
            return
        if isinstance(value, bool):
            sheet.write_boolean(row, column, value)
        elif isinstance(value, dt.date):
            sheet.write_datetime(row, column, dt.datetime.combine(value, dt.time()), self.day)
        elif isinstance(value, int | float):
            whole = abs(value) >= 1000 and float(value).is_integer()
            exact(sheet, row, column, value, self.thousands if whole else None)
        else:
            text = as_text(value)
            if len(text) > LONGEST:
                what = f"expected at most {LONGEST:,} letters in a cell, found {len(text):,}"
                raise CaseError([Fault(f"{sheet.get_name()}, row {row + 1}", what, code="too-large")])
            sheet.write_string(row, column, text)

    def choice(self, words: tuple[str, ...]) -> str:
        """Where the words of a drop-down stand on the hidden sheet."""
        column = xl_col_to_name(len(self.listed))
        return self.listed.setdefault(words, f"={LISTS}!${column}$1:${column}${len(words)}")


def shared_tables(case: Case) -> tuple[str, ...]:
    """The tables that a case takes from `data/`: their rows stand first, and need not be repeated.

    Parameters
    ----------
    case : Case
    """
    return tuple(name for name in TABLES if any(place.startswith(SHARED) for place in case.where(name)))


def own_rows(case: Case) -> dict[str, list[Row]]:
    """The rows of every table of a case that it does not take from `data/`.

    Parameters
    ----------
    case : Case
    """
    return {
        name: [row for row, place in zip(rows, case.where(name), strict=True) if not place.startswith(SHARED)]
        for name, rows in case.tables.items()
    }


def columns(record: type[BaseModel]) -> list[str]:
    """The fields of a record as a sheet has them: its own first, then where its figures come from.

    Parameters
    ----------
    record : type of BaseModel
    """
    return sorted(record.model_fields, key=lambda name: name in Row.model_fields)


def workbook_of(case: Case, *, whole: bool = False) -> bytes:
    """A case as a workbook, its policy packs included.

    Parameters
    ----------
    case : Case
    whole : bool, optional
        Whether it repeats the rows that the case takes from `data/`, to be changed; by default it names their tables.

    Returns
    -------
    bytes
        Reading it gives a case with the same digest.

    Raises
    ------
    CaseError
        If a text is too long for a cell.
    """
    out = io.BytesIO()
    sheets = _Sheets(out)
    told = sheets.book.add_worksheet(README)
    told.set_column(0, 0, 120)
    for row, line in enumerate((f"{case.name}: {case.file.title}", "", *TOLD)):
        told.write_string(row, 0, line, sheets.wrapped)
    shared = () if whole else shared_tables(case)
    _settings(sheets, case.file.model_copy(update={"shared": shared}))
    own = own_rows(case)
    for name, rows in case.tables.items():
        _table(sheets, name, own[name] if name in shared else rows, shared)
    lists = sheets.book.add_worksheet(LISTS)
    for column, words in enumerate(sheets.listed):
        for row, word in enumerate(words):
            lists.write_string(row, column, word)
    lists.hide()
    sheets.book.get_worksheet_by_name(SETTINGS).activate()
    sheets.book.close()
    return out.getvalue()


def _settings(sheets: _Sheets, file: CaseFile) -> None:
    """The sheet of settings: a field, its value and what it means in each row."""
    sheet = sheets.book.add_worksheet(SETTINGS)
    for column, (name, width) in enumerate((("field", 20), ("value", 60), ("meaning", 90))):
        sheet.write_string(0, column, name, sheets.head)
        sheet.set_column(column, column, width)
    rows: list[tuple[str, Any, str]] = []
    for name, info in CaseFile.model_fields.items():
        value, meaning = getattr(file, name), " ".join((info.description or "").split())
        if name == "periods":
            value = "; ".join(f"{group.count} x {group.months}" for group in value)
            meaning += " Count x months, as 24 x 1; 4 x 3."
        if name == "groups":
            rows += [(f"{GROUPS}{group}", countries, "A group of countries.") for group, countries in value.items()]
        else:
            rows.append((name, value, meaning))
    for row, (name, value, meaning) in enumerate(rows, 1):
        sheet.write_string(row, 0, name)
        sheets.cell(sheet, row, 1, value)
        sheet.write_string(row, 2, meaning, sheets.wrapped)
    sheet.freeze_panes(1, 1)


def _table(sheets: _Sheets, name: str, rows: Sequence[Any], shared: Collection[str]) -> None:
    """The sheet of a table."""
    record, unit = TABLES[name], units(TABLES[name])
    sheet = sheets.book.add_worksheet(name)
    if not rows:
        sheet.set_tab_color("#BBBBBB")
    fields = columns(record)
    for column, field in enumerate(fields):
        info = record.model_fields[field]
        shown = info.alias or field
        wanted = info.is_required()
        sheet.write_string(0, column, shown, sheets.head if wanted else sheets.optional)
        default = "" if wanted else f" Default: {as_text(info.get_default(call_default_factory=True)) or 'empty'}."
        of = f" [{unit[shown]}]" if shown in unit else ""
        note = " ".join((info.description or "").split()) + of + ("" if default.endswith("None.") else default)
        sheet.write_comment(0, column, note, {"x_scale": 3, "y_scale": 1.2})
        sheet.set_column(column, column, max(11, len(shown) + 2, 24 if column == 0 else 0))
        if offered := _offered(sheets, record, field, info.annotation, shared):
            rule = {"validate": "list", "source": offered, "error_type": "warning", "ignore_blank": True}
            sheet.data_validation(1, column, FILLED, column, rule)
        elif kind_of(info.annotation) == "flag":
            rule = {"validate": "list", "source": ["TRUE", "FALSE"], "error_type": "warning"}
            sheet.data_validation(1, column, FILLED, column, rule)
    for number, row in enumerate(rows, 1):
        for column, field in enumerate(fields):
            value = getattr(row, field)
            sheets.cell(sheet, number, column, value)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(1, len(rows)), len(record.model_fields) - 1)


def _offered(sheets: _Sheets, record: type[BaseModel], field: str, annotation: Any, shared: Collection[str]) -> str:
    """Where what may stand in a column is listed: words, countries, or the names that another sheet gives."""
    words = get_args(annotation)
    if words and all(isinstance(word, str) for word in words):
        return sheets.choice(tuple(words))
    info = record.model_fields[field]
    if any(getattr(mark, "pattern", None) == "^[A-Z]{2}$" for mark in info.metadata):
        return sheets.choice(tuple(COUNTRIES))
    ref = references(record).get(field)
    holders = DEFINED_IN[ref.kinds[0]] if ref is not None and ref.alone else ()
    if len(holders) != 1 or kind_of(annotation) != "text" or "tuple" in str(annotation) or "dict" in str(annotation):
        return ""
    table = next(name for name, some in TABLES.items() if some is holders[0])
    if table in shared:
        return ""  # its names stand in no sheet
    (column,) = (
        number
        for number, name in enumerate(columns(holders[0]))
        if (name, ref.kinds[0] if ref else "") in definitions(holders[0])
    )
    letter = xl_col_to_name(column)
    return f"={table}!${letter}$2:${letter}${FILLED}"
