"""Scenarios of tenants, each as it was put last."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from optimizer.service.store import tables
from optimizer.service.store.caps import may_keep
from optimizer.service.store.cases import expect
from optimizer.service.store.database import Database
from optimizer.service.store.records import StoredScenario, canonical, revision
from optimizer.service.store.refusals import UnknownError

SCENARIO = tables.scenario
COLUMNS = [SCENARIO.c[name] for name in StoredScenario.__dataclass_fields__]


class Scenarios:
    """Scenarios of tenants."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def put(self, tenant: str, name: str, body: dict[str, Any], *, if_match: str | None = None) -> StoredScenario:
        """Keep a scenario under a name, in the place of one that was there.

        Raises
        ------
        RevisionError
            If the one that was there is not at the revision that was said.
        CapReachedError
            If the tenant would have more bytes than it may.
        """
        size = len(canonical(body))
        with self.database.write() as connection:
            may_keep(connection, tenant, size)
            mine = self._mine(tenant, name)
            found = connection.execute(sa.select(SCENARIO.c.revision).where(*mine)).scalar_one_or_none()
            expect(found, if_match, f"scenario {name}")
            values = {"revision": revision(body), "size": size, "body": body}
            row = {"tenant": tenant, "name": name, "created": self.database.now(), **values}
            insert = self.database.insert(SCENARIO).values(**row)
            if found != revision(body):
                values["created"] = self.database.now()
            written = insert.on_conflict_do_update(index_elements=["tenant", "name"], set_=values)
            return StoredScenario(**connection.execute(written.returning(*COLUMNS)).one()._mapping)

    def _mine(self, tenant: str, name: str) -> tuple[sa.ColumnElement[bool], ...]:
        return (SCENARIO.c.tenant == tenant, SCENARIO.c.name == name)

    def get(self, tenant: str, name: str) -> StoredScenario:
        """A scenario.

        Raises
        ------
        UnknownError
            If the tenant has none such.
        """
        with self.database.read() as connection:
            row = connection.execute(sa.select(*COLUMNS).where(*self._mine(tenant, name))).first()
        if row is None:
            raise UnknownError(f"no scenario {name}")
        return StoredScenario(**row._mapping)

    def page(self, tenant: str, *, after: str | None = None, limit: int = 50) -> list[StoredScenario]:
        """Scenarios by name, those after a name; without their bodies, which are empty."""
        statement = sa.select(*COLUMNS[:-1]).where(SCENARIO.c.tenant == tenant)
        if after is not None:
            statement = statement.where(SCENARIO.c.name > after)
        with self.database.read() as connection:
            rows = connection.execute(statement.order_by(SCENARIO.c.name).limit(limit)).all()
        return [StoredScenario(**row._mapping, body={}) for row in rows]

    def all(self, tenant: str) -> dict[str, dict[str, Any]]:
        """The bodies of all scenarios of a tenant by name, for what includes others."""
        with self.database.read() as connection:
            mine = sa.select(SCENARIO.c.name, SCENARIO.c.body).where(SCENARIO.c.tenant == tenant)
            return {name: body for name, body in connection.execute(mine)}

    def delete(self, tenant: str, name: str, *, if_match: str | None = None) -> None:
        """Delete a scenario.

        Raises
        ------
        UnknownError
            If the tenant has none such.
        RevisionError
            If it is not at the revision that was said.
        """
        with self.database.write() as connection:
            mine = self._mine(tenant, name)
            found = connection.execute(sa.select(SCENARIO.c.revision).where(*mine)).scalar_one_or_none()
            if found is None:
                raise UnknownError(f"no scenario {name}")
            expect(found, if_match, f"scenario {name}")
            connection.execute(sa.delete(SCENARIO).where(*mine))
