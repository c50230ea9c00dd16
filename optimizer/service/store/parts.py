"""Results of jobs: in the database, or in a folder that all machines of the service see, never on a worker's disk."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from optimizer.service.store import tables
from optimizer.service.store.database import Database
from optimizer.service.store.records import Claim, Job, Part, PartFile
from optimizer.service.store.refusals import UnknownError

JOB, PART = tables.job, tables.part


@dataclass(frozen=True)
class Written:
    """A result on its way: its record, and where its bytes are."""

    part: Part
    place: str | None
    """Its file in the folder."""
    body: bytes | None
    """Its bytes, where there is no folder."""


class Parts:
    """Results of jobs.

    Parameters
    ----------
    database : Database
        What knows of them, and holds them where there is no folder.
    folder : Path, optional
        Where their files go instead.
    """

    def __init__(self, database: Database, folder: Path | None = None) -> None:
        self.database, self.folder = database, folder

    def names(self, tenant: str, job: str) -> list[Part]:
        """The results of a job, by name.

        Raises
        ------
        UnknownError
            If the tenant has no such job.
        """
        with self.database.read() as connection:
            known = connection.execute(sa.select(JOB.c.id).where(JOB.c.id == job, JOB.c.tenant == tenant)).first()
            if known is None:
                raise UnknownError(f"no job {job}")
            columns = (PART.c.name, PART.c.media_type, PART.c.size, PART.c.digest)
            rows = connection.execute(sa.select(*columns).where(PART.c.job == job).order_by(PART.c.name)).all()
        return [Part(*row) for row in rows]

    def open(self, tenant: str, job: str, name: str) -> bytes:
        """A result.

        Raises
        ------
        UnknownError
            If the tenant has no such job, or that no such result.
        """
        with self.database.read() as connection:
            mine = (PART.c.job == job, PART.c.tenant == tenant, PART.c.name == name)
            row = connection.execute(sa.select(PART.c.place, PART.c.body).where(*mine)).first()
        if row is None:
            raise UnknownError(f"job {job} has no {name}")
        if row.place is None:
            return bytes(row.body)
        if self.folder is None:
            raise UnknownError(f"{name} of job {job} lies in a folder that this service was not given")
        try:
            return bytes((self.folder / str(row.place)).read_bytes())
        except FileNotFoundError:
            raise UnknownError(f"{name} of job {job} has gone") from None

    def write(self, claim: Claim, files: Iterable[PartFile]) -> list[Written]:
        """Bring results where they will be kept; nobody sees them until they are entered."""
        return [self._written(claim, file) for file in files]

    def _written(self, claim: Claim, file: PartFile) -> Written:
        body = file.path.read_bytes()
        part = Part(file.name, file.media_type, len(body), "sha256:" + hashlib.sha256(body).hexdigest())
        if self.folder is None:
            return Written(part, None, body)
        place = f"{claim.job.tenant}/{claim.job.id}/{claim.token}/{hashlib.sha256(file.name.encode()).hexdigest()}"
        path = self.folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            stream.write(body)
            stream.flush()
            os.fsync(stream.fileno())
        return Written(part, place, None)

    def enter(self, connection: sa.Connection, job: Job, written: Sequence[Written]) -> None:
        """Make results those of a job, in the transaction that ends it."""
        connection.execute(sa.delete(PART).where(PART.c.job == job.id))
        for one in written:
            row = {"job": job.id, "tenant": job.tenant, "place": one.place, "body": one.body}
            connection.execute(sa.insert(PART).values(**row, **vars(one.part)))

    def discard(self, written: Sequence[Written]) -> None:
        """Remove the files of results that were not entered."""
        if self.folder is not None:
            for folder in {(self.folder / one.place).parent for one in written if one.place is not None}:
                shutil.rmtree(folder, ignore_errors=True)

    def remove(self, job: Job) -> None:
        """Remove the files of a job that has gone."""
        if self.folder is not None:
            shutil.rmtree(self.folder / job.tenant / job.id, ignore_errors=True)
