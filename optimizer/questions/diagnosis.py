"""What is said of a case that has no plan: policies, what would repair them, and the conflicts that they make."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from optimizer.plans.cost import Cost
from optimizer.world.unreached import Unreached


@dataclass(frozen=True)
class Policy:
    """A hard limit in a window, an order that must be kept or a demand that must be met in a period.

    Parameters
    ----------
    what : str
        In words.
    rule : str
        Rule of its row; `demand` for a demand.
    place : int
        Its row; for a demand the column of what goes short.
    value : float
        Its bound: a share, tonnes or USD in the window, or the tonnes demanded.
    sense : str
        `at_most` or `at_least`.
    unit : str
    name, window : str
        Limit, order or demand, and its window or period.
    """

    what: str
    rule: str
    place: int
    value: float
    sense: str
    unit: str
    name: str
    window: str


@dataclass(frozen=True)
class Repair:
    """One policy moved so far that a plan exists.

    Parameters
    ----------
    policy : Policy
    value : float
        The bound that will do, nearest to its own.
    whole_cost : Cost or None
        Of the plan then; None if solving again with it found none.
    """

    policy: Policy
    value: float
    whole_cost: Cost | None

    @property
    def cost(self) -> float:
        """Cost of the plan then, USD; NaN if there is none."""
        return math.nan if self.whole_cost is None else self.whole_cost.value

    @property
    def penalties(self) -> float:
        """What of it are penalties."""
        return math.nan if self.whole_cost is None else self.whole_cost.penalty

    @property
    def missing(self) -> float:
        """By how much the policy cannot be kept: tonnes, USD or a share."""
        return abs(self.value - self.policy.value)


@dataclass
class Conflict:
    """Policies that cannot hold together, none of which can be spared from the conflict.

    Parameters
    ----------
    policies : list of Policy
    with_ : list of (str, float)
        What else bounds the plan there: rows in words, and their bound.
    repairs : list of Repair
        Cheapest first; a policy that cannot restore a plan by itself is not listed.
    """

    policies: list[Policy]
    with_: list[tuple[str, float]]
    repairs: list[Repair] = field(default_factory=list)


@dataclass(frozen=True)
class Diagnosis:
    """Why there is no plan.

    Parameters
    ----------
    conflicts : list of Conflict
        Empty if there is a plan. Where there are several, they share no policy, and the repairs of one suppose that
        the policies of the others do not hold.
    together : list of (Policy, float)
        Bounds that restore a plan together, moved by the least sum of tonnes.
    unreached : list of Unreached
        Demands that no seller, maker or stock can reach, whatever the policies say.
    """

    conflicts: list[Conflict]
    together: list[tuple[Policy, float]]
    unreached: list[Unreached] = field(default_factory=list)
