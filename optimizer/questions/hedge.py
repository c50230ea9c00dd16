"""What being prepared is worth: the hedge beside base then react and foresight, expected over all scenarios."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from optimizer.plans.amounts import Scale, money, percent
from optimizer.plans.hedge import HEDGE, Hedge, expected
from optimizer.plans.plan import BASE, Plans
from optimizer.plans.sections import Field, Section, amount

NOTHING = "nothing happens"


class Interval(NamedTuple):
    """Between what an amount is proved to lie, USD; an end that is not a number is not proved."""

    low: float
    high: float

    def less(self, other: Interval) -> Interval:
        """Between what it less another amount lies.

        Parameters
        ----------
        other : Interval
        """
        return Interval(self.low - other.high, self.high - other.low)

    @property
    def middle(self) -> float:
        """Its middle; where one end is not proved, the other."""
        ends = [end for end in self if not math.isnan(end)]
        return sum(ends) / len(ends) if ends else math.nan

    def told(self, scale: Scale) -> str:
        """It as it is said: one amount where both ends look alike, and what is not proved called so.

        Parameters
        ----------
        scale : Scale
        """
        low, high = (scale.cell(end) for end in self)
        if math.isnan(self.low) or math.isnan(self.high):
            return f"{scale.told(self.middle)} (not proved)"
        return f"{low} {scale.unit}" if low == high else f"{low} to {high} {scale.unit}"

    def record(self) -> dict[str, float | None]:
        """It for JSON."""
        return {
            name: None if math.isnan(end) else end for name, end in zip(("lower_usd", "upper_usd"), self, strict=True)
        }


@dataclass(frozen=True)
class Values:
    """Expected costs over all scenarios and nothing happening, proved, and what follows of them.

    Parameters
    ----------
    react, hedge, foresight : Interval
        Expected cost of base then react, of the hedge (the least there is for decisions that know no more), and of
        foresight.
    premium : float
        What the trunk costs more than the base plan if nothing happens, USD.
    """

    react: Interval
    hedge: Interval
    foresight: Interval
    premium: float

    @property
    def value_of_hedging(self) -> Interval:
        """What the hedge saves against base then react."""
        return self.react.less(self.hedge)

    @property
    def value_of_knowing(self) -> Interval:
        """What foresight would save against the hedge."""
        return self.hedge.less(self.foresight)

    def record(self) -> dict[str, Any]:
        """They for JSON."""
        intervals = {
            "react": self.react,
            "hedge": self.hedge,
            "foresight": self.foresight,
            "value_of_hedging": self.value_of_hedging,
            "value_of_knowing": self.value_of_knowing,
        }
        return {name: some.record() for name, some in intervals.items()} | {"premium_usd": self.premium}


def hedge_of(plans: Plans) -> Hedge | None:
    """The hedge of plans that have one, with base, hedge, react and foresight of every scenario certified; else None.

    Parameters
    ----------
    plans : Plans
    """
    keys = [BASE, HEDGE, *((some.name, name) for some in plans.scenarios for name in ("react", "foresight", "hedge"))]
    return plans.hedge if all(key in plans.outcomes for key in keys) else None


def values(plans: Plans, hedge: Hedge) -> Values:
    """What the hedge is worth.

    Parameters
    ----------
    plans : Plans
    hedge : Hedge
        As `hedge_of` gives it.

    Notes
    -----
    Above, the expected cost of the hedge is what its own answers cost; below, what the proof of the extensive form
    says. Where content across stages was tightened in the base plan, that form is one of many, and only what foresight
    costs bounds the hedge from below.
    """
    base = plans.outcomes[BASE]
    weights = {BASE[0]: hedge.nothing, **hedge.weights}

    def over(answer: str) -> Interval:
        start = plans.outcomes[HEDGE] if answer == "hedge" else base
        costs = {name: plans.outcomes[name, answer].whole_cost for name in hedge.weights}
        bounds = {name: (cost.lower, cost.upper) for name, cost in {BASE[0]: start.whole_cost, **costs}.items()}
        return Interval(*expected(weights, bounds))

    react, onward, foresight = over("react"), over("hedge"), over("foresight")
    low = foresight.low
    if not len(base.answer.shares):
        apart = {name: weights[name] for name in hedge.known}
        if hedge.least is None:
            apart[BASE[0]] = hedge.nothing
        ends = {name: (plans.outcomes[name, "foresight"] if name != BASE[0] else base).whole_cost for name in apart}
        low = (hedge.least or 0.0) + expected(apart, {name: (some.lower, some.upper) for name, some in ends.items()})[0]
    premium = plans.outcomes[HEDGE].cost - base.cost
    return Values(react, Interval(low, onward.high), foresight, premium)


def section(plans: Plans) -> Section | None:
    """The hedge, scenario by scenario, and what it is worth; None where there is none.

    Parameters
    ----------
    plans : Plans
    """
    hedge = hedge_of(plans)
    if hedge is None:
        return None
    found, names = values(plans, hedge), [some.name for some in plans.scenarios if some.name in hedge.weights]
    base, trunk = plans.outcomes[BASE].cost, plans.outcomes[HEDGE].cost
    costs = {name: [plans.outcomes[name, some].cost for some in ("react", "hedge", "foresight")] for name in names}
    scale = money(base, trunk, *(usd for some in costs.values() for usd in some))
    rows: list[tuple[Any, ...]] = [(NOTHING, hedge.nothing, base, trunk, base, base - trunk)]
    for name, some in _by_date(plans, hedge, costs).items():
        rows.append((name, *some, some[1] - some[2]))
    means = [some.middle for some in (found.react, found.hedge, found.foresight)]
    rows.append(("expected", None, *means, means[0] - means[1]))
    return Section(
        "hedge",
        "Prepared for what may come: base then react, the hedge, and foresight",
        (
            Field("scenario"),
            Field("weight", lambda value: percent(value, 1), "%"),
            amount(f"react\n{scale.unit}", scale),
            amount(f"hedge\n{scale.unit}", scale),
            amount(f"foresight\n{scale.unit}", scale, rank=1),
            amount("hedge\nsaves", scale, sign=True),
        ),
        tuple(rows),
        legend=(
            "react: the base plan until the announcement, then what is best. hedge: one set of decisions for all "
            "scenarios until each is announced, of the least expected cost. foresight: known from the start.",
        ),
        notes=tuple(_notes(plans, hedge, found)),
    )


def _by_date(plans: Plans, hedge: Hedge, costs: Mapping[str, list[float]]) -> dict[str, list[float]]:
    """Weight and costs of each scenario as they are shown: of one on several days the mean, and the worst."""
    dates: dict[str, list[str]] = {}
    for some in plans.scenarios:
        if some.name in costs:
            dates.setdefault(some.date_of or some.name, []).append(some.name)
    found: dict[str, list[float]] = {}
    for name, of in dates.items():
        weights = [hedge.weights[some] for some in of]
        if of == [name]:
            found[name] = [*weights, *costs[name]]
            continue
        worst = max(of, key=lambda some: costs[some][0])
        means = [sum(column) / len(of) for column in zip(*(costs[some] for some in of), strict=True)]
        found[f"{name}, mean of {len(of)} days"] = [sum(weights), *means]
        found[f"  worst on {worst.removeprefix(name + '-')}"] = [hedge.weights[worst], *costs[worst]]
    return found


def _notes(plans: Plans, hedge: Hedge, found: Values) -> list[str]:
    """What the hedge costs and is worth, and what its weights leave out."""
    small = money(found.premium, *found.value_of_hedging, *found.value_of_knowing)
    lines = [
        f"If nothing happens the hedge costs {small.told(found.premium)} more than the base plan. "
        f"Expected over all, it saves {_told(found.value_of_hedging, small)} against base then react; knowing "
        f"everything beforehand would save {_told(found.value_of_knowing, small)} more.",
        f"Weights: each scenario by its probability, given that at most one comes; the chance of two or more "
        f"({percent(hedge.chances.several, 2)}) is left out, and after one event no second one is foreseen.",
    ]
    parted = [some for some in plans.scenarios if some.name in hedge.weights and some.name not in hedge.known]
    if exact := [some.name for some in parted if some.date_of is None]:
        who = "of all scenarios" if len(exact) == len(parted) else f"of {', '.join(exact)}"
        lines.append(
            f"The day of the news is taken as known {who}: stock is kept for that day and run down after it, so read "
            "amounts, not days. A scenario may say on which days it may come (announced: {from, until, every})."
        )
    if hedge.merged:
        lines.append(
            f"Counted as nothing happening: {', '.join(hedge.merged)}. Nothing that counts for the base plan is "
            "touched, so their news is no all-clear."
        )
    if hedge.known:
        lines.append(f"Known before anything is decided, so that nothing can be hedged: {', '.join(hedge.known)}.")
    return lines


def _told(value: Interval, scale: Scale) -> str:
    """A value between its bounds; one whose bounds lie on both sides of nothing is not clear."""
    unclear = value.low < 0 < value.high and scale.counts(max(-value.low, value.high))
    return f"not clearly anything ({value.told(scale)})" if unclear else value.told(scale)


def record(plans: Plans) -> dict[str, Any] | None:
    """The hedge for JSON; None where there is none.

    Parameters
    ----------
    plans : Plans
    """
    hedge = hedge_of(plans)
    if hedge is None:
        return None
    base, trunk = plans.outcomes[BASE].whole_cost.record(), plans.outcomes[HEDGE].whole_cost.record()
    scenarios: list[dict[str, Any]] = [
        {"scenario": NOTHING, "weight": hedge.nothing, "react": base, "hedge": trunk, "foresight": base}
    ]
    for some in plans.scenarios:
        answers = {
            name: plans.outcomes[some.name, name].whole_cost.record() for name in ("react", "hedge", "foresight")
        }
        weight = hedge.weights.get(some.name, 0.0)
        scenarios.append(
            {
                "scenario": some.name,
                "date_of": some.date_of,
                "weight": weight,
                "merged": some.name in hedge.merged,
                **answers,
            }
        )
    chances = {"nothing": hedge.chances.nothing, "several": hedge.chances.several}
    return {"expected": values(plans, hedge).record(), "chances": chances, "scenarios": scenarios}
