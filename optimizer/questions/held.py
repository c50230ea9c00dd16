"""The plan that the buyer runs today, held over the columns of a programme, and all the rest planned around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from optimizer.case.case import Case
from optimizer.errors import CaseError, SolveError
from optimizer.faults import Fault
from optimizer.network.network import Network
from optimizer.network.order_keys import Way
from optimizer.network.today import spoken_of, tonnes_of, way_faults
from optimizer.plans.outcome import Outcome
from optimizer.plans.plan import Plans
from optimizer.program.answer import Answer, Start
from optimizer.program.program import Floats, Ints, Program
from optimizer.program.variant import Column as Added
from optimizer.program.variant import Entries, Row, Variant
from optimizer.questions.probe import Probe
from optimizer.world.scenario import Scenario

NOTHING = 1e-6
"""Tonnes, over all of the plan, that count as none missing."""
Solve = Callable[[Variant], Answer]


@dataclass(frozen=True)
class Delivery:
    """What leaves on a way in a period of which today's plan speaks.

    Parameters
    ----------
    way : Way
    period : int
    columns : array of int, shape (n,)
        By class and mode.
    tonnes : float
        What the plan says of it.
    whole : bool
        Whether it speaks of all days of the period: else more may come.
    """

    way: Way
    period: int
    columns: Ints
    tonnes: float
    whole: bool

    def of(self, x: Floats) -> float:
        """Tonnes of it in an answer."""
        return max(0.0, float(x[self.columns].sum()))

    def at(self, tonnes: float) -> Row:
        """The row that holds it at so much."""
        return Row(self.columns, np.ones(len(self.columns)), tonnes, tonnes)


def needed(case: Case) -> None:
    """See to it that a case says which plan runs today.

    Parameters
    ----------
    case : Case

    Raises
    ------
    CaseError
        If it has no table `today`.
    """
    if not case.tables.today:
        what = "expected the plan that runs today, a row for each supplier, grade and site; found none"
        raise CaseError([Fault("today.csv", what, code="missing-rows", table="today")])


def deliveries(network: Network, program: Program) -> list[Delivery]:
    """All that today's plan speaks of, by way and period: of suppliers whom it does not name, nothing.

    Parameters
    ----------
    network : Network
    program : Program
        Of it.

    Raises
    ------
    CaseError
        If there is no table `today`, or it names ways on which no plan can ship anything.
    """
    structure, case = network.structure, network.case
    needed(case)
    spoken = spoken_of(case, structure.place, structure.index["lanes"])
    if faults := way_faults(case, structure.place, spoken):
        raise CaseError(faults)
    tonnes, found = tonnes_of(network), list[Delivery]()
    for way, lanes in spoken.lanes.items():
        said = tonnes.get(way)
        for period, whole in spoken.held(way):
            columns = np.array([program.column_at("ship", (*lane, period)) for lane in lanes], np.int64)
            found.append(Delivery(way, period, columns, 0.0 if said is None else float(said[period]), whole))
    return found


def held(solve: Solve, question: Variant, some: Sequence[Delivery], program: Program) -> Answer:
    """The cheapest plan that makes as much of today's deliveries as can be made, and none but these.

    First the least that cannot come is found; then, with that, the least cost. Both are proved.

    Parameters
    ----------
    solve : callable
        Solves a variant.
    question : Variant
        What is planned.
    some : sequence of Delivery
        Those that are still to be held.
    program : Program

    Returns
    -------
    Answer
        Without what was added to the programme.

    Raises
    ------
    SolveError
        If one of the two plans cannot be proved.
    """
    height, width = len(program.row_names), len(program.column_names)
    rows, columns, shut = [Row(np.zeros(0, np.int64), np.zeros(0), -np.inf, np.inf)], list[Added](), list[Ints]()
    for one in some:
        if one.tonnes <= 0:
            shut += [one.columns] if one.whole else []
            continue
        columns.append(Added((height, height + len(rows)), (1.0, 1.0)))
        rows.append(replace(one.at(one.tonnes), upper=one.tonnes if one.whole else np.inf))
    at = np.concatenate([np.zeros(0, np.int64), *shut])
    asked: dict[str, Any] = {"columns": tuple(columns), "column_upper": Entries(at, np.zeros(len(at)))}
    missing = np.concatenate([np.zeros(width), np.ones(len(columns))])
    first = solve(replace(question, rows=tuple(rows), cost=missing, warm=False, **asked))
    if first.status == "infeasible":
        raise SolveError(
            "nothing can be planned around today's deliveries: what they leave undone must be done; a penalty of the "
            "demand or of the limit says what it costs instead"
        )
    least = first.proof("how much of today's plan can come could not be proved").objective
    rows[0] = replace(rows[0], upper=least if least > NOTHING else 0.0)
    answer = solve(replace(question, rows=tuple(rows), **asked))
    answer.proof("today's plan could not be proved")
    x, y = answer.x[:width], answer.y[:height]
    return replace(answer, x=x, y=y, basis=None)


class Todays:
    """Today's plan of a case, held in the base and in reactions to scenarios.

    Parameters
    ----------
    plans : Plans
        Of the case, with the reaction to each scenario that is asked about.
    probe : Probe
        Of its base plan.
    """

    def __init__(self, plans: Plans, probe: Probe) -> None:
        self.plans, self.probe, self.planner = plans, probe, plans.planner
        self.deliveries = deliveries(self.planner.network, self.planner.program)
        answer = held(probe.solve, probe.as_it_is, self.deliveries, self.planner.program)
        self.outcome = self._outcome(self.planner.network, answer)
        kept = self.planner.start
        self.start = Start(kept.arrays, replace(self.outcome.answer, basis=kept.answer.basis))

    def reaction(self, scenario: Scenario) -> Outcome:
        """What becomes of today's plan in a scenario: held as far as it can be after the news, too.

        Parameters
        ----------
        scenario : Scenario
            One of those that were planned.
        """
        planner = self.planner.onward(self.start)
        planner.start = self.start  # its worlds know what today's plan ships
        (world,) = planner.worlds([scenario])
        (variant,) = planner.variants(scenario, world, ["react"])
        news = planner.news(scenario)
        open_ = [one for one in self.deliveries if one.period >= news.first_open]
        solve = self.probe.solver.starting(self.start).solve
        return self._outcome(world.told(scenario.announced), held(solve, variant, open_, planner.program))

    def _outcome(self, world: Network, answer: Answer) -> Outcome:
        """An answer, at the content shares that the base plan took."""
        return self.planner.outcome(world, replace(answer, shares=self.planner.start.answer.shares))
