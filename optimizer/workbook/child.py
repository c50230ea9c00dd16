"""The process that opens workbooks from outside, and nothing else does: ``python -m optimizer.workbook.child``.

On its standard input it has a line of JSON, what to do, and the workbook; on its output it gives an answer: a line of
JSON, and for `mark` the workbook with its marks. Memory and time are limited before a byte of the workbook is read.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import sys
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from optimizer.workbook.package import MAX_COLUMNS, MAX_ROWS, MAX_SHEETS, RefusedError, check

RED = "FFFFC7CE"
AUTHOR = "lodestar"
FAULTS = "faults"
"""Name of the sheet of faults."""
Cell = list[Any]
"""Kind and value: text, number, flag, day, formula or error."""


def limit(memory: int, seconds: int) -> None:
    """Limit memory and time of this process, where the system can.

    Parameters
    ----------
    memory, seconds : int
        Bytes, and seconds of the processor.
    """
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def _cell(cell: Any) -> Cell | None:
    """A cell as JSON can hold it; None if it is empty."""
    value, kind = cell.value, cell.data_type
    if value is None or value == "":
        return None
    if kind == "f":
        return ["formula", str(getattr(value, "text", value))[:80]]
    if kind == "e":
        return ["error", str(value)]
    if isinstance(value, bool):
        return ["flag", value]
    if isinstance(value, dt.datetime):
        whole = value.time() == dt.time()
        return ["day", value.date().isoformat()] if whole else ["time", value.isoformat(" ")]
    if isinstance(value, dt.time | dt.timedelta):
        return ["time", str(value)]
    if isinstance(value, int | float):
        return ["number", repr(value)]
    return ["text", str(value)]


def _rows(sheet: Any) -> Iterator[tuple[int, list[Cell | None]]]:
    """Rows of a sheet that hold something, with their numbers."""
    sheet.reset_dimensions()
    for row in sheet.iter_rows():
        full = [cell for cell in row if cell.value not in (None, "")]
        if not full:
            continue
        if (last := full[-1]).row > MAX_ROWS or last.column > MAX_COLUMNS:
            at = f"{sheet.title}!{last.coordinate}"
            most = f"cells up to {get_column_letter(MAX_COLUMNS)}{MAX_ROWS}"
            raise RefusedError("too-large", f"expected {most} of a sheet, found something in {at}")
        yield last.row, [_cell(cell) for cell in row[: last.column]]


def _laid_out(content: bytes, path: str) -> dict[str, Any]:
    """What of a sheet would let its reader miss or mistake cells: hidden rows and columns, merged cells."""
    rows: list[int] = []
    columns: list[int] = []
    merged: list[str] = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(path.lstrip("/")) as file:
        for _, element in ElementTree.iterparse(file):  # noqa: S314 - document types are refused before
            tag = element.tag.rpartition("}")[2]
            is_hidden = element.get("hidden") in ("1", "true")
            if tag == "row":
                if is_hidden:
                    rows.append(int(element.get("r", 0)))
                element.clear()
            elif tag == "col" and is_hidden:
                first, last = int(element.get("min", 0)), int(element.get("max", 0))
                columns += range(first, min(last, MAX_COLUMNS) + 1)
            elif tag == "mergeCell":
                merged.append(str(element.get("ref")))
    return {"hidden_rows": rows, "hidden_columns": columns, "merged": merged[:100]}


def read(content: bytes) -> dict[str, Any]:
    """The sheets of a workbook: names, whether they are hidden, cells by row, and what hides or merges some.

    Parameters
    ----------
    content : bytes

    Raises
    ------
    RefusedError
    """
    check(content)
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    if len(book.sheetnames) > MAX_SHEETS:
        raise RefusedError("too-large", f"expected at most {MAX_SHEETS} sheets, found {len(book.sheetnames)}")
    sheets = []
    for sheet in book.worksheets:
        found = {"name": sheet.title, "hidden": sheet.sheet_state != "visible", "rows": []}
        if sheet.sheet_state == "visible" or not sheet.title.startswith("_"):
            found |= {"rows": list(_rows(sheet)), **_laid_out(content, sheet._worksheet_path)}
        sheets.append(found)
    return {"sheets": sheets}


def mark(content: bytes, marks: list[dict[str, Any]]) -> bytes:
    """A copy of a workbook with red cells, notes on them, and a sheet of faults with links to them first.

    Parameters
    ----------
    content : bytes
    marks : list of dict
        Of each fault `sheet` and `cell` (None where it has none) and `text`.
    """
    check(content)
    book = openpyxl.load_workbook(io.BytesIO(content), keep_links=False)
    if FAULTS in book.sheetnames:
        del book[FAULTS]
    listed = book.create_sheet(FAULTS, 0)
    listed.append(["where", "what"])
    red, notes = PatternFill("solid", fgColor=RED), dict[tuple[str, str], list[str]]()
    for number, fault in enumerate(marks, 2):
        sheet, cell = fault["sheet"], fault["cell"] or "A1"
        there = sheet in book.sheetnames
        where, what = listed.cell(number, 1), listed.cell(number, 2)
        where.value = f"{sheet}!{fault['cell']}" if there and fault["cell"] else sheet or "the workbook"
        for some, text in ((where, where.value), (what, fault["text"])):
            some.value, some.data_type = text, "s"
        if there:
            where.hyperlink = f"#'{sheet}'!{cell}"
            where.font = Font(color="FF0563C1", underline="single")
        if there and fault["cell"]:
            notes.setdefault((sheet, cell), []).append(fault["text"])
    for (sheet, cell), texts in notes.items():
        at = book[sheet][cell]
        if hasattr(at, "comment") and type(at).__name__ != "MergedCell":
            at.fill = red
            at.comment = Comment("\n".join(texts), AUTHOR, width=360, height=90)
    listed.column_dimensions["A"].width, listed.column_dimensions["B"].width = 24, 120
    listed.freeze_panes = "A2"
    book.active = 0
    for sheet in book.worksheets[1:]:
        sheet.sheet_view.tabSelected = False
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def main() -> None:
    """Do what standard input asks for."""
    asked = json.loads(sys.stdin.buffer.readline())
    limit(asked["memory"], asked["seconds"])
    content = sys.stdin.buffer.read()
    answer: dict[str, Any] = {}
    made = b""
    try:
        if asked["do"] == "read":
            answer = read(content)
        else:
            made = mark(content, asked["marks"])
    except RefusedError as error:
        answer = {"code": error.code, "what": error.what}
    except MemoryError:
        answer = {"code": "too-large", "what": f"cannot be read within {asked['memory'] / 1e9:g} GB of memory"}
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        ElementTree.ParseError,
        LookupError,
        TypeError,
        ValueError,
        EOFError,
    ):
        answer = {"code": "not-a-workbook", "what": "expected a workbook (xlsx), found a damaged one"}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + made)


if __name__ == "__main__":
    main()
