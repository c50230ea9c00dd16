"""What is kept only so long: results, idempotency keys, deliveries, compiled cases, and files that nothing names."""

from __future__ import annotations

import shutil
import time
from collections import Counter

import sqlalchemy as sa

from optimizer.service.store import tables
from optimizer.service.store.history import DAY, JOB_COLUMNS, job_of
from optimizer.service.store.queue import Queue
from optimizer.service.store.records import ENDED

JOB, IDEMPOTENCY, DELIVERY, COMPILED, PART = (
    tables.job,
    tables.idempotency,
    tables.delivery,
    tables.compiled,
    tables.part,
)
DAYS = 30.0
"""Days that a job and its results are kept after its end, if nothing else is said."""
AT_ONCE = 50
"""Jobs that are deleted in one transaction."""
ORPHANED = 86_400.0
"""Seconds after which a file that no job names was not just being written."""


def sweep(queue: Queue, days: float = DAYS) -> dict[str, int]:
    """Delete what has been kept long enough.

    Parameters
    ----------
    queue : Queue
        Whose jobs, and what belongs to them.
    days : float
        Days that a job is kept after its end, with its results; what was told and compiled cases, since they were used.

    Returns
    -------
    how much of what was deleted
    """
    database, gone = queue.database, Counter[str]()
    long_ago = database.now() - days * DAY
    while True:
        with database.write() as connection:
            old = sa.select(*JOB_COLUMNS).where(JOB.c.state.in_(ENDED), JOB.c.ended < long_ago).limit(AT_ONCE)
            jobs = [job_of(row) for row in connection.execute(old.with_for_update(skip_locked=True))]
            connection.execute(sa.delete(JOB).where(JOB.c.id.in_([job.id for job in jobs])))
        for job in jobs:
            queue.parts.remove(job)
        gone["jobs"] += len(jobs)
        if len(jobs) < AT_ONCE:
            break
    with database.write() as connection:
        for what, statement in {
            "idempotency keys": sa.delete(IDEMPOTENCY).where(IDEMPOTENCY.c.until < database.now()),
            "deliveries": sa.delete(DELIVERY).where(DELIVERY.c.ended < long_ago),
            "compiled files": sa.delete(COMPILED).where(COMPILED.c.used < long_ago),
        }.items():
            gone[what] = connection.execute(statement).rowcount
    gone["orphaned folders"] = _orphans(queue)
    return dict(gone)


def _orphans(queue: Queue) -> int:
    """Remove what attempts left that died between writing their results and ending their job."""
    if queue.parts.folder is None:
        return 0
    old = [path for path in queue.parts.folder.glob("*/*/*") if time.time() - path.stat().st_mtime > ORPHANED]
    gone = 0
    for path in old:
        place = f"{path.relative_to(queue.parts.folder).as_posix()}/"
        with queue.database.read() as connection:
            named = sa.select(PART.c.job).where(PART.c.job == path.parent.name, PART.c.place.startswith(place))
            if connection.execute(named.limit(1)).first() is None:
                shutil.rmtree(path, ignore_errors=True)
                gone += 1
    return gone
