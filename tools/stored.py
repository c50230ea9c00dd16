"""Print a database of the service with something of everything in it, as the newest migration leaves it.

`python -m tools.stored > tests/service/store/written/NNNN.sql`, before a migration is added on top of NNNN.
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
import tempfile
from pathlib import Path

from optimizer.service.store.cases import Cases
from optimizer.service.store.compiled import Compiled
from optimizer.service.store.database import Database
from optimizer.service.store.keys import Keys, Tenants
from optimizer.service.store.queue import Queue
from optimizer.service.store.records import Ending, KeptAnswer, PartFile, Progress
from optimizer.service.store.scenarios import Scenarios
from optimizer.service.store.webhooks import Webhooks


def fill(database: Database, folder: Path) -> None:
    """Put a job that ended, one that runs and one that waits into a database, and what belongs to them."""
    tenant = Tenants(database).make("buyer")
    Keys(database).make(tenant.id, ["read", "plan"], "laptop")
    Cases(database).put(tenant.id, "magnets", {"settings": {"name": "magnets"}, "rows": {}})
    Scenarios(database).put(tenant.id, "mine", {"name": "mine"})
    Webhooks(database).put(tenant.id, "tool", "https://example.org/told", [])
    Compiled(database, "0").keep(tenant.id, "sha256:0", {"program.npz": b"\0arrays"})
    queue = Queue(database)
    case = {"ref": "magnets"}
    queue.submit(tenant, "plan", {"kind": "plan"}, case, idempotency=("k", "d"))
    claim = queue.claim("w")
    if claim is None:
        raise AssertionError("the job that was submitted is not there")
    queue.beat(claim, Progress("scenarios", 1, 2, "mine", "react"), [KeptAnswer("mine.react", b"\0answer")])
    plan = folder / "plan.zip"
    plan.write_bytes(b"PK\x05\x06" + bytes(18))
    queue.finish(claim, [PartFile("plan.zip", "application/zip", plan)], Ending("succeeded", interrupted=True))
    queue.submit(tenant, "why", {"kind": "why"}, case)
    queue.submit(tenant, "plan", {"kind": "plan"}, case)
    queue.claim("w")


def main() -> None:
    """Print it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stored.db"
        database = Database(f"sqlite:///{path}")
        database.migrate()
        fill(database, path.parent)
        database.close()
        with contextlib.closing(sqlite3.connect(path)) as connection:
            sys.stdout.write("\n".join(connection.iterdump()) + "\n")


if __name__ == "__main__":
    main()
