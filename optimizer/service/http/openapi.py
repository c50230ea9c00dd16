"""The OpenAPI document: what FastAPI knows of the routes, with every refusal on each and every model in one place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from optimizer.service.http.said import ProblemSaid
from optimizer.service.problems import KINDS, MEDIA_TYPE

ALWAYS = (405, 406, 422, 500, 503)
WITH_KEY = (401, 403, 429)
WITH_BODY = (400, 408, 413, 415)
HEADERS: dict[int, tuple[str, ...]] = {
    401: ("WWW-Authenticate",),
    403: ("WWW-Authenticate",),
    405: ("Allow",),
    429: ("Retry-After", "RateLimit", "RateLimit-Policy"),
    503: ("Retry-After",),
}
"""Headers of a refusal that say what to do."""
DESCRIPTION = (
    "Plans the sourcing of rare earths and permanent magnets under export controls, in every disruption scenario. "
    "Every error is a problem document (RFC 9457). HEAD works wherever GET does."
)


def describe(app: FastAPI, made: dict[str, Any]) -> dict[str, Any]:
    """FastAPI's document made complete.

    Parameters
    ----------
    app : FastAPI
    made : dict
        What FastAPI makes; changed in place.
    """
    components = made.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        components.pop(name, None)
    _add(components, ProblemSaid.model_json_schema(ref_template="#/components/schemas/{model}"), "Problem")
    for path, method, operation in _operations(made):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            if "title" in content.get("schema", {}):
                content["schema"] = _add(components, content["schema"], content["schema"]["title"])
            elif "$defs" in content.get("schema", {}):
                components |= content["schema"].pop("$defs")
        _refusals(path, method, operation)
    found: dict[str, Any] = _alike(made)
    return found


def _alike(part: Any) -> Any:
    """The same words whichever version of pydantic makes them: none that go without saying, whole numbers whole."""
    if isinstance(part, dict):
        spoken = {key: value for key, value in part.items() if (key, value) != ("additionalProperties", True)}
        return {key: _alike(value) for key, value in spoken.items()}
    if isinstance(part, list):
        return [_alike(item) for item in part]
    return int(part) if isinstance(part, float) and part.is_integer() else part


def _operations(made: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation: its path, its method and itself."""
    for path, item in made["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def _add(components: dict[str, Any], schema: dict[str, Any], name: str) -> dict[str, Any]:
    """Put a schema and its parts among the others, and give what refers to it."""
    components |= schema.pop("$defs", {})
    components[name] = schema
    return {"$ref": f"#/components/schemas/{name}"}


def _refusals(path: str, method: str, operation: dict[str, Any]) -> None:
    """Say of an operation how it may be refused."""
    responses = operation.setdefault("responses", {})
    kinds = [
        *ALWAYS,
        *(WITH_KEY if operation.get("security") else ()),
        *(WITH_BODY if "requestBody" in operation else ()),
    ]
    kinds += [404] if "{" in path else []
    names = {parameter["name"].lower() for parameter in operation.get("parameters", ())}
    kinds += [412] if "if-match" in names else []
    ended = "results" in operation.get("tags", ())  # they come with the end of a job
    kinds += [409] if ended or (method != "get" and operation.get("security")) else []
    for status in sorted(kinds):
        titles = " / ".join(dict.fromkeys(title for code, title in KINDS.values() if code == status))
        said: dict[str, Any] = {
            "description": titles,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        if status in HEADERS:
            said["headers"] = {name: {"schema": {"type": "string"}} for name in HEADERS[status]}
        responses[str(status)] = said
    operation["responses"] = dict(sorted(responses.items()))
