"""Commitments: what the hedge does before any news that the base plan does not, and what each is worth, left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.plans.amounts import money
from optimizer.plans.hedge import HEDGE, Hedge
from optimizer.plans.plan import BASE, Plans
from optimizer.plans.sections import Field, Section, amount
from optimizer.plans.together import Together
from optimizer.program.program import Floats, Ints, dot
from optimizer.program.variant import Row

MOST = 12
"""Commitments that are told and weighed, those of most money first."""
PART, LEAST = 0.01, 1e-3
"""Part of an amount, and tonnes or share of a project, from which more of it is a commitment."""


@dataclass(frozen=True)
class Commitment:
    """One thing that the hedge does more of than the base plan, as long as nothing is heard.

    Parameters
    ----------
    kind : str
        `contract`, `project`, `stock` or `supplier`.
    what : str
        The contract or project, site and material of stock, or supplier of the buyer's sites.
    unit : str
    base, hedge : float
        How much in each plan; of stock in the period in which they are furthest apart.
    by : str
        The period at whose end stock is furthest apart, or in which a project is first begun; empty for others.
    rows : tuple of Row
        Hold the trunk to the base plan in this alone.
    usd : float
        What it is worth by the prices of the tables, to order them by.
    """

    kind: str
    what: str
    unit: str
    base: float
    hedge: float
    by: str
    rows: tuple[Row, ...]
    usd: float


@dataclass(frozen=True)
class Weighed:
    """A commitment, and the best hedge without it; not a number where that has no proof.

    Parameters
    ----------
    commitment : Commitment
    premium : float
        What of the premium it is: what the hedge costs more if nothing happens than the best one without it, USD.
    saves : float
        The most that it saves in a scenario, USD.
    scenario : str
        In which.
    expected : float
        By how much the expected cost is higher without it, USD.
    """

    commitment: Commitment
    premium: float
    saves: float
    scenario: str
    expected: float


def commitments(plans: Plans, hedge: Hedge) -> list[Commitment]:
    """What the hedge does more of than the base plan before any news, the most money first.

    Parameters
    ----------
    plans : Plans
    hedge : Hedge
    """
    if hedge.together is None:
        return []
    found = [some for make in (_contracts, _projects, _stocks, _suppliers) for some in make(plans, hedge.together)]
    return sorted(found, key=lambda some: -some.usd)


def weighed(plans: Plans, hedge: Hedge, some: Commitment) -> Weighed:
    """A commitment weighed: left out, and all the rest solved again.

    Parameters
    ----------
    plans : Plans
    hedge : Hedge
        With an extensive form.
    some : Commitment
        Of it.
    """
    together = hedge.together
    nan = float("nan")
    if together is None:
        return Weighed(some, nan, nan, "", nan)
    answer = together.again(some.rows)
    if not answer.certified:
        return Weighed(some, nan, nan, "", nan)
    before, after = (_costs(plans, together, x) for x in (together.answer.x, answer.x))
    premium = before[BASE[0]] - after[BASE[0]] if hedge.nothing > 0 else nan
    saved = {name: after[name] - before[name] for name in before if name != BASE[0]}
    best = max(saved, key=lambda name: saved[name])
    return Weighed(some, premium, saved[best], best, answer.cost - together.answer.cost)


def _costs(plans: Plans, together: Together, x: Floats) -> dict[str, float]:
    """What each programme of the extensive form costs in an answer to it."""
    program, base = plans.planner.program, plans.outcomes[BASE].answer.x
    return {
        some.name: dot(some.variant.arrays(program, base).cost, together.whole.part(x, number, base))
        for number, some in enumerate(together.members)
    }


def _both(plans: Plans, columns: Ints) -> tuple[float, float]:
    """Sums of columns in the base plan, and in what the hedge does before any news."""
    base, hedge = (float(plans.outcomes[key].answer.x[columns].sum()) for key in (BASE, HEDGE))
    return base, hedge


def _grouped(plans: Plans, together: Together, variable: str, by: Any) -> dict[Any, Ints]:
    """Columns of a variable that the trunk decides before some news, by what a function says of their key."""
    shared, found = together.shared, defaultdict[Any, list[int]](list)
    for place, key in plans.planner.program.columns_at(variable):
        if shared[place] and (group := by(key)) is not None:
            found[group].append(place)
    return {group: np.array(places, np.int64) for group, places in found.items()}


def _held(columns: Ints, most: float) -> Row:
    """The row that holds a sum of columns to what the base plan has."""
    return Row(columns, np.ones(len(columns)), -np.inf, most)


def _is_more(base: float, hedge: float) -> bool:
    """Whether there is so much more of something that it is a commitment."""
    return hedge - base > max(LEAST, PART * hedge)


def _contracts(plans: Plans, together: Together) -> Iterator[Commitment]:
    """Contracts reserved."""
    by = plans.planner.network.structure.by
    for name, columns in _grouped(plans, together, "reserve", lambda key: key[0]).items():
        base, hedge = _both(plans, columns)
        if _is_more(base, hedge):
            price = by.offers[by.contracts[name].offer].price
            rows = (_held(columns, base),)
            yield Commitment("contract", name, "t/year", base, hedge, "", rows, price * (hedge - base))


def _projects(plans: Plans, together: Together) -> Iterator[Commitment]:
    """Suppliers qualified and plants enlarged: the share of each that is begun."""
    by, labels, x = plans.planner.network.structure.by, plans.planner.frame.labels, plans.outcomes[HEDGE].answer.x
    names = plans.planner.program.column_names
    for name, columns in _grouped(plans, together, "start", lambda key: key[0]).items():
        base, hedge = _both(plans, columns)
        if _is_more(base, hedge):
            first = min(names[place][1][-1] for place in columns if x[place] > LEAST / len(columns))
            usd = by.projects[name].cost * (hedge - base)
            rows = (_held(columns, base),)
            yield Commitment("project", name, "of it", base, hedge, labels[first], rows, usd)


def _stocks(plans: Plans, together: Together) -> Iterator[Commitment]:
    """Stock kept of a material at a site, in every period no more than the base plan keeps where it is left out."""
    by, labels = plans.planner.network.structure.by, plans.planner.frame.labels
    groups: dict[tuple[str, str], dict[int, Ints]] = defaultdict(dict)
    for (site, material, period), columns in _grouped(
        plans, together, "stock", lambda key: (key[0], key[1], key[-1])
    ).items():
        groups[site, material][period] = columns
    for (site, material), periods in groups.items():
        sums = {period: _both(plans, columns) for period, columns in periods.items()}
        furthest = max(sums, key=lambda period: sums[period][1] - sums[period][0])
        base, hedge = sums[furthest]
        if _is_more(base, hedge):
            rows = tuple(_held(columns, sums[period][0]) for period, columns in periods.items())
            usd = 1000 * by.materials[material].unit_value * (hedge - base)
            yield Commitment("stock", f"{material} at {site}", "t", base, hedge, labels[furthest], rows, usd)


def _suppliers(plans: Plans, together: Together) -> Iterator[Commitment]:
    """Suppliers that more comes from to the sites at which something is wanted, while nothing is heard."""
    network = plans.planner.network
    wanted = {row.site for row in network.case.tables.demand}

    def supplies(key: Any) -> tuple[str, str] | None:
        return (key[0], key[2]) if key[1] in wanted and key[0] not in wanted else None

    for (name, material), columns in _grouped(plans, together, "ship", supplies).items():
        base, hedge = _both(plans, columns)
        if _is_more(base, hedge):
            usd = 1000 * network.structure.by.materials[material].unit_value * (hedge - base)
            rows = (_held(columns, base),)
            yield Commitment("supplier", f"{material} from {name}", "t", base, hedge, "", rows, usd)


def section(found: list[Weighed], count: int) -> Section:
    """Commitments as a table.

    Parameters
    ----------
    found : list of Weighed
    count : int
        Commitments that there are in all.
    """
    if not found:
        return Section("commitments", says="Before any news the hedge commits to nothing that the base plan does not.")
    scale = money(*(usd for some in found for usd in (some.premium, some.saves, some.expected)))
    left = count - len(found)
    more = f" {left} smaller {'one is' if left == 1 else 'ones are'} not told." if left else ""
    return Section(
        "commitments",
        "Commitments: what the hedge does before any news that the base plan does not",
        (
            Field("what", least=24),
            Field("base"),
            Field("hedge"),
            Field("by"),
            amount(f"premium\n{scale.unit}", scale, sign=True),
            amount("saves\nat most", scale, sign=True),
            Field("in", rank=1),
            amount("expected\nworth", scale, sign=True),
        ),
        tuple(
            (
                f"{some.commitment.kind} {some.commitment.what}",
                f"{some.commitment.base:,.3g}",
                f"{some.commitment.hedge:,.3g} {some.commitment.unit}",
                some.commitment.by,
                some.premium,
                some.saves,
                some.scenario,
                some.expected,
            )
            for some in found
        ),
        legend=(
            "Each line is left out by itself and all the rest planned again: what of the premium it is, the most that "
            "it saves in a scenario, and what it is worth in the expected cost. Lines stand in for one another, so "
            f"they do not add up.{more}",
        ),
    )


def records(found: list[Weighed]) -> list[dict[str, Any]]:
    """Commitments for JSON.

    Parameters
    ----------
    found : list of Weighed
    """
    return [
        {
            "kind": some.commitment.kind,
            "what": some.commitment.what,
            "unit": some.commitment.unit,
            "base": some.commitment.base,
            "hedge": some.commitment.hedge,
            "by": some.commitment.by,
            "premium_usd": _number(some.premium),
            "saves_usd": _number(some.saves),
            "scenario": some.scenario,
            "expected_usd": _number(some.expected),
        }
        for some in found
    ]


def _number(value: float) -> float | None:
    """A number, or None where it is none."""
    return None if value != value else value
