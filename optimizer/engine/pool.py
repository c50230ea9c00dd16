"""Many solves of one program on the machine's cores, each from the base basis, in any order."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from optimizer.engine.refine import solve_task
from optimizer.engine.session import Answer, Session, Start
from optimizer.engine.task import Task
from optimizer.engine.worker import receive, send
from optimizer.errors import SolveError
from optimizer.formulation.program import Program

PATIENCE = 5.0
"""Multiple of the time limit after which a worker that does not answer is stopped."""


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def solve_all(
    program: Program,
    start: Start,
    tasks: Iterable[Task],
    *,
    workers: int | None = None,
    time_limit: float = 300.0,
) -> Iterator[tuple[Task, Answer]]:
    """Solve tasks in parallel and give each answer as it comes.

    Parameters
    ----------
    program : Program
    start : Start
        The base every task starts from.
    tasks : iterable of Task
    workers : int, optional
        Processes; by default one per core. With one, everything runs in this process.
    time_limit : float
        Seconds each method may take on each task.

    Yields
    ------
    tuple of Task and Answer
        In the order they finish. Closing the generator stops the workers; what was given stays.

    Raises
    ------
    SolveError
        If a worker process dies.
    """
    waiting = list(tasks)
    count = min(workers or cores(), len(waiting))
    if count <= 1:
        session = Session(start.arrays, time_limit)
        for task in waiting:
            yield task, solve_task(session, program, task, start)
        return
    nameless = replace(program, column_names=(), row_names=(), parameter_names=())
    todo: queue.SimpleQueue[Task] = queue.SimpleQueue()
    for task in waiting:
        todo.put(task)
    found: queue.SimpleQueue[tuple[Task, Answer | BaseException]] = queue.SimpleQueue()
    processes = [_process() for _ in range(count)]
    setup = (nameless, start, time_limit)
    drivers = [
        threading.Thread(target=_drive, args=(process, setup, todo, found, PATIENCE * time_limit), daemon=True)
        for process in processes
    ]
    try:
        for driver in drivers:
            driver.start()
        for _ in waiting:
            task, answer = found.get()
            if isinstance(answer, BaseException):
                raise SolveError(f"a worker process died on {' '.join(task.name)}") from answer
            yield task, answer
    finally:
        for process, driver in zip(processes, drivers, strict=True):
            process.kill()
            driver.join()
            process.communicate()


def _process() -> subprocess.Popen[bytes]:
    """Start a worker, deaf to Ctrl-C, which the parent handles."""
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
    return subprocess.Popen(
        [sys.executable, "-m", "optimizer.engine.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,
    )


def _drive(
    process: subprocess.Popen[bytes],
    setup: tuple[Program, Start, float],
    todo: queue.SimpleQueue[Task],
    found: queue.SimpleQueue[tuple[Task, Answer | BaseException]],
    patience: float,
) -> None:
    """Feed one worker until nothing is left to do."""
    if process.stdin is None or process.stdout is None:
        raise AssertionError("a worker without pipes")
    task = Task(("starting",), setup[1].answer.x)
    try:
        send(process.stdin, setup)
        while True:
            try:
                task = todo.get_nowait()
            except queue.Empty:
                return
            watch = threading.Timer(patience, process.kill)
            watch.start()
            send(process.stdin, task)
            answer = receive(process.stdout)
            watch.cancel()
            found.put((task, answer))
    except (OSError, EOFError) as error:
        found.put((task, error))
