"""Rules of plants and offers."""

from __future__ import annotations

from typing import Any

from optimizer.formulation.registry import Indexed, cost_term, rule
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


@rule(over="offers", words="what is offered as {offer}")
def offer_capacity(m: Supply, offer: str, period: int) -> Any:
    r"""No more is bought than is offered.

    .. math:: buy_{ot} \le K_{ot}
    """
    return m.buy[offer, period] <= m.offered[offer, period]


@cost_term("buy", words="price")
def purchase(m: Supply, offer: str, period: int) -> Any:
    r"""Goods bought on the spot.

    .. math:: \sum_{ot} \delta_t\, price_{ot}\, buy_{ot}
    """
    return m.discount[period] * m.offer_price[offer, period]


@cost_term("run", words="conversion")
def conversion(m: Supply, site: str, recipe: str, cls: str, period: int) -> Any:
    r"""Tolling: what plants are paid for their activity (for a mine, its concentrate).

    .. math:: \sum_{skqt} \delta_t\, price_{skt}\, run_{skqt}
    """
    return m.discount[period] * m.conversion_price[site, m.structure.by.process_of[recipe], period]
