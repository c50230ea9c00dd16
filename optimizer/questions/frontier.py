"""What a smaller premium would leave of the hedge: its expected cost with that held to less."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from optimizer.plans.amounts import money, percent
from optimizer.plans.hedge import HEDGE, Hedge, premium_cap
from optimizer.plans.plan import BASE, Plans
from optimizer.plans.sections import Field, Section, amount
from optimizer.program.certificate import Certificate

CAPS = (0.0, 0.25, 0.5, 0.75)
"""Parts of the hedge's own premium at which it is held to less."""


@dataclass(frozen=True)
class Point:
    """The hedge at a cap on its premium.

    Parameters
    ----------
    premium : float
        The cap, USD above the base plan if nothing happens.
    dearer : float
        By how much its expected cost is above that of the hedge without it, USD.
    proof : Certificate
        That no decisions within the cap cost less.
    """

    premium: float
    dearer: float
    proof: Certificate


def frontier(plans: Plans, hedge: Hedge) -> list[Point]:
    r"""The least expected cost at caps on the premium, from none on up to the hedge's own.

    With the expected cost :math:`E(x)` of the extensive form and the base plan :math:`\bar x`,

    .. math:: f(P) = \min_x E(x) \quad\text{with}\quad c_0 x \le c_0 \bar x + P

    which falls in P and is convex, as the value of a linear programme in a right side. Points that have no proof are
    left out.

    Parameters
    ----------
    plans : Plans
    hedge : Hedge
    """
    together = hedge.together
    whole = plans.outcomes[HEDGE].cost - plans.outcomes[BASE].cost
    if together is None or hedge.nothing == 0 or whole <= 0:
        return []
    found = []
    for part in CAPS:
        rows = premium_cap(plans.planner, together.members[0], part * whole)
        answer = together.again(rows)
        if answer.certificate is not None and answer.certified:
            found.append(Point(part * whole, answer.cost - together.answer.cost, answer.certificate))
    return [*found, Point(whole, 0.0, together.answer.proof("the hedge"))]


def section(found: list[Point], value: float) -> Section | None:
    """The frontier as a table; None without points.

    Parameters
    ----------
    found : list of Point
    value : float
        What the hedge saves against base then react, expected, USD.
    """
    if not found:
        return None
    scale = money(*(usd for some in found for usd in (some.premium, some.dearer)))
    return Section(
        "frontier",
        "What a smaller premium would leave of it",
        (
            amount(f"premium at most\n{scale.unit}", scale),
            amount("expected, above\nthe hedge", scale, sign=True),
            Field("of what the\nhedge saves", lambda part: percent(part, 0), "%"),
        ),
        tuple((some.premium, some.dearer, 1 - some.dearer / value if value > 0 else None) for some in found),
        legend=(
            "premium: what it costs more than the base plan if nothing happens. Each line is the best there is within "
            "it, proved. `--premium` plans with a cap.",
        ),
    )


def records(found: list[Point]) -> list[dict[str, Any]]:
    """The frontier for JSON.

    Parameters
    ----------
    found : list of Point
    """
    return [{"premium_usd": some.premium, "above_hedge_usd": some.dearer, "gap": some.proof.gap} for some in found]
