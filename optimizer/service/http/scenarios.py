"""Scenarios of the tenant, written whole; bundled ones to be read only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from optimizer.errors import InputError
from optimizer.faults import Fault
from optimizer.service.http.bodies import JSON, JsonBody
from optimizer.service.http.bundled import bundled_scenarios
from optimizer.service.http.caller import MayPlan, MayRead
from optimizer.service.http.checking import done
from optimizer.service.http.conditional import IfMatch, IfNoneMatch, check, etag, not_modified
from optimizer.service.http.media import offers
from optimizer.service.http.paging import Cursor, Limit, by_name
from optimizer.service.http.references import included
from optimizer.service.http.said import NAME, ScenarioPage, ScenarioSaid, ScenarioWritten
from optimizer.service.http.stores import Kept, Stores
from optimizer.service.problems import ProblemError
from optimizer.service.store.records import StoredScenario, said
from optimizer.service.store.refusals import UnknownError
from optimizer.world.scenario import BASE, Scenario

router = APIRouter(prefix="/v1/scenarios", tags=["scenarios"])
ScenarioName = Annotated[
    str, Path(pattern=NAME, max_length=60, description="Name of a scenario.", examples=["my-embargo"])
]


def _mapping(content: Any) -> dict[str, Any]:
    """A body as it came; what is wrong with it, the check says."""
    if not isinstance(content, dict):
        raise InputError([Fault("scenario", "expected a mapping of fields", code="wrong-shape")])
    return content


BODY = JsonBody(
    _mapping,
    Scenario,
    example={
        "name": "my-embargo",
        "title": "The embargo, and a flood in Malaysia",
        "probability": 0.05,
        "announced": "2027-04-01",
        "source": "Our own judgement.",
        "includes": ["full-embargo", "kuantan-down"],
    },
)
READ: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The scenario, as it was written.",
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/Scenario"}}},
        "headers": {"ETag": {"schema": {"type": "string"}, "description": "Its revision."}},
    },
    304: {"description": "The caller has it."},
}


def scenario_said(scenario: StoredScenario) -> ScenarioSaid:
    """A stored scenario as it is told of."""
    return ScenarioSaid(name=scenario.name, revision=scenario.revision, created=said(scenario.created), bundled=False)


def bundled_said(name: str) -> ScenarioSaid:
    """A bundled scenario as it is told of."""
    return ScenarioSaid(name=name, revision=bundled_scenarios()[name].revision, created=None, bundled=True)


@router.get("", summary="List scenarios")
def list_scenarios(
    caller: MayRead,
    stores: Kept,
    _: Annotated[str, Depends(offers(JSON))],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ScenarioPage:
    """The tenant's scenarios and the bundled ones, by name."""

    def own(after: str | None, most: int) -> Iterator[ScenarioSaid]:
        return map(scenario_said, stores.scenarios.page(caller.tenant.id, after=after, limit=most))

    items, following = by_name("scenarios", cursor, limit, own, map(bundled_said, bundled_scenarios()))
    return ScenarioPage(items=items, next=following)


@router.get("/{name}", summary="Read a scenario", response_model=None, responses=READ)
def get_scenario(
    request: Request,
    name: ScenarioName,
    caller: MayRead,
    stores: Kept,
    _: Annotated[str, Depends(offers(JSON))],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """A scenario, as it was written."""
    try:
        stored = stores.scenarios.get(caller.tenant.id, name)
        revision, body = stored.revision, stored.body
    except UnknownError:
        if (found := bundled_scenarios().get(name)) is None:
            raise
        revision, body = found.revision, found.body
    headers = {"ETag": etag(revision, JSON), "Cache-Control": "private, no-cache"}
    if not_modified(request, headers["ETag"]):
        return Response(None, 304, headers)
    return Response(json.dumps(body, ensure_ascii=False), 200, headers, JSON)


@router.put(
    "/{name}",
    summary="Write a scenario",
    openapi_extra=BODY.described,
    responses={201: {"model": ScenarioWritten, "description": "It is a new scenario."}},
)
def put_scenario(
    request: Request,
    response: Response,
    name: ScenarioName,
    caller: MayPlan,
    stores: Kept,
    body: Annotated[dict[str, Any], Depends(BODY)],
    _: Annotated[str, Depends(offers(JSON))],
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> ScenarioWritten:
    """Write a scenario, whole. It is checked first, without a case; one with faults is not kept."""
    if name in bundled_scenarios() or name == BASE:
        raise ProblemError("conflict", f"{name} is a bundled scenario, to be read only; choose another name")
    current = _current(stores, caller.tenant.id, name)
    expected = check(if_match, if_none_match, current)
    if (called := body.get("name")) != name:
        raise InputError([Fault.of("scenario", "name", f"that of the address ({name})", repr(called), "inconsistent")])
    known = included(stores, caller.tenant.id, [body])
    found = done(request, "scenario", "The scenario", document=body, known=known)
    stored = stores.scenarios.put(caller.tenant.id, name, body, if_match=expected)
    response.status_code = 200 if current else 201
    response.headers["ETag"] = etag(stored.revision, JSON)
    response.headers["Location"] = f"/v1/scenarios/{name}"
    return ScenarioWritten(**vars(scenario_said(stored)), events=found["events"])


@router.delete("/{name}", summary="Delete a scenario", status_code=204)
def delete_scenario(name: ScenarioName, caller: MayPlan, stores: Kept, if_match: IfMatch = None) -> None:
    """Delete a scenario. Jobs that were made with it keep it, and their results."""
    if name in bundled_scenarios():
        raise ProblemError("conflict", f"{name} is a bundled scenario, to be read only")
    current = _current(stores, caller.tenant.id, name)
    if current is None and if_match is None:
        raise ProblemError("not-found", f"no such scenario: {name}")
    stores.scenarios.delete(caller.tenant.id, name, if_match=check(if_match, None, current))


def _current(stores: Stores, tenant: str, name: str) -> str | None:
    """The revision that a scenario of the tenant has now; None if there is none."""
    try:
        return stores.scenarios.get(tenant, name).revision
    except UnknownError:
        return None
