"""Workers that are killed, stopped and cut off from their database: `python -m benchmarks.assaults`.

Prints for each database how many jobs were lost (did not succeed) and how many were double: ended more than once, told
to a webhook more than once, or with more than one result. A job is a child that sleeps; the queue, the workers and
both databases are the real ones. Assaults are spread over the jobs by how many have ended, and spare a job at the last
of its three attempts: that a job which kills its workers is given up is tested elsewhere, and not to be counted here.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from optimizer.service.store import tables
from optimizer.service.store.database import Database
from optimizer.service.store.keys import Tenants
from optimizer.service.store.leases import ATTEMPTS
from optimizer.service.store.queue import Queue
from optimizer.service.store.refusals import UnavailableError
from optimizer.service.store.webhooks import Webhooks
from optimizer.service.work.worker import Worker

LEASE = 4.0
"""Seconds; short, so that jobs change hands, and long beside what a busy machine makes a worker wait."""
STOPPED = 2.0
"""Leases for which a worker stands still."""
CLOSED = 5.0
"""Seconds that the database is closed."""
KINDS = ("kill", "stop", "close", "kill", "stop", "kill")
"""Assaults, in the proportion in which they are made."""
MODULE = (sys.executable, "-m", "benchmarks.assaults")
CHILD = (sys.executable, "-m", "benchmarks.sleeper")
QUIET = 60.0
"""Seconds without a job that ends after which those that are left count as lost."""


class Server(Protocol):
    """What holds the database."""

    url: str

    def close(self, seconds: float) -> None:
        """Close the database for some seconds."""


class File:
    """A file of SQLite, closed by a lock that nobody else can get past."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "lodestar.db"
        self.url = f"sqlite:///{self.path}"

    def close(self, seconds: float) -> None:
        """Hold the lock."""
        with contextlib.closing(sqlite3.connect(self.path, timeout=30, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            time.sleep(seconds)
            connection.execute("ROLLBACK")


class Postgres:
    """A server of Postgres, which is stopped and started."""

    def __init__(self, server: Any, name: str) -> None:
        self.server, self.url = server, server.database(name)

    def close(self, seconds: float) -> None:
        """Stop it, and start it again."""
        self.server.stop()
        time.sleep(seconds)
        self.server.start()


@dataclass
class Outcome:
    """What became of the jobs."""

    jobs: int
    lost: int
    double: int
    attempts: int
    """Times that a job was begun."""
    changed_hands: int
    """Jobs that were begun more than once."""
    seconds: float
    made: Counter[str] = field(default_factory=Counter)
    """Assaults by kind."""


class Attack:
    """Jobs, workers that do them, and who assaults those.

    Parameters
    ----------
    server : Server
        What holds the database.
    jobs, workers, assaults : int
        How many there are.
    pause : float
        Seconds that a job sleeps.
    seed : int
        Of who is assaulted when.
    lease : float
        Seconds for which a worker has a job.
    """

    def __init__(
        self, server: Server, jobs: int, workers: int, assaults: int, pause: float, seed: int, lease: float = LEASE
    ) -> None:
        self.server, self.jobs, self.assaults, self.lease = server, jobs, assaults, lease
        self.pause, self.random = pause, random.Random(seed)
        self.database = Database(server.url)
        self.database.migrate()
        self.queue = Queue(self.database, lease=lease)
        self.tenant = Tenants(self.database).make("buyer")
        Webhooks(self.database).put(self.tenant.id, "tool", "https://example.org", [])
        self.workers = [self._worker() for _ in range(workers)]
        self.stopped: list[threading.Thread] = []

    def _worker(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([*MODULE, "worker", self.server.url, str(self.lease)], stderr=subprocess.DEVNULL)

    def run(self) -> Outcome:
        """Let it happen, and count."""
        began, made = time.monotonic(), Counter[str]()
        request = {"kind": "plan", "case": {}, "options": {"pause": self.pause}}
        ids = [self.queue.submit(self.tenant, "plan", request, {}).job.id for _ in range(self.jobs)]
        kinds = list(itertools.islice(itertools.cycle(KINDS), self.assaults))
        self.random.shuffle(kinds)
        try:
            for number, kind in enumerate(kinds):
                self._let_end(left=self.jobs - self.jobs * number // self.assaults)
                made[kind] += self._assault(kind)
            self._let_end()
        finally:
            for thread in self.stopped:
                thread.join()
            for worker in self.workers:
                worker.terminate()
            for worker in self.workers:
                worker.wait()
        outcome = self._counted(ids, time.monotonic() - began, made)
        self.database.close()
        return outcome

    def _assault(self, kind: str) -> int:
        """Assault a worker that is seen to be running a job, or the database; 0 where all jobs are done."""
        if kind == "close":
            self.server.close(CLOSED)
            return 1
        victim = self._victim()
        if victim is None:
            return 0
        self.workers[self.workers.index(victim)] = self._worker()
        if kind == "kill":
            victim.kill()
            victim.wait()
            return 1
        victim.send_signal(signal.SIGSTOP)
        self.stopped.append(threading.Thread(target=self._go_on, args=[victim]))
        self.stopped[-1].start()
        return 1

    def _go_on(self, worker: subprocess.Popen[bytes]) -> None:
        """Let a stopped worker go on, believing that its job is still its own, until it has had time to say so."""
        time.sleep(STOPPED * self.lease)
        worker.send_signal(signal.SIGCONT)
        time.sleep(STOPPED * self.lease)
        worker.terminate()
        worker.wait()

    def _victim(self) -> subprocess.Popen[bytes] | None:
        """A worker that runs a job, sooner or later."""
        while True:
            with contextlib.suppress(UnavailableError), self.database.read() as connection:
                spared = tables.job.c.attempts >= ATTEMPTS
                running = sa.select(tables.job.c.worker).where(tables.job.c.state == "running", ~spared)
                busy = {str(name).rpartition(":")[2] for name in connection.scalars(running)}
                found = [worker for worker in self.workers if str(worker.pid) in busy]
                if found:
                    return self.random.choice(found)
                if not self._left(connection):
                    return None
            time.sleep(0.02)

    def _left(self, connection: sa.Connection) -> int:
        open_ones = tables.job.c.state.in_(["queued", "running"])
        return int(connection.scalar(sa.select(sa.func.count()).where(open_ones)) or 0)

    def _let_end(self, left: int = 0) -> None:
        """Wait until so many jobs are left, but not longer than something happens."""
        fewest, since = self.jobs + 1, time.monotonic()
        while fewest > left and time.monotonic() - since < QUIET:
            time.sleep(0.05)
            with contextlib.suppress(UnavailableError), self.database.read() as connection:
                now = self._left(connection)
                if now < fewest:
                    fewest, since = now, time.monotonic()

    def _counted(self, ids: Sequence[str], seconds: float, made: Counter[str]) -> Outcome:
        """What became of the jobs."""
        lost = double = attempts = changed = 0
        with self.database.read() as connection:
            told = Counter(body["job"] for body in connection.scalars(sa.select(tables.delivery.c.body)))
        for id in ids:
            job = self.queue.get(self.tenant.id, id)
            kinds = Counter(event.kind for event in self.queue.events(self.tenant.id, id))
            ends = kinds["succeeded"] + kinds["failed"] + kinds["cancelled"]
            lost += job.state != "succeeded"
            attempts += kinds["started"]
            changed += kinds["started"] > 1
            parts = self.queue.parts.names(self.tenant.id, id)
            double += ends > 1 or told[id] > 1 or len(parts) > 1
            if job.state == "succeeded" and (told[id] != 1 or len(parts) != 1):
                raise AssertionError(f"job {id} was told {told[id]} times and has {len(parts)} results")
        return Outcome(len(ids), lost, double, attempts, changed, seconds, made)


def work(url: str, lease: str) -> None:
    """Be a worker."""
    worker = Worker(Queue(Database(url), lease=float(lease)), "1", command=CHILD, beat=0.25, poll=0.05)
    signal.signal(signal.SIGTERM, lambda *_: worker.stop())
    worker.run()


@contextlib.contextmanager
def servers(names: Sequence[str]) -> Iterator[dict[str, Server]]:
    """The databases that are asked for."""
    with tempfile.TemporaryDirectory() as folder:
        found: dict[str, Server] = {}
        if "sqlite" in names:
            found["sqlite"] = File(Path(folder))
        if "postgres" in names:
            from tests.helpers import postgres

            found["postgres"] = Postgres(postgres.Postgres(str(os.getpid())), "assaults")
        yield found


def main() -> None:
    """Print the table."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--jobs", type=int, default=300)
    words.add_argument("--workers", type=int, default=3)
    words.add_argument("--assaults", type=int, default=60)
    words.add_argument("--pause", type=float, default=0.3, help="seconds that a job sleeps")
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--database", choices=["sqlite", "postgres"], action="append")
    given = words.parse_args()
    print(
        f"{'database':10}{'jobs':>6}{'kills':>7}{'stops':>7}{'closes':>8}{'begun':>7}{'again':>7}{'lost':>6}{'double':>8}"
    )
    with servers(given.database or ["sqlite", "postgres"]) as found:
        for name, server in found.items():
            seen = Attack(server, given.jobs, given.workers, given.assaults, given.pause, given.seed).run()
            made = f"{seen.made['kill']:7}{seen.made['stop']:7}{seen.made['close']:8}"
            print(
                f"{name:10}{seen.jobs:6}{made}{seen.attempts:7}{seen.changed_hands:7}{seen.lost:6}{seen.double:8}",
                flush=True,
            )


if __name__ == "__main__":
    if sys.argv[1:2] == ["worker"]:
        work(*sys.argv[2:4])
    else:
        main()
