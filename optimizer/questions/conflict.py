"""Why a case has no plan: the policies that conflict, and the smallest change that restores one.

Only hard limits, orders that must be kept and demands that must be met can make a case infeasible. With a slack in
each of them, the least sum of slacks proves it: its certificate is the proof of infeasibility. The policies with a
price there are reduced to a smallest set by leaving out one after the other. Each is then moved alone, as little as
will do, and planned again. A sum of squared shares is drawn by its first tangents here: a conflict with one is real, a
repair of one may fall short.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace

import numpy as np

from optimizer.engine.session import Session
from optimizer.errors import SolveError
from optimizer.formulation.compile import parameter_vector
from optimizer.network.limit_keys import LimitWindow
from optimizer.network.network import Network
from optimizer.network.order_keys import Order
from optimizer.plans.cost import PENALTIES, Cost
from optimizer.plans.plan import Planner
from optimizer.plans.words import row_words
from optimizer.program.answer import Answer, Start
from optimizer.program.program import Floats, dot
from optimizer.program.variant import Column, Entries, Variant
from optimizer.questions.diagnosis import Conflict, Diagnosis, Policy, Repair
from optimizer.world.timeline import Timelines
from optimizer.world.unreached import unreached
from optimizer.world.ways import Ways

LIMITS = ("group_share", "group_volume", "group_spend", "hhi_limit")
"""Rules whose rows are hard where their limit has no penalty."""
ORDER = "order_kept"
"""The rule of orders, which are hard where they have no penalty."""
TINY = 1e-6
"""Tonnes of slack up to which a programme counts as feasible: the solver works to 1e-7."""
SHARP = 1e-9
"""The same relative to the largest bound of a policy, where that is more."""
SPEND = 1e-4
"""What a USD of slack counts, where a tonne counts 1."""
NOTHING = np.zeros(0)
"""No answer is started from: nothing is decided yet."""
ROUNDS = 60
"""Most steps towards the share that will do; each at least doubles the digits that are right."""


class Elastic:
    """A programme with a slack in every policy.

    Parameters
    ----------
    planner : Planner
    world : Network
    """

    def __init__(self, planner: Planner, world: Network) -> None:
        self.program = planner.program
        self.parameters = parameter_vector(world)
        self.bound_at = {key: n for n, (name, key) in enumerate(self.program.parameter_names) if name == "limit_value"}
        self.arrays = self.program.arrays(self.parameters)
        self.labels = [planner.case.calendar.label(period) for period in planner.case.calendar.periods]
        self.policies = [*self._limits(world), *self._orders(world), *self._demands(world)]
        self.rows = np.array([policy.place for policy in self.policies if policy.rule != "demand"], int)
        self.signs = np.array([1.0 if p.sense == "at_least" else -1.0 for p in self.policies if p.rule != "demand"])
        slacks = tuple(Column((int(n),), (sign,)) for n, sign in zip(self.rows, self.signs.tolist(), strict=True))
        self.plain = Variant(("conflict",), self.parameters, columns=slacks)
        self.soft = self.plain.arrays(self.program, NOTHING)
        columns = len(self.arrays.cost)
        self.slack = [
            policy.place if policy.rule == "demand" else columns + int(np.flatnonzero(self.rows == policy.place)[0])
            for policy in self.policies
        ]
        self.session = Session(self.soft, planner.solve_limit)
        self.start: Start | None = None
        bounds = (p.value * (SPEND if p.unit == "USD" else 1.0) for p in self.policies if np.isfinite(p.value))
        self.tiny = max(TINY, SHARP * max(bounds, default=0.0))

    def _limits(self, world: Network) -> list[Policy]:
        """Hard limits, window by window."""
        values = dict(zip(world.index["limit_windows"], world.value("limit_value").tolist(), strict=True))
        rows = {window.key: window.row for window in world.structure.windows}
        found = []
        for rule in LIMITS:
            for place, name in self.program.rows_at(rule):
                key = LimitWindow(*name)
                row = rows[key]
                if row.penalty is None:
                    unit = {"volume": "t", "spend": "USD"}.get(row.measure, "of share")
                    told = row_words(rule, key, self.labels)
                    found.append(Policy(told, rule, place, values[key], row.sense, unit, row.limit, key.window))
        return found

    def _orders(self, world: Network) -> list[Policy]:
        """Orders that must be kept, period by period."""
        tonnes = dict(zip(world.index["orders"], world.value("ordered_before").tolist(), strict=True))
        found = []
        for place, name in self.program.rows_at(ORDER):
            key = Order(*name)
            if self.arrays.column_upper[self.program.column_at("missed", key)] == 0:
                told, named = row_words(ORDER, key, self.labels), " / ".join(key.way)
                window = self.labels[key.period]
                found.append(Policy(told, ORDER, place, tonnes[key], "at_least", "t", named, window))
        return found

    def _demands(self, world: Network) -> list[Policy]:
        """Demands that must be met, period by period."""
        wanted = dict(zip(world.structure.timed("demands"), world.value("quantity").ravel().tolist(), strict=True))
        found = []
        for place, key in self.program.columns_at("short"):
            if key[:-1] in world.structure.must:
                told = row_words("demand_met", key, self.labels)
                named = " / ".join(str(part) for part in key[:-1])
                found.append(Policy(told, "demand", place, wanted[key], "at_least", "t", named, self.labels[key[-1]]))
        return found

    def hold(self, kept: Iterable[int]) -> Variant:
        """The programme in which some policies hold at a price of 1 for their slack, and the others not at all."""
        price = np.zeros_like(self.soft.cost)
        for number in kept:
            price[self.slack[number]] = SPEND if self.policies[number].unit == "USD" else 1.0
        return replace(self.plain, cost=price, column_upper=self._room({}))

    def strict(self, kept: Iterable[int], cost: Floats, room: Mapping[int, float] | None = None) -> Variant:
        """The programme in which some policies hold without slack, and the others not at all, at other costs.

        Parameters
        ----------
        kept : iterable of int
            Places in `policies`.
        cost : array, shape (columns + slacks,)
        room : mapping of int to float, optional
            Most slack of policies, by their place, in the unit of their row; none by default.
        """
        return replace(self.plain, cost=cost, column_upper=self._room({**dict.fromkeys(kept, 0.0), **(room or {})}))

    def _room(self, most: Mapping[int, float]) -> Entries:
        """The upper bounds of all slacks, those that have one."""
        return Entries(np.array(self.slack, int), np.array([most.get(n, np.inf) for n in range(len(self.slack))]))

    def moved(self, variant: Variant, number: int, value: float) -> Variant:
        """A variant with the bound of a limit at another value.

        Parameters
        ----------
        variant : Variant
        number : int
            Place of the limit in `policies`.
        value : float
            In the unit of its row: a share, or tonnes or USD in the window.
        """
        parameters = self.parameters.copy()
        parameters[self.bound_at[self.program.row_names[self.policies[number].place][1]]] = value
        return replace(variant, parameters=parameters)

    def least_slack(self, kept: Iterable[int]) -> Answer:
        """The least sum of slacks of some policies; above 0, its certificate proves that they conflict."""
        return self.solved(self.hold(kept))

    def answer(self, variant: Variant) -> Answer:
        """What is found, from the basis of the first answer where that is near: a far one takes longer than none."""
        return self.session.solve(variant.arrays(self.program, NOTHING), self.start, warm=None if self.start else False)

    def solved(self, variant: Variant) -> Answer:
        """A certified answer."""
        answer = self.answer(variant)
        answer.proof("the search for a conflict failed")
        if self.start is None:
            self.start = self.session.start(answer)
        return answer

    def conflicting(self, kept: Iterable[int]) -> bool:
        """Whether some policies cannot hold together."""
        return self.least_slack(kept).proof("the search for a conflict failed").objective > self.tiny


def diagnose(planner: Planner, timelines: Timelines | None = None) -> Diagnosis:
    """Find the policies that leave a case without a plan, and what would give it one.

    Parameters
    ----------
    planner : Planner
    timelines : Timelines, optional
        Of the world asked about; those of the base by default.

    Returns
    -------
    Diagnosis

    Raises
    ------
    SolveError
        If the search cannot be proved.
    """
    with suppress(SolveError):  # where there is no plan without licences either, they are not at fault
        planner.refer()
    world = planner.network if timelines is None else planner.network.patched(timelines)
    elastic = Elastic(planner, world)
    every = left = list(range(len(elastic.policies)))
    found = []
    while left and elastic.conflicting(left):
        chosen = _smallest(elastic, _support(elastic, left))
        found.append((chosen, _others(elastic, elastic.least_slack(chosen))))
        left = [number for number in left if number not in chosen]
    conflicts = []
    for chosen, others in found:
        kept = left + chosen  # the policies of other conflicts are set aside
        policies = [elastic.policies[number] for number in chosen]
        repairs = [repair for number in chosen if (repair := _repair(elastic, number, kept)) is not None]
        repairs.sort(key=lambda repair: (np.isnan(repair.cost), repair.cost))
        conflicts.append(Conflict(policies, others, repairs))
    together = _together(elastic, every) if found else []
    return Diagnosis(conflicts, together, unreached(Ways(planner.case, world.timelines)))


def _together(elastic: Elastic, every: list[int]) -> list[tuple[Policy, float]]:
    """The bounds at which all policies hold with the least sum of slacks; of a share, the share that comes about."""
    x = elastic.least_slack(every).x
    moved = []
    for number in every:
        policy, slack = elastic.policies[number], float(x[elastic.slack[number]])
        if slack > elastic.tiny:
            if policy.unit == "of share":
                key = elastic.program.row_names[policy.place][1]
                slack /= float(x[elastic.program.column_at("volume", (key[0], key[2]))])
            moved.append((policy, policy.value + (slack if policy.sense == "at_most" else -slack)))
    return moved


def _support(elastic: Elastic, among: list[int]) -> list[int]:
    """Policies that the proof of a conflict uses: those whose slack is worth something."""
    worth = elastic.soft.transposed_times(elastic.least_slack(among).y)[elastic.slack]
    return [number for number in among if abs(worth[number]) > 1e-12]


def _smallest(elastic: Elastic, chosen: list[int]) -> list[int]:
    """A conflict none of whose policies can be spared: each is left out once, and stays out if the rest conflict."""
    for number in list(chosen):
        rest = [other for other in chosen if other != number]
        if rest and elastic.conflicting(rest):
            chosen = rest
    return chosen


def _others(elastic: Elastic, answer: Answer) -> list[tuple[str, float]]:
    """Rows beside the policies that the proof of a conflict uses, and their bounds."""
    policies = {policy.place for policy in elastic.policies if policy.rule != "demand"}
    plain = ("material_balance", "demand_met", "volume_definition", "member_volume", "square_tangent")
    rows = []
    for place in np.flatnonzero(np.abs(answer.y) > 1e-9):
        rule, key = elastic.program.row_names[place]
        side = elastic.soft.row_upper[place] if answer.y[place] < 0 else elastic.soft.row_lower[place]
        if place not in policies and rule not in plain:
            rows.append((row_words(rule, key, elastic.labels), float(side)))
    return rows


def _repair(elastic: Elastic, number: int, kept: list[int]) -> Repair | None:
    """The nearest bound of one policy that restores a plan while all others hold, checked by planning with it."""
    others = [other for other in kept if other != number]
    if others and elastic.conflicting(others):
        return None
    policy = elastic.policies[number]
    value = _nearest_share(elastic, number, others) if policy.unit == "of share" else _nearest(elastic, number, others)
    return Repair(policy, value, _cost_at(elastic, number, others, value))


def _nearest(elastic: Elastic, number: int, others: list[int]) -> float:
    """The nearest bound in tonnes or USD: its own, moved by the least slack."""
    cost = np.zeros_like(elastic.soft.cost)
    cost[elastic.slack[number]] = 1.0
    answer = elastic.solved(elastic.strict(others, cost))
    slack = float(answer.x[elastic.slack[number]])
    policy = elastic.policies[number]
    return policy.value + slack if policy.sense == "at_most" else policy.value - slack


def _nearest_share(elastic: Elastic, number: int, others: list[int]) -> float:
    """The nearest share: the least (or greatest) ratio of two volumes, by Dinkelbach's method.

    Dinkelbach, W. (1967), On nonlinear fractional programming, Management Science 13(7), 492-498.
    """
    policy = elastic.policies[number]
    key = elastic.program.row_names[policy.place][1]
    volume = elastic.program.column_at("volume", (key[0], key[2]))
    sign = 1.0 if policy.sense == "at_most" else -1.0
    if policy.rule == "hhi_limit":
        squares = elastic.program.columns_at("square", key[0])
        members = [column for column, some in squares if some[2] == key[2]]
    else:
        members = [elastic.program.column_at("member", key)]
    share = policy.value
    for _ in range(ROUNDS):
        cost = np.zeros_like(elastic.soft.cost)
        cost[members] = sign
        cost[volume] = -sign * share
        x = elastic.solved(elastic.strict(others, cost)).x
        if x[volume] <= elastic.tiny:
            break
        found = float(x[members].sum() / x[volume])
        if abs(found - share) <= 1e-12:
            break
        share = found
    return share


def _cost_at(elastic: Elastic, number: int, others: list[int], value: float) -> Cost | None:
    """Cost of the plan with one policy at another bound, the others as they are; None if there is none."""
    policy = elastic.policies[number]
    cost = np.concatenate([elastic.arrays.cost, np.zeros(len(elastic.rows))])
    if policy.rule in ("demand", ORDER):
        variant = elastic.strict(others, cost, {number: policy.value - value})
    else:
        variant = elastic.moved(elastic.strict([*others, number], cost), number, value)
    answer = elastic.answer(variant)
    if answer.certificate is None or not answer.certified:
        return None
    x, _ = variant.taken_back(answer.x, answer.y)
    fines = sum(dot(elastic.program.costs[term](elastic.parameters), x) for term in PENALTIES.values())
    whole = answer.certificate.objective
    return Cost(whole, whole - fines, fines, answer.certificate)
