"""The ways to solve one scenario that are compared: ours, raw HiGHS, and rebuilds with Pyomo and with linopy."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import highspy
import numpy as np
from pyomo.contrib.solver.common.results import SolutionStatus
from pyomo.contrib.solver.solvers.highs import Highs as PyomoHighs

from optimizer.engine.session import Session
from optimizer.engine.solver import highs_lp
from optimizer.formulation.model import build_model
from optimizer.network.network import Network
from optimizer.plans.plan import Planner
from optimizer.program.program import Arrays, Program
from optimizer.world.scenario import Scenario

if TYPE_CHECKING:
    import linopy

LINOPY_IS_HERE = find_spec("linopy") is not None
"""Whether linopy is installed: `make benchmark` and `make test` do it, the development requirements alone do not."""
MISSING = -1
"""What linopy takes for no variable."""


@dataclass
class Run:
    """One scenario solved one way.

    Parameters
    ----------
    seconds : float
        All of it.
    solver : float
        Seconds inside HiGHS.
    objective : float
        NaN where the solver ended without one.
    method : str
    iterations : int
    steps : dict of str to float
        Seconds of each step outside HiGHS, where they are measured.
    """

    seconds: float
    solver: float
    objective: float
    method: str = ""
    iterations: int = 0
    steps: dict[str, float] = field(default_factory=dict)

    @property
    def solved(self) -> bool:
        """Whether an optimum was found."""
        return not math.isnan(self.objective)

    def must(self) -> Run:
        """It, which has to have found an optimum."""
        if not self.solved:
            raise AssertionError("the solver found no optimum")
        return self


class Clock:
    """Seconds spent inside HiGHS, whoever calls it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def running(self) -> Iterator[Clock]:
        """Time every `Highs.run` in this block."""
        plain = highspy.Highs.run
        self.seconds = 0.0

        def timed(highs: Any) -> Any:
            began = time.perf_counter()
            try:
                return plain(highs)
            finally:
                self.seconds += time.perf_counter() - began

        highspy.Highs.run = timed
        try:
            yield self
        finally:
            highspy.Highs.run = plain


CLOCK = Clock()


class Ours:
    """The engine as it plans: one session, its own choice of method.

    Parameters
    ----------
    planner : Planner
        The case, made ready.
    """

    def __init__(self, planner: Planner) -> None:
        self.planner = planner
        self.session = Session(planner.start.arrays)

    def __call__(self, scenario: Scenario) -> Run:
        """Solve a scenario, from its events to its certificate."""
        marks = [time.perf_counter()]
        world = self.planner.worlds([scenario])[0]
        parameters = self.planner.parameters(world)
        marks.append(time.perf_counter())
        arrays = self.planner.program.arrays(parameters)
        marks.append(time.perf_counter())
        with CLOCK.running() as clock:
            answer = self.session.solve(arrays, self.planner.start)
        marks.append(time.perf_counter())
        if answer.certificate is None or not answer.certified:
            raise AssertionError(f"{scenario.name}: {answer.status}")
        vector, evaluated, solved = np.diff(marks)
        return Run(
            marks[-1] - marks[0],
            clock.seconds,
            answer.certificate.objective,
            answer.method,
            answer.iterations,
            {
                "scenario to parameters": vector,
                "arrays": evaluated,
                "updates, fetching, certificate": solved - clock.seconds,
            },
        )


def raw_highs(arrays: Arrays, basis: highspy.HighsBasis | None = None, **options: float) -> Run:
    """Solve arrays in a fresh HiGHS; only the solver itself is timed.

    Parameters
    ----------
    arrays : Arrays
    basis : HighsBasis, optional
        Where dual simplex starts; without one, by interior point with crossover.
    **options
        Of HiGHS, beyond those.

    Returns
    -------
    Run
    """
    highs = highspy.Highs()
    chosen = {"output_flag": False, "threads": 1, "parallel": "off", "solver": "simplex" if basis else "ipx"}
    for option, value in (chosen | options).items():
        if highs.setOptionValue(option, value) != highspy.HighsStatus.kOk:
            raise AssertionError(f"HiGHS refused {option} = {value}")
    highs.passModel(highs_lp(arrays, 1.0))
    if basis:
        highs.setBasis(basis)
    began = time.perf_counter()
    highs.run()
    seconds = time.perf_counter() - began
    info = highs.getInfo()
    iterations = info.simplex_iteration_count if basis else info.ipm_iteration_count
    solved = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    objective = info.objective_function_value if solved else math.nan
    return Run(seconds, seconds, objective, "warm" if basis else "ipx", iterations)


def pyomo_rebuild(world: Network) -> Run:
    """Build the Pyomo model of a world and solve it by Pyomo's own HiGHS interface, all options left alone."""
    began = time.perf_counter()
    with CLOCK.running() as clock:
        model = build_model(world)
        results = PyomoHighs().solve(model, load_solutions=False, raise_exception_on_nonoptimal_result=False)
    seconds = time.perf_counter() - began
    solved = results.solution_status == SolutionStatus.optimal
    return Run(seconds, clock.seconds, float(results.incumbent_objective) if solved else math.nan, "default")


def linopy_rebuild(program: Program, arrays: Arrays) -> Run:
    """Build a linopy model, a block per variable and per rule, and solve it by HiGHS, all options left alone."""
    began = time.perf_counter()
    with CLOCK.running() as clock:
        model = linopy_model(program, arrays)
        _, condition = model.solve("highs", io_api="direct", output_flag=False)
    seconds = time.perf_counter() - began
    objective = float(model.objective.value) if condition == "optimal" else math.nan
    return Run(seconds, clock.seconds, objective, "default")


def linopy_model(program: Program, arrays: Arrays) -> linopy.Model:
    """The programme as a linopy model; terms of a rule are given as arrays padded to its longest row."""
    import linopy
    import xarray

    model = linopy.Model()
    labels = np.empty(len(arrays.cost), np.int64)
    for name, where in program.columns_of.items():
        block = model.add_variables(
            xarray.DataArray(arrays.column_lower[where], dims=[name]),
            xarray.DataArray(arrays.column_upper[where], dims=[name]),
            name=name,
        )
        labels[where] = block.labels.values
    order = np.argsort(arrays.rows, kind="stable")
    row, column, value = arrays.rows[order], arrays.columns[order], arrays.values[order]
    counts = np.bincount(row, minlength=len(arrays.row_lower))
    ends = np.cumsum(counts)
    place = np.arange(len(row)) - np.repeat(ends - counts, counts)
    for name, where in program.rows_of.items():
        size, first = where.stop - where.start, ends[where.start] - counts[where.start]
        some = slice(first, ends[where.stop - 1])
        shape = (size, int(counts[where].max(initial=0)))
        variables, coefficients = np.full(shape, MISSING), np.full(shape, np.nan)
        at = row[some] - where.start, place[some]
        variables[at], coefficients[at] = labels[column[some]], value[some]
        terms = linopy.LinearExpression(
            xarray.Dataset(
                {"coeffs": ((name, "_term"), coefficients), "vars": ((name, "_term"), variables)},
                coords={name: np.arange(size)},
            ),
            model,
        )
        _add_rows(model, name, terms, arrays.row_lower[where], arrays.row_upper[where])
    costs = linopy.LinearExpression(
        xarray.Dataset({"coeffs": (("_term",), arrays.cost), "vars": (("_term",), labels)}), model
    )
    model.add_objective(costs)
    return model


def _add_rows(model: linopy.Model, name: str, terms: linopy.LinearExpression, lower: Any, upper: Any) -> None:
    """Add a rule: equalities, at least and at most, each only where it says something."""
    import xarray

    equal = lower == upper
    for sign, sides, holds in (
        ("=", lower, equal),
        (">=", lower, ~equal & np.isfinite(lower)),
        ("<=", upper, ~equal & np.isfinite(upper)),
    ):
        if holds.any():
            sides = xarray.DataArray(np.where(holds, sides, 0.0), dims=[name], coords={name: np.arange(len(lower))})
            mask = xarray.DataArray(holds, dims=[name], coords={name: np.arange(len(lower))})
            model.add_constraints(terms, sign, sides, name=f"{name} {sign}", mask=mask)
