"""How much a tenant has and has used, and the refusal where that is all it may."""

from __future__ import annotations

import sqlalchemy as sa

from optimizer.service.store import tables
from optimizer.service.store.database import Database
from optimizer.service.store.history import DAY
from optimizer.service.store.records import Caps
from optimizer.service.store.refusals import CapReachedError, UnknownError

TENANT, JOB, USAGE = tables.tenant, tables.job, tables.usage
SOON = 5.0
"""Seconds after which a place in the queue may be free again."""
LATER = 3_600.0
"""Seconds after which kept bytes may have gone."""


def caps_of(connection: sa.Connection, tenant: str) -> Caps:
    """The caps of a tenant, which no other transaction can use up before this one ends.

    Who locks a job as well locks that first, so that no two wait for each other.

    Parameters
    ----------
    connection : Connection
        In a transaction that writes.
    tenant : str
        Id.
    """
    row = connection.execute(sa.select(TENANT).where(TENANT.c.id == tenant).with_for_update(key_share=True)).first()
    if row is None:
        raise UnknownError("no such tenant")
    return Caps(row.queued, row.running, row.core_seconds_per_day, row.bytes_kept)


def bytes_kept(connection: sa.Connection, tenant: str) -> int:
    """Bytes of everything that a tenant has in the store.

    Parameters
    ----------
    connection : Connection
    tenant : str
        Id.
    """
    sums = [
        sa.select(sa.func.coalesce(sa.func.sum(table.c.size), 0).label("size")).where(table.c.tenant == tenant)
        for table in tables.SIZED
    ]
    every = sa.union_all(*sums).subquery()
    return int(connection.scalar(sa.select(sa.func.sum(every.c.size))) or 0)


def core_seconds(connection: sa.Connection, database: Database, tenant: str) -> tuple[float, float]:
    """Core-seconds that a tenant has used today, and the seconds until tomorrow (UTC).

    Parameters
    ----------
    connection : Connection
    database : Database
        Whose clock says what day it is.
    tenant : str
        Id.
    """
    now = float(connection.scalar(sa.select(database.now())) or 0.0)
    of_day = (USAGE.c.tenant == tenant, USAGE.c.day == int(now // DAY))
    used = connection.scalar(sa.select(USAGE.c.core_seconds).where(*of_day))
    return float(used or 0.0), DAY - now % DAY


def may_keep(connection: sa.Connection, tenant: str, more: int) -> None:
    """Refuse bytes beyond what a tenant may keep.

    Parameters
    ----------
    connection : Connection
        In a transaction that writes.
    tenant : str
        Id.
    more : int
        Bytes.

    Raises
    ------
    CapReachedError
        If it would have more.
    """
    limit = caps_of(connection, tenant).bytes_kept
    if bytes_kept(connection, tenant) + more > limit:
        raise CapReachedError("bytes kept", limit, LATER)


def may_queue(connection: sa.Connection, database: Database, tenant: str, more: int) -> None:
    """Refuse one more job, whose request has some bytes, where a tenant has or has used all it may.

    Parameters
    ----------
    connection : Connection
        In a transaction that writes.
    database : Database
        Whose clock says what day it is.
    tenant : str
        Id.
    more : int
        Bytes of the request.

    Raises
    ------
    CapReachedError
        If it is too much.
    """
    caps = caps_of(connection, tenant)
    waiting = sa.select(sa.func.count()).where(JOB.c.tenant == tenant, JOB.c.state == "queued")
    if (connection.scalar(waiting) or 0) >= caps.queued:
        raise CapReachedError("queued jobs", caps.queued, SOON)
    used, tomorrow = core_seconds(connection, database, tenant)
    if used >= caps.core_seconds_per_day:
        raise CapReachedError("core-seconds a day", caps.core_seconds_per_day, tomorrow)
    may_keep(connection, tenant, more)
