"""When everything must end: a moment on the monotonic clock, and an alarm that ends what runs until then."""

from __future__ import annotations

import ctypes
import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from optimizer.errors import Stopped

LOOK = 0.2
"""Seconds between two looks at the clock."""


class Deadline:
    """A moment by which everything must have ended.

    Parameters
    ----------
    seconds : float, optional
        From now; None for never.
    """

    def __init__(self, seconds: float | None = None) -> None:
        self.at = math.inf if seconds is None else time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds left; infinite for never, below 0 once it has passed."""
        return self.at - time.monotonic()

    def keep(self, seconds: float) -> None:
        """Let it be earlier by some seconds, which are kept for what must follow."""
        self.at -= seconds

    def check(self) -> None:
        """Stop if it has passed.

        Raises
        ------
        Stopped
        """
        if self.left <= 0:
            raise Stopped

    @contextmanager
    def alarm(self) -> Iterator[None]:
        """Raise `Stopped` in this thread, whatever Python code it runs, once the moment has come.

        Unlike an alarm of the operating system this works in every thread and leaves the caller's signals alone.
        """
        if self.at == math.inf:
            yield
            return
        thread, over, rung = ctypes.c_ulong(threading.get_ident()), threading.Event(), threading.Event()
        lock = threading.Lock()

        def ring() -> None:
            while self.left > 0 and not over.wait(min(LOOK, max(0.0, self.left))):
                continue  # it may have been made earlier
            with lock:
                if not over.is_set():
                    rung.set()
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(Stopped))

        bell = threading.Thread(target=ring, daemon=True)
        bell.start()
        try:
            yield
        finally:
            with lock:
                over.set()
            if rung.is_set():
                _take_back(thread)


class _TakenBack(BaseException):
    """Comes in the place of an exception that was raised in a thread and is no longer wanted."""


def _take_back(thread: ctypes.c_ulong) -> None:
    """Let an exception raised in this thread, and perhaps not yet heard, not be heard later.

    Python can be told to forget it, but then (3.11) looks for it for ever, and hangs in a profiler or debugger: another
    takes its place, and is waited for.
    """
    with suppress(_TakenBack):
        ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(_TakenBack))
        while True:
            time.sleep(0)


NEVER = Deadline()
