"""The tables of the store. Times are seconds since 1970 by the clock of the database; bodies stand last."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
METADATA = sa.MetaData(naming_convention=NAMES)


def _of(parent: str, name: str, **more: Any) -> sa.Column[str]:
    """A column that names a row of another table, and goes with it."""
    return sa.Column(name, sa.String, sa.ForeignKey(f"{parent}.id", ondelete="CASCADE"), **more)


def _tenant(**more: Any) -> sa.Column[str]:
    return _of("tenant", "tenant", nullable=False, **more)


def _at(name: str, *, nullable: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Double, nullable=nullable)


def _text(name: str, **more: Any) -> sa.Column[str]:
    return sa.Column(name, sa.String, **{"nullable": False, **more})


def _count(name: str, *, default: int = 0) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, default=default)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False, default=False)


tenant = sa.Table(
    "tenant",
    METADATA,
    _text("id", primary_key=True),
    _text("name", unique=True),
    _at("created"),
    _count("queued"),
    _count("running"),
    sa.Column("core_seconds_per_day", sa.Double, nullable=False),
    _count("bytes_kept"),
)
key = sa.Table(
    "key",
    METADATA,
    _text("id", primary_key=True),
    _tenant(index=True),
    _text("digest", unique=True),
    sa.Column("scopes", sa.JSON, nullable=False),
    _text("label"),
    _at("created"),
    _at("revoked", nullable=True),
)
case_revision = sa.Table(
    "case_revision",
    METADATA,
    _tenant(primary_key=True),
    _text("name", primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    _text("revision"),
    _at("created"),
    _count("size"),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Index(None, "tenant", "name", "revision"),
)
scenario = sa.Table(
    "scenario",
    METADATA,
    _tenant(primary_key=True),
    _text("name", primary_key=True),
    _text("revision"),
    _at("created"),
    _count("size"),
    sa.Column("body", sa.JSON, nullable=False),
)
job = sa.Table(
    "job",
    METADATA,
    _text("id", primary_key=True),
    _tenant(),
    _text("kind"),
    _text("state"),
    sa.Column("priority", sa.Integer, nullable=False, default=0),
    sa.Column("case", sa.JSON, nullable=False),
    _at("created"),
    _at("started", nullable=True),
    _at("ended", nullable=True),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    _text("stage", default=""),
    _count("done"),
    _count("total"),
    _text("scenario", nullable=True),
    _text("answer", nullable=True),
    _count("not_certified"),
    _flag("interrupted"),
    sa.Column("problem", sa.JSON(none_as_null=True), nullable=True),
    _flag("cancel"),
    _text("token", nullable=True),
    _text("worker", nullable=True),
    _at("lease_until", nullable=True),
    sa.Column("cores", sa.Integer, nullable=False, default=1),
    _at("charged_until", nullable=True),
    _count("events"),
    sa.Column("core_seconds", sa.Double, nullable=False, default=0.0, server_default="0"),
    sa.Index(None, "tenant", "state"),
    sa.Index(None, "state", "lease_until"),
    sa.Index(None, "state", "ended"),
)
request = sa.Table(
    "request",
    METADATA,
    _of("job", "job", primary_key=True, nullable=False),
    _tenant(),
    _count("size"),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Index(None, "tenant"),
)
idempotency = sa.Table(
    "idempotency",
    METADATA,
    _tenant(primary_key=True),
    _text("key", primary_key=True),
    _text("digest"),
    _of("job", "job", nullable=True, index=True),
    _text("token", nullable=True),
    _at("until"),
)
event = sa.Table(
    "event",
    METADATA,
    _of("job", "job", primary_key=True, nullable=False),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    _at("at"),
    _text("kind"),
    sa.Column("body", sa.JSON, nullable=False),
)
part = sa.Table(
    "part",
    METADATA,
    _of("job", "job", primary_key=True, nullable=False),
    _text("name", primary_key=True),
    _tenant(),
    _text("media_type"),
    _count("size"),
    _text("digest"),
    _text("place", nullable=True),
    sa.Column("body", sa.LargeBinary, nullable=True),
    sa.Index(None, "tenant"),
)
kept_answer = sa.Table(
    "kept_answer",
    METADATA,
    _of("job", "job", primary_key=True, nullable=False),
    _text("name", primary_key=True),
    _tenant(),
    _count("size"),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index(None, "tenant"),
)
compiled = sa.Table(
    "compiled",
    METADATA,
    _tenant(primary_key=True),
    _text("digest", primary_key=True),
    _text("version", primary_key=True),
    _text("name", primary_key=True),
    _at("used"),
    _count("size"),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
usage = sa.Table(
    "usage",
    METADATA,
    _tenant(primary_key=True),
    sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("core_seconds", sa.Double, nullable=False),
)
webhook = sa.Table(
    "webhook",
    METADATA,
    _tenant(primary_key=True),
    _text("name", primary_key=True),
    _text("url"),
    sa.Column("kinds", sa.JSON, nullable=False),
    _text("secret"),
    _at("created"),
)
delivery = sa.Table(
    "delivery",
    METADATA,
    _text("id", primary_key=True),
    _tenant(),
    _text("webhook"),
    _text("kind"),
    sa.Column("body", sa.JSON, nullable=False),
    _at("created"),
    _at("due", nullable=True),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    _text("token", nullable=True),
    _at("ended", nullable=True),
    _text("error", nullable=True),
    sa.ForeignKeyConstraint(["tenant", "webhook"], ["webhook.tenant", "webhook.name"], ondelete="CASCADE"),
    sa.Index(None, "due"),
    sa.Index(None, "tenant", "webhook"),
)
SIZED = (case_revision, scenario, request, part, kept_answer, compiled)
"""Tables whose bodies count as bytes kept."""
