"""Plan a case in every disruption scenario: what to do had it been known (foresight), and once it is (react)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.analysis.choose import Chosen, choose
from optimizer.analysis.outcome import Frame, Outcome
from optimizer.analysis.summary import summarise
from optimizer.analysis.tables import long_tables
from optimizer.case.load import Case, load_case
from optimizer.case.network import Network
from optimizer.case.scenario import Scenario, apply_all
from optimizer.case.select import Selector
from optimizer.engine.pool import solve_all
from optimizer.engine.refine import solve_base, with_tangents_of
from optimizer.engine.session import Answer, Start
from optimizer.engine.task import Task
from optimizer.formulation.compile import compile_network, parameter_vector
from optimizer.formulation.program import Floats, Program

DEFAULT_CASE = "ev-motors"
ANSWERS = ("react", "foresight")
"""Answers per scenario; `base` is the plan as the rules in force stand."""
BASE = ("base", "base")

Progress = Callable[[int, int], None]
"""Called with scenarios done and scenarios in all."""


class Planner:
    """A case made ready to be planned in many scenarios.

    Parameters
    ----------
    case : Case
    time_limit : float
        Seconds each method may take on each solve.
    """

    def __init__(self, case: Case, time_limit: float = 300.0) -> None:
        self.case = case
        self.time_limit = time_limit
        self.selector = Selector(case)
        self.network = Network.of(case)

    @cached_property
    def program(self) -> Program:
        """The programme, compiled."""
        return compile_network(self.network)

    @cached_property
    def frame(self) -> Frame:
        """What all answers share."""
        return Frame(self.network, self.program)

    @cached_property
    def start(self) -> Start:
        """The base plan, from which every scenario starts."""
        return solve_base(self.program, parameter_vector(self.network), self.time_limit)

    def parameters(self, world: Network) -> Floats:
        """The parameter vector of a world, with the tangents that the base took."""
        return with_tangents_of(self.program, parameter_vector(world), self.start.answer.tangents)

    def outcome(self, world: Network, answer: Answer) -> Outcome:
        """An answer in its world, at the tangents it was found with."""
        parameters = with_tangents_of(self.program, parameter_vector(world), answer.tangents)
        return Outcome(self.frame, world, parameters, answer)

    def worlds(self, scenarios: Sequence[Scenario]) -> list[Network]:
        """The network of each scenario.

        Raises
        ------
        ScenarioError
            With the faults of all scenarios.
        """
        return [self.network.patched(some) for some in apply_all(scenarios, self.network.timelines, self.selector)]

    def first_open(self, scenario: Scenario) -> int:
        """The first period that is not over when a scenario is announced."""
        return sum(bound <= scenario.announced for bound in self.network.structure.calendar.bounds[1:])

    def decided(self, scenario: Scenario) -> NDArray[np.bool_]:
        """Columns decided before a scenario is announced: those of periods that end by then, and earlier contracts."""
        fixed = (self.frame.period_of >= 0) & (self.frame.period_of < self.first_open(scenario))
        signed = {row.contract for row in self.case.tables["contracts"] if row.from_ < scenario.announced}
        block = self.program.columns_of.get("reserve", slice(0, 0))
        for place in range(block.start, block.stop):
            fixed[place] = self.program.column_names[place][1][0] in signed
        return np.asarray(fixed)

    def tasks(self, scenarios: Sequence[Scenario], worlds: Sequence[Network], answers: Sequence[str]) -> list[Task]:
        """One solve per scenario and answer; one only where nothing is decided before the announcement."""
        found = []
        for scenario, world in zip(scenarios, worlds, strict=True):
            parameters = self.parameters(world)
            fixed = self.decided(scenario)
            if not fixed.any():
                found.append(Task((scenario.name, *answers), parameters))
                continue
            for answer in answers:
                found.append(Task((scenario.name, answer), parameters, fixed if answer == "react" else None))
        return found

    def solve(
        self, scenarios: Sequence[Scenario], worlds: Sequence[Network], answers: Sequence[str], workers: int | None
    ) -> Iterator[tuple[str, str, Answer]]:
        """Scenario, answer and what was found, in the order they finish."""
        tasks = self.tasks(scenarios, worlds, answers)
        for task, answer in solve_all(self.program, self.start, tasks, workers=workers, time_limit=self.time_limit):
            for name in task.name[1:]:
                yield task.name[0], name, answer


@dataclass
class Plans:
    """The plans of one case.

    Parameters
    ----------
    planner : Planner
    scenarios : list of Scenario
    outcomes : dict of (scenario, answer) to Outcome
        Certified answers.
    failed : dict of (scenario, answer) to Answer
        Answers that are not certified.
    interrupted : bool
        Whether it was stopped before the end.
    answers : tuple of str
        Answers asked for of every scenario.
    chosen : Chosen
        How far each scenario fits the case, the bundled ones that do not, and the findings.
    """

    planner: Planner
    scenarios: list[Scenario]
    outcomes: dict[tuple[str, str], Outcome] = field(default_factory=dict)
    failed: dict[tuple[str, str], Answer] = field(default_factory=dict)
    interrupted: bool = False
    answers: tuple[str, ...] = ANSWERS
    chosen: Chosen = field(default_factory=Chosen)

    @property
    def summary(self) -> pd.DataFrame:
        """One row per scenario and answer; see `docs/results.md` for units."""
        return summarise(self)

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The long tables of all answers, each with leading `scenario` and `answer` columns."""
        parts: dict[str, list[pd.DataFrame]] = {}
        for (scenario, answer), outcome in self.outcomes.items():
            for name, table in long_tables(outcome).items():
                table.insert(0, "answer", answer)
                table.insert(0, "scenario", scenario)
                parts.setdefault(name, []).append(table)
        return {name: pd.concat(some, ignore_index=True) for name, some in parts.items()}

    def outcome(self, scenario: str = "base", answer: str = "react") -> Outcome:
        """One certified answer."""
        return self.outcomes[BASE if scenario == "base" else (scenario, answer)]


def plan(
    case: str | Path | Case = DEFAULT_CASE,
    scenarios: Iterable[str | Path | Scenario] | None = None,
    *,
    answers: Sequence[str] = ANSWERS,
    workers: int | None = None,
    time_limit: float = 300.0,
    progress: Progress | None = None,
    notice: Callable[[Chosen], None] | None = None,
) -> Plans:
    """Plan a case as the rules in force stand, and in disruption scenarios.

    Parameters
    ----------
    case : str, Path or Case
        A bundled case by name, the folder of one, or a loaded case.
    scenarios : iterable, optional
        Names, files or scenarios; all bundled ones that fit the case by default.
    answers : sequence of str
        `react`, `foresight`, or both.
    workers : int, optional
        Processes; one per core by default.
    time_limit : float
        Seconds each method may take on each solve.
    progress : callable, optional
        Called with the number of answers done and wanted.
    notice : callable, optional
        Called, before anything is solved, with how far the scenarios fit and what was noticed.

    Returns
    -------
    Plans
        With the base plan and every answer that was finished, also after an interrupt.

    Raises
    ------
    CaseError, ScenarioError
        With every fault of the input.
    SolveError
        If the base plan cannot be certified.
    """
    planner = Planner(case if isinstance(case, Case) else load_case(case), time_limit)
    found_to_fit = choose(planner.network, planner.selector, scenarios)
    if notice:
        notice(found_to_fit)
    chosen = found_to_fit.scenarios
    worlds = {fit.scenario.name: planner.network.patched(fit.timelines) for fit in found_to_fit.fits}
    plans = Plans(planner, chosen, answers=tuple(answers), chosen=found_to_fit)
    total = len(chosen) * len(answers)
    if progress:
        progress(0, total)
    base = planner.network
    plans.outcomes[BASE] = planner.outcome(base, planner.start.answer)
    done = 0
    try:
        for scenario, answer, found in planner.solve(chosen, list(worlds.values()), answers, workers):
            world: Any = worlds[scenario]
            if found.certified:
                plans.outcomes[scenario, answer] = planner.outcome(world, found)
            else:
                plans.failed[scenario, answer] = found
            done += 1
            if progress:
                progress(done, total)
    except KeyboardInterrupt:
        plans.interrupted = True
    return plans
