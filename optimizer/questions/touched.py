"""The best plan that leaves all but some suppliers as they are today, by branching, with a proved bound.

A node leaves some suppliers as they are and lets others change; it is a linear programme with a proof of its own. The
least of what the proofs of the leaves say is a bound that no plan that touches so few undercuts (Land and Doig,
Econometrica 28, 1960). No constant has to say how much a supplier could change at most.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from optimizer.program.answer import Answer
from optimizer.program.program import Floats
from optimizer.questions.held import Delivery
from optimizer.questions.probe import Probe

CHANGED = 1e-3
"""Tonnes over the horizon from which a way counts as changed, and its supplier as touched."""
NODES = 200
"""Linear programmes that are solved at most."""
NEAR = 1e-7
"""Part of the cost by which the bound may lie below it for a plan to count as proved."""


def changes(deliveries: Sequence[Delivery], now: Floats, x: Floats) -> dict[str, float]:
    """By how much deliveries of each supplier differ in two answers, the sum over ways and periods.

    Parameters
    ----------
    deliveries : sequence of Delivery
    now, x : array, shape (columns,)

    Returns
    -------
    dict of str to float
        t, by supplier.
    """
    found: dict[str, float] = {}
    for one in deliveries:
        found[one.way.supplier] = found.get(one.way.supplier, 0.0) + abs(one.of(x) - one.of(now))
    return found


def moved(deliveries: Sequence[Delivery], now: Floats, x: Floats) -> float:
    """What leaves in some period in one answer and not in another, or the other way round: the larger of the two, t.

    Parameters
    ----------
    deliveries : sequence of Delivery
    now, x : array, shape (columns,)
    """
    more = [one.of(x) - one.of(now) for one in deliveries]
    return max(sum(max(0.0, some) for some in more), sum(max(0.0, -some) for some in more))


@dataclass(frozen=True)
class Touched:
    """The best plan found that touches so few suppliers.

    Parameters
    ----------
    cost, bound : float
        Its cost, and what is proved that no such plan undercuts, USD.
    x : array, shape (columns,)
    programmes : int
        Linear programmes that were solved.
    """

    cost: float
    bound: float
    x: Floats
    programmes: int


@dataclass(order=True)
class _Node:
    """A part of all such plans, by the cost that none of it undercuts."""

    bound: float
    number: int
    kept: frozenset[str] = field(compare=False)
    free: frozenset[str] = field(compare=False)
    plan: _Plan = field(compare=False)


@dataclass(frozen=True)
class _Plan:
    """A proved plan: its cost, what is proved of it, and its columns."""

    cost: float
    bound: float
    x: Floats


class Touching:
    """Plans that touch few suppliers.

    Parameters
    ----------
    probe : Probe
        Of the best plan.
    deliveries : sequence of Delivery
        Those that today's plan speaks of.
    today : Answer
        Today's plan.
    """

    def __init__(self, probe: Probe, deliveries: Sequence[Delivery], today: Answer) -> None:
        self.probe, self.deliveries = probe, deliveries
        self.suppliers = frozenset(one.way.supplier for one in deliveries)
        self.today = _plan(today, today.x)
        self.plans: dict[frozenset[str], _Plan | None] = {frozenset(): _plan(probe.outcome.answer, today.x)}

    def best(self, count: int, nodes: int = NODES) -> Touched:
        """The best plan that touches so many suppliers at most; today's touches none.

        Parameters
        ----------
        count : int
        nodes : int, optional
            Linear programmes that may be solved.
        """
        best, before, lost = self.today, len(self.plans), np.inf
        root = self.plans[frozenset()]
        heap = [] if root is None else [_Node(root.bound, 0, frozenset(), frozenset(), root)]
        number = 0
        while heap and len(self.plans) - before < nodes and not _near(best.cost, min(heap[0].bound, lost)):
            node = heapq.heappop(heap)
            changed = changes(self.deliveries, self.today.x, node.plan.x)
            if touched_in(changed) <= count:
                best, lost = min(best, node.plan, key=_cost), min(lost, node.bound)
                continue
            touched = _ranked(changed, node.free)
            rounded = self._with(self.suppliers.difference(touched[:count]))
            best = best if rounded is None else min(best, rounded, key=_cost)
            if len(node.free) == count:
                lost = min(lost, node.bound if rounded is None else max(node.bound, rounded.bound))
                continue
            one = next(name for name in touched if name not in node.free)
            heapq.heappush(heap, _Node(node.bound, number + 1, node.kept, node.free | {one}, node.plan))
            kept = node.kept | {one}
            if (plan := self._with(kept)) is None:
                lost = min(lost, node.bound)  # not proved: what the node says is all that is known
            else:
                heapq.heappush(heap, _Node(max(node.bound, plan.bound), number + 2, kept, node.free, plan))
            number += 2
        bound = min([lost, *(node.bound for node in heap)])
        return Touched(best.cost, min(bound, best.cost), best.x, len(self.plans) - before)

    def _with(self, kept: frozenset[str]) -> _Plan | None:
        """The best plan in which some suppliers stay as they are today; None where none is proved."""
        if kept not in self.plans:
            rows = tuple(one.at(one.of(self.today.x)) for one in self.deliveries if one.way.supplier in kept)
            answer = self.probe.solve(self.probe.edited(rows=rows))
            self.plans[kept] = _plan(answer, self.today.x) if answer.certified else None
        return self.plans[kept]


def touched_in(changed: Mapping[str, float]) -> int:
    """How many suppliers count as touched.

    Parameters
    ----------
    changed : mapping of str to float
        As `changes` gives it.
    """
    return sum(tonnes > CHANGED for tonnes in changed.values())


def _ranked(changed: Mapping[str, float], free: frozenset[str]) -> list[str]:
    """Suppliers that may change or do: those that may first, then by how much."""
    names = [name for name, tonnes in changed.items() if tonnes > CHANGED or name in free]
    return sorted(names, key=lambda name: (name not in free, -changed[name], name))


def _plan(answer: Answer, like: Floats) -> _Plan:
    """What is proved of an answer, and its columns of the programme."""
    proof = answer.proof("a plan beside today's could not be proved")
    return _Plan(proof.objective, proof.dual_objective, answer.x[: len(like)])


def _cost(plan: _Plan) -> float:
    """By which the better of two is told."""
    return plan.cost


def _near(cost: float, bound: float) -> bool:
    """Whether a plan lies so near to a bound that it is proved."""
    return cost - bound <= NEAR * max(1.0, abs(cost))
