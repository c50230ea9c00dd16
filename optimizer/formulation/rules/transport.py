"""Rules of what leaves a country."""

from __future__ import annotations

from typing import Any

from optimizer.formulation.registry import Indexed, cost_term, rule, variable
from optimizer.formulation.rules.goods import Goods
from optimizer.network.route_keys import RouteKey
from optimizer.network.sets import Lane


class Transport(Goods):
    """What moves between countries."""

    charged: Indexed = variable(
        over="charged",
        meaning="leaving a country under an export charge",
        words="{material} leaving {country} under an export charge",
    )
    freight_rate: Indexed
    route_room: Indexed
    duty_per_tonne: Indexed
    export_charge_per_tonne: Indexed


@rule(over="home_markets", words="what is used of {material} in {country}, for which it is sold there")
def home_use(m: Transport, country: str, material: str, period: int) -> Any:
    r"""What is sold for use at home is used there, by plants or deliveries, in the period in which it is bought.

    What was ordered before the first day is no decision: it comes, used or not.

    .. math:: \sum_{o \in home} (buy_{ot} - ordered_{ot}) + \sum_{c \in home} take_{ct}
        \le \sum_{k, q} need_{ki}\, run_{skqt} + \sum_d serve_{diqt}
    """
    flows = m.links.home_bought[country, material]
    before = sum(m.ordered[key, period] for flow, key in flows if flow == "buy" and key in m.links.ordered)
    return _bought(m, flows, period) - before <= _used(m, country, material, period)


@rule(over="charged", words="what leaves {country} of {material} beyond what was bought to leave")
def export_charged(m: Transport, country: str, material: str, period: int) -> Any:
    r"""An export charge is due on what leaves a country, less what was bought there at a price that holds it.

    A tonne bears it once, and nothing is paid back.

    .. math:: charged_{ct i} \ge \sum_{l \leftarrow c} \sum_q ship_{lqt} - \sum_{o \notin home} buy_{ot}
        - \sum_{c \notin home} take_{ct}
    """
    leaves = sum(m.ship[(*lane, period)] for lane in m.links.leaving[country, material])
    return m.charged[country, material, period] >= leaves - _bought(
        m, m.links.bought_to_leave[country, material], period
    )


@rule(over="route_capacities", words="what goes from {from_country} to {to_country}{by_mode}")
def route_capacity(m: Transport, from_country: str, to_country: str, mode: str, goods: str, period: int) -> Any:
    r"""No more leaves over a route than its capacity, all goods together.

    .. math:: \sum_{l \in r} \sum_q ship_{lqt} \le \sum_{d \in t} capacity_{rd}
    """
    way = RouteKey(from_country, to_country, mode, goods)
    return sum(m.ship[(*lane, period)] for lane in m.links.going[way]) <= m.route_room[(*way, period)]


@cost_term("ship", words="freight")
def freight(m: Transport, origin: str, destination: str, material: str, cls: str, mode: str, period: int) -> Any:
    r"""Freight of all goods moved, but of those whose seller pays it.

    .. math:: \sum_{lqt} \delta_t\, freight_{lt}\, ship_{lqt}
    """
    if "freight" in m.structure.by.seller_pays.get((origin, material), ()):
        return None
    way = m.structure.way(Lane(origin, destination, material, cls, mode))
    return m.discount[period] * m.freight_rate[(*way, period)]


@cost_term("ship", words="duty")
def duty(m: Transport, origin: str, destination: str, material: str, cls: str, mode: str, period: int) -> Any:
    r"""Duties on goods that cross a border, but on those whose seller pays them.

    .. math:: \sum_{lqt} \delta_t \Bigl(\sum rate_{lt}\Bigr) v_i\, ship_{lqt}
    """
    country = m.structure.country
    key = country[origin], country[destination], material, period
    mine = "duty" not in m.structure.by.seller_pays.get((origin, material), ())
    return m.discount[period] * m.duty_per_tonne[key] if mine and key in m.duty_per_tonne else None


@cost_term("charged", words="export charge")
def export_charge(m: Transport, country: str, material: str, period: int) -> Any:
    r"""Export charges on what leaves a country and was not bought at a price that holds them.

    .. math:: \sum_{it} \delta_t\, charge_{it}\, charged_{it}
    """
    return m.discount[period] * m.export_charge_per_tonne[country, material, period]


def _bought(m: Transport, flows: list[tuple[str, str]], period: int) -> Any:
    """Tonnes bought as spot offers and taken under contracts."""
    return sum((m.buy if flow == "buy" else m.take)[key, period] for flow, key in flows)


def _used(m: Transport, country: str, material: str, period: int) -> Any:
    """Tonnes of a material that plants and demands in a country use in a period."""
    at = m.structure.country
    total: Any = 0.0
    for (where, what, _), lots in m.links.needed.items():
        if what == material and at[where] == country:
            total += sum(need * m.run[(*lot, period)] for lot, need in lots)
    for (where, what, _), keys in m.links.served.items():
        if what == material and at[where] == country:
            total += sum(m.serve[(*key, period)] for key in keys)
    return total
