"""Cases as workbooks: there and back, as buyers fill them, and twelve that are wrong."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from optimizer.case.tables import TABLES
from optimizer.workbook.child import RED
from optimizer.workbook.write import workbook_of
from optimizer.world.door import case_from
from optimizer.world.load import load_case
from tests.helpers.command import lodestar_here
from tests.helpers.seeds import a_few
from tests.helpers.sheets import changed, faults_of, kit_workbook, put, read, repacked


@pytest.fixture(scope="module")
def book() -> bytes:
    return kit_workbook()


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("name", ["ev-motors", "korea", "defense"])
def test_there_and_back_a_case_is_the_same(name: str, whole: bool) -> None:
    case = load_case(name)
    assert read(workbook_of(case, whole=whole)).digest() == case.digest()


def test_a_sheet_offers_what_may_stand_in_it(book: bytes) -> None:
    found = openpyxl.load_workbook(io.BytesIO(book))
    assert found.sheetnames == ["read me", "case", *TABLES, "_lists"]
    assert found["_lists"].sheet_state == "hidden"
    offers = found["offers"]
    assert [cell.value for cell in offers[1]][:5] == ["offer", "site", "material", "price", "capacity"]
    assert "USD/t" in offers["D1"].comment.text
    assert offers.freeze_panes == "B2"
    rules = {str(rule.sqref): rule.formula1 for rule in offers.data_validations.dataValidation}
    assert rules["B2:B1001"] == "sites!$A$2:$A$1000"
    words = {str(rule.sqref) for rule in found["limits"].data_validations.dataValidation}
    assert {"B2:B1001", "C2:C1001"} <= words
    assert found["demand"]["D2"].number_format == "yyyy-mm-dd"


def test_texts_stay_texts(tmp_path: Path) -> None:
    case = load_case("defense")
    rows = tuple(
        row.model_copy(update={"description": text})
        for row, text in zip(case.tables.materials, ["=1+1", "@x", "http://a.b", "'=c", "-5", "{=d}"], strict=False)
    )
    made = case_from(
        case.file, {**dict(case.tables.items()), "materials": (*rows, *case.tables.materials[len(rows) :])}
    )
    content = workbook_of(made, whole=True)
    assert read(content).digest() == made.digest()
    sheet = openpyxl.load_workbook(io.BytesIO(content))["materials"]
    assert not [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


GERMAN = {"D2": "72.000,50", "D3": "104.000", "D4": "98.000", "E2": "400,5", "E3": "60"}
JAPANESE = {"D2": "\uff17\uff12\uff10\uff10\uff10", "D3": "104,000.5", "D4": "98,000"}


def test_a_german_fills_it(book: bytes) -> None:
    days = put("demand", {"D2": "1.1.2027", "D3": "31.12.2027"})
    (row,) = (
        cell.row for cell in openpyxl.load_workbook(io.BytesIO(book))["case"]["A"] if cell.value == "discount_rate"
    )
    rate = put("case", {f"B{row}": "0,08"})
    case = read(changed(book, put("offers", GERMAN), days, rate))
    assert [row.price for row in case.tables.offers] == [72000.5, 104000, 98000]
    assert [row.capacity for row in case.tables.offers][:2] == [400.5, 60]
    assert [row.from_ for row in case.tables.demand] == [dt.date(2027, 1, 1), dt.date(2027, 12, 31)]
    assert case.file.discount_rate == 0.08


def test_a_japanese_fills_it(book: bytes) -> None:
    sites = openpyxl.load_workbook(io.BytesIO(book))["sites"]
    (label,) = (cell.column_letter for cell in sites[1] if cell.value == "label")
    changes = (
        put("sites", {"A5": "shin-etsu", f"{label}5": "信越化学 (武生)"}),
        put("offers", {**JAPANESE, "B4": "信越化学 (武生)"}),
        put("projects", {"C2": "信越化学 (武生)"}),
        put("demand", {"D2": "2027年1月1日", "D3": "2028/1/1"}),
    )
    case = read(changed(book, *changes))
    assert case.tables.offers[2].site == "shin-etsu"
    assert [row.price for row in case.tables.offers] == [72000, 104000.5, 98000]
    assert [row.from_ for row in case.tables.demand] == [dt.date(2027, 1, 1), dt.date(2028, 1, 1)]


@pytest.mark.slow
def test_it_plans_like_the_folder_that_it_was_made_of(tmp_path: Path) -> None:
    lodestar_here("new", "mine", cwd=tmp_path)
    lodestar_here("workbook", "mine", "mine.xlsx", cwd=tmp_path)
    assert "not there yet" in lodestar_here("workbook", "mine", "mine.xlsx", cwd=tmp_path, code=2).stderr
    (one, two) = (lodestar_here("plan", name, "-s", "base", cwd=tmp_path) for name in ("mine", "mine.xlsx"))
    assert one.stdout == two.stdout
    assert lodestar_here("show", "mine.xlsx", cwd=tmp_path).stdout.startswith("mine.xlsx (mine)")


def hidden_row(found: Any) -> None:
    found["offers"].row_dimensions[3].hidden = True


def merged_heads(found: Any) -> None:
    found["offers"].merge_cells("D1:E1")


def renamed(found: Any) -> None:
    found["offers"].title = "Offers 2027"


def empty_columns(found: Any) -> None:
    found["offers"].insert_cols(4)
    found["offers"]["D3"] = "what is this"


WRONG = {
    "types": (put("offers", {"D2": "on request"}), "my.xlsx, offers!D2: price: expected a number", "D2"),
    "units": (put("offers", {"D2": "58 USD/kg"}), "my.xlsx, offers!D2: price: expected a number", "D2"),
    "two readings": (
        put("offers", {"D3": "58,000", "D4": "58.000"}),
        "my.xlsx, offers!D4: price: ... found '58.000', which may be 58000 or 58",
        "D4",
    ),
    "unknown name": (put("offers", {"B2": "Maker X"}), "my.xlsx, offers!B2: site: no such site: 'Maker X'", "B2"),
    "merged heads": (merged_heads, "my.xlsx, offers!D1: expected single cells, found D1:E1 merged", "D1"),
    "hidden rows": (hidden_row, "my.xlsx, offers, row 3: expected rows that are shown, found row 3 hidden", "A3"),
    "a formula": (put("offers", {"D2": "=50000*1.2"}), "my.xlsx, offers!D2: price: ... formula =50000*1.2", "D2"),
    "a renamed sheet": (renamed, "my.xlsx, Offers 2027: no such table 'Offers 2027'", None),
    "empty columns": (empty_columns, "my.xlsx, offers, row 3: column 4 has cells but no name", "A3"),
    "a date as text": (
        put("demand", {"D3": "03/04/2028"}),
        "my.xlsx, demand!D3: from: ... 2028-04-03 or 2028-03-04",
        "D3",
    ),
    "a number that became a day": (
        put("offers", {"D2": dt.date(2027, 5, 1)}),
        "my.xlsx, offers!D2: price: expected a number, found the day 2027-05-01",
        "D2",
    ),
    "settings": (put("case", {"B7": "two years"}), "my.xlsx, case!B7: periods: expected counts and months", "B7"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", a_few(WRONG, quick=3))
def test_a_wrong_workbook_is_marked_in_a_copy(name: str, book: bytes, tmp_path: Path) -> None:
    change, said, cell = WRONG[name]
    path = tmp_path / "my.xlsx"
    path.write_bytes(content := changed(book, change))
    refused = lodestar_here("check", "my.xlsx", cwd=tmp_path, code=2)
    beginning, _, rest = said.partition("...")
    assert [line for line in refused.stderr.splitlines() if beginning in line and rest.strip() in line], refused.stderr
    assert path.read_bytes() == content
    marked = openpyxl.load_workbook(tmp_path / "my-faults.xlsx")
    listed = [row for row in marked["faults"].iter_rows(min_row=2, values_only=True)]
    assert len(listed) == len(faults_of(content))
    if cell is not None:
        sheet = said.split("my.xlsx, ")[1].split("!")[0].split(",")[0]
        at = marked[sheet][cell]
        assert at.fill.fgColor.rgb == RED
        assert at.comment.text
        assert f"#'{sheet}'!{cell}" in {row[0].hyperlink.location or row[0].hyperlink.target for row in marked["faults"].iter_rows(min_row=2)}  # fmt: skip
    again = lodestar_here("check", "my-faults.xlsx", cwd=tmp_path, code=2)
    assert "Marked in red in a copy: my-faults-2.xlsx" in again.stderr


BOMB = b"<worksheet>" + b" " * 210_000_000
ENTITY = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>'
REFUSED = {
    "a bomb": lambda book: repacked(book, {"xl/worksheets/extra.xml": BOMB}),
    "an entity": lambda book: repacked(book, edit=[("xl/worksheets/sheet2.xml", r"<\?xml[^>]*\?>", ENTITY)]),
    "macros": lambda book: repacked(book, {"xl/vbaProject.bin": b"x"}),
    "links": lambda book: repacked(book, {"xl/externalLinks/externalLink1.xml": b"<x/>"}),
    "embedded objects": lambda book: repacked(book, {"xl/embeddings/oleObject1.bin": b"x"}),
    "another encoding": lambda book: repacked(book, {"xl/worksheets/extra.xml": "<x/>".encode("utf-16")}),
    "an older format": lambda book: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "no workbook": lambda book: b"offer,site\n",
    "damaged": lambda book: book[: len(book) // 2],
    "a part cut off": lambda book: repacked(book, edit=[("xl/worksheets/sheet3.xml", r"(?s)<sheetData>.*", "<shee")]),
    "a stray cell": lambda book: changed(book, put("offers", {"XFD1048576": 1})),
    "too many sheets": lambda book: changed(book, lambda found: [found.create_sheet(f"n{n}") for n in range(20)]),
}
SAID = {
    "a bomb": "bytes unpacked",
    "an entity": "a document type or entities",
    "macros": "macros",
    "links": "links to other workbooks",
    "an older format": "older format (xls), or one with a password",
    "a stray cell": "offers!XFD1048576",
    "too many sheets": "at most 40 sheets",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_workbook_with_values_alone_is_refused(name: str, book: bytes, tmp_path: Path) -> None:
    path = tmp_path / "my.xlsx"
    path.write_bytes(content := REFUSED[name](book))
    refused = lodestar_here("plan", "my.xlsx", cwd=tmp_path, code=2)
    (line,) = refused.stderr.splitlines()
    assert line.startswith("CaseError: my.xlsx: expected")
    assert SAID.get(name, "") in line
    assert path.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["my.xlsx"]


@pytest.mark.parametrize("ending", ["xlsm", "xls", "ods"])
def test_files_of_other_kinds_are_refused_by_name(ending: str, book: bytes, tmp_path: Path) -> None:
    (tmp_path / f"my.{ending}").write_bytes(book)
    assert "save it as xlsx" in lodestar_here("plan", f"my.{ending}", cwd=tmp_path, code=2).stderr


def test_one_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    assert "my.xlsx: cannot be read" in lodestar_here("plan", "my.xlsx", cwd=tmp_path, code=2).stderr


def test_notes_may_stand_on_a_hidden_sheet_and_a_table_may_not(book: bytes) -> None:
    def notes(found: Any) -> None:
        found.create_sheet("my notes").sheet_state = "hidden"

    assert read(changed(book, notes)).name == "my-case"

    def hide(found: Any) -> None:
        found["offers"].sheet_state = "hidden"

    assert "expected a sheet that is shown" in str(faults_of(changed(book, hide))[0])


def test_every_zip_stays_small(book: bytes) -> None:
    assert sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(book)).infolist()) < 2_000_000


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_it(book: bytes, tmp_path: Path) -> None:
    (tmp_path / "my.xlsx").write_bytes(book)
    command = ["soffice", "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(tmp_path / "my.xlsx")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert (tmp_path / "my.pdf").stat().st_size > 1000
