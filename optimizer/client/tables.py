"""Tables of results as pandas has them where they are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from optimizer.client.wire import Wire

PAGE = 10_000
"""Rows of a page, the most that a service gives."""
WORDS = pd.Series(["word"]).dtype
"""What pandas makes of words."""
KINDS: Mapping[str, Any] = {"number": "float64", "count": "int64", "flag": "bool", "text": WORDS}


def read_table(wire: Wire, path: str, query: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """A table, page after page.

    Parameters
    ----------
    wire : Wire
    path : str
    query : mapping of str to str or list of str, optional
        Columns, and the cells wanted of them.

    Returns
    -------
    DataFrame
        With the columns, their types and the order of the table where it was made.
    """
    rows: list[dict[str, Any]] = []
    cursor = None
    while True:
        asked = {**(query or {}), "limit": PAGE, **({"cursor": cursor} if cursor else {})}
        said = wire.call("GET", path, query=asked).json()
        rows += said["rows"]
        cursor = said["next"]
        if cursor is None:
            return _frame(rows, said["columns"])


def _frame(rows: list[dict[str, Any]], columns: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows of JSON as a table."""
    cells = {}
    for column in columns:
        values = [row[column["name"]] for row in rows]
        kind = KINDS.get(column["kind"], WORDS)
        if kind in ("int64", "bool") and None in values:
            kind = "float64" if kind == "int64" else "object"
        cells[column["name"]] = pd.Series(values, dtype=kind)
    return pd.DataFrame(cells, columns=[column["name"] for column in columns])


class Tables(Mapping[str, pd.DataFrame]):
    """The tables of a job by name, each asked for when it is read first.

    Parameters
    ----------
    wire : Wire
    job : str
        Where the job is.
    """

    def __init__(self, wire: Wire, job: str) -> None:
        self._wire, self._job = wire, job
        self._names: list[str] | None = None
        self._read: dict[str, pd.DataFrame] = {}

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._read:
            if name not in self._known():
                raise KeyError(f"no table {name!r}; there are {', '.join(self._known())}")
            self._read[name] = read_table(self._wire, f"{self._job}/tables/{name}")
        return self._read[name]

    def _known(self) -> list[str]:
        """Names of the tables."""
        if self._names is None:
            said = self._wire.call("GET", f"{self._job}/tables").json()
            self._names = [table["name"] for table in said["tables"]]
        return self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._known())

    def __len__(self) -> int:
        return len(self._known())
