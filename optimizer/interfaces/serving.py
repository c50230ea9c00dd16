"""Commands that run the service: HTTP and workers."""

from __future__ import annotations

import errno
import os
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer import __version__
from optimizer.errors import InputError, Stopped
from optimizer.faults import Fault
from optimizer.interfaces.store import DatabaseAddress, DataFolder, address_of, needing, shown

if TYPE_CHECKING:
    from optimizer.service.http.settings import Settings
    from optimizer.service.start import Crew
    from optimizer.service.store.database import Database

TAKEN = (errno.EADDRINUSE, errno.EACCES)
"""What the system says of a port that it does not give."""
Objects = Annotated[
    Path | None,
    typer.Option(
        envvar="LODESTAR_OBJECTS",
        show_envvar=True,
        help="Folder for results, which all servers and workers reach; in the database by default.",
    ),
]
MemoryLimit = Annotated[
    int | None,
    typer.Option("--memory", min=256, help="MB each process of a job may take; all of the machine by default."),
]
JobTime = Annotated[float, typer.Option(min=1, help="Seconds a job may solve, whatever it asks for.")]
Processes = Annotated[int | None, typer.Option(min=1, help="Processes that solve a job; one per core by default.")]
Days = Annotated[float | None, typer.Option("--keep-days", min=0.01, help="Days results are kept; 30 by default.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(serve)
    app.command()(worker)


def serve(
    host: Annotated[str, typer.Option(help="Address to answer at; 0.0.0.0 for every one of this machine.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to answer at; 0 for one that is free.")] = 8000,
    database: DatabaseAddress = None,
    data: DataFolder = None,
    objects: Objects = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Jobs solved here at once; 0 where `lodestar worker` solves them.")
    ] = 1,
    processes: Processes = None,
    memory: MemoryLimit = None,
    job_time: JobTime = 14_400.0,
    keep: Days = None,
    cors: Annotated[
        list[str] | None, typer.Option(help="Origin whose pages may call, such as https://desk.example; repeat.")
    ] = None,
    private_webhooks: Annotated[
        bool, typer.Option("--private-webhooks", help="Let webhooks go to private addresses.")
    ] = False,
    demo: Annotated[
        bool,
        typer.Option(
            "--demo",
            help="Show the page to everybody without a key, bundled cases to be read only; results are kept for a day, "
            "and without --data or --database only until it ends.",
        ),
    ] = False,
) -> None:
    """Serve the page and plans over HTTP, and solve them; until Ctrl-C or SIGTERM."""
    with needing("serve"), _scratch(demo and not (data or database)) as scratch:
        from optimizer.service.http.settings import Settings
        from optimizer.service.start import DEMO_DAYS

        address = address_of(database, data or scratch)
        settings = Settings(address, objects, cors=tuple(cors or ()), allow_private_webhooks=private_webhooks)
        days = keep or (DEMO_DAYS if demo else None)
        with _listening(host, port) as listening:
            _serve(settings, listening, lambda: _crew(settings, workers, processes, memory, job_time, days), demo=demo)


def worker(
    database: DatabaseAddress = None,
    data: DataFolder = None,
    objects: Objects = None,
    workers: Annotated[int, typer.Option(min=1, help="Jobs solved at once.")] = 1,
    processes: Processes = None,
    memory: MemoryLimit = None,
    job_time: JobTime = 14_400.0,
    keep: Days = None,
) -> None:
    """Solve what a service on the same database is asked; until Ctrl-C or SIGTERM."""
    with needing("worker"):
        from optimizer.service.http.logs import log_to
        from optimizer.service.http.settings import Settings
        from optimizer.service.store.database import Database

        settings = Settings(address_of(database, data), objects)
        opened = Database(settings.database)
        opened.migrate()
        log_to(sys.stderr)
        print(f"Lodestar {__version__} solves jobs of {shown(opened)}", flush=True)
        crew = _crew(settings, workers, processes, memory, job_time, keep)
        _until_stopped(crew, threading.Event().wait)
        opened.close()


@contextmanager
def _scratch(wanted: bool) -> Iterator[Path | None]:
    """A folder for data that goes when it ends; none where it is not wanted."""
    if not wanted:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="lodestar-demo-") as folder:
        yield Path(folder)


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket at an address; one that cannot be had is said in a line."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.create_server((host, port), family=family, backlog=2048)
    except (OSError, UnicodeError) as error:
        number = getattr(error, "errno", None)
        why = os.strerror(number) if number and not isinstance(error, socket.gaierror) else "no such address"
        other = f"; choose another port, as in --port {port % 65535 + 1}" if number in TAKEN else ""
        raise InputError([Fault(f"{host}:{port}", f"{why.lower()}{other}", code="clash")]) from None
    with listening:
        yield listening


def _serve(settings: Settings, listening: socket.socket, hire: Callable[[], Crew], *, demo: bool) -> None:
    """Serve at a socket until told to stop."""
    from optimizer.desk.app import create_desk
    from optimizer.service.http.logs import log_to
    from optimizer.service.http.server import DRAIN
    from optimizer.service.http.server import serve as serve_at
    from optimizer.service.http.stores import Stores
    from optimizer.service.start import demo_tenant, first_key
    from optimizer.service.webhooks.sender import Sender

    stores = Stores.of(settings)
    stores.database.migrate()
    key = None if demo else first_key(stores.database)
    app = create_desk(settings, demo_tenant(stores.database) if demo else None)
    log_to(sys.stderr)
    _greet(listening, stores.database, key)
    stop = threading.Event()
    sender = Sender(stores.webhooks, private=settings.allow_private_webhooks)
    sending = threading.Thread(target=sender.run, args=[stop], daemon=True)
    sending.start()
    try:
        _until_stopped(hire(), lambda: serve_at(app, listening))
    finally:
        stop.set()
        sending.join(DRAIN)


def _greet(listening: socket.socket, database: Database, key: str | None) -> None:
    """Say where the service answers, where its data lie, and its first key."""
    host, port = listening.getsockname()[:2]
    at = f"[{host}]" if ":" in host else host
    print(f"Lodestar {__version__} answers at http://{at}:{port}")
    print(f"Data: {shown(database)}")
    if key is not None:
        print(f"First key, shown only now: {key}")
    print("Ctrl-C stops it.", flush=True)


def _crew(
    settings: Settings, workers: int, processes: int | None, memory: int | None, seconds: float, keep: float | None
) -> Crew:
    """Workers on a database of their own connections."""
    from optimizer.service.http.stores import Stores
    from optimizer.service.start import Crew
    from optimizer.service.store.retention import DAYS
    from optimizer.service.work.task import Allowance
    from optimizer.service.work.worker import Worker

    allowance = Allowance(seconds, memory or 0, processes or 0)
    queue = Stores.of(settings).queue
    return Crew(lambda: Worker(queue, __version__, allowance=allowance, days=keep or DAYS), workers)


def _until_stopped(crew: Crew, wait: Callable[[], object]) -> None:
    """Have workers work until a signal comes; then let them put in order what they have."""
    crew.start()
    try:
        wait()
    except Stopped as stop:
        code = stop.code
        print("Stopping: what is finished is kept, and what runs goes back to the queue.", flush=True)
    else:
        code = 0
    crew.stop()
    if code:
        raise typer.Exit(code)
