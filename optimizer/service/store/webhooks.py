"""Webhooks of tenants, and what is still to be told to them; it is written in the transaction that ends a job."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from optimizer.service.store import tables
from optimizer.service.store.database import Database
from optimizer.service.store.records import Delivery, Told, Webhook
from optimizer.service.store.refusals import UnknownError

WEBHOOK, DELIVERY = tables.webhook, tables.delivery
COLUMNS = [WEBHOOK.c[name] for name in Webhook.__dataclass_fields__]

FIRST = (DELIVERY.c.attempts, DELIVERY.c.due)
"""What is told first: what was not tried yet, so that who does not hear holds up nobody who does."""
MOST_SAID = 300
"""Letters that are kept of why a delivery was not heard."""


def _webhook(row: sa.Row[Any]) -> Webhook:
    fields = dict(row._mapping)
    return Webhook(**{**fields, "kinds": tuple(fields["kinds"])})


class Webhooks:
    """Webhooks and deliveries."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def put(self, tenant: str, name: str, url: str, kinds: Sequence[str], secret: str | None = None) -> Webhook:
        """Set a webhook; a secret is made where none is given and none was there.

        Parameters
        ----------
        tenant, name, url : str
            Whose it is, its name, and what is called.
        kinds : sequence of str
            Kinds of events it is told of; all if empty.
        secret : str, optional
            What its signature is made with.
        """
        given = {"url": url, "kinds": list(kinds)}
        row = {"tenant": tenant, "name": name, "created": self.database.now(), **given}
        insert = self.database.insert(WEBHOOK).values(**row, secret=secret or secrets.token_urlsafe(32))
        changed = given if secret is None else {**given, "secret": secret}
        put = insert.on_conflict_do_update(index_elements=["tenant", "name"], set_=changed)
        with self.database.write() as connection:
            return _webhook(connection.execute(put.returning(*COLUMNS)).one())

    def get(self, tenant: str, name: str) -> Webhook:
        """A webhook.

        Raises
        ------
        UnknownError
            If the tenant has none such.
        """
        mine = sa.select(*COLUMNS).where(WEBHOOK.c.tenant == tenant, WEBHOOK.c.name == name)
        with self.database.read() as connection:
            row = connection.execute(mine).first()
        if row is None:
            raise UnknownError(f"no webhook {name}")
        return _webhook(row)

    def page(self, tenant: str, *, after: str | None = None, limit: int = 50) -> list[Webhook]:
        """Webhooks by name, those after a name."""
        statement = sa.select(*COLUMNS).where(WEBHOOK.c.tenant == tenant)
        if after is not None:
            statement = statement.where(WEBHOOK.c.name > after)
        with self.database.read() as connection:
            return [_webhook(row) for row in connection.execute(statement.order_by(WEBHOOK.c.name).limit(limit))]

    def delete(self, tenant: str, name: str) -> None:
        """Delete a webhook, and what was still to be told to it.

        Raises
        ------
        UnknownError
            If the tenant has none such.
        """
        mine = (WEBHOOK.c.tenant == tenant, WEBHOOK.c.name == name)
        with self.database.write() as connection:
            if not connection.execute(sa.delete(WEBHOOK).where(*mine)).rowcount:
                raise UnknownError(f"no webhook {name}")

    def due(self, *, lease: float = 60.0, limit: int = 10) -> list[Delivery]:
        """Take what is to be told now; who takes it has to say within the lease how it went, or it is told again."""
        with self.database.read() as connection:  # so that who asks often does not write
            if not connection.scalar(sa.select(sa.func.count()).where(DELIVERY.c.due <= self.database.now())):
                return []
        with self.database.write() as connection:
            waiting = sa.select(DELIVERY.c.id).where(DELIVERY.c.due <= self.database.now()).order_by(*FIRST)
            ids = list(connection.scalars(waiting.limit(limit).with_for_update(skip_locked=True)))
            values = {
                "due": self.database.now() + lease,
                "attempts": DELIVERY.c.attempts + 1,
                "token": secrets.token_hex(16),
            }
            connection.execute(sa.update(DELIVERY).where(DELIVERY.c.id.in_(ids)).values(**values))
            own = ("id", "tenant", "webhook", "kind", "body", "attempts", "token", "created")
            hook = sa.and_(WEBHOOK.c.tenant == DELIVERY.c.tenant, WEBHOOK.c.name == DELIVERY.c.webhook)
            columns = (*(DELIVERY.c[name] for name in own), WEBHOOK.c.url, WEBHOOK.c.secret)
            taken = sa.select(*columns).join(WEBHOOK, hook).where(DELIVERY.c.id.in_(ids)).order_by(DELIVERY.c.id)
            return [Delivery(**row._mapping) for row in connection.execute(taken)]

    def delivered(self, delivery: Delivery) -> bool:
        """Say that it was heard; False if another has it in hand."""
        return self._set(delivery, due=None, ended=self.database.now(), error=None)

    def failed(self, delivery: Delivery, retry_in: float | None, error: str) -> bool:
        """Say that it was not heard and why, and in how many seconds to try again; None to give it up."""
        said = error[:MOST_SAID]
        if retry_in is None:
            return self._set(delivery, due=None, ended=self.database.now(), error=said)
        return self._set(delivery, due=self.database.now() + retry_in, error=said)

    def recent(self, tenant: str, name: str, limit: int) -> list[Told]:
        """What was to be told to a webhook last, the newest first, and what became of it."""
        mine = (DELIVERY.c.tenant == tenant, DELIVERY.c.webhook == name)
        names = ("id", "kind", "attempts", "error", "created", "due", "ended")
        statement = sa.select(*(DELIVERY.c[column] for column in names)).where(*mine)
        with self.database.read() as connection:
            rows = connection.execute(statement.order_by(DELIVERY.c.id.desc()).limit(limit)).all()
        return [Told(**row._mapping) for row in rows]

    def _set(self, delivery: Delivery, **values: Any) -> bool:
        mine = (DELIVERY.c.id == delivery.id, DELIVERY.c.token == delivery.token)
        with self.database.write() as connection:
            return bool(connection.execute(sa.update(DELIVERY).where(*mine).values(**values, token=None)).rowcount)
