"""How soon the second plan of a case asks the solver, beside the first one's first answer: each by a child of a worker.

Both count from the line that gives the child its folder. The second plan is of another scenario, and is given what was
kept of the case: its programme and its base plan.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.show import table
from optimizer.engine.helper import Helper
from optimizer.engine.messages import BaseQuestion
from optimizer.service.work import child
from optimizer.service.work.process import descendants

CASE, FIRST, SECOND = "ev-motors", "full-embargo", "kuantan-down"
COMMAND = (sys.executable, "-m", "benchmarks.second")
WARM = 2.0
"""Seconds that a child has waited for its job."""
SAYS = "at "
"""What a line on the standard error begins with that says when something was."""


@dataclass(frozen=True)
class Moment:
    """Time since some moment.

    Parameters
    ----------
    wall, cpu : float
        Seconds; of the processor those of a process and of all that it has started.
    """

    wall: float
    cpu: float

    def since(self, other: Moment) -> Moment:
        """Time from another moment to this one."""
        return Moment(self.wall - other.wall, self.cpu - other.cpu)


def now(beginning: bool = False) -> Moment:
    """Now, as a child sees it; at a beginning its own time last, else first: looking at the others must not count."""
    others = _cpu_of_others() if beginning else None
    wall, cpu = time.monotonic(), time.process_time()
    return Moment(wall, cpu + (_cpu_of_others() if others is None else others))


def _cpu_of_others() -> float:
    """Seconds of the processor that those took which this process has started."""
    return sum(map(_cpu, descendants(os.getpid())))


def _cpu(process: int) -> float:
    """Seconds of the processor that another process took, to the hundredth; 0 where the system does not show them."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def say(what: str, beginning: bool = False) -> None:
    """Say when something is."""
    sys.stderr.write(SAYS + json.dumps([what, vars(now(beginning))]) + "\n")
    sys.stderr.flush()


class Told:
    """A child's standard input, of which it is said when a line has come."""

    def readline(self) -> str:
        """See `TextIO.readline`."""
        line = sys.__stdin__.readline() if sys.__stdin__ is not None else ""
        say("line", beginning=True)
        return line


def tapped() -> None:
    """Be a child that also says when it was given its folder, when the base is answered, and when more is asked."""
    plain = Helper.ask

    def ask(helper: Helper, briefing: Any, question: Any) -> Any:
        base = isinstance(question, BaseQuestion)
        if not base:
            say("asked")
        found = plain(helper, briefing, question)
        if base:
            say("answered")
        return found

    Helper.ask = ask  # type: ignore[method-assign]
    sys.stdin = Told()  # type: ignore[assignment]
    child.main()


def moments(folder: Path, case: str, scenario: str, last: str = "") -> dict[str, Moment]:
    """Have a child plan a case in a scenario; give what it said first of each kind, since it was given its folder.

    Parameters
    ----------
    folder : Path
        Where it is done.
    case, scenario : str
        Bundled ones.
    last : str, optional
        After this the child is ended, as nothing more is asked of it; by default it does all of its job.
    """
    folder.mkdir(exist_ok=True)
    options, limits = {"report": False}, {"workers": 1, "memory_mb": 4000}
    task = {"kind": "plan", "case": {"bundled": case}, "scenarios": [scenario], "options": options, "limits": limits}
    (folder / "task.json").write_text(json.dumps(task), encoding="utf-8")
    pipes: dict[str, Any] = {name: subprocess.PIPE for name in ("stdin", "stdout", "stderr")}
    with subprocess.Popen(COMMAND, text=True, start_new_session=True, **pipes) as process:
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise RuntimeError("expected pipes")
        if process.stdout.readline().strip() != child.READY:
            raise RuntimeError(process.communicate()[1])
        time.sleep(WARM)
        process.stdin.write(f"{folder}\n")
        process.stdin.flush()  # and left open: a child whose input is closed ends
        found: dict[str, Moment] = {}
        for line in process.stderr:
            if line.startswith(SAYS):
                what, when = json.loads(line.removeprefix(SAYS))
                found.setdefault(what, Moment(**when))
            if last in found:
                os.killpg(process.pid, signal.SIGKILL)
                break
    ending = folder / "ending.json"
    if not last and json.loads(ending.read_text(encoding="utf-8"))["state"] != "succeeded":
        raise RuntimeError(ending.read_text(encoding="utf-8"))
    return {what: moment.since(found["line"]) for what, moment in found.items()}


def measure(case: str = CASE, first: str = FIRST, second: str = SECOND) -> tuple[Moment, Moment]:
    """Time to the first answer of the first plan of a case, and to the first question of the second.

    Parameters
    ----------
    case : str
        A bundled one.
    first, second : str
        Scenarios of the two plans.
    """
    with tempfile.TemporaryDirectory() as scratch:
        one, two = Path(scratch) / "one", Path(scratch) / "two"
        answered = moments(one, case, first, "asked")["answered"]  # by then its base plan is kept
        two.mkdir()
        shutil.move(one / "compiled", two / "compiled")
        return answered, moments(two, case, second, "asked")["asked"]


def report(quick: bool = False) -> None:
    """Print both times of some runs, and their ratio.

    Parameters
    ----------
    quick : bool
        One run only.
    """
    runs = [measure() for _ in range(1 if quick else 5)]
    ratios = [Moment(two.wall / one.wall, two.cpu / one.cpu) for one, two in runs]
    rows = [
        [f"{number}", one.wall, two.wall, f"{ratio.wall:.3f}", one.cpu, two.cpu, f"{ratio.cpu:.3f}"]
        for number, ((one, two), ratio) in enumerate(zip(runs, ratios, strict=True), 1)
    ]
    middle = [f"{statistics.median(getattr(some, kind) for some in ratios):.3f}" for kind in ("wall", "cpu")]
    table(
        f"Two plans of {CASE}: seconds to the first answer of the first, and to the first question of the second",
        ["run", "first", "second", "ratio", "first, CPU", "second, CPU", "ratio, CPU"],
        rows,
        f"The median ratio is {middle[0]}, of the processor's time {middle[1]}.",
    )


if __name__ == "__main__":
    tapped()
