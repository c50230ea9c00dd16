"""Rules of plants and offers."""

from __future__ import annotations

from typing import Any

from optimizer.formulation.registry import Model, rule


@rule(over="plants")
def plant_capacity(m: Model, site: str, process: str, period: int) -> Any:
    r"""A plant runs within its capacity and what projects have added to it.

    .. math:: \sum_{k, q} run_{skqt} \le K_{st} + \sum_p k_p \sum_{t' \le t} open_{pt't}\, start_{pt'}
    """
    runs = sum(m.run[(*lot, period)] for lot in m.links.runs_of[site, process])
    return runs <= m.capacity[site, process, period] + sum(
        m.links.opened(m, project, period) for project in m.links.expansions[site, process]
    )


@rule(over="offers")
def offer_capacity(m: Model, offer: str, period: int) -> Any:
    r"""No more is bought than is offered.

    .. math:: buy_{ot} \le K_{ot}
    """
    return m.buy[offer, period] <= m.offered[offer, period]
