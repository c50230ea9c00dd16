"""A service that answers on a port of this machine, in a thread of the tests, and callers of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import APIRouter, FastAPI

from optimizer.service.case_body import body_of
from optimizer.service.http.app import create_app
from optimizer.service.http.settings import Settings
from optimizer.service.http.stores import Stores
from optimizer.service.store.keys import Tenants
from tests.helpers.paths import TESTS


@dataclass
class Service:
    """A running service."""

    app: FastAPI
    url: str
    clients: list[httpx.Client] = field(default_factory=list)

    @property
    def stores(self) -> Stores:
        stores: Stores = self.app.state.stores
        return stores

    def tenant(self, name: str) -> str:
        """The id of a tenant, made when it is named first."""
        tenants = Tenants(self.stores.database)
        known = {tenant.name: tenant.id for tenant in tenants.list()}
        return known.get(name) or tenants.make(name).id

    def caller(self, tenant: str = "one", scopes: Sequence[str] = ("admin",), **headers: str) -> httpx.Client:
        """Somebody who calls with a key of a tenant."""
        _, secret = self.stores.keys.make(self.tenant(tenant), scopes, "test")
        return self.anybody(Authorization=f"Bearer {secret}", **headers)

    def anybody(self, **headers: str) -> httpx.Client:
        """Somebody who calls, with a key only if they have one among their headers."""
        client = httpx.Client(base_url=self.url, headers=headers, timeout=60, trust_env=False)
        self.clients.append(client)
        return client


@contextmanager
def answering(server: uvicorn.Server) -> Iterator[str]:
    """The address of a server that runs in a thread, until the block ends."""
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    try:
        while not server.started:
            assert thread.is_alive(), "the service did not start"
            assert time.monotonic() < until, "the service did not start in time"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
    assert not thread.is_alive(), "the service did not stop"


@contextmanager
def serving(folder: Path, routers: Sequence[APIRouter] = (), database: str = "", **settings: Any) -> Iterator[Service]:
    """A service whose database lies in a folder unless another is given, until the block ends."""
    app = create_app(Settings(database or f"sqlite:///{folder / 'lodestar.db'}", **settings), routers)
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False, server_header=False, lifespan="on")
    with answering(uvicorn.Server(config)) as url:
        service = Service(app, url)
        try:
            yield service
        finally:
            for client in service.clients:
                client.close()


@cache
def _toy() -> dict[str, Any]:
    return body_of(TESTS / "cases" / "toy")


def own_case(called: str, **settings: Any) -> dict[str, Any]:
    """A whole case under a name of its own."""
    body = _toy()
    return {"settings": {**body["settings"], "name": called, **settings}, "rows": body["rows"]}


def own_scenario(called: str, **fields: Any) -> dict[str, Any]:
    """A scenario under a name of its own."""
    said = {"title": "One more", "probability": 0.1, "announced": "2027-12-01", "source": "Made up."}
    return {"name": called, **said, "includes": ["full-embargo"], **fields}


def quiet_scenario(called: str = "quiet") -> dict[str, Any]:
    """A scenario that fits the toy."""
    event = {"what": "stricter", "table": "controls", "where": {"control": "aa-export"}, "from": "2027-05-01"}
    said = {"title": "A control", "probability": 0.1, "announced": "2027-04-10", "source": "Made up."}
    return {"name": called, **said, "events": [{**event, "set": {"approval": 0.5}}]}
