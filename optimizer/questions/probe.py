"""One answer, and what it would be under other numbers: every question is a variant, solved from the answer's basis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from optimizer.engine.pool import Pool
from optimizer.engine.refine import Solver
from optimizer.plans.outcome import Outcome
from optimizer.plans.plan import BASE, Plans
from optimizer.program.answer import Answer, Start
from optimizer.program.certificate import certify
from optimizer.program.program import Arrays, Floats
from optimizer.program.variant import Variant
from optimizer.world.timeline import Floats as Series


class Probe:
    """Questions to one answer of a plan.

    Parameters
    ----------
    plans : Plans
    scenario, answer : str
        Which answer; `react` keeps what was decided before the announcement in every question.
    workers : int
        Processes that solve where there is more than one question; with one, all are solved in this process.
    pool : Pool, optional
        Workers to use, where there are some already: they solve every question.
    """

    def __init__(
        self,
        plans: Plans,
        scenario: str = "base",
        answer: str = "react",
        workers: int = 1,
        pool: Pool | None = None,
    ) -> None:
        self.planner = plans.planner
        self.program = plans.planner.program
        self.outcome: Outcome = plans.outcome(scenario, answer)
        self.key = BASE if scenario == "base" else (scenario, answer)
        self.workers, self.pool = workers, pool
        self.solves = 0
        self.scenario = next((some for some in plans.scenarios if some.name == scenario), None)
        self.fixed = self.held = self.ordered = None
        self.first_open_day = 0
        """First day whose numbers a question may change: earlier ones belong to what is decided."""
        if self.scenario is not None and answer == "react":
            news = self.planner.news(self.scenario)
            self.fixed, self.held, self.ordered = news.decided, news.held, news.ordered
            self.first_open_day = int(news.network.calendar.offsets[news.first_open])

    @cached_property
    def solver(self) -> Solver:
        """What solves in this process; none is made for what needs no solving."""
        return Solver(self.program, self.start, self.planner.solve_limit, self.planner.deadline)

    @cached_property
    def start(self) -> Start:
        """The answer with the basis it ends in, from which every question is solved."""
        answer = self.outcome.answer
        return Start(self.arrays_of(self.as_it_is), answer)

    @property
    def cost(self) -> float:
        """Cost of the answer, USD."""
        return self.outcome.cost

    def changed(self, changes: Mapping[tuple[str, str], Series]) -> Variant:
        """The question what if columns of tables had other daily series."""
        timelines = self.outcome.network.timelines.changed(changes, {})
        return self.at(self.planner.parameters(self.outcome.network.patched(timelines)))

    @property
    def as_it_is(self) -> Variant:
        """The question that changes nothing."""
        return self.at(self.outcome.parameters)

    def at(self, parameters: Floats, **changes: Any) -> Variant:
        """The question what if the programme stood at other parameters, decided columns kept."""
        return Variant((), parameters, self.fixed, held=self.held, ordered=self.ordered, **changes)

    def edited(self, **changes: Any) -> Variant:
        """The question what if the programme were changed otherwise; see `Variant` for what there is to change."""
        return replace(self.as_it_is, **changes)

    def arrays_of(self, question: Variant) -> Arrays:
        """The programme of a question, decided columns kept."""
        return question.arrays(self.program, self.outcome.answer.x)

    def solve(self, question: Variant) -> Answer:
        """The best answer to a question, its sums of squares to tolerance; what the solver claims if there is none.

        Its `x` and `y` have an entry more for each column and row that the question adds.
        """
        (answer,) = self.solve_all([question])
        return answer

    def solve_all(self, questions: Iterable[Variant]) -> list[Answer]:
        """The best answer to each question, in their order, solved side by side where there are workers."""
        alone = self.workers == 1 or (isinstance(questions, Sequence) and len(questions) == 1)
        if self.pool is None and alone:
            answers = [self.solver.solve(question) for question in questions]
        elif self.pool is None:
            with Pool(self.workers, self.planner.solve_limit, self.planner.deadline) as pool:
                answers = self._by(pool, questions)
        else:
            answers = self._by(self.pool, questions)
        self.solves += len(answers)
        return answers

    def _by(self, pool: Pool, questions: Iterable[Variant]) -> list[Answer]:
        """Answers found by workers, in the order of the questions."""
        if not isinstance(questions, Sequence):
            pool.warm_up(pool.most)
        solved = pool.solve(self.program, self.start, _numbered(questions))
        found = {int(question.name[0]): answer for question, answer in solved}
        return [found[number] for number in range(len(found))]

    def least_cost(self, question: Variant) -> float:
        """The least cost under a question, USD.

        Raises
        ------
        SolveError
            If there is no answer with a certificate.
        """
        return proved_cost(self.solve(question))

    def costs_nothing(self, question: Variant) -> bool:
        """Whether this answer's own proof shows that it stays best under a question, so that nothing need be solved."""
        return certify(self.arrays_of(question), self.outcome.answer.x, self.outcome.answer.y).holds


def proved_cost(answer: Answer) -> float:
    """The cost of the answer to a question, USD.

    Raises
    ------
    SolveError
        If it has no certificate.
    """
    return answer.proof("a question could not be answered").objective


def _numbered(questions: Iterable[Variant]) -> Iterator[Variant]:
    """Questions, each named by its number."""
    for number, question in enumerate(questions):
        yield replace(question, name=(str(number),))
