"""Read what a study found: its tables, over the files of all its blocks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from optimizer.errors import InputError
from optimizer.faults import Fault
from optimizer.studies.layout import ROWS, block_path, done, quoted
from optimizer.studies.record import read_record

if TYPE_CHECKING:
    import pandas as pd

FORMATS = {".csv": "csv, header", ".parquet": "parquet, compression zstd"}
"""How a table is written, by the ending of its file."""


@contextmanager
def _opened(folder: Path, *, locked: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with a view of every table whose blocks are there; locked, it reads nothing else."""
    record = read_record(folder)
    there = sorted(done(folder, record.blocks, record.study.tables))
    if not there:
        raise InputError(
            [Fault(str(folder), "expected at least one block of figures, found none", code="missing-rows")]
        )
    with duckdb.connect(config={"autoload_known_extensions": False, "autoinstall_known_extensions": False}) as database:
        for table in (ROWS, *record.study.tables):
            files = ", ".join(quoted(block_path(folder, number, table)) for number in there)
            database.execute(f'CREATE VIEW "{table}" AS SELECT * FROM read_parquet([{files}])')  # noqa: S608
        if locked:
            database.execute(f"SET allowed_directories = [{quoted(folder.absolute())}]")
            database.execute("SET enable_external_access = false")
            database.execute("SET lock_configuration = true")
        yield database


def counted(folder: Path) -> dict[str, int]:
    """How many answers there are, how many of them have no certificate, and how many are inherited.

    Parameters
    ----------
    folder : Path
    """
    try:
        with _opened(folder) as database:
            found = database.execute(
                "SELECT count(*), count(*) FILTER (NOT certified), count(*) FILTER (inherited) "  # noqa: S608
                f"FROM {ROWS}"
            ).fetchall()
    except InputError as error:
        if error.faults[0].code != "missing-rows":
            raise
        found = [(0, 0, 0)]
    return {name: int(count) for name, count in zip(("answers", "uncertified", "inherited"), found[0], strict=True)}


def asked(folder: Path, query: str) -> pd.DataFrame:
    """What SQL finds in a study's tables.

    Parameters
    ----------
    folder : Path
    query : str
        One statement; it changes nothing.

    Raises
    ------
    InputError
        If it cannot be answered.
    """
    with _opened(folder) as database:
        try:
            statements = database.extract_statements(query)
            if [some.type for some in statements] != [duckdb.StatementType.SELECT]:
                what = "expected one SELECT, which changes nothing, found something else"
                raise InputError([Fault("query", what, code="invalid")])
            return database.execute(query).df()
        except duckdb.Error as error:
            raise InputError([Fault("query", str(error).splitlines()[0], code="invalid")]) from None


def exported(folder: Path, table: str, file: Path) -> None:
    """Write a table as one file, rows in their order.

    Parameters
    ----------
    folder : Path
    table : str
        `rows`, or a long table that the study keeps.
    file : Path
        Ending in `.csv` or `.parquet`.

    Raises
    ------
    InputError
        If there is no such table, or no such kind of file.
    """
    record = read_record(folder)
    known = (ROWS, *record.study.tables)
    if table not in known:
        raise InputError([Fault.unknown(str(folder), "table", "table", table, known)])
    if file.suffix not in FORMATS:
        expected = f"a name that ends in {' or '.join(FORMATS)}"
        raise InputError([Fault.of(str(file), "file", expected, file.name, "wrong-spelling")])
    beside = file.with_name(f".{file.name}-{os.getpid()}.part")
    try:
        with _opened(folder, locked=False) as database:
            query = f'SELECT * FROM "{table}"'  # noqa: S608
            try:
                database.execute(f"COPY ({query}) TO {quoted(beside)} (FORMAT {FORMATS[file.suffix]})")
            except duckdb.IOException as error:
                raise OSError(None, str(error).splitlines()[0], str(file)) from None
        os.replace(beside, file)
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()
