"""The error tree: every fault a user can cause is collected over a whole input and raised with the others."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.faults import Fault, Finding


class LodestarError(Exception):
    """Base of every error this package raises on purpose."""


class InputError(LodestarError):
    """One or more faults in what the user wrote; nothing was computed. Findings stand beside them."""

    def __init__(self, faults: Iterable[Fault], findings: Iterable[Finding] = ()) -> None:
        self.faults = tuple(faults)
        self.findings = tuple(findings)
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
