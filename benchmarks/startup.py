"""Seconds from typing a command to its answer, each time in a fresh process, split into what happens."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.show import table

CASE, SCENARIO = "ev-motors", "full-embargo"
STEPS = {
    "python": "start of Python",
    "import": "import of the package",
    "load": "load: case and scenario, read and checked",
    "network": "build: network",
    "pyomo": "build: Pyomo model",
    "compile": "compile to arrays",
    "base": "solve the base",
    "scenario": "solve the scenario, react and foresight",
    "tables": "tables and summary, printed",
    "rest": "rest",
}
"""What the time is split into."""


class Stopwatch:
    """Adds up the seconds that chosen functions take."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def watch(self, step: str, owner: Any, name: str) -> None:
        """Time a function wherever `owner` calls it by name."""
        plain: Callable[..., Any] = getattr(owner, name)

        def timed(*given: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return plain(*given, **named)
            finally:
                self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - began

        setattr(owner, name, timed)

    def watch_iterator(self, step: str, owner: Any, name: str) -> None:
        """Time what an iterator takes to give its items, not what is done with them."""
        plain: Callable[..., Any] = getattr(owner, name)

        def timed(*given: Any, **named: Any) -> Any:
            items = iter(plain(*given, **named))
            while True:
                began = time.perf_counter()
                item = next(items, None)
                self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - began
                if item is None:
                    return
                yield item

        setattr(owner, name, timed)


def command(case: str, scenario: str) -> list[str]:
    """What is typed."""
    return ["lodestar", "plan", case, "--scenario", scenario]


def child(began: float, case: str, scenario: str) -> None:
    """Run the command in this process, its parts watched; print the seconds as the last line."""
    watch = Stopwatch()
    watch.seconds["python"] = time.time() - began
    first = time.perf_counter()
    from optimizer.engine.pool import Pool
    from optimizer.formulation import compile as compiling
    from optimizer.interfaces import cli, plans
    from optimizer.plans import plan, solving
    from optimizer.world import load as loading

    watch.seconds["import"] = time.perf_counter() - first
    watch.watch("load", loading, "load_case")
    watch.watch("load", plan, "choose")
    watch.watch("network", plan, "network_of")
    watch.watch("pyomo", compiling, "build_model")
    watch.watch("compile", compiling, "compile_model")
    watch.watch("base", Pool, "base")
    watch.watch_iterator("scenario", solving, "solve_all")
    watch.watch("tables", plans, "print_plans")
    sys.argv = command(case, scenario)
    cli.app(standalone_mode=False)
    total = time.time() - began
    watch.seconds["rest"] = total - sum(watch.seconds.values())
    print(json.dumps({**watch.seconds, "total": total}))


def measure(case: str, scenario: str, repeats: int) -> tuple[list[float], list[dict[str, float]]]:
    """Run the command plainly, and watched, in turns.

    Parameters
    ----------
    case, scenario : str
        By name or file.
    repeats : int

    Returns
    -------
    tuple
        Seconds of the plain command, and the steps of the watched ones.
    """
    plain: list[float] = []
    split: list[dict[str, float]] = []
    name, *given = command(case, scenario)
    typed = [os.path.join(os.path.dirname(sys.executable), name), *given]
    for _ in range(repeats):
        began = time.perf_counter()
        subprocess.run(typed, check=True, capture_output=True)
        plain.append(time.perf_counter() - began)
        watched = [sys.executable, "-m", "benchmarks.startup", repr(time.time()), case, scenario]
        done = subprocess.run(watched, check=True, capture_output=True, text=True)
        split.append(json.loads(done.stdout.splitlines()[-1]))
    return plain, split


def report(case: str = CASE, scenario: str = SCENARIO, *, quick: bool = False) -> None:
    """Measure and print."""
    repeats = 1 if quick else 5
    plain, split = measure(case, scenario, repeats)
    total = statistics.median(run["total"] for run in split)
    rows = []
    for step, words in STEPS.items():
        seconds = statistics.median(run.get(step, 0.0) for run in split)
        rows.append((words, seconds, f"{seconds / total:.0%}"))
    rows.append(("all, watched", total, "100%"))
    rows.append(("all, the plain command", statistics.median(plain), ""))
    table(
        f"From typing `{' '.join(command(case, scenario))}` to its answer",
        ("step", "seconds", "share"),
        rows,
        f"Median of {repeats} fresh processes.",
    )


if __name__ == "__main__":
    child(float(sys.argv[1]), *sys.argv[2:])
