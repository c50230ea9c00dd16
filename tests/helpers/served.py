"""The service on a socket, for a test, with a worker that solves nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import httpx
import uvicorn

from optimizer.service.http.app import create_app
from optimizer.service.http.server import Server
from optimizer.service.http.settings import Settings
from optimizer.service.http.stores import Stores
from optimizer.service.http.waiting import Watch
from optimizer.service.store.keys import Tenants
from optimizer.service.store.records import Claim, Ending, PartFile, Progress, Tenant
from tests.helpers.service import answering

CERTIFICATE = {
    "certificates": [{"scenario": "base", "answer": "base"}, {"scenario": "embargo", "answer": "react"}],
    "not_certified": [{"scenario": "flood", "answer": "react", "status": "time limit", "method": "simplex"}],
    "units": {"tonnes": "t"},
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PARQUET = "application/vnd.apache.parquet"


@dataclass
class Served:
    """A running service and its callers."""

    url: str
    stores: Stores
    folder: Path
    watch: Watch
    server: Server
    tenants: dict[str, Tenant] = field(default_factory=dict)

    def caller(self, name: str = "acme", *scopes: str) -> httpx.Client:
        """A client with a key of a tenant, which is made where there is none."""
        if name not in self.tenants:
            self.tenants[name] = Tenants(self.stores.database).make(name)
        _, secret = self.stores.keys.make(self.tenants[name].id, scopes or ("admin",), "test")
        plain = httpx.HTTPTransport(verify=False, limits=httpx.Limits(max_connections=200))
        return httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {secret}"}, timeout=30, transport=plain
        )

    def stop(self) -> None:
        """Tell the server to stop."""
        self.server.should_exit = True

    def claim(self) -> Claim:
        """The next job, as a worker takes it."""
        found = self.stores.queue.claim("test")
        assert found is not None
        return found

    def finish(self, claim: Claim, parts: Mapping[str, bytes], **ending: Any) -> None:
        """End a job with parts."""
        files = []
        for number, (name, body) in enumerate(parts.items()):
            path = self.folder / f"{claim.token}-{number}"
            path.write_bytes(body)
            files.append(PartFile(name, media_type(name), path))
        assert self.stores.queue.finish(claim, files, Ending(**{"state": "succeeded", **ending}))

    def tell(self, claim: Claim, *steps: tuple[int, int]) -> None:
        """Progress of a job."""
        for done, total in steps:
            self.stores.queue.beat(claim, Progress("scenarios", done, total, "embargo", "react"))


def media_type(name: str) -> str:
    kinds = {
        "json": "application/json",
        "html": "text/html",
        "zip": "application/zip",
        "parquet": PARQUET,
        "xlsx": XLSX,
    }
    return kinds[name.rpartition(".")[2]]


def parquet(folder: Path, select: str) -> bytes:
    """A table in Parquet."""
    path = folder / f"{time.monotonic_ns()}.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


def plan_parts(folder: Path, rows: int = 2500) -> dict[str, bytes]:
    """Parts of a plan: two answers that are certified, and one that is not."""
    scenario = "CASE WHEN i % 2 = 0 THEN 'base' ELSE 'embargo' END"
    answer = "CASE WHEN i % 2 = 0 THEN 'base' ELSE 'react' END"
    more = f"'offer-' || (i % 5) AS offer, i::DOUBLE / 3 AS tonnes FROM range({rows}) t(i)"
    purchases = f"SELECT {scenario} AS scenario, {answer} AS answer, {more}"
    limits = "SELECT 'base' AS scenario, 'base' AS answer, '=china' AS \"limit\", 1.5 AS breach"
    summary = (
        "SELECT * FROM (VALUES ('base', 'base', 'optimal', true, 10.0), ('embargo', 'react', 'optimal', true, 12.0), "
        "('flood', 'react', 'time limit', false, NULL)) t(scenario, answer, status, certified, cost_usd)"
    )
    tables = {"tables/purchases": purchases, "tables/limits": limits, "summary": summary, "awards": purchases}
    made = {f"{name}.parquet": parquet(folder, select) for name, select in tables.items()}
    whole = {
        "report.html": b"<!doctype html><title>x</title>",
        "plan.zip": b"PK\x05\x06" + bytes(18),
        "plan.xlsx": b"PK\x05\x06",
    }
    return {**made, "certificate.json": json.dumps(CERTIFICATE).encode(), **whole}


@contextmanager
def serving(folder: Path, database: str = "", **settings: Any) -> Iterator[Served]:
    """The service on a free port of this machine, on a database of its own unless one is given."""
    app = create_app(Settings(database or f"sqlite:///{folder / 'lodestar.db'}", **settings))
    server = Server(app, uvicorn.Config(app, port=0, log_config=None, ws="none"))
    with answering(server) as url:
        yield Served(url, app.state.stores, folder, app.state.watch, server)
