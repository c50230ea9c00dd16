"""The parent's side of a worker: started, asked, watched for signs of life, and ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from io import BufferedReader
from itertools import takewhile
from pathlib import Path
from typing import IO, Any, cast

from optimizer.engine.messages import Beat, BrokenMessageError, receive, send
from optimizer.engine.worker import LATE, OUT_OF_MEMORY, OVERTIME

COMMAND = (sys.executable, "-P", "-m")
"""What runs a worker; `-P`, lest a module in the working folder stand in for one of ours."""
WORKER = "optimizer.engine.worker"
"""One that solves."""
SILENCE = 5.0
"""Seconds without a sign of life after which a worker is taken for hung."""
START = 30.0
"""Seconds until the first one: Python must be read from the disk."""
PAUSE = 0.2
"""Seconds between two looks at the workers."""
NAPPED = 1.0
"""Seconds beyond that by which a look that is late shows that it was the parent that stood still."""


GRACE = 1.0
"""Seconds a worker whose answers have ended may take to end itself."""


class LostError(Exception):
    """A worker died or hung: what it did, as in `the worker hung`."""


class Watch:
    """Ends workers that have gone silent."""

    def __init__(self) -> None:
        self.closed = False
        self._memory: int | None = None
        self._helpers: list[Helper] = []
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def follow(self, helper: Helper) -> None:
        """Watch a worker from now on; end it at once where everything is over."""
        with self._lock:
            self._helpers.append(helper)
            if self._memory is not None:
                helper.limit_memory(self._memory)
            if self.closed:
                helper.end("was stopped")
            elif self._thread is None:
                self._thread = threading.Thread(target=self._look, daemon=True)
                self._thread.start()

    def forget(self, helper: Helper) -> None:
        """Watch a worker no more."""
        with self._lock:
            self._helpers.remove(helper)

    def limit_memory(self, size: int) -> None:
        """Hold all workers to so many bytes; where the system cannot, they are ended, and others take their place."""
        with self._lock:
            self._memory = size
            for helper in self._helpers:
                helper.limit_memory(size)

    def close(self) -> None:
        """End all workers, and those that are still to come."""
        self._over.set()
        with self._lock:
            self.closed = True
            for helper in self._helpers:
                helper.end("was stopped")
        if self._thread is not None:
            self._thread.join()

    def _look(self) -> None:
        """Look at every worker again and again; time that the parent itself stood still counts for none."""
        looked = time.monotonic()
        while not self._over.wait(PAUSE):
            now = time.monotonic()
            napped = max(0.0, now - looked - PAUSE - NAPPED)
            looked = now
            with self._lock:
                for helper in self._helpers:
                    helper.heard += napped
                    if helper.busy and now - helper.heard > helper.patience:
                        helper.end(f"hung: it gave no sign of life for {helper.patience:g} s")


class Helper:
    """One worker process.

    Parameters
    ----------
    watch : Watch
        Who looks after it.
    module : str, optional
        What it runs.

    Raises
    ------
    LostError
        If it cannot be started.
    """

    def __init__(self, watch: Watch, module: str = WORKER) -> None:
        root = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
        self._watch = watch
        self._told: list[Any] = []
        self._ended = ""
        self.busy = False
        self.patience = START
        self.heard = time.monotonic()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - deaf to Ctrl-C, which the parent handles
                (*COMMAND, module),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
                start_new_session=True,
            )
        except OSError as error:
            raise LostError(f"could not be started ({error.strerror})") from None
        watch.follow(self)

    def ask(self, briefing: Sequence[Any], question: Any) -> Any:
        """Ask, after telling what of the briefing it does not know yet, and wait for the answer.

        Parameters
        ----------
        briefing : sequence
            Messages that it has to know, in their order.
        question : Any
            What can be pickled, as each of the messages.

        Raises
        ------
        LostError
            If it dies or hangs.
        """
        self.heard, self.busy = time.monotonic(), True
        try:
            stdin, stdout = cast(IO[bytes], self._process.stdin), cast(BufferedReader, self._process.stdout)
            self._tell(stdin, briefing)
            send(stdin, question)
            while isinstance(answer := receive(stdout, self._hear), Beat):
                continue
        except (OSError, EOFError, BrokenMessageError):
            raise LostError(self._lost()) from None
        self.busy = False
        return answer

    def _tell(self, stdin: IO[bytes], briefing: Sequence[Any]) -> None:
        """Tell it a briefing from where that departs from the last one: it keeps no more than one."""
        same = sum(1 for _ in takewhile(lambda pair: pair[0] is pair[1], zip(briefing, self._told, strict=False)))
        self._told = [*briefing[:same]]
        for message in briefing[same:]:
            send(stdin, message)
            self._told.append(message)

    def _hear(self) -> None:
        """Note a sign of life."""
        self.heard = time.monotonic()
        self.patience = SILENCE

    def limit_memory(self, size: int) -> None:
        """Hold it to so many bytes from now on; end it where that cannot be done from outside."""
        import resource  # there is none on Windows

        try:
            resource.prlimit(self._process.pid, resource.RLIMIT_AS, (size, size))
        except (AttributeError, OSError, ValueError):  # only Linux can, and only if it is not held to less already
            self.end("could not be held to its memory")

    def end(self, reason: str) -> None:
        """End it, whatever it does."""
        self._ended = self._ended or reason
        self._process.kill()

    def reap(self) -> int | None:
        """See it out, and give its exit code; None if it had to be ended."""
        self._watch.forget(self)
        code: int | None = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = self._process.wait(0.0 if self._ended else GRACE)
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):  # what it was still to be told
                cast(IO[bytes], stream).close()
        return code

    def _lost(self) -> str:
        """See it out; say what it did."""
        code = self.reap()
        if self._ended:
            return self._ended
        if code is None:
            return "sent what is no answer"
        if code in (LATE, OUT_OF_MEMORY):
            return f"ran {OVERTIME:g} s past the limit of a solve" if code == LATE else "ran out of memory"
        if code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"ended by itself with code {code}"
