"""Seconds of the rows of a study: each by itself, beside those that are known, in an order; raw HiGHS; rebuilds."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.compare import AGREE, quiet
from benchmarks.peers import LINOPY_IS_HERE, linopy_rebuild, pyomo_rebuild, raw_highs
from benchmarks.show import Cell, table
from optimizer.case.case import Case
from optimizer.case.settings import PeriodGroup
from optimizer.engine.pool import Pool
from optimizer.engine.refine import Solver
from optimizer.engine.solver import highs_basis
from optimizer.formulation.compile import parameter_vector
from optimizer.plans.plan import Planner
from optimizer.plans.solving import base_plan
from optimizer.program.answer import Answer
from optimizer.program.program import Floats
from optimizer.program.variant import Variant
from optimizer.studies.file import StudyFile, study_from
from optimizer.studies.rows import RowPlanner, known_in
from optimizer.studies.start import Ready, ready_for
from optimizer.world.apply import apply_scenario
from optimizer.world.load import load_case

PERIODS = ({"count": 8, "months": 3}, {"count": 4, "months": 6})
"""Calendar of the bundled case here: quarters and half-years."""
ALONE, BESIDE, ORDERED = "each by itself, from the base", "each beside one that is known", "the same, rows in order"
RAW, PYOMO, LINOPY = "raw HiGHS, the better of two", "Pyomo rebuild, HiGHS default", "linopy rebuild, HiGHS default"
REBUILT = "rebuilt"
RAWS, PEERS = 2, 1
"""Rows, the first ones, that raw HiGHS solves, and whose base plans the rebuilds do."""
PRICE = {
    "name": "price",
    "cell": "offers.price[*]",
    "scale": "price",
    "distribution": {"kind": "triangular", "low": 0.8, "mode": 1, "high": 1.6},
}
SHARE = {"kind": "uniform", "low": 0, "high": 1}
STOP = {"name": "stop", "table": "offers", "scale": "capacity", "distribution": SHARE}
APPROVAL = {"name": "approval", "table": "controls", "set": "approval"}


def _study(design: dict[str, Any], *factors: dict[str, Any]) -> StudyFile:
    head = {"version": 1, "name": "benchmark", "title": "t", "case": "c", "seed": 1, "answers": ["react"]}
    return study_from({**head, "design": design, "factors": list(factors)})


def _coarse(name: str) -> Case:
    case = load_case(name)
    periods = tuple(PeriodGroup.model_validate(group) for group in PERIODS)
    return replace(case, file=case.file.model_copy(update={"periods": periods, "cuts": ()}))


def studies(quick: bool) -> dict[str, tuple[Case, StudyFile]]:
    """What is measured, by what it is called."""
    toy = load_case(Path(__file__).parents[1] / "tests" / "cases" / "toy")
    stop = {**STOP, "where": {"offer": "aa-nd"}, "from": "2027-02-15", "until": "2027-06-01"}
    found = {"toy, price and stop drawn": (toy, _study({"kind": "sample", "draws": 8 if quick else 60}, PRICE, stop))}
    if not quick:
        ev, where = _coarse("ev-motors"), {"where": {"control": "cn-18-2025"}, "from": "2028-01-01"}
        drawn, levels = {**APPROVAL, **where, "distribution": SHARE}, {**APPROVAL, **where, "values": [0, 0.25, 0.5, 1]}
        cost = {"name": "cost", "table": "plants", "where": {"site": "noveon"}, "scale": "cost", "from": "2028-01-01"}
        found["ev-motors, price and approval drawn"] = ev, _study({"kind": "sample", "draws": 8}, PRICE, drawn)
        found["ev-motors, approval and a plant's cost, a grid"] = (
            ev,
            _study({"kind": "grid"}, levels, {**cost, "values": [1, 1.1, 1.2]}),
        )
    return found


class Noted(Solver):
    """A solver that notes what it is given."""

    notes: list[tuple[Variant, Floats]]

    def solve(self, variant: Variant, near: Answer | None = None) -> Answer:
        """See `Solver.solve`."""
        self.notes.append((variant, self.start.answer.x))
        return super().solve(variant, near)


class Rows(RowPlanner):
    """Plans rows one way.

    Parameters
    ----------
    planner : Planner
    ready : Ready
    way : str
    """

    def __init__(self, planner: Planner, ready: Ready, way: str) -> None:
        super().__init__(planner, ready.study, ready.scenarios)
        rows = list(range(ready.study.rows))
        order = self.begin([] if way == ALONE else rows)
        self.order = order if way == ORDERED else rows
        self.solver = Noted(planner.program, planner.start, planner.solve_limit)
        self.solver.notes = []


@dataclass
class Measured:
    """What was measured of a study.

    Parameters
    ----------
    seconds : dict of str to dict of int to float
        Of each way, row by row: of HiGHS alone for raw HiGHS, else of all that a row takes before its figures.
    methods : dict of str to Counter
        Of each way, how many answers ended by which method.
    costs : dict
        Of answers, by row, scenario and answer, as they were found first.
    worst : float
        Largest relative difference of two costs of one answer.
    """

    seconds: dict[str, dict[int, float]] = field(default_factory=lambda: defaultdict(dict))
    methods: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    costs: dict[tuple[int, str, str], float] = field(default_factory=dict)
    worst: float = 0.0

    def agrees(self, key: tuple[int, str, str], cost: float) -> None:
        """Take in another cost of an answer."""
        known = self.costs.setdefault(key, cost)
        self.worst = max(self.worst, abs(cost - known) / (1 + abs(known)))


def measure(case: Case, study: StudyFile) -> Measured:
    """Plan the rows of a study in every way, in turns, so that whatever else the machine does meets all of them."""
    ready = ready_for(study, case, [])
    planner, found = ready.planner, Measured()
    with Pool(1) as pool:
        planner.start = base_plan(planner, pool)
    ways = {way: Rows(planner, ready, way) for way in (ALONE, BESIDE, ORDERED)}
    for place in range(study.rows):
        for way, one in ways.items():
            row, began = one.order[place], time.perf_counter()
            for some in one.row(row):
                found.agrees((row, some.scenario, some.answer), some.result.cost)
                found.methods[way][some.result.method] += 1
            found.seconds[way][row] = time.perf_counter() - began
        if place < RAWS:
            found.seconds[RAW][place] = _raw(planner, ways[ALONE].solver)
        ways[ALONE].solver.notes.clear()
        if place < PEERS:
            _rebuilt(planner, ready.study, place, found)
    return found


def _raw(planner: Planner, solver: Noted) -> float:
    """Seconds of HiGHS alone for the programmes of a row: of each the better of two methods."""
    seconds, basis = 0.0, highs_basis(planner.start.answer.basis)
    for variant, held in solver.notes:
        arrays = variant.arrays(planner.program, held)
        with quiet():
            seconds += min(raw_highs(arrays, start).must().seconds for start in (None, basis))
    return seconds


def _rebuilt(planner: Planner, study: StudyFile, row: int, found: Measured) -> None:
    """The base plan of a row, rebuilt and solved by others."""
    if (known := known_in(study, planner.case, row)) is None:
        return
    world = planner.network.patched(apply_scenario(known, planner.network.timelines, planner.selector))
    arrays = planner.program.arrays(parameter_vector(world))
    runs = {PYOMO: lambda: pyomo_rebuild(world)}
    if LINOPY_IS_HERE:
        runs[LINOPY] = lambda: linopy_rebuild(planner.program, arrays)
    with quiet():
        found.agrees(
            (row, REBUILT, REBUILT), raw_highs(arrays).must().objective
        )  # one solve, squares drawn as at first
    for way, run in runs.items():
        with quiet():
            done = run().must()
        found.seconds[way][row] = done.seconds
        found.agrees((row, REBUILT, REBUILT), done.objective)


def report(*, quick: bool) -> None:
    """Print the table of each study."""
    for name, (case, study) in studies(quick).items():
        found = measure(case, study)
        rows: list[Sequence[Cell]] = []
        for way, seconds in found.seconds.items():
            alone = sum(found.seconds[ALONE][row] for row in seconds)
            methods = ", ".join(f"{count} {method}" for method, count in found.methods[way].most_common())
            rows.append((way, len(seconds), sum(seconds.values()), sum(seconds.values()) / alone, methods))
        note = f"Costs of one answer differ by at most {found.worst:.1g} of themselves."
        if found.worst > AGREE:
            raise AssertionError(note)
        headings = ("way", "rows", "seconds", "of the first", "answers by method (none: inherited)")
        table(f"Rows of a study: {name}", headings, rows, note)
