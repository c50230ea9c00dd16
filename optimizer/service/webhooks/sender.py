"""Send what falls due until it is taken: at least once, with growing pauses, and not for ever."""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
import threading
import time
from collections.abc import Sequence
from typing import Protocol

import httpcore
import httpx

from optimizer.service.webhooks.connect import RefusedError, post
from optimizer.service.webhooks.signing import headers

PAUSES = (10.0, 60.0, 300.0, 1800.0, 7200.0, 21_600.0, 43_200.0)
"""Seconds after each attempt that failed; after one more it is given up: 8 attempts over about 21 hours."""
AT_ONCE = 20
"""Deliveries under way at the same time."""
REST = 1.0
"""Seconds between looks for what is due."""

log = logging.getLogger(__name__)


class Due(Protocol):
    """A delivery that is to be sent now."""

    @property
    def id(self) -> str:
        """The same at every attempt."""

    @property
    def attempts(self) -> int:
        """Attempts with this one."""

    @property
    def url(self) -> str:
        """Where it goes."""

    @property
    def secret(self) -> str:
        """It is signed with this."""

    @property
    def body(self) -> str:
        """JSON."""


class Deliveries(Protocol):
    """Where deliveries are kept; what is claimed is nobody else's until its lease ends."""

    def due(self, limit: int) -> Sequence[Due]:
        """Claim deliveries that are due."""

    def delivered(self, delivery: str, status: int) -> None:
        """One was taken."""

    def failed(self, delivery: str, error: str, retry_after: float | None) -> None:
        """One was not; it is due again after so many seconds, or given up."""


class Sender:
    """Sends webhooks.

    Parameters
    ----------
    deliveries : Deliveries
    private : bool, optional
        Whether they may go to addresses inside the service's network.
    trust : SSLContext, optional
        Whose certificates are believed; by default those of public authorities.
    """

    def __init__(self, deliveries: Deliveries, *, private: bool = False, trust: ssl.SSLContext | None = None) -> None:
        self.deliveries = deliveries
        self.private = private
        self.trust = trust or httpx.create_ssl_context()

    def run(self, stop: threading.Event) -> None:
        """Send until told to stop; what is under way then is finished first.

        Parameters
        ----------
        stop : Event
        """
        asyncio.run(self._run(stop))

    async def _run(self, stop: threading.Event) -> None:
        under_way: set[asyncio.Task[None]] = set()
        while not stop.is_set():
            found = await self._claimed(AT_ONCE - len(under_way))
            under_way |= {asyncio.create_task(self.send(delivery)) for delivery in found}
            await asyncio.sleep(0.05 if found else REST)
            under_way = {task for task in under_way if not task.done()}
        if under_way:
            await asyncio.wait(under_way)

    async def _claimed(self, limit: int) -> Sequence[Due]:
        """What is due; nothing while the database does not answer."""
        if limit <= 0:
            return []
        try:
            return await asyncio.to_thread(self.deliveries.due, limit)
        except Exception:
            log.exception("deliveries that are due cannot be read")
            return []

    async def send(self, delivery: Due) -> None:
        """Make one attempt, and keep what became of it.

        Parameters
        ----------
        delivery : Due
        """
        status, error = await self._attempt(delivery)
        try:
            if error is None and status is not None:
                await asyncio.to_thread(self.deliveries.delivered, delivery.id, status)
            else:
                pause = pause_after(delivery.attempts)
                await asyncio.to_thread(self.deliveries.failed, delivery.id, error or "", pause)
        except Exception:  # its lease ends, and it is sent again
            log.exception("what became of a delivery cannot be kept")

    async def _attempt(self, delivery: Due) -> tuple[int | None, str | None]:
        """The status of the answer, and what is wrong."""
        body, now = delivery.body.encode(), int(time.time())
        signed = headers(delivery.secret, delivery.id, now, body)
        try:
            status = await post(delivery.url, signed, body, self.trust, private=self.private)
        except RefusedError as error:
            return None, str(error)
        except (TimeoutError, httpcore.TimeoutException):
            return None, "no answer in time"
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError) as error:
            return None, f"no connection: {_said(error)}"
        except Exception:
            log.exception("a delivery cannot be sent")
            return None, "cannot be sent"
        if 200 <= status < 300:
            return status, None
        return status, f"answered {status}" + (", and redirects are not followed" if 300 <= status < 400 else "")


def pause_after(attempts: int) -> float | None:
    """Seconds until a delivery is tried again, spread a little; None where it is given up.

    Parameters
    ----------
    attempts : int
        Attempts that failed, from 1.
    """
    return PAUSES[attempts - 1] * random.uniform(0.8, 1.2) if attempts <= len(PAUSES) else None  # noqa: S311


def _said(error: BaseException) -> str:
    """An error in a few words, without a place in this machine."""
    return (str(error) or type(error).__name__)[:200]
