"""Every answer as it is found: planned, traced, and planned again where content across stages asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from optimizer.engine.pool import Pool, solve_all
from optimizer.engine.refine import as_found, at_answer
from optimizer.engine.stages import chosen
from optimizer.formulation.compile import parameter_vector
from optimizer.formulation.order import order_of
from optimizer.network.network import Network
from optimizer.plans.asked import Planned
from optimizer.plans.frame import Frame
from optimizer.plans.kept import Kept
from optimizer.plans.reference import REFERENCE
from optimizer.plans.refusal import refused_by
from optimizer.plans.tightening import Rounds, Tightening
from optimizer.program.answer import Answer, Start
from optimizer.program.program import Program
from optimizer.program.variant import Variant
from optimizer.world.scenario import Scenario

BASE = ("base", "base")


class Bases(Protocol):
    """A case that has a base plan; see `Based`."""

    network: Network
    kept: Kept
    solve_limit: float

    @property
    def program(self) -> Program:
        """The programme, compiled."""

    @property
    def frame(self) -> Frame:
        """What all answers share."""

    @property
    def start(self) -> Start:
        """The base plan."""

    def refer(self, solve: Callable[[Program, Network], Start]) -> Network:
        """Take what licences are a share of from the plan without them, solved by something."""


class Planning(Bases, Protocol):
    """A case made ready to be planned; see `Planner`."""

    def variants(self, scenario: Scenario, world: Network, answers: Sequence[str]) -> list[Variant]:
        """One solve per answer to a scenario."""


def tightened(planner: Bases, start: Start, solve: Callable[[Variant], Answer]) -> Start:
    """The base plan, its content kept across stages.

    Parameters
    ----------
    planner : Bases
    start : Start
        The base plan as it was solved.
    solve : callable
        Solves a variant of it.
    """
    parameters = parameter_vector(planner.network)
    tightening = Tightening(planner.frame, planner.network, Variant(BASE, parameters))
    rounds, answer = tightening.rounds(), start.answer
    after: Variant | Answer = next(rounds)
    while isinstance(after, Variant):
        after = _after(rounds, answer)
        if isinstance(after, Variant):
            answer = _in_order(planner, after, solve(after))
    if not len(after.shares):
        return Start(start.arrays, after)
    return Start(planner.program.arrays(as_found(planner.program, parameters, after)), after)


def _in_order(planner: Bases, variant: Variant, answer: Answer) -> Answer:
    """Of the base plans that cost as little the one that the order keeps, where a variant of the base was solved."""
    if not answer.certified:
        return answer
    arrays = at_answer(planner.program, variant, answer).arrays(planner.program, answer.x)
    return chosen(arrays, answer, order_of(planner.network, planner.program), planner.solve_limit)


def answered(planner: Planning, world: Network, variant: Variant, solve: Callable[[Variant], Answer]) -> Answer:
    """The answer to one variant, its content kept across stages.

    Parameters
    ----------
    planner : Planning
    world : Network
        In which it is planned.
    variant : Variant
    solve : callable
        Solves a variant.
    """
    tightening = Tightening(planner.frame, world, variant)
    rounds = tightening.rounds()
    after: Variant | Answer = next(rounds)
    while isinstance(after, Variant):
        after = _after(rounds, solve(after))
    return tightening.looked_over(after)


def base_plan(planner: Planning, pool: Pool) -> Start:
    """The base plan, and before it the reference of licences: as they are kept, or solved by a worker.

    Parameters
    ----------
    planner : Planning
    pool : Pool
    """

    def keep_content(start: Start) -> Start:
        return tightened(planner, start, lambda some: next(answer for _, answer in pool.solve(program, start, [some])))

    planner.refer(lambda some, at: planner.kept.start(pool, some, at, REFERENCE))
    program, parameters = planner.program, parameter_vector(planner.network)
    start = planner.kept.start(pool, program, planner.network, BASE, keep_content)
    tightening = Tightening(planner.frame, planner.network, Variant(BASE, parameters))
    return replace(start, answer=tightening.looked_over(start.answer))


def solved(
    planner: Planning,
    worlds: Iterable[tuple[Scenario, Network]],
    answers: Sequence[str],
    *,
    workers: int | None = None,
    pool: Pool | None = None,
) -> Iterator[Planned]:
    """Plan scenarios in their worlds; see `Planner.stream`. Refused numbers are traced to their events.

    Parameters
    ----------
    planner : Planning
    worlds : iterable of Scenario and Network
        Taken one by one.
    answers : sequence of str
    workers : int, optional
    pool : Pool, optional

    Yields
    ------
    Planned
        In the order they finish.
    """
    open_: dict[tuple[str, ...], tuple[Scenario, Network, Tightening, Rounds]] = {}

    def asked() -> Iterator[tuple[Scenario, Variant]]:
        for scenario, world in worlds:
            for variant in planner.variants(scenario, world, answers):
                told = world if "foresight" in variant.name else world.told(scenario.announced)
                tightening = Tightening(planner.frame, told, variant)
                rounds = tightening.rounds()
                open_[variant.name] = scenario, told, tightening, rounds
                yield scenario, next(rounds)

    def follow(variant: Variant, answer: Answer) -> Variant | Answer:
        return _after(open_[variant.name][-1], answer)

    how: dict[str, Any] = {"workers": workers, "solve_limit": planner.solve_limit, "pool": pool, "follow": follow}
    solve = partial(solve_all, planner.program, planner.start, **how)
    for variant, answer in planner.kept.solved(planner.program, asked(), solve, planner.start.answer.x):
        scenario, world, tightening, _ = open_.pop(variant.name)
        if answer.status == "refused":
            where = refused_by(planner.program, scenario, world, variant.parameters)
            answer = replace(answer, reason=f"{where}: {answer.reason}")
        for name in variant.name[1:]:
            yield Planned(scenario, name, world, tightening.looked_over(answer))


def _after(rounds: Rounds, answer: Answer) -> Variant | Answer:
    """What is to be solved after an answer, or the answer that is left."""
    try:
        return rounds.send(answer)
    except StopIteration as end:
        found: Answer = end.value
        return found
