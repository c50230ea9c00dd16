"""What a stream of many cheap scenarios holds in the parent for each that is planned and not kept."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

from benchmarks.show import Cell, table
from benchmarks.sweep import random_scenarios
from optimizer.plans.plan import Planner
from optimizer.world.load import load_case
from optimizer.world.scenario import Scenario

CASE = Path(__file__).parents[1] / "tests" / "cases" / "toy"
SCENARIOS = 10_000
FIRST = 200
"""Scenarios after which everything that is made once is made."""


def report(case: str | None = None, *, quick: bool = False) -> None:
    """Print scenarios, seconds, and bytes held for each."""
    planner = Planner(load_case(case or CASE))
    _ = planner.start
    count, first = (60, 20) if quick else (SCENARIOS, FIRST)
    base, marks, done = random_scenarios(planner.network, 1, 0)[0], [], 0
    tracemalloc.start()
    began = time.perf_counter()
    for found in planner.stream(_named(base, count), ["foresight"]):
        done += found.answer.certified
        if found.scenario.name in (f"{base.name}-{first}", f"{base.name}-{count}"):
            gc.collect()
            marks.append(tracemalloc.get_traced_memory()[0])
    seconds = time.perf_counter() - began
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    row: list[Cell] = [count, done, seconds, (marks[-1] - marks[0]) / (count - first), peak / 1e6]
    table(
        "A stream of cheap scenarios",
        ["scenarios", "certified", "seconds (traced)", "bytes held a scenario", "most held, MB"],
        [row],
        f"Held in the parent beyond what is held after {first}; the aim is below 1,000 bytes.",
    )


def _named(scenario: Scenario, count: int) -> Iterator[Scenario]:
    """A scenario again and again under other names, made one by one."""
    for number in range(1, count + 1):
        yield scenario.model_copy(update={"name": f"{scenario.name}-{number}"})
