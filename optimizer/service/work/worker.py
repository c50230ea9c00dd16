"""The loop of a worker: it takes a job, has a child do it, says that it lives, and brings the results home."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, TypeVar

from optimizer.service.problems import Problem
from optimizer.service.store.cases import Cases
from optimizer.service.store.compiled import Compiled
from optimizer.service.store.queue import Queue
from optimizer.service.store.records import Claim, Ending
from optimizer.service.store.refusals import UnavailableError, UnknownError
from optimizer.service.store.retention import DAYS, sweep
from optimizer.service.work.child import OUT_OF_MEMORY
from optimizer.service.work.process import COMMAND, Child
from optimizer.service.work.scratch import Scratch, home_of_worker
from optimizer.service.work.task import Allowance, compiled_as, task_of

LOOK = 0.05
"""Seconds between two looks at a child, or whether to stop."""
OVERTIME = 60.0
"""Seconds beyond its limit that a job has to compile, and to write what it has, before it is ended."""
SWEEP = 3_600.0
"""Seconds between two looks for what was kept long enough."""
PATIENCE = 600.0
"""Seconds that a result is held for a database that cannot be reached."""
RESTART = 5.0
"""Seconds until another child is started where one has ended before it had a job."""
DRAIN = 5.0
"""Seconds of the same when the worker is to stop."""

log = logging.getLogger("lodestar.worker")
T = TypeVar("T")
End = Literal["ended", "cancel", "lost", "late", "stop"]


class Worker:
    """Does one job after another until it is told to stop.

    Parameters
    ----------
    queue : Queue
        Where the jobs are.
    version : str
        Of the package, for compiled cases.
    allowance : Allowance, optional
        What a job may take.
    scratch : Path, optional
        Where the folders of jobs are made; the system's place for temporary files if left out.
    days : float
        Days that jobs are kept after their end.
    command : sequence of str
        How a child is started.
    beat, poll : float
        Seconds between two signs of life, and two looks for a job.
    overtime : float
        Seconds a job may take beyond its limit.
    """

    def __init__(
        self,
        queue: Queue,
        version: str,
        *,
        allowance: Allowance | None = None,
        scratch: Path | None = None,
        days: float = DAYS,
        command: Sequence[str] = COMMAND,
        beat: float = 1.0,
        poll: float = 0.25,
        overtime: float = OVERTIME,
    ) -> None:
        self.queue, self.cases = queue, Cases(queue.database)
        self.compiled = Compiled(queue.database, version)
        self.allowance = Allowance() if allowance is None else allowance
        self.days, self.command = days, command
        self.beat, self.poll, self.overtime = beat, poll, overtime
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._where = scratch
        self._stopping = False
        self._spare: Child | None = None
        self._swept = 0.0

    def stop(self) -> None:
        """Stop soon: a running job goes back to the queue with its finished answers. Safe in a handler of signals."""
        self._stopping = True

    def run(self) -> None:
        """Do jobs until told to stop."""
        home = home_of_worker(self._where)
        self.queue.database.troubled = (
            time.monotonic()
        )  # it may have been away until now: others are given time to say so
        try:
            while not self._stopping:
                if not self._prepared() or not self._next(home):
                    self._wait(self.poll)
        finally:
            if self._spare is not None:
                self._spare.end()
            shutil.rmtree(home, ignore_errors=True)

    def _prepared(self) -> bool:
        """Delete what was kept long enough, and see that a child waits for a job: no job is taken before one does."""
        if not self._swept or time.monotonic() - self._swept > SWEEP:
            self._swept = time.monotonic()
            with contextlib.suppress(UnavailableError):
                sweep(self.queue, self.days)
        if self._spare is None:
            self._spare = Child(self.command)
        if not self._spare.alive:
            log.error("a child ended before it had a job", extra={"fields": {"code": self._spare.code}})
            self._spare.end()
            self._spare = None
            self._wait(RESTART)
        return self._spare is not None and self._spare.ready

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < until:
            time.sleep(LOOK)

    def _next(self, home: Path) -> bool:
        """Do a job, if there is one."""
        try:
            claim = self.queue.claim(self.name, self.allowance.cores)
        except UnavailableError:
            log.warning("the database cannot be reached")
            return False
        if claim is None:
            return False
        log.info("begun", extra={"fields": {"job": claim.job.id, "attempt": claim.job.attempts}})
        try:
            self._do(claim, home)
        except UnavailableError:  # its lease runs out, and another takes it
            log.warning("given up: the database cannot be reached", extra={"fields": {"job": claim.job.id}})
        except Exception:  # of ours, or of the machine, such as a full disk
            log.exception("the worker could not do a job", extra={"fields": {"job": claim.job.id}})
            fault = Problem("internal", "a fault of the service, which its log has").document()
            with contextlib.suppress(UnavailableError):
                self.queue.fail(claim, fault, again=True)
        return True

    def _surely(self, call: Callable[[], T]) -> T:
        """Call the database until it answers; but not for ever.

        Raises
        ------
        UnavailableError
            If it does not.
        """
        began = time.monotonic()
        while True:
            try:
                return call()
            except UnavailableError:
                if time.monotonic() - began > (DRAIN if self._stopping else PATIENCE):
                    raise
                time.sleep(self.poll)

    def _do(self, claim: Claim, home: Path) -> None:
        """Do a job."""
        try:
            task = self._surely(lambda: task_of(self.cases, claim, self.allowance))
        except UnknownError as error:
            gone = Problem("not-found", f"{error}; it was deleted after the job was submitted").document()
            self._surely(lambda: self.queue.fail(claim, gone, again=False))
            return
        kept = self._surely(lambda: self.queue.kept(claim))
        digest = compiled_as(task)
        compiled = self._surely(lambda: self.compiled.get(claim.job.tenant, digest))
        scratch = Scratch(home, task, kept, compiled)
        child, self._spare = self._spare or Child(self.command), None
        try:
            child.begin(scratch.folder)
            end = self._follow(claim, child, scratch, time.monotonic() + task["limits"]["seconds"] + self.overtime)
            code = child.code
            child.end()
            if end != "lost":
                self._bring_home(claim, child, scratch, digest)
                self._conclude(claim, scratch, end, code)
            log.info(end, extra={"fields": {"job": claim.job.id}})
        finally:
            child.end()
            scratch.remove()

    def _follow(self, claim: Claim, child: Child, scratch: Scratch, late: float) -> End:
        """Say that a job is being worked on until it is no more, and why."""
        beaten = time.monotonic()
        while child.alive:
            if self._stopping:
                return "stop"
            if time.monotonic() > late:
                return "late"
            time.sleep(LOOK)
            if time.monotonic() - beaten < self.beat:
                continue
            beaten = time.monotonic()
            if self._spare is None:
                self._spare = Child(self.command)
            told = self._beat(claim, child, scratch)
            if told != "go":
                return told
        return "ended"

    def _beat(self, claim: Claim, child: Child, scratch: Scratch) -> Literal["go", "cancel", "lost"]:
        """One sign of life; the job goes on while the database cannot be reached, as nobody else can claim it then."""
        answers = scratch.answers()
        try:
            told = self.queue.beat(claim, child.progress(), answers)
        except UnavailableError:
            return "go"
        scratch.taken(answers)
        return told

    def _bring_home(self, claim: Claim, child: Child, scratch: Scratch, digest: str) -> None:
        """Keep what was said last, the answers that are finished, and the compiled case, whatever became of the job."""
        answers, progress = scratch.answers(), child.progress()
        if answers or progress is not None:
            self._surely(lambda: self.queue.beat(claim, progress, answers))
        files = scratch.compiled()
        if files:
            self._surely(lambda: self.compiled.keep(claim.job.tenant, digest, files))

    def _conclude(self, claim: Claim, scratch: Scratch, end: End, code: int | None) -> None:
        """End a job, or give it back."""
        said = scratch.ending() if end == "ended" else None
        if said is not None and said[1] is None:
            self._surely(lambda: self.queue.finish(claim, scratch.parts(), said[0]))
        elif end == "cancel":
            self._surely(lambda: self.queue.finish(claim, [], Ending("cancelled")))
        elif end == "stop":
            self._surely(lambda: self.queue.release(claim))
        else:
            problem, again = (said[1] or {}, False) if said is not None else _broken(end, code)
            self._surely(lambda: self.queue.fail(claim, problem, again=again))


def _broken(end: End, code: int | None) -> tuple[dict[str, object], bool]:
    """The problem of a job whose child ended without a word, and whether to begin it again."""
    if end == "late":
        return Problem("out-of-time", "the job did not end within its time; it can be resumed").document(), False
    if code == OUT_OF_MEMORY:
        return Problem("out-of-memory", "the job needs more memory than it may take").document(), False
    what = f"signal {-code}" if code is not None and code < 0 else f"code {code}"
    return Problem("worker-died", f"the process that worked on it ended with {what}").document(), True
