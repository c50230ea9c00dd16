"""Rules of demand and substitution."""

from __future__ import annotations

from typing import Any

from optimizer.formulation.registry import Model, rule


@rule(over="demands")
def demand_met(m: Model, site: str, product: str, end_use: str, period: int) -> Any:
    r"""Demand is served or goes short; a demand without a penalty must be met.

    .. math:: \sum_{i, q} ratio_{di}\, serve_{diqt} + short_{dt} = quantity_{dt}
    """
    served = sum(
        m.links.ratio[product, key[3]] * m.serve[(*key, period)] for key in m.links.serving[site, product, end_use]
    )
    return served + m.short[site, product, end_use, period] == m.quantity[site, product, end_use, period]


@rule(over="substitutes")
def substitution_limit(m: Model, site: str, product: str, end_use: str, material: str, period: int) -> Any:
    r"""A substitute serves at most its share of a demand.

    .. math:: ratio_{di} \sum_q serve_{diqt} \le max\_share_{dit}\, quantity_{dt}
    """
    keys = [key for key in m.links.serving[site, product, end_use] if key[3] == material]
    served = m.links.ratio[product, material] * sum(m.serve[(*key, period)] for key in keys)
    return served <= m.substitute_allowed[site, product, end_use, material, period]
