"""Solves in processes of their own, which may die or hang: a base, then many variants of it, in any order.

A question whose worker is lost is asked once more of a fresh one; lost again, it fails alone. One pool serves a whole
run: the base, the scenarios and whatever is asked of the answers, one after the other.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, TypeVar

from optimizer.engine.deadline import LOOK, NEVER, Deadline
from optimizer.engine.helper import WORKER, Helper, LostError, Watch
from optimizer.engine.messages import BaseQuestion, Setup, Trouble
from optimizer.engine.refine import with_tangents_of
from optimizer.errors import NumbersError, SolveError
from optimizer.program.answer import Answer, Start
from optimizer.program.order import Order
from optimizer.program.program import Floats, Program
from optimizer.program.variant import Variant

Question = TypeVar("Question")

ASKED = 2
"""How often a question is asked before it fails."""
AHEAD = 2
"""Questions under way for each worker: one that it solves, and one that waits for it."""


@dataclass
class Batch:
    """Questions put together, each by its number.

    Parameters
    ----------
    briefing : list
        What a worker must know before it is asked.
    asked : dict of int to question
        Those whose answers are waited for.
    found : queue of (int, answer)
        Their answers.
    """

    briefing: list[Any]
    asked: dict[int, Any] = field(default_factory=dict)
    found: queue.SimpleQueue[tuple[int, Any]] = field(default_factory=queue.SimpleQueue)


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Pool:
    """Worker processes, to be used as a context: none is left at its end.

    Parameters
    ----------
    workers : int, optional
        Most processes; by default one per core.
    solve_limit : float
        Seconds one solve may take.
    deadline : Deadline
        When everything must end.
    module : str, optional
        What a worker runs.
    """

    def __init__(
        self,
        workers: int | None = None,
        solve_limit: float = 300.0,
        deadline: Deadline = NEVER,
        module: str = WORKER,
    ) -> None:
        self.most = workers or cores()
        self.module = module
        self.solve_limit = solve_limit
        self.deadline = deadline
        self._known: tuple[Program, Setup] | None = None
        self._todo: queue.SimpleQueue[tuple[Batch, int] | None] = queue.SimpleQueue()
        self._drivers: list[threading.Thread] = []
        self._stopped = threading.Event()
        self._watch = Watch()
        self._meanwhile: deque[Callable[[], None]] = deque()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *what: object) -> None:
        """End every worker, whatever it does."""
        self._watch.close()
        for _ in range(len(self._drivers)):
            self._todo.put(None)
        for driver in self._drivers:
            driver.join()

    def take(self, workers: int | None, solve_limit: float, deadline: Deadline, memory: int | None = None) -> None:
        """Hold it to other limits from now on: one that was started before it was known what it is for.

        Parameters
        ----------
        workers : int, optional
            Most processes; by default one per core.
        solve_limit : float
            Seconds one solve may take.
        deadline : Deadline
            When everything must end.
        memory : int, optional
            Bytes that each worker which is there may take; others take over what this process is held to.
        """
        self.most, self.solve_limit, self.deadline = workers or cores(), solve_limit, deadline
        if memory is not None:
            self._watch.limit_memory(memory)

    def warm_up(self, count: int = 1) -> None:
        """Start so many workers in all, before there is anything to ask."""
        while len(self._drivers) < min(count, self.most):
            driver = threading.Thread(target=self._drive, daemon=True)
            self._drivers.append(driver)
            driver.start()

    def base(self, program: Program, parameters: Floats, order: Order | None = None) -> Start:
        """Solve the base.

        Parameters
        ----------
        program : Program
        parameters : array
        order : Order, optional
            Which of its cheapest plans is kept.

        Returns
        -------
        Start
            The base plan, with the tangents it took.

        Raises
        ------
        SolveError
            If there is no certified answer, or two workers were lost over it.
        Stopped
            If time is up.
        """
        batch = Batch([self._setup(program)], {0: BaseQuestion(parameters, order)})
        self._todo.put((batch, 0))
        self.warm_up()
        _, found = self._next(batch)
        if isinstance(found, Trouble):
            raise (NumbersError if found.refused else SolveError)(f"the base plan: {found.reason}")
        return Start(program.arrays(with_tangents_of(program, parameters, found.tangents)), found)

    def solve(
        self,
        program: Program,
        start: Start,
        variants: Iterable[Variant],
        follow: Callable[[Variant, Answer], Variant | Answer] | None = None,
    ) -> Iterator[tuple[Variant, Answer]]:
        """Solve variants and give each answer as it comes.

        Parameters
        ----------
        program : Program
        start : Start
            The answer every variant starts from.
        variants : iterable of Variant
            Taken one by one, only as many as workers can be kept busy with.
        follow : callable, optional
            Looks at each answer: gives what is to be solved next in its place, or the answer that is given.

        Yields
        ------
        tuple of Variant and Answer
            In the order they finish; no more once `stop` was called. An answer is `refused` or `failed`, with the
            reason, where there is none.

        Raises
        ------
        Stopped
            If time is up.
        """

        def looked_at(variant: Variant, found: Any) -> Variant | Answer:
            if isinstance(found, Trouble):
                found = Answer("refused" if found.refused else "failed", reason=found.reason)
            return found if follow is None else follow(variant, found)

        yield from self.ask([self._setup(program), start], variants, looked_at)

    def ask(
        self,
        briefing: list[Any],
        questions: Iterable[Question],
        follow: Callable[[Question, Any], Any] | None = None,
    ) -> Iterator[tuple[Question, Any]]:
        """Ask questions and give each answer as it comes.

        Parameters
        ----------
        briefing : list
            What a worker must know before it is asked.
        questions : iterable
            Taken one by one, only as many as workers can be kept busy with.
        follow : callable, optional
            Looks at each answer: gives the question to be asked next in its place, or the answer that is given.

        Yields
        ------
        tuple of question and answer
            In the order they finish; no more once `stop` was called. An answer is `Trouble` where there is none.

        Raises
        ------
        Stopped
            If time is up.
        """
        batch = Batch(briefing)
        coming = enumerate(questions)
        try:
            while not self._stopped.is_set():
                for number, question in islice(coming, AHEAD * self.most - len(batch.asked)):
                    batch.asked[number] = question
                    self._todo.put((batch, number))
                    self.warm_up(len(batch.asked))
                if not batch.asked:
                    return
                number, found = self._next(batch)
                if found is None:
                    return
                question = batch.asked[number]
                after = found if follow is None else follow(question, found)
                if isinstance(after, type(question)):
                    batch.asked[number] = after
                    self._todo.put((batch, number))
                else:
                    yield batch.asked.pop(number), after
        finally:
            batch.asked.clear()

    def meanwhile(self, task: Callable[[], None]) -> None:
        """Have something done by the thread that next waits for an answer, while it waits.

        Parameters
        ----------
        task : callable
            What it raises is raised there.
        """
        self._meanwhile.append(task)

    def catch_up(self) -> None:
        """Do now what nobody waited long enough for."""
        while self._meanwhile:
            self._meanwhile.popleft()()

    def stop(self) -> None:
        """Ask nothing more, from whatever thread: `solve` gives no answer beyond those it gave."""
        self._stopped.set()

    def _setup(self, program: Program) -> Setup:
        """The programme as it travels, without its names; the same as before for the same programme."""
        if self._known is None or self._known[0] is not program:
            plain = replace(program, column_names=(), row_names=(), parameter_names=())
            self._known = program, Setup(plain, self.solve_limit)
        return self._known[1]

    def _next(self, batch: Batch) -> tuple[int, Any]:
        """The next question of a batch that is answered, and its answer; None once nothing more is to be asked."""
        while not self._stopped.is_set():
            self.deadline.check()
            self.catch_up()
            try:
                return batch.found.get(timeout=min(LOOK, max(0.0, self.deadline.left)))
            except queue.Empty:
                continue
        return -1, None

    def _drive(self) -> None:
        """Serve one worker, and the one that takes its place, until there is nothing more to ask."""
        helper = self._helper()
        while (item := self._todo.get()) is not None:
            batch, number = item
            question = batch.asked.get(number)
            if question is None:  # nobody waits for it any more
                continue
            found: Any = None
            lost: list[str] = []
            while found is None and len(lost) < ASKED and not self._watch.closed:
                try:
                    helper = helper or Helper(self._watch, self.module)
                    found = helper.ask(batch.briefing, question)
                except LostError as error:
                    helper = None
                    lost.append(str(error))
                except Exception as error:  # a question that cannot even be put must not be waited for
                    if helper is not None:
                        helper.reap()
                    helper, found = None, Trouble(f"{type(error).__name__}: {error}")
            batch.found.put((number, Trouble(_said(lost)) if found is None else found))
        if helper is not None:
            helper.reap()

    def _helper(self) -> Helper | None:
        """A worker that starts before it is asked; why it cannot is said when it is."""
        with contextlib.suppress(LostError):
            return Helper(self._watch, self.module)
        return None


def _said(lost: list[str]) -> str:
    """Why a question has no answer, of the reasons for which workers were lost over it."""
    reasons = list(dict.fromkeys(lost))
    return f"asked {len(lost)} times, and each time the worker {' or '.join(reasons)}"


def solve_all(
    program: Program,
    start: Start,
    variants: Iterable[Variant],
    *,
    workers: int | None = None,
    solve_limit: float = 300.0,
    pool: Pool | None = None,
    follow: Callable[[Variant, Answer], Variant | Answer] | None = None,
) -> Iterator[tuple[Variant, Answer]]:
    """Solve variants in parallel and give each answer as it comes.

    Parameters
    ----------
    program : Program
    start : Start
        The answer every variant starts from.
    variants : iterable of Variant
    workers : int, optional
        Processes; by default one per core.
    solve_limit : float
        Seconds one solve may take.
    pool : Pool, optional
        Workers to use, where there are some already; else they are started, and ended with the iteration.
    follow : callable, optional
        Looks at each answer; see `Pool.solve`.

    Yields
    ------
    tuple of Variant and Answer
        In the order they finish; see `Pool.solve`.
    """
    if pool is not None:
        yield from pool.solve(program, start, variants, follow)
        return
    with Pool(workers, solve_limit) as own:
        yield from own.solve(program, start, variants, follow)
