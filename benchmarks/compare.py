"""Seconds per scenario of a sweep, ours against raw HiGHS and against rebuilds, way by way."""

from __future__ import annotations

import math
import os
from collections import defaultdict
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.peers import LINOPY_IS_HERE, Ours, Run, linopy_rebuild, pyomo_rebuild, raw_highs
from benchmarks.show import Cell, table
from benchmarks.sweep import sweep_scenarios
from optimizer.engine.solver import highs_basis
from optimizer.plans.plan import Planner
from optimizer.world.load import load_case

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OURS = "ours, its own choice"
IPX = "HiGHS, interior point, crossover"
WARM = "HiGHS, dual simplex from base"
EXACT = "HiGHS, the same, exact costs"
BETTER = "better of the first two by HiGHS"
BEST = "best of the three by HiGHS"
PYOMO = "Pyomo rebuild, HiGHS default"
LINOPY = "linopy rebuild, HiGHS default"
RAW = (IPX, WARM, EXACT)
"""Ways by the solver alone, from arrays ready made. Dual simplex perturbs costs by default; the last does not."""
CHOSEN = {BETTER: (IPX, WARM), BEST: RAW}
"""What a way that knew beforehand would take, scenario by scenario."""
AGREE = 1e-7
"""Largest relative difference of two objectives of one scenario."""


@dataclass
class Sweep:
    """What was measured.

    Parameters
    ----------
    case : str
    runs : dict of way to list of Run
        In the order of the scenarios.
    peers : list of int
        Scenarios that the rebuilds solved.
    """

    case: str
    runs: dict[str, list[Run]] = field(default_factory=lambda: defaultdict(list))
    peers: list[int] = field(default_factory=list)

    def seconds(self, way: str) -> np.ndarray:
        """Seconds of every scenario, shape (scenarios,), NaN without an optimum; of HiGHS alone for raw HiGHS."""
        if way in CHOSEN:
            found: np.ndarray = np.fmin.reduce([self.seconds(raw) for raw in CHOSEN[way]])
            return found
        return np.array([run.seconds if run.solved else math.nan for run in self.runs[way]])

    def ratio(self, way: str, ours: np.ndarray) -> float:
        """Mean of seconds of the scenarios of a way over its own, those that it solved."""
        other = self.seconds(way)
        solved = ~np.isnan(other)
        return float(ours[solved].mean() / other[solved].mean()) if solved.any() else math.nan

    def disagreement(self) -> float:
        """Largest relative difference of the objectives found for one scenario."""
        worst = 0.0
        for way, runs in self.runs.items():
            places = self.peers if way in (PYOMO, LINOPY) else range(len(runs))
            for place, run in zip(places, runs, strict=True):
                objective = self.runs[OURS][place].objective
                if run.solved:
                    worst = max(worst, abs(run.objective - objective) / (1 + abs(objective)))
        return worst


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the banners of solvers from standard output."""
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def measure(case: str, count: int, peers: int, repeats: int = 2, seed: int = 0) -> Sweep:
    """Solve a sweep in every way, all ways of a scenario before the next scenario.

    The rebuild with Pyomo has no tangents but those it begins with: a case that bounds sums of squares is not compared.

    Parameters
    ----------
    case : str
        Its name or folder.
    count : int
        Scenarios.
    peers : int
        How many of them the rebuilds solve, once, evenly spread over the sweep.
    repeats : int
        How often the other ways solve each; the least time counts.
    seed : int
        Of the random scenarios and of the order of ways.

    Returns
    -------
    Sweep
    """
    planner = Planner(load_case(case))
    scenarios = sweep_scenarios(planner.network, count, seed)
    ours, basis, random = Ours(planner), highs_basis(planner.start.answer.basis), np.random.default_rng(seed)
    sweep = Sweep(case, peers=sorted({int(place) for place in np.linspace(0, count - 1, peers).round()}))
    best: dict[str, dict[int, Run]] = defaultdict(dict)
    for number, (place, scenario) in product(range(repeats), enumerate(scenarios)):
        world = planner.worlds([scenario])[0]
        arrays = planner.program.arrays(planner.parameters(world))
        ways: dict[str, Callable[[], Run]] = {
            OURS: partial(ours, scenario),
            IPX: partial(raw_highs, arrays),
            WARM: partial(raw_highs, arrays, basis),
            EXACT: partial(raw_highs, arrays, basis, dual_simplex_cost_perturbation_multiplier=0.0),
        }
        if place in sweep.peers and number == 0:
            ways[PYOMO] = partial(pyomo_rebuild, world)
            if LINOPY_IS_HERE:
                ways[LINOPY] = partial(linopy_rebuild, planner.program, arrays)
        for way in map(str, random.permutation(list(ways))):
            with quiet():
                run = ways[way]()
            if place not in best[way] or run.seconds < best[way][place].seconds:
                best[way][place] = run
    for way, runs in best.items():
        sweep.runs[way] = [runs[place] for place in sorted(runs)]
    return sweep


def report(sweep: Sweep) -> None:
    """Print a sweep."""
    count, few = len(sweep.runs[OURS]), len(sweep.peers)
    rows: list[Sequence[Cell]] = []
    rebuilds = [way for way in (PYOMO, LINOPY) if way in sweep.runs]
    for way in (OURS, *RAW, *CHOSEN, *rebuilds):
        seconds = sweep.seconds(way)
        solved = ~np.isnan(seconds)
        solver = seconds if way in CHOSEN else np.array([run.solver for run in sweep.runs[way]])
        some, inside = seconds[solved], solver[solved]
        figures = (some.mean(), float(np.median(some)), some.max(), inside.mean()) if solved.any() else (None,) * 4
        rows.append((way, len(seconds), len(seconds) - len(some), *figures))
    table(
        f"Seconds per scenario, {count} scenarios of {sweep.case}, foresight, one process",
        ("way", "scenarios", "no optimum", "mean", "median", "max", "mean in HiGHS"),
        rows,
        "HiGHS: the solver alone. The rebuilds are slow, so they solve some scenarios only, once, evenly spread; they\n"
        "start from numbers ready made, ours from the events. Ways take turns scenario by scenario, in random order.\n"
        "Where a way ends without an optimum, it is left out, and ratios are of the scenarios that both solve.",
    )
    ours = sweep.seconds(OURS)
    solver = np.array([run.solver for run in sweep.runs[OURS]])
    warm = np.fmin(sweep.seconds(WARM), sweep.seconds(EXACT)) <= np.nan_to_num(sweep.seconds(IPX), nan=np.inf)
    chosen = np.array([not run.method.startswith("ipx") for run in sweep.runs[OURS]])
    table(
        "Ratios of means",
        ("ratio", "found", "aim"),
        (
            (f"ours / {BETTER}", sweep.ratio(BETTER, ours), "<= 1.15"),
            *((f"ours / {way}", sweep.ratio(way, ours), "") for way in (BEST, *RAW)),
            (f"ours, in HiGHS alone, / {BEST}", sweep.ratio(BEST, solver), ""),
            *(
                (f"{way} / ours, same {few} scenarios", 1 / sweep.ratio(way, ours[sweep.peers]), ">= 5")
                for way in rebuilds
            ),
            ("share of scenarios where ours chose the faster method", float((warm == chosen).mean()), ""),
        ),
    )
    if LINOPY not in rebuilds:
        print("linopy is not installed and was left out: `make benchmark` installs it.")
    _report_steps(sweep)
    worst = sweep.disagreement()
    verdict = "agree" if worst <= AGREE else "DO NOT AGREE"
    print(f"\nObjectives of all ways {verdict} to {AGREE:g}: the largest relative difference is {worst:.1e}.")


def _report_steps(sweep: Sweep) -> None:
    """Print what ours spends its time on."""
    ours = sweep.seconds(OURS)
    solver = np.array([run.solver for run in sweep.runs[OURS]])
    rows: list[Sequence[Cell]] = []
    for name in sweep.runs[OURS][0].steps:
        seconds = np.array([run.steps[name] for run in sweep.runs[OURS]])
        rows.append((name, 1000 * seconds.mean(), f"{seconds.sum() / ours.sum():.2%}"))
    rows.append(
        ("all outside HiGHS (aim: < 3 %)", 1000 * (ours - solver).mean(), f"{1 - solver.sum() / ours.sum():.2%}")
    )
    rows.append(("inside HiGHS", 1000 * solver.mean(), f"{solver.sum() / ours.sum():.2%}"))
    table("Where the time of ours goes", ("step", "mean ms", "share"), rows)
