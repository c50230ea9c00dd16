"""What a service is started with: where its data lie, and how much of anything it takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Limits:
    """How much a request may bring."""

    body_bytes: int = 20_000_000
    """Bytes of a body."""
    body_seconds: float = 120.0
    """Seconds that a body may take to come in."""
    rows: int = 200_000
    """Rows of a case, and lists and mappings in a body of any other kind."""
    depth: int = 24
    """Lists and mappings within one another in a body."""
    unpacked_bytes: int = 100_000_000
    """Bytes that a zip may unpack to."""
    files: int = 200
    """Files in a zip."""
    check_seconds: float = 30.0
    """Seconds a check of a case may take, and waiting for a place to check it."""
    check_memory_mb: int = 2048
    """Memory that a check may take, in MB."""

    def record(self) -> dict[str, Any]:
        """The limits as they are said to a caller."""
        return dict(vars(self))


@dataclass(frozen=True)
class Settings:
    """What a service is started with."""

    database: str
    """Address of the database: `sqlite:///FILE` or `postgresql://...`."""
    objects: Path | None = None
    """Folder for results; None to keep them in the database."""
    limits: Limits = Limits()
    """How much a request may bring."""
    checkers: int = 2
    """Processes that check cases."""
    key_seconds: float = 5.0
    """Seconds for which a key that was found is believed without looking again, so a revoked one is refused after."""
    cors: tuple[str, ...] = ()
    """Origins whose pages may call the service, such as `https://desk.example`; none by default."""
    allow_private_webhooks: bool = False
    """Whether webhooks may go to private addresses."""
