"""Jobs: submitted, waited for, stopped, gone on with and deleted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from optimizer.service.http.bodies import JSON, JsonBody
from optimizer.service.http.caller import MayPlan, MayRead
from optimizer.service.http.media import offers
from optimizer.service.http.paging import Cursor, Limit, after_of, page
from optimizer.service.http.stores import Kept, Stores
from optimizer.service.http.submission import submit
from optimizer.service.http.told import ID, JobPage, JobSaid, State, address, status
from optimizer.service.http.waiting import AGAIN, Places, Waiting, Watch, preferred
from optimizer.service.jobs.request import JobRequest, read_request
from optimizer.service.problems import ProblemError
from optimizer.service.store.records import Job

EVENTS = "text/event-stream"
router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
JobId = Annotated[str, Path(pattern=ID, description="Id of a job.", examples=["0cnuq1s3k2v8m4t6b9d0e1f2g3"])]
OnlyJson = Annotated[str, Depends(offers(JSON))]
Prefer = Annotated[
    list[str] | None,
    Header(
        description="`wait=20`: answer once the job has ended, or after 20 seconds (at most 60).", examples=["wait=20"]
    ),
]
Key = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="Of the caller's choice, new for every job that is meant. The same key with the same request gives "
        "the same job again (200, `Idempotent-Replayed: true`), with another one 422, and 409 while the first is "
        "looked at. It is kept for 24 hours.",
    ),
]
LastEvent = Annotated[
    str | None, Header(pattern=r"^\d{0,15}$", description="Number of the last event that the caller has.")
]
EXAMPLE = {"kind": "plan", "case": {"ref": "ev-motors"}, "scenarios": ["full-embargo"], "answers": ["react"]}
BODY: JsonBody[JobRequest] = JsonBody(read_request, JobRequest, EXAMPLE)
HEADERS: dict[str, Any] = {
    "Location": {"schema": {"type": "string"}, "description": "Where the job is."},
    "Retry-After": {"schema": {"type": "integer"}, "description": "Seconds after which to look again."},
}
ENDED: dict[int | str, dict[str, Any]] = {
    200: {"model": JobSaid, "description": "The job as it is.", "headers": HEADERS},
    202: {"model": JobSaid, "description": "The job goes on.", "headers": HEADERS},
}


def said_of(
    job: Job, position: int | None = None, code: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """The status of a job as a response.

    Parameters
    ----------
    job : Job
    position : int, optional
        Its place in the queue.
    code : int, optional
    headers : mapping of str to str, optional
    """
    wait = {} if job.over else {"Retry-After": str(AGAIN)}
    body = json.dumps(status(job, position), ensure_ascii=False).encode()
    return Response(body, code, {**wait, **(headers or {})}, JSON)


def waiting(request: Request, stores: Stores, job: Job) -> Waiting:
    """Somebody who waits for a job.

    Parameters
    ----------
    request : Request
    stores : Stores
    job : Job
        As it stands now.
    """
    watch: Watch = request.app.state.watch
    queue, tenant, id = stores.queue, job.tenant, job.id
    return Waiting(watch, lambda: queue.get(tenant, id), lambda after: queue.events(tenant, id, after))


async def _waited(request: Request, stores: Stores, job: Job) -> tuple[Job, dict[str, str]]:
    """A job once it has ended or the caller would wait no longer, and what is said of having waited."""
    seconds = preferred(request.headers.getlist("prefer"))
    if not seconds:
        return job, {}
    return await waiting(request, stores, job).end(job, seconds), {"Preference-Applied": f"wait={seconds}"}


@router.post("", summary="Submit a job", status_code=202, openapi_extra=BODY.described, responses=ENDED)
async def post_job(
    request: Request,
    caller: MayPlan,
    stores: Kept,
    asked: Annotated[Any, Depends(BODY)],
    _: OnlyJson,
    idempotency_key: Key = None,
    prefer: Prefer = None,
) -> Response:
    """Submit a job: `plan`, `why`, `compare`, `ledger`, `decisions` or `study`, of a case by name or as data.

    Names are looked up at once (422 if there is no such thing) and pinned: what is written later changes no job. What
    only the whole case can tell, the job finds, and fails with the same faults.
    """
    limits = request.app.state.settings.limits
    submitted = await run_in_threadpool(submit, stores, caller.tenant, asked, idempotency_key, limits)
    job, headers = await _waited(request, stores, submitted.job)
    headers["Location"] = address(job.id)
    if submitted.replayed:
        headers["Idempotent-Replayed"] = "true"
    position = await run_in_threadpool(stores.queue.position, job)
    return said_of(job, position, 200 if submitted.replayed or job.over else 202, headers)


@router.get("", summary="List jobs", response_model=JobPage)
def list_jobs(
    caller: MayRead,
    stores: Kept,
    _: OnlyJson,
    state: Annotated[list[State], Query(max_length=5, description="Only jobs in this state, or these.")] = [],  # noqa: B006
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """The tenant's jobs, the newest first; without their places in the queue."""
    what = f"jobs {' '.join(sorted(set(state)))}"
    after = after_of(what, cursor, str)
    found = stores.queue.page(caller.tenant.id, states=tuple(state), after=after, limit=limit + 1)
    items, following = page(what, found, limit, lambda job: job.id)
    body = {"items": [status(job) for job in items], "next": following}
    return Response(json.dumps(body, ensure_ascii=False).encode(), media_type=JSON)


@router.get("/{id}", summary="See where a job stands", response_model=JobSaid)
async def get_job(
    request: Request, id: JobId, caller: MayRead, stores: Kept, _: OnlyJson, prefer: Prefer = None
) -> Response:
    """The status of a job, small whatever comes out. `Prefer: wait=20`: once it has ended, or after 20 seconds."""
    places: Places = request.app.state.places
    job, position = await run_in_threadpool(_read, stores, places, caller.tenant.id, id)
    if job.over or not prefer:
        return said_of(job, position)
    job, headers = await _waited(request, stores, job)
    return said_of(job, await run_in_threadpool(stores.queue.position, job), headers=headers)


def _read(stores: Stores, places: Places, tenant: str, id: str) -> tuple[Job, int | None]:
    """A job and, if it waits, its place in the queue."""
    job = stores.queue.get(tenant, id)
    return job, places.of(job)


@router.post("/{id}/cancel", summary="Stop a job", status_code=202, responses=ENDED)
def cancel_job(id: JobId, caller: MayPlan, stores: Kept, _: OnlyJson) -> Response:
    """Stop a job: at once if it waits, within seconds if it runs (202); one that has ended stays as it is (200)."""
    job = stores.queue.cancel(caller.tenant.id, id)
    return said_of(job, code=200 if job.over else 202)


@router.post("/{id}/resume", summary="Go on with a job", status_code=202, response_model=JobSaid)
def resume_job(id: JobId, caller: MayPlan, stores: Kept, _: OnlyJson) -> Response:
    """Queue a job again that failed, was stopped or ended early; answers that it has are not solved again."""
    job = stores.queue.resume(caller.tenant.id, id)
    return said_of(job, stores.queue.position(job), 202, {"Location": address(id)})


@router.delete("/{id}", summary="Delete a job", status_code=204)
def delete_job(id: JobId, caller: MayPlan, stores: Kept) -> None:
    """Delete a job with its results; one that runs has to be stopped first (409)."""
    stores.queue.delete(caller.tenant.id, id)


EVENT = {
    "type": "object",
    "required": ["data"],
    "properties": {
        "id": {"type": "string", "description": "Its number, from 1, for `Last-Event-ID`."},
        "event": {"type": "string", "enum": ["queued", "started", "progress", "succeeded", "failed", "cancelled"]},
        "data": {"type": "string", "description": "JSON: when it was (`at`), and what is known of it."},
    },
}
STREAM: dict[int | str, dict[str, Any]] = {
    200: {"description": "Events as they happen.", "content": {EVENTS: {"schema": EVENT}}},
    204: {"description": "The job has ended, and the caller has all of its events."},
}


@router.get("/{id}/events", summary="Follow a job", response_class=StreamingResponse, responses=STREAM)
async def get_events(
    request: Request,
    id: JobId,
    caller: MayRead,
    stores: Kept,
    _: Annotated[str, Depends(offers(EVENTS))],
    last_event_id: LastEvent = None,
) -> Response:
    """What happens to a job, as server-sent events: `queued`, `started`, `progress`, and the state it ends in.

    The stream ends with the job, or after ten minutes; who connects again with `Last-Event-ID` gets what came after.
    """
    after = int(last_event_id or 0)
    job = await run_in_threadpool(stores.queue.get, caller.tenant.id, id)
    if job.over and not await run_in_threadpool(stores.queue.events, caller.tenant.id, id, after):
        return Response(status_code=204)
    someone = waiting(request, stores, job)
    if someone.watch.full(job.tenant):
        raise ProblemError("unavailable", "too many callers wait just now; poll", headers={"Retry-After": str(AGAIN)})
    return StreamingResponse(someone.stream(job, after), headers={"X-Accel-Buffering": "no"}, media_type=EVENTS)
