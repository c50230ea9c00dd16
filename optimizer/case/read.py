"""Table rows and fields to records: every fault said with its row or line, and in the user's words."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from optimizer.case.countries import meant_country
from optimizer.case.document import Document
from optimizer.case.labels import Labels, with_keys
from optimizer.case.rows import Row
from optimizer.case.spreadsheet import unmarked
from optimizer.case.text import brief, code_point, hidden, read_text
from optimizer.case.units import fields_of, units
from optimizer.errors import CaseError
from optimizer.faults import Code, Fault, Place, Source, WrongError, closest, nearest

OF_COUNTRIES = {
    r"^[A-Z]{2}$": "two capital letters such as CN",
    r"^([A-Z]{2}|\*)$": "two capital letters such as CN, or *",
}
PATTERNS = {
    r"^[a-z0-9][a-z0-9-]*$": "small letters, digits and hyphens",
    r"^[A-Za-z0-9][A-Za-z0-9 ._+-]*$": "letters, digits, spaces and . _ + -, a letter or digit first",
}
"""What the patterns of the records ask for, in words; those of countries apart."""
KINDS: dict[str, tuple[Code, str]] = {
    "tuple_type": ("wrong-shape", "a list"),
    "too_short": ("missing-rows", "at least one"),
    "dict_type": ("wrong-shape", "a mapping of names to values"),
    "model_type": ("wrong-shape", "a mapping of fields"),
    "string_type": ("not-text", "text (in quotes where it looks like something else)"),
    "int_parsing": ("not-a-number", "a whole number"),
    "int_from_float": ("not-a-number", "a whole number"),
    "int_type": ("not-a-number", "a whole number"),
    "float_parsing": ("not-a-number", "a number"),
    "float_type": ("not-a-number", "a number"),
    "finite_number": ("not-a-number", "to be a finite number"),
    "bool_parsing": ("not-a-flag", "true or false"),
    "bool_type": ("not-a-flag", "true or false"),
}
"""Pydantic's complaints that say more of Python than of the input: their code, and what was expected in words."""
MARKS = {";": "semicolons", "\t": "tabs", "|": "bars"}
"""What tables are separated by that should be separated by commas."""
COMMENTS = re.compile(r'\A(?:[ \t]*(?:"?#[^\n]*)?\n)*')
"""Comments above the head of a table, which a spreadsheet may have put in quotes, and empty lines between them."""
SPELLING = ("string_too_long", "string_too_short", "string_pattern_mismatch")


def meant(found: str, known: Iterable[str]) -> set[str]:
    """The known name that a wrong one probably stands for, if any: no need to report that one as missing.

    Parameters
    ----------
    found : str
        The wrong name.
    known : iterable of str
    """
    return set(difflib.get_close_matches(found, list(known), n=1, cutoff=0.5))


def _record_in(annotation: Any) -> type[BaseModel] | None:
    """The record that a field holds one or many of, if any."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_record_in, get_args(annotation))), None)


def _is_text(annotation: Any) -> bool:
    """Whether a field holds text, or may."""
    return annotation is str or any(map(_is_text, get_args(annotation)))


def _said(item: Any, record: type[BaseModel]) -> tuple[str, dict[str, Any]]:
    """One of pydantic's complaints in our words, and the parts of the fault."""
    holder: type[BaseModel] | None = record
    for part in item["loc"][:-1]:
        if isinstance(part, str):
            holder = _record_in(fields_of(holder)[part].annotation) if part in fields_of(holder) else None
    fields = fields_of(holder)
    given, kind = item.get("input"), item["type"]
    last = str(item["loc"][-1]) if item["loc"] else ""
    parts: dict[str, Any] = {"found": given, "unit": units(holder).get(last) if holder else None}
    if kind == "extra_forbidden":
        parts |= {"code": "unknown-column", "found": last, "known": tuple(fields), "suggest": closest(last, fields)}
        return f"no such field: {last!r}. {nearest(last, fields)}", parts
    if kind == "missing":
        parts |= {"code": "missing-value", "expected": "a value", "found": None}
        return "expected a value, found nothing", parts
    if kind == "value_error":
        wrong = item["ctx"]["error"]
        parts = {**parts, "found": None, **(wrong.parts if isinstance(wrong, WrongError) else {})}
        if parts.get("expected") != "a number":
            return str(wrong), parts
        given, kind = parts["found"], "float_parsing"
    if kind == "literal_error":
        words = re.findall("'([^']*)'", item["ctx"]["expected"])
        parts |= {"code": "unknown-word", "known": tuple(words), "suggest": closest(str(given), words)}
        parts["expected"] = "one of the known words"
        return f"expected one of the known words, found {brief(given)}. {nearest(str(given), words)}", parts
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _untold(item, given, parts)
    if kind.startswith("date"):
        code, expected = "not-a-day", "a day such as 2027-01-31"
    elif kind == "string_pattern_mismatch" and item["ctx"]["pattern"] in OF_COUNTRIES:
        expected, close = OF_COUNTRIES[item["ctx"]["pattern"]], meant_country(given)
        parts |= {"code": "not-a-country", "expected": expected, "suggest": close}
        return f"expected {expected}, found {brief(given)}." + (f" Did you mean {close!r}?" if close else ""), parts
    elif kind == "string_pattern_mismatch" and item["ctx"]["pattern"] in PATTERNS:
        code, expected = "wrong-spelling", PATTERNS[item["ctx"]["pattern"]]
    elif kind == "too_long":
        code, expected = "out-of-range", f"at most {item['ctx']['max_length']}"
        given = f"{item['ctx']['actual_length'] or 'more'}"
        return f"expected {expected}, found {given}", parts | {"code": code, "expected": expected, "found": None}
    elif kind in KINDS:
        code, expected = KINDS[kind]
    else:
        code = "wrong-spelling" if kind in SPELLING else "out-of-range"
        expected = item["msg"].removeprefix("Input ").removeprefix("String ").replace("should have", "to have")
        expected = expected.replace("should", "to")
    said = f"expected {expected}"
    if expected == "a number" and last in fields and fields[last].description:
        meaning = " ".join(fields[last].description.split())  # of a longer one, its first sentence
        said += f" ({meaning.partition('. ')[0].removesuffix('.')})"
    return f"{said}, found {brief(given)}", parts | {"code": code, "expected": expected}


def _untold(item: Any, given: Any, parts: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """What is said of a mapping whose kind is none of those that there are."""
    field = item["ctx"]["discriminator"].strip("'")
    if not isinstance(given, dict) or field not in given:
        parts |= {"code": "missing-value", "expected": "a value", "found": None, "column": field}
        return f"{field}: expected a value, found nothing", parts
    words, found = re.findall("'([^']*)'", item["ctx"]["expected_tags"]), given[field]
    parts |= {"code": "unknown-word", "known": tuple(words), "suggest": closest(str(found), words), "column": field}
    parts |= {"expected": "one of the known words", "found": found}
    return f"{field}: expected one of the known words, found {brief(found)}. {nearest(str(found), words)}", parts


def explain(error: ValidationError, where: Place | Document, record: type[BaseModel]) -> list[Fault]:
    """Pydantic's complaints as faults in our words; items of a list are counted from 1.

    Parameters
    ----------
    error : ValidationError
    where : Place or Document
        Where all of it stands, or a document that can say it of each field.
    record : type of BaseModel
        What was to be made; gives expected values and units.
    """
    items = error.errors()
    lacking = {item["loc"] for item in items if item["type"] == "missing"}
    names = {path[-1] for path in lacking if isinstance(path[-1], str)}
    misspelt = {
        (*item["loc"][:-1], name)
        for item in items
        if item["type"] == "extra_forbidden"
        for name in meant(str(item["loc"][-1]), names)
    }
    faults = []
    for item in items:
        path = item["loc"]
        if path in lacking & misspelt:
            continue  # said of the misspelt field already
        if item["type"] == "too_short" and any(len(other["loc"]) > len(path) for other in items):
            continue  # the list is short of the items that are at fault themselves
        place = where.place(path) if isinstance(where, Document) else where
        if place.within:
            path = path[2:]
        named = ".".join(str(part + 1) if isinstance(part, int) else part for part in path if part != "[key]")
        what, parts = _said(item, record)
        column = ".".join(filter(None, (named, parts.pop("column", None)))) or None
        faults.append(Fault(place, (f"{named}: " if named else "") + what, column=column, **parts))
    return faults


def _header_faults(header: list[str], where: Place, record: type[Row]) -> Iterator[Fault]:
    """Columns that are unknown, repeated or missing; a missing one that is only misspelt is not said twice."""
    fields = fields_of(record)
    if wrong := re.search(r"[;\t|]", "".join(header)):
        yield _separated(where, "cells", wrong[0])
        return
    for name in sorted({name for name in header if name and header.count(name) > 1}):
        yield Fault(where, f"expected each column once, found {name!r} more than once", code="repeated", column=name)
    misspelt: set[str] = set()
    for name in filter(None, header):
        if name not in fields:
            misspelt |= meant(name, fields.keys() - set(header))
            fault = Fault.near(where, None, f"no such column: {brief(name)}", name, fields, "unknown-column")
            yield replace(fault, column=name)
    for name, info in fields.items():
        made = name == record.key[0] and "label" in header and "label" in fields
        if info.is_required() and name not in header and name not in misspelt and not made:
            yield Fault(where, f"expected a column {name!r}, found none", code="missing-column", column=name)


def _separated(where: Place, cells: str, mark: str) -> Fault:
    """Cells that something else than commas separates."""
    what = f"expected {cells} separated by commas, found {mark!r} ({MARKS[mark]})"
    return Fault(where, what, code="wrong-separator", expected="commas", found=mark)


def _row_faults(cells: list[str], header: list[str], where: Place, unnamed: set[int]) -> Iterator[Fault]:
    """A row with too few cells, with cells under no head, or with what cannot be seen in them."""
    if len(cells) < len(header):
        split = [mark for mark in MARKS if ",".join(cells).count(mark) == len(header) - 1]
        if split:
            yield _separated(where, f"{len(header)} cells", split[0])
        else:
            what = f"expected {len(header)} cells, found {len(cells)}"
            yield Fault(where, what, code="wrong-number-of-cells", expected=str(len(header)), found=len(cells))
        return
    for place, cell in enumerate(cells):
        if cell.strip() and (place >= len(header) or not header[place]) and place not in unnamed:
            unnamed.add(place)
            many = f"expected {len(header)} cells, found {len(cells)}; " if place >= len(header) else ""
            what = f"{many}column {place + 1} has cells but no name"
            yield Fault(where, what, code="cells-without-name", found=cell.strip())
    for name, cell in zip(header, cells, strict=False):
        if letter := hidden(cell):
            what = f"{name}: expected plain text, found {code_point(letter)}"
            yield Fault(where, what, code="hidden-character", column=name, found=f"U+{ord(letter):04X}")


def _trimmed(cells: list[str], length: int) -> list[str]:
    """A row without the empty cells that stand at its end beyond a length."""
    end = len(cells)
    while end > length and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


Read = tuple[list[Row], list[Place], list[Fault]]
"""The rows of a table that are good, where each came from, and the faults of the others."""
Locate = Callable[[Source, int], Place]
"""Where a row of a file is, for messages."""


def in_file(source: Source, row: int) -> Place:
    """Where a row of a comma-separated file is.

    Parameters
    ----------
    source : Source
    row : int
        From 1.
    """
    return Place(f"{source.file}, row {row}", source, row)


def read_table(
    path: Path, shown: str, record: type[Row], name: str | None = None, labels: Labels | None = None
) -> Read:
    """Read one CSV table into records; lines that begin with ``#`` above its head are comments.

    Parameters
    ----------
    path : Path
        The file.
    shown : str
        How the file is called in messages.
    record : type of Row
        The record each row must make.
    name : str, optional
        The table; by default what the file is called.
    labels : Labels, optional
        Of the tables read before, which its rows may name by them.

    Returns
    -------
    tuple
        The rows that are good, where each came from, and the faults of the others.
    """
    source = Source(shown, name or path.stem)
    try:
        text = read_text(path, shown)
    except CaseError as error:
        return [], [], list(error.faults)
    reader = csv.reader(io.StringIO(COMMENTS.sub(_blank, text, count=1), newline=""), strict=True)
    wrong: list[tuple[int, str]] = []
    rows, places, faults = read_lines(enumerate(_until_wrong(reader, wrong), 1), source, record, labels)
    if wrong:
        row, what = wrong[0]
        faults.append(Fault(in_file(source, row), f"expected comma-separated values; {what}", code="not-csv"))
    elif not rows and not faults:
        faults.append(Fault(Place(shown, source), "expected at least one row, found none", code="missing-rows"))
    return rows, places, faults


def _blank(comments: re.Match[str]) -> str:
    """As many empty lines as there are comments, so that rows keep their numbers."""
    return "\n" * comments[0].count("\n")


def _until_wrong(reader: Iterable[list[str]], wrong: list[tuple[int, str]]) -> Iterator[list[str]]:
    """Lines up to one that is not comma-separated, which goes to a list with its number."""
    row = 0
    try:
        for cells in reader:
            row += 1
            yield cells
    except csv.Error as error:
        wrong.append((row + 1, str(error)))


def read_lines(
    lines: Iterable[tuple[int, list[str]]],
    source: Source,
    record: type[Row],
    labels: Labels | None = None,
    place: Locate = in_file,
) -> Read:
    """Read numbered lines of cells, the first of them the head, into records.

    Parameters
    ----------
    lines : iterable of (int, list of str)
        Number of each line, from 1, and its cells; empty ones are passed over.
    source : Source
        What they stand in, without columns and units.
    record : type of Row
        The record each row must make.
    labels : Labels, optional
        Of the tables read before, which rows may name by them.
    place : callable, optional
        Where a line is.

    Returns
    -------
    tuple
        The rows that are good, where each came from, and the faults of the others.
    """
    rows: list[Row] = []
    places: list[Place] = []
    faults: list[Fault] = []
    unnamed = set[int]()
    words = {name for name, info in fields_of(record).items() if _is_text(info.annotation)}
    header: list[str] = []
    for row, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if not header:
            header = [name.strip() for name in _trimmed(cells, 0)]
            source = replace(source, columns=tuple(header), units=units(record))
            if faults := list(_header_faults(header, place(source, row), record)):
                return rows, places, faults
            continue
        where = place(source, row)
        cells = _trimmed(cells, len(header))
        if wrong := list(_row_faults(cells, header, where, unnamed)):
            faults += wrong
            continue
        given = {name: cell.strip() for name, cell in zip(header, cells, strict=False) if name and cell.strip()}
        given |= {name: unmarked(given[name]) for name in words & given.keys()}
        try:
            rows.append(record.model_validate(with_keys(given, record, labels or {})))
            places.append(where)
        except ValidationError as error:
            faults += explain(error, where, record)
    return rows, places, faults
