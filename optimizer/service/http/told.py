"""What is told of a job: its status, small and apart from its results."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from optimizer.service.http.said import ProblemSaid, Said
from optimizer.service.store.records import Job, said

ID = r"^[0-9a-v]{26}$"
"""What ids look like."""
RESULTS = {
    "plan": ("summary", "tables", "awards", "certificate", "report.html", "plan.xlsx", "plan.zip"),
    "ledger": ("summary", "tables", "certificate"),
    "decisions": ("summary", "tables", "certificate"),
    "why": ("summary", "certificate"),
    "compare": ("summary", "certificate"),
    "study": ("summary", "tables", "certificate", "report.html", "study.zip"),
}
"""What a job of each kind gives."""
State = Literal["queued", "running", "succeeded", "failed", "cancelled"]
Count = Annotated[int, Field(ge=0)]


class CaseNamed(Said):
    """The case of a job: the tenant's own, a bundled one, or one that came with the request."""

    ref: str | None = None
    """Name of a case of the tenant."""
    bundled: str | None = None
    """Name of a bundled case."""
    revision: str | None = None
    """Digest of its body, as it stood when the job was taken in."""
    digest: str | None = None
    """Of a case that came with the request."""


class JobSaid(Said):
    """Where a job stands."""

    id: Annotated[str, Field(pattern=ID)]
    kind: str
    state: State
    position: Annotated[int, Field(ge=1)] | None = None
    """Of a waiting job: its place in the queue, from 1."""
    priority: int
    case: CaseNamed
    created: str
    started: str | None = None
    """Its last attempt."""
    ended: str | None = None
    attempts: Count
    stage: str
    """What its worker is at."""
    done: Count
    """Answers that are found; of a study, rows of its design."""
    total: Count
    """Answers that are asked for, or rows."""
    scenario: str | None = None
    """Of the answer found last."""
    answer: str | None = None
    not_certified: Count
    """Answers without a certificate: they have no numbers."""
    interrupted: bool
    """It ended with fewer answers than asked for; what there is can be had, and `resume` goes on."""
    cancel: bool
    """It was asked to end."""
    problem: ProblemSaid | None = None
    """Why it failed."""
    links: dict[str, str]
    """What can be asked or done next."""


class JobPage(Said):
    """A page of jobs."""

    items: list[JobSaid]
    next: str | None
    """Cursor of the next page; none: this is the last."""


def status(job: Job, position: int | None = None) -> dict[str, Any]:
    """A job as its status, as JSON can hold it; made by hand, as it is read more often than anything else.

    Parameters
    ----------
    job : Job
    position : int, optional
        Its place in the queue.
    """
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state,
        "position": position,
        "priority": job.priority,
        "case": job.case,
        "created": said(job.created),
        "started": None if job.started is None else said(job.started),
        "ended": None if job.ended is None else said(job.ended),
        "attempts": job.attempts,
        "stage": job.stage,
        "done": job.done,
        "total": job.total,
        "scenario": job.scenario or None,
        "answer": job.answer or None,
        "not_certified": job.not_certified,
        "interrupted": job.interrupted,
        "cancel": job.cancel,
        "problem": job.problem,
        "links": links(job),
    }


def links(job: Job) -> dict[str, str]:
    """What can be asked of a job or done to it as it is, by what it is called.

    Parameters
    ----------
    job : Job
    """
    at = address(job.id)
    found = {"self": at, "events": f"{at}/events"}
    if not job.over:
        return {**found, "cancel": f"{at}/cancel"}
    if job.state != "succeeded" or job.interrupted:
        found["resume"] = f"{at}/resume"
    if job.state == "succeeded":
        found |= {name.partition(".")[0]: f"{at}/{name}" for name in RESULTS.get(job.kind, ())}
    return found


def address(job: str) -> str:
    """Where a job is.

    Parameters
    ----------
    job : str
        Its id.
    """
    return f"/v1/jobs/{job}"
