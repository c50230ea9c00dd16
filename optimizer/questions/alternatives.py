"""Other plans at nearly the least cost, and the best plan that stays near the one there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.case.stages import MEASURED
from optimizer.plans import summary
from optimizer.plans.cost import Amounts
from optimizer.plans.flows import Who
from optimizer.plans.lasting import Cover
from optimizer.plans.outcome import TOLERANCE, Outcome, Shares
from optimizer.plans.plan import BASE, Plans
from optimizer.plans.schema import Column, Columns, count, flag, number, word
from optimizer.plans.summary import COUNTRY
from optimizer.program.answer import Answer
from optimizer.program.program import Floats
from optimizer.program.variant import Column as Added
from optimizer.program.variant import Row
from optimizer.questions.probe import Probe

USED = 1.0
"""Tonnes over the horizon from which a supplier counts as used."""
ROUNDS = 6
"""Times the suppliers used little are made dearer, to be rid of them."""
SCALE = 1e-3
"""Money in the row that bounds the cost, so that its entries are like the others'."""


@dataclass(frozen=True)
class Alternative:
    """A plan at nearly the least cost.

    Parameters
    ----------
    goal : str
        What it is best at.
    proved : bool
        Whether no plan within the cost is better at it; fewest suppliers is searched for, and not proved.
    outcome : Outcome
    """

    goal: str
    proved: bool
    outcome: Outcome


class Choices:
    """Goals and bounds over the columns of one answer.

    Parameters
    ----------
    probe : Probe
    """

    def __init__(self, probe: Probe) -> None:
        self.probe = probe
        self.count = len(probe.start.answer.x)

    def country(self, stage: str, country: str) -> Floats:
        """Tonnes of a country at a stage, as a goal.

        Parameters
        ----------
        stage : str
        country : str
            By its code.

        Returns
        -------
        array, shape (columns,)
            Tonnes of the country in a unit of each column.
        """
        flows = self.probe.outcome.frame.stages[stage]
        mine = (flows.who[Who.country] == country).to_numpy()
        return self._goal(flows.columns[mine], flows.tonnes[mine])

    def stock(self) -> Floats:
        """Less stock of what is wanted at the buyer's plants, day by day, as a goal: most stock is least of it."""
        wanted = {(key.site, key.product) for key in self.probe.outcome.frame.structure.index["demands"]}
        lengths = self.probe.planner.case.calendar.lengths
        kept = [
            (place, -float(lengths[key[-1]]))
            for place, key in self.probe.program.columns_at("stock")
            if (key[0], key[1]) in wanted
        ]
        return self._goal(np.array([place for place, _ in kept], int), np.array([value for _, value in kept]))

    def suppliers(self, stage: str) -> dict[str, tuple[NDArray[np.int64], Floats]]:
        """Columns of every supplier at a stage, and tonnes of a unit of each."""
        flows = self.probe.outcome.frame.stages[stage]
        found = {}
        for name, rows in flows.who.groupby(Who.supplier).indices.items():
            if name:
                found[str(name)] = flows.columns[rows], flows.tonnes[rows]
        return found

    def volumes(self, stage: str, x: Floats) -> dict[str, float]:
        """Tonnes of every supplier at a stage over the horizon.

        Parameters
        ----------
        stage : str
        x : array, shape (columns,)
            An answer.
        """
        return {name: float(x[columns] @ tonnes) for name, (columns, tonnes) in self.suppliers(stage).items()}

    def _goal(self, columns: NDArray[np.int64], values: Floats) -> Floats:
        """A cost of every column."""
        goal = np.zeros(self.count)
        np.add.at(goal, columns, values)
        return goal

    def within(self, share: float) -> Row:
        """The cost stays within so much of the least."""
        costs = self.probe.arrays_of(self.probe.as_it_is).cost * SCALE
        priced = np.flatnonzero(np.abs(costs) > 1e-8)
        return Row(priced, costs[priced], -np.inf, self.probe.cost * (1 + share) * SCALE)

    def best(self, goals: Sequence[Floats], rows: Sequence[Row], columns: Sequence[Added] = ()) -> list[Answer]:
        """The best answer at each goal in a programme with rows and columns added, as one of the programme itself.

        Under another goal a warm start is slow: each starts from scratch.

        Parameters
        ----------
        goals : sequence of array, shape (columns,)
            Cost of a unit of each column of the programme, made least.
        rows : sequence of Row
            Added to the programme.
        columns : sequence of Added, optional
            Added to it, at no cost.

        Returns
        -------
        list of Answer
            One per goal, in their order.

        Raises
        ------
        SolveError
            If there is none with a certificate.
        """
        free = np.zeros(len(columns))
        asked = [
            self.probe.edited(rows=tuple(rows), columns=tuple(columns), cost=np.concatenate([goal, free]), warm=False)
            for goal in goals
        ]
        found = []
        for question, answer in zip(asked, self.probe.solve_all(asked), strict=True):
            answer.proof("an alternative could not be found")
            x, y = question.taken_back(answer.x, answer.y)
            found.append(replace(answer, x=x, y=y, basis=None))
        return found

    def outcome(self, answer: Answer) -> Outcome:
        """An answer of this plan's network."""
        one = self.probe.outcome
        return Outcome(one.frame, one.network, one.parameters, answer)


def alternatives(probe: Probe, within: float = 0.01, country: str = COUNTRY) -> list[Alternative]:
    """Plans within a share of the least cost, each as far as it can go towards another goal.

    Parameters
    ----------
    probe : Probe
        Of the plan to depart from.
    within : float
        Share of the least cost that may be added.
    country : str
        Whose part is made least, stage by stage.

    Returns
    -------
    list of Alternative
        Least of the country at each stage, most stock, and fewest suppliers of magnets.

    Raises
    ------
    SolveError
        If one cannot be proved.
    """
    choices = Choices(probe)
    near = choices.within(within)
    stages = [stage for stage in MEASURED if stage in probe.outcome.frame.stages]
    goals = {f"least {country} at {stage}": choices.country(stage, country) for stage in stages}
    goals["most stock"] = choices.stock()
    answers = choices.best(list(goals.values()), [near])
    found = [Alternative(goal, True, choices.outcome(answer)) for goal, answer in zip(goals, answers, strict=True)]
    few = choices.outcome(_few(choices, stages[-1], near))
    found.append(Alternative(f"few suppliers at {stages[-1]}", False, few))
    return found


def _few(choices: Choices, stage: str, near: Row) -> Answer:
    """A plan with few suppliers: those used little are made dearer round by round.

    Candes, E. J., Wakin, M. B., Boyd, S. P. (2008), Enhancing sparsity by reweighted l1 minimization, Journal of
    Fourier Analysis and Applications 14, 877-905.
    """
    suppliers = choices.suppliers(stage)

    def rounds() -> Iterator[Answer]:
        volumes = choices.volumes(stage, choices.probe.start.answer.x)
        for _ in range(ROUNDS):
            goal = np.zeros(choices.count)
            for name, (columns, tonnes) in suppliers.items():
                np.add.at(goal, columns, tonnes / (volumes[name] + USED))
            (answer,) = choices.best([goal], [near])
            yield answer
            now = choices.volumes(stage, answer.x)
            if all(abs(now[name] - volumes[name]) < USED for name in now):
                return
            volumes = now

    return min(rounds(), key=lambda answer: used(choices.volumes(stage, answer.x)))


def used(volumes: dict[str, float]) -> int:
    """How many suppliers count as used."""
    return sum(tonnes >= USED for tonnes in volumes.values())


@dataclass(frozen=True)
class Near:
    """The best plan for a scenario that stays near the base plan.

    Parameters
    ----------
    outcome : Outcome
    moved : float
        Share of the base plan's tonnes at the stage that goes to other suppliers.
    added, dropped : list of str
        Suppliers used that were not, and not used that were.
    proved : bool
        Whether no nearer plan is cheaper; with a bound on the number of suppliers it is not.
    free_cost : float
        Least cost without any bound on the change, USD.
    """

    outcome: Outcome
    moved: float
    added: list[str]
    dropped: list[str]
    proved: bool
    free_cost: float


def stay_near(
    plans: Plans, scenario: str = "base", *, stage: str = "magnet", moved: float = 0.1, suppliers: int | None = None
) -> Near:
    """The best plan for a scenario known from the start that changes the base plan little.

    Parameters
    ----------
    plans : Plans
        With the foresight answer of the scenario.
    scenario : str
    stage : str
        Stage whose suppliers count.
    moved : float
        Share of the base plan's tonnes at the stage that may go to other suppliers: half the sum of all changes.
    suppliers : int, optional
        How many suppliers may be added or dropped; those that change most in the best plan without this bound are
        taken, so a better choice of them may exist.

    Returns
    -------
    Near

    Raises
    ------
    SolveError
        If none can be proved.
    """
    probe = Probe(plans, scenario, "foresight")
    choices = Choices(probe)
    base = choices.volumes(stage, plans.outcomes[BASE].answer.x)
    cost = probe.arrays_of(probe.as_it_is).cost
    bounds, columns = _moved(choices, stage, base, moved * sum(base.values()))
    (answer,) = choices.best([cost], bounds, columns)
    if suppliers is not None:
        bounds += _kept(choices, stage, base, choices.volumes(stage, answer.x), suppliers)
        (answer,) = choices.best([cost], bounds, columns)
    now = choices.volumes(stage, answer.x)
    return Near(
        choices.outcome(answer),
        sum(abs(now[name] - base[name]) for name in now) / 2 / max(sum(base.values()), TOLERANCE),
        sorted(name for name in now if now[name] >= USED > base[name]),
        sorted(name for name in now if base[name] >= USED > now[name]),
        suppliers is None,
        probe.cost,
    )


def _moved(choices: Choices, stage: str, base: dict[str, float], tonnes: float) -> tuple[list[Row], list[Added]]:
    """What suppliers gain and lose against a plan stays within tonnes each.

    A column for the gain and one for the loss of every supplier, and the bounds on their sums.
    """
    first = len(choices.probe.program.row_names)
    nothing = np.zeros(0, np.int64)
    rows, columns = [Row(nothing, np.zeros(0), -np.inf, tonnes)] * 2, []
    for name, (places, amounts) in choices.suppliers(stage).items():
        place = first + len(rows)
        rows.append(Row(places, amounts, base[name], base[name]))
        columns += [Added((first, place), (1.0, -1.0)), Added((first + 1, place), (1.0, 1.0))]
    return rows, columns


def _kept(choices: Choices, stage: str, base: dict[str, float], now: dict[str, float], count: int) -> Iterator[Row]:
    """All but the suppliers that change most stay used or unused."""
    changed = [name for name in now if (now[name] >= USED) != (base[name] >= USED)]
    free = set(sorted(changed, key=lambda name: -abs(now[name] - base[name]))[:count])
    for name, (columns, tonnes) in choices.suppliers(stage).items():
        if name in free:
            continue
        if base[name] >= USED:
            yield Row(columns, tonnes, USED, np.inf)
        else:
            yield Row(columns, tonnes, -np.inf, base[name])


class Compared(Columns):
    """Columns of `compared`, without those of `at_stage`."""

    goal = word("what the plan is best at")
    proved = flag("whether no plan within the cost is better at it")
    cost_usd = Amounts.cost_usd
    cash_usd = Amounts.cash_usd
    penalties_usd = Amounts.penalties_usd
    extra_share = number("part of the least cost", "by how much it costs more", empty=True)
    mean_stock_days = number("days of use", "stock on the mean of all products and periods", empty=True)


class AtStage(NamedTuple):
    """Columns of `compared` on one stage."""

    country_share: Column
    suppliers: Column


def at_stage(stage: str) -> AtStage:
    """The columns of `compared` on one stage."""
    return AtStage(
        summary.at_stage(stage).country_share,
        count("suppliers", f"suppliers used at the stage {stage}").named(f"{stage}_suppliers"),
    )


def compared(found: Sequence[Alternative], base: Outcome) -> pd.DataFrame:
    """Alternatives beside the plan of least cost.

    Parameters
    ----------
    found : sequence of Alternative
    base : Outcome
        The plan of least cost.

    Returns
    -------
    DataFrame
        One row per plan: columns of `Compared`, those of `at_stage` for every stage of the network before the last.
    """
    it = Compared
    rows: list[dict[str, Any]] = []
    for goal, proved, outcome in [("least cost", True, base), *((a.goal, a.proved, a.outcome) for a in found)]:
        row: dict[Column, Any] = {
            it.goal: goal,
            it.proved: proved,
            it.cost_usd: outcome.cost,
            it.cash_usd: outcome.cash,
            it.penalties_usd: outcome.penalties,
            it.extra_share: outcome.cost / base.cost - 1 if base.cost else float("nan"),
        }
        table = outcome.shares
        whole = table[(table[Shares.by] == "supplier") & (table[Shares.year] == "all") & (table[Shares.tonnes] >= USED)]
        for stage in outcome.frame.stages:
            at = at_stage(stage)
            row[at.country_share] = outcome.share_of(stage, COUNTRY)
            row[at.suppliers] = int((whole[Shares.stage] == stage).sum())
        row[it.mean_stock_days] = float(outcome.cover[Cover.days].mean()) if len(outcome.cover) else float("nan")
        rows.append({str(name): cell for name, cell in row.items()})
    return pd.DataFrame(rows)
