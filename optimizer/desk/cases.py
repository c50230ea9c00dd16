"""A case: its tables, and the scenarios that it may be planned in."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from optimizer.case.tables import TABLES
from optimizer.case.units import fields_of, units
from optimizer.desk.pages import PageRoute, page, see
from optimizer.desk.visit import Form, Here, Planner, Reader
from optimizer.faults import nearest
from optimizer.plans.amounts import Scale
from optimizer.plans.asked import ANSWERS
from optimizer.report.said import Figure
from optimizer.service.http.bundled import bundled_scenarios
from optimizer.service.http.cases import CaseName
from optimizer.service.http.checking import done
from optimizer.service.http.references import FoundCase, find_case
from optimizer.service.http.stores import Kept, Stores
from optimizer.service.http.submission import submit
from optimizer.service.jobs.request import CaseGiven, read_request
from optimizer.service.problems import ProblemError

MARKS = ("confidence", "source", "assumed")
"""Columns that say where a row is from; they stand last."""
PART = "0 to 1"
"""Unit of a share."""
router = APIRouter(prefix="/cases/{name}", include_in_schema=False, route_class=PageRoute)
TableName = Annotated[str, Path(pattern=r"^[a-z][a-z_]*$", max_length=60)]
Rows = dict[str, list[dict[str, Any]]]


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


def _asked(request: Request, what: str, case: FoundCase) -> dict[str, Any]:
    """What a process of its own says of a case; of one that comes with the programme it is kept."""
    kept: dict[tuple[str, str], dict[str, Any]] = request.app.state.visits.kept
    key = (what, case.revision)
    if key in kept:
        return kept[key]
    given = {"bundled": case.name} if case.bundled else case.body
    said = done(request, what, "The case", case=given)
    if case.bundled:
        kept[key] = said
    return said


@cache
def columns(table: str) -> tuple[dict[str, Any], ...]:
    """The columns of a table: name, unit and meaning, those that say where a row is from last.

    Parameters
    ----------
    table : str
    """
    record = TABLES[table]
    known = units(record)
    names = fields_of(record)
    ordered = [*(name for name in names if name not in MARKS), *(name for name in MARKS if name in names)]
    return tuple(
        {
            "name": name,
            "unit": PART if "share" in known.get(name, "") else known.get(name, ""),
            "meaning": " ".join((names[name].description or "").replace("`", "").split()),
            "number": name in known,
            "default": names[name].default,
        }
        for name in ordered
    )


def meaning(table: str) -> str:
    """What a table holds, in a sentence.

    Parameters
    ----------
    table : str
    """
    return " ".join((TABLES[table].__doc__ or "").split("\n\n")[0].split())


def shown(table: str, rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The columns in which any row says something, and the others.

    Parameters
    ----------
    table : str
    rows : list of dict
    """
    every = columns(table)
    told = [one for one in every if any(row.get(one["name"]) not in (None, "", [], ()) for row in rows)]
    return told, [one for one in every if one not in told]


def cell(value: Any) -> Any:
    """A cell as it is shown: a figure where it is a number.

    Parameters
    ----------
    value : object
        As JSON has it.
    """
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        _, _, decimals = f"{Decimal(repr(value)).normalize():f}".partition(".")
        return Figure(value, Scale("", 1.0, len(decimals))).record()
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@router.get("")
def first_table(name: CaseName, reader: Reader, stores: Kept) -> Response:
    """The first table that a planner fills."""
    case = found_case(stores, reader.tenant.id, name)
    own = [table for table in TABLES if case.body["rows"].get(table)]
    table = "demand" if "demand" in own else next(iter(own), "demand")
    return see(f"/cases/{name}/tables/{table}")


@router.get("/tables/{table}")
def one_table(request: Request, here: Here, name: CaseName, table: TableName, reader: Reader, stores: Kept) -> Response:
    """A table of a case, to be read."""
    if table not in TABLES:
        raise ProblemError("not-found", f"no such table: {table}. {nearest(table, TABLES)}")
    case = found_case(stores, reader.tenant.id, name)
    rows: Rows = _asked(request, "rows", case)["rows"]
    own = case.body["rows"]
    told, silent = shown(table, rows[table])
    return page(
        request,
        here,
        "case",
        case=case,
        settings=case.body["settings"],
        tables=[(one, len(some), bool(own.get(one))) for one, some in rows.items() if some],
        table=table,
        meaning=meaning(table),
        columns=told,
        silent=silent,
        rows=[[(column, cell(row.get(column["name"]))) for column in told] for row in rows[table]],
        count=len(rows[table]),
        at="case",
    )


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
