"""What the grid of a case asks and sends: a table, a check as one types, a save, what another saved meanwhile."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from optimizer.case.tables import TABLES
from optimizer.desk.cases import TableName, found_case
from optimizer.desk.columns import columns, meaning
from optimizer.desk.visit import Reader, Script
from optimizer.faults import nearest
from optimizer.service.http.bodies import JsonBody, check_rows
from optimizer.service.http.cases import AsRevision, CaseName, write
from optimizer.service.http.checking import done
from optimizer.service.http.conditional import IfMatch
from optimizer.service.http.references import FoundCase
from optimizer.service.http.said import REVISION
from optimizer.service.http.stores import Kept
from optimizer.service.jobs.request import Asked
from optimizer.service.problems import ProblemError

router = APIRouter(prefix="/cases/{name}", include_in_schema=False)
Cell = str | float
Span = tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=1)]]
"""Rows as they were: place of the first, from 0, and how many."""


class Edited(Asked):
    """Tables of a case as they are being edited."""

    revision: Annotated[str, Field(pattern=REVISION)]
    """The revision that they began as."""
    tables: Annotated[dict[str, list[Span | dict[str, Cell]]], Field(max_length=60)]
    """For each of them its rows: spans of those that are as they were, others whole."""


BODY = JsonBody.of(Edited)
Given = Annotated[Edited, Depends(BODY)]


@router.get("/tables/{table}/sheet")
def sheet(
    request: Request, name: CaseName, table: TableName, reader: Reader, stores: Kept, revision: AsRevision = None
) -> Response:
    """A table: its columns, and its rows as they stand at a revision."""
    if table not in TABLES:
        raise ProblemError("not-found", f"no such table: {table}. {nearest(table, TABLES)}")
    case = found_case(stores, reader.tenant.id, name, revision)
    own = len(case.body["rows"].get(table, ()))
    found = done(request, "sheet", "The case", case=case.asked, table=table, own=own)
    said = columns(table)
    return JSONResponse(
        {
            "table": table,
            "meaning": meaning(table),
            "revision": case.revision,
            "columns": [{**one, "offered": found["offered"].get(one["name"], [])} for one in said],
            "rows": [[row[one["name"]] for one in said] for row in found["rows"]],
            "before": found["before"],
            "own": own,
        }
    )


@router.post("/check")
def check(request: Request, name: CaseName, planner: Script, stores: Kept, body: Given) -> Response:
    """What is wrong with a case as it is edited, or can hardly be meant; and numbers and days as they were read."""
    found = _typed(request, found_case(stores, planner.tenant.id, name, body.revision), body, keep=False)
    return JSONResponse({name: found[name] for name in ("faults", "findings", "read") if name in found})


@router.put("")
def save(
    request: Request, name: CaseName, planner: Script, stores: Kept, body: Given, if_match: IfMatch = None
) -> Response:
    """Keep a case as it was edited, as a new revision, if nobody has saved another one meanwhile (`If-Match`)."""
    if if_match is None:
        raise ProblemError("malformed", "expected If-Match: the revision that was edited")
    tenant = planner.tenant.id

    def read() -> tuple[dict[str, Any], dict[str, Any]]:
        found = _typed(request, found_case(stores, tenant, name, body.revision), body, keep=True)
        if found["faults"]:
            raise ProblemError("input", "The case has faults; it was not saved", faults=tuple(found["faults"]))
        return found.pop("body"), found

    said, _ = write(stores, tenant, name, read, if_match, None)
    return JSONResponse(said.model_dump(mode="json"))


@router.get("/difference")
def difference(
    request: Request,
    name: CaseName,
    reader: Reader,
    stores: Kept,
    old: Annotated[str, Query(pattern=REVISION)],
    new: AsRevision = None,
) -> Response:
    """Cells that differ between two revisions of a case; the second is by default as it is."""
    one, two = (found_case(stores, reader.tenant.id, name, revision) for revision in (old, new))
    found = done(request, "differs", "The case", old=one.asked, new=two.asked)
    return JSONResponse({"revision": two.revision, "cells": found["cells"]})


def _typed(request: Request, case: FoundCase, body: Edited, *, keep: bool) -> dict[str, Any]:
    """What is said of a case with edited tables, its faults too."""
    counts = {
        table: sum(1 if isinstance(item, dict) else item[1] for item in items) for table, items in body.tables.items()
    }
    check_rows(
        {**case.body["rows"], **{table: range(count) for table, count in counts.items()}},
        request.app.state.settings.limits,
    )
    return request.app.state.checkers.do(  # type: ignore[no-any-return]
        "typed", request.state.tenant, case=case.body, tables=body.model_dump(mode="json")["tables"], keep=keep
    )
