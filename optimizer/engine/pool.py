"""Many solves of one program on the machine's cores, each from the base basis, in any order."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.engine.session import Answer, Session, Start
from optimizer.errors import SolveError
from optimizer.formulation.program import Arrays, Floats, Program


@dataclass(frozen=True)
class Task:
    """One solve.

    Parameters
    ----------
    name : tuple of str
        What it answers.
    parameters : array
        The parameter vector.
    fixed : array of bool, shape (columns,), optional
        Columns that keep their value in the base plan.
    """

    name: tuple[str, ...]
    parameters: Floats
    fixed: NDArray[np.bool_] | None = None


def task_arrays(program: Program, task: Task, base: Floats) -> Arrays:
    """The programme of a task, its fixed columns held at the base plan."""
    arrays = program.arrays(task.parameters)
    if task.fixed is None:
        return arrays
    return replace(
        arrays,
        column_lower=np.where(task.fixed, base, arrays.column_lower),
        column_upper=np.where(task.fixed, base, arrays.column_upper),
    )


class _Worker:
    """What a worker process keeps between tasks."""

    program: Program
    start: Start
    session: Session


def _begin(program: Program, start: Start, time_limit: float) -> None:
    """Set a worker process up: its own solver, deaf to Ctrl-C, which the parent handles."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _Worker.program, _Worker.start = program, start
    _Worker.session = Session(start.arrays, time_limit)


def _work(task: Task) -> Answer:
    """Solve one task in a worker process."""
    return _Worker.session.solve(task_arrays(_Worker.program, task, _Worker.start.answer.x), _Worker.start)


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def solve_all(program: Program, start: Start, tasks: Iterable[Task], *, workers: int | None = None,
              time_limit: float = 300.0) -> Iterator[tuple[Task, Answer]]:
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
            yield task, session.solve(task_arrays(program, task, start.answer.x), start)
        return
    nameless = replace(program, column_names=(), row_names=(), parameter_names=())
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, context, _begin, (nameless, start, time_limit))
    try:
        futures: dict[Future[Answer], Task] = {pool.submit(_work, task): task for task in waiting}
        while futures:
            done, _ = wait(futures, return_when=FIRST_COMPLETED)
            for future in done:
                task = futures.pop(future)
                yield task, future.result()
    except BrokenProcessPool:
        raise SolveError("a worker process died; run again with fewer workers, or with more memory") from None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in multiprocessing.active_children():
            child.terminate()
