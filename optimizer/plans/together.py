"""The programmes of a hedge as one, solved whole or by parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Protocol

import numpy as np

from optimizer.engine.deadline import Deadline
from optimizer.engine.decompose import Parts
from optimizer.engine.refine import TOLERANCE, shortfall, with_tangents
from optimizer.network.network import Network
from optimizer.plans.news import News
from optimizer.plans.solving import Planning
from optimizer.program.answer import Answer, Start
from optimizer.program.extensive import Branch, Extensive, Flags
from optimizer.program.program import Arrays, Floats
from optimizer.program.variant import Row, Variant, with_added
from optimizer.world.scenario import Scenario

WHOLE = 4
"""Branches up to which the extensive form is solved as one."""
HEAVY = 2
"""Of more, those that stand whole in the master: of the most weight times what foresight would save in them."""


class Hedging(Planning, Protocol):
    """A case made ready to be hedged; see `Planner`."""

    deadline: Deadline

    def news(self, scenario: Scenario) -> News:
        """A scenario's announcement, and what is decided by then."""

    def variant(self, name: tuple[str, ...], world: Network, **changes: Any) -> Variant:
        """The solve of a world."""

    def reaction(self, scenario: Scenario, world: Network, answer: str = "react") -> Variant:
        """The solve of what is still to be decided once a scenario is announced."""

    def onward(self, start: Start) -> Hedging:
        """The same with another plan in the place of the base plan."""


@dataclass(frozen=True)
class Member:
    """A programme of the extensive form.

    Parameters
    ----------
    name : str
        Of its scenario; that of the base for the trunk.
    variant : Variant
        It, nothing of it held.
    decided : array of bool, shape (columns,)
        Columns that it shares with the trunk.
    weight : float
    """

    name: str
    variant: Variant
    decided: Flags
    weight: float


@dataclass(frozen=True)
class Together:
    """The extensive form of a case, solved.

    Parameters
    ----------
    members : tuple of Member
        The trunk, then the branches, each with the tangents that it took.
    whole : Extensive
    parts : Parts
        What solved it.
    answer : Answer
        To it.
    rows : tuple of Row, optional
        What the trunk is held to besides, by the columns' places in the base plan's programme.
    """

    members: tuple[Member, ...]
    whole: Extensive
    parts: Parts
    answer: Answer
    rows: tuple[Row, ...] = ()

    def again(self, rows: Sequence[Row] = (), weights: Sequence[float] | None = None) -> Answer:
        """The same solved with rows more, or at other weights, from where it ended; its sums of squares as drawn.

        Parameters
        ----------
        rows : sequence of Row
            Of the trunk's columns, by their places in the base plan's programme.
        weights : sequence of float, optional
            Of the trunk and the branches, each above 0 that was.

        Returns
        -------
        Answer
            With prices of the rows more behind those of the whole.
        """
        given = [some.weight for some in self.members] if weights is None else list(weights)
        arrays = self.whole.weighing(given).arrays()
        arrays = _held(self.whole, arrays, (*self.rows, *rows))
        found = self.parts.solve(arrays, dict(enumerate(given)))
        if found.certified or not self.parts.outside or found.status == "infeasible":
            return found
        return self.parts.as_one().solve(arrays, {})

    @property
    def shared(self) -> Flags:
        """Columns that the trunk shares with any branch."""
        return reduce(np.logical_or, (some.decided for some in self.members))


def solve_together(
    planner: Hedging,
    members: Sequence[Member],
    found: Mapping[tuple[str, str], Answer] | None = None,
    within: Sequence[int] | None = None,
    rows: Sequence[Row] = (),
) -> Together:
    """Solve the extensive form, sums of squares of each of its programmes to tolerance.

    Parameters
    ----------
    planner : Planner
    members : sequence of Member
        The trunk, then the branches.
    found : mapping of (str, str) to Answer, optional
        Reactions and foresight as far as they are known: they say which branches matter most, and where each ends
        after the base plan.
    within : sequence of int, optional
        Numbers of the branches, from 1 on, that stand whole in the master; by default all of a few, else the heaviest.
    rows : sequence of Row, optional
        What the trunk is held to besides; see `Together`.

    Returns
    -------
    Together
    """
    program, base, known = planner.program, planner.start.answer, found or {}
    within = _heavy(members, known) if within is None else within
    parts: Parts | None = None
    while True:
        trunk, *others = [some.variant.arrays(program, base.x) for some in members]
        branches = [Branch(at, some.decided, some.weight) for at, some in zip(others, members[1:], strict=True)]
        whole = Extensive(trunk, members[0].weight, branches)
        arrays, weights = (
            _held(whole, whole.arrays(), rows),
            {number: some.weight for number, some in enumerate(members)},
        )
        if parts is None or parts.outside:  # new tangents are rows that the cuts do not know
            parts = Parts(arrays, whole.owner, weights, within, planner.solve_limit, planner.deadline)
        hint = None
        if parts.outside and base.basis is not None:
            ends = [known[key].basis if (key := (some.name, "react")) in known else None for some in members[1:]]
            hint = whole.hint(base.basis, ends)
        answer = parts.solve(arrays, weights, whole.spread(base.x) if parts.outside else None, hint)
        if not answer.certified and parts.outside and answer.status != "infeasible":
            parts = parts.as_one()
            answer = parts.solve(arrays, weights)
        pieces = [whole.part(answer.x, number, base.x) for number in range(len(members))] if answer.certified else []
        gone = pieces[0:1] if members[0].weight > 0 else []
        short = [some for some in (*gone, *pieces[1:]) if shortfall(program, some) > TOLERANCE]
        if not short:
            return Together(tuple(members), whole, parts, answer, tuple(rows))
        members = [_cut_off(planner, some, part) for some, part in zip(members, pieces, strict=True)]


def _held(whole: Extensive, arrays: Arrays, rows: Sequence[Row]) -> Arrays:
    """The whole with rows of the trunk's columns below."""
    at = whole.at(0)
    return with_added(arrays, [Row(at[row.columns], row.values, row.lower, row.upper) for row in rows], ())


def _heavy(members: Sequence[Member], found: Mapping[tuple[str, str], Answer]) -> list[int]:
    """Numbers of the branches that stand whole in the master."""
    branches = dict(enumerate(members[1:], 1))
    if len(branches) <= WHOLE:
        return list(branches)

    def saved(number: int) -> tuple[float, float]:
        some = branches[number]
        react, foresight = (found.get((some.name, answer)) for answer in ("react", "foresight"))
        if react is None or foresight is None or not (react.certified and foresight.certified):
            return float("inf"), some.weight
        return some.weight * (react.cost - foresight.cost), some.weight

    return sorted(branches, key=saved, reverse=True)[:HEAVY]


def _cut_off(planner: Hedging, member: Member, x: Floats) -> Member:
    """A programme with tangents at its answer, where its squares are drawn too low."""
    if member.weight == 0 or shortfall(planner.program, x) <= TOLERANCE:
        return member
    parameters = with_tangents(planner.program, member.variant.parameters, x)
    return replace(member, variant=replace(member.variant, parameters=parameters))
