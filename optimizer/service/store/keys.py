"""Tenants and their keys; of a key only a digest is kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from optimizer.service.store import tables
from optimizer.service.store.database import Database
from optimizer.service.store.records import Caps, Key, Tenant, new_id
from optimizer.service.store.refusals import StateError, UnknownError

TENANT, KEY = tables.tenant, tables.key
MARK = "ls_"
"""What a secret begins with, so that it is known for one where it was left lying."""
KEY_COLUMNS = [KEY.c[name] for name in Key.__dataclass_fields__]


def tenant_of(row: sa.Row[Any]) -> Tenant:
    """A tenant from its row."""
    return Tenant(row.id, row.name, Caps(row.queued, row.running, row.core_seconds_per_day, row.bytes_kept))


def _key(row: sa.Row[Any]) -> Key:
    fields = dict(row._mapping)
    return Key(**{**fields, "scopes": tuple(fields["scopes"])})


class Tenants:
    """Those who keys, cases and jobs belong to."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def make(self, name: str, caps: Caps | None = None) -> Tenant:
        """Add a tenant.

        Raises
        ------
        StateError
            If there is one of that name.
        """
        tenant = Tenant(new_id(), name, Caps() if caps is None else caps)
        row = {"id": tenant.id, "name": name, **vars(tenant.caps)}
        insert = self.database.insert(TENANT).values(**row, created=self.database.now())
        with self.database.write() as connection:
            if connection.execute(insert.on_conflict_do_nothing().returning(TENANT.c.id)).first() is None:
                raise StateError(f"there is a tenant {name}")
        return tenant

    def get(self, name: str) -> Tenant:
        """The tenant of a name.

        Raises
        ------
        UnknownError
            If there is none.
        """
        with self.database.read() as connection:
            row = connection.execute(sa.select(TENANT).where(TENANT.c.name == name)).first()
        if row is None:
            raise UnknownError(f"no tenant {name}")
        return tenant_of(row)

    def list(self) -> list[Tenant]:
        """All tenants, by name."""
        with self.database.read() as connection:
            return [tenant_of(row) for row in connection.execute(sa.select(TENANT).order_by(TENANT.c.name))]

    def allow(self, name: str, caps: Caps) -> Tenant:
        """Change the caps of a tenant.

        Raises
        ------
        UnknownError
            If there is none of that name.
        """
        with self.database.write() as connection:
            connection.execute(sa.update(TENANT).where(TENANT.c.name == name).values(**vars(caps)))
        return self.get(name)


class Keys:
    """Keys of tenants."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def make(self, tenant: str, scopes: Sequence[str], label: str) -> tuple[Key, str]:
        """Add a key.

        Parameters
        ----------
        tenant : str
            Id of its tenant.
        scopes : sequence of str
            What it is good for.
        label : str
            What people know it by.

        Returns
        -------
        the key, and its secret, which cannot be had again

        Raises
        ------
        UnknownError
            If there is no such tenant.
        """
        secret = MARK + secrets.token_urlsafe(32)
        row = {"id": new_id(), "tenant": tenant, "digest": _digest(secret), "scopes": list(scopes), "label": label}
        with self.database.write() as connection:
            if connection.execute(sa.select(TENANT.c.id).where(TENANT.c.id == tenant)).first() is None:
                raise UnknownError("no such tenant")
            insert = sa.insert(KEY).values(**row, created=self.database.now()).returning(*KEY_COLUMNS)
            return _key(connection.execute(insert).one()), secret

    def find(self, secret: str) -> tuple[Key, Tenant] | None:
        """The key of a secret and its tenant; None if there is none or it was revoked."""
        known = (KEY.c.digest == _digest(secret), KEY.c.revoked.is_(None))
        with self.database.read() as connection:
            row = connection.execute(sa.select(*KEY_COLUMNS).where(*known)).first()
            if row is None:
                return None
            tenant = connection.execute(sa.select(TENANT).where(TENANT.c.id == row.tenant)).one()
        return _key(row), tenant_of(tenant)

    def revoke(self, id: str) -> Key:
        """Make a key good for nothing, from now on.

        Raises
        ------
        UnknownError
            If there is none of that id.
        """
        with self.database.write() as connection:
            now = sa.func.coalesce(KEY.c.revoked, self.database.now())
            statement = sa.update(KEY).where(KEY.c.id == id).values(revoked=now).returning(*KEY_COLUMNS)
            row = connection.execute(statement).first()
        if row is None:
            raise UnknownError(f"no key {id}")
        return _key(row)

    def list(self, tenant: str) -> list[Key]:
        """The keys of a tenant, the oldest first."""
        mine = sa.select(*KEY_COLUMNS).where(KEY.c.tenant == tenant).order_by(KEY.c.id)
        with self.database.read() as connection:
            return [_key(row) for row in connection.execute(mine)]


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
