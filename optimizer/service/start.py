"""What a service is started with where nobody says otherwise: a place for its data, a first key, and its workers."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from optimizer.service.store.database import Database
from optimizer.service.store.keys import Keys, Tenants
from optimizer.service.store.records import MAIN, Caps, Tenant
from optimizer.service.store.refusals import RefusalError, StateError, UnknownError
from optimizer.service.work.worker import Worker

FILE = "lodestar.db"
RESTART = 5.0
"""Seconds until a worker goes on whose loop was broken by a fault."""

log = logging.getLogger("lodestar.worker")


def data_folder() -> Path:
    """Where this user's data lie, by the custom of the system."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "lodestar"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "lodestar"
    given = Path(os.environ.get("XDG_DATA_HOME") or "")
    return (given if given.is_absolute() else Path.home() / ".local" / "share") / "lodestar"


def address_in(folder: Path) -> str:
    """The address of the SQLite database in a folder; one that is not there is made, for this user alone.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    RefusalError
        If it cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise RefusalError(f"{folder}: cannot be made ({error.strerror})") from None
    return f"sqlite:///{folder.absolute() / FILE}"


def first_key(database: Database) -> str | None:
    """Make a key that may do everything, in a database that has none yet.

    Parameters
    ----------
    database : Database
        Migrated.

    Returns
    -------
    str or None
        The secret, which cannot be had again; None if there are keys, be they revoked.
    """
    keys = Keys(database)
    if any(keys.list(tenant.id) for tenant in Tenants(database).list()):
        return None
    return keys.make(first_tenant(database).id, ["admin"], "first")[1]


def first_tenant(database: Database) -> Tenant:
    """The tenant that there is without anybody having made one.

    Parameters
    ----------
    database : Database
        Migrated.
    """
    tenants = Tenants(database)
    try:
        return tenants.get(MAIN)
    except UnknownError:
        with contextlib.suppress(StateError):  # another has made it at the same time
            return tenants.make(MAIN)
        return tenants.get(MAIN)


DEMO = "demo"
"""Name of the tenant in whose name every visitor of a demo looks and plans."""
DEMO_CAPS = Caps(queued=10, running=2, core_seconds_per_day=20_000.0, bytes_kept=2**30)
"""What all visitors of a demo may have together."""
DEMO_DAYS = 1.0
"""Days for which the results of a demo are kept."""


def demo_tenant(database: Database) -> Tenant:
    """The tenant of a demo, with its caps.

    Parameters
    ----------
    database : Database
        Migrated.
    """
    tenants = Tenants(database)
    try:
        return tenants.allow(DEMO, DEMO_CAPS)
    except UnknownError:
        return tenants.make(DEMO, DEMO_CAPS)


class Crew:
    """Workers, each in a thread of its own; what they solve is solved in processes of their own.

    Parameters
    ----------
    make : callable
        Gives a worker.
    count : int
    """

    def __init__(self, make: Callable[[], Worker], count: int) -> None:
        self._workers = [make() for _ in range(count)]
        self._threads = [threading.Thread(target=self._run, args=[one], daemon=True) for one in self._workers]
        self._stopping = threading.Event()

    def start(self) -> None:
        """Take jobs from now on."""
        for thread in self._threads:
            thread.start()

    def _run(self, worker: Worker) -> None:
        """Have a worker work until it is told to stop, whatever happens to it."""
        while not self._stopping.is_set():
            try:
                worker.run()
            except Exception:
                log.exception("a worker's loop was broken")
                self._stopping.wait(RESTART)

    def stop(self) -> None:
        """Tell all workers to stop, and wait until they have; jobs that run go back to the queue."""
        self._stopping.set()
        for worker in self._workers:
            worker.stop()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
