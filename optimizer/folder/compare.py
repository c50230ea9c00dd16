"""Write a table, read one back, and compare one with what it should say, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype

from optimizer.case.spreadsheet import marked, unmarked
from optimizer.case.text import brief
from optimizer.errors import InputError
from optimizer.faults import Code, Fault, Place, Source
from optimizer.plans.schema import Answered, AnswerKey
from optimizer.plans.summary import SUMMARY

RELATIVE = 1e-9
"""Largest relative error of a number in a table."""
ABSOLUTE = 1e-6
"""Largest absolute error: numbers below it are left out of the tables."""
SKIPPED = tuple(column for column in SUMMARY if not column.compared)
"""Columns that say how long something took, not what was found."""


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV; a text that a spreadsheet would take for a formula is marked as text.

    Parameters
    ----------
    table : DataFrame
    path : Path

    Raises
    ------
    OSError
        If it cannot be written.
    """
    safe = {name: column.map(_cell) for name, column in table.items() if not is_numeric_dtype(column)}
    table.assign(**safe).to_csv(path, index=False)  # type: ignore[arg-type]


def _cell(value: Any) -> Any:
    """A cell as a table holds it."""
    return marked(value) if isinstance(value, str) else value


def plain(column: pd.Series[str]) -> pd.Series[str]:
    """Cells of a column of text, marks taken off."""
    return column.map(unmarked)


def read_table(
    path: Path,
    shown: str,
    keys: Sequence[str] = Answered.columns(),
    only: Sequence[str] | None = None,
    damaged: str = "cannot be read as a table",
) -> pd.DataFrame:
    """Read a written table, every cell as it is written.

    Parameters
    ----------
    path : Path
    shown : str
        How the file is called in messages.
    keys : sequence of str
        Columns that it must have.
    only : sequence of str, optional
        Columns that are read; by default all. Where some are left out, so are cells that belong to none.
    damaged : str
        What is said of a file that is no table.

    Returns
    -------
    DataFrame

    Raises
    ------
    InputError
        If it is missing, or no table.
    """
    try:
        wanted = None if only is None else set(map(str, only)).__contains__
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8", usecols=wanted)
    except OSError as error:
        raise InputError([Fault(shown, f"cannot be read: {error.strerror}", code="cannot-be-read")]) from None
    except ValueError as error:
        text = str(error).strip().partition("\n")[0]
        raise InputError([Fault(shown, f"{damaged}: {brief(text)}", code="damaged")]) from None
    for name in keys:
        if name not in table.columns:
            raise InputError(
                [Fault(shown, f"expected a column {name}, found {', '.join(table.columns)}", code="damaged")]
            )
    return table


def differences(shown: str, expected: pd.DataFrame, found: pd.DataFrame) -> Iterator[tuple[AnswerKey | None, Fault]]:
    """Where a written table differs from what it should say.

    Parameters
    ----------
    shown : str
        How the file is called in messages.
    expected : DataFrame
        With columns `scenario` and `answer`.
    found : DataFrame
        Cells as they are written.

    Yields
    ------
    tuple of (scenario, answer) or None, and Fault
        The answer it belongs to, if to one, and the first cell that differs in each column.
    """
    if list(expected.columns) != list(found.columns):
        yield (
            None,
            Fault(
                shown,
                f"expected columns {', '.join(expected.columns)}, found {', '.join(found.columns)}",
                code="damaged",
            ),
        )
        return
    if len(expected) != len(found):
        yield (
            None,
            Fault(shown, f"expected {len(expected)} rows, found {len(found)}{_first(expected, found)}", code="damaged"),
        )
        return
    for name in expected.columns:
        if name in SKIPPED:
            continue
        wrong = np.flatnonzero(_differs(expected[name], found[name]))
        if len(wrong):
            row = int(wrong[0])
            more = f", and {len(wrong) - 1} more in this column" if len(wrong) > 1 else ""
            key = str(expected[Answered.scenario].iloc[row]), str(expected[Answered.answer].iloc[row])
            yield key, cell_fault(shown, found, row, name, _said(expected[name].iloc[row]), "damaged", more)


def cell_fault(
    shown: str, table: pd.DataFrame, row: int, column: str, expected: str, code: Code, more: str = ""
) -> Fault:
    """A cell of a written table that should say something else.

    Parameters
    ----------
    shown : str
        How the file is called in messages.
    table : DataFrame
        Cells as they are written.
    row : int
        Of the table, from 0.
    column : str
    expected : str
        What should stand there.
    code : str
        What kind of fault it is.
    more : str
        Said behind it.

    Returns
    -------
    Fault
    """
    source = Source(shown, Path(shown).stem, tuple(map(str, table.columns)))
    found = table[column].iloc[row]
    return Fault(
        Place(f"{shown}, row {row + 2}", source, row + 2),
        f"{column}: expected {expected}, found {found!r}{more}",
        code=code,
        column=column,
        expected=expected,
        found=found,
    )


def _first(expected: pd.DataFrame, found: pd.DataFrame) -> str:
    """Where two tables of unlike length part."""
    both = min(len(expected), len(found))
    names = [name for name in expected.columns if name not in SKIPPED]
    wrong = np.zeros(both, bool)
    for name in names:
        wrong |= _differs(expected[name][:both], found[name][:both])
    row = int(np.flatnonzero(wrong)[0]) if wrong.any() else both
    longer, said = (expected, "missing") if len(expected) > len(found) else (found, "too many")
    cells = ", ".join(str(cell) for cell in longer.iloc[row][:6])
    return f"; the first {said} from row {row + 2} on: {cells}"


def _differs(expected: Any, found: Any) -> Any:
    """Which cells differ."""
    if is_numeric_dtype(expected) and not is_bool_dtype(expected):
        should = expected.to_numpy(dtype=float)
        cells = numbers(found).to_numpy(dtype=float)
        gone = np.isnan(should)
        close = np.abs(cells - should) <= ABSOLUTE + RELATIVE * np.abs(should)
        return np.where(gone, (found != "").to_numpy(), ~close)
    text = expected.astype(object).where(expected.notna(), "").astype(str).map(marked)
    return (text.to_numpy() != found.to_numpy()).astype(bool)


def numbers(column: Any) -> Any:
    """Cells as numbers; what is none is not a number."""
    return pd.to_numeric(column, errors="coerce")


def _said(value: Any) -> str:
    """A cell as a message says it."""
    return f"{value:.12g}" if isinstance(value, float) else repr(value if pd.notna(value) else "")
