"""What is said when there is no answer: problem documents as RFC 9457 has them, of every kind of refusal.

Every error of the service has this shape, and so has the reason why a job failed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from optimizer.errors import InputError, OutOfTime, SolveError, Stopped
from optimizer.faults import Fault, Finding

MEDIA_TYPE = "application/problem+json"
NAMESPACE = "urn:lodestar:problem:"
"""What the type of every problem begins with; its kind follows."""

Kind = Literal[
    "malformed",
    "no-key",
    "no-scope",
    "not-found",
    "wrong-method",
    "not-acceptable",
    "too-slow",
    "conflict",
    "twin-in-flight",
    "changed-meanwhile",
    "too-large",
    "wrong-media-type",
    "input",
    "beyond-limits",
    "key-reused",
    "cap-reached",
    "internal",
    "not-certified",
    "out-of-time",
    "out-of-memory",
    "worker-died",
    "unavailable",
]
KINDS: Mapping[Kind, tuple[int, str]] = {
    "malformed": (400, "The request cannot be read"),
    "no-key": (401, "A key is needed"),
    "no-scope": (403, "The key may not do this"),
    "not-found": (404, "There is no such thing"),
    "wrong-method": (405, "This method is not for this address"),
    "not-acceptable": (406, "None of the media types asked for is to be had"),
    "too-slow": (408, "The request came too slowly"),
    "conflict": (409, "This does not go with what there is"),
    "twin-in-flight": (409, "The same request is being answered"),
    "changed-meanwhile": (412, "It is another revision than the one expected"),
    "too-large": (413, "The request is too large"),
    "wrong-media-type": (415, "The body is of a media type that is not read here"),
    "input": (422, "The input has faults"),
    "beyond-limits": (422, "The input cannot be worked on within the limits"),
    "key-reused": (422, "The idempotency key came with another request before"),
    "cap-reached": (429, "A cap is reached"),
    "internal": (500, "A fault of the service"),
    "not-certified": (500, "No answer that can be certified"),
    "out-of-time": (504, "The time was up before anything was finished"),
    "out-of-memory": (507, "More memory is needed than may be taken"),
    "worker-died": (500, "The job ended its worker every time"),
    "unavailable": (503, "The service cannot answer just now"),
}
"""Status and title of each kind of problem."""


@dataclass(frozen=True)
class Problem:
    """One refusal.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    detail : str
        What is wrong this time, in one plain sentence.
    faults, findings : tuple of dict
        Records of `Fault` and `Finding`.
    headers : mapping of str to str
        Of the response that says it.
    more : mapping of str to object
        Further members of the document.
    """

    kind: Kind
    detail: str
    faults: tuple[dict[str, Any], ...] = ()
    findings: tuple[dict[str, Any], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return KINDS[self.kind][0]

    def document(self, instance: str | None = None) -> dict[str, Any]:
        """The problem as JSON can hold it.

        Parameters
        ----------
        instance : str, optional
            Address of what was asked for.
        """
        status, title = KINDS[self.kind]
        said = {"type": NAMESPACE + self.kind, "title": title, "status": status, "detail": self.detail}
        at = {"instance": instance} if instance is not None else {}
        listed = {"faults": list(self.faults)} if self.faults else {}
        beside = {"findings": list(self.findings)} if self.findings else {}
        return {**said, **at, **listed, **beside, **self.more}


class ProblemError(Exception):
    """Raised wherever a request cannot be answered; the service says the problem.

    Parameters
    ----------
    kind, detail : str
    **parts
        Other fields of a `Problem`.
    """

    def __init__(self, kind: Kind, detail: str, **parts: Any) -> None:
        super().__init__(detail)
        self.problem = Problem(kind, detail, **parts)


def counted(faults: int) -> str:
    """How many faults there are, in words."""
    return "1 fault" if faults == 1 else f"{faults} faults"


def of_input(
    faults: Iterable[Fault], findings: Iterable[Finding] = (), what: str = "The input", error: str = "InputError"
) -> Problem:
    """Faults of what was sent.

    Parameters
    ----------
    faults : iterable of Fault
    findings : iterable of Finding, optional
    what : str, optional
        What has them.
    error : str, optional
        The error that they are in the Python interface.
    """
    records = tuple(fault.record() for fault in faults)
    beside = tuple(finding.record() for finding in findings)
    first = f": {records[0]['text']}" if len(records) == 1 else ""
    said = f"{what} has {counted(len(records))}{first}"
    return Problem("input", said, records, beside, more={"error": error})


def of_cap(what: str, limit: float, retry_after: float | None) -> Problem:
    """A cap of the tenant that is reached, with the headers that say when to ask again.

    Parameters
    ----------
    what : str
        Its name: `queued`, `running`, `core_seconds_per_day`, `bytes_kept`.
    limit : float
    retry_after : float or None
        Seconds; None where nothing but deleting something helps.
    """
    wait = None if retry_after is None else max(1, math.ceil(retry_after))
    policy, left = f'"{what}";q={limit:.0f}', f'"{what}";r=0' + (f";t={wait}" if wait else "")
    headers = {"RateLimit-Policy": policy, "RateLimit": left} | ({"Retry-After": str(wait)} if wait else {})
    return Problem("cap-reached", f"{what}: at most {limit:,.0f}", headers=headers, more={"cap": what, "limit": limit})


def of_error(error: BaseException) -> Problem:
    """Why work ended without an answer, from the error that ended it; nothing of the inside of what was not foreseen.

    Parameters
    ----------
    error : BaseException
    """
    if isinstance(error, ProblemError):
        return error.problem
    if isinstance(error, InputError):
        return of_input(error.faults, error.findings, error=type(error).__name__)
    if isinstance(error, SolveError):
        return Problem("not-certified", str(error) or KINDS["not-certified"][1])
    if isinstance(error, OutOfTime | Stopped):
        return Problem("out-of-time", "nothing was finished within the time allowed")
    if isinstance(error, MemoryError):
        return Problem("out-of-memory", "more memory was needed than the job may take")
    return Problem("internal", "a fault of the service, which its log has")
