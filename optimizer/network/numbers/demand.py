"""Numbers of demand and substitutions, per period."""

from __future__ import annotations

import numpy as np

from optimizer.network.network import Floats, Network, parameter
from optimizer.network.rows import gather, weighed_mean
from optimizer.network.sets import DemandKey


@parameter("t", "demands", reads="demand.tonnes demand.from")
def quantity(world: Network) -> Floats:
    """Tonnes demanded in a period."""
    return gather(world, "demands", "demand", ("site", "product", "end_use"), world.timelines.total("demand", "tonnes"))


@parameter("USD/t", "demands", reads="demand.penalty demand.tonnes demand.from")
def shortage_penalty(world: Network) -> Floats:
    """What a missing tonne costs, each day weighed by what is wanted."""
    wanted = world.timelines.series("demand", "tonnes")
    return weighed_mean(world, "demands", "demand", ("site", "product", "end_use"), "penalty", wanted)


@parameter("t", "substitutes", reads="substitutions.max_share substitutions.from demand.tonnes demand.from")
def substitute_allowed(world: Network) -> Floats:
    """Tonnes of a demand that a substitute may serve."""
    shares = world.timelines.share("substitutions", "max_share")
    position = {(row.product, row.material): n for n, row in enumerate(world.case.tables.substitutions)}
    wanted = dict(zip(world.index["demands"], world.value("quantity"), strict=True))
    rows = [
        shares[position[key.product, key.material]] * wanted[DemandKey(key.site, key.product, key.end_use)]
        for key in world.index["substitutes"]
    ]
    return np.array(rows).reshape(-1, len(world.periods))


SUBSTITUTED = "substitutions.cost substitutions.max_share substitutions.from demand.tonnes demand.from"


@parameter("USD/t", "substitutes", reads=SUBSTITUTED)
def substitution_price(world: Network) -> Floats:
    """Extra cost of a tonne of a substitute, each day weighed by what it may serve."""
    costs, plain = world.timelines.series("substitutions", "cost"), world.timelines.mean("substitutions", "cost")
    may = world.timelines.series("substitutions", "max_share") * world.timelines.active("substitutions")
    wanted = _wanted(world)
    position = {(row.product, row.material): n for n, row in enumerate(world.case.tables.substitutions)}
    rows = []
    for site, product, end_use, material in world.index["substitutes"]:
        number = position[product, material]
        daily = may[number] * wanted[DemandKey(site, product, end_use)]
        served, paid = world.calendar.total(np.array([daily, daily * costs[number]]))
        rows.append(np.where(served > 0, paid / np.where(served > 0, served, 1.0), plain[number]))
    return np.array(rows).reshape(-1, len(world.periods))


def _wanted(world: Network) -> dict[DemandKey, Floats]:
    """Tonnes a year wanted of each demand, by day."""
    daily = world.timelines.series("demand", "tonnes") * world.timelines.active("demand")
    rates = gather(world, "demands", "demand", ("site", "product", "end_use"), daily)
    return dict(zip(world.index["demands"], rates, strict=True))
