"""The page in this process: browsers that keep cookies, and a plan that a real job made."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from optimizer.desk.app import create_desk
from optimizer.service.http.server import Server
from optimizer.service.http.settings import Settings
from optimizer.service.http.stores import Stores
from optimizer.service.jobs.run import run
from optimizer.service.start import demo_tenant
from optimizer.service.store.keys import Tenants
from optimizer.service.store.records import Ending, PartFile
from tests.helpers.served import media_type
from tests.helpers.service import answering, own_case, quiet_scenario

OUTSIDE = re.compile(r"^(?:[a-z]+:)?//", re.IGNORECASE)


@dataclass
class Desk:
    """The page, and who looks at it."""

    app: FastAPI
    url: str
    folder: Path
    opened: list[httpx.Client] = field(default_factory=list)

    @property
    def stores(self) -> Stores:
        stores: Stores = self.app.state.stores
        return stores

    def browser(self) -> httpx.Client:
        """A browser that has not been here."""
        client = httpx.Client(base_url=self.url, timeout=120, trust_env=False)
        self.opened.append(client)
        return client

    def key(self, tenant: str, *scopes: str) -> str:
        """A key of a tenant, which is made where there is none."""
        tenants = Tenants(self.stores.database)
        known = {one.name: one.id for one in tenants.list()}
        id = known.get(tenant) or tenants.make(tenant).id
        return self.stores.keys.make(id, scopes or ("admin",), "test")[1]

    def signed_in(self, tenant: str, *scopes: str) -> httpx.Client:
        """A browser of somebody who has signed in."""
        client = self.browser()
        sent = send(client, "/sign-in", "/sign-in", key=self.key(tenant, *scopes))
        assert (sent.status_code, sent.headers["location"]) == (303, "/")
        return client

    def work(self) -> str:
        """Do the next job, as a worker would, and give its id."""
        claim = self.stores.queue.claim("test")
        assert claim is not None
        case = claim.request["case"]
        if "ref" in case:
            stored = self.stores.cases.get(claim.job.tenant, case["ref"], case["revision"])
            case = stored.body
        folder = self.folder / claim.job.id
        folder.mkdir()
        task = {**claim.request, "kind": claim.job.kind, "case": case, "limits": {"workers": 1}}
        (folder / "task.json").write_text(json.dumps(task), encoding="utf-8")
        run(folder, lambda step: None)
        ending = json.loads((folder / "ending.json").read_text(encoding="utf-8"))
        parts = folder / "parts"
        files = [
            PartFile(path.relative_to(parts).as_posix(), media_type(path.name), path)
            for path in sorted(parts.rglob("*.*"))
            if path.is_file()
        ]
        assert self.stores.queue.finish(claim, files, Ending(**ending))
        return claim.job.id


@contextmanager
def opened(folder: Path, *, demo: bool = False) -> Iterator[Desk]:
    """The page on a database of its own, until the block ends."""
    settings = Settings(f"sqlite:///{folder / 'lodestar.db'}", checkers=1, key_seconds=0.0)
    stores = Stores.of(settings)
    stores.database.migrate()
    app = create_desk(settings, demo_tenant(stores.database) if demo else None)
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="on")
    with answering(Server(app, config)) as url:
        desk = Desk(app, url, folder)
        try:
            yield desk
        finally:
            for client in desk.opened:
                client.close()
    stores.database.close()


def token(page: str) -> str:
    """What the forms of a page bring along."""
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


def send(client: httpx.Client, page: str, address: str, /, **fields: Any) -> httpx.Response:
    """Send a form as a page shows it."""
    given = {"csrf": token(client.get(page).text), **fields}
    return client.post(address, data=given)


def put_case(desk: Desk, tenant: str, name: str = "mine", **settings: Any) -> None:
    """The toy as a tenant's own, and a scenario that fits it."""
    id = {one.name: one.id for one in Tenants(desk.stores.database).list()}[tenant]
    desk.stores.cases.put(id, name, own_case(name, **settings))
    desk.stores.scenarios.put(id, "quiet", quiet_scenario())


class Seen(HTMLParser):
    """What there is in a page: its figures, its addresses, and what a strict policy forbids."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.figures: list[float] = []
        self.outside: list[str] = []
        self.inline: list[str] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        self.inline += [f"{tag} {name}" for name in given if name == "style" or name.startswith("on")]
        for name in ("href", "src", "action", "data-events"):
            if name in given:
                self.links.append(given[name])
                if OUTSIDE.match(given[name]):
                    self.outside.append(given[name])
        if tag == "data":
            self.figures.append(float(given["value"]))
