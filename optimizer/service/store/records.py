"""What the store keeps, as records: tenants and their caps, cases, scenarios, jobs and what happened to them."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

State = Literal["queued", "running", "succeeded", "failed", "cancelled"]
ENDED: tuple[State, ...] = ("succeeded", "failed", "cancelled")
"""States that a job does not leave unless it is resumed."""


@dataclass(frozen=True)
class Caps:
    """How much a tenant may have at once, and use in a day."""

    queued: int = 1_000
    """Jobs that wait."""
    running: int = 16
    """Jobs that run."""
    core_seconds_per_day: float = 864_000.0
    """Cores times seconds that its jobs may hold in one day (UTC)."""
    bytes_kept: int = 20 * 2**30
    """Bytes of its cases, scenarios, results, kept answers and compiled cases."""


@dataclass(frozen=True)
class Tenant:
    """Who keys, cases and jobs belong to; nobody sees another's."""

    id: str
    name: str
    caps: Caps = field(default_factory=Caps)


SCOPES = ("read", "plan", "admin")
"""What a key may be for, each with those before it."""
MAIN = "main"
"""Name of the tenant that need not be made: that of a first key."""


@dataclass(frozen=True)
class Key:
    """What is known of a key; its secret is not."""

    id: str
    tenant: str
    scopes: tuple[str, ...]
    label: str
    created: float
    revoked: float | None


@dataclass(frozen=True)
class StoredCase:
    """One revision of a case."""

    tenant: str
    name: str
    revision: str
    """`sha256:` and the digest of its body."""
    number: int
    """Of the revision, from 1."""
    created: float
    body: dict[str, Any]


@dataclass(frozen=True)
class StoredScenario:
    """A scenario as it was put last."""

    tenant: str
    name: str
    revision: str
    created: float
    body: dict[str, Any]


@dataclass(frozen=True)
class Progress:
    """How far a job is; see `optimizer.plans`."""

    stage: str
    done: int = 0
    total: int = 0
    scenario: str | None = None
    answer: str | None = None
    not_certified: int = 0


@dataclass(frozen=True)
class Job:
    """A job, without what was asked and what came out, which may be large."""

    id: str
    tenant: str
    kind: str
    state: State
    priority: int
    case: dict[str, Any]
    """What names its case: `{"ref", "revision"}`, `{"bundled"}` or a digest."""
    created: float
    """Seconds since 1970, as all times, by the clock of the database."""
    started: float | None
    """Of the last attempt."""
    ended: float | None
    attempts: int
    stage: str
    done: int
    total: int
    scenario: str | None
    answer: str | None
    not_certified: int
    interrupted: bool
    """It succeeded with fewer answers than were asked for."""
    problem: dict[str, Any] | None
    """Why it failed: a problem document (RFC 9457)."""
    cancel: bool
    """It was asked to end."""
    core_seconds: float = 0.0
    """Cores that it held times seconds, over all attempts."""

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.state in ENDED


@dataclass(frozen=True)
class Submitted:
    """A job that was asked for."""

    job: Job
    replayed: bool
    """It had been asked for before, under the same key."""


@dataclass(frozen=True)
class Reservation:
    """An idempotency key that is being worked on, until its job is submitted."""

    key: str
    digest: str
    token: str


@dataclass(frozen=True)
class Claim:
    """A job in the hands of a worker; who holds another token than the job's has lost it."""

    job: Job
    token: str
    request: dict[str, Any]
    """What was asked, as it was submitted."""


@dataclass(frozen=True)
class KeptAnswer:
    """A finished answer of a job that has not ended, so that it need not be solved again."""

    name: str
    """As in `answers/NAME.npz`."""
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Ending:
    """How a job ended."""

    state: State
    not_certified: int = 0
    interrupted: bool = False
    problem: dict[str, Any] | None = None


@dataclass(frozen=True)
class Event:
    """Something that happened to a job, numbered from 1 without gaps; old ones are dropped."""

    number: int
    at: float
    kind: str
    """`queued`, `started`, `progress`, or the state it ended in."""
    body: dict[str, Any]


@dataclass(frozen=True)
class PartFile:
    """A file that a job made, to be kept."""

    name: str
    media_type: str
    path: Path


@dataclass(frozen=True)
class Part:
    """A result of a job, as it is kept."""

    name: str
    media_type: str
    size: int
    """Bytes."""
    digest: str
    """`sha256:` and the digest of its bytes."""


@dataclass(frozen=True)
class Webhook:
    """Where a tenant wants to be told how its jobs ended."""

    tenant: str
    name: str
    url: str
    kinds: tuple[str, ...]
    """Kinds of events, as in `job.succeeded`; all if empty."""
    secret: str = field(repr=False)
    created: float = 0.0


@dataclass(frozen=True)
class Delivery:
    """Something to be told, once or more often, until it is heard."""

    id: str
    tenant: str
    webhook: str
    url: str
    secret: str = field(repr=False)
    kind: str
    body: dict[str, Any]
    attempts: int
    """Including this one."""
    token: str = field(repr=False)
    created: float


@dataclass(frozen=True)
class Told:
    """What became of a delivery."""

    id: str
    kind: str
    attempts: int
    error: str | None
    """Why it was not heard the last time."""
    created: float
    due: float | None
    """When it is told next."""
    ended: float | None

    @property
    def state(self) -> Literal["waiting", "delivered", "given up"]:
        """Where it stands."""
        if self.ended is None:
            return "waiting"
        return "delivered" if self.error is None else "given up"


def new_id() -> str:
    """An id that cannot be guessed and sorts by time: milliseconds and 80 random bits, 26 letters and digits."""
    raw = int(time.time() * 1000).to_bytes(6, "big") + os.urandom(10)
    return base64.b32hexencode(raw).decode().rstrip("=").lower()


def canonical(document: Any) -> bytes:
    """A document as JSON that is the same for the same content.

    Raises
    ------
    ValueError
        If it holds what JSON cannot: not a number, or infinity.
    """
    return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def revision(document: Any) -> str:
    """`sha256:` and the digest of a document."""
    return "sha256:" + hashlib.sha256(canonical(document)).hexdigest()


def said(at: float) -> str:
    """A time in JSON: ISO 8601, UTC, milliseconds."""
    return dt.datetime.fromtimestamp(at, dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
