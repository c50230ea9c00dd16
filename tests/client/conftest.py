"""One service with a worker, for the tests of a file, and a client of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from optimizer import __version__
from optimizer.client import Client
from optimizer.service.start import Crew
from optimizer.service.work.task import Allowance
from optimizer.service.work.worker import Worker
from tests.helpers.service import Service, serving


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("service"), checkers=1) as running:
        yield running


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[Client]:
    _, secret = service.stores.keys.make(service.tenant("one"), ["admin"], "test")
    with Client(service.url, secret) as made:
        yield made


@pytest.fixture(scope="module")
def working(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A worker of the service."""
    queue, scratch = service.stores.queue, tmp_path_factory.mktemp("scratch")
    crew = Crew(lambda: Worker(queue, __version__, scratch=scratch, allowance=Allowance(workers=1)), 1)
    crew.start()
    yield
    crew.stop()
