"""Checks that answer at once: a case, with changes and scenarios, and never a job."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import Field

from optimizer.service.checks.checkers import Checkers
from optimizer.service.http.bodies import JSON, JsonBody, check_rows
from optimizer.service.http.caller import MayPlan
from optimizer.service.http.media import offers
from optimizer.service.http.references import find_case, find_scenarios
from optimizer.service.http.said import Checked
from optimizer.service.http.stores import Kept
from optimizer.service.jobs.request import MOST_CHANGES, MOST_SCENARIOS, Asked, CaseGiven, Known, ScenarioGiven
from optimizer.service.problems import ProblemError, counted
from optimizer.world.change import Change

router = APIRouter(prefix="/v1", tags=["checks"])


class CheckRequest(Asked):
    """What is to be checked."""

    case: CaseGiven
    """A case by name, or as data."""
    packs: Annotated[tuple[Known, ...], Field(max_length=20)] = ()
    """Policy packs to switch on besides those the case names."""
    change: Annotated[tuple[Change, ...], Field(max_length=MOST_CHANGES)] = ()
    """Changes of its rows, one after the other."""
    scenarios: Annotated[tuple[ScenarioGiven, ...], Field(max_length=MOST_SCENARIOS)] = ()
    """Names or whole scenarios to hold against it."""


BODY = JsonBody.of(
    CheckRequest,
    example={
        "case": {"ref": "ev-motors"},
        "change": [{"table": "demand", "scale": {"tonnes": 1.1}}],
        "scenarios": ["full-embargo"],
    },
)


@router.post("/checks", summary="Check a case", openapi_extra=BODY.described)
def check(
    request: Request,
    caller: MayPlan,
    stores: Kept,
    body: Annotated[CheckRequest, Depends(BODY)],
    _: Annotated[str, Depends(offers(JSON))],
) -> Checked:
    """Say everything that is wrong with a case, its changes and scenarios, or can hardly be meant. Nothing is kept."""
    found = find_case(stores, caller.tenant.id, body.case)
    check_rows(found.body["rows"], request.app.state.settings.limits)
    scenarios, known = find_scenarios(stores, caller.tenant.id, body.scenarios)
    changes = [change.model_dump(mode="json", exclude_unset=True) for change in body.change]
    checkers: Checkers = request.app.state.checkers
    whose = caller.tenant.id
    said = checkers.do(
        "check", whose, case=found.asked, packs=body.packs, change=changes, scenarios=scenarios, known=known
    )
    return Checked.model_validate(said)


def done(request: Request, what: str, called: str, **task: Any) -> dict[str, Any]:
    """What a task in a process of its own gives; it waits for it, so it is not for an event loop.

    Parameters
    ----------
    request : Request
    what : str
        One of `checks.tasks.TASKS`.
    called : str
        What may have faults, as a message begins.
    **task
        What the task takes.

    Raises
    ------
    ProblemError
        With all faults, if it found any.
    """
    checkers: Checkers = request.app.state.checkers
    found = checkers.do(what, request.state.tenant, **task)
    if faults := found.get("faults"):
        detail = f"{called} has {counted(len(faults))}" + (f": {faults[0]['text']}" if len(faults) == 1 else "")
        findings, more = tuple(found.get("findings", ())), {"error": found["raised"]}
        raise ProblemError("input", detail, faults=tuple(faults), findings=findings, more=more)
    return found
