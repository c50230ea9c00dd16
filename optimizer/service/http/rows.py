"""Rows of a kept table as a response: a page of JSON, or a file of CSV or Parquet."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, BinaryIO
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from optimizer.service.http.bodies import JSON
from optimizer.service.http.conditional import IfNoneMatch, not_modified
from optimizer.service.http.media import offers
from optimizer.service.http.paging import Cursor, after_of, cursor_of
from optimizer.service.http.said import Said
from optimizer.service.results.table import KeptTable

CSV, PARQUET = "text/csv", "application/vnd.apache.parquet"
PAGE = 1000
"""Rows on a page of JSON, where nobody says how many."""
MOST = 10_000
CHUNK = 262_144
RESERVED = ("cursor", "limit")
"""Parameters of a query that are no column."""


class ColumnSaid(Said):
    """A column of a table."""

    name: str
    kind: str
    """`text`, `number`, `count` or `flag`."""
    unit: str | None = None
    """Of a number."""


class NotCertified(Said):
    """An answer without a certificate: no table has rows of it."""

    scenario: str
    answer: str
    status: str
    """Why: `infeasible`, `time limit`, `uncertified`, ..."""


class RowsSaid(Said):
    """A page of rows."""

    table: str
    columns: list[ColumnSaid]
    rows: list[dict[str, Any]]
    not_certified: list[NotCertified]
    """Answers that were asked for and have no rows, as they have no certificate."""
    next: str | None
    """Cursor of the next page; none: this is the last."""


@dataclass(frozen=True)
class Asked:
    """What a request for rows asks."""

    request: Request
    media: str
    """JSON, CSV or Parquet."""
    scenarios: Sequence[str]
    answers: Sequence[str]
    cursor: str | None
    limit: int | None

    @property
    def cells(self) -> list[tuple[str, str]]:
        """Columns and the cells wanted of them."""
        return [(name, value) for name, value in self.request.query_params.multi_items() if name not in RESERVED]

    def next(self, cursor: str) -> str:
        """The `Link` to the next page."""
        query = [(name, value) for name, value in self.request.query_params.multi_items() if name != "cursor"]
        return f'<{self.request.url.path}?{urlencode([*query, ("cursor", cursor)])}>; rel="next"'


def asked_for(
    request: Request,
    media: Annotated[str, Depends(offers(JSON, CSV, PARQUET))],
    scenario: Annotated[list[str], Query(description="Only rows of this scenario, or of these.")] = [],  # noqa: B006
    answer: Annotated[list[str], Query(description="Only rows of this answer: `base`, `react`, ...")] = [],  # noqa: B006
    cursor: Cursor = None,
    limit: Annotated[
        int | None, Query(ge=1, le=MOST, description=f"Rows; of JSON {PAGE} by default, else all.")
    ] = None,
    if_none_match: IfNoneMatch = None,
) -> Asked:
    """A dependency that gives what a request for rows asks.

    Parameters
    ----------
    request : Request
    media : str
        Media type to answer in.
    scenario, answer : list of str
        Only rows of these; empty: of all.
    cursor : str, optional
        Where a page begins.
    limit : int, optional
        Rows of a page.
    if_none_match : str, optional
        What the caller has.
    """
    return Asked(request, media, scenario, answer, cursor, limit)


@dataclass(frozen=True)
class Source:
    """Where rows come from.

    Parameters
    ----------
    table : str
        Name of the table.
    digest : str
        Of all that it holds.
    body : callable
        Gives the table in Parquet.
    units : mapping of str to str
        Units of columns.
    without : sequence of mapping
        Answers asked for that have no rows, as they have no certificate.
    """

    table: str
    digest: str
    body: Callable[[], bytes]
    units: Mapping[str, str]
    without: Sequence[Mapping[str, str]] = ()


def answer(asked: Asked, source: Source) -> Response:
    """Rows of a table in the form that is wanted.

    Parameters
    ----------
    asked : Asked
    source : Source

    Raises
    ------
    InputError
        If the query names a column that there is not, or brings a cursor of another list.
    """
    cells = asked.cells
    what = f"{source.table} {source.digest} {sorted(cells)}"
    given = after_of(what, asked.cursor, int)
    after = -1 if given is None else given
    headers = {"ETag": _tag(what, after, asked), "Vary": "Accept", "Cache-Control": "private, no-cache"}
    if source.without:
        headers["Lodestar-Not-Certified"] = str(len(source.without))
    body = source.body()
    with KeptTable(body) as table:
        where = table.wanted(cells, source.table)
        if not_modified(asked.request, headers["ETag"]):
            return Response(None, 304, headers)
        last = table.last(where, after, asked.limit or (PAGE if asked.media == JSON else None))
        following = None if last is None else cursor_of(what, last)
        if following:
            headers["Link"] = asked.next(following)
        if asked.media == JSON:
            page = _page(table, table.rows(where, after, last), source, following)
            return Response(page, 200, headers, JSON)
        ending = "csv" if asked.media == CSV else "parquet"
        headers["Content-Disposition"] = f'attachment; filename="{source.table}.{ending}"'
        if asked.media == PARQUET and not cells and after < 0 and last is None:
            return Response(body, 200, headers, PARQUET)
        write = table.csv if asked.media == CSV else table.parquet
        return _File(write(where, after, last), headers, asked.media)


def _page(table: KeptTable, rows: list[tuple[Any, ...]], source: Source, following: str | None) -> bytes:
    """A page of JSON."""
    names = [column.name for column in table.columns]
    columns = [
        {"name": column.name, "kind": column.kind, "unit": source.units.get(column.name)} for column in table.columns
    ]
    body = {
        "table": source.table,
        "columns": columns,
        "rows": [dict(zip(names, cells, strict=True)) for cells in rows],
        "not_certified": list(source.without),
        "next": following,
    }
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()


def _tag(what: str, after: int, asked: Asked) -> str:
    """The strong ETag of rows in a form: other bytes have another one."""
    text = f"{what} {after} {asked.limit} {asked.media}"
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


class _File(StreamingResponse):
    """A file in pieces; it is closed at the end, whether or not anybody took all of it."""

    def __init__(self, file: BinaryIO, headers: Mapping[str, str], media: str) -> None:
        super().__init__(iter(lambda: file.read(CHUNK), b""), 200, headers, media)
        self._file = file

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()


WantedRows = Annotated[Asked, Depends(asked_for)]
