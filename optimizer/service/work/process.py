"""The worker's side of a child: started ahead, given a folder, listened to, and ended with all that it started."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from optimizer.service.store.records import Progress
from optimizer.service.work.child import READY

COMMAND = (sys.executable, "-P", "-m", "optimizer.service.work.child")
"""A child; `-P`, lest a module in the working folder stand in for one of ours."""


class Child:
    """One child process.

    Parameters
    ----------
    command : sequence of str
        What is started.

    Attributes
    ----------
    ready : bool
        Whether it has said that it waits for its job.
    """

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        root = str(Path(__file__).resolve().parents[3])
        path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
        self.ready = False
        self._last: Progress | None = None
        self._ended = False
        self._process = subprocess.Popen(  # noqa: S603 - a session of its own, so that it can be ended as a whole
            [*command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,
        )
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    @property
    def code(self) -> int | None:
        """What it ended with, as `Popen.returncode`."""
        return self._process.poll()

    def begin(self, folder: Path) -> None:
        """Give it a folder to work in; one that has died meanwhile is found by its end."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.write(f"{folder}\n")
                self._process.stdin.flush()

    def progress(self) -> Progress | None:
        """What it said last, once."""
        said, self._last = self._last, None
        return said

    def _listen(self) -> None:
        """Read what it says until it says no more."""
        if self._process.stdout is not None:
            with contextlib.suppress(OSError, ValueError):
                for line in self._process.stdout:
                    self.ready = self.ready or line.strip() == READY
                    self._last = _step(line) or self._last

    def end(self) -> None:
        """End it with all processes that it started, whatever they do, and see it out."""
        if self._ended:  # its id may be another's by now
            return
        self._ended = True
        for group in {self._process.pid, *descendants(self._process.pid)}:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(group, signal.SIGKILL)
        self._process.wait()
        self._listening.join(1.0)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def _step(line: str) -> Progress | None:
    """A line of a child as progress; None if it is not one."""
    try:
        said: dict[str, Any] = json.loads(line)
        return Progress(**said)
    except (TypeError, ValueError):
        return None


def descendants(pid: int) -> set[int]:
    """Processes that a process and those it started have started, where the system shows them as Linux does.

    Elsewhere there are none to be seen; workers of a pool end by themselves soon after who asked them.
    """
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            after_name = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            children.setdefault(int(after_name[1]), []).append(int(stat.parent.name))
    found: set[int] = set()
    left = [pid]
    while left:
        own = set(children.get(left.pop(), ())) - found
        found |= own
        left += own
    return found
