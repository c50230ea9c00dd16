"""The service with the page at its root."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response

from optimizer.desk import answers, assets, cases, files, home, runs, sheets, signing
from optimizer.desk.visit import SignInError, Visits
from optimizer.service.http.app import create_app
from optimizer.service.http.refusals import response
from optimizer.service.http.settings import Settings
from optimizer.service.problems import Problem
from optimizer.service.store.records import Tenant

ROUTERS = (
    home.router,
    signing.router,
    cases.router,
    sheets.router,
    files.pages,
    files.router,
    runs.router,
    answers.router,
    assets.router,
)
"""All pages."""


def create_desk(settings: Settings, demo: Tenant | None = None) -> FastAPI:
    """The service as an ASGI application, and the page at its root.

    Parameters
    ----------
    settings : Settings
    demo : Tenant, optional
        In whose name everybody looks and plans without a key; by default a key signs in.
    """
    app = create_app(settings, ROUTERS)
    app.state.visits = Visits(app.state.keys, demo)
    app.add_exception_handler(SignInError, signed_out)
    return app


async def signed_out(request: Request, error: Exception) -> Response:
    """What a script of a page is told whose reader has signed out.

    Parameters
    ----------
    request : Request
    error : SignInError
    """
    return response(request, Problem("no-key", "you are signed out; sign in in another window, then try again"))
