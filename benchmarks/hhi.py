"""What a bound on the sum of squared shares costs: rounds of tangents and seconds, against the same case without."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence

from benchmarks.show import Cell, table
from optimizer.case.case import Case
from optimizer.case.topics.limits import Limit
from optimizer.engine.refine import shortfall
from optimizer.formulation.compile import parameter_vector
from optimizer.plans.plan import Planner
from optimizer.world.load import load_case

BOUNDS = (0.35, 0.25, 0.2)
CASES = ("ev-motors", "korea", "defense")


def bounded(case: Case, bound: float) -> Case:
    """A case with a bound on the suppliers of magnets in every year, priced when broken."""
    row = Limit.model_validate(
        {
            "limit": "benchmark",
            "measure": "hhi",
            "sense": "at_most",
            "value": bound,
            "stage": "magnet",
            "by": "supplier",
            "member": "each",
            "window": "year",
            "from": dt.date(2027, 1, 1),
            "penalty": 60_000,
            "source": "benchmark",
            "confidence": "assumption",
        }
    )
    tables = case.tables.replaced(limits=(*case.tables.limits, row))
    return Case(case.file, tables, {**case.places, "limits": (*case.places["limits"], "benchmark")})


def rounds(planner: Planner) -> int:
    """Solves the base took: the first, and one for each tangent added."""
    before, after = parameter_vector(planner.network), planner.parameters(planner.network)
    added = [int((before[some.drops] != after[some.drops]).any(axis=0).sum()) for some in planner.program.squares]
    return 1 + max(added, default=0)


def report(cases: Sequence[str] = CASES, *, quick: bool = False) -> None:
    """Print rounds and seconds for every case and bound."""
    rows: list[list[Cell]] = []
    for name in cases[:1] if quick else cases:
        case = load_case(name)
        plain = _base_seconds(Planner(case))
        for bound in BOUNDS[:1] if quick else BOUNDS:
            planner = Planner(bounded(case, bound))
            taken = _base_seconds(planner)
            gap = shortfall(planner.program, planner.start.answer.x)
            rows.append([name, bound, rounds(planner), plain, taken, taken / plain, f"{gap:.1e}"])
    headings = ["case", "bound", "rounds", "s without", "s with", "ratio", "squares short by"]
    note = "Base plan; suppliers of magnets, every year, priced when broken. Tangents are added until within 1e-6."
    table("A bound on the sum of squared shares", headings, rows, note)


def _base_seconds(planner: Planner) -> float:
    """Seconds to solve the base, the programme compiled before."""
    _ = planner.program
    began = time.perf_counter()
    _ = planner.start
    return time.perf_counter() - began
