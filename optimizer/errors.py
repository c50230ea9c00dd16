"""The error tree: every fault a user can cause, said once and in the user's words.

A fault names the file, the row, what was expected, what was found and the nearest known name.
Faults are collected over a whole input and raised together.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


def nearest(found: str, known: Iterable[str], *, show: int = 8) -> str:
    """Say which names are known and which one is closest to the one found.

    Parameters
    ----------
    found : str
        The name that is not known.
    known : iterable of str
        The names that are.
    show : int
        How many known names to list.

    Returns
    -------
    str
        A sentence such as ``Known: AU, CN. Did you mean 'CN'?``.
    """
    names = sorted(set(known))
    if not names:
        return "None is known."
    folded = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(found.casefold(), list(folded), n=1, cutoff=0.5)
    listed = [folded[close[0]]] if close else []
    listed += [name for name in names if name not in listed][: show - len(listed)]
    rest = len(names) - len(listed)
    text = "Known: " + ", ".join(sorted(listed)) + (f" and {rest} more." if rest else ".")
    return text + (f" Did you mean {folded[close[0]]!r}?" if close else "")


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an input."""

    where: str
    """File and row, event or key, as a person would find it."""
    what: str
    """What was expected, what was found, and the nearest known name."""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class LodestarError(Exception):
    """Base of every error this package raises on purpose."""


class InputError(LodestarError):
    """One or more faults in what the user wrote; nothing was computed."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class CaseError(InputError):
    """A case, or one of its tables, cannot be used."""


class ScenarioError(InputError):
    """A scenario cannot be used with its case."""


class FormulationError(LodestarError):
    """A rule cannot be written as the engine needs it (a fault of ours, not of the user's)."""


class SolveError(LodestarError):
    """No answer that can be certified."""


class NumbersError(SolveError):
    """Numbers the solver cannot be given: it would drop them, or take them for something else, without a word."""


class OutOfTime(LodestarError):
    """The time was up before anything was finished."""


class Stopped(BaseException):
    """Stopped before the end, by a signal or by the clock; whatever is finished stays.

    Like `KeyboardInterrupt` it is no `Exception`, so that nothing on the way out takes it for a fault it can handle.

    Parameters
    ----------
    signal : int, optional
        Number of the signal; None where the time was up.
    """

    def __init__(self, signal: int | None = None) -> None:
        self.signal = signal
        super().__init__(signal)

    @property
    def code(self) -> int:
        """What a command stopped so ends with: 128 and the signal, as shells have it, or 4."""
        return 4 if self.signal is None else 128 + self.signal

    def __str__(self) -> str:
        return "out of time" if self.signal is None else "stopped"
