"""Ways to wait for a job: `Prefer: wait=20`, and its events as they happen; nobody who waits holds a thread."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from typing import Any

from fastapi.concurrency import run_in_threadpool

from optimizer.service.store.queue import Queue
from optimizer.service.store.records import ENDED, Event, Job, said
from optimizer.service.store.refusals import RefusalError

PAUSE = 0.25
"""Seconds between looks at the jobs that somebody waits for."""
LONGEST = 60.0
"""Seconds that `Prefer: wait` is held at most."""
HEARTBEAT = 15.0
"""Seconds of silence after which a comment shows that a stream of events lives."""
COUNTED = 1.0
"""Seconds for which places in the queue stand as they were counted."""
STREAM = 600.0
"""Seconds after which a stream ends; who still listens connects again and goes on after the last event."""
AGAIN = 2
"""Seconds after which to look, or to connect, again."""
MOST, OWN = 1000, 250
"""Waiting callers that one server process has at most, and those among them of one tenant."""
WAIT = re.compile(r'(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?=$|[,;])', re.IGNORECASE | re.ASCII)

log = logging.getLogger("lodestar.http")


def preferred(headers: Collection[str]) -> int | None:
    """Seconds that a caller would wait for the end of a job, as `Prefer` says it (RFC 7240); None: not at all.

    Parameters
    ----------
    headers : collection of str
        All `Prefer` headers; what else they say is passed over.
    """
    found = WAIT.search(", ".join(headers))
    return int(found[1]) if found else None


class Watch:
    """Tells those who wait for jobs that something happened; one look at the database for all of them.

    Parameters
    ----------
    latest : callable
        Takes ids of jobs and gives for each that there is its state and the number of its last event.
    """

    def __init__(self, latest: Callable[[Collection[str]], Mapping[str, tuple[str, int]]]) -> None:
        self.latest = latest
        self.closed = False
        self._tenants: Counter[str] = Counter()
        self._waiting: dict[str, set[tuple[int | None, asyncio.Future[None]]]] = {}
        self._looking: asyncio.Task[None] | None = None

    def full(self, tenant: str) -> bool:
        """Whether nobody more of a tenant may wait.

        Parameters
        ----------
        tenant : str
        """
        return self._tenants[tenant] >= OWN or self._tenants.total() >= MOST

    def close(self) -> None:
        """Let everybody go who waits, as the service ends; to be called in the loop that serves."""
        self.closed = True
        for waiting in self._waiting.values():
            for _, future in waiting:
                if not future.done():
                    future.set_result(None)

    async def news(self, job: Job, seen: int | None, seconds: float) -> None:
        """Wait until something happened to a job, or it has ended or gone, or the time is up.

        Parameters
        ----------
        job : Job
        seen : int or None
            Number of the last event that the caller knows; None to wait for the end alone.
        seconds : float
        """
        if self.closed:
            return
        waiter = seen, asyncio.get_running_loop().create_future()
        self._waiting.setdefault(job.id, set()).add(waiter)
        self._tenants[job.tenant] += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            async with asyncio.timeout(seconds):
                await waiter[1]
        except TimeoutError:
            pass
        finally:
            self._waiting[job.id].discard(waiter)
            if not self._waiting[job.id]:
                del self._waiting[job.id]
            self._tenants[job.tenant] -= 1

    async def _look(self) -> None:
        """Look as long as anybody waits."""
        while self._waiting:
            await asyncio.sleep(PAUSE)
            jobs = list(self._waiting)
            try:
                found = await run_in_threadpool(self.latest, jobs)
            except Exception as error:  # the next look may find the database again
                log.warning("waiting", extra={"fields": {"error": type(error).__name__}})
                continue
            for job in jobs:
                state, number = found.get(job, (None, 0))
                over = state is None or state in ENDED
                for seen, future in self._waiting.get(job, ()):
                    if (over or (seen is not None and number > seen)) and not future.done():
                        future.set_result(None)


class Places:
    """Places of jobs in the queue, counted for all who ask at once and not anew for each.

    Parameters
    ----------
    queue : Queue
    """

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self._lock = threading.Lock()
        self._until = 0.0
        self._found: dict[str, int] = {}

    def of(self, job: Job) -> int | None:
        """The place of a job as it was a moment ago; None if it does not wait.

        Parameters
        ----------
        job : Job
        """
        if job.state != "queued":
            return None
        if time.monotonic() > self._until and self._lock.acquire(blocking=False):
            try:
                self._found = self.queue.places()
                self._until = time.monotonic() + COUNTED
            finally:
                self._lock.release()
        return self._found.get(job.id) or self.queue.position(job)


class Waiting:
    """One caller who waits for a job.

    Parameters
    ----------
    watch : Watch
    get : callable
        Gives the job as it is.
    events : callable
        Takes a number and gives the events of the job after it.
    """

    def __init__(self, watch: Watch, get: Callable[[], Job], events: Callable[[int], list[Event]]) -> None:
        self.watch = watch
        self.get = get
        self.events = events

    async def end(self, job: Job, seconds: float) -> Job:
        """The job once it has ended, or as it is when the time is up.

        Parameters
        ----------
        job : Job
            As it is.
        seconds : float
        """
        if job.over or self.watch.full(job.tenant):
            return job
        await self.watch.news(job, None, min(seconds, LONGEST))
        return await run_in_threadpool(self.get)

    async def stream(self, job: Job, after: int) -> AsyncIterator[str]:
        """Events as they happen, in the form of server-sent events, until the job ends.

        Parameters
        ----------
        job : Job
        after : int
            Number of the last event that the caller knows.
        """
        yield f"retry: {1000 * AGAIN}\n\n"
        until = time.monotonic() + STREAM
        while (left := until - time.monotonic()) > 0 and not self.watch.closed:
            try:
                happened = await run_in_threadpool(self.events, after)
                over = not happened and (await run_in_threadpool(self.get)).over
            except RefusalError:  # it has gone, or the database has: who still listens connects again and is told
                return
            for event in happened:
                after = event.number
                yield sent(event)
            if over or (happened and happened[-1].kind in ENDED):
                return
            if not happened:
                yield ": still here\n\n"
            await self.watch.news(job, after, min(left, HEARTBEAT))


def sent(event: Event) -> str:
    """An event on the wire.

    Parameters
    ----------
    event : Event
    """
    body: dict[str, Any] = {"at": said(event.at), **event.body}
    return f"id: {event.number}\nevent: {event.kind}\ndata: {json.dumps(body)}\n\n"
