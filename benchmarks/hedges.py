"""What the hedge costs to find: all scenarios as one programme, or the heaviest in a master and the others by cuts."""

from __future__ import annotations

import sys
import time
from dataclasses import replace

from benchmarks.show import Cell, table
from optimizer.case.settings import PeriodGroup
from optimizer.engine.pool import Pool
from optimizer.plans.asked import ANSWERS
from optimizer.plans.cutting import cut_in
from optimizer.plans.hedge import members_of
from optimizer.plans.plan import Planner
from optimizer.plans.solving import base_plan
from optimizer.plans.together import Together, solve_together
from optimizer.world.chances import chances
from optimizer.world.load import load_case
from optimizer.world.scenario import find_scenarios

CASE = "ev-motors"
PERIODS = ({"count": 8, "months": 3}, {"count": 4, "months": 6})
"""The calendar: a third of the case's own."""
FIRST = ("full-embargo", "buyer-listed", "october-package-returns", "export-quota-cut", "licence-slowdown")
"""Scenarios in which knowing saves most; the others follow by name."""
SIZES = (6, 12)


def report(case: str | None = None, *, quick: bool = False, sizes: tuple[int, ...] = SIZES) -> None:
    """Print the CPU seconds of both ways in one run, on a coarse calendar."""
    rows: list[list[Cell]] = []
    loaded = load_case(case or CASE)
    periods = tuple(PeriodGroup(**group) for group in PERIODS)
    planner = Planner(replace(loaded, file=loaded.file.model_copy(update={"periods": periods, "cuts": ()})), 3600.0)
    names = [*FIRST, *(name for name in find_scenarios() if name not in FIRST)]
    chosen = planner.choose(names[: 2 * max(sizes)])
    if (cut := cut_in(planner.case, chosen.scenarios, news=True)) is not None:
        planner, chosen = planner.on(cut, chosen)
    chosen = chosen.heard(planner.network.calendar)
    with Pool(None, 3600.0) as pool:
        planner.start = base_plan(planner, pool)
        worlds = [(fit.scenario, planner.network.patched(fit.timelines)) for fit in chosen.fits]
        found = {(some.scenario.name, some.name): some.answer for some in planner.solve(worlds, ANSWERS, pool=pool)}
    _, members = members_of(planner, worlds, chances(chosen.scenarios))
    for size in sizes[:1] if quick else sizes:
        if size >= len(members):
            continue
        some = members[: size + 1]
        spent, together = list[float](), list[Together]()
        for within in (None, range(1, size + 1)):
            began = time.process_time()
            together.append(solve_together(planner, some, found, within))
            spent.append(time.process_time() - began)
        parts, whole = together
        far = abs(parts.answer.cost - whole.answer.cost) / whole.answer.cost
        line: list[Cell] = [size, len(whole.answer.y), len(whole.answer.x), spent[1], spent[0], spent[0] / spent[1]]
        rows.append([*line, parts.parts.rounds, parts.parts.recourses, parts.answer.proof("by parts").gap, far])
        sys.stdout.flush()
    headings = ["scenarios", "rows", "columns", "as one, CPU s", "by parts, CPU s", "ratio"]
    headings += ["rounds", "solves of parts", "gap proved", "costs apart"]
    note = "Both are certified on the arrays of the whole; reactions, foresight and the base plan are not counted."
    table(f"The hedge over {loaded.name} on {len(planner.network.calendar.periods)} periods", headings, rows, note)
