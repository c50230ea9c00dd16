"""The queue as who submits jobs sees it; the workers' side, which it inherits, is in `leases`."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from optimizer.service.store import tables
from optimizer.service.store.caps import bytes_kept, core_seconds, may_queue
from optimizer.service.store.history import JOB_COLUMNS, change, end, happened, job_of
from optimizer.service.store.leases import Leases
from optimizer.service.store.records import (
    ENDED,
    Ending,
    Event,
    Job,
    Reservation,
    State,
    Submitted,
    Tenant,
    canonical,
    new_id,
)
from optimizer.service.store.refusals import KeyReusedError, StateError, TwinInFlightError, UnknownError

JOB, EVENT, PART, REQUEST, IDEMPOTENCY = tables.job, tables.event, tables.part, tables.request, tables.idempotency
KEY_KEPT = 86_400.0
"""Seconds that an idempotency key is remembered."""
IN_FLIGHT = 60.0
"""Seconds after which a reservation whose job never came counts as given up."""
ONE_JOB = sa.select(*JOB_COLUMNS).where(JOB.c.id == sa.bindparam("of_id"), JOB.c.tenant == sa.bindparam("of_tenant"))
"""Made once, as nothing is asked as often as where a job stands."""


class Queue(Leases):
    """Jobs, from being submitted to being deleted."""

    def reserve(self, tenant: Tenant, key: str, digest: str) -> Reservation | Submitted:
        """Take an idempotency key before the request is looked at, so that its twin is not looked at as well.

        Parameters
        ----------
        tenant : Tenant
            Whose it is.
        key, digest : str
            The key, and the digest of the body that came with it.

        Returns
        -------
        what to submit the job with, or the job that was submitted under the key before

        Raises
        ------
        KeyReusedError
            If the key came with another body.
        TwinInFlightError
            If the twin is still being looked at.
        """
        mine = (IDEMPOTENCY.c.tenant == tenant.id, IDEMPOTENCY.c.key == key)
        token = secrets.token_hex(16)
        with self.database.write() as connection:
            connection.execute(sa.delete(IDEMPOTENCY).where(*mine, IDEMPOTENCY.c.until < self.database.now()))
            row = {"tenant": tenant.id, "key": key, "digest": digest, "token": token}
            insert = self.database.insert(IDEMPOTENCY).values(**row, until=self.database.now() + IN_FLIGHT)
            if connection.execute(insert.on_conflict_do_nothing().returning(IDEMPOTENCY.c.key)).first() is not None:
                return Reservation(key, digest, token)
            found = connection.execute(sa.select(IDEMPOTENCY).where(*mine)).one()
            if found.digest != digest:
                raise KeyReusedError("the idempotency key was used for another request")
            if found.job is None:
                raise TwinInFlightError("a request with this idempotency key is being worked on")
            return Submitted(self._get(connection, tenant.id, found.job), replayed=True)

    def release_key(self, tenant: Tenant, reservation: Reservation) -> None:
        """Give a key back whose request was refused."""
        mine = (IDEMPOTENCY.c.tenant == tenant.id, IDEMPOTENCY.c.token == reservation.token)
        with self.database.write() as connection:
            connection.execute(sa.delete(IDEMPOTENCY).where(*mine, IDEMPOTENCY.c.job.is_(None)))

    def submit(
        self,
        tenant: Tenant,
        kind: str,
        request: dict[str, Any],
        case: dict[str, Any],
        *,
        priority: int = 0,
        idempotency: tuple[str, str] | Reservation | None = None,
    ) -> Submitted:
        """Queue a job.

        Parameters
        ----------
        tenant : Tenant
            Whose it is.
        kind : str
            As in `plan`.
        request, case : dict
            What is asked, and what names the case that it is asked of.
        priority : int
            Higher ones go first.
        idempotency : tuple or Reservation, optional
            A key and the digest of the body that came with it, or both as they were reserved.

        Raises
        ------
        KeyReusedError, TwinInFlightError
            As `reserve`.
        CapReachedError
            If the tenant has or has used as much as it may.
        """
        if isinstance(idempotency, tuple):
            reserved = self.reserve(tenant, *idempotency)
            if isinstance(reserved, Submitted):
                return reserved
            try:
                return self.submit(tenant, kind, request, case, priority=priority, idempotency=reserved)
            except BaseException:
                self.release_key(tenant, reserved)
                raise
        size, id = len(canonical(request)), new_id()
        with self.database.write() as connection:
            may_queue(connection, self.database, tenant.id, size)
            row = {"id": id, "tenant": tenant.id, "kind": kind, "state": "queued", "priority": priority, "case": case}
            connection.execute(sa.insert(JOB).values(**row, created=self.database.now()))
            connection.execute(sa.insert(REQUEST).values(job=id, tenant=tenant.id, size=size, body=request))
            happened(connection, self.database, id, "queued", {})
            if idempotency is not None:
                self._fill(connection, tenant, idempotency, id)
            return Submitted(self._get(connection, tenant.id, id), replayed=False)

    def _fill(self, connection: sa.Connection, tenant: Tenant, reserved: Reservation, job: str) -> None:
        """Make a job that of a key."""
        mine = (IDEMPOTENCY.c.tenant == tenant.id, IDEMPOTENCY.c.token == reserved.token)
        until = self.database.now() + KEY_KEPT
        if not connection.execute(sa.update(IDEMPOTENCY).where(*mine).values(job=job, until=until)).rowcount:
            raise TwinInFlightError("the request took so long that its idempotency key was given to another")

    def _get(self, connection: sa.Connection, tenant: str, id: str, *, lock: bool = False) -> Job:
        named = {"of_id": id, "of_tenant": tenant}
        row = connection.execute(ONE_JOB.with_for_update() if lock else ONE_JOB, named).first()
        if row is None:
            raise UnknownError(f"no job {id}")
        return job_of(row)

    def get(self, tenant: str, id: str) -> Job:
        """A job.

        Raises
        ------
        UnknownError
            If the tenant has no such job.
        """
        with self.database.read() as connection:
            return self._get(connection, tenant, id)

    def request(self, tenant: str, id: str) -> dict[str, Any]:
        """What was asked of a job.

        Raises
        ------
        UnknownError
            If the tenant has no such job.
        """
        with self.database.read() as connection:
            mine = (REQUEST.c.job == id, REQUEST.c.tenant == tenant)
            row = connection.execute(sa.select(REQUEST.c.body).where(*mine)).first()
        if row is None:
            raise UnknownError(f"no job {id}")
        return dict(row.body)

    def page(
        self, tenant: str, *, states: Sequence[State] = (), after: str | None = None, limit: int = 50
    ) -> list[Job]:
        """Jobs of a tenant, the newest first, those before the job `after` where it is given."""
        statement = sa.select(*JOB_COLUMNS).where(JOB.c.tenant == tenant)
        if states:
            statement = statement.where(JOB.c.state.in_(states))
        if after is not None:
            statement = statement.where(JOB.c.id < after)
        with self.database.read() as connection:
            return [job_of(row) for row in connection.execute(statement.order_by(JOB.c.id.desc()).limit(limit))]

    def position(self, job: Job) -> int | None:
        """Place of a waiting job, from 1, as if all tenants were one; None if it does not wait."""
        if job.state != "queued":
            return None
        before = sa.or_(JOB.c.priority > job.priority, sa.and_(JOB.c.priority == job.priority, JOB.c.id < job.id))
        with self.database.read() as connection:
            return 1 + int(connection.scalar(sa.select(sa.func.count()).where(JOB.c.state == "queued", before)) or 0)

    def cancel(self, tenant: str, id: str) -> Job:
        """Ask a job to end: at once if it waits, at the next beat of its worker if it runs; an ended one stays so.

        Raises
        ------
        UnknownError
            If the tenant has no such job.
        """
        with self.database.write() as connection:
            job = self._get(connection, tenant, id, lock=True)
            if job.over:
                return job
            change(connection, id, cancel=True)
            if job.state == "queued":
                end(connection, self.database, id, Ending("cancelled"))
            return self._get(connection, tenant, id)

    def resume(self, tenant: str, id: str) -> Job:
        """Queue a job again that failed, was cancelled or was interrupted; its finished answers are not solved again.

        Raises
        ------
        UnknownError
            If the tenant has no such job.
        StateError
            If there is nothing left to do, or it has not ended.
        CapReachedError
            As `submit`.
        """
        with self.database.write() as connection:
            job = self._get(connection, tenant, id, lock=True)
            if not job.over:
                raise StateError(f"job {id} is {job.state}")
            if job.state == "succeeded" and not job.interrupted:
                raise StateError(f"job {id} is done")
            may_queue(connection, self.database, tenant, 0)
            fresh = {"state": "queued", "attempts": 0, "cancel": False, "interrupted": False, "not_certified": 0}
            gone: dict[str, Any] = dict.fromkeys(("ended", "problem", "token", "started"))
            change(connection, id, **fresh, **gone)
            connection.execute(sa.delete(PART).where(PART.c.job == id))
            happened(connection, self.database, id, "queued", {"again": "resumed"})
            return self._get(connection, tenant, id)

    def delete(self, tenant: str, id: str) -> None:
        """Delete a job with all that it left.

        Raises
        ------
        UnknownError
            If the tenant has no such job.
        StateError
            If it is running; cancel it first.
        """
        with self.database.write() as connection:
            job = self._get(connection, tenant, id, lock=True)
            if job.state == "running":
                raise StateError(f"job {id} is running; cancel it first")
            connection.execute(sa.delete(JOB).where(JOB.c.id == id))
        self.parts.remove(job)

    def events(self, tenant: str, id: str, after: int = 0) -> list[Event]:
        """What has happened to a job after an event.

        Raises
        ------
        UnknownError
            If the tenant has no such job.
        """
        with self.database.read() as connection:
            self._get(connection, tenant, id)
            columns = (EVENT.c.number, EVENT.c.at, EVENT.c.kind, EVENT.c.body)
            newer = sa.select(*columns).where(EVENT.c.job == id, EVENT.c.number > after).order_by(EVENT.c.number)
            return [Event(*row) for row in connection.execute(newer)]

    def core_seconds(self, tenant: str) -> float:
        """Core-seconds that the jobs of a tenant have held today (UTC)."""
        with self.database.read() as connection:
            return core_seconds(connection, self.database, tenant)[0]

    def bytes_kept(self, tenant: str) -> int:
        """Bytes of everything that a tenant has in the store."""
        with self.database.read() as connection:
            return bytes_kept(connection, tenant)

    def places(self) -> dict[str, int]:
        """The place of every job that waits, from 1, as `position` has it."""
        waiting = sa.select(JOB.c.id).where(JOB.c.state == "queued").order_by(JOB.c.priority.desc(), JOB.c.id)
        with self.database.read() as connection:
            return {id: place for place, id in enumerate(connection.scalars(waiting), 1)}

    def latest(self, ids: Collection[str]) -> dict[str, tuple[State, int]]:
        """State and number of the last event of jobs, of any tenant; those that there are not are left out."""
        statement = sa.select(JOB.c.id, JOB.c.state, JOB.c.events).where(JOB.c.id.in_(list(ids)))
        with self.database.read() as connection:
            return {id: (state, number) for id, state, number in connection.execute(statement)}

    def counts(self) -> dict[str, float]:
        """Jobs by state, and under `oldest` the seconds that the oldest of those that wait has waited."""
        waiting = sa.select(self.database.now() - sa.func.min(JOB.c.created)).where(JOB.c.state == "queued")
        with self.database.read() as connection:
            found = connection.execute(sa.select(JOB.c.state, sa.func.count()).group_by(JOB.c.state)).all()
            oldest = float(connection.scalar(waiting) or 0.0)
        states: tuple[State, ...] = ("queued", "running", *ENDED)
        return {**dict.fromkeys(states, 0), **{state: count for state, count in found}, "oldest": oldest}
