"""Numbers of demand and substitutions, per period."""

from __future__ import annotations

import numpy as np

from optimizer.network.network import Floats, Network, parameter
from optimizer.network.rows import gather, stepped_mean
from optimizer.network.sets import DemandKey


@parameter("t", "demands", reads="demand.tonnes demand.from")
def quantity(world: Network) -> Floats:
    """Tonnes demanded in a period."""
    return gather(world, "demands", "demand", ("site", "product", "end_use"), world.timelines.total("demand", "tonnes"))


@parameter("USD/t", "demands", reads="demand.penalty demand.from")
def shortage_penalty(world: Network) -> Floats:
    """What a missing tonne costs."""
    return stepped_mean(world, "demands", "demand", ("site", "product", "end_use"), "penalty")


@parameter("t", "substitutes", reads="substitutions.max_share substitutions.from demand.tonnes demand.from")
def substitute_allowed(world: Network) -> Floats:
    """Tonnes of a demand that a substitute may serve."""
    shares = world.timelines.share("substitutions", "max_share")
    position = world.case.by.substitution_numbers
    wanted = dict(zip(world.index["demands"], world.value("quantity"), strict=True))
    rows = [
        shares[position[key.product, key.material]] * wanted[DemandKey(key.site, key.product, key.end_use)]
        for key in world.index["substitutes"]
    ]
    return np.array(rows).reshape(-1, len(world.periods))


@parameter("USD/t", "substitutes", reads="substitutions.cost substitutions.from")
def substitution_price(world: Network) -> Floats:
    """Extra cost of a tonne of a substitute."""
    costs = world.timelines.mean("substitutions", "cost")
    position = world.case.by.substitution_numbers
    rows = [costs[position[product, material]] for _, product, _, material in world.index["substitutes"]]
    return np.array(rows).reshape(-1, len(world.periods))
