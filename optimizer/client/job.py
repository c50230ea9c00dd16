"""A job of a service: waited for, stopped, and its results as the Python interface gives them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import pandas as pd

from optimizer.client.archive import unpack
from optimizer.client.problems import ServiceError, UnreachableError, error_of
from optimizer.client.tables import Tables, read_table
from optimizer.client.wire import Wire
from optimizer.errors import OutOfTime

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENDED = ("succeeded", "failed", "cancelled")
WAIT = 20
"""Seconds that one request waits for a job to end."""
AGAIN = 1.0
"""Seconds until a stream of events that broke is asked for again."""


@dataclass(frozen=True)
class Progress:
    """How far a job is; the same fields as where it is planned here."""

    stage: str
    done: int
    total: int
    scenario: str = ""
    answer: str = ""
    not_certified: int = 0


class Job:
    """A job of a service.

    Parameters
    ----------
    wire : Wire
    status : dict
        As the service says it.
    """

    def __init__(self, wire: Wire, status: dict[str, Any]) -> None:
        self._wire = wire
        self.status = status
        self.path = f"/v1/jobs/{status['id']}"
        self.tables = Tables(wire, self.path)

    def __repr__(self) -> str:
        return f"Job({self.id!r}, {self.kind}, {self.state}, {self.status['done']} of {self.status['total']})"

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.status["id"])

    @property
    def kind(self) -> str:
        """`plan`, `why`, `compare`, `ledger` or `study`."""
        return str(self.status["kind"])

    @property
    def state(self) -> str:
        """`queued`, `running`, `succeeded`, `failed` or `cancelled`, as it was when last looked at."""
        return str(self.status["state"])

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.state in ENDED

    def look(self, wait: float = 0) -> Job:
        """Look where it stands.

        Parameters
        ----------
        wait : float, optional
            Seconds to wait for its end.
        """
        headers = {"Prefer": f"wait={int(wait)}"} if wait >= 1 else {}
        self.status = self._wire.call("GET", self.path, headers=headers).json()
        return self

    def wait(self, timeout: float | None = None, progress: Callable[[Progress], object] | None = None) -> Job:
        """Wait until it has ended.

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait; for ever by default.
        progress : callable, optional
            Given a `Progress` whenever there is some.

        Returns
        -------
        Job
            Itself.

        Raises
        ------
        LodestarError
            Why it failed: the error that the Python interface would have raised. `ServiceError` if it was cancelled,
            `OutOfTime` if it goes on after the timeout.
        """
        until = None if timeout is None else time.monotonic() + timeout
        if progress is not None:
            for name, said in self._events(until):
                if name == "progress":
                    progress(
                        Progress(**{field: said[field] for field in Progress.__dataclass_fields__ if field in said})
                    )
        while not self.look().over:
            left = WAIT if until is None else until - time.monotonic()
            if left <= 0:
                raise OutOfTime(f"job {self.id} goes on: {self.status['done']} of {self.status['total']} answers")
            self.look(min(left, WAIT))
            if not self.over and left < 1:
                time.sleep(max(left, 0.0))
        self._well()
        return self

    def _well(self) -> None:
        """Raise what it failed with."""
        if self.state == "failed":
            raise error_of(self.status["problem"] or {})
        if self.state == "cancelled":
            raise ServiceError({"type": "cancelled", "detail": f"job {self.id} was cancelled"})

    def _events(self, until: float | None) -> Iterator[tuple[str, dict[str, Any]]]:
        """What happens to it until it ends, or the time is up; a stream that breaks is gone on with."""
        last, broken = "0", time.monotonic()
        while until is None or time.monotonic() < until:
            try:
                with self._wire.lines(f"{self.path}/events", {"Last-Event-ID": last}) as lines:
                    for number, name, said in _parsed(lines):
                        last, broken = number or last, time.monotonic()
                        yield name, said
                        if until is not None and time.monotonic() > until:
                            return
                if self.look().over:
                    return
            except httpx.TransportError as error:
                if time.monotonic() - broken > self._wire.patience:
                    raise UnreachableError(self._wire.url, str(error) or type(error).__name__) from None
            except ServiceError as error:
                if error.status != 503:
                    raise
                return  # too many wait for events: look now and again instead
            time.sleep(AGAIN)

    def cancel(self) -> Job:
        """Stop it; one that has ended stays as it is."""
        self.status = self._wire.call("POST", f"{self.path}/cancel").json()
        return self

    def resume(self) -> Job:
        """Go on with it where it failed, was stopped or ended early; answers that it has are not solved again."""
        self.status = self._wire.call("POST", f"{self.path}/resume").json()
        for name in ("summary", "awards", "certificate"):
            self.__dict__.pop(name, None)
        self.tables = Tables(self._wire, self.path)
        return self

    def delete(self) -> None:
        """Delete it with its results."""
        self._wire.call("DELETE", self.path)

    @cached_property
    def summary(self) -> Any:
        """One row per scenario and answer, as a DataFrame; of all other kinds, what they say, as data."""
        self._ended()
        if self.kind == "plan":
            return read_table(self._wire, f"{self.path}/summary")
        return self._wire.call("GET", f"{self.path}/summary").json()

    @cached_property
    def awards(self) -> pd.DataFrame:
        """What each supplier ships to the buyer's sites: tonnes, landed price and its parts."""
        self._ended()
        return read_table(self._wire, f"{self.path}/awards")

    @cached_property
    def certificate(self) -> dict[str, Any]:
        """The proof of every answer, and the answers that have none."""
        self._ended()
        found: dict[str, Any] = self._wire.call("GET", f"{self.path}/certificate").json()
        return found

    def report(self) -> str:
        """The report, a page of HTML."""
        self._ended()
        return self._wire.call("GET", f"{self.path}/report.html", headers={"Accept": "text/html"}).text

    def workbook(self) -> bytes:
        """The answer of a plan as a workbook."""
        self._ended()
        return self._wire.call("GET", f"{self.path}/plan.xlsx", headers={"Accept": XLSX}).content

    def save(self, folder: str | Path) -> Path:
        """Write the plan to a folder, as `lodestar plan --out` does; `lodestar verify` proves it.

        Of a study it is its folder, as `lodestar study run` writes it.

        Parameters
        ----------
        folder : str or Path
            Made; it may be there already if it is empty.

        Raises
        ------
        InputError
            If the folder is not free.
        """
        self._ended()
        what = "study" if self.kind == "study" else "plan"
        packed = self._wire.call("GET", f"{self.path}/{what}.zip", headers={"Accept": "application/zip"}).content
        unpack(packed, Path(folder), what)
        return Path(folder)

    def _ended(self) -> None:
        """Wait for the end, as results are there only then."""
        if not self.over:
            self.wait()


def _parsed(lines: Iterator[str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Server-sent events: number, name and data; a sign of life has none of them."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        else:
            yield fields.get("id", ""), fields.get("event", ""), json.loads(fields.get("data", "{}"))
            fields = {}
