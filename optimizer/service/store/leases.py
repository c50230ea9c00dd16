"""The workers' side of the queue: a job is leased, its lease renewed, and it ends once, under its token."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import sqlalchemy as sa

from optimizer.service.problems import Problem
from optimizer.service.store import tables
from optimizer.service.store.database import Database
from optimizer.service.store.history import DAY, JOB_COLUMNS, change, charge, end, happened, job_of
from optimizer.service.store.parts import Parts
from optimizer.service.store.records import ENDED, Claim, Ending, Job, KeptAnswer, PartFile, Progress

JOB, TENANT, USAGE, KEPT, REQUEST = tables.job, tables.tenant, tables.usage, tables.kept_answer, tables.request
LEASE = 30.0
"""Seconds after which a job whose worker has not said that it lives is given to another."""
ATTEMPTS = 3
"""How often a job is begun before it has failed."""
Told = Literal["go", "cancel", "lost"]


class Leases:
    """Jobs in the hands of workers.

    Parameters
    ----------
    database : Database
        Where they are.
    parts : Parts, optional
        Where their results go; into the database if left out.
    lease : float
        Seconds that a worker may be silent.
    attempts : int
        How often a job is begun.
    """

    def __init__(
        self, database: Database, parts: Parts | None = None, *, lease: float = LEASE, attempts: int = ATTEMPTS
    ) -> None:
        self.database = database
        self.parts = Parts(database) if parts is None else parts
        self.lease, self.attempts = lease, attempts

    def claim(self, worker: str, cores: int = 1) -> Claim | None:
        """Take the next job: that of the highest priority, of the tenant with the fewest running ones, the oldest.

        Parameters
        ----------
        worker : str
            Who takes it; for people only.
        cores : int
            Cores that it will hold at most, for what its tenant has used.
        """
        with self.database.read() as connection:
            if connection.execute(sa.select(JOB.c.id).where(self._free()).limit(1)).first() is None:
                return None
        with self.database.write() as connection:
            self._end_dead(connection)
        busy: list[str] = []
        while True:
            with self.database.write() as connection:
                found = self._next(connection, busy)
                if found is None:
                    return None
                if self._may_run(connection, found):
                    return self._take(connection, found, worker, cores)
            busy.append(found.tenant)  # another worker took the last place of its tenant meanwhile

    def _free(self) -> sa.ColumnElement[bool]:
        """Jobs that nobody works on: they wait, or their worker has fallen silent."""
        if not self._calm():
            return JOB.c.state == "queued"
        return sa.or_(JOB.c.state == "queued", sa.and_(JOB.c.state == "running", self._silent()))

    def _calm(self) -> bool:
        """Whether workers could say that they live: none could while the database was away, nor is to lose its job."""
        return time.monotonic() - self.database.troubled > self.lease

    def _to_end(self) -> sa.ColumnElement[bool]:
        """Jobs that are not begun again once their worker has fallen silent."""
        return sa.and_(JOB.c.state == "running", sa.or_(JOB.c.attempts >= self.attempts, JOB.c.cancel))

    def _silent(self) -> sa.ColumnElement[bool]:
        return JOB.c.lease_until < self.database.now()

    def _running(self, tenant: Any) -> sa.ScalarSelect[int]:
        """How many jobs of a tenant somebody works on."""
        other = JOB.alias("other")
        held = (other.c.tenant == tenant, other.c.state == "running", other.c.lease_until >= self.database.now())
        return sa.select(sa.func.count()).select_from(other).where(*held).scalar_subquery()

    def _spent(self, connection: sa.Connection) -> sa.Exists:
        """Whether the tenant of a row has used today all that it may."""
        today = int(connection.scalar(sa.select(self.database.now())) or 0) // DAY
        all_of_it = USAGE.c.core_seconds >= TENANT.c.core_seconds_per_day
        return sa.exists().where(USAGE.c.tenant == TENANT.c.id, USAGE.c.day == today, all_of_it)

    def _next(self, connection: sa.Connection, busy: Sequence[str]) -> Job | None:
        """The next job, locked where there are such locks; one that others have locked is passed by."""
        running = self._running(TENANT.c.id)
        statement = (
            sa.select(*JOB_COLUMNS)
            .join(TENANT, TENANT.c.id == JOB.c.tenant)
            .where(self._free(), ~self._to_end(), TENANT.c.id.not_in(busy))
            .where(running < TENANT.c.running, ~self._spent(connection))
            .order_by(JOB.c.priority.desc(), running, JOB.c.id)
            .limit(1)
            .with_for_update(skip_locked=True, of=JOB)
        )
        row = connection.execute(statement).first()
        return None if row is None else job_of(row)

    def _may_run(self, connection: sa.Connection, job: Job) -> bool:
        """Whether a tenant may still run one more: counted again under a lock, as two may want its last place."""
        connection.execute(sa.select(TENANT.c.id).where(TENANT.c.id == job.tenant).with_for_update(key_share=True))
        place = sa.select(self._running(job.tenant) < TENANT.c.running).where(TENANT.c.id == job.tenant)
        return bool(connection.scalar(place))

    def _take(self, connection: sa.Connection, job: Job, worker: str, cores: int) -> Claim:
        token = secrets.token_hex(16)
        body = sa.select(REQUEST.c.body).where(REQUEST.c.job == job.id)
        request: dict[str, Any] = connection.execute(body).scalar_one()
        taken = change(
            connection,
            job.id,
            state="running",
            started=self.database.now(),
            attempts=JOB.c.attempts + 1,
            token=token,
            worker=worker,
            cores=max(1, min(cores, (request.get("limits") or {}).get("workers") or cores)),
            charged_until=self.database.now(),
            lease_until=self.database.now() + self.lease,
        )
        if taken is None:
            raise AssertionError("a locked job has gone")
        happened(connection, self.database, job.id, "started", {"attempt": taken.attempts})
        return Claim(taken, token, request)

    def _end_dead(self, connection: sa.Connection) -> None:
        """End jobs whose worker has fallen silent and that are not to be begun again."""
        if not self._calm():
            return
        statement = sa.select(JOB.c.id, JOB.c.cancel).where(self._to_end(), self._silent())
        for id, cancel in connection.execute(statement.limit(100).with_for_update(skip_locked=True)).all():
            ending = Ending("cancelled") if cancel else Ending("failed", problem=self._given_up(None))
            end(connection, self.database, id, ending, JOB.c.state == "running", self._silent())

    def _given_up(self, last: dict[str, Any] | None) -> dict[str, Any]:
        """The problem of a job that was begun as often as may be."""
        times = "once" if self.attempts == 1 else f"{self.attempts} times"
        said = f": {last['detail']}" if last and last.get("detail") else ""
        return Problem("worker-died", f"the job was begun {times} and never ended{said}").document()

    def _held(self, claim: Claim) -> tuple[sa.ColumnElement[bool], ...]:
        """What is so of a job as long as a claim to it holds."""
        return (JOB.c.token == claim.token, JOB.c.state == "running")

    def beat(self, claim: Claim, progress: Progress | None = None, kept: Sequence[KeptAnswer] = ()) -> Told:
        """Say that a job is being worked on, how far it is, and keep its finished answers.

        Returns
        -------
        `go`, or `cancel` where it was asked to end, or `lost` where it is in other hands
        """
        told = {} if progress is None else {**vars(progress)}
        with self.database.write() as connection:
            lease = {"lease_until": self.database.now() + self.lease}
            job = change(connection, claim.job.id, *self._held(claim), **lease, **told)
            if job is None:
                return "lost"
            charge(connection, self.database, job.id, claim.token)
            if progress is not None:
                happened(connection, self.database, job.id, "progress", told)
            self._keep(connection, job, kept)
        return "cancel" if job.cancel else "go"

    def _keep(self, connection: sa.Connection, job: Job, kept: Sequence[KeptAnswer]) -> None:
        for answer in kept:
            row = {"job": job.id, "name": answer.name, "tenant": job.tenant}
            body = {"size": len(answer.body), "body": answer.body}
            insert = self.database.insert(KEPT).values(**row, **body)
            connection.execute(insert.on_conflict_do_update(index_elements=["job", "name"], set_=body))

    def finish(self, claim: Claim, parts: Iterable[PartFile], ending: Ending) -> bool:
        """End a job together with its results, in one transaction; False, and nothing kept, where it was lost."""
        written = self.parts.write(claim, parts)
        with self.database.write() as connection:
            charge(connection, self.database, claim.job.id, claim.token)
            job = end(connection, self.database, claim.job.id, ending, *self._held(claim), token=claim.token)
            if job is not None:
                self.parts.enter(connection, job, written)
                if ending.state == "succeeded" and not ending.interrupted:
                    connection.execute(sa.delete(KEPT).where(KEPT.c.job == job.id))
            elif not self._ended_by(connection, claim):
                self.parts.discard(written)
                return False
        return True

    def _ended_by(self, connection: sa.Connection, claim: Claim) -> bool:
        """Whether a job was ended under this claim before, by a call whose answer was not heard."""
        mine = (JOB.c.id == claim.job.id, JOB.c.token == claim.token, JOB.c.state.in_(ENDED))
        return connection.execute(sa.select(JOB.c.id).where(*mine)).first() is not None

    def fail(self, claim: Claim, problem: dict[str, Any], *, again: bool) -> bool:
        """Say that a job could not be done; it is begun again if asked for, unless it was so often enough."""
        with self.database.write() as connection:
            charge(connection, self.database, claim.job.id, claim.token)
            held = self._held(claim)
            row = connection.execute(
                sa.select(JOB.c.attempts, JOB.c.cancel).where(JOB.c.id == claim.job.id, *held).with_for_update()
            ).first()
            if row is None:
                return False
            if row.cancel or (again and row.attempts < self.attempts):
                return self._requeue(connection, claim, reason=str(problem.get("detail", "")))
            ending = Ending("failed", problem=self._given_up(problem) if again else problem)
            return end(connection, self.database, claim.job.id, ending, *held) is not None

    def release(self, claim: Claim) -> bool:
        """Give a job back that could have gone on, as its worker has to stop; this was no attempt."""
        with self.database.write() as connection:
            charge(connection, self.database, claim.job.id, claim.token)
            return self._requeue(connection, claim, reason="its worker was stopped", attempts=JOB.c.attempts - 1)

    def _requeue(self, connection: sa.Connection, claim: Claim, reason: str, **more: Any) -> bool:
        """Let a job wait again, or end it if that was asked for."""
        free = {"state": "queued", "token": None, "lease_until": None, "charged_until": None}
        job = change(connection, claim.job.id, *self._held(claim), **free, **more)
        if job is None:
            return False
        if job.cancel:
            return end(connection, self.database, job.id, Ending("cancelled")) is not None
        happened(connection, self.database, job.id, "queued", {"again": reason})
        return True

    def kept(self, claim: Claim) -> list[KeptAnswer]:
        """Answers of a job that were finished before, in an attempt that did not end."""
        with self.database.read() as connection:
            rows = connection.execute(sa.select(KEPT.c.name, KEPT.c.body).where(KEPT.c.job == claim.job.id)).all()
        return [KeptAnswer(name, body) for name, body in rows]
