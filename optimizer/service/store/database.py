"""The database: connections, transactions that only read or also write, its clock, and its migrations."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url

from optimizer.service.store.refusals import RefusalError, UnavailableError, UnfitError

PATIENCE = 10.0
"""Seconds that a transaction waits for a database that another one is writing to."""
LONG = 2.5
"""Seconds of waiting that show that something is wrong with it."""
ABANDONED = 20.0
"""Seconds after which Postgres ends a transaction whose process stands still, and with it its locks."""
POOL = 10
"""Connections that are kept open; as many again for a rush."""
MIGRATING = 7_262_317
"""The advisory lock of Postgres that a migration holds."""


class Database:
    """A database of the service, SQLite or Postgres.

    Parameters
    ----------
    url : str
        `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/NAME`.

    Raises
    ------
    RefusalError
        If it is neither.

    Attributes
    ----------
    troubled : float
        When it last could not be reached, or was waited for long, and others may have been cut off from it as well:
        seconds of the monotonic clock of this process.
    """

    def __init__(self, url: str) -> None:
        try:
            address = make_url(url)
        except sa.exc.ArgumentError:
            raise RefusalError("database: expected sqlite:///PATH or postgresql://USER@HOST/NAME") from None
        backend = address.get_backend_name()
        if backend in ("postgresql", "postgres"):
            address = address.set(drivername="postgresql+psycopg")
        elif backend != "sqlite" or address.database in (None, "", ":memory:"):
            raise RefusalError(f"database: expected sqlite:///PATH or postgresql://USER@HOST/NAME, found {backend}")
        self.sqlite = backend == "sqlite"
        self.troubled = -math.inf
        self.url = address
        self._engine = sa.create_engine(address, **(self._on_file() if self.sqlite else self._on_server()))
        if self.sqlite:
            sa.event.listen(self._engine, "connect", _open_file)
            sa.event.listen(self._engine, "begin", _begin)

    def _on_file(self) -> dict[str, Any]:
        """How SQLite is opened."""
        folder = Path(str(self.url.database)).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RefusalError(f"database: {folder} cannot be made ({error.strerror})") from None
        return {"connect_args": {"timeout": PATIENCE}, "pool_size": POOL, "max_overflow": POOL}

    def _on_server(self) -> dict[str, Any]:
        """How Postgres is reached; a connection that its server has closed is noticed before it is used."""
        options = f"-c idle_in_transaction_session_timeout={ABANDONED:.0f}s -c timezone=UTC"
        arguments = {"options": options, "connect_timeout": int(PATIENCE), "application_name": "lodestar"}
        return {"connect_args": arguments, "pool_pre_ping": True, "pool_size": POOL, "max_overflow": POOL}

    @contextlib.contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One transaction that only reads.

        Raises
        ------
        UnavailableError
            If the database cannot be reached.
        """
        with self._available(), self._engine.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One transaction that writes; on SQLite the only one at that time. It is undone if an exception leaves it.

        Raises
        ------
        UnavailableError
            If the database cannot be reached, or another transaction writes for too long.
        """
        began = time.monotonic()
        with self._available(), self._engine.connect() as connection:
            connection = connection.execution_options(writes=True)
            with connection.begin():
                if time.monotonic() - began > LONG:
                    self.troubled = time.monotonic()
                yield connection

    @contextlib.contextmanager
    def _available(self) -> Iterator[None]:
        """Say that the database cannot be had where it cannot, and remember when that was."""
        try:
            yield
        except (sa.exc.DataError, UnicodeEncodeError):
            raise UnfitError("a name has letters that no name can have") from None
        except (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError) as error:
            self.troubled = time.monotonic()
            raise UnavailableError("the database cannot be reached, or is busy") from error
        except sa.exc.DBAPIError as error:
            if not error.connection_invalidated:
                raise
            self.troubled = time.monotonic()
            raise UnavailableError("the connection to the database was lost") from error

    def now(self) -> sa.ColumnElement[float]:
        """Seconds since 1970 by the clock of the database, so that workers on several machines agree."""
        if self.sqlite:
            return sa.literal_column("((julianday('now') - 2440587.5) * 86400.0)", sa.Double)
        return sa.literal_column("extract(epoch from clock_timestamp())::double precision", sa.Double)

    def insert(self, table: sa.Table) -> Any:
        """An insert that can say what to do where there is such a row already; both databases spell it the same."""
        return sqlite.insert(table) if self.sqlite else postgresql.insert(table)

    def clock(self) -> float:
        """The time by the clock of the database, seconds since 1970."""
        with self.read() as connection:
            return float(connection.scalar(sa.select(self.now())) or 0.0)

    def migrate(self) -> None:
        """Bring the tables to what this version of the package needs, also from nothing; two may do so at once.

        Raises
        ------
        RefusalError
            If a newer version of the package has written the database.
        """
        from optimizer.service.store.migrations import upgrade

        with self.write() as connection:
            if not self.sqlite:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATING)))
            upgrade(connection)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def _open_file(connection: Any, _: Any) -> None:
    """Set a new connection to SQLite up; transactions are begun by `_begin` and not by the driver."""
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        _patiently(connection, f"PRAGMA {pragma}")


def _patiently(connection: Any, statement: str) -> None:
    """Execute a statement on SQLite; changing to WAL does not wait for others by itself."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute(statement)
            return
        except Exception as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.05)


def _begin(connection: sa.Connection) -> None:
    """Begin a transaction on SQLite; one that writes locks at once, as a later lock could not be waited for."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
