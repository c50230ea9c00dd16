"""What a caller may want to know first: version, limits, schemas, and whether the service is well."""

from __future__ import annotations

import json
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import TypeAdapter

from optimizer import __version__
from optimizer.case.rows import Row
from optimizer.case.settings import FORMAT, CaseFile
from optimizer.case.tables import TABLES
from optimizer.faults import nearest
from optimizer.service.http.bodies import JSON
from optimizer.service.http.caller import MayRead
from optimizer.service.http.media import offers
from optimizer.service.http.metrics import Metrics
from optimizer.service.http.said import About, Health
from optimizer.service.http.settings import Settings
from optimizer.service.http.stores import Kept
from optimizer.service.problems import ProblemError
from optimizer.world.scenario import Scenario

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
SCHEMA = "application/schema+json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
router = APIRouter(tags=["about"])
LINKS = {
    "cases": "/v1/cases",
    "scenarios": "/v1/scenarios",
    "jobs": "/v1/jobs",
    "webhooks": "/v1/webhooks",
    "checks": "/v1/checks",
    "schema": "/v1/schema/{case|scenario|table}",
    "openapi": "/openapi.json",
    "health": "/healthz",
}


@router.get("/v1", summary="Version, limits, links")
def about(request: Request, caller: MayRead, _: Annotated[str, Depends(offers(JSON))]) -> About:
    """What the service is and takes, and what the key may do."""
    settings: Settings = request.app.state.settings
    return About(
        version=__version__,
        formats={"case": FORMAT},
        limits=settings.limits.record(),
        caps=dict(vars(caller.tenant.caps)),
        scopes=sorted(caller.scopes),
        links=LINKS,
    )


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """JSON Schema of a case, a scenario and the rows of each table, by name."""
    tables = {name: _rows(record) for name, record in TABLES.items()}
    found = {"case": _case(), "scenario": Scenario.model_json_schema(by_alias=True), **tables}
    return {name: {"$schema": DIALECT, **schema} for name, schema in found.items()}


def _rows(record: type[Row]) -> dict[str, Any]:
    """JSON Schema of the rows of a table."""
    return TypeAdapter(list[record]).json_schema(by_alias=True)  # type: ignore[valid-type]


def _case() -> dict[str, Any]:
    """JSON Schema of a whole case."""
    parts = {record.__name__: record.model_json_schema(by_alias=True) for record in TABLES.values()}
    settings = CaseFile.model_json_schema(by_alias=True)
    defined: dict[str, Any] = settings.pop("$defs", {})
    for schema in parts.values():
        defined |= schema.pop("$defs", {})
    rows = {
        table: {"type": "array", "items": {"$ref": f"#/$defs/{record.__name__}"}} for table, record in TABLES.items()
    }
    return {
        "title": "Case",
        "type": "object",
        "properties": {
            "settings": settings,
            "rows": {"type": "object", "properties": rows, "additionalProperties": False},
        },
        "required": ["settings", "rows"],
        "additionalProperties": False,
        "$defs": {**defined, **parts},
    }


SAID: dict[int | str, dict[str, Any]] = {
    200: {"description": "A JSON Schema (2020-12).", "content": {SCHEMA: {"schema": {"type": "object"}}}}
}


@router.get("/v1/schema/{name}", summary="Schema of an input", response_model=None, responses=SAID)
def schema(
    name: Annotated[
        str, Path(max_length=60, description="`case`, `scenario`, or the name of a table.", examples=["case", "offers"])
    ],
    caller: MayRead,
    _: Annotated[str, Depends(offers(SCHEMA, JSON))],
) -> Response:
    """The JSON Schema of a case, a scenario or the rows of a table: every column, with its unit and bounds."""
    if (found := schemas().get(name)) is None:
        raise ProblemError("not-found", f"no such schema: {name!r}. {nearest(name, schemas())}")
    return Response(json.dumps(found), 200, {"Cache-Control": "private, max-age=3600"}, SCHEMA)


@router.get("/healthz", summary="Whether the process answers")
async def health(_: Annotated[str, Depends(offers(JSON))]) -> Health:
    """The process answers; nothing is asked of the database."""
    return Health(status="ok")


@router.get("/readyz", summary="Whether the service can work", response_description="It can.")
def ready(stores: Kept, _: Annotated[str, Depends(offers(JSON))]) -> Health:
    """The database answers too."""
    stores.database.clock()
    return Health(status="ok")


@router.get(
    "/metrics",
    summary="Counts for Prometheus",
    response_model=None,
    responses={200: {"description": "Text.", "content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(request: Request, _: Annotated[str, Depends(offers("text/plain"))]) -> Response:
    """Requests and jobs, of all tenants together; no name and no id is among them."""
    counted: Metrics = request.app.state.metrics
    return Response(counted.text(), 200, media_type=PROMETHEUS)
