"""Rules of plants and offers."""

from __future__ import annotations

from typing import Any

from pyomo.environ import Constraint

from optimizer.formulation.registry import Indexed, cost_term, rule
from optimizer.formulation.rules.goods import paid
from optimizer.formulation.rules.projects import Projects, opened


class Supply(Projects):
    """What plants and sellers can give."""

    capacity: Indexed
    conversion_price: Indexed
    offered: Indexed
    offer_price: Indexed


@rule(over="plants", words="the capacity of {site} ({process})")
def plant_capacity(m: Supply, site: str, process: str, period: int) -> Any:
    r"""A plant runs within its capacity and what projects have added to it; an outage reaches the whole plant.

    .. math:: \sum_{k, q} run_{skqt} \le K_{st} + \sum_p done_{pt} + \sum_p \sum_{t' \le t} opens_{pt't}\, start_{pt'}
    """
    runs = sum(m.run[(*lot, period)] for lot in m.links.runs_of[site, process])
    return runs <= m.capacity[site, process, period] + sum(
        opened(m, project, period) for project in m.links.expansions[site, process]
    )


@rule(over="ramped", words="how fast {site} ({process}) can go up")
def ramp_up(m: Supply, site: str, process: str, period: int) -> Any:
    r"""A plant's rate rises by its ramp from one period to the next at most, a share of the capacity it then has.

    The first period rises from what is stated, and from anything where nothing is. Of a period that is cut each part
    has its days of the ramp, :math:`d_t`, which is else 1.

    .. math::

        \sum_{k, q} run_{skqt} \le rac{years_t}{years_{t-1}} \sum_{k, q} run_{skq,t-1}
        + ramp_s\, d_t\, \Bigl(K_{st} + \sum_p done_{pt} + \sum_p \sum_{t' \le t} opens_{pt't}\, start_{pt'}\Bigr)
    """
    years, ran = m.structure.calendar.years.tolist(), m.links.running[site, process]
    if period == 0 and ran is None:
        return Constraint.Skip
    lots = m.links.runs_of[site, process]
    before = ran * years[0] if period == 0 else sum(m.run[(*lot, period - 1)] for lot in lots)
    more = m.capacity[site, process, period] + sum(
        opened(m, project, period) for project in m.links.expansions[site, process]
    )
    rise = m.links.ramp[site, process][period] * more
    factor = 1.0 if period == 0 else years[period] / years[period - 1]
    return sum(m.run[(*lot, period)] for lot in lots) - factor * before <= rise


@rule(over="offers", words="what is offered as {offer}")
def offer_capacity(m: Supply, offer: str, period: int) -> Any:
    r"""No more is bought than is offered.

    .. math:: buy_{ot} \le K_{ot}
    """
    return m.buy[offer, period] <= m.offered[offer, period]


@rule(over="ordered_offers", words="what was ordered before the first day as {offer}")
def ordered_comes(m: Supply, offer: str, period: int) -> Any:
    r"""What was ordered before the first day is bought.

    .. math:: buy_{ot} \ge ordered_{ot}
    """
    return m.buy[offer, period] >= m.ordered[offer, period]


@cost_term("buy", words="price")
def purchase(m: Supply, offer: str, period: int) -> Any:
    r"""Goods bought on the spot, each paid :math:`D` days after it is delivered.

    .. math:: \sum_{ot} \delta_t\, (1 + rate)^{-D_o / 365}\, price_{ot}\, buy_{ot}
    """
    return paid(m, period, m.structure.by.offers[offer].payment_days) * m.offer_price[offer, period]


@cost_term("run", words="conversion")
def conversion(m: Supply, site: str, recipe: str, cls: str, period: int) -> Any:
    r"""Tolling: what plants are paid for their activity (for a mine, its concentrate), :math:`D` days after it.

    .. math:: \sum_{skqt} \delta_t\, (1 + rate)^{-D_s / 365}\, price_{skt}\, run_{skqt}
    """
    process = m.structure.by.process_of[recipe]
    return paid(m, period, m.links.payment[site, process]) * m.conversion_price[site, process, period]
