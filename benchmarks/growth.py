"""How size, time and memory grow with periods, suppliers and scenarios, and what pruning and long periods save.

Every measurement runs in a process of its own, so that its peak of memory is its own.
"""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from benchmarks.memory import Children, peak
from benchmarks.show import Cell, table
from optimizer.case.case import Case
from optimizer.case.settings import PeriodGroup
from optimizer.case.tables import Tables
from optimizer.engine.pool import cores
from optimizer.engine.session import Session
from optimizer.formulation.compile import parameter_vector
from optimizer.network import build as network_module
from optimizer.plans.plan import DEFAULT_CASE, Planner, plan
from optimizer.world.load import load_case
from optimizer.world.scenario import load_scenario

Measured = dict[str, float]
SCENARIOS = ("content-rule-resumes", "demand-surge")
"""Scenarios solved from the base basis; they fit every variant of the default case. Others get as many random ones."""


def with_periods(case: Case, groups: Sequence[tuple[int, int]]) -> Case:
    """The case on other periods: how many, and of how many months."""
    periods = tuple(PeriodGroup(count=count, months=months) for count, months in groups)
    return replace(case, file=case.file.model_copy(update={"periods": periods}))


def with_makers(case: Case, percent: int) -> Case:
    """The case with every so many of its magnet makers only, or with copies of all of them where above 100.

    Makers are taken evenly along the table, so that every part of it stays represented.
    """
    stage = {row.material: row.stage for row in case.tables.materials}
    magnet = {process for process, material in case.by.product_of.items() if stage[material] == "magnet"}
    makers = list(dict.fromkeys(row.site for row in case.tables.plants if row.process in magnet))
    kept = {maker for place, maker in enumerate(makers) if place * percent // 100 != (place - 1) * percent // 100}
    dropped = set(makers) - kept
    tables = dict(case.tables.items())
    tables["plants"] = tuple(r for r in tables["plants"] if not (r.site in dropped and r.process in magnet))
    tables["projects"] = tuple(r for r in tables["projects"] if r.site not in dropped)
    tables["today"] = tuple(r for r in tables["today"] if r.supplier not in dropped)
    for copy in range(1, percent // 100):
        for name, field in (("sites", None), ("plants", None), ("projects", "project")):
            tables[name] += tuple(_copied(row, copy, field) for row in case.tables.rows(name) if row.site in makers)
    return replace(case, tables=Tables.of(tables))


def _copied(row: Any, number: int, field: str | None) -> Any:
    """A row for a copy of its site."""
    changed = {"site": f"{row.site}-{number}"} | ({field: f"{getattr(row, field)}-{number}"} if field else {})
    return row.model_copy(update=changed)


def count_makers(case: Case) -> int:
    """How many sites make magnets."""
    stage = {row.material: row.stage for row in case.tables.materials}
    product = case.by.product_of
    return len({row.site for row in case.tables.plants if stage[product[row.process]] == "magnet"})


def solved(case: Case) -> Measured:
    """Build, compile and solve the base of a case; measure each."""
    from benchmarks.sweep import fitting, random_scenarios

    began = time.perf_counter()
    planner = Planner(case)
    parameters = parameter_vector(planner.network)
    built = time.perf_counter()
    program = planner.program
    compiled = time.perf_counter()
    arrays = program.arrays(parameters)
    evaluated = time.perf_counter()
    answer = planner.start.answer
    certificate = answer.certificate
    assert certificate is not None  # noqa: S101 - `start` raises where it is not certified
    session = Session(arrays)
    warm = []
    chosen = fitting(planner.network, map(load_scenario, SCENARIOS)) or random_scenarios(
        planner.network, len(SCENARIOS)
    )
    for world in planner.worlds(chosen):
        warm.append(session.solve(program.arrays(planner.parameters(world)), planner.start, warm=True).seconds)
    return {
        "periods": len(case.calendar.periods),
        "makers": count_makers(case),
        "rows": len(arrays.row_lower),
        "columns": len(arrays.cost),
        "nonzeros": len(arrays.values),
        "network": built - began,
        "compile": compiled - built,
        "arrays": evaluated - compiled,
        "solve": answer.seconds,
        "warm": statistics.mean(warm),
        "objective": certificate.objective,
        "peak": peak(),
    }


def planned(name: str, scenarios: int) -> Measured:
    """Plan a case in so many scenarios on all cores, react and foresight."""
    from benchmarks.sweep import sweep_scenarios

    chosen = sweep_scenarios(Planner(load_case(name)).network, scenarios)
    began = time.perf_counter()
    with Children() as children:
        plans = plan(name, chosen)
    seconds = time.perf_counter() - began
    found = [outcome.answer.seconds for outcome in plans.outcomes.values()]
    return {
        "answers": len(found),
        "seconds": seconds,
        "solve": sum(found),
        "peak": peak(),
        "worker": children.peak or float("nan"),
    }


def unpruned(name: str, passes: str) -> Measured:
    """Solve a case with both passes of pruning, forward only, or none."""
    from benchmarks.unpruned import REACH

    plain = network_module.reach
    network_module.reach = REACH.get(passes, plain)
    try:
        return solved(load_case(name))
    finally:
        network_module.reach = plain


JOBS: dict[str, Callable[..., Measured]] = {
    "periods": lambda name, *groups: solved(with_periods(load_case(name), [tuple(group) for group in groups])),
    "makers": lambda name, percent: solved(with_makers(load_case(name), percent)),
    "scenarios": planned,
    "pruning": unpruned,
}
"""What a child process measures."""


def in_child(job: str, *given: Any) -> Measured:
    """Run a job in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.growth", json.dumps([job, *given])],
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def in_turns(jobs: Sequence[Sequence[Any]], repeats: int) -> list[Measured]:
    """Run jobs in turns, several times over, and give the median of each measurement."""
    found: list[list[Measured]] = [[] for _ in jobs]
    for _ in range(repeats):
        for place, job in enumerate(jobs):
            found[place].append(in_child(*job))
    return [{name: statistics.median(run[name] for run in runs) for name in runs[0]} for runs in found]


SIZE = ("rows", "columns", "nonzeros")
TIMES = ("network", "compile", "solve", "warm")
HEADINGS = (*SIZE, "network s", "compile s", "base s", "scenario s", "peak MB")


def _cells(run: Measured) -> list[Cell]:
    """Size, times and memory of a run."""
    return [int(run[name]) for name in SIZE] + [run[name] for name in TIMES] + [int(run["peak"])]


def report(name: str = DEFAULT_CASE, *, quick: bool = False) -> None:
    """Measure and print everything."""
    repeats = 1 if quick else 3
    counts = (4, 8) if quick else (4, 8, 12, 16, 24)
    runs = in_turns([("periods", name, [count, 3]) for count in counts], repeats)
    note = (
        f"{name}, median of {repeats}. Compile: Pyomo model and arrays. Base: interior point with crossover.\n"
        f"Scenario: mean of {' and '.join(SCENARIOS)}, by dual simplex from the base."
    )
    table(
        "Growth with periods (quarters)",
        ("quarters", *HEADINGS),
        [[str(count), *_cells(run)] for count, run in zip(counts, runs, strict=True)],
        note,
    )

    percents = (50, 100) if quick else (25, 50, 100, 200)
    runs = in_turns([("makers", name, percent) for percent in percents], repeats)
    table(
        "Growth with suppliers (magnet makers)",
        ("makers", *HEADINGS),
        [[f"{run['makers']:.0f} ({percent} %)", *_cells(run)] for percent, run in zip(percents, runs, strict=True)],
        "Above 100 % every maker stands twice, with its qualification.",
    )

    numbers = (1, 4) if quick else (1, 8, 32)
    runs = in_turns([("scenarios", name, number) for number in numbers], 1)
    rows = [
        [
            str(number),
            int(run["answers"]),
            run["seconds"],
            run["seconds"] / run["answers"],
            run["solve"],
            int(run["peak"]),
            None if math.isnan(run["worker"]) else int(run["worker"]),
        ]
        for number, run in zip(numbers, runs, strict=True)
    ]
    table(
        f"Growth with scenarios (a whole plan, {cores()} processes)",
        ("scenarios", "answers", "seconds", "s per answer", "sum of solves s", "peak MB", "worker MB"),
        rows,
        "Answers: the base, and react and foresight of each scenario. Seconds: from the name of the case to the last.",
    )

    passes = ("both passes", "forward only", "none")
    runs = in_turns([("pruning", name, some) for some in passes], repeats)
    table(
        "What pruning saves",
        ("passes", *HEADINGS, "objective, relative"),
        [
            [some, *_cells(run), f"{run['objective'] / runs[0]['objective'] - 1:+.1e}"]
            for some, run in zip(passes, runs, strict=True)
        ],
        "Forward: what supply can reach. Backward: what demand or stock can use. None: every class of every material "
        "wherever\na lane, a plant or a demand could hold it.",
    )

    calendars = {"8 quarters + 4 half-years": [[8, 3], [4, 6]], "16 quarters": [[16, 3]]}
    runs = in_turns([("periods", name, *groups) for groups in calendars.values()], repeats)
    table(
        "What unequal periods save (the same four years)",
        ("calendar", *HEADINGS, "objective, relative"),
        [
            [some, *_cells(run), f"{run['objective'] / runs[0]['objective'] - 1:+.2%}"]
            for some, run in zip(calendars, runs, strict=True)
        ],
    )


if __name__ == "__main__":
    wanted, *arguments = json.loads(sys.argv[1])
    print(json.dumps(JOBS[wanted](*arguments)))
