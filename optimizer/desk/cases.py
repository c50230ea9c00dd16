"""A case: its tables, and the scenarios that it may be planned in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from optimizer.case.tables import TABLES
from optimizer.case.text import brief
from optimizer.desk.columns import cell, meaning, shown
from optimizer.desk.pages import PageRoute, page, see
from optimizer.desk.visit import Form, Here, Planner, Reader, one
from optimizer.faults import nearest
from optimizer.plans.amounts import Scale
from optimizer.plans.asked import ANSWERS
from optimizer.report.said import Figure
from optimizer.service.http.bundled import bundled_cases, bundled_scenarios
from optimizer.service.http.cases import CaseName, current_revision, write
from optimizer.service.http.checking import done
from optimizer.service.http.references import FoundCase, find_case
from optimizer.service.http.said import NAME
from optimizer.service.http.stores import Kept, Stores
from optimizer.service.http.submission import submit
from optimizer.service.jobs.request import CaseGiven, read_request
from optimizer.service.problems import ProblemError

SHOWN = 200
"""Rows that a page holds itself; the script has all of them."""
LONGEST = 60
"""Letters of the name of a case."""
router = APIRouter(prefix="/cases/{name}", include_in_schema=False, route_class=PageRoute)
TableName = Annotated[str, Path(pattern=r"^[a-z][a-z_]*$", max_length=60)]


def found_case(stores: Stores, tenant: str, name: str, revision: str | None = None) -> FoundCase:
    """A case of the tenant or a bundled one.

    Parameters
    ----------
    stores : Stores
    tenant, name : str
    revision : str, optional
        By default as it is.
    """
    return find_case(stores, tenant, CaseGiven(ref=name, revision=revision))


def _asked(request: Request, what: str, case: FoundCase, **more: Any) -> dict[str, Any]:
    """What a process of its own says of a case; of one that comes with the programme it is kept."""
    kept: dict[tuple[str, ...], dict[str, Any]] = request.app.state.visits.kept
    key = (what, case.revision, *map(str, more.values()))
    if key in kept:
        return kept[key]
    said = done(request, what, "The case", case=case.asked, **more)
    if case.bundled:
        kept[key] = said
    return said


@router.get("")
def first_table(name: CaseName, reader: Reader, stores: Kept) -> Response:
    """The first table that a planner fills."""
    case = found_case(stores, reader.tenant.id, name)
    own = [table for table in TABLES if case.body["rows"].get(table)]
    table = "demand" if "demand" in own else next(iter(own), "demand")
    return see(f"/cases/{name}/tables/{table}")


@router.get("/tables/{table}")
def one_table(request: Request, here: Here, name: CaseName, table: TableName, reader: Reader, stores: Kept) -> Response:
    """A table of a case: its first rows to be read, and to the script that makes a grid of it, what that needs."""
    if table not in TABLES:
        raise ProblemError("not-found", f"no such table: {table}. {nearest(table, TABLES)}")
    case = found_case(stores, reader.tenant.id, name)
    own = case.body["rows"]
    said = _asked(request, "sheet", case, table=table, own=len(own.get(table, ())), most=SHOWN)
    rows, counts = said["rows"], said["counts"]
    told, silent = shown(table, rows)
    return page(
        request,
        here,
        "case",
        case=case,
        settings=case.body["settings"],
        editable=not case.bundled and "plan" in reader.scopes,
        copies="plan" in reader.scopes,
        tables=[(one, count, bool(own.get(one))) for one, count in counts.items()],
        table=table,
        meaning=meaning(table),
        columns=told,
        silent=silent,
        rows=[[(column, cell(row[column["name"]])) for column in told] for row in rows],
        count=counts[table],
        at="case",
    )


@router.post("/copy")
def copy(request: Request, name: CaseName, planner: Planner, stores: Kept, fields: Form) -> Response:
    """Copy a case to a new one of the tenant's: as it is, or with what it takes from elsewhere."""
    to, tenant = one(fields, "to") or "", planner.tenant.id
    if not re.fullmatch(NAME, to) or len(to) > LONGEST:
        raise ProblemError("input", f"expected a name of small letters, digits and hyphens, found {brief(to)}")
    if to in bundled_cases() or current_revision(stores, tenant, to):
        raise ProblemError("conflict", f"there is a case {to} already; choose another name")
    case = found_case(stores, tenant, name)
    if one(fields, "whole"):
        body = done(request, "whole", "The case", case=case.asked, name=to)["body"]
    else:
        body = {"settings": {**case.body["settings"], "name": to}, "rows": case.body["rows"]}
    write(stores, tenant, to, lambda: (body, done(request, "check", "The case", case=body)), None, "*")
    return see(f"/cases/{to}")


@router.get("/run")
def choose(request: Request, here: Here, name: CaseName, reader: Reader, stores: Kept) -> Response:
    """The scenarios and answers to plan, to be chosen."""
    case = found_case(stores, reader.tenant.id, name)
    said = _asked(request, "fits", case)
    fit = {one["scenario"]: one for one in said["scenarios"]}
    tenant = reader.tenant.id
    own = [
        _scenario(stores.scenarios.get(tenant, one.name).body, None) for one in stores.scenarios.page(tenant, limit=200)
    ]
    listed = [_scenario(one.body, fit[called]) for called, one in bundled_scenarios().items() if called in fit]
    return page(
        request,
        here,
        "choose",
        case=case,
        scenarios=[*own, *listed],
        misfits=said["misfits"],
        answers=ANSWERS,
        at="run",
    )


def _scenario(body: Mapping[str, Any], fit: Mapping[str, Any] | None) -> dict[str, Any]:
    """A scenario as it stands in the list."""
    chance = Figure(float(body.get("probability", 0.0)), Scale("%", 0.01, 1)).record()
    told = {"name": body["name"], "title": body.get("title", ""), "chance": chance}
    return {**told, "announced": str(body.get("announced", "")), "fit": fit, "own": fit is None}


@router.post("/run")
def start(request: Request, name: CaseName, planner: Planner, stores: Kept, fields: Form) -> Response:
    """Submit a plan of the case in the scenarios that were chosen."""
    asked = read_request(
        {
            "kind": "plan",
            "case": {"ref": name},
            "scenarios": fields.get("scenario", []),
            "answers": fields.get("answer", []) or ["react"],
        }
    )
    limits = request.app.state.settings.limits
    submitted = submit(stores, planner.tenant, asked, None, limits)
    return see(f"/runs/{submitted.job.id}")
