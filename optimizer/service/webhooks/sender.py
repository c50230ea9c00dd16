"""Send what falls due until it is taken: at least once, with growing pauses, and not for ever."""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
import threading
import time
from collections.abc import Sequence

import httpx

from optimizer.service.store.records import Delivery, canonical
from optimizer.service.store.webhooks import Webhooks
from optimizer.service.webhooks.connect import RefusedError, post
from optimizer.service.webhooks.signing import headers

PAUSES = (10.0, 60.0, 300.0, 1800.0, 7200.0, 21_600.0, 43_200.0)
"""Seconds after each attempt that failed; after one more it is given up: 8 attempts over about 21 hours."""
AT_ONCE = 50
"""Deliveries under way at the same time."""
REST = 1.0
"""Seconds between looks for what is due."""

log = logging.getLogger(__name__)


class Sender:
    """Sends webhooks.

    Parameters
    ----------
    deliveries : Webhooks
        Where they are kept; what is taken from there is nobody else's until its lease ends.
    private : bool, optional
        Whether they may go to addresses inside the service's network.
    trust : SSLContext, optional
        Whose certificates are believed; by default those of public authorities.
    """

    def __init__(self, deliveries: Webhooks, *, private: bool = False, trust: ssl.SSLContext | None = None) -> None:
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

    async def _claimed(self, limit: int) -> Sequence[Delivery]:
        """What is due; nothing while the database does not answer."""
        if limit <= 0:
            return []
        try:
            return await asyncio.to_thread(lambda: self.deliveries.due(limit=limit))
        except Exception:
            log.exception("deliveries that are due cannot be read")
            return []

    async def send(self, delivery: Delivery) -> None:
        """Make one attempt, and keep what became of it.

        Parameters
        ----------
        delivery : Delivery
        """
        error = await self._attempt(delivery)
        try:
            if error is None:
                await asyncio.to_thread(self.deliveries.delivered, delivery)
            else:
                pause = pause_after(delivery.attempts)
                await asyncio.to_thread(self.deliveries.failed, delivery, pause, error)
        except Exception:  # its lease ends, and it is sent again
            log.exception("what became of a delivery cannot be kept")

    async def _attempt(self, delivery: Delivery) -> str | None:
        """What is wrong; None if it was taken."""
        body, now = canonical(delivery.body), int(time.time())
        signed = headers(delivery.secret, delivery.id, now, body)
        try:
            status = await post(delivery.url, signed, body, self.trust, private=self.private)
        except RefusedError as error:
            return str(error)
        except (TimeoutError, httpx.TimeoutException):
            return "no answer in time"
        except (httpx.TransportError, httpx.InvalidURL, OSError) as error:
            return f"no connection: {_said(error)}"
        except Exception:
            log.exception("a delivery cannot be sent")
            return "cannot be sent"
        if 200 <= status < 300:
            return None
        return f"answered {status}" + (", and redirects are not followed" if 300 <= status < 400 else "")


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
