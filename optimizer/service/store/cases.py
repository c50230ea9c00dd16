"""Cases of tenants, every revision of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from optimizer.service.store import tables
from optimizer.service.store.caps import may_keep
from optimizer.service.store.database import Database
from optimizer.service.store.records import StoredCase, canonical, revision
from optimizer.service.store.refusals import RevisionError, UnknownError

CASE = tables.case_revision
COLUMNS = [CASE.c[name] for name in StoredCase.__dataclass_fields__]


def expect(found: str | None, if_match: str | None, what: str) -> None:
    """Hold a revision against the one that was said: `*` for any, nothing between the quotes for none at all.

    Parameters
    ----------
    found : str or None
        The revision that there is.
    if_match : str or None
        The one that was said; None: any, or none.
    what : str
        What it is of, in words.

    Raises
    ------
    RevisionError
        If it is another, or there is none.
    """
    if if_match == "":
        if found is not None:
            raise RevisionError(f"there is a {what} already")
    elif if_match is not None and (found is None or if_match not in ("*", found)):
        raise RevisionError(f"{what} is not at {if_match}" if found else f"there is no {what}")


class Cases:
    """Cases of tenants."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def put(self, tenant: str, name: str, body: dict[str, Any], *, if_match: str | None = None) -> StoredCase:
        """Keep a case under a name, as a new revision unless it is the same as the last.

        Parameters
        ----------
        tenant, name : str
            Whose it is, and its name.
        body : dict
            The case.
        if_match : str, optional
            The revision that it must have before, `*` for any, empty if there must be none.

        Raises
        ------
        RevisionError
            If it has another.
        CapReachedError
            If the tenant would have more bytes than it may.
        """
        size = len(canonical(body))
        with self.database.write() as connection:
            may_keep(connection, tenant, 0)  # holds the tenant, so that two do not get the same number
            last = self._last(connection, tenant, name)
            expect(None if last is None else last.revision, if_match, f"case {name}")
            if last is not None and last.revision == revision(body):
                return last
            may_keep(connection, tenant, size)
            row = {"tenant": tenant, "name": name, "number": 1 if last is None else last.number + 1}
            insert = sa.insert(CASE).values(
                **row, revision=revision(body), created=self.database.now(), size=size, body=body
            )
            return StoredCase(**connection.execute(insert.returning(*COLUMNS)).one()._mapping)

    def _last(self, connection: sa.Connection, tenant: str, name: str) -> StoredCase | None:
        mine = sa.select(*COLUMNS).where(CASE.c.tenant == tenant, CASE.c.name == name)
        row = connection.execute(mine.order_by(CASE.c.number.desc()).limit(1)).first()
        return None if row is None else StoredCase(**row._mapping)

    def get(self, tenant: str, name: str, revision: str | None = None) -> StoredCase:
        """A case, at a revision or as it is now.

        Raises
        ------
        UnknownError
            If the tenant has none such.
        """
        mine = sa.select(*COLUMNS).where(CASE.c.tenant == tenant, CASE.c.name == name)
        if revision is not None:
            mine = mine.where(CASE.c.revision == revision)
        with self.database.read() as connection:
            row = connection.execute(mine.order_by(CASE.c.number.desc()).limit(1)).first()
        if row is None:
            raise UnknownError(f"no case {name}" + (f" at {revision}" if revision else ""))
        return StoredCase(**row._mapping)

    def page(self, tenant: str, *, after: str | None = None, limit: int = 50) -> list[StoredCase]:
        """Cases as they are now, by name, those after a name; without their bodies, which are empty."""
        newest = sa.select(CASE.c.name, sa.func.max(CASE.c.number).label("number")).where(CASE.c.tenant == tenant)
        if after is not None:
            newest = newest.where(CASE.c.name > after)
        last = newest.group_by(CASE.c.name).order_by(CASE.c.name).limit(limit).subquery()
        is_last = sa.and_(CASE.c.tenant == tenant, CASE.c.name == last.c.name, CASE.c.number == last.c.number)
        return self._without_bodies(sa.select(*COLUMNS[:-1]).join(last, is_last).order_by(CASE.c.name))

    def revisions(self, tenant: str, name: str) -> list[StoredCase]:
        """Every revision of a case, the newest first; without their bodies, which are empty.

        Raises
        ------
        UnknownError
            If the tenant has no such case.
        """
        mine = sa.select(*COLUMNS[:-1]).where(CASE.c.tenant == tenant, CASE.c.name == name)
        found = self._without_bodies(mine.order_by(CASE.c.number.desc()))
        if not found:
            raise UnknownError(f"no case {name}")
        return found

    def _without_bodies(self, statement: sa.Select[Any]) -> list[StoredCase]:
        with self.database.read() as connection:
            rows: Sequence[sa.Row[Any]] = connection.execute(statement).all()
        return [StoredCase(**row._mapping, body={}) for row in rows]

    def delete(self, tenant: str, name: str, *, if_match: str | None = None) -> None:
        """Delete a case with all its revisions.

        Raises
        ------
        UnknownError
            If the tenant has no such case.
        RevisionError
            If it is not at the revision that was said.
        """
        with self.database.write() as connection:
            last = self._last(connection, tenant, name)
            if last is None:
                raise UnknownError(f"no case {name}")
            expect(last.revision, if_match, f"case {name}")
            connection.execute(sa.delete(CASE).where(CASE.c.tenant == tenant, CASE.c.name == name))
