"""A child of a worker that solves nothing and follows the folder protocol, as the `options` of its task say.

`answers`: how many it finishes, `pause` seconds each; `end`: `succeed`, `fail`, `die`, `forget` or `hang`; `hog`: whether it
takes memory until it gets no more; `pool`: whether it has a process of its own session beside it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from optimizer.service.work import child

COMMAND = (sys.executable, "-m", "tests.helpers.child")


def prepare() -> Any:
    """What does a task."""
    return run


def run(folder: Path, tell: Any) -> None:
    """Do a task."""
    task = json.loads((folder / "task.json").read_text())
    asked = {"answers": 1, "pause": 0.0, "end": "succeed", **task["options"]}
    print("noise that is no step")
    given = sorted(path.name for path in (folder / "answers").iterdir())
    compiled = folder / "compiled" / "program.json"
    was_compiled = compiled.exists()
    if not was_compiled:
        (folder / "compiled.making").mkdir()
        (folder / "compiled.making" / "program.json").write_text(json.dumps(task["case"]))
        (folder / "compiled.making").rename(folder / "compiled")
    if asked.get("pool"):
        beside = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
        Path(asked["pool"]).write_text(f"{beside.pid} {os.getpid()}")
    for number in range(asked["answers"]):
        path = folder / "answers" / f"s{number}.react.npz"
        if not path.exists():
            time.sleep(asked["pause"])
            path.with_suffix(".part").write_bytes(b"answer")
            path.with_suffix(".part").rename(path)
        tell({"stage": "scenarios", "done": number + 1, "total": asked["answers"], "scenario": f"s{number}"})
    if asked.get("hog"):
        held = []
        while True:
            held.append(bytearray(50_000_000))
    if asked["end"] == "hang":
        time.sleep(600)
    if asked["end"] == "die":
        os.kill(os.getpid(), 9)
    if asked["end"] == "forget":
        return
    ending: dict[str, Any] = {"state": "succeeded", "not_certified": 1, "interrupted": False}
    if asked["end"] == "fail":
        ending = {"state": "failed", "problem": {"type": "about:blank", "title": "Faulty", "status": 422}}
    (folder / "parts" / "tables").mkdir(parents=True)
    (folder / "parts" / "plan.zip").write_bytes(b"zip")
    said = {"given": given, "compiled": was_compiled, "task": task}
    (folder / "parts" / "tables" / "said.json").write_text(json.dumps(said))
    (folder / "ending.making").write_text(json.dumps(ending))
    (folder / "ending.making").rename(folder / "ending.json")


if __name__ == "__main__":
    child.RUN = "tests.helpers.child"
    child.main()
