"""A child of a worker that sleeps, for `benchmarks.assaults`; it imports no more than that takes."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from optimizer.service.work import child


def prepare() -> Any:
    """What does a task."""
    return run


def run(folder: Path, tell: Any) -> None:
    """Sleep, and leave a result."""
    task = json.loads((folder / "task.json").read_text(encoding="utf-8"))
    time.sleep(task["options"]["pause"])
    tell({"stage": "slept", "done": 1, "total": 1})
    (folder / "parts").mkdir()
    (folder / "parts" / "done.json").write_text(json.dumps({"process": os.getpid()}), encoding="utf-8")
    ending = {"state": "succeeded", "not_certified": 0, "interrupted": False}
    (folder / "ending.making").write_text(json.dumps(ending), encoding="utf-8")
    (folder / "ending.making").rename(folder / "ending.json")


if __name__ == "__main__":
    child.RUN = "benchmarks.sleeper"
    child.main()
