"""A worker process: it reads questions from its standard input and writes answers to its standard output.

It is started as a program of its own, so it never imports the caller's script: a two-line script or a notebook can
plan in parallel without a guard around its main part. It says twice a second that it lives. It ends by itself when
its parent is gone, and when HiGHS does not keep to its time.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import IO, TYPE_CHECKING, Any

from optimizer.engine.messages import BaseQuestion, Beat, BrokenMessageError, Setup, Trouble, receive, send
from optimizer.errors import LodestarError, NumbersError

if TYPE_CHECKING:
    from optimizer.engine.refine import Solver
    from optimizer.engine.session import Session

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
        self.setup: Setup | None = None
        self.solver: Solver | None = None
        self.base: Session | None = None

    @property
    def session(self) -> Session | None:
        """What solves, or solved last."""
        return self.base if self.solver is None else self.solver.session

    def beat(self) -> None:
        """Say that it lives until nobody listens; end the process once it is alone or a run is late."""
        try:
            while True:
                self._send(Beat())
                time.sleep(BEAT)
                if os.getppid() != self.parent:
                    os._exit(1)
                session = self.session
                if session is not None and time.monotonic() > session.due + OVERTIME:
                    os._exit(LATE)
        except OSError:
            os._exit(1)

    def _send(self, message: Any) -> None:
        with self.sending:
            send(self.answers, message)

    def work(self, questions: Any) -> None:
        """Take what comes until there is no more."""
        from optimizer.engine.refine import Solver
        from optimizer.program.answer import Start

        while True:
            message = receive(questions)
            if isinstance(message, Setup):
                self.setup, self.solver = message, None
            elif isinstance(message, Start) and self.setup is not None:
                self.solver = Solver(self.setup.program, message, self.setup.solve_limit)
            else:
                self._send(self._answered(message))

    def _answered(self, question: Any) -> Any:
        """The answer to a question, or the trouble with it; whatever it is, it must not cost the other questions."""
        try:
            return self._solved(question)
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        except LodestarError as error:
            return Trouble(str(error), isinstance(error, NumbersError))
        except Exception as error:
            return Trouble(f"{type(error).__name__}: {error}")

    def _solved(self, question: Any) -> Any:
        """The answer to a question."""
        from optimizer.engine.refine import solve_base

        if self.setup is None:
            raise AssertionError("a question before the programme")
        program, limit = self.setup.program, self.setup.solve_limit
        if isinstance(question, BaseQuestion):
            return solve_base(program, question.parameters, limit, self._follow).answer
        if self.solver is None:
            raise AssertionError("a variant before what it starts from")
        return self.solver.solve(question)

    def _follow(self, session: Session) -> None:
        """Watch the runs of a session."""
        self.base, self.solver = session, None


def main() -> None:
    """Serve the parent until it is gone."""
    worker = Worker(os.fdopen(os.dup(1), "wb"))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whatever else prints must not disturb the answers
    threading.Thread(target=worker.beat, daemon=True).start()
    try:
        worker.work(sys.stdin.buffer)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except (EOFError, OSError, BrokenMessageError, KeyboardInterrupt):
        os._exit(0)  # the parent is gone


if __name__ == "__main__":
    main()
