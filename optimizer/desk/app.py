"""The service with the page at its root."""

from __future__ import annotations

from fastapi import FastAPI

from optimizer.desk import answers, assets, cases, home, runs, signing
from optimizer.desk.visit import Visits
from optimizer.service.http.app import create_app
from optimizer.service.http.settings import Settings
from optimizer.service.store.records import Tenant

ROUTERS = (home.router, signing.router, cases.router, runs.router, answers.router, assets.router)
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
    return app
