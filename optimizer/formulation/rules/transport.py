"""Rules of what leaves a country."""

from __future__ import annotations

from typing import Any

from optimizer.formulation.registry import Model, rule


@rule(over="home_markets")
def home_use(m: Model, country: str, material: str, period: int) -> Any:
    r"""What is sold for use at home is used there, by plants or deliveries, in the period in which it is bought.

    .. math:: \sum_{o \in home} buy_{ot} + \sum_{c \in home} take_{ct} \le \sum_{k, q} need_{ki}\, run_{skqt}
        + \sum_d serve_{diqt}
    """
    bought = sum(getattr(m, flow)[key, period] for flow, key in m.links.home_bought[country, material])
    return bought <= m.links.used_at_home(m, country, material, period)


@rule(over="charged")
def export_charged(m: Model, country: str, material: str, period: int) -> Any:
    r"""An export charge is due on what leaves a country, less what was bought there at a price that holds it.

    A tonne bears it once, and nothing is paid back.

    .. math:: charged_{ct i} \ge \sum_{l \leftarrow c} \sum_q ship_{lqt} - \sum_{o \notin home} buy_{ot}
        - \sum_{c \notin home} take_{ct}
    """
    leaves = sum(m.ship[(*lane, period)] for lane in m.links.leaving[country, material])
    paid = sum(getattr(m, flow)[key, period] for flow, key in m.links.bought_to_leave[country, material])
    return m.charged[country, material, period] >= leaves - paid
