"""A kept table: its columns, pages of its rows, and files of those that are wanted."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import duckdb

from optimizer.case.spreadsheet import FIRST
from optimizer.errors import InputError
from optimizer.faults import Fault

ROW = "file_row_number"
"""What DuckDB calls the number of a row in its file, from 0."""
KINDS = {
    "BOOLEAN": "flag",
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"), "count"),
    **dict.fromkeys(("DOUBLE", "FLOAT", "DECIMAL", "HUGEINT", "UBIGINT"), "number"),
}
"""Kinds of columns by what DuckDB calls their types; all others are text."""
FLAGS = {"true": True, "false": False}
PREFIX = "column."
"""May stand before a column that is called like something else in a query, as in ``column.limit=china-share``."""
MEMORY_MB = 512
"""Memory that all reading of tables takes at most."""

Where = Mapping[str, Sequence[Any]]
"""For each column the cells that are wanted."""


@dataclass(frozen=True)
class Heading:
    """A column of a table.

    Parameters
    ----------
    name : str
    kind : str
        `text`, `number`, `count` or `flag`.
    """

    name: str
    kind: str


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """One engine for all tables of this process; each look has a cursor of its own."""
    return duckdb.connect(config={"threads": 2, "memory_limit": f"{MEMORY_MB}MB", "autoload_known_extensions": False})


class KeptTable:
    """A table in Parquet, open until the block ends.

    Parameters
    ----------
    body : bytes
        The file.
    """

    def __init__(self, body: bytes) -> None:
        self._body = body

    def __enter__(self) -> KeptTable:
        self._folder = tempfile.TemporaryDirectory(prefix="lodestar-")
        self._file = Path(self._folder.name) / "table.parquet"
        self._file.write_bytes(self._body)
        self._cursor = _engine().cursor()
        described = self._cursor.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(self._file)]).fetchall()
        self.columns = tuple(Heading(name, KINDS.get(kind.partition("(")[0], "text")) for name, kind, *_ in described)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._cursor.close()
        self._folder.cleanup()

    def wanted(self, asked: Sequence[tuple[str, str]], shown: str) -> Where:
        """Which rows a query asks for: `column=cell`; of a column that comes several times, any of its cells.

        Parameters
        ----------
        asked : sequence of (name, value)
        shown : str
            How the table is called in messages.

        Raises
        ------
        InputError
            With every column that there is not, or that holds numbers.
        """
        kinds = {column.name: column.kind for column in self.columns}
        found: dict[str, list[Any]] = {}
        faults: list[Fault] = []
        words = [column for column, kind in kinds.items() if kind in ("text", "flag")]
        for given, value in asked:
            name = given.removeprefix(PREFIX)
            kind = kinds.get(name)
            if kind is None:
                said = f"no such column of {shown}"
                faults.append(Fault.near("query", name[:80], said, name[:80], words, "unknown-column"))
            elif name not in words:
                said = f"{name}: expected a column of words, found one of numbers"
                faults.append(Fault("query", said, code="wrong-shape", column=name, known=tuple(words)))
            elif kind == "flag" and value not in FLAGS:
                faults.append(Fault.of("query", name, "true or false", repr(value[:60]), "not-a-flag"))
            else:
                found.setdefault(name, []).append(FLAGS[value] if kind == "flag" else value)
        if faults:
            raise InputError(faults)
        return found

    def last(self, where: Where, after: int, limit: int | None) -> int | None:
        """The number of the last row on a page; None where all that are left are on it.

        Parameters
        ----------
        where : mapping of column to cells
        after : int
            The number of the row after which the page begins; -1 for the first.
        limit : int or None
            Rows on a page; None for all.
        """
        if limit is None:
            return None
        chosen, values = self._chosen(where, after, None)
        numbers = self._cursor.execute(f"SELECT {ROW} {chosen} LIMIT 2 OFFSET {limit - 1:d}", values).fetchall()
        return int(numbers[0][0]) if len(numbers) > 1 else None

    def rows(self, where: Where, after: int = -1, last: int | None = None) -> list[tuple[Any, ...]]:
        """Rows in their order; a number that is not finite is none.

        Parameters
        ----------
        where : mapping of column to cells
        after : int, optional
            The number of the row after which to begin.
        last : int, optional
            The number of the last row; all that are left by default.
        """
        chosen, values = self._chosen(where, after, last)
        cells = ", ".join(_plain(column) for column in self.columns)
        return self._cursor.execute(f"SELECT {cells} {chosen}", values).fetchall()

    def csv(self, where: Where, after: int = -1, last: int | None = None) -> BinaryIO:
        """Rows as CSV, text that a spreadsheet would take for a formula marked, in a file that goes when it is closed.

        Parameters
        ----------
        where, after, last
            As those of `rows`.
        """
        cells = ", ".join(_safe(column) for column in self.columns)
        return self._copied(cells, "FORMAT csv, HEADER true", where, after, last)

    def parquet(self, where: Where, after: int = -1, last: int | None = None) -> BinaryIO:
        """Rows as Parquet, in a file that goes when it is closed.

        Parameters
        ----------
        where, after, last
            As those of `rows`.
        """
        return self._copied(self._names(), "FORMAT parquet", where, after, last)

    def _names(self) -> str:
        """All columns, in a statement."""
        return ", ".join(_quoted(column.name) for column in self.columns)

    def _copied(self, cells: str, form: str, where: Where, after: int, last: int | None) -> BinaryIO:
        """Rows in a file of another form, already taken out of its folder."""
        chosen, values = self._chosen(where, after, last)
        path = Path(self._folder.name) / "copy"
        self._cursor.execute(f"COPY (SELECT {cells} {chosen}) TO {_literal(str(path))} ({form})", values)
        file = path.open("rb")
        path.unlink()
        return file

    def _chosen(self, where: Where, after: int, last: int | None) -> tuple[str, list[Any]]:
        """The rows wanted, as the end of a statement and its values; names are those of columns that there are."""
        values: list[Any] = [str(self._file), after]
        conditions = [f"{ROW} > ?"]
        if last is not None:
            conditions.append(f"{ROW} <= ?")
            values.append(last)
        for name, cells in where.items():
            holes = ", ".join("?" for _ in cells)
            empty = f" OR {_quoted(name)} IS NULL" if "" in cells else ""
            conditions.append(f"({_quoted(name)} IN ({holes}){empty})")
            values += cells
        text = f"FROM read_parquet(?, file_row_number = true) WHERE {' AND '.join(conditions)} ORDER BY {ROW}"
        return text, values


def _quoted(name: str) -> str:
    """A column in a statement."""
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    """A text in a statement."""
    return "'" + text.replace("'", "''") + "'"


def _plain(column: Heading) -> str:
    """A cell as JSON can hold it."""
    name = _quoted(column.name)
    if column.kind == "number":
        return f"CASE WHEN isfinite({name}::DOUBLE) THEN {name}::DOUBLE END AS {name}"
    return f"{name}::VARCHAR AS {name}" if column.kind == "text" else name


def _safe(column: Heading) -> str:
    """A cell as a CSV file holds it."""
    name = _quoted(column.name)
    if column.kind != "text":
        return name
    name = f"{name}::VARCHAR"
    first = ", ".join(_literal(letter) for letter in FIRST)
    return f"CASE WHEN left({name}, 1) IN ({first}) THEN '''' || {name} ELSE {name} END AS {_quoted(column.name)}"
