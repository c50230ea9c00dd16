"""Most memory that a process and its children have held.

Linux counts what a process held before it became another program, so its own record is read where there is one.
"""

from __future__ import annotations

import os
import resource
import sys
import threading
from pathlib import Path

PAUSE = 0.1
"""Seconds between two looks at the children."""


def peak() -> float:
    """Most memory this process has held, MB."""
    found = _record(os.getpid())
    if found is not None:
        return found
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _record(process: int) -> float | None:
    """Most memory a process has held as Linux records it, MB; None elsewhere, or if it is gone."""
    return _field(process, "VmHWM", 1 / 1024)


def _field(process: int, name: str, unit: float = 1.0) -> float | None:
    """A number from the record of a process."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return None
    return next((float(line.split()[1]) * unit for line in lines if line.startswith(f"{name}:")), None)


class Children(threading.Thread):
    """Watches the children of this process; use it as a context."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak: float | None = None
        self._over = threading.Event()

    def __enter__(self) -> Children:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        """Look at every child again and again."""
        while not self._over.wait(PAUSE):
            for entry in Path("/proc").glob("[0-9]*"):
                process = int(entry.name)
                if _field(process, "PPid") == os.getpid():
                    self.peak = max(self.peak or 0.0, _record(process) or 0.0)
