"""Ctrl-C and SIGTERM while a command runs: both stop it the same way, at every stage."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from optimizer.errors import Stopped

STOPPING = (signal.SIGINT, signal.SIGTERM)
PATIENCE = 2
"""Signals after which the next one stops even what is being written."""


class _Signals:
    """Signals seen so far, and whether they are held."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.holding = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Stop at the first signal, unless it is held; let what is then put in order be; stop that too if asked on."""
        self.seen.append(number)
        if len(self.seen) > PATIENCE or (len(self.seen) == 1 and not self.holding):
            raise Stopped(number)


_signals = _Signals()


@contextmanager
def caught() -> Iterator[None]:
    """Raise `Stopped` for signals; those that are ignored already stay so, and once stopped all are."""
    _signals.seen.clear()
    taken = [number for number in STOPPING if signal.getsignal(number) is not signal.SIG_IGN]
    before = [signal.signal(number, _signals) for number in taken]
    try:
        yield
    finally:
        for number, handler in zip(taken, before, strict=True):
            signal.signal(number, signal.SIG_IGN if _signals.seen else handler)


@contextmanager
def held() -> Iterator[None]:
    """Do something to its end; a signal that came meanwhile stops the command after it.

    Raises
    ------
    Stopped
        After it, if a signal came that was not heard before.
    """
    before = len(_signals.seen)
    _signals.holding = True
    try:
        yield
    finally:
        _signals.holding = False
    if not before and _signals.seen:
        raise Stopped(_signals.seen[0])
