"""The child of a worker: a process that does one job in a folder and ends.

It is started before there is a job, imports and starts what a job needs, says `ready` on its standard output, and waits
for a line on its standard input that names the folder. From then on its standard output is one line of JSON for each
step of progress. It ends, with all processes that it started, when its standard input is closed: its worker has died.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

READY = "ready"
"""What it says when it waits for its job."""
OUT_OF_MEMORY = 42
"""Exit code of a child that could not get memory."""
RUN = "optimizer.service.jobs.run"
"""Whose `prepare` gives what does a job; imported late, as it stands on all the rest."""
MEGABYTE = 1_000_000
POLITE = 10
"""How far it and what it starts stand back for the service, which answers from the same machine."""

Run = Callable[[Path, Callable[[dict[str, Any]], None]], None]


def end_with_parent() -> None:
    """End this process and those that it started once nobody can tell it anything any more."""
    while os.read(0, 1):  # past `sys.stdin`, whose lock would be missed when this process ends by itself
        continue
    os.killpg(0, signal.SIGKILL)


def limit_memory(folder: Path) -> None:
    """Hold this process, and each that it starts, to the memory that its job may take."""
    import resource

    task = json.loads((folder / "task.json").read_text(encoding="utf-8"))
    megabytes = (task.get("limits") or {}).get("memory_mb")
    if megabytes:
        with contextlib.suppress(ValueError):  # it is held to less already
            resource.setrlimit(resource.RLIMIT_AS, (megabytes * MEGABYTE, megabytes * MEGABYTE))


def main() -> None:
    """Do one job."""
    os.nice(POLITE)
    steps = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else prints must not disturb the steps
    run: Run = importlib.import_module(RUN).prepare()
    steps.write(f"{READY}\n")
    steps.flush()
    line = sys.stdin.readline()
    if not line:
        return
    threading.Thread(target=end_with_parent, daemon=True).start()
    folder = Path(line.rstrip("\n"))

    def tell(step: dict[str, Any]) -> None:
        steps.write(json.dumps(step) + "\n")
        steps.flush()

    try:
        limit_memory(folder)
        run(folder, tell)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)


if __name__ == "__main__":
    main()
