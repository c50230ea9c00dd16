"""A worker process: it reads questions from its standard input and writes answers to its standard output.

It is started as a program of its own, so it never imports the caller's script: a two-line script or a notebook can
plan in parallel without a guard around its main part. It says twice a second that it lives. It ends by itself when
its parent is gone, and when HiGHS does not keep to its time.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
import time
from collections.abc import Callable
from io import BufferedReader
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

from optimizer.engine.messages import BaseQuestion, Beat, BrokenMessageError, Setup, Trouble, receive, send
from optimizer.errors import LodestarError, NumbersError

if TYPE_CHECKING:
    from optimizer.engine.session import Session
    from optimizer.program.answer import Answer, Start

Question = TypeVar("Question")
Found = TypeVar("Found")

BEAT = 0.5
"""Seconds between two signs of life."""
OVERTIME = 2.0
"""Seconds a run of HiGHS may go on beyond its limit."""
LATE, OUT_OF_MEMORY = 41, 42
"""Exit codes of a worker whose run went beyond that, and of one that could not get memory."""


class Worker:
    """What a worker knows, and the thread that says that it lives.

    Parameters
    ----------
    answers : binary stream
        Where answers and signs of life are written.
    """

    def __init__(self, answers: IO[bytes]) -> None:
        self.answers = answers
        self.sending = threading.Lock()
        self.parent = os.getppid()
        self.solving: Callable[[], Session | None] = lambda: None
        """Gives the session that solves, or solved last."""

    def beat(self) -> None:
        """Say that it lives until nobody listens; end the process once it is alone or a run is late."""
        try:
            while True:
                self._send(Beat())
                time.sleep(BEAT)
                if os.getppid() != self.parent:
                    os._exit(1)
                session = self.solving()
                if session is not None and time.monotonic() > session.due + OVERTIME:
                    os._exit(LATE)
        except OSError:
            os._exit(1)

    def _send(self, message: Any) -> None:
        with self.sending:
            send(self.answers, message)

    def work(self, questions: BufferedReader) -> None:
        """Take what comes until there is no more: a programme, what is asked of it, another one, and so on.

        Raises
        ------
        BrokenMessageError
            If something is asked before what it is about.
        """
        message = receive(questions)
        while isinstance(message, Setup):
            message = self._about(message, questions)
        raise BrokenMessageError

    def _about(self, setup: Setup, questions: BufferedReader) -> Any:
        """Solve bases of a programme, and variants of answers that come; give the first message that is neither."""
        from optimizer.engine.refine import solve_base
        from optimizer.program.answer import Start

        def solved(question: BaseQuestion) -> Answer:
            how = setup.solve_limit, self._follow, question.order
            return solve_base(setup.program, question.parameters, *how).answer

        message = receive(questions)
        while isinstance(message, BaseQuestion | Start):
            if isinstance(message, Start):
                message = self._starting_at(setup, message, questions)
            else:
                self._send(self._answered(solved, message))
                message = receive(questions)
        return message

    def _starting_at(self, setup: Setup, start: Start, questions: BufferedReader) -> Any:
        """Solve variants of an answer; give the first message that is none."""
        from optimizer.engine.refine import Solver
        from optimizer.program.variant import Variant

        solver = Solver(setup.program, start, setup.solve_limit)
        self.solving = lambda: solver.session
        while isinstance(message := receive(questions), Variant):
            self._send(self._answered(solver.solve, message))
        return message

    def _answered(self, solve: Callable[[Question], Found], question: Question) -> Found | Trouble:
        """The answer to a question, or the trouble with it; whatever it is, it must not cost the other questions."""
        try:
            return self._solved(solve, question)
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        except LodestarError as error:
            return Trouble(str(error), isinstance(error, NumbersError))
        except Exception as error:
            return Trouble(f"{type(error).__name__}: {error}")

    def _solved(self, solve: Callable[[Question], Found], question: Question) -> Found:
        """The answer to a question."""
        return solve(question)

    def _follow(self, session: Session) -> None:
        """Watch the runs of a session."""
        self.solving = lambda: session


def serve(kind: type[Worker], module: str) -> None:
    """Serve the parent until it is gone.

    Parameters
    ----------
    kind : type of Worker
    module : str
        All that it needs, imported before it is asked.
    """
    worker = kind(os.fdopen(os.dup(1), "wb"))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whatever else prints must not disturb the answers
    threading.Thread(target=worker.beat, daemon=True).start()
    importlib.import_module(module)
    try:
        worker.work(cast(BufferedReader, sys.stdin.buffer))
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except (EOFError, OSError, BrokenMessageError, KeyboardInterrupt):
        os._exit(0)  # the parent is gone


if __name__ == "__main__":
    serve(Worker, "optimizer.engine.refine")
