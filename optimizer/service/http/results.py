"""Results of jobs: tables by page or as files, and what is had whole: certificate, report, the plan itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from optimizer.errors import InputError
from optimizer.faults import Fault
from optimizer.service.http.bodies import JSON, ZIP
from optimizer.service.http.caller import MayRead
from optimizer.service.http.conditional import IfNoneMatch, not_modified
from optimizer.service.http.jobs import JobId, OnlyJson
from optimizer.service.http.media import offers
from optimizer.service.http.rows import CSV, PARQUET, Asked, RowsSaid, Source, WantedRows, answer
from optimizer.service.http.said import Said
from optimizer.service.http.stores import Kept, Stores
from optimizer.service.http.told import address
from optimizer.service.http.waiting import AGAIN
from optimizer.service.problems import ProblemError
from optimizer.service.store.records import Job, Part

SUFFIX = ".parquet"
FOLDER = "tables/"
SUMMARY, AWARDS, CERTIFICATE = "summary.parquet", "awards.parquet", "certificate.json"
SAID = "summary.json"
"""What a job says that gives no plan."""
REPORT, PLAN = "report.html", "plan.zip"
SANDBOX = (
    "sandbox allow-scripts allow-popups; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data:; font-src data:; frame-ancestors 'none'"
)
"""What a report may do in a browser: run its own script and load nothing; it is not of the service's origin."""
router = APIRouter(prefix="/v1/jobs/{id}", tags=["results"])
TableName = Annotated[
    str, Path(pattern=r"^[a-z][a-z_]*$", max_length=60, description="Name of a table.", examples=["purchases"])
]
FILTER = (
    "Any other parameter of the query is a column of words and the cell wanted of it, as in `?material=ndpr-oxide`; it "
    "may come several times. A column called like a parameter has `column.` before it: `?column.limit=china-share`."
)
ROWS: dict[int | str, dict[str, Any]] = {
    200: {
        "model": RowsSaid,
        "description": "Rows: a page of JSON, or a file. `Link` leads to the next page.",
        "content": {CSV: {"schema": {"type": "string"}}, PARQUET: {"schema": {"type": "string", "format": "binary"}}},
    },
    304: {"description": "The caller has it."},
}


class TableSaid(Said):
    """A table of results."""

    name: str
    size: int
    """Bytes, in Parquet."""
    digest: str
    link: str


class TablesSaid(Said):
    """The tables of a job."""

    tables: list[TableSaid]


def ended(stores: Stores, tenant: str, id: str) -> tuple[Job, dict[str, Part]]:
    """A job that has ended, and its results by name.

    Parameters
    ----------
    stores : Stores
    tenant, id : str

    Raises
    ------
    UnknownError
        If the tenant has no such job.
    ProblemError
        If it has not ended, or ended without results.
    """
    job = stores.queue.get(tenant, id)
    if not job.over:
        raise ProblemError(
            "conflict", f"the job is {job.state}; it has results once it has ended", headers={"Retry-After": str(AGAIN)}
        )
    parts = {part.name: part for part in stores.parts.names(tenant, id)}
    if not parts:
        why = f": {job.problem['detail']}" if job.problem and job.problem.get("detail") else ""
        raise ProblemError("conflict", f"the job has {job.state} and has no results{why}")
    return job, parts


def part_of(job: Job, parts: Mapping[str, Part], *names: str) -> Part:
    """The first of some results that a job has.

    Raises
    ------
    ProblemError
        If it has none of them.
    """
    found = next((parts[name] for name in names if name in parts), None)
    if found is None:
        called = names[0].partition(".")[0]
        raise ProblemError("not-found", f"a job of kind {job.kind} has no {called}" + _has(parts))
    return found


def _has(parts: Mapping[str, Part]) -> str:
    """What there is instead."""
    whole = sorted(name.partition(".")[0] for name in parts if not name.startswith(FOLDER))
    return f"; it has {', '.join(whole)}" if whole else ""


def _tables(parts: Mapping[str, Part]) -> dict[str, Part]:
    """Tables among results, by name."""
    return {
        name.removeprefix(FOLDER).removesuffix(SUFFIX): part
        for name, part in parts.items()
        if name.startswith(FOLDER) and name.endswith(SUFFIX)
    }


@router.get("/summary", summary="Read the summary", response_model=RowsSaid, responses=ROWS, description=FILTER)
def get_summary(id: JobId, caller: MayRead, stores: Kept, asked: WantedRows) -> Response:
    """One row per scenario and answer; an answer that is not certified has no numbers."""
    job, parts = ended(stores, caller.tenant.id, id)
    part = part_of(job, parts, SUMMARY, SAID)
    if part.name == SAID:
        return _whole(asked.request, stores, job, part)
    _known(_proofs(stores, job, parts), asked)
    return _rows(asked, stores, job, part, "summary")


@router.get("/tables", summary="List the tables", response_model=TablesSaid)
def list_tables(id: JobId, caller: MayRead, stores: Kept, _: OnlyJson) -> Response:
    """The tables that a job gave."""
    parts = ended(stores, caller.tenant.id, id)[1]
    found = [
        {"name": name, "size": part.size, "digest": part.digest, "link": f"{address(id)}/tables/{name}"}
        for name, part in sorted(_tables(parts).items())
    ]
    return Response(json.dumps({"tables": found}).encode(), media_type=JSON)


@router.get("/tables/{table}", summary="Read a table", response_model=RowsSaid, responses=ROWS, description=FILTER)
def get_table(id: JobId, table: TableName, caller: MayRead, stores: Kept, asked: WantedRows) -> Response:
    """Rows of a table."""
    job, parts = ended(stores, caller.tenant.id, id)
    known = _tables(parts)
    if table not in known:
        fault = Fault.unknown(f"job {id}", "table", "table", table, known)
        raise ProblemError("not-found", str(fault), faults=(fault.record(),))
    without = _certified(_proofs(stores, job, parts), asked)
    return _rows(asked, stores, job, known[table], table, without)


@router.get("/awards", summary="Read the awards", response_model=RowsSaid, responses=ROWS, description=FILTER)
def get_awards(id: JobId, caller: MayRead, stores: Kept, asked: WantedRows) -> Response:
    """What each supplier ships to the buyer's sites: tonnes, landed price and its parts."""
    job, parts = ended(stores, caller.tenant.id, id)
    part = part_of(job, parts, AWARDS)
    without = _certified(_proofs(stores, job, parts), asked)
    return _rows(asked, stores, job, part, "awards", without)


@router.get("/certificate", summary="Read the certificate", response_model=dict[str, Any])
def get_certificate(
    request: Request, id: JobId, caller: MayRead, stores: Kept, _: OnlyJson, if_none_match: IfNoneMatch = None
) -> Response:
    """The proof of every answer, and the answers that have none."""
    job, parts = ended(stores, caller.tenant.id, id)
    return _whole(request, stores, job, part_of(job, parts, CERTIFICATE))


@router.get(
    "/report.html", summary="Read the report", responses={200: {"content": {"text/html": {}}}}, response_class=Response
)
def get_report(
    request: Request, id: JobId, caller: MayRead, stores: Kept,
    _: Annotated[str, Depends(offers("text/html"))], if_none_match: IfNoneMatch = None,
) -> Response:  # fmt: skip
    """The report of the plan, a page that holds all it needs."""
    job, parts = ended(stores, caller.tenant.id, id)
    return _whole(request, stores, job, part_of(job, parts, REPORT), {"Content-Security-Policy": SANDBOX})


@router.get("/plan.zip", summary="Download the plan", responses={200: {"content": {ZIP: {}}}}, response_class=Response)
def get_plan(
    request: Request, id: JobId, caller: MayRead, stores: Kept,
    _: Annotated[str, Depends(offers(ZIP))], if_none_match: IfNoneMatch = None,
) -> Response:  # fmt: skip
    """The folder of the plan, which `lodestar verify` proves on another machine."""
    job, parts = ended(stores, caller.tenant.id, id)
    return _whole(request, stores, job, part_of(job, parts, PLAN))


def _whole(request: Request, stores: Stores, job: Job, part: Part, more: Mapping[str, str] | None = None) -> Response:
    """A result as it is kept."""
    headers = {"ETag": f'"{part.digest}"', "Cache-Control": "private, no-cache", **(more or {})}
    if not_modified(request, headers["ETag"]):
        return Response(None, 304, headers)
    if part.name == PLAN:
        headers["Content-Disposition"] = f'attachment; filename="plan-{job.id}.zip"'
    elif part.name == REPORT:
        headers["Content-Disposition"] = f'inline; filename="report-{job.id}.html"'
    return Response(stores.parts.open(job.tenant, job.id, part.name), 200, headers, part.media_type)


def _rows(
    asked: Asked, stores: Stores, job: Job, part: Part, table: str, without: Sequence[Mapping[str, str]] = ()
) -> Response:
    """Rows of a kept table."""
    body = partial(stores.parts.open, job.tenant, job.id, part.name)
    return answer(asked, Source(table, part.digest, body, without))


def _proofs(stores: Stores, job: Job, parts: Mapping[str, Part]) -> dict[tuple[str, str], str | None]:
    """Every answer of a job: None if it is certified, else why it is not."""
    if CERTIFICATE not in parts:
        return {}
    said = json.loads(stores.parts.open(job.tenant, job.id, CERTIFICATE))
    found: dict[tuple[str, str], str | None] = {(one["scenario"], one["answer"]): None for one in said["certificates"]}
    return found | {(one["scenario"], one["answer"]): one["status"] for one in said["not_certified"]}


def _known(proofs: Mapping[tuple[str, str], str | None], asked: Asked) -> None:
    """Refuse scenarios and answers that a job does not have."""
    have = {"scenario": {key[0] for key in proofs}, "answer": {key[1] for key in proofs}}
    faults = [
        Fault.unknown("query", column, column, name[:80], have[column])
        for column, names in (("scenario", asked.scenarios), ("answer", asked.answers))
        for name in names
        if proofs and name not in have[column]
    ]
    if faults:
        raise InputError(faults)


def _certified(proofs: Mapping[tuple[str, str], str | None], asked: Asked) -> list[dict[str, str]]:
    """Of the answers asked for those without a certificate; a problem if that is all of them: no rows are not zero."""
    _known(proofs, asked)
    scenarios, answers = asked.scenarios, asked.answers
    keys = [key for key in proofs if (not scenarios or key[0] in scenarios) and (not answers or key[1] in answers)]
    without = [
        {"scenario": key[0], "answer": key[1], "status": status} for key in keys if (status := proofs[key]) is not None
    ]
    if without and len(without) == len(keys):
        listed = ", ".join(f"{one['scenario']} ({one['answer']}): {one['status']}" for one in without[:5])
        raise ProblemError("conflict", f"no answer that is certified, so there are no numbers: {listed}")
    return without
