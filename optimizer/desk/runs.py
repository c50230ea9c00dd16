"""A run: how far it is, live; stopped, gone on with."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from optimizer.desk.home import run_of
from optimizer.desk.pages import PageRoute, page, see
from optimizer.desk.visit import Form, Here, Planner, Reader
from optimizer.service.http.jobs import JobId, LastEvent, get_events
from optimizer.service.http.stores import Kept

router = APIRouter(prefix="/runs/{id}", include_in_schema=False, route_class=PageRoute)
STAGES = ("waits", "reading", "ready", "base", "scenario", "results")
"""What a run goes through, as its status names it; it waits first."""


@router.get("")
def see_run(request: Request, here: Here, id: JobId, reader: Reader, stores: Kept) -> Response:
    """How far a run is; once it has an answer, that."""
    job = stores.queue.get(reader.tenant.id, id)
    if job.state == "succeeded":
        return see(f"/runs/{id}/{'answer' if job.kind == 'plan' else 'said'}")
    events = stores.queue.events(reader.tenant.id, id)
    answers = list(
        dict.fromkeys(
            (event.body["scenario"], event.body["answer"])
            for event in events
            if event.kind == "progress" and event.body.get("scenario") and event.body.get("stage") == "scenario"
        )
    )
    last = events[-1].number if events else 0
    run = {**run_of(job), "place": stores.queue.position(job)}
    return page(request, here, "run", run=run, stages=STAGES, answers=answers, last=last, at="run")


@router.get("/events")
async def follow(
    request: Request, id: JobId, reader: Reader, stores: Kept, last_event_id: LastEvent = None, after: str = ""
) -> Response:
    """What happens to a run, as it happens: the stream that the service gives, from after what the page shows."""
    seen = last_event_id or (after if after.isdigit() and len(after) < 16 else None)
    return await get_events(request, id, reader, stores, "", seen)


@router.post("/cancel")
def cancel(id: JobId, planner: Planner, stores: Kept, fields: Form) -> Response:
    """Stop a run; answers that it has are kept."""
    stores.queue.cancel(planner.tenant.id, id)
    return see(f"/runs/{id}")


@router.post("/resume")
def resume(id: JobId, planner: Planner, stores: Kept, fields: Form) -> Response:
    """Go on with a run that was stopped or failed."""
    stores.queue.resume(planner.tenant.id, id)
    return see(f"/runs/{id}")
