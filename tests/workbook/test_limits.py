"""What a workbook may take, each limit driven by a file made for it: refused in one line, the file as it was."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from optimizer.errors import CaseError
from optimizer.workbook.ask import LIMITS, TOO_LONG, Limits, ask
from optimizer.workbook.package import MAX_BYTES, MAX_COLUMNS, MAX_PARTS, MAX_ROWS, MAX_SHEETS, MAX_UNPACKED
from tests.helpers.command import lodestar_here
from tests.helpers.paths import ROOT
from tests.helpers.sheets import changed, kit_workbook, put, repacked


@pytest.fixture(scope="module")
def book() -> bytes:
    return kit_workbook()


def with_sheets(count: int) -> Callable[[bytes], bytes]:
    """So many sheets in all; those that are added are hidden, and may be notes."""

    def change(found: openpyxl.Workbook) -> None:
        for number in range(count - len(found.sheetnames)):
            found.create_sheet(f"note {number}").sheet_state = "hidden"

    return lambda book: changed(book, change)


def unpacked(size: int) -> Callable[[bytes], bytes]:
    """A part of blanks, so that all parts unpack to so many bytes."""

    def change(book: bytes) -> bytes:
        parts = zipfile.ZipFile(io.BytesIO(book)).infolist()
        return repacked(book, {"docProps/blanks.txt": b" " * (size - sum(part.file_size for part in parts))})

    return change


def parts(count: int) -> Callable[[bytes], bytes]:
    """So many parts in all."""

    def change(book: bytes) -> bytes:
        there = len(zipfile.ZipFile(io.BytesIO(book)).infolist())
        return repacked(book, {f"docProps/{number}.txt": b"" for number in range(count - there)})

    return change


def long_as(size: int) -> Callable[[bytes], bytes]:
    """A file of so many bytes: what cannot be packed stands in a part."""

    def change(book: bytes) -> bytes:
        out = io.BytesIO(book)
        with zipfile.ZipFile(out, "a", zipfile.ZIP_STORED) as archive:
            archive.writestr("docProps/noise.bin", b"")
        frame = len(out.getvalue())
        out = io.BytesIO(book)
        with zipfile.ZipFile(out, "a", zipfile.ZIP_STORED) as archive:
            archive.writestr("docProps/noise.bin", os.urandom(size - frame))
        assert len(out.getvalue()) == size
        return out.getvalue()

    return change


@dataclass(frozen=True)
class Most:
    """A workbook at a limit, one beyond it, and what is said then."""

    at: Callable[[bytes], bytes]
    beyond: Callable[[bytes], bytes]
    said: str


MOST = {
    "bytes": Most(long_as(MAX_BYTES), long_as(MAX_BYTES + 1), f"at most {MAX_BYTES:,} bytes, found more"),
    "unpacked": Most(
        unpacked(MAX_UNPACKED),
        unpacked(MAX_UNPACKED + 1),
        f"at most {MAX_UNPACKED:,} bytes unpacked, found 200,000,001",
    ),
    "parts": Most(parts(MAX_PARTS), parts(MAX_PARTS + 1), f"at most {MAX_PARTS} parts, each once, found 501"),
    "sheets": Most(with_sheets(MAX_SHEETS), with_sheets(MAX_SHEETS + 1), f"at most {MAX_SHEETS} sheets, found 41"),
    "rows": Most(
        lambda book: changed(book, put("read me", {f"A{MAX_ROWS}": "x"})),
        lambda book: changed(book, put("read me", {f"A{MAX_ROWS + 1}": "x"})),
        "cells up to BH20000 of a sheet, found something in read me!A20001",
    ),
    "columns": Most(
        lambda book: changed(book, put("read me", {"BH3": "x"})),
        lambda book: changed(book, put("read me", {"BI3": "x"})),
        "cells up to BH20000 of a sheet, found something in read me!BI3",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MOST)
def test_what_is_at_a_limit_is_read_and_what_is_beyond_is_refused(name: str, book: bytes, tmp_path: Path) -> None:
    path = tmp_path / "my.xlsx"
    path.write_bytes(MOST[name].at(book))
    assert "nothing wrong" in lodestar_here("check", "my.xlsx", cwd=tmp_path).stdout
    path.write_bytes(content := MOST[name].beyond(book))
    (line,) = lodestar_here("check", "my.xlsx", cwd=tmp_path, code=2).stderr.splitlines()
    assert line == f"CaseError: my.xlsx: expected {MOST[name].said}"
    assert path.read_bytes() == content
    assert [some.name for some in tmp_path.iterdir()] == ["my.xlsx"]


def full(book: bytes, rows: int) -> bytes:
    """A workbook with so many rows of sixty texts, no two alike."""
    lines = (
        f'<row r="{row}">' + "".join(f'<c t="inlineStr"><is><t>{row}-{n}</t></is></c>' for n in range(60)) + "</row>"
        for row in range(1, rows + 1)
    )
    data = f"<sheetData>{''.join(lines)}</sheetData>"
    return repacked(book, edit=[("xl/worksheets/sheet1.xml", r"(?s)<sheetData>.*</sheetData>", data)])


def refused(content: bytes, limits: Limits) -> str:
    """What is said of a workbook that its process did not bear."""
    with pytest.raises(CaseError) as caught:
        ask(content, "my.xlsx", "read", limits)
    (fault,) = caught.value.faults
    assert fault.code == "too-large"
    return fault.text


@pytest.mark.slow
def test_a_process_that_takes_too_much_is_ended_and_harms_nothing(book: bytes) -> None:
    large = full(book, 6_000)
    answer, _ = ask(large, "my.xlsx", "read")
    assert sum(len(row) for _, row in answer["sheets"][0]["rows"]) == 360_000
    tight = Limits(memory=150_000_000)
    ask(book, "my.xlsx", "read", tight)
    assert refused(large, tight) == "my.xlsx: cannot be read within 0.15 GB of memory"
    assert refused(large, Limits(seconds=1)) == f"my.xlsx: {TOO_LONG}"
    assert refused(large, Limits(wait=0.2)) == f"my.xlsx: {TOO_LONG}"
    assert ask(book, "my.xlsx", "read")[0]["sheets"][0]["name"] == "read me"


def test_its_limits_are_those_of_the_page() -> None:
    page = " ".join((ROOT / "docs" / "workbook.md").read_text(encoding="utf-8").split())
    assert f"{MAX_BYTES // 10**6} MB, {MAX_UNPACKED // 10**6} MB unpacked, {MAX_SHEETS} sheets" in page
    assert f"cell `{get_column_letter(MAX_COLUMNS)}{MAX_ROWS}`" in page
    assert f"{LIMITS.memory / 1e9:g} GB of memory and {LIMITS.seconds} seconds of the processor" in page
