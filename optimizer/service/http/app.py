"""The application: every route, around them what every exchange gets, and what they share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.openapi.utils import get_openapi

from optimizer import __version__
from optimizer.service.checks.checkers import Checkers
from optimizer.service.http import about, cases, checking, jobs, refusals, results, scenarios, webhooks
from optimizer.service.http.caller import KnownKeys
from optimizer.service.http.envelope import Envelope
from optimizer.service.http.metrics import Metrics
from optimizer.service.http.openapi import DESCRIPTION, describe
from optimizer.service.http.queries import check_query
from optimizer.service.http.settings import Settings
from optimizer.service.http.stores import Stores
from optimizer.service.http.waiting import Places, Watch

ROUTERS: tuple[APIRouter, ...] = (
    jobs.router,
    results.router,
    cases.router,
    scenarios.router,
    checking.router,
    webhooks.router,
    about.router,
)
"""All routes, those asked most first, as they are looked through in this order."""


def create_app(settings: Settings, routers: Sequence[APIRouter] = ()) -> FastAPI:
    """The service as an ASGI application; its store is opened at once, and migrated when it starts.

    Parameters
    ----------
    settings : Settings
    routers : sequence of APIRouter, optional
        Routes besides `ROUTERS`.
    """
    stores = Stores.of(settings)
    limits = settings.limits
    app = FastAPI(
        title="Lodestar",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(check_query)],
        lifespan=_lifespan,
    )
    app.state.settings = settings
    app.state.stores = stores
    app.state.keys = KnownKeys(stores.keys, settings.key_seconds)
    app.state.checkers = Checkers(settings.checkers, limits.check_seconds, limits.check_memory_mb)
    app.state.watch = Watch(stores.queue.latest)
    app.state.places = Places(stores.queue)
    app.state.metrics = Metrics(stores.queue.counts)
    refusals.install(app)
    for router in (*ROUTERS, *routers):
        app.include_router(router)
    app.add_middleware(Envelope, settings=settings, metrics=app.state.metrics)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Make the tables and start a process for checks; end what was started."""
    await run_in_threadpool(app.state.stores.database.migrate)
    app.state.checkers.start()
    try:
        yield
    finally:
        app.state.checkers.close()
        app.state.stores.database.close()


def _document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        app.openapi_schema = describe(app, made)
    return app.openapi_schema
