"""Workbooks of a small case, filled and spoilt as a buyer would."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable
from typing import Any

import openpyxl

from optimizer.case.case import Case
from optimizer.errors import CaseError
from optimizer.faults import Fault
from optimizer.workbook.read import case_of_workbook
from optimizer.workbook.write import workbook_of
from optimizer.world.kit import kit
from optimizer.world.load import load_case

Change = Callable[[Any], None]


def kit_workbook() -> bytes:
    """The case that every new one begins with, as a workbook."""
    return workbook_of(load_case(kit("tier1")))


def changed(content: bytes, *changes: Change) -> bytes:
    """A workbook after somebody has worked on it."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    for change in changes:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def put(sheet: str, cells: dict[str, Any]) -> Change:
    """Somebody types into cells."""

    def change(book: Any) -> None:
        for cell, value in cells.items():
            book[sheet][cell] = value

    return change


def repacked(content: bytes, extra: dict[str, bytes] | None = None, edit: Iterable[tuple[str, str, str]] = ()) -> bytes:
    """A workbook with other parts, or other text in some (part, pattern, text)."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as before,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for part in before.infolist():
            data = before.read(part)
            for name, pattern, text in edit:
                if part.filename == name:
                    found = re.sub(pattern, lambda _, text=text: text, data.decode(), count=1)
                    assert found != data.decode()
                    data = found.encode()
            after.writestr(part.filename, data)
        for name, data in (extra or {}).items():
            after.writestr(name, data)
    return out.getvalue()


def read(content: bytes) -> Case:
    """The case of a workbook."""
    return case_of_workbook(content, "my.xlsx")


def faults_of(content: bytes) -> list[Fault]:
    """What is wrong with a workbook."""
    try:
        read(content)
    except CaseError as error:
        return list(error.faults)
    raise AssertionError("expected faults, found none")
