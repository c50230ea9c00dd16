"""The first page: cases, and what was planned last."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from optimizer.desk.pages import PageRoute, page
from optimizer.desk.visit import Here, Reader
from optimizer.service.http.bundled import bundled_cases
from optimizer.service.http.cases import list_cases
from optimizer.service.http.stores import Kept
from optimizer.service.http.told import status
from optimizer.service.store.records import Job

LAST = 20
"""Runs that are listed."""
CASES = 200
"""Cases that are listed."""
router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/")
def home(request: Request, here: Here, reader: Reader, stores: Kept) -> Response:
    """Cases, and what was planned last."""
    listed = list_cases(reader, stores, "", None, CASES).items
    titles = {name: case.body["settings"].get("title", "") for name, case in bundled_cases().items()}
    found = [{**case.model_dump(), "title": titles.get(case.name, "") if case.bundled else ""} for case in listed]
    jobs = stores.queue.page(reader.tenant.id, limit=LAST)
    return page(request, here, "home", cases=found, runs=[run_of(job) for job in jobs], plans="plan" in reader.scopes)


def run_of(job: Job) -> dict[str, Any]:
    """A job as the page tells of it.

    Parameters
    ----------
    job : Job
    """
    said = status(job)
    case = job.case.get("ref") or job.case.get("bundled")
    return {**said, "case_name": case, "own": "ref" in job.case, "over": job.over}
