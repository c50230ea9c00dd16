"""The service under load: 200 callers ask where their jobs stand and 20 submit more, beside two workers that solve.

A status read is measured against a bare FastAPI route, served by a process of its own and asked by the same callers in
the same minute.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.show import table

POLLERS, SUBMITTERS, WORKERS = 200, 20, 2
SECONDS = 60.0
POLL, SUBMIT = 2.0, 3.0
"""Seconds from one request of a caller to its next; the service asks those who poll to come back after 2."""
MOST = 5.0
"""How many times the p99 of a bare route that of a status read may be."""
PLAN = {"kind": "plan", "case": {"ref": "ev-motors"}, "scenarios": ["full-embargo"], "answers": ["react"]}


class Caller:
    """A connection that is kept, as thin as can be, so that the callers do not take the cores from who answers."""

    def __init__(self, port: int, key: str = "") -> None:
        self.port = port
        self.head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes, float]:
        """Status, body and seconds of one exchange."""
        began = time.perf_counter()
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        writer.write(f"{method} {path} HTTP/1.1\r\n{self.head}{kind}\r\n".encode() + body)
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        found = await reader.readexactly(length)
        return int(head.split(" ", 2)[1]), found, time.perf_counter() - began

    def close(self) -> None:
        """Leave."""
        if self.streams is not None:
            self.streams[1].close()


@dataclass
class Measured:
    """What was seen in one run."""

    status: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    submit: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    jobs: list[str] = field(default_factory=list)


async def _poll(found: Measured, served: Caller, bare: Caller, until: float) -> None:
    """Ask where a job stands, and the bare route, as often as the service asks to."""
    await asyncio.sleep(random.random() * POLL)
    while time.perf_counter() < until:
        began = time.perf_counter()
        for caller, path, seconds in ((served, random.choice(found.jobs), found.status), (bare, "/", found.bare)):
            try:
                code, _, took = await caller.ask("GET", path)
                seconds.append(took)
                if code != 200:
                    found.errors[f"GET {code}"] += 1
            except (OSError, asyncio.IncompleteReadError, ValueError) as error:
                found.errors[type(error).__name__] += 1
                caller.streams = None
        await asyncio.sleep(max(0.0, POLL - (time.perf_counter() - began)))


async def _submit(found: Measured, served: Caller, until: float) -> None:
    """Submit a job every few seconds."""
    await asyncio.sleep(random.random() * SUBMIT)
    body = json.dumps(PLAN).encode()
    while time.perf_counter() < until:
        began = time.perf_counter()
        try:
            code, said, took = await served.ask("POST", "/v1/jobs", body)
            found.submit.append(took)
            if code == 202:
                found.jobs.append(json.loads(said)["links"]["self"])
            else:
                found.errors[f"POST {code}"] += 1
        except (OSError, asyncio.IncompleteReadError, ValueError) as error:
            found.errors[type(error).__name__] += 1
            served.streams = None
        await asyncio.sleep(max(0.0, SUBMIT - (time.perf_counter() - began)))


async def _load(port: int, bare: int, key: str, seconds: float) -> Measured:
    """All callers at once."""
    found = Measured()
    first = Caller(port, key)
    for _ in range(WORKERS * 2):
        _, said, _ = await first.ask("POST", "/v1/jobs", json.dumps(PLAN).encode())
        found.jobs.append(json.loads(said)["links"]["self"])
    await _begun(first, found.jobs)
    callers = [first, *(Caller(port, key) for _ in range(POLLERS + SUBMITTERS))]
    plain = [Caller(bare) for _ in range(POLLERS)]
    until = time.perf_counter() + seconds
    polls = [_poll(found, served, other, until) for served, other in zip(callers[1:], plain, strict=False)]
    submits = [_submit(found, served, until) for served in callers[1 + POLLERS :]]
    await asyncio.gather(*polls, *submits)
    for caller in (*callers, *plain):
        caller.close()
    return found


async def _begun(caller: Caller, jobs: list[str], patience: float = 120.0) -> None:
    """Wait until every worker solves."""
    until = time.perf_counter() + patience
    while time.perf_counter() < until:
        states = [json.loads((await caller.ask("GET", job))[1])["state"] for job in jobs]
        if states.count("running") >= WORKERS or "succeeded" in states:
            return
        await asyncio.sleep(0.2)
    raise SystemExit("the workers take no job")


@contextmanager
def _process(*words: str) -> Iterator[subprocess.Popen[str]]:
    """A process of this module, until the block ends."""
    command = [sys.executable, "-m", "benchmarks.service", *words]
    made = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield made
    finally:
        made.send_signal(signal.SIGTERM)
        try:
            made.wait(30)
        except subprocess.TimeoutExpired:
            made.kill()
            made.wait()
        if made.stdout:
            made.stdout.close()


def _port(process: subprocess.Popen[str]) -> int:
    """The port that a process says it serves."""
    if process.stdout is None:
        raise SystemExit("a process says nothing")
    return int(process.stdout.readline())


def measure(seconds: float = SECONDS) -> tuple[Measured, dict[str, float]]:
    """One run: what the callers saw, and how many jobs there are in each state at its end."""
    from optimizer.service.store.database import Database
    from optimizer.service.store.keys import Keys, Tenants
    from optimizer.service.store.queue import Queue
    from optimizer.service.store.records import Caps

    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        url = f"sqlite:///{Path(folder) / 'lodestar.db'}"
        database = Database(url)
        stack.callback(database.close)
        database.migrate()
        tenant = Tenants(database).make("load", Caps(queued=1_000_000, running=WORKERS))
        _, key = Keys(database).make(tenant.id, ["plan"], "load")
        served, bare = (_port(stack.enter_context(_process(what, url))) for what in ("serve", "bare"))
        for _ in range(WORKERS):
            stack.enter_context(_process("work", url))
        found = asyncio.run(_load(served, bare, key, seconds))
        return found, Queue(database).counts()


def _row(name: str, seconds: list[float]) -> tuple[Any, ...]:
    """Requests and their times, ms."""
    parts = statistics.quantiles(seconds, n=100) if len(seconds) > 1 else [float("nan")] * 99
    return name, len(seconds), 1000 * parts[49], 1000 * parts[94], 1000 * parts[98], 1000 * max(seconds, default=0.0)


def report(*, quick: bool = False) -> None:
    """Measure and print."""
    found, jobs = measure(10.0 if quick else SECONDS)
    rows = [_row("status of a job", found.status), _row("bare route", found.bare), _row("submit a job", found.submit)]
    times = rows[0][4] / rows[1][4]
    errors = ", ".join(f"{what}: {number}" for what, number in found.errors.items()) or "none"
    done = ", ".join(f"{number:.0f} {state}" for state, number in jobs.items() if state != "oldest")
    table(
        f"{POLLERS} callers that poll and {SUBMITTERS} that submit, beside {WORKERS} workers that solve",
        ("request", "number", "p50 ms", "p95 ms", "p99 ms", "most ms"),
        rows,
        f"p99 of a status read is {times:.1f} times that of a bare route (at most {MOST:g}). "
        f"Errors: {errors}. Jobs: {done}.",
    )


def _serve(what: str, url: str) -> None:
    """Serve the service, or a bare route, on a free port, and say which."""
    import uvicorn
    from fastapi import FastAPI

    from optimizer.service.http.app import create_app
    from optimizer.service.http.server import Server
    from optimizer.service.http.settings import Settings

    app = create_app(Settings(url, checkers=0)) if what == "serve" else FastAPI()
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False)
    server = Server(app, config) if what == "serve" else uvicorn.Server(config)
    if what == "bare":

        @app.get("/")
        def bare() -> dict[str, str]:
            return {"state": "running"}

    async def run() -> None:
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        print(server.servers[0].sockets[0].getsockname()[1], flush=True)
        await serving

    asyncio.run(run())


def _work(url: str) -> None:
    """Solve jobs until told to stop."""
    from optimizer import __version__
    from optimizer.service.store.database import Database
    from optimizer.service.store.queue import Queue
    from optimizer.service.work.task import Allowance
    from optimizer.service.work.worker import Worker

    worker = Worker(Queue(Database(url)), __version__, allowance=Allowance(workers=1))
    signal.signal(signal.SIGTERM, lambda *_: worker.stop())
    worker.run()


if __name__ == "__main__":
    if sys.argv[1] == "work":
        _work(sys.argv[2])
    else:
        _serve(*sys.argv[1:3])
