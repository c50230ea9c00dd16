"""Compiled cases, so that the next job on a case need not compile it: by tenant, digest and version of the package."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from optimizer.service.store import tables
from optimizer.service.store.caps import bytes_kept, caps_of
from optimizer.service.store.database import Database

COMPILED = tables.compiled
MOST = 20
"""Compiled cases that are kept of a tenant, those used last."""


class Compiled:
    """Compiled cases of tenants.

    Parameters
    ----------
    database : Database
        Where they are kept.
    version : str
        Of the package: what another one compiled is not used.
    """

    def __init__(self, database: Database, version: str) -> None:
        self.database, self.version = database, version

    def _of(self, tenant: str, digest: str) -> tuple[sa.ColumnElement[bool], ...]:
        return (COMPILED.c.tenant == tenant, COMPILED.c.digest == digest, COMPILED.c.version == self.version)

    def get(self, tenant: str, digest: str) -> dict[str, bytes]:
        """The files of a compiled case by name, which now was used; none if it is not kept."""
        with self.database.write() as connection:
            used = sa.update(COMPILED).where(*self._of(tenant, digest)).values(used=self.database.now())
            connection.execute(used)
            files = connection.execute(sa.select(COMPILED.c.name, COMPILED.c.body).where(*self._of(tenant, digest)))
            return {name: bytes(body) for name, body in files}

    def keep(self, tenant: str, digest: str, files: Mapping[str, bytes]) -> bool:
        """Keep files of a compiled case, in the place of those of their names, unless the tenant may keep no more.

        Returns
        -------
        whether they are kept
        """
        with self.database.write() as connection:
            mine = (*self._of(tenant, digest), COMPILED.c.name.in_(files))
            freed = connection.scalar(sa.select(sa.func.sum(COMPILED.c.size)).where(*mine)) or 0
            room = caps_of(connection, tenant).bytes_kept - bytes_kept(connection, tenant) + freed
            if sum(map(len, files.values())) > room:
                return False
            connection.execute(sa.delete(COMPILED).where(*mine))
            row = {"tenant": tenant, "digest": digest, "version": self.version, "used": self.database.now()}
            for name, body in files.items():
                connection.execute(sa.insert(COMPILED).values(**row, name=name, size=len(body), body=body))
            self._drop_oldest(connection, tenant)
        return True

    def _drop_oldest(self, connection: sa.Connection, tenant: str) -> None:
        """Forget all but those used last, and what other versions have left."""
        mine = COMPILED.c.tenant == tenant
        connection.execute(sa.delete(COMPILED).where(mine, COMPILED.c.version != self.version))
        newest = sa.select(COMPILED.c.digest).where(mine).group_by(COMPILED.c.digest)
        kept = list(connection.scalars(newest.order_by(sa.func.max(COMPILED.c.used).desc()).limit(MOST)))
        connection.execute(sa.delete(COMPILED).where(mine, COMPILED.c.digest.not_in(kept)))
