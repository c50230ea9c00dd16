"""Rules of demand and substitution."""

from __future__ import annotations

from typing import Any

from pyomo.environ import Constraint

from optimizer.formulation.registry import Indexed, Model, cost_term, rule, variable
from optimizer.formulation.rules.goods import Goods
from optimizer.network.sets import DemandKey
from optimizer.network.stretches import begins, ends


def _most_short(m: Model, site: str, product: str, end_use: str, period: int) -> float | None:
    """Nothing of a demand that must be met."""
    return 0.0 if DemandKey(site, product, end_use) in m.structure.must else None


class Demand(Goods):
    """What is wanted."""

    short: Indexed = variable(
        over="demands", meaning="missing", words="{product} missing at {site}, {end_use}", upper=_most_short
    )
    quantity: Indexed
    shortage_penalty: Indexed
    substitute_allowed: Indexed
    substitution_price: Indexed
    in_time: Indexed
    wanted_in_stretch: Indexed


@rule(over="demands", words="the demand for {product} at {site}, {end_use}", plain=True)
def demand_met(m: Demand, site: str, product: str, end_use: str, period: int) -> Any:
    r"""Demand is served or goes short; a demand without a penalty must be met.

    .. math:: \sum_{i, q} ratio_{di}\, serve_{diqt} + short_{dt} = quantity_{dt}
    """
    served = sum(
        m.structure.by.ratio[product, key.material] * m.serve[(*key, period)]
        for key in m.links.serving[site, product, end_use]
    )
    return served + m.short[site, product, end_use, period] == m.quantity[site, product, end_use, period]


@rule(over="substitutes", words="the largest share of {material} in place of {product} at {site}")
def substitution_limit(m: Demand, site: str, product: str, end_use: str, material: str, period: int) -> Any:
    r"""A substitute serves at most its share of a demand.

    .. math:: ratio_{di} \sum_q serve_{diqt} \le max\_share_{dit}\, quantity_{dt}
    """
    keys = [key for key in m.links.serving[site, product, end_use] if key.material == material]
    served = m.structure.by.ratio[product, material] * sum(m.serve[(*key, period)] for key in keys)
    return served <= m.substitute_allowed[site, product, end_use, material, period]


@rule(over="stretches", words="what can come of {product} for {end_use} use at {site} from {stretch} of the period")
def availability(m: Demand, site: str, product: str, end_use: str, stretch: str, period: int) -> Any:
    r"""What is in stock and can have come for a demand serves it on every stretch of days, or it goes short.

    A stretch :math:`\tau` is part of a long period: from its first day, or a day inside it on which goods begin or
    cease to come, to a later one or the end. Of what leaves in :math:`t'` all counts, or nothing if none of it can
    come on these days. From the first day on counts what was in stock, from a later one what there is room for, and
    what should be left at the end is wanted too. `At capacity` all that could be made, sold and licensed for these
    days counts in place of what is.

    .. math::

        \sum_{i, q} ratio_{di}\, stock_{iq,t-1} + \sum_{l, t'} ratio_{di}\, in\_time_{lt'\tau}\, ship_{lt'} + \ldots
        + \sum_{d} short_{dt} \ge wanted_{d\tau} + \sum_{i, q} ratio_{di}\, stock_{iqt}
    """
    key = DemandKey(site, product, end_use)
    waits = m.structure.awaited[key]
    flows = m.links.in_stretch.get((key, stretch, period))
    if flows is None:
        return Constraint.Skip
    total = sum(m.short[(*demand, period)] for demand in waits.demands)
    for number in flows:
        flow = waits.flows[period][number]
        share = m.in_time[(*key, stretch, number, period)]
        total += flow.tonnes * share * getattr(m, flow.variable)[flow.key]
    for kept, ratio in waits.stocks:
        if begins(stretch) and period > 0:
            total += ratio * m.stock[(*kept, period - 1)]
        if ends(stretch):
            total -= ratio * m.stock[(*kept, period)]
    return total >= m.wanted_in_stretch[(*key, stretch, period)]


@cost_term("serve", words="substitution")
def substitution(m: Demand, site: str, product: str, end_use: str, material: str, cls: str, period: int) -> Any:
    r"""Extra cost of serving a demand with a substitute.

    .. math:: \sum_{diqt} \delta_t\, extra_{dit}\, serve_{diqt}
    """
    if material == product:
        return None
    return m.discount[period] * m.substitution_price[site, product, end_use, material, period]


@cost_term("short", words="shortage penalty", penalty=True)
def shortage(m: Demand, site: str, product: str, end_use: str, period: int) -> Any:
    r"""Penalty for demand that goes short.

    .. math:: \sum_{dt} \delta_t\, penalty_{dt}\, short_{dt}
    """
    return m.discount[period] * m.shortage_penalty[site, product, end_use, period]
