"""Plan the rows of a study: its own world of each, from one compiled programme."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass

from optimizer.case.calendar import PREROLL
from optimizer.case.case import Case
from optimizer.engine.refine import Solver, as_found, with_tangents_of
from optimizer.engine.session import Session
from optimizer.formulation.compile import parameter_vector
from optimizer.network.network import Network
from optimizer.plans.outcome import Outcome
from optimizer.plans.plan import BASE, Planner
from optimizer.plans.solving import answered
from optimizer.program.answer import Answer, Start
from optimizer.program.variant import Variant
from optimizer.studies.designs import LoseEach, Values
from optimizer.studies.file import StudyFile
from optimizer.studies.near import Neighbours
from optimizer.studies.yields import yielding
from optimizer.world.apply import apply_scenario
from optimizer.world.events import Event
from optimizer.world.scenario import Scenario

ALONE = "news"
"""Name of what is news in a row where the study names no scenario."""
LOST: dict[str, tuple[str, ...]] = {"plants": ("capacity",), "offers": ("capacity",), "contracts": ("max_volume",)}
"""What a lost member does not give any more, by table."""
OF = {"suppliers": "company", "sites": "site", "countries": "country"}
"""Column that finds the rows of each kind of member."""


@dataclass(frozen=True)
class Found:
    """An answer to a row of a study in one scenario.

    Parameters
    ----------
    scenario, answer : str
        Its names.
    result : Answer
    outcome : Outcome or None
        None where it is not certified.
    base_cost : float
        Cost of the base plan of the row, USD.
    news : date or None
        The day of the announcement; None of a base plan.
    """

    scenario: str
    answer: str
    result: Answer
    outcome: Outcome | None
    base_cost: float
    news: dt.date | None


def members(case: Case, what: str) -> tuple[str, ...]:
    """Suppliers, sites or countries that make or sell something in a case, by name.

    Parameters
    ----------
    case : Case
    what : str
        `suppliers`, `sites` or `countries`.
    """
    where = {row.site: row for row in case.tables.sites}
    giving = {row.site for row in case.tables.plants} | {row.site for row in case.tables.offers}
    return tuple(sorted({str(getattr(where[site], OF[what])) for site in giving}))


def lost(case: Case, what: str, member: str, days: int, first: dt.date) -> tuple[Event, ...]:
    """What happens where a member is lost: it makes and sells nothing, nor delivers under contract.

    Parameters
    ----------
    case : Case
    what : str
        `suppliers`, `sites` or `countries`.
    member : str
    days : int
        For how long.
    first : date
    """
    where = {row.site: row for row in case.tables.sites}
    offers = {row.offer: row.site for row in case.tables.offers}
    theirs = {site for site, row in where.items() if str(getattr(row, OF[what])) == member}
    sites = {
        "plants": {row.site for row in case.tables.plants},
        "offers": set(offers.values()),
        "contracts": {offers[row.offer] for row in case.tables.contracts},
    }
    return tuple(
        Event.model_validate(
            {
                "what": f"{member} is lost",
                "table": table,
                "where": {OF[what]: member},
                "scale": dict.fromkeys(columns, 0),
                "from": first,
                "until": first + dt.timedelta(days=days),
            }
        )
        for table, columns in LOST.items()
        if sites[table] & theirs
    )


def happenings(study: StudyFile, case: Case, scenarios: Sequence[Scenario], number: int) -> list[Scenario]:
    """What happens in a row that is no part of its base plan.

    Parameters
    ----------
    study : StudyFile
    case : Case
    scenarios : sequence of Scenario
        Those of the study.
    number : int
        Of the row.
    """
    design = study.design
    if isinstance(design, LoseEach):
        member, days, first = design.loss(number)
        events = lost(case, design.what, member, days, first)
        return [_with(some, events) for some in scenarios] or [_alone(events, first)]
    return news_at(study, case, scenarios, design.row(number, study.factors, study.seed))


def news_at(study: StudyFile, case: Case, scenarios: Sequence[Scenario], values: Values) -> list[Scenario]:
    """What happens at values of the factors that is no part of the base plan.

    Parameters
    ----------
    study : StudyFile
    case : Case
    scenarios : sequence of Scenario
        Those of the study.
    values : dict of str to float
        Of its factors; one that is not there does nothing.
    """
    news = [some for some in study.factors if not some.is_known]
    told = next((some.announced for some in news if some.announced is not None), None)
    events = tuple(some.event(values[some.name], case) for some in news if some.name in values)
    if scenarios:
        return [_with(some, events) for some in scenarios]
    return [_alone(events, told)] if events and told is not None else []


def known_in(study: StudyFile, case: Case, number: int) -> Scenario | None:
    """What the base plan of a row is planned with; None where that is the base plan of the case.

    Parameters
    ----------
    study : StudyFile
    case : Case
    number : int
        Of the row.
    """
    values: Values = study.design.row(number, study.factors, study.seed)
    some = [factor for factor in study.factors if factor.is_known and not factor.recipe and factor.name in values]
    events = tuple(factor.event(values[factor.name], case) for factor in some)
    return _alone(events, case.calendar.start - dt.timedelta(days=PREROLL), "known") if events else None


def _alone(events: tuple[Event, ...], announced: dt.date, name: str = ALONE) -> Scenario:
    """A scenario of some events and nothing else."""
    title, first = ", ".join(event.what for event in events), min([announced, *(event.from_ for event in events)])
    found = Scenario(name=name, title=title, probability=0, announced=first, source="study", events=events)
    return _placed(found, ())


def _with(scenario: Scenario, events: tuple[Event, ...]) -> Scenario:
    """A scenario in which other events happen too, of which the buyer learns with it."""
    found = scenario.model_copy(update={"events": (*scenario.events, *events)})
    found._bundled = scenario.bundled
    return _placed(found, tuple(scenario.place(number + 1) for number in range(len(scenario.events))))


def _placed(scenario: Scenario, places: tuple[str, ...]) -> Scenario:
    """A scenario whose events know where they come from: the last ones from factors."""
    own = scenario.events[len(places) :]
    scenario._places = (*places, *(f"factor {event.what}" for event in own))
    return scenario


class RowPlanner:
    """Plans rows of a study, one after the other; none can disturb the next.

    Parameters
    ----------
    planner : Planner
        Of the case, with its base plan.
    study : StudyFile
    scenarios : sequence of Scenario
        Those of the study.
    follow : callable, optional
        Given the session that solves, once there is one.
    """

    def __init__(
        self,
        planner: Planner,
        study: StudyFile,
        scenarios: Sequence[Scenario],
        follow: Callable[[Session], None] = lambda session: None,
    ) -> None:
        self.planner, self.study, self.scenarios = planner, study, list(scenarios)
        self._follow = follow
        self.begin(())

    def begin(self, rows: Sequence[int]) -> list[int]:
        """Begin a block: with a solver that has solved nothing, as what it solved may show in the last digits.

        Parameters
        ----------
        rows : sequence of int
            Those of the block.

        Returns
        -------
        list of int
            They in the order in which they are best planned.
        """
        self.solver = Solver(self.planner.program, self.planner.start, self.planner.solve_limit)
        self.neighbours = Neighbours(self.study, rows)
        self._other: tuple[Values, Planner, Solver] | None = None
        self._follow(self.solver.session)
        return self.neighbours.order()

    def _at(self, number: int) -> tuple[Planner, Solver]:
        """What a row is planned by: where recipes yield something else, a programme of its own, compiled for that."""
        study, base = self.study, self.planner
        named = {some.name for some in study.factors if some.recipe is not None}
        given = {} if not named else study.design.row(number, study.factors, study.seed)
        yields = {name: value for name, value in given.items() if name in named}
        if not yields:
            return base, self.solver
        if self._other is None or self._other[0] != yields:
            other = Planner(yielding(base.case, study.factors, yields), base.solve_limit)
            other.choose(self.scenarios)
            if base.network.reference is not None:
                other.network = other.network.referring(base.network.reference)
            other = starting(other, other.network, base.start.answer)
            self._other = yields, other, Solver(other.program, other.start, other.solve_limit)
        self._follow(self._other[2].session)
        return self._other[1:]

    def _beside(self, number: int, solver: Solver) -> Callable[[Variant], Answer]:
        """What solves variants of a row, each from the nearest answer to one like it that is known."""

        def solve(variant: Variant) -> Answer:
            if variant.basis is not None:  # it goes on from where one ended
                return solver.solve(variant)
            answer = solver.solve(variant, self.neighbours.nearest(number, variant.name))
            if answer.certified:
                self.neighbours.add(number, variant.name, answer)
            return answer

        return solve

    def row(self, number: int) -> Iterator[Found]:
        """Plan a row: its base plan, where that is its own, then every scenario.

        Parameters
        ----------
        number : int
        """
        case, (planner, solver) = self.planner.case, self._at(number)
        known = known_in(self.study, case, number)
        if known is not None or planner is not self.planner:
            world = planner.network.planned(None)
            if known is not None:
                world = world.patched(apply_scenario(known, world.timelines, planner.selector))
            tangents = planner.start.answer.tangents
            plain = Variant(BASE, with_tangents_of(planner.program, parameter_vector(world), tangents))
            answer = answered(planner, world, plain, self._beside(number, solver))
            if not answer.certified:
                yield from self._without_base(number, answer)
                return
            planner = starting(planner, world, answer)
            solver = solver.starting(planner.start)
            yield Found(*BASE, answer, planner.outcome(world, answer), answer.cost, None)
        cost = planner.start.answer.cost
        for scenario in happenings(self.study, case, self.scenarios, number):
            world = planner.network.patched(apply_scenario(scenario, planner.network.timelines, planner.selector))
            for variant in planner.variants(scenario, world, self.study.answers):
                told = world if "foresight" in variant.name else world.told(scenario.announced)
                answer = answered(planner, told, variant, self._beside(number, solver))
                outcome = planner.outcome(told, answer) if answer.certified else None
                for name in variant.name[1:]:
                    yield Found(scenario.name, name, answer, outcome, cost, scenario.announced)

    def _without_base(self, number: int, answer: Answer) -> Iterator[Found]:
        """A row whose base plan is not proved, so that nothing in it is."""
        nothing = float("nan")
        yield Found(*BASE, answer, None, nothing, None)
        for scenario in happenings(self.study, self.planner.case, self.scenarios, number):
            for name in self.study.answers:
                yield Found(scenario.name, name, Answer("failed", reason="no base plan"), None, nothing, None)


def starting(planner: Planner, world: Network, answer: Answer) -> Planner:
    """A planner of the same case with another world of it as its base, and the plan of that.

    Parameters
    ----------
    planner : Planner
    world : Network
    answer : Answer
        Certified, to the base plan in that world.
    """
    found = copy(planner)
    found.network = world
    found.start = Start(planner.program.arrays(as_found(planner.program, parameter_vector(world), answer)), answer)
    return found
