"""Rules of demand and substitution."""

from __future__ import annotations

from typing import Any

from optimizer.formulation.registry import Indexed, Model, cost_term, rule, variable
from optimizer.formulation.rules.goods import Goods
from optimizer.network.sets import DemandKey


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
