"""Tables as they are kept: pages, rows that are wanted, other forms."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import duckdb
import pytest

from optimizer.case.spreadsheet import FIRST, unmarked
from optimizer.errors import InputError
from optimizer.service.results.table import Heading, KeptTable

ODD = ["=1+1", "+1", "-1", "@x", "\tx", "'x", "", "a,b", 'say "so"', "two\nlines", "naïve", None]


def kept(tmp_path: Path, select: str) -> bytes:
    path = tmp_path / "made.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


@pytest.fixture
def table(tmp_path: Path) -> bytes:
    cells = "['base', 'embargo', 'flood'][1 + i % 3] AS scenario, 'react' AS answer, i::DOUBLE / 7 AS tonnes"
    return kept(tmp_path, f"SELECT {cells}, i AS n, i % 2 = 0 AS certified, 'x' AS \"limit\" FROM range(1000) t(i)")  # noqa: S608


def test_columns_and_their_kinds(table: bytes) -> None:
    with KeptTable(table) as found:
        kinds = [("scenario", "text"), ("answer", "text"), ("tonnes", "number"), ("n", "count"), ("certified", "flag")]
        assert found.columns == tuple(Heading(*kind) for kind in [*kinds, ("limit", "text")])


@pytest.mark.parametrize("size", [1, 7, 333, 334, 1000])
def test_pages_hold_every_row_once_and_in_order(table: bytes, size: int) -> None:
    with KeptTable(table) as found:
        where = found.wanted([("scenario", "embargo"), ("scenario", "base")], "purchases")
        seen: list[int] = []
        after: int | None = -1
        while after is not None and (size > 1 or len(seen) < 5):
            last = found.last(where, after, size)
            seen += [cells[3] for cells in found.rows(where, after, last)]
            assert len(seen) % size == 0 or last is None
            after = last
    assert seen == [number for number in range(1000) if number % 3 < 2][: len(seen)]
    assert len(seen) == (667 if size > 1 else 5)


def test_flags_and_columns_called_like_parameters(table: bytes) -> None:
    with KeptTable(table) as found:
        where = found.wanted([("certified", "false"), ("column.limit", "x")], "purchases")
        assert [cells[3] for cells in found.rows(where)][:2] == [1, 3]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("scenari", "base"), "query: scenari: no such column of purchases.*Did you mean 'scenario'"),
        (("tonnes", "1"), "tonnes: expected a column of words"),
        (("certified", "yes"), "certified: expected true or false, found 'yes'"),
        (('"; DROP TABLE x; --', "1"), "no such column"),
    ],
)
def test_rows_are_asked_for_by_columns_of_words(table: bytes, asked: tuple[str, str], said: str) -> None:
    with KeptTable(table) as found, pytest.raises(InputError, match=said):
        found.wanted([asked], "purchases")


def test_cells_are_values_and_no_part_of_a_statement(table: bytes) -> None:
    with KeptTable(table) as found:
        where = found.wanted([("scenario", "' OR 1=1 --")], "purchases")
        assert found.rows(where) == []


def test_csv_holds_what_the_table_holds(tmp_path: Path) -> None:
    texts = ", ".join("NULL" if text is None else "'" + text.replace("'", "''") + "'" for text in ODD)
    made = kept(tmp_path, f"SELECT unnest([{texts}]) AS word, 1e-7 AS tonnes, NULL::DOUBLE AS none")
    with KeptTable(made) as found, found.csv({}) as file:
        rows = list(csv.reader(io.StringIO(file.read().decode(), newline="")))
    assert rows[0] == ["word", "tonnes", "none"]
    assert [unmarked(word) for word, *_ in rows[1:]] == [text or "" for text in ODD]
    assert not any(word.startswith(FIRST) for word, *_ in rows[1:] if not word.startswith("'"))
    assert {(float(tonnes), none) for _, tonnes, none in rows[1:]} == {(1e-7, "")}


def test_numbers_come_through_every_form_as_they_are(tmp_path: Path) -> None:
    numbers = [0.1, 1 / 3, 1e300, 5e-324, -0.0, 123456789.123456789, 2.0**53]
    made = kept(tmp_path, f"SELECT unnest([{', '.join(f'{number!r}::DOUBLE' for number in numbers)}]) AS tonnes")
    with KeptTable(made) as found:
        with found.csv({}) as file:
            assert [float(line) for line in file.read().decode().split()[1:]] == numbers
        with found.parquet({}) as file, KeptTable(file.read()) as again:
            assert [cells[0] for cells in again.rows({})] == numbers


def test_cells_of_every_type_can_be_said_in_json(tmp_path: Path) -> None:
    cells = "1.5::DECIMAL(5, 2) AS a, 'nan'::DOUBLE AS b, 'inf'::DOUBLE AS c, DATE '2027-01-01' AS d, NULL::BOOLEAN AS e, 7::UTINYINT AS f"
    with KeptTable(kept(tmp_path, f"SELECT {cells}")) as found:
        assert [column.kind for column in found.columns] == ["number", "number", "number", "text", "flag", "count"]
        assert found.rows({}) == [(1.5, None, None, "2027-01-01", None, 7)]


def test_nothing_is_left_on_the_disk(table: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    with KeptTable(table) as found:
        file = found.csv({"scenario": ["base"]}, last=3)
    assert list((tmp_path / "temporary").iterdir()) == []
    with file:
        assert file.read().decode().splitlines()[1].startswith("base,react,0.0,0,")
