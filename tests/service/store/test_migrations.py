"""The tables that migrations make are those that the code reads, and databases of older versions are brought up."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from optimizer.service.store import migrations, tables
from optimizer.service.store.cases import Cases
from optimizer.service.store.database import Database
from optimizer.service.store.keys import Keys, Tenants
from optimizer.service.store.queue import Queue
from optimizer.service.store.records import Ending
from optimizer.service.store.refusals import RefusalError
from optimizer.service.store.webhooks import Webhooks
from tests.helpers.postgres import Postgres

WRITTEN = Path(__file__).parent / "written"
"""Databases as older versions left them, by revision: text of SQLite."""
HISTORY = ScriptDirectory(str(Path(migrations.__file__).parent))
REVISIONS = [script.revision for script in HISTORY.walk_revisions()][::-1]

Make = Callable[[], Database]


@pytest.fixture(params=["sqlite", "postgres"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Makes a database without tables."""
    if request.param == "sqlite":
        return lambda: Database(f"sqlite:///{tmp_path / 'new' / 'lodestar.db'}")
    server: Postgres = request.getfixturevalue("postgres")
    return lambda: Database(server.database(tmp_path.name))


def test_migrations_make_the_tables_of_the_code(make: Make) -> None:
    database = make()
    for _ in range(2):
        database.migrate()
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, tables.METADATA) == []
        assert context.get_current_revision() == REVISIONS[-1]
    database.close()


def test_migrations_are_one_line_in_order() -> None:
    assert [f"{number:04}" for number in range(1, len(REVISIONS) + 1)] == REVISIONS
    assert {path.stem for path in WRITTEN.glob("*.sql")} == set(REVISIONS[:-1]), "keep a database of every older one"


def fill(database: Database, written: Path) -> None:
    """Bring a new database to what an older version left."""
    text = written.read_text(encoding="utf-8")
    if database.sqlite:
        with contextlib.closing(sqlite3.connect(str(database.url.database))) as file:
            file.executescript(text)
        return
    with contextlib.closing(sqlite3.connect(":memory:")) as rows, database.write() as connection:
        rows.executescript(text)
        migrations.upgrade(connection, written.stem)
        older = sa.MetaData()
        older.reflect(connection)
        for table in older.sorted_tables:
            if table.name == "alembic_version":
                continue
            found = rows.execute(f'SELECT * FROM "{table.name}"')  # noqa: S608
            for row in found:
                values = zip((column[0] for column in found.description), row, strict=True)
                kept = {name: _value(table.c[name], value) for name, value in values if value is not None}
                connection.execute(sa.insert(table).values(kept))


def _value(column: sa.Column[Any], value: Any) -> Any:
    """A value of SQLite, for a column of another database."""
    if isinstance(column.type, sa.Boolean):
        return bool(value)
    return json.loads(value) if isinstance(column.type, sa.JSON) else value


@pytest.mark.parametrize("written", sorted(WRITTEN.glob("*.sql")), ids=lambda path: path.stem)
def test_a_database_of_an_older_version_is_brought_up(make: Make, written: Path) -> None:
    database = make()
    fill(database, written)
    database.migrate()
    tenant, queue = Tenants(database).get("buyer"), Queue(database)
    done, running, waiting = queue.page(tenant.id)[::-1]
    assert (done.state, running.state, waiting.state) == ("succeeded", "running", "queued")
    assert queue.parts.open(tenant.id, done.id, "plan.zip").startswith(b"PK")
    assert [event.kind for event in queue.events(tenant.id, done.id)][-1] == "succeeded"
    assert Cases(database).get(tenant.id, "magnets").body["settings"] == {"name": "magnets"}
    assert Keys(database).list(tenant.id)[0].scopes == ("read", "plan")
    assert queue.resume(tenant.id, done.id).state == "queued"
    (delivery,) = Webhooks(database).due()
    assert delivery.body["job"] == done.id
    assert Webhooks(database).delivered(delivery)
    left = {done.id, running.id, waiting.id}
    while left:
        claim = queue.claim("w")  # the one that was running too: its worker has been silent since
        assert claim is not None
        assert len(queue.kept(claim)) == (claim.job.id == done.id)
        assert queue.finish(claim, [], Ending("succeeded"))
        left.discard(claim.job.id)
    database.close()


def test_two_may_migrate_at_once(make: Make) -> None:
    database = make()
    url = database.url.render_as_string(hide_password=False)
    code = "import sys; from optimizer.service.store.database import Database; Database(sys.argv[1]).migrate()"
    both = [subprocess.Popen([sys.executable, "-c", code, url], stderr=subprocess.PIPE) for _ in range(2)]
    assert [(one.communicate()[1], one.returncode) for one in both] == [(b"", 0)] * 2
    database.close()


def test_a_database_of_a_newer_version_is_left_alone(make: Make) -> None:
    database = make()
    database.migrate()
    with database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(RefusalError, match="newer version"):
        database.migrate()
    database.close()


def test_the_migrations_are_in_the_package() -> None:
    """Where an installed package looks for them: every one is a module below it."""
    package = Path(migrations.__file__).parent
    found = {path.name for path in (package / "versions").glob("r*.py")}
    assert len(found) == len(REVISIONS)
    assert all(re.fullmatch(r"r\d{4}_[a-z_]+\.py", name) for name in found)
