"""A case with its base plan, from which every scenario starts."""

from __future__ import annotations

from copy import copy
from functools import cached_property
from typing import Any, Self

from optimizer.engine.deadline import Deadline
from optimizer.engine.refine import Solver, as_found, solve_base, with_tangents_of
from optimizer.formulation.compile import parameter_vector
from optimizer.formulation.order import order_of
from optimizer.network.network import Network
from optimizer.plans.frame import Frame
from optimizer.plans.kept import Kept
from optimizer.plans.outcome import Outcome
from optimizer.plans.reference import Referring, planned_in
from optimizer.plans.solving import tightened
from optimizer.program.answer import Answer, Start
from optimizer.program.program import Floats
from optimizer.program.variant import Variant


class Based(Referring):
    """What has a network and a base plan of it, solved once, or given by whoever solved it.

    Parameters
    ----------
    deadline : Deadline
        When everything must end.
    """

    deadline: Deadline
    _start: Start | None = None

    @cached_property
    def frame(self) -> Frame:
        """What all answers share."""
        return Frame(self.network, self.program)

    @property
    def start(self) -> Start:
        """The base plan, from which every scenario starts; `plan` has it solved by a worker, and gives it here."""
        found = self._start
        if found is None:
            self.start = found = self._solved_base()
        return found

    @start.setter
    def start(self, start: Start) -> None:
        self._start = start
        self.network = planned_in(self.network, self.program, start.answer)

    def onward(self, start: Start) -> Self:
        """The same with another plan in the place of the base plan, its worlds as they are; nothing of it is kept.

        Parameters
        ----------
        start : Start
        """
        found = copy(self)
        found.kept, found._start = Kept(), start
        return found

    def based(self) -> Network:
        """The case with its base plan, in which scenarios happen; solved where nobody has."""
        if self._start is None:
            self.start = self._solved_base()
        return self.network

    def _solved_base(self) -> Start:
        """The base plan, solved in this process."""
        order = order_of(self.refer(), self.program)
        start = solve_base(self.program, parameter_vector(self.network), self.solve_limit, order=order)
        return tightened(self, start, Solver(self.program, start, self.solve_limit, self.deadline).solve)

    def parameters(self, world: Network) -> Floats:
        """The parameter vector of a world, with the tangents and the content shares that the base took."""
        return as_found(self.program, parameter_vector(world), self.start.answer)

    def variant(self, name: tuple[str, ...], world: Network, **changes: Any) -> Variant:
        """The solve of a world, with the tangents and at the content shares that the base took."""
        base = self.start.answer
        parameters = with_tangents_of(self.program, parameter_vector(world), base.tangents)
        return Variant(name, parameters, shares=base.shares if len(base.shares) else None, **changes)

    def outcome(self, world: Network, answer: Answer) -> Outcome:
        """An answer in its world, at the tangents and content shares it was found with."""
        parameters = as_found(self.program, parameter_vector(world), answer)
        return Outcome(self.frame, world, parameters, answer)
