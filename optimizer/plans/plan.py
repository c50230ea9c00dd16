"""Plan a case in every disruption scenario: what to do had it been known (foresight), and once it is (react)."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from optimizer.case.case import Case
from optimizer.engine.deadline import NEVER, Deadline
from optimizer.engine.pool import Pool
from optimizer.errors import OutOfTime, SolveError, Stopped
from optimizer.formulation.size import Size
from optimizer.network.build import network_of, network_with
from optimizer.network.network import Network
from optimizer.network.size import check_events, refuse
from optimizer.plans.asked import ANSWERS, Planned, Progress, checked, not_planned
from optimizer.plans.based import Based
from optimizer.plans.choose import Chosen, choose
from optimizer.plans.cutting import Cut, cut_in
from optimizer.plans.hedge import HEDGE, Hedge, hedged
from optimizer.plans.kept import Kept
from optimizer.plans.long_tables import joined, long_tables
from optimizer.plans.news import News
from optimizer.plans.outcome import Outcome
from optimizer.plans.refusal import said
from optimizer.plans.shown import Told
from optimizer.plans.solving import BASE as BASE
from optimizer.plans.solving import base_plan, solved
from optimizer.plans.summary import summarise
from optimizer.program.answer import Answer
from optimizer.program.variant import Variant
from optimizer.world.apply import apply_all
from optimizer.world.chances import chances
from optimizer.world.load import load_case
from optimizer.world.scenario import Scenario
from optimizer.world.select import Selector
from optimizer.world.timeline import Timelines

DEFAULT_CASE = "ev-motors"
WRITING = 0.75
"""Seconds kept for writing and printing an answer, for each second that it took to work out its tables."""


class Planner(Based):
    """A case made ready to be planned in many scenarios.

    Parameters
    ----------
    case : Case
    solve_limit : float
        Seconds one solve may take.
    deadline : Deadline
        When everything must end.
    """

    def __init__(self, case: Case, solve_limit: float = 300.0, deadline: Deadline = NEVER) -> None:
        self.case = case
        self.solve_limit = solve_limit
        self.deadline = deadline
        self.selector = Selector(case)
        self.network = network_of(case)
        self.kept = Kept()  # what was found of the case before

    def choose(self, scenarios: Iterable[str | Path | Scenario] | None, *, exact_days: bool = False) -> Chosen:
        """Choose scenarios to plan the case in, and lay it out for the rows that they add; see `choose`."""
        chosen = choose(self.network, self.selector, scenarios, exact_days=exact_days)
        self.network = network_with(self.network, chosen.scenarios)
        return chosen

    def on(self, cut: Cut, chosen: Chosen) -> tuple[Planner, Chosen]:
        """The planner of a case into whose calendar days were cut, laid out for what was chosen, and that on it."""
        planner = Planner(cut.case, self.solve_limit, self.deadline)
        planner.network = network_with(planner.network, chosen.scenarios)
        return planner, chosen.on(cut, planner.network.timelines, planner.selector)

    def applied(self, scenarios: Sequence[Scenario]) -> list[Timelines]:
        """The case over its days in each scenario; nothing is solved for that.

        Raises
        ------
        ScenarioError
            With the faults of all scenarios.
        CaseError
            If their numbers do not fit into memory.
        """
        check_events(self.case, scenarios)
        return apply_all(scenarios, self.network.timelines, self.selector)

    def worlds(self, scenarios: Sequence[Scenario]) -> list[Network]:
        """The network of each scenario, in which the base plan is known; see `applied`."""
        return [self.based().patched(some) for some in self.applied(scenarios)]

    def news(self, scenario: Scenario) -> News:
        """A scenario's announcement, as it falls into the periods, and what is decided by then."""
        return News(self.network, self.program, scenario, lambda: self.start)

    def reaction(self, scenario: Scenario, world: Network, answer: str = "react") -> Variant:
        """The solve of what is still to be decided once a scenario is announced; what is begun is begun on that day."""
        news, told = self.news(scenario), world.told(scenario.announced)
        opens = news.first_open + (news.elapsed > 0)
        return self.variant(
            (scenario.name, answer), told, fixed=news.decided, held=news.held, ordered=news.ordered, opens=opens
        )

    def variants(self, scenario: Scenario, world: Network, answers: Sequence[str] = ANSWERS) -> list[Variant]:
        """One solve per answer to a scenario; one only where nothing is decided before the announcement."""
        if self.news(scenario).is_open:
            return [self.variant((scenario.name, *answers), world)]
        return [
            self.variant((scenario.name, answer), world)
            if answer == "foresight"
            else self.reaction(scenario, world, answer)
            for answer in answers
        ]

    def stream(
        self,
        scenarios: Iterable[Scenario],
        answers: Sequence[str] = ANSWERS,
        *,
        workers: int | None = None,
        pool: Pool | None = None,
    ) -> Iterator[Planned]:
        """Plan scenarios as they come and give each answer as it is found; nothing is kept of those that were given.

        Parameters
        ----------
        scenarios : iterable of Scenario
            With names of their own. Taken one by one, a few ahead of the answers: there may be any number of them.
        answers : sequence of str
            `react`, `foresight`, or both.
        workers : int, optional
            Processes; one per core by default.
        pool : Pool, optional
            Workers to use, where there are some already.

        Yields
        ------
        Planned
            In the order they finish.

        Raises
        ------
        ScenarioError
            When its turn comes, with the faults of a scenario that does not fit the case.
        """
        worlds = ((some, self.worlds([some])[0]) for some in scenarios)
        yield from self.solve(worlds, answers, workers=workers, pool=pool)

    def solve(
        self,
        worlds: Iterable[tuple[Scenario, Network]],
        answers: Sequence[str],
        *,
        workers: int | None = None,
        pool: Pool | None = None,
    ) -> Iterator[Planned]:
        """Plan scenarios in their worlds; see `stream`."""
        yield from solved(self, worlds, answers, workers=workers, pool=pool)


@dataclass
class Plans(Told):
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
    stopped : Stopped, optional
        By what: a signal, or the time limit.
    hedge : Hedge, optional
        What was found of the hedge, where it was asked for.
    """

    planner: Planner
    scenarios: list[Scenario]
    outcomes: dict[tuple[str, str], Outcome] = field(default_factory=dict)
    failed: dict[tuple[str, str], Answer] = field(default_factory=dict)
    interrupted: bool = False
    answers: tuple[str, ...] = ANSWERS
    chosen: Chosen = field(default_factory=Chosen)
    stopped: Stopped | None = None
    hedge: Hedge | None = None
    _parts: dict[tuple[str, str], dict[str, pd.DataFrame]] = field(default_factory=dict, repr=False)

    def add(self, key: tuple[str, str], outcome: Outcome) -> None:
        """Take in an answer, with all that is slow to work out, so that little is left to do once time is up."""
        for what in ("costs", "shares", "cover", "prices"):
            getattr(outcome, what)
        if self.planner.deadline is not NEVER:
            self._parts[key] = long_tables(outcome)
        self.outcomes[key] = outcome

    @cached_property
    def reference(self) -> Outcome | None:
        """The plan that licences are a share of, as far as no row of `trade` states one; none without licences."""
        network, lifted = self.planner.network, self.planner.lifted
        return None if lifted is None else self.planner.outcome(network.referring(None), lifted.answer)

    @property
    def summary(self) -> pd.DataFrame:
        """One row per scenario and answer; see `docs/results.md` for units."""
        return summarise(self.scenarios, self.outcomes, self.failed)

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The long tables of all answers, each with leading `scenario` and `answer` columns."""
        parts: dict[str, list[pd.DataFrame]] = {}
        for (scenario, answer), outcome in self.outcomes.items():
            for name, table in (self._parts.pop((scenario, answer), None) or long_tables(outcome)).items():
                table.insert(0, "answer", answer)
                table.insert(0, "scenario", scenario)
                parts.setdefault(name, []).append(table)
        return {name: joined(some) for name, some in parts.items()}

    def outcome(self, scenario: str = "base", answer: str = "react") -> Outcome:
        """One certified answer.

        Parameters
        ----------
        scenario : str, optional
            By name; `base` for the base plan.
        answer : str, optional
            `react` or `foresight`.

        Raises
        ------
        SolveError
            If it was planned and is not certified, or not finished.
        InputError
            If nobody asked for it.
        """
        key = BASE if scenario == "base" else (scenario, answer)
        if key in self.outcomes:
            return self.outcomes[key]
        if key in self.failed:
            raise SolveError(f"{scenario} ({answer}) has no certified plan: {said(self.failed[key])}")
        raise not_planned(scenario, answer, [some.name for some in self.scenarios], self.interrupted)


def plan(
    case: str | Path | Case = DEFAULT_CASE,
    scenarios: Iterable[str | Path | Scenario] | None = None,
    *,
    answers: Sequence[str] = ANSWERS,
    workers: int | None = None,
    time_limit: float | None = None,
    solve_limit: float = 300.0,
    progress: Callable[[Progress], None] | None = None,
    notice: Callable[[str], None] | None = None,
    pool: Pool | None = None,
    kept: Callable[[Case], Kept] | None = None,
    exact_days: bool = False,
    premium: float | None = None,
) -> Plans:
    """Plan a case as the rules in force stand, and in disruption scenarios.

    Parameters
    ----------
    case : str, Path or Case
        A bundled case by name, the folder of one, or a loaded case.
    scenarios : iterable, optional
        Names, files or scenarios; all bundled ones that fit the case by default.
    answers : sequence of str
        Of `react`, `foresight` and `hedge`.
    workers : int, optional
        Processes; one per core by default.
    time_limit : float, optional
        Seconds the whole call may take; no limit by default.
    solve_limit : float
        Seconds one solve may take.
    progress : callable, optional
        Called with a `Progress` whenever an answer is finished.
    notice : callable, optional
        Called, before anything is solved, with what can hardly be meant, and with the size of a large case.
    pool : Pool, optional
        Workers to use, where there are some already; then its limits of time hold, and its number of processes.
    kept : callable, optional
        Gives the files in which a compiled case and its answers are kept.
    exact_days : bool, optional
        Whether one whose day is not known is planned on the first of its days alone; by default on each.
    premium : float, optional
        Most that the hedge may cost above the base plan if nothing happens, as a part of what that costs.

    Returns
    -------
    Plans
        With the base plan and every answer that was finished, also after an interrupt or at the end of the time.

    Raises
    ------
    InputError
        With every fault of the input: `CaseError` and `ScenarioError` for files, and a case that does not fit into
        the memory of the machine.
    SolveError
        If the base plan cannot be certified.
    OutOfTime
        If the time was up before there was a base plan.
    """
    case, asked = checked(case, answers, workers, {"time_limit": time_limit, "solve_limit": solve_limit})
    own = Pool(workers, solve_limit, NEVER if time_limit is None else Deadline(time_limit))
    pool, held = (own, own) if pool is None else (pool, nullcontext())
    plans: Plans | None = None
    try:
        with pool.deadline.alarm(), held:
            pool.warm_up()  # while the case is read
            planner = Planner(case if isinstance(case, Case) else load_case(case), pool.solve_limit, pool.deadline)
            chosen = planner.choose(scenarios, exact_days=exact_days)
            whole = planner
            if (cut := cut_in(planner.case, chosen.scenarios, news="hedge" in asked)) is not None:
                planner, chosen = planner.on(cut, chosen)
            if "hedge" in asked:
                chosen = chosen.heard(planner.network.calendar)
            plans = Plans(planner, chosen.scenarios, answers=asked, chosen=chosen)
            planner.kept = kept(planner.network.case) if kept else planner.kept
            _plan(plans, whole, pool, (progress or _silent, notice or _silent), premium)
    except (Stopped, KeyboardInterrupt) as stop:
        cause = stop if isinstance(stop, Stopped) else Stopped(signal.SIGINT)
        if plans is None or not plans.outcomes:
            if cause.signal is None:
                raise OutOfTime("the time was up before the base plan was found; nothing is finished") from None
            raise
        plans.interrupted, plans.stopped = True, cause
    return plans


def _silent(*_: object) -> None:
    """Say nothing."""


def _plan(
    plans: Plans, whole: Planner, pool: Pool, say: tuple[Callable[..., None], ...], premium: float | None
) -> None:
    """Plan the base and every scenario, each answer taken in as it comes; `whole` plans the case before it is cut."""
    (progress, notice), planner = say, plans.planner
    for line in plans.chosen.lines() if notice is not _silent else ():
        notice(line)
    size = Size.of(planner.network.structure)
    refuse(planner.case, f"a programme of up to {size.rows:,} rows and {size.columns:,} columns", size.need)
    if size.large:
        notice(f"{planner.case.name} is large: {size}; it will take long")
    total = len(plans.chosen.fits) * len(plans.answers)
    progress(Progress("ready", 0, total))
    planner.start = base_plan(planner, pool)
    plans.outcomes[BASE] = base = planner.outcome(planner.network, planner.start.answer)
    progress(Progress("base", 0, total, *BASE))
    pool.meanwhile(lambda: plans.add(BASE, base))
    if plans.chosen.cut is not None and notice is not _silent:
        pool.meanwhile(lambda: plans.chosen.tell(lambda: whole.start.answer.cost, planner.start.answer.cost))
    for done, found in enumerate(_answers(plans, pool, premium), 1):
        key = found.scenario.name, found.name
        _take(plans, key, found.world, found.answer)
        progress(Progress("scenario", done, total, *key, len(plans.failed)))
    pool.catch_up()


def _answers(plans: Plans, pool: Pool, premium: float | None) -> Iterator[Planned]:
    """Every answer to a scenario as it comes, those that know of no other scenario first, then the hedge over all."""
    planner, alone = plans.planner, tuple(some for some in plans.answers if some != "hedge")
    worlds: Iterable[tuple[Scenario, Network]]
    worlds = ((fit.scenario, planner.network.patched(fit.timelines)) for fit in plans.chosen.fits)
    if len(alone) < len(plans.answers):
        worlds = list(worlds)
    found: dict[tuple[str, str], Answer] = {}
    for some in planner.solve(worlds, alone, pool=pool) if alone else ():
        if isinstance(worlds, list):
            found[some.scenario.name, some.name] = some.answer
        yield some
    if isinstance(worlds, list):
        plans.hedge, onward = hedged(planner, worlds, chances(plans.scenarios), pool, found, premium)
        _take(plans, HEDGE, planner.network, plans.hedge.trunk)
        yield from onward


def _take(plans: Plans, key: tuple[str, str], world: Network, answer: Answer) -> None:
    """Take one answer in; the time that its tables took is kept for writing them."""
    if not answer.certified:
        plans.failed[key] = answer
        return
    began = time.monotonic()
    plans.add(key, plans.planner.outcome(world, answer))
    plans.planner.deadline.keep(WRITING * (time.monotonic() - began))
