"""The hedge: one set of decisions before the news, shared by every scenario of which nothing has been heard yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

import numpy as np

from optimizer.engine.pool import Pool
from optimizer.engine.refine import as_found, unchanged
from optimizer.errors import FormulationError
from optimizer.formulation.compile import parameter_vector
from optimizer.network.network import Network
from optimizer.plans.amounts import change
from optimizer.plans.asked import Planned
from optimizer.plans.solving import answered, solved
from optimizer.plans.tightening import Tightening
from optimizer.plans.together import Hedging, Member, Together, solve_together
from optimizer.program.answer import Answer, Start
from optimizer.program.extensive import Flags
from optimizer.program.program import dot
from optimizer.program.variant import Row, Variant
from optimizer.world.chances import Chances
from optimizer.world.scenario import Scenario

HEDGE = ("base", "hedge")
"""The trunk: what the hedge does as long as nothing is heard, and what it costs if nothing ever is."""


@dataclass(frozen=True)
class Hedge:
    """What was found of the hedge.

    Parameters
    ----------
    chances : Chances
    merged : tuple of str
        Scenarios that touch nothing the base plan uses or would: they count as nothing happening, so that their news is
        no all-clear.
    known : tuple of str
        Scenarios known before anything is decided: for them no answer differs from another.
    together : Together, optional
        The extensive form of the others; None where there are none.
    trunk : Answer
        What is done as long as nothing is heard, and to the end if nothing ever is.
    """

    chances: Chances
    merged: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    together: Together | None = None
    trunk: Answer = field(default_factory=lambda: Answer("uncertified"))

    @property
    def nothing(self) -> float:
        """Weight of nothing happening, scenarios that touch nothing counted in."""
        return self.chances.nothing + sum(self.chances.weights[name] for name in self.merged)

    @property
    def weights(self) -> dict[str, float]:
        """Weight of every scenario that is not counted as nothing happening."""
        return {name: some for name, some in self.chances.weights.items() if name not in self.merged}

    @property
    def least(self) -> float | None:
        """What no decisions undercut, expected over nothing happening and the branches, USD; None without branches."""
        proof = None if self.together is None else self.together.answer.certificate
        return None if proof is None else proof.dual_objective


def hedged(
    planner: Hedging,
    worlds: Sequence[tuple[Scenario, Network]],
    chances: Chances,
    pool: Pool,
    found: Mapping[tuple[str, str], Answer] | None = None,
    premium: float | None = None,
) -> tuple[Hedge, Iterator[Planned]]:
    """Find the hedge over some scenarios, and plan on from it in each.

    Parameters
    ----------
    planner : Planner
        With its base plan, on a calendar in which every scenario is announced on the first day of a period.
    worlds : sequence of Scenario and Network
    chances : Chances
        Weights of the scenarios.
    pool : Pool
        Workers that plan each scenario on.
    found : mapping of (str, str) to Answer, optional
        Answers to scenarios that were found before; see `solve_together`.
    premium : float, optional
        Most that the hedge may cost above the base plan if nothing happens, as a part of what that costs.

    Returns
    -------
    Hedge
        Its `trunk` is not certified where there is none.
    iterator of Planned
        The answer `hedge` to each scenario as it is found: the trunk until its announcement, then what is best; none
        where there is no trunk.
    """
    hedge, members = members_of(planner, worlds, chances)
    if len(members) == 1:
        hedge = replace(hedge, trunk=planner.start.answer)
    else:
        cap = premium_cap(planner, members[0], premium * planner.start.answer.cost) if premium is not None else ()
        together = solve_together(planner, members, found, rows=cap)
        hedge = replace(hedge, together=together, trunk=_trunk(planner, together, worlds, pool))
    if not hedge.trunk.certified:
        return hedge, iter(())
    return hedge, solved(planner.onward(start_of(planner, hedge.trunk)), worlds, ("hedge",), pool=pool)


def premium_cap(planner: Hedging, trunk: Member, premium: float) -> tuple[Row, ...]:
    r"""The row that holds the trunk to a premium over the base plan; none where it never goes on to its end.

    .. math:: c_0 x \le c_0 \bar x + premium

    Parameters
    ----------
    planner : Planner
        With its base plan :math:`\bar x`.
    trunk : Member
    premium : float
        USD.
    """
    if trunk.weight == 0:
        return ()
    base = planner.start.answer.x
    cost = trunk.variant.arrays(planner.program, base).cost
    at = np.flatnonzero(cost)
    unit = float(np.median(np.abs(cost[at]))) if len(at) else 1.0  # so that its entries are near 1
    return (Row(at, cost[at] / unit, -np.inf, (dot(cost, base) + premium) / unit),)


def members_of(
    planner: Hedging, worlds: Sequence[tuple[Scenario, Network]], chances: Chances
) -> tuple[Hedge, list[Member]]:
    """The programmes of the extensive form, the trunk first, and what the hedge leaves out; see `parted`.

    Parameters
    ----------
    planner : Planner
        With its base plan.
    worlds : sequence of Scenario and Network
    chances : Chances
        Weights of the scenarios.
    """
    hedge, apart = parted(planner, worlds, chances)
    trunk, nothing = planner.variant(HEDGE, planner.network), np.zeros(len(planner.start.answer.x), bool)
    branches = [_branch(planner, some, world, chances.weights[some.name]) for some, world in apart]
    return hedge, [Member("base", trunk, nothing, hedge.nothing), *branches]


def parted(
    planner: Hedging, worlds: Sequence[tuple[Scenario, Network]], chances: Chances
) -> tuple[Hedge, list[tuple[Scenario, Network]]]:
    """Which scenarios the hedge is over, before anything is solved.

    Parameters
    ----------
    planner : Planner
        With its base plan.
    worlds : sequence of Scenario and Network
    chances : Chances
        Weights of the scenarios.

    Returns
    -------
    Hedge
        What it leaves out, and why.
    list of Scenario and Network
        Those that part from the trunk.
    """
    merged = tuple(some.name for some, world in worlds if _touches_nothing(planner, some, world))
    known = tuple(some.name for some, _ in worlds if some.name not in merged and planner.news(some).is_open)
    left = (*merged, *known)
    apart = [(some, at) for some, at in worlds if some.name not in left and chances.weights[some.name] > 0]
    return Hedge(chances, merged, known), apart


def shared(planner: Hedging, worlds: Sequence[tuple[Scenario, Network]], chances: Chances) -> Flags:
    """Columns that the hedge decides before the news of any scenario, shape (columns,).

    Parameters
    ----------
    planner : Planner
        With its base plan.
    worlds : sequence of Scenario and Network
    chances : Chances
        Weights of the scenarios.
    """
    _, apart = parted(planner, worlds, chances)
    none = np.zeros(len(planner.start.answer.x), bool)
    return reduce(np.logical_or, (planner.news(some).decided for some, _ in apart), none)


def _touches_nothing(planner: Hedging, scenario: Scenario, world: Network) -> bool:
    """Whether the base plan's own prices prove that it stays the best in a scenario, at what it costs."""
    variant = planner.variant((scenario.name, "foresight"), world)
    start = planner.start
    same = unchanged(planner.program, variant, variant.arrays(planner.program, start.answer.x), start)
    return same is not None and change(same.cost, dot(start.arrays.cost, start.answer.x)) == 0


def _branch(planner: Hedging, scenario: Scenario, world: Network, weight: float) -> Member:
    """The programme of a scenario, which shares with the trunk what is decided by its announcement.

    What was ordered before and comes later is no column: it is left out here, so that what is proved is the lower, and
    kept where the scenario is planned on.
    """
    news = planner.news(scenario)
    if news.elapsed:
        raise FormulationError(f"{scenario.name} is announced inside a period: a hedge needs its day in the calendar")
    variant = planner.reaction(scenario, world, "hedge")
    return Member(scenario.name, replace(variant, fixed=None, held=None, ordered=None), news.decided, weight)


def _trunk(planner: Hedging, together: Together, worlds: Sequence[tuple[Scenario, Network]], pool: Pool) -> Answer:
    """What is done as long as nothing is heard, with a proof of its own: decided as it is shared, then what is best."""
    if not together.answer.certified:
        return replace(together.answer, certificate=None)
    program, base, trunk = planner.program, planner.start.answer, together.members[0]
    x = together.whole.part(together.answer.x, 0, base.x)
    y = base.y if trunk.weight == 0 else together.answer.y[: len(base.y)] / trunk.weight
    opens = max(planner.news(some).first_open for some, _ in worlds)
    variant = replace(trunk.variant, fixed=together.shared, opens=opens)
    begins = Start(variant.arrays(program, x), replace(base, x=x, y=y))

    def solve(some: Variant) -> Answer:
        return next(answer for _, answer in pool.solve(program, begins, [some]))

    found = answered(planner, planner.network, variant, solve)
    return Tightening(planner.frame, planner.network, replace(variant, opens=0)).looked_over(found)


def start_of(planner: Hedging, trunk: Answer) -> Start:
    """The trunk as something that scenarios start from.

    Parameters
    ----------
    planner : Planner
    trunk : Answer
    """
    parameters = as_found(planner.program, parameter_vector(planner.network), trunk)
    return Start(planner.program.arrays(parameters), trunk)


def expected(weights: Mapping[str, float], costs: Mapping[str, tuple[float, float]]) -> tuple[float, float]:
    """The expected cost of some answers, between the bounds that theirs have; not a number where one has none.

    Parameters
    ----------
    weights : mapping of str to float
    costs : mapping of str to (float, float)
        Lower and upper bound of each, USD; of those of weight 0 none is needed.
    """
    sums = (sum(some * costs[name][side] for name, some in weights.items() if some > 0) for side in range(2))
    low, high = sums
    return float(low), float(high)
