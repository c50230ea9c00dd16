"""One service for the tests of a file."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.helpers.postgres import Postgres
from tests.helpers.service import Service, serving


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where a new database lies, of each kind: for tests whose answers the database gives."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('database') / 'lodestar.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.database(f"http-{uuid.uuid4()}")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("service"), checkers=1, key_seconds=0.3) as running:
        yield running


@pytest.fixture(scope="module")
def one(service: Service) -> httpx.Client:
    """A caller who may do all."""
    return service.caller("one")


@pytest.fixture(scope="module")
def other(service: Service) -> httpx.Client:
    """A caller of another tenant who may do all."""
    return service.caller("other")
