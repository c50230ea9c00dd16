"""Query parameters that an address does not take are refused: a misspelt one would be passed over without a word."""

from __future__ import annotations

from fastapi import FastAPI, Request

from optimizer.case.text import brief
from optimizer.errors import InputError
from optimizer.faults import Fault

OTHERS = "x-other-parameters"
"""What the document says of an operation that takes parameters it does not name, and looks at them itself."""
Known = dict[tuple[str, str], frozenset[str]]
"""Names of query parameters by method and template of the address."""


def known_queries(app: FastAPI) -> Known:
    """The query parameters of every operation, from the OpenAPI document.

    Parameters
    ----------
    app : FastAPI
    """
    return {
        (method.upper(), template): frozenset(
            parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "query"
        )
        for template, item in app.openapi()["paths"].items()
        for method, operation in item.items()
        if OTHERS not in operation
    }


async def check_query(request: Request) -> None:
    """Refuse parameters that the address does not take.

    Raises
    ------
    InputError
        For each, with the nearest that it takes.
    """
    names = dict.fromkeys(request.query_params.keys())
    if not names:
        return
    if not hasattr(request.app.state, "queries"):
        request.app.state.queries = known_queries(request.app)
    known = request.app.state.queries.get((request.method, getattr(request.scope.get("route"), "path", "")))
    if known is None:
        return
    faults = [
        Fault.near("query", None, f"no such parameter: {brief(name)}", name, known, "unknown-column")
        for name in names
        if name not in known
    ]
    if faults:
        raise InputError(faults)
