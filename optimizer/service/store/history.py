"""What every change of a job leaves behind: its events, what its tenant is told of it, and what it has used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from optimizer.service.store import tables
from optimizer.service.store.database import Database
from optimizer.service.store.records import Ending, Job, new_id, said

JOB, EVENT, DELIVERY, WEBHOOK, USAGE = tables.job, tables.event, tables.delivery, tables.webhook, tables.usage
EVENTS = 1_000
"""Events that are kept of a job, the newest."""
DAY = 86_400
JOB_COLUMNS = [JOB.c[name] for name in Job.__dataclass_fields__]


def job_of(row: sa.Row[Any]) -> Job:
    """A job from a row of `JOB_COLUMNS`."""
    cells: Sequence[Any] = row
    return Job(*cells)


def change(connection: sa.Connection, job: str, *conditions: sa.ColumnElement[bool], **values: Any) -> Job | None:
    """Change a job if it is still as the conditions say; None if it is not.

    Parameters
    ----------
    connection : Connection
        In a transaction that writes.
    job : str
        Id.
    *conditions : ColumnElement
        What must be so.
    **values
        New values by column.
    """
    statement = sa.update(JOB).where(JOB.c.id == job, *conditions).values(**values).returning(*JOB_COLUMNS)
    row = connection.execute(statement).first()
    return None if row is None else job_of(row)


def happened(connection: sa.Connection, database: Database, job: str, kind: str, body: dict[str, Any]) -> None:
    """Write an event of a job that this transaction has changed, so that its numbers have no gaps.

    Parameters
    ----------
    connection : Connection
        In that transaction.
    database : Database
        Whose clock says when.
    job : str
        Id.
    kind : str
        What happened.
    body : dict
        What is said of it.
    """
    counted = sa.update(JOB).where(JOB.c.id == job).values(events=JOB.c.events + 1).returning(JOB.c.events)
    number = connection.execute(counted).scalar_one()
    connection.execute(sa.insert(EVENT).values(job=job, number=number, at=database.now(), kind=kind, body=body))
    if number > EVENTS:
        connection.execute(sa.delete(EVENT).where(EVENT.c.job == job, EVENT.c.number <= number - EVENTS))


def end(
    connection: sa.Connection,
    database: Database,
    job: str,
    ending: Ending,
    *conditions: sa.ColumnElement[bool],
    token: str | None = None,
) -> Job | None:
    """End a job if it is still as the conditions say: its state, its last event, and what webhooks are told.

    The token stays with it where its worker ended it, which may ask again when it did not hear the answer.

    Parameters
    ----------
    connection : Connection
        In a transaction that writes.
    database : Database
        Whose clock says when.
    job : str
        Id.
    ending : Ending
    *conditions : ColumnElement
        What must be so.
    token : str, optional
        Of the worker that ends it.
    """
    ended = change(
        connection,
        job,
        *conditions,
        state=ending.state,
        ended=database.now(),
        not_certified=ending.not_certified,
        interrupted=ending.interrupted,
        problem=ending.problem,
        token=token,
        lease_until=None,
        charged_until=None,
    )
    if ended is None:
        return None
    body = {"not_certified": ended.not_certified, "interrupted": ended.interrupted, "problem": ended.problem}
    happened(connection, database, job, ending.state, body)
    _tell(connection, database, ended)
    return ended


def _tell(connection: sa.Connection, database: Database, job: Job) -> None:
    """Have the webhooks of the tenant told of the end of a job."""
    kind = f"job.{job.state}"
    hooks = sa.select(WEBHOOK.c.name, WEBHOOK.c.kinds).where(WEBHOOK.c.tenant == job.tenant)
    for name, kinds in connection.execute(hooks).all():
        if kinds and kind not in kinds:
            continue
        id = new_id()
        body = {
            "id": id,
            "kind": kind,
            "job": job.id,
            "state": job.state,
            "created": said(job.created),
            "ended": said(job.ended or job.created),
            "not_certified": job.not_certified,
            "interrupted": job.interrupted,
        }
        connection.execute(
            sa.insert(DELIVERY).values(
                id=id,
                tenant=job.tenant,
                webhook=name,
                kind=kind,
                body=body,
                created=database.now(),
                due=database.now(),
            )
        )


def charge(connection: sa.Connection, database: Database, job: str, token: str) -> None:
    """Charge the tenant of a running job for the cores that it has held since it was charged last.

    Parameters
    ----------
    connection : Connection
        In a transaction that writes.
    database : Database
        Whose clock says what time it is.
    job : str
        Id.
    token : str
        Of its worker; nothing is charged under another.
    """
    row = connection.execute(
        sa.select(JOB.c.tenant, JOB.c.cores, JOB.c.charged_until, database.now().label("now"))
        .where(JOB.c.id == job, JOB.c.token == token)
        .with_for_update()
    ).first()
    if row is None or row.charged_until is None:
        return
    spent = max(0.0, row.now - row.charged_until) * row.cores
    charged = {"charged_until": row.now, "core_seconds": JOB.c.core_seconds + spent}
    connection.execute(sa.update(JOB).where(JOB.c.id == job).values(**charged))
    day = int(row.now // DAY)
    insert = database.insert(USAGE).values(tenant=row.tenant, day=day, core_seconds=spent)
    both = USAGE.c.core_seconds + insert.excluded.core_seconds
    connection.execute(insert.on_conflict_do_update(index_elements=["tenant", "day"], set_={"core_seconds": both}))
