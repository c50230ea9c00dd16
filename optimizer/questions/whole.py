"""A plan of whole things: suppliers qualified or not, contracts of their least volume or none, and its proved gap.

The linear plan is rounded at several thresholds, each a linear programme with a proof of its own. A branching then
closes in on the best: a node is a linear programme too, and the least of what the proofs of its leaves say is a bound
that no plan of whole things undercuts (Land and Doig, Econometrica 28, 1960).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from optimizer.errors import SolveError
from optimizer.plans.amounts import money, percent, usd
from optimizer.plans.decisions import decisions
from optimizer.plans.outcome import Outcome
from optimizer.plans.schema import COST, Columns, count, lines, number, word
from optimizer.plans.sections import Field, Section, amount
from optimizer.plans.sections import number as numbers
from optimizer.plans.to_do import things_to_do, to_do
from optimizer.program.answer import Answer
from optimizer.program.program import Floats, Ints
from optimizer.program.variant import Entries, Row, Variant
from optimizer.questions.probe import Probe

THRESHOLDS = (1e-6, 0.25, 0.5, 0.75)
"""Parts from which a thing is rounded up to a whole one."""
WHOLE = 1e-6
"""How near to none or all a part is taken for that."""
TORN = "The linear plan takes things in part: its cost is a bound."
WHOLE_ALREADY = "The linear plan takes nothing in part."
NODES = 60
"""Programmes solved by the branching, unless told."""
GAP = 1e-6
"""Part of the cost by which the bound may lie below it for the plan to count as proved."""


class Rounded(Columns):
    """Columns of how plans of whole things were found."""

    how = word("`linear`: the bound that it is; `from 25 %`: that and more rounded up; `branching`: the best")
    cost_usd = number(COST.unit, "cost of the plan; of the linear one, the proved lower bound", empty=True)
    gap = number("0 to 1", "by how much it lies above the bound that is proved in the end", empty=True)
    begun = count("projects", "begun")
    signed = count("contracts", "reserved")


@dataclass(frozen=True)
class Thing:
    """What is whole: at most one of its columns is taken, and then in full, or its one column has a least.

    Parameters
    ----------
    name : str
    columns : array of int, shape (n,)
        A project's starts by period, or what a contract reserves.
    least : float
        1 of a project; of a contract t a year.
    once : bool
        Whether one column is taken at most, and no more of it than the least.
    """

    name: str
    columns: Ints
    least: float
    once: bool

    def parts(self, x: Floats) -> Floats:
        """What of the least each column has."""
        return np.asarray(x[self.columns] / self.least)


@dataclass(frozen=True)
class Choice:
    """What a node allows of a thing.

    Parameters
    ----------
    allowed : tuple of int
        Columns of it that may be taken, by number.
    must : bool
        Whether one has to be.
    """

    allowed: tuple[int, ...]
    must: bool = False


@dataclass(order=True)
class _Node:
    """A part of all plans, by the cost that none of it undercuts."""

    bound: float
    number: int
    choices: tuple[Choice, ...] = field(compare=False)
    x: Floats = field(compare=False)


@dataclass(frozen=True)
class Whole:
    """The best plan of whole things that was found.

    Parameters
    ----------
    outcome : Outcome
    bound : float
        Proved: no plan of whole things costs less, USD.
    linear : float
        What the linear plan costs.
    table : DataFrame
        Columns of `Rounded`.
    programmes : int
        Linear programmes that were solved.
    """

    outcome: Outcome
    bound: float
    linear: float
    table: pd.DataFrame
    programmes: int

    @property
    def gap(self) -> float:
        """By how much the cost may lie above the least, as a part of it."""
        return _gap(self.outcome.cost, self.bound)


def things(probe: Probe) -> list[Thing]:
    """What is whole in a case: qualifications that are still to be begun, and contracts that have a least volume.

    What was taken in part before the news that a reaction is to stays as it is.

    Parameters
    ----------
    probe : Probe
        Of the plan.
    """
    by, found = probe.outcome.frame.structure.by, dict[str, list[int]]()
    for place, key in probe.program.columns_at("start"):
        if by.projects[key[0]].kind == "qualify":
            found.setdefault(key[0], []).append(place)
    some = [Thing(name, np.array(places, np.int64), 1.0, True) for name, places in found.items()]
    for place, key in probe.program.columns_at("reserve"):
        row = by.contracts[key[0]]
        if row.min_volume > (row.signed or 0.0):
            some.append(Thing(row.contract, np.array([place], np.int64), row.min_volume, False))
    return some if probe.fixed is None else [thing for thing in some if _is_open(thing, probe)]


def _is_open(thing: Thing, probe: Probe) -> bool:
    """Whether what is decided of a thing leaves it whole."""
    decided = probe.fixed is not None and probe.fixed[thing.columns]
    return _is_whole(np.where(decided, thing.parts(probe.outcome.answer.x), 0.0))


def whole(probe: Probe, *, nodes: int = NODES, gap: float = GAP) -> Whole:
    """The cheapest plan of whole things, as near to proved as the programmes it may solve allow.

    Parameters
    ----------
    probe : Probe
        Of the base plan.
    nodes : int, optional
        Linear programmes that the branching may solve.
    gap : float, optional
        Part of the cost at which it ends.

    Raises
    ------
    SolveError
        If no plan of whole things was found.
    """
    return _Search(probe).run(nodes, gap)


class _Search:
    """Rounding and branching."""

    def __init__(self, probe: Probe) -> None:
        self.probe, self.things = probe, things(probe)
        self.best: tuple[float, Answer, Variant] | None = None
        self.solved = 0
        self.rows: list[tuple[str, float, Answer | None]] = []

    def run(self, nodes: int, gap: float) -> Whole:
        """All of it."""
        probe, x = self.probe, self.probe.outcome.answer.x
        root = tuple(Choice(tuple(range(len(thing.columns)))) for thing in self.things)
        linear = probe.outcome.answer.proof("the linear plan has no proof").dual_objective
        self._keep(x, probe.outcome.answer, probe.as_it_is)
        for part in () if self.best else THRESHOLDS:
            answer = self._solved(self._rounded(x, root, part))
            self.rows.append((f"from {percent(part)}", answer.cost if answer else float("nan"), answer))
        bound = self._branched(_Node(linear, 0, root, x), nodes, gap)
        if self.best is None:
            raise SolveError("no plan of whole things was found: each that was tried breaks a rule that must be kept")
        cost, answer, question = self.best
        x, y = question.taken_back(answer.x, answer.y)
        one = probe.outcome
        outcome = Outcome(one.frame, one.network, one.parameters, replace(answer, x=x, y=y, basis=None))
        return Whole(outcome, min(bound, cost), linear, self._table(linear, outcome, min(bound, cost)), self.solved)

    def _branched(self, root: _Node, nodes: int, gap: float) -> float:
        """The bound when nothing is left to look at, when the best is near enough, or no more may be solved."""
        heap, counter = [root], 0
        lost = float("inf")
        while heap and not self._near(min(heap[0].bound, lost), gap) and counter < nodes:
            node = heapq.heappop(heap)
            if self._near(node.bound, gap):
                heapq.heappush(heap, node)
                break
            children = list(self._children(node))
            if not children:
                lost = min(lost, node.bound)
                continue
            for choices in children:
                counter += 1
                question = self._question(choices)
                answer = self.probe.solve(question)
                self.solved += 1
                if answer.certificate is None or not answer.certified:
                    lost = min(lost, node.bound)  # not proved: what the node says is all that is known
                    continue
                bound = max(node.bound, answer.certificate.dual_objective)
                if self._keep(answer.x, answer, question):
                    lost = min(lost, bound)
                else:
                    self._solved(self._rounded(answer.x, choices, 0.5))
                    heapq.heappush(heap, _Node(bound, counter, choices, answer.x))
        return min([lost, *(node.bound for node in heap)])

    def _near(self, bound: float, gap: float) -> bool:
        """Whether the best plan lies so near to a bound."""
        return self.best is not None and _gap(self.best[0], bound) <= gap

    def _keep(self, x: Floats, answer: Answer, question: Variant) -> bool:
        """Whether all is whole in an answer; the best such is kept."""
        if not all(_is_whole(thing.parts(x)) for thing in self.things):
            return False
        if self.best is None or answer.cost < self.best[0]:
            self.best = answer.cost, answer, question
        return True

    def _solved(self, choices: tuple[Choice, ...]) -> Answer | None:
        """The plan with everything chosen; None where none is proved."""
        question = self._question(choices)
        answer = self.probe.solve(question)
        self.solved += 1
        if not answer.certified:
            return None
        return answer if self._keep(answer.x, answer, question) else None

    def _rounded(self, x: Floats, choices: tuple[Choice, ...], part: float) -> tuple[Choice, ...]:
        """Everything chosen as it is nearest: taken where it has so much of its least, in the period with the most."""
        found = []
        for thing, choice in zip(self.things, choices, strict=True):
            parts = thing.parts(x)
            takes = choice.must or (len(choice.allowed) > 0 and float(parts.sum()) >= part)
            most = choice.allowed[int(np.argmax(parts[list(choice.allowed)]))] if takes else 0
            found.append(Choice((most,), must=True) if takes else Choice(()))
        return tuple(found)

    def _children(self, node: _Node) -> Iterator[tuple[Choice, ...]]:
        """Parts of a node, by the thing that is farthest from whole."""

        def torn(place: int) -> float:
            total = float(self.things[place].parts(node.x).sum())
            return min(total, 1 - total) if total < 1 - WHOLE else 0.0

        open_ = [place for place, thing in enumerate(self.things) if not _is_whole(thing.parts(node.x))]
        if not open_:
            return
        at = max(open_, key=lambda place: (torn(place), -place))
        choice, parts = node.choices[at], self.things[at].parts(node.x)
        if not choice.must and parts.sum() < 1 - WHOLE:
            ways = [Choice(()), Choice(choice.allowed, must=True)]
        else:
            taken = np.cumsum(parts[list(choice.allowed)])
            cut = min(int(np.searchsorted(taken, taken[-1] / 2)) + 1, len(choice.allowed) - 1)
            ways = [Choice(choice.allowed[:cut], choice.must), Choice(choice.allowed[cut:], choice.must)]
        for way in ways:
            yield (*node.choices[:at], way, *node.choices[at + 1 :])

    def _question(self, choices: tuple[Choice, ...]) -> Variant:
        """The programme that a node is."""
        shut, rows = list[int](), list[Row]()
        for thing, choice in zip(self.things, choices, strict=True):
            shut += [int(column) for number, column in enumerate(thing.columns) if number not in choice.allowed]
            lower = thing.least if choice.must else 0.0
            upper = thing.least if thing.once else np.inf
            rows.append(Row(thing.columns, np.ones(len(thing.columns)), lower, upper))
        at = np.array(shut, np.int64)
        return self.probe.edited(column_upper=Entries(at, self.probe.start.arrays.column_lower[at]), rows=tuple(rows))

    def _table(self, linear: float, outcome: Outcome, bound: float) -> pd.DataFrame:
        """How plans were found."""
        it = Rounded
        found: list[tuple[str, float, Floats | None]] = [("linear", linear, self.probe.outcome.answer.x)]
        found += [(how, cost, None if answer is None else answer.x) for how, cost, answer in self.rows]
        found.append(("best", outcome.cost, outcome.answer.x))
        return it.of(
            {
                it.how: how,
                it.cost_usd: cost,
                it.gap: float("nan") if how == "linear" else _gap(cost, bound),
                it.begun: _taken(x, (thing for thing in self.things if thing.once)),
                it.signed: _taken(x, (thing for thing in self.things if not thing.once)),
            }
            for how, cost, x in found
        )


def _taken(x: Floats | None, some: Iterable[Thing]) -> int:
    """How many things are taken, in part or whole."""
    return 0 if x is None else sum(float(thing.parts(x).sum()) > WHOLE for thing in some)


def _is_whole(parts: Floats) -> bool:
    """Whether a thing is taken in full, in one period, or not at all: of what parts of its least."""
    return bool(((parts < WHOLE) | (parts > 1 - WHOLE)).all())


def _gap(cost: float, bound: float) -> float:
    """By how much a cost lies above a bound, as a part of it."""
    return max(0.0, cost - bound) / max(1.0, abs(cost))


def whole_sections(found: Whole) -> tuple[Section, ...]:
    """A plan of whole things as it is shown: how it was found, and what it asks one to do.

    Parameters
    ----------
    found : Whole
    """
    it, scale = Rounded, money(*found.table[Rounded.cost_usd].dropna())
    proved = "proved to be the cheapest" if found.gap <= GAP else f"within {percent(found.gap, 2)} of the proved bound"
    return (
        Section(
            "whole",
            "Whole things: suppliers qualified or not, contracts of their least volume or none",
            (
                Field("plan"),
                amount(scale.unit, scale),
                numbers("above the\nproved bound", "%", lambda part: percent(part, 2)),
                numbers("projects\nbegun", "projects"),
                numbers("contracts\nsigned", "contracts"),
            ),
            tuple(tuple(line[name] for name in it.columns()) for line in lines(found.table)),
            says=f"The best costs {usd(found.outcome.cost)} and is {proved} ({usd(found.bound)}), after "
            f"{found.programmes} linear programmes. {TORN if found.programmes else WHOLE_ALREADY}",
        ),
        to_do(things_to_do(decisions(found.outcome)), of="the plan of whole things"),
    )
