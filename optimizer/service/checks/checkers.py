"""Processes that check what callers send, started ahead, and ended where a check takes too long."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from queue import Empty, LifoQueue
from typing import Any

from optimizer.errors import LodestarError

KEPT = ("PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT")
"""What of the environment the processes get: nothing of where the data are, or with which password."""
MOST_EACH = 4
"""Tasks that one caller may have under way, so that nobody takes every place and every thread that waits for one."""
MOST_WAITING = 6
"""Tasks that may be under way or wait, for each process."""
TASKS_EACH = 200
"""Tasks after which a process is exchanged for a new one, so that nothing gathers in it."""


class BusyError(LodestarError):
    """Every process was busy for as long as a check may wait."""


class TooManyError(LodestarError):
    """One caller has as many checks under way as one may have."""


class BeyondLimitsError(LodestarError):
    """A check that took more time or memory than it may."""


class BrokenError(LodestarError):
    """A check that ended in a fault of ours.

    Parameters
    ----------
    record : mapping
        Kind and places of it, without data.
    """

    def __init__(self, record: Mapping[str, Any]) -> None:
        super().__init__("a check broke")
        self.record = record


class _Checker:
    """One process."""

    def __init__(self, memory_mb: int, seconds: float) -> None:
        command = [sys.executable, "-m", "optimizer.service.checks.child", str(memory_mb), str(seconds)]
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        self.process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=kept | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        self.tasks = 0

    def ask(self, line: bytes, seconds: float) -> bytes:
        """A line to it and the line it answers; empty if it ended, or was ended as the time was up."""
        assert self.process.stdin is not None and self.process.stdout is not None  # noqa: S101, PT018
        self.tasks += 1
        watch = threading.Timer(seconds, self.process.kill)
        watch.daemon = True
        watch.start()
        try:
            self.process.stdin.write(line)
            self.process.stdin.flush()
            return self.process.stdout.readline()
        except OSError:
            return b""
        finally:
            watch.cancel()

    def end(self) -> None:
        """End it, whatever it does."""
        self.process.kill()
        for stream in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()
        self.process.wait()


class Checkers:
    """Some processes, each doing one task at a time.

    Parameters
    ----------
    processes : int
    seconds : float
        That a task may take, and may wait before.
    memory_mb : int
        That each may take.
    """

    def __init__(self, processes: int, seconds: float, memory_mb: int) -> None:
        self.seconds = seconds
        self.memory_mb = memory_mb
        self._idle: LifoQueue[_Checker | None] = LifoQueue()
        self._under_way: Counter[str] = Counter()
        self._most = MOST_WAITING * processes
        self._lock = threading.Lock()
        for _ in range(processes):
            self._idle.put(None)

    def start(self) -> None:
        """Start one process ahead, so that the first caller does not wait for it; others start when they are needed."""
        with contextlib.suppress(Empty):
            self._idle.get_nowait()
            self._idle.put(_Checker(self.memory_mb, self.seconds))

    def do(self, what: str, whose: str = "", **task: Any) -> dict[str, Any]:
        """Have a task done; waits for it, so never call it from an event loop.

        Parameters
        ----------
        what : str
            One of `tasks.TASKS`.
        whose : str, optional
            Who asks for it.
        **task
            What that takes, as JSON can hold it.

        Returns
        -------
        dict
            What the task gives, or `faults` and `findings`.

        Raises
        ------
        TooManyError, BusyError, BeyondLimitsError, BrokenError
        """
        with self._place(whose):
            return self._do(what, task)

    @contextlib.contextmanager
    def _place(self, whose: str) -> Iterator[None]:
        """A place among the tasks under way."""
        with self._lock:
            if self._under_way[whose] >= MOST_EACH:
                raise TooManyError("checks at once")
            if self._under_way.total() >= self._most:
                raise BusyError(f"{self._most} checks are under way or wait already")
            self._under_way[whose] += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way[whose] -= 1
                self._under_way += Counter()  # forgets who has none

    def _do(self, what: str, task: Mapping[str, Any]) -> dict[str, Any]:
        """Have a task done by the first process that is free."""
        line = json.dumps({"do": what, **task}).encode() + b"\n"
        try:
            checker = self._idle.get(timeout=self.seconds)
        except Empty:
            raise BusyError(f"every place to check a case was taken for {self.seconds:g} s") from None
        healthy: _Checker | None = None
        try:
            checker = checker or _Checker(self.memory_mb, self.seconds)
            began = time.monotonic()
            answer = checker.ask(line, self.seconds)
            found: dict[str, Any] = json.loads(answer) if answer.endswith(b"\n") else {"ended": True}
            if "ended" not in found and "memory" not in found and checker.tasks < TASKS_EACH:
                healthy = checker
        finally:
            if checker is not None and healthy is None:
                checker.end()
            self._idle.put(healthy)
        if "error" in found:
            raise BrokenError(found["error"])
        if "memory" in found:
            raise BeyondLimitsError(f"it takes more than {self.memory_mb:,} MB of memory to check")
        if "ended" in found:
            if time.monotonic() - began >= self.seconds:
                raise BeyondLimitsError(f"it takes more than {self.seconds:g} s to check")
            raise BeyondLimitsError("the process that checked it was ended; it may take too much memory")
        return found

    def close(self) -> None:
        """End every idle process."""
        with contextlib.suppress(Empty):
            while True:
                checker = self._idle.get_nowait()
                if checker is not None:
                    checker.end()
