"""Errors of the floors below as problem documents: whatever a route raises, its caller reads one shape."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response

from optimizer.case.text import brief
from optimizer.errors import InputError
from optimizer.faults import Code
from optimizer.service.checks.checkers import MOST_EACH, BeyondLimitsError, BrokenError, BusyError, TooManyError
from optimizer.service.http.envelope import METHODS, instance_of
from optimizer.service.problems import MEDIA_TYPE, Kind, Problem, ProblemError, counted, of_cap, of_error
from optimizer.service.store.refusals import (
    CapReachedError,
    KeyReusedError,
    RefusalError,
    RevisionError,
    StateError,
    TwinInFlightError,
    UnavailableError,
    UnknownError,
)

log = logging.getLogger("lodestar.http")
AGAIN = "5"
"""Seconds after which it may be worth asking again, where nobody knows better."""
STORE: tuple[tuple[type[RefusalError], Kind], ...] = (
    (UnknownError, "not-found"),
    (StateError, "conflict"),
    (KeyReusedError, "key-reused"),
    (TwinInFlightError, "twin-in-flight"),
    (RevisionError, "changed-meanwhile"),
)
"""Refusals of the store that say all by themselves."""
WORDS: dict[str, Code] = {
    "missing": "missing-value",
    "extra_forbidden": "unknown-column",
    "int_parsing": "not-a-number",
    "literal_error": "unknown-word",
    "enum": "unknown-word",
    "string_pattern_mismatch": "wrong-spelling",
}
"""Kinds of faults of a query, a header or a part of an address."""


def response(request: Request, problem: Problem) -> Response:
    """A problem as a response.

    Parameters
    ----------
    request : Request
    problem : Problem
    """
    document = problem.document(instance_of(request.scope))
    return Response(json.dumps(document), problem.status, dict(problem.headers), MEDIA_TYPE)


def _of_request(error: RequestValidationError) -> Problem:
    """What is wrong with a query, a header or a part of an address."""
    faults = []
    for item in error.errors():
        where, *path = (str(part) for part in item["loc"])
        name = ".".join(path) or None
        code = WORDS.get(item["type"], "out-of-range" if "than" in item["type"] else "invalid")
        found = None if item["type"] == "missing" else brief(item.get("input"))
        text = f"{where}: {name}: {item['msg']}" + (f", found {found}" if found else "")
        fields = {"code": code, "table": None, "file": None, "row": None, "column": name, "cell": None}
        more = {"found": found, "expected": item["msg"], "unit": None, "known": [], "suggest": None}
        faults.append({**fields, **more, "text": text})
    said = f"The request has {counted(len(faults))}"
    return Problem("input", said + (f": {faults[0]['text']}" if len(faults) == 1 else ""), tuple(faults))


def methods_at(request: Request) -> str:
    """The methods there are at the address of a request."""
    found = {
        method
        for method in METHODS
        for route in request.app.routes
        if route.matches({**request.scope, "method": method})[0].name == "FULL"
    }
    return ", ".join(sorted(found | ({"HEAD"} if "GET" in found else set())))


def _of_status(request: Request, error: Any) -> Problem:
    """What the router refuses by itself."""
    if error.status_code == 405:
        allowed = methods_at(request)
        return Problem("wrong-method", f"expected {allowed or 'another method'}", headers={"Allow": allowed})
    if error.status_code == 404:
        return Problem("not-found", "there is nothing at this address")
    return Problem("malformed", "the request cannot be read")


def _of_store(error: RefusalError) -> Problem:
    """What the store refuses."""
    if isinstance(error, CapReachedError):
        return of_cap(error.what, error.limit, error.retry_after)
    if isinstance(error, UnavailableError):
        log.error("unavailable", extra={"fields": {"cause": type(error.__cause__).__name__}})
        return Problem("unavailable", "the database cannot be reached just now", headers={"Retry-After": AGAIN})
    kind = next((kind for kind_of_error, kind in STORE if isinstance(error, kind_of_error)), None)
    if kind is None:
        raise error
    return Problem(kind, str(error))


def _of_check(error: Exception) -> Problem:
    """A check that came to no end."""
    if isinstance(error, TooManyError):
        return of_cap(str(error), MOST_EACH, 1)
    if isinstance(error, BusyError):
        return Problem("unavailable", str(error), headers={"Retry-After": AGAIN})
    return Problem("beyond-limits", str(error))


MADE: tuple[tuple[type[Exception], Callable[[Any], Problem]], ...] = (
    (ProblemError, of_error),
    (InputError, of_error),
    (RequestValidationError, _of_request),
    (RefusalError, _of_store),
    (TooManyError, _of_check),
    (BusyError, _of_check),
    (BeyondLimitsError, _of_check),
)
"""Errors that are foreseen, and what makes a problem of each."""


def problem_of(error: Exception) -> Problem | None:
    """What an error that is foreseen is said as; None for any other.

    Parameters
    ----------
    error : Exception
    """
    return next((made(error) for kind, made in MADE if isinstance(error, kind)), None)


def install(app: FastAPI) -> None:
    """Have every error that is foreseen said as a problem; what is not, the envelope catches.

    Parameters
    ----------
    app : FastAPI
    """

    def said(made: Callable[[Any], Problem]) -> Callable[[Request, Any], Any]:
        async def handler(request: Request, error: Any) -> Response:
            return response(request, made(error))

        return handler

    async def by_status(request: Request, error: Any) -> Response:
        return response(request, _of_status(request, error))

    for status in (400, 401, 403, 404, 405, 413, 415, 422):
        app.add_exception_handler(status, by_status)
    for error, made in MADE:
        app.add_exception_handler(error, said(made))

    async def broken(request: Request, error: Any) -> Response:
        fields = {"request": request.state.request_id, "error": dict(error.record)}
        log.error("broken", extra={"fields": fields})
        said = f"a fault of the service; its log has it as {request.state.request_id}"
        return response(request, Problem("internal", said, more={"id": request.state.request_id}))

    app.add_exception_handler(BrokenError, broken)
