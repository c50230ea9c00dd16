"""Results of jobs: tables by page or as files, and what is had whole: certificate, report, the plan itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from optimizer.faults import Fault
from optimizer.service.http.bodies import JSON, XLSX, ZIP
from optimizer.service.http.caller import MayRead
from optimizer.service.http.conditional import IfNoneMatch, not_modified
from optimizer.service.http.jobs import JobId, OnlyJson
from optimizer.service.http.media import offers
from optimizer.service.http.queries import OTHERS
from optimizer.service.http.rows import CSV, PARQUET, Asked, RowsSaid, Source, WantedRows, answer
from optimizer.service.http.said import DecisionsSaid, DifferenceSaid, LedgerSaid, Said, StudySaid, WhySaid
from optimizer.service.http.stores import Kept, Stores
from optimizer.service.http.told import address
from optimizer.service.http.waiting import AGAIN
from optimizer.service.problems import ProblemError
from optimizer.service.results.proofs import NotCertifiedError, Proofs
from optimizer.service.store.records import Job, Part

SUFFIX = ".parquet"
FOLDER = "tables/"
SUMMARY, AWARDS, CERTIFICATE = "summary.parquet", "awards.parquet", "certificate.json"
SAID = "summary.json"
"""What a job says that gives no plan."""
VERDICT = "verdict.json"
"""What the page shows of a job, beside that."""
REPORT, PLAN, STUDY, WORKBOOK = "report.html", "plan.zip", "study.zip", "plan.xlsx"
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
COLUMNS = {OTHERS: FILTER}
ROWS: dict[int | str, dict[str, Any]] = {
    200: {
        "model": RowsSaid,
        "description": "Rows: a page of JSON, or a file. `Link` leads to the next page.",
        "content": {CSV: {"schema": {"type": "string"}}, PARQUET: {"schema": {"type": "string", "format": "binary"}}},
    },
    304: {"description": "The caller has it."},
}


SUMMARIES: dict[int | str, dict[str, Any]] = {
    **ROWS,
    200: {**ROWS[200], "model": RowsSaid | WhySaid | LedgerSaid | DecisionsSaid | DifferenceSaid | StudySaid},
}
"""As `ROWS`, or what a job says that gives no plan."""


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

    Parameters
    ----------
    job : Job
    parts : mapping of str to Part
        All that it has, by name.
    *names : str
        Those wanted, the best first.

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
    whole = sorted({name.partition("." if "/" not in name else "/")[0] for name in parts})
    return f"; it has {', '.join(whole)}" if whole else ""


def _tables(parts: Mapping[str, Part]) -> dict[str, Part]:
    """Tables among results, by name."""
    return {
        name.removeprefix(FOLDER).removesuffix(SUFFIX): part
        for name, part in parts.items()
        if name.startswith(FOLDER) and name.endswith(SUFFIX)
    }


@router.get(
    "/summary",
    summary="Read the summary",
    response_model=RowsSaid | WhySaid | LedgerSaid | DecisionsSaid | DifferenceSaid | StudySaid,
    responses=SUMMARIES,
    openapi_extra=COLUMNS,
    description="One row per scenario and answer; one that is not certified has no numbers. What a job of kind `why`, "
    "`ledger`, `decisions`, `compare` or `study` says is a document, in JSON only.",
)
def get_summary(id: JobId, caller: MayRead, stores: Kept, asked: WantedRows) -> Response:
    """One row per scenario and answer; an answer that is not certified has no numbers."""
    job, parts = ended(stores, caller.tenant.id, id)
    part = part_of(job, parts, SUMMARY, SAID)
    if part.name == SAID:
        if asked.media != JSON:
            raise ProblemError(
                "not-acceptable", f"expected Accept to take {JSON}: a job of kind {job.kind} has no rows"
            )
        return _whole(asked.request, stores, job, part)
    return _rows(asked, stores, job, parts, SUMMARY, "summary")


@router.get("/tables", summary="List the tables", response_model=TablesSaid)
def list_tables(id: JobId, caller: MayRead, stores: Kept, _: OnlyJson) -> Response:
    """The tables that a job gave."""
    parts = ended(stores, caller.tenant.id, id)[1]
    found = [
        {"name": name, "size": part.size, "digest": part.digest, "link": f"{address(id)}/tables/{name}"}
        for name, part in sorted(_tables(parts).items())
    ]
    return Response(json.dumps({"tables": found}).encode(), media_type=JSON)


@router.get(
    "/tables/{table}",
    summary="Read a table",
    response_model=RowsSaid,
    responses=ROWS,
    openapi_extra=COLUMNS,
    description="Rows of a table of the plan.",
)
def get_table(id: JobId, table: TableName, caller: MayRead, stores: Kept, asked: WantedRows) -> Response:
    """Rows of a table."""
    job, parts = ended(stores, caller.tenant.id, id)
    known = _tables(parts)
    if table not in known:
        fault = Fault.unknown(f"job {id}", "table", "table", table, known)
        raise ProblemError("not-found", str(fault), faults=(fault.record(),))
    return _rows(asked, stores, job, parts, known[table].name, table)


@router.get(
    "/awards",
    summary="Read the awards",
    response_model=RowsSaid,
    responses=ROWS,
    openapi_extra=COLUMNS,
    description="What each supplier ships to the buyer's sites: tonnes, landed price and its parts.",
)
def get_awards(id: JobId, caller: MayRead, stores: Kept, asked: WantedRows) -> Response:
    """What each supplier ships to the buyer's sites: tonnes, landed price and its parts."""
    job, parts = ended(stores, caller.tenant.id, id)
    return _rows(asked, stores, job, parts, part_of(job, parts, AWARDS).name, "awards")


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


@router.get(
    "/plan.xlsx", summary="Download the workbook", responses={200: {"content": {XLSX: {}}}}, response_class=Response
)
def get_workbook(
    request: Request, id: JobId, caller: MayRead, stores: Kept,
    _: Annotated[str, Depends(offers(XLSX))], if_none_match: IfNoneMatch = None,
) -> Response:  # fmt: skip
    """The answer as a workbook, as `lodestar plan --workbook` writes it; it is made with the report."""
    job, parts = ended(stores, caller.tenant.id, id)
    return _whole(request, stores, job, part_of(job, parts, WORKBOOK))


@router.get(
    "/study.zip", summary="Download the study", responses={200: {"content": {ZIP: {}}}}, response_class=Response
)
def get_study(
    request: Request, id: JobId, caller: MayRead, stores: Kept,
    _: Annotated[str, Depends(offers(ZIP))], if_none_match: IfNoneMatch = None,
) -> Response:  # fmt: skip
    """The folder of the study, as `lodestar study run` writes it: `lodestar study` reads it and goes on with it."""
    job, parts = ended(stores, caller.tenant.id, id)
    return _whole(request, stores, job, part_of(job, parts, STUDY))


def _whole(request: Request, stores: Stores, job: Job, part: Part, more: Mapping[str, str] | None = None) -> Response:
    """A result as it is kept."""
    headers = {"ETag": f'"{part.digest}"', "Cache-Control": "private, no-cache", **(more or {})}
    if not_modified(request, headers["ETag"]):
        return Response(None, 304, headers)
    if part.name in (PLAN, STUDY, WORKBOOK):
        called, _, ending = part.name.partition(".")
        headers["Content-Disposition"] = f'attachment; filename="{called}-{job.id}.{ending}"'
    elif part.name == REPORT:
        headers["Content-Disposition"] = f'inline; filename="report-{job.id}.html"'
    return Response(stores.parts.open(job.tenant, job.id, part.name), 200, headers, part.media_type)


def _rows(asked: Asked, stores: Stores, job: Job, parts: Mapping[str, Part], name: str, table: str) -> Response:
    """Rows of a kept table; of answers that are not certified only the summary has any, without numbers."""
    proofs = Proofs()
    if CERTIFICATE in parts:
        proofs = Proofs.of(stores.parts.open(job.tenant, job.id, CERTIFICATE))
    without: list[dict[str, str]] = []
    if name == SUMMARY:
        proofs.check(asked.scenarios, asked.answers)
    else:
        try:
            without = proofs.without(asked.scenarios, asked.answers)
        except NotCertifiedError as error:
            raise ProblemError("conflict", str(error)) from None
    body = partial(stores.parts.open, job.tenant, job.id, name)
    return answer(asked, Source(table, parts[name].digest, body, proofs.units, without))
