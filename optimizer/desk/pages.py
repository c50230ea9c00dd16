"""Templates made into responses: their headers, and what is shown where a page cannot be."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined

from optimizer import __version__
from optimizer.desk.visit import SignInError, Visit, visit
from optimizer.report.markup import table
from optimizer.report.said import day_html, figure_html, prose_html, with_unit
from optimizer.service.http.refusals import problem_of
from optimizer.service.problems import KINDS, Problem

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a page may do in a browser: load what this service sends, and nothing else."""
TEMPLATES = Environment(
    loader=PackageLoader("optimizer.desk"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters.update(
    figure=figure_html, unit=with_unit, day=day_html, prose=prose_html, table=partial(table, figures=True)
)


def page(request: Request, here: Visit, template: str, status: int = 200, **parts: Any) -> Response:
    """A page.

    Parameters
    ----------
    request : Request
    here : Visit
    template : str
        Name of its file, without the ending.
    status : int, optional
    **parts
        What it is filled with.
    """
    given = {"here": here, "version": __version__, "steps": [], **parts}
    made = HTMLResponse(TEMPLATES.get_template(f"{template}.html").render(given), status)
    made.headers["Content-Security-Policy"] = POLICY
    if here.fresh:
        here.keep(request, made)
    return made


def see(address: str) -> Response:
    """Have the browser look at another page.

    Parameters
    ----------
    address : str
    """
    return RedirectResponse(address, 303)


class PageRoute(APIRoute):
    """A route whose refusals are pages too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request."""
        answer = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await answer(request)
            except SignInError:
                back = request.url.path if request.method == "GET" else "/"
                return see(f"/sign-in?to={quote(back)}")
            except Exception as error:
                problem = problem_of(error)
                if problem is None:
                    raise
                return refusal(request, await visit(request), problem)

        return handler


def refusal(request: Request, here: Visit, problem: Problem) -> Response:
    """A page that says why there is none.

    Parameters
    ----------
    request : Request
    here : Visit
    problem : Problem
    """
    status, title = KINDS[problem.kind]
    made = page(request, here, "refused", status, title=title, detail=problem.detail, faults=problem.faults)
    made.headers.update(problem.headers)
    return made
