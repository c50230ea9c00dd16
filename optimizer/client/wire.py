"""Requests to a service: asked again where the connection is lost or the service says so, refusals raised as errors."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from optimizer.client.problems import UnreachableError, error_of

PATIENCE = 60.0
"""Seconds for which a request is made again."""
TIMEOUT = 90.0
"""Seconds without a byte after which an answer is given up; longer than any wait that is asked for."""
FIRST, LONGEST = 0.2, 10.0
"""Seconds of the first pause between two attempts, which then doubles, and of the longest."""
JSON = "application/json"
BUSY = (429, 503)
TWIN = "urn:lodestar:problem:twin-in-flight"
"""The request is being answered on another connection, which was lost."""


class Wire:
    """A connection to a service.

    Parameters
    ----------
    url : str
        Where it answers.
    key : str
        Of the caller.
    patience : float, optional
        Seconds for which a request is made again where there is no answer, or none yet.
    transport : BaseTransport, optional
        How requests are sent.
    """

    def __init__(
        self, url: str, key: str, *, patience: float = PATIENCE, transport: httpx.BaseTransport | None = None
    ) -> None:
        headers = {"Authorization": f"Bearer {key}", "User-Agent": "lodestar-client"}
        self.url, self.patience = url, patience
        self._client = httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT, transport=transport)

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The answer to a request.

        A request is made again after growing pauses, so it must be one that may come twice: all but submitting a job
        are, and that has a key of its own.

        Parameters
        ----------
        method, path : str
        body : object, optional
            Sent as JSON.
        query : mapping or list of pairs, optional
        headers : mapping of str to str, optional

        Raises
        ------
        LodestarError
            What the service said instead; `UnreachableError` if nothing came.
        """
        began, pause, broken = time.monotonic(), FIRST, False
        while True:
            try:
                answer = self._client.request(
                    method, path, json=body, params=query, headers={"Accept": JSON, **(headers or {})}
                )
                after = _again(answer)
                if after is None:
                    gone = broken and method == "DELETE" and answer.status_code == 404  # by the request that got lost
                    return answer if gone else _well(answer)
                error: Exception = error_of(_problem(answer))
            except (httpx.TransportError, httpx.InvalidURL) as lost:
                error = UnreachableError(self.url, str(lost) or type(lost).__name__)
                if isinstance(lost, httpx.InvalidURL | httpx.UnsupportedProtocol):
                    raise error from None
                after, broken = 0.0, True
            wait = max(after, pause * random.uniform(0.5, 1.0))  # noqa: S311
            if time.monotonic() - began + wait > self.patience:
                raise error from None
            time.sleep(wait)
            pause = min(2 * pause, LONGEST)

    @contextmanager
    def lines(self, path: str, headers: Mapping[str, str]) -> Iterator[Iterator[str]]:
        """The lines of a stream, as they come.

        Parameters
        ----------
        path : str
        headers : mapping of str to str

        Raises
        ------
        httpx.TransportError
            If it ends before its end.
        LodestarError
            If the service refuses it.
        """
        with self._client.stream("GET", path, headers={"Accept": "text/event-stream", **headers}) as answer:
            if answer.is_error:
                answer.read()
            yield _well(answer).iter_lines()


def _again(answer: httpx.Response) -> float | None:
    """Seconds after which to ask again; None if the answer is one."""
    if answer.status_code in BUSY:
        return _seconds(answer.headers.get("Retry-After"))
    if answer.status_code == 409 and _problem(answer).get("type") == TWIN:
        return 0.0
    return (
        0.0
        if answer.status_code in (502, 504) and "problem+json" not in answer.headers.get("Content-Type", "")
        else None
    )


def _seconds(said: str | None) -> float | None:
    """What `Retry-After` says; None if it says nothing, and asking again would not help."""
    try:
        return None if said is None else max(0.0, float(said))
    except ValueError:
        return 1.0


def _problem(answer: httpx.Response) -> dict[str, Any]:
    """What an answer that is none says."""
    try:
        said = answer.json()
    except ValueError:
        said = None
    if isinstance(said, dict) and "type" in said:
        return said
    detail = f"{answer.request.url}: answered {answer.status_code}, not as a Lodestar service does"
    return {"type": "about:blank", "status": answer.status_code, "detail": detail}


def _well(answer: httpx.Response) -> httpx.Response:
    """An answer that is one; else the error that it says is raised."""
    if answer.is_success:
        return answer
    raise error_of(_problem(answer))
