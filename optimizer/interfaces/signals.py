"""Ctrl-C and SIGTERM while a command runs: both stop it the same way, at every stage."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from optimizer.errors import Stopped

STOPPING = (signal.SIGINT, signal.SIGTERM)
PATIENCE = 2
"""Signals after which the next one stops even what is being written."""
AGAIN = 0.01
"""Seconds after which a signal comes again that came where nothing could be stopped."""


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
    hook = sys.unraisablehook
    sys.unraisablehook = _coming_again(hook)
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number, handler in zip(taken, before, strict=True):
            signal.signal(number, signal.SIG_IGN if _signals.seen else handler)


def _coming_again(hook: Callable[[sys.UnraisableHookArgs], object]) -> Callable[[sys.UnraisableHookArgs], None]:
    """What hears of errors that the interpreter lets out of no finalizer and no callback of its own."""

    def heard(lost: sys.UnraisableHookArgs) -> None:
        if not isinstance(lost.exc_value, Stopped) or lost.exc_value.signal is None:
            hook(lost)
            return
        _signals.seen.pop()
        threading.Timer(AGAIN, signal.raise_signal, (lost.exc_value.signal,)).start()

    return heard


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
