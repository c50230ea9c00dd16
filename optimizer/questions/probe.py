"""One answer, and what it would be under other numbers: solved again from where it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from optimizer.engine.extend import extended
from optimizer.engine.refine import settled, solve_task
from optimizer.engine.session import Answer, Session, Start
from optimizer.plans.outcome import Outcome
from optimizer.plans.plan import BASE, Plans
from optimizer.program.certificate import certify
from optimizer.program.program import Arrays, Floats
from optimizer.program.task import Task, task_arrays
from optimizer.world.timeline import Floats as Series


@dataclass(frozen=True)
class Question:
    """A changed programme.

    Parameters
    ----------
    parameters : array
        Its parameter vector.
    edit : callable, optional
        What is done to its arrays after that; their pattern stays.
    """

    parameters: Floats
    edit: Callable[[Arrays], Arrays] | None = None


class Probe:
    """Questions to one answer of a plan.

    Parameters
    ----------
    plans : Plans
    scenario, answer : str
        Which answer; `react` keeps what was decided before the announcement in every question.
    """

    def __init__(self, plans: Plans, scenario: str = "base", answer: str = "react") -> None:
        self.planner = plans.planner
        self.program = plans.planner.program
        self.outcome: Outcome = plans.outcome(scenario, answer)
        self.key = BASE if scenario == "base" else (scenario, answer)
        self.solves = 0
        self.scenario = next((some for some in plans.scenarios if some.name == scenario), None)
        fixed = None
        self.first_open_day = 0
        """First day whose numbers a question may change: earlier ones belong to what is decided."""
        if self.scenario is not None and answer == "react":
            fixed = self.planner.decided(self.scenario)
            self.first_open_day = int(self.planner.case.calendar.offsets[self.planner.first_open(self.scenario)])
        self.task = Task(self.key, self.outcome.parameters, fixed)

    @cached_property
    def session(self) -> Session:
        """What solves; none is made for what needs no solving."""
        return Session(self.planner.start.arrays, self.planner.solve_limit, self.planner.deadline)

    @cached_property
    def start(self) -> Start:
        """The answer with the basis it ends in, from which every question is solved."""
        if self.key == BASE:
            return self.planner.start
        self.solves += 1
        return self.session.start(solve_task(self.session, self.program, self.task, self.planner.start))

    @property
    def cost(self) -> float:
        """Cost of the answer, USD."""
        return self.outcome.cost

    def changed(self, changes: Mapping[tuple[str, str], Series]) -> Question:
        """The question what if columns of tables had other daily series."""
        timelines = self.outcome.network.timelines.changed(changes, {})
        return Question(self.planner.parameters(self.outcome.network.patched(timelines)))

    @property
    def as_it_is(self) -> Question:
        """The question that changes nothing."""
        return Question(self.outcome.parameters)

    def edited(self, edit: Callable[[Arrays], Arrays]) -> Question:
        """The question what if the programme were edited."""
        return Question(self.outcome.parameters, edit)

    def arrays_of(self, question: Question) -> Arrays:
        """The programme of a question, decided columns kept."""
        task = replace(self.task, parameters=question.parameters)
        arrays = task_arrays(self.program, task, self.start.answer.x)
        return question.edit(arrays) if question.edit else arrays

    def solve(self, question: Question) -> Answer:
        """The best answer to a question, its sums of squares to tolerance; what the solver claims if there is none."""
        self.solves += 1

        def again(parameters: Floats, answer: Answer) -> Answer:
            return self.session.again(self.arrays_of(replace(question, parameters=parameters)), answer)

        answer = self.session.solve(self.arrays_of(question), self.start)
        return settled(self.program, question.parameters, answer, again)

    def solve_with(self, extend: Callable[[Arrays], Arrays], question: Question, *, warm: bool = True) -> Answer:
        """The best answer to a question with rows and columns added; what the solver claims if there is none.

        Its `x` and `y` have an entry more for each of them. Under another goal a warm start is slow: start cold.
        """
        self.solves += 1
        arrays = extend(self.arrays_of(question))
        session = Session(arrays, self.planner.solve_limit, self.planner.deadline)

        def again(parameters: Floats, answer: Answer) -> Answer:
            return session.again(extend(self.arrays_of(replace(question, parameters=parameters))), answer)

        answer = session.solve(arrays, extended(self.start, arrays), warm=warm)
        return settled(self.program, question.parameters, answer, again)

    def least_cost(self, question: Question) -> float:
        """The least cost under a question, USD.

        Raises
        ------
        SolveError
            If there is no answer with a certificate.
        """
        return self.solve(question).proof("a question could not be answered").objective

    def costs_nothing(self, question: Question) -> bool:
        """Whether this answer's own proof shows that it stays best under a question, so that nothing need be solved."""
        return certify(self.arrays_of(question), self.start.answer.x, self.start.answer.y).holds
