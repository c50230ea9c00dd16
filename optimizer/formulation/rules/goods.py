"""Rules of matter: what comes in covers what goes out."""

from __future__ import annotations

from typing import Any

from optimizer.formulation.links import Node
from optimizer.formulation.registry import Indexed, Model, rule, variable


class Goods(Model):
    """What stands in a balance: everything that brings goods to a place or takes them away."""

    buy: Indexed = variable(over="offers", meaning="bought on the spot", words="bought as {offer}")
    take: Indexed = variable(over="contracts", meaning="taken under contract", words="taken under contract {contract}")
    ship: Indexed = variable(
        over="lanes", meaning="leaving on a lane", words="{material} shipped from {origin} to {destination}{by_mode}"
    )
    run: Indexed = variable(over="runs", meaning="activity of a plant", words="made at {site} by recipe {recipe}")
    downgrade: Indexed = variable(
        over="downgrades",
        meaning="goods of a cleaner class used as a more exposed one",
        words="{material} at {place} used as goods exposed to {used_as}",
    )
    dilute: Indexed = variable(
        over="dilutes",
        meaning="exposed input inside a cleaner lot",
        words="{material} exposed to {exposure} inside a lot of {recipe} at {site}",
    )
    stock: Indexed = variable(
        over="stocks", meaning="in stock at the end of a period", words="{material} kept at {site}"
    )
    sell: Indexed = variable(over="sold", meaning="sold of what is left over", words="{material} sold at {at}")
    serve: Indexed = variable(over="serves", meaning="delivered to a demand", words="{material} delivered at {site}")
    arriving: Indexed
    ordered: Indexed


@rule(over="balances", words="{material} at {place}", plain=True)
def material_balance(m: Goods, place: str, material: str, cls: str, period: int) -> Any:
    r"""What comes in covers what goes out of a place, in each exposure class; what is not needed may be discarded.

    .. math::

        stock_{t-1} + inflow_t + \sum_{o} buy_{ot} + \sum_c take_{ct}
        + \sum_{l \to j} \sum_{t'} arriving_{lt't}\, ship_{lqt'}
        + \sum_k out_{ki}\, run_{kqt} + \sum_{q' \subset q} downgrade_{q'qt}
        \ge stock_t + \sum_{l \leftarrow j} ship_{lqt} + \sum_k need_{ki}\, run_{kqt} - \sum dilute_{\cdot \to q}
        + \sum dilute_{q \to \cdot} + \sum_{q' \supset q} downgrade_{qq't} + \sum_d serve_{diqt} + \sum_b sell_{bjqt}
    """
    node = (place, material, cls)
    return goods_left(m, node, period) >= -m.links.inflow[(*node, period)]


def paid(m: Model, period: int, days: int) -> float:
    """What a USD is worth on the first day that is paid so many days after others of a period.

    Parameters
    ----------
    m : Model
    period, days : int
    """
    rate = m.structure.case.file.discount_rate
    return m.discount[period] * float((1 + rate) ** (-days / 365)) if days else m.discount[period]


def goods_left(m: Goods, node: Node, period: int) -> Any:
    """What comes to a place less what goes out of it in a period, opening stock and arrivals left out, t.

    Parameters
    ----------
    m : Goods
    node : tuple of str
        Place, material and class.
    period : int
    """
    links = m.links
    comes = [m.buy[o, period] for o in links.buys[node]]
    comes += [m.take[c, period] for c in links.takes[node]]
    for lane in links.lanes_in[node]:
        way = m.structure.way(lane)
        comes += [
            m.arriving[(*way, leaves, period)] * m.ship[(*lane, leaves)] for leaves in links.sent_for[way, period]
        ]
    comes += [tonnes * m.run[(*lot, period)] for lot, tonnes in links.made[node]]
    comes += [m.downgrade[(*key, period)] for key in links.downgraded_into[node]]
    goes = [m.ship[(*lane, period)] for lane in links.lanes_out[node]]
    goes += [need * m.run[(*lot, period)] for lot, need in links.needed[node]]
    comes += [m.dilute[(*key, period)] for key in links.diluted_for[node]]
    goes += [m.dilute[(*key, period)] for key in links.diluted_of[node]]
    goes += [m.downgrade[(*key, period)] for key in links.downgraded_from[node]]
    goes += [m.serve[(*key, period)] for key in links.served[node]]
    goes += [m.sell[(*key, period)] for key in links.sold[node]]
    for key in links.stored[node]:
        goes.append(m.stock[(*key, period)])
        if period > 0:
            comes.append(m.stock[(*key, period - 1)])
    return sum(comes) - sum(goes)
