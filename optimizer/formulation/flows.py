r"""Rules of matter and capacity: balances, plants, offers, contracts, lanes, lots.

Index: i material, s site, j place (a site, or the hub of a country), k recipe, o offer, c contract, l lane, d demand,
q exposure class, t period, p project.
"""

from __future__ import annotations

from typing import Any

from pyomo.environ import Constraint

from optimizer.formulation.registry import Model, rule


@rule(over="balances")
def material_balance(m: Model, place: str, material: str, cls: str, period: int) -> Any:
    r"""What comes in covers what goes out of a place, in each exposure class; what is not needed may be discarded.

    .. math::

        stock_{t-1} + inflow_t + \sum_{o} buy_{ot} + \sum_c take_{ct}
        + \sum_{l \to j} \sum_{t'} arriving_{lt't}\, ship_{lqt'}
        + \sum_k out_{ki}\, run_{kqt} + \sum_{q' \subset q} downgrade_{q'qt}
        \ge stock_t + \sum_{l \leftarrow j} ship_{lqt} + \sum_k need_{ki}\, run_{kqt} - \sum dilute_{\cdot \to q}
        + \sum dilute_{q \to \cdot} + \sum_{q' \supset q} downgrade_{qq't} + \sum_d serve_{diqt}
    """
    node = (place, material, cls)
    links = m.links
    comes = [m.buy[o, period] for (o,) in links.buys[node]]
    comes += [m.take[c, period] for c in links.takes[node]]
    for a, b, i, q in links.lanes_in[node]:
        pair = m.structure.country[a], m.structure.country[b]
        comes += [
            m.arriving[(*pair, leaves, period)] * m.ship[a, b, i, q, leaves]
            for leaves in links.sent_for[(*pair, period)]
        ]
    comes += [tonnes * m.run[(*lot, period)] for lot, tonnes in links.made[node]]
    comes += [m.downgrade[(*key, period)] for key in links.downgraded_into[node]]
    goes = [m.ship[(*lane, period)] for lane in links.lanes_out[node]]
    goes += [need * m.run[(*lot, period)] for lot, need in links.needed[node]]
    comes += [m.dilute[(*key, period)] for key in links.diluted_for[node]]
    goes += [m.dilute[(*key, period)] for key in links.diluted_of[node]]
    goes += [m.downgrade[(*key, period)] for key in links.downgraded_from[node]]
    goes += [m.serve[(*key, period)] for key in links.served[node]]
    for key in links.stored[node]:
        goes.append(m.stock[(*key, period)])
        if period > 0:
            comes.append(m.stock[(*key, period - 1)])
    return sum(comes) - sum(goes) >= -links.inflow[(*node, period)]


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


@rule(over="contracts")
def contract_take(m: Model, contract: str, period: int) -> Any:
    r"""No more is taken than was reserved.

    .. math:: take_{ct} \le years_{ct}\, reserve_c
    """
    return m.take[contract, period] <= m.contract_years[contract, period] * m.reserve[contract]


@rule(over="contracts")
def take_or_pay(m: Model, contract: str, period: int) -> Any:
    r"""The committed share of what was reserved is taken, or paid for.

    .. math:: take_{ct} + unpaid_{ct} \ge \theta_c\, years_{ct}\, reserve_c
    """
    share = m.links.contract_rows[contract].take_or_pay
    return (
        m.take[contract, period] + m.unpaid[contract, period]
        >= share * m.contract_years[contract, period] * m.reserve[contract]
    )


@rule(over="qualifications")
def lane_open(m: Model, project: str, period: int) -> Any:
    r"""A supplier not qualified ships nothing to the buyer's plants, and then no more than it was qualified for.

    .. math:: \sum_{l \in p} \sum_q ship_{lqt} \le k_p \bigl(done_{pt} + \sum_{t' \le t} open_{pt't}\, start_{pt'}\bigr)
    """
    lanes = m.structure.qualifies[project]
    if not lanes:
        return Constraint.Skip
    return sum(m.ship[(*lane, period)] for lane in lanes) <= m.links.opened(m, project, period)


@rule(over="startable", timed=False)
def project_once(m: Model, project: str) -> Any:
    r"""A project is started at most once; a part of it counts as a part.

    .. math:: \sum_t start_{pt} \le 1
    """
    return sum(m.start[project, period] for period in m.links.start_periods[project]) <= 1


@rule(over="bounded_dilutions")
def dilution_within_recipe(m: Model, site: str, recipe: str, material: str, lot: str, period: int) -> Any:
    r"""A lot holds no more diluted input than its recipe needs (written where the value rule does not imply it).

    .. math:: \sum_{q'} dilute_{skiq'qt} \le need_{ki}\, run_{skqt}
    """
    need = -m.structure.recipes[recipe][material]
    return (
        sum(m.dilute[(*key, period)] for key in m.links.dilutions[site, recipe, material, lot])
        <= need * m.run[site, recipe, lot, period]
    )


@rule(over="clean_lots")
def de_minimis(m: Model, control: str, site: str, recipe: str, lot: str, period: int) -> Any:
    r"""A lot clean of a content rule holds less than the rule's threshold of exposed value.

    The rule bites at the threshold, so a lot stays a margin below it. The share holds on average over a site, a class
    and a period.

    .. math:: \sum_{i,\, q' \ni r} v_i\, dilute_{skiq'qt} \le \max(0, \theta_r - margin)\, v_k\, run_{skqt}
    """
    values = m.structure.materials
    exposed = sum(
        values[key[2]].unit_value * m.dilute[(*key, period)]
        for key in m.links.exposed_dilutions[control, site, recipe, lot]
    )
    return exposed <= m.content_share[control, period] * m.links.output_value[recipe] * m.run[site, recipe, lot, period]
