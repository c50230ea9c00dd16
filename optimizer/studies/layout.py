"""Where a study's figures lie: blocks of consecutive rows, each a file that is there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

ROWS = "rows"
"""Folder of the figures."""
SMALLEST, LARGEST, BLOCKS = 5, 100, 200
"""Rows that a block has at least and at most, and how many blocks a study is cut into between them."""


@dataclass(frozen=True)
class Stretch:
    """Rows that were asked for at once, cut into blocks of one size; the last may be shorter.

    Parameters
    ----------
    first : int
        Its first row.
    count : int
        How many rows it has.
    size : int
        Rows of a block.
    """

    first: int
    count: int
    size: int

    @classmethod
    def of(cls, first: int, count: int) -> Stretch:
        """A stretch of rows, cut into as many blocks as are handy."""
        return cls(first, count, min(LARGEST, max(SMALLEST, -(-count // BLOCKS))))

    @property
    def blocks(self) -> int:
        """How many blocks it has."""
        return -(-self.count // self.size)


def block_rows(stretches: Sequence[Stretch], number: int) -> range:
    """Rows of a block.

    Parameters
    ----------
    stretches : sequence of Stretch
        In their order.
    number : int
        Of the block, from 0.
    """
    for some in stretches:
        if number < some.blocks:
            first = some.first + number * some.size
            return range(first, min(first + some.size, some.first + some.count))
        number -= some.blocks
    raise IndexError(number)


def block_count(stretches: Sequence[Stretch]) -> int:
    """How many blocks there are in all."""
    return sum(some.blocks for some in stretches)


def block_path(folder: Path, number: int, table: str = ROWS) -> Path:
    """The file of a block.

    Parameters
    ----------
    folder : Path
        Of the study.
    number : int
    table : str, optional
        Which of its tables; its figures by default.
    """
    return folder / table / f"block={number:06d}.parquet"


def done(folder: Path, count: int, tables: Sequence[str] = ()) -> set[int]:
    """Blocks that are there, with all their tables.

    Parameters
    ----------
    folder : Path
        Of the study.
    count : int
        How many blocks there are in all.
    tables : sequence of str, optional
        Tables besides the figures.
    """
    here = [{path.name for path in (folder / table).glob("block=*.parquet")} for table in (ROWS, *tables)]
    return {number for number in range(count) if all(block_path(folder, number).name in names for names in here)}


def quoted(path: Path) -> str:
    """A path as SQL spells it."""
    return "'" + str(path).replace("'", "''") + "'"


def write_block(frame: pd.DataFrame, path: Path) -> None:
    """Write a table beside its place and put it there: it is never seen half written, and lasts.

    The same rows give the same bytes.

    Parameters
    ----------
    frame : DataFrame
    path : Path
        Its place; what is there is replaced.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    import duckdb

    from optimizer.folder.swap import sync

    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.stem}-{os.getpid()}.part")
    try:
        with duckdb.connect(config={"threads": 1}) as database:
            database.register("given", frame)
            try:
                database.execute(f"COPY given TO {quoted(beside)} (FORMAT parquet, COMPRESSION zstd)")
            except duckdb.IOException as error:
                raise OSError(str(error)) from None
        sync(beside)
        beside.replace(path)
        sync(path.parent)
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()


def sweep(folder: Path) -> None:
    """Take away what writers left that did not come to their end.

    Parameters
    ----------
    folder : Path
        Of the study; nobody else may be writing to it.
    """
    for path in folder.glob("*/.block=*.part"):
        with suppress(OSError):
            path.unlink()
