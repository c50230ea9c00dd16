"""Problem documents as the errors that they were before they went over the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.errors import CaseError, InputError, LodestarError, OutOfTime, ScenarioError, SolveError
from optimizer.faults import Fault, Finding, Place, Source

NAMESPACE = "urn:lodestar:problem:"
INPUT: Mapping[str, type[InputError]] = {"CaseError": CaseError, "ScenarioError": ScenarioError}
"""Errors of the Python interface that a problem with faults may name."""
BETWEEN = ": "
"""What stands between the place of a fault and what is said of it."""


class ServiceError(LodestarError):
    """The service refuses, or cannot do, what no other error stands for.

    Parameters
    ----------
    problem : mapping
        As the service said it (RFC 9457).

    Attributes
    ----------
    status : int
        HTTP status.
    kind : str
        What it is: `no-key`, `not-found`, `conflict`, `cap-reached`, `unavailable`, ...
    """

    def __init__(self, problem: Mapping[str, Any]) -> None:
        self.problem = dict(problem)
        self.status = int(problem.get("status") or 0)
        self.kind = str(problem.get("type", "")).removeprefix(NAMESPACE)
        super().__init__(str(problem.get("detail") or problem.get("title") or "the service refused"))


class UnreachableError(ServiceError):
    """No answer comes from the service, however often it is asked."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__({"type": NAMESPACE + "unreachable", "detail": f"{url}: no answer from the service ({why})"})


def error_of(problem: Mapping[str, Any]) -> LodestarError:
    """The error that a problem document stands for.

    Parameters
    ----------
    problem : mapping

    Returns
    -------
    LodestarError
        `CaseError`, `ScenarioError` or `InputError` with the same faults, `SolveError`, `OutOfTime`, or `ServiceError`.
    """
    kind = str(problem.get("type", "")).removeprefix(NAMESPACE)
    if kind == "input" and problem.get("faults"):
        faults = [fault_of(record) for record in problem["faults"]]
        findings = [finding_of(record) for record in problem.get("findings", ())]
        return INPUT.get(str(problem.get("error")), InputError)(faults, findings)
    detail = str(problem.get("detail") or "")
    if kind == "not-certified":
        return SolveError(detail)
    return OutOfTime(detail) if kind == "out-of-time" else ServiceError(problem)


def fault_of(record: Mapping[str, Any]) -> Fault:
    """A fault as it was before `Fault.record` said it.

    Parameters
    ----------
    record : mapping
    """
    where, what = _parted(str(record["text"]), record.get("file"))
    names = ("code", "table", "file", "row", "column", "cell", "found", "expected", "unit", "suggest")
    parts: dict[str, Any] = {name: record.get(name) for name in names}
    return Fault(where, what, **parts, known=tuple(record.get("known") or ()))


def finding_of(record: Mapping[str, Any]) -> Finding:
    """A finding as it was before `Finding.record` said it.

    Parameters
    ----------
    record : mapping
    """
    suggest = record.get("suggest") or ""
    text = str(record["text"])
    where, what = _parted(text.removesuffix(f" {suggest}") if suggest else text, record.get("file"))
    words = {name: record.get(name) or "" for name in ("table", "column", "unit")}
    source = Source(record["file"], words["table"]) if record.get("file") else None
    place = Place(where, source, record.get("row"))
    found, expected = record.get("found"), record.get("expected")
    return Finding(str(record["code"]), place, what, found=found, expected=expected, suggest=suggest, **words)


def _parted(text: str, file: str | None) -> tuple[str, str]:
    """The place in a text, and what is said of it; the name of a file may hold what stands between the two."""
    start = len(file) if file and text.startswith(file) else 0
    where, _, what = text[start:].partition(BETWEEN)
    return text[:start] + where, what
