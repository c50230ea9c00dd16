"""What licences are a share of, read from the plan that knows none."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from optimizer.engine.refine import solve_base
from optimizer.formulation.compile import compile_network, parameter_vector
from optimizer.formulation.order import order_of
from optimizer.network.licensed import Licensed
from optimizer.network.network import Floats, Network
from optimizer.network.reference import Reference
from optimizer.network.sets import Lane
from optimizer.plans.kept import Kept
from optimizer.program.answer import Answer, Start
from optimizer.program.program import Program

REFERENCE = ("base", "reference")
"""The plan with export and content licences lifted: no answer to anything, but what licences are a share of."""
BEGUN = 1e-9
"""Share of a project from which it counts as begun; less is rounding."""
Solve = Callable[[Program, Network], Start]
"""Gives the plan of a programme in a world."""


class Referring:
    """What has a network whose licences are shares of its own plan without them, solved once.

    Parameters
    ----------
    network : Network
    kept : Kept
        What was found of the case before.
    solve_limit : float
        Seconds one solve may take.
    """

    network: Network
    kept: Kept
    solve_limit: float

    @cached_property
    def program(self) -> Program:
        """The programme, compiled; as it is kept, where it is."""
        if (found := self.kept.program()) is None:
            self.kept.keep_program(found := compile_network(self.network))
        return found

    @cached_property
    def lifted(self) -> Start | None:
        """The plan with export and content licences lifted; none where there is nothing to license."""
        return self._lifted(self._solved)

    def _solved(self, program: Program, network: Network) -> Start:
        """A base plan, chosen among its equals, solved in this process."""
        order = order_of(network, program)
        return solve_base(program, parameter_vector(network), self.solve_limit, order=order)

    def _lifted(self, solve: Solve) -> Start | None:
        """The same, solved by something."""
        licensed = bool(self.network.index["licences"])
        return solve(self.program, self.network.referring(None)) if licensed else None

    def refer(self, solve: Solve | None = None) -> Network:
        """Take what licences are a share of from the plan that knows none, once and for every scenario.

        Parameters
        ----------
        solve : callable, optional
            Gives that plan: of a programme, in a world. By default it is solved in this process.

        Returns
        -------
        Network
            The case as the rules in force stand.
        """
        if self.network.reference is None:
            if solve is not None:
                self.lifted = self._lifted(solve)
            if self.lifted is not None:
                self.network = self.network.referring(reference_of(self.network, self.program, self.lifted.answer))
        return self.network


def reference_of(network: Network, program: Program, answer: Answer) -> Reference:
    """The reference that a plan is.

    Parameters
    ----------
    network : Network
        The case.
    program : Program
        Of it.
    answer : Answer
        With export and content licences lifted.
    """
    return Reference.of(network.structure, _shipped(network, program, answer))


def planned_in(network: Network, program: Program, answer: Answer) -> Network:
    """A world whose scenarios know what its base plan begins, and ships where no licence restricts it.

    Parameters
    ----------
    network : Network
        The case as it is planned.
    program : Program
        Of it.
    answer : Answer
        Its base plan.
    """
    begun = {(str(key[0]), int(key[1])) for place, key in program.columns_at("start") if answer.x[place] > BEGUN}
    if network.reference is None:
        return network.planned(None, frozenset(begun))
    place = {lane: number for number, lane in enumerate(network.index["lanes"])}
    lanes, shipped = network.structure.licensing.lanes.values(), _shipped(network, program, answer)
    tonnes = np.array([shipped[[place[lane] for lane in some]].sum(axis=0) for some in lanes])
    free = Licensed(network, network.reference).wholly_free
    return network.planned(np.where(free, tonnes.reshape(free.shape), 0.0), frozenset(begun))


def _shipped(network: Network, program: Program, answer: Answer) -> Floats:
    """What leaves on each lane, in the order of the index set, t, shape (lanes, T)."""
    shipped = np.zeros((len(network.index["lanes"]), len(network.periods)))
    place = {lane: number for number, lane in enumerate(network.index["lanes"])}
    for column, key in program.columns_at("ship"):
        shipped[place[Lane(*key[:-1])], key[-1]] = answer.x[column]
    return np.maximum(0.0, shipped)
