"""The error tree: every fault a user can cause, said once and in the user's words.

A fault names the file, the row, what was expected, what was found and the nearest known name.
Faults are collected over a whole input and raised together.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


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


@dataclass(frozen=True)
class Finding:
    """Something in an input that can hardly be meant. It is said, and stops nothing.

    Parameters
    ----------
    code : str
        Its kind, such as `penalty-below-price`.
    where : str
        File and row or event, as a person would find it.
    text : str
        What was found, and what it leads to.
    table, column : str
        Where it stands; empty where it is of no one cell.
    found, expected : float or None
        What stands there, and what it was held against, both in `unit`.
    unit : str
    suggest : str
        What may be meant instead; empty: nothing suggests itself.
    """

    code: str
    where: str
    text: str
    table: str = ""
    column: str = ""
    found: float | None = None
    expected: float | None = None
    unit: str = ""
    suggest: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" + (f" {self.suggest}" if self.suggest else "")

    def record(self) -> dict[str, Any]:
        """Its fields for JSON, with file and row (or event) taken from where it stands."""
        file, _, place = self.where.partition(", ")
        number = place.rpartition(" ")[2]
        return {**asdict(self), "file": file, "row": int(number) if number.isdigit() else None, "text": str(self)}


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
