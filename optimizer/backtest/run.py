"""The runs of a back-test: every point of the grid in every branch, each answer certified."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from optimizer.backtest.design import Backtest, Point
from optimizer.backtest.foretold import Foretold, foretold
from optimizer.backtest.grid import WEEK, case_at, with_hold, with_multiple, without_reaction
from optimizer.case.case import Case
from optimizer.engine.pool import Pool
from optimizer.errors import SolveError
from optimizer.plans.plan import Planner
from optimizer.plans.solving import base_plan
from optimizer.world.scenario import Scenario

Branches = dict[str, Foretold]
"""What a point foretells in each branch."""


@dataclass
class Runs:
    """What was foretold.

    Parameters
    ----------
    ex_ante : dict of Point to dict
        By branch; nothing in it was known only afterwards.
    seen : dict of Point to Foretold
        Ex post A: fed with approvals as they were reported.
    fitted : dict of Point to tuple
        Ex post B: days of hold, fitted, and what is foretold with them.
    holds : dict of int to dict
        At the middle, by weeks that customs hold free goods, by branch.
    demands : dict of float to dict
        At the middle, by what is wanted over the year before, by branch.
    waits : dict
        At the middle, by branch, without the reaction.
    answers : int
        Certified answers, base plans too.
    """

    ex_ante: dict[Point, Branches] = field(default_factory=dict)
    seen: dict[Point, Foretold] = field(default_factory=dict)
    fitted: dict[Point, tuple[int, Foretold]] = field(default_factory=dict)
    holds: dict[int, Branches] = field(default_factory=dict)
    demands: dict[float, Branches] = field(default_factory=dict)
    waits: Branches = field(default_factory=dict)
    answers: int = 0


class Teller:
    """A case made ready to foretell.

    Parameters
    ----------
    backtest : Backtest
    case : Case
        At a point of the grid.
    pool : Pool
        Workers.
    """

    def __init__(self, backtest: Backtest, case: Case, pool: Pool) -> None:
        self.backtest, self.case, self.pool = backtest, case, pool
        self.planner = Planner(case)
        self.answers = 0

    def tell(self, scenarios: Iterable[Scenario]) -> Branches:
        """What is foretold in each scenario, by its name.

        Raises
        ------
        SolveError
            If an answer is not certified.
        """
        some = list(scenarios)
        if not self.answers:
            self.planner.choose(some)
            self.planner.start = base_plan(self.planner, self.pool)
            self.answers = 1
        found: Branches = {}
        for planned in self.planner.stream(some, ("foresight",), pool=self.pool):
            if not planned.answer.certified:
                raise SolveError(f"{self.case.name}, {planned.scenario.name}: no certified answer")
            outcome = self.planner.outcome(planned.world, planned.answer)
            found[planned.scenario.name] = foretold(self.case, self.backtest, outcome)
        self.answers += len(found)
        return found


def points(backtest: Backtest) -> list[Point]:
    """Every point of the grid."""
    grid = backtest.design.grid
    return [
        Point(share=share, stock=stock, multiple=multiple, ramp=ramp)
        for share, stock, ramp, multiple in itertools.product(grid.shares, grid.stocks, grid.ramps, grid.multiples)
    ]


def run(backtest: Backtest, case: Case, pool: Pool, told: Callable[[int, int], Any] = lambda *_: None) -> Runs:
    """Plan every point of the grid, with and without hindsight, and what is shown apart.

    Parameters
    ----------
    backtest : Backtest
    case : Case
        As it is committed.
    pool : Pool
        Workers.
    told : callable, optional
        Called with how many of how many cases are done.

    Returns
    -------
    Runs

    Raises
    ------
    SolveError
        If an answer is not certified.
    """
    runs, design = Runs(), backtest.design
    by_case: dict[tuple[float, str, int], list[Point]] = {}
    for point in points(backtest):
        by_case.setdefault((point.share, point.stock, point.ramp), []).append(point)
    for number, some in enumerate(by_case.values()):
        told(number, len(by_case))
        _forecast(runs, Teller(backtest, case_at(case, backtest, some[0]), pool), some)
        _hindsight(runs, Teller(backtest, case_at(case, backtest, some[0], seen=True), pool), some)
    for demand in design.grid.demands:
        if demand != 1:
            teller = Teller(backtest, case_at(case, backtest, design.middle, demand=demand), pool)
            runs.demands[demand] = _branches(teller, design.middle.multiple)
            runs.answers += teller.answers
    return runs


def _branches(teller: Teller, multiple: float) -> Branches:
    """What is foretold in each branch at a multiple."""
    design = teller.backtest.design
    made = [with_multiple(branch, design.rule, multiple) for branch in teller.backtest.branches]
    found = teller.tell(made)
    return {branch.name: found[some.name] for branch, some in zip(teller.backtest.branches, made, strict=True)}


def _forecast(runs: Runs, teller: Teller, some: list[Point]) -> None:
    """Points of one case, and at the middle what is shown apart."""
    backtest, design = teller.backtest, teller.backtest.design
    for point in some:
        runs.ex_ante[point] = _branches(teller, point.multiple)
    if design.middle in some:
        made = [with_multiple(branch, design.rule, design.middle.multiple) for branch in backtest.branches]
        names = [branch.name for branch in backtest.branches]
        for weeks in design.grid.holds:
            if weeks:
                held = teller.tell([with_hold(branch, design.rule, WEEK * weeks) for branch in made])
                runs.holds[weeks] = dict(zip(names, (held[f"{b.name}-hold-{WEEK * weeks}"] for b in made), strict=True))
        waiting = teller.tell([without_reaction(branch, design.rule) for branch in made])
        runs.waits = dict(zip(names, (waiting[f"{branch.name}-waits"] for branch in made), strict=True))
    runs.answers += teller.answers


def _hindsight(runs: Runs, teller: Teller, some: list[Point]) -> None:
    """Points of one case, fed with approvals, and at the middle of all but the share with the fitted number."""
    design = teller.backtest.design
    made = {point: with_multiple(teller.backtest.seen, design.rule, point.multiple) for point in some}
    found = teller.tell(made.values())
    runs.seen |= {point: found[scenario.name] for point, scenario in made.items()}
    for point, scenario in made.items():
        if point.model_copy(update={"share": design.middle.share}) == design.middle:
            runs.fitted[point] = _fit(teller, scenario)
    runs.answers += teller.answers


def _fit(teller: Teller, scenario: Scenario) -> tuple[int, Foretold]:
    """Days of hold at which the tonnes of one buyer's month come nearest; they fall as the days grow."""
    design = teller.backtest.design
    cell = design.fitted.month, design.fitted.buyer
    goal = teller.backtest.came(design.fitted.buyer)[design.fitted.month]
    found: dict[int, Foretold] = {}

    def tonnes(days: int) -> float:
        if days not in found:
            ((_, found[days]),) = teller.tell([with_hold(scenario, design.rule, days)]).items()
        return found[days].tonnes.get(cell, 0.0)

    low, high = design.fitted.days
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if tonnes(middle) > goal else (low, middle)
    days = min((low, high), key=lambda some: abs(tonnes(some) - goal))
    return days, found[days]


def mean(backtest: Backtest, branches: Branches) -> dict[tuple[str, str], float]:
    """Tonnes by month and destination, the mean over branches by weight.

    Parameters
    ----------
    backtest : Backtest
    branches : mapping of str to Foretold
        By branch.
    """
    weights = {branch.name: branch.probability for branch in backtest.branches}
    cells = {cell for some in branches.values() for cell in some.tonnes}
    return {cell: sum(weights[name] * some.tonnes.get(cell, 0.0) for name, some in branches.items()) for cell in cells}
