r"""Cost terms: what a unit of a variable costs, discounted to the start by its period's factor :math:`\delta_t`."""

from __future__ import annotations

from typing import Any

from optimizer.formulation.registry import COST_TERMS, Model, cost_term

__all__ = ["COST_TERMS"]


@cost_term("buy")
def purchase(m: Model, offer: str, period: int) -> Any:
    r"""Goods bought on the spot.

    .. math:: \sum_{ot} \delta_t\, price_{ot}\, buy_{ot}
    """
    return m.discount[period] * m.offer_price[offer, period]


@cost_term("take")
def contract_purchase(m: Model, contract: str, period: int) -> Any:
    r"""Goods taken under contract.

    .. math:: \sum_{ct} \delta_t\, price_{ct}\, take_{ct}
    """
    return m.discount[period] * m.contract_price[contract, period]


@cost_term("reserve")
def reservation(m: Model, contract: str) -> Any:
    r"""Fees for reserved volume.

    .. math:: \sum_{c} fee_c \sum_t \delta_t\, years_{ct}\, reserve_c
    """
    fee = m.links.contract_rows[contract].reservation_fee
    return sum(fee * m.discount[period] * m.contract_years[contract, period] for period in m.structure.periods)


@cost_term("unpaid")
def unpaid_take(m: Model, contract: str, period: int) -> Any:
    r"""Contracted goods paid for and not taken.

    .. math:: \sum_{ct} \delta_t\, price_{ct}\, unpaid_{ct}
    """
    return m.discount[period] * m.contract_price[contract, period]


@cost_term("run")
def conversion(m: Model, site: str, recipe: str, cls: str, period: int) -> Any:
    r"""Tolling: what plants are paid for their activity (for a mine, its concentrate).

    .. math:: \sum_{skqt} \delta_t\, price_{skt}\, run_{skqt}
    """
    return m.discount[period] * m.conversion_price[site, m.structure.process[recipe], period]


@cost_term("ship")
def freight(m: Model, origin: str, destination: str, material: str, cls: str, period: int) -> Any:
    r"""Freight of all goods moved.

    .. math:: \sum_{lqt} \delta_t\, freight_{lt}\, ship_{lqt}
    """
    country = m.structure.country
    return m.discount[period] * m.freight_rate[country[origin], country[destination], period]


@cost_term("ship")
def duty(m: Model, origin: str, destination: str, material: str, cls: str, period: int) -> Any:
    r"""Duties on goods that cross a border.

    .. math:: \sum_{lqt} \delta_t \Bigl(\sum rate_{lt}\Bigr) v_i\, ship_{lqt}
    """
    country = m.structure.country
    key = country[origin], country[destination], material, period
    return m.discount[period] * m.duty_per_tonne[key] if key in m.duty_per_tonne else None


@cost_term("charged")
def export_charge(m: Model, country: str, material: str, period: int) -> Any:
    r"""Export charges on what leaves a country and was not bought at a price that holds them.

    .. math:: \sum_{it} \delta_t\, charge_{it}\, charged_{it}
    """
    return m.discount[period] * m.export_charge_per_tonne[country, material, period]


@cost_term("stock")
def holding(m: Model, site: str, material: str, cls: str, period: int) -> Any:
    r"""Storage and insurance of what is in stock at the end of a period; capital is counted by discounting.

    .. math:: \sum_{siqt} \delta_t\, holding_{sit}\, stock_{siqt}
    """
    return m.discount[period] * m.holding_price[site, material, period]


@cost_term("serve")
def substitution(m: Model, site: str, product: str, end_use: str, material: str, cls: str, period: int) -> Any:
    r"""Extra cost of serving a demand with a substitute.

    .. math:: \sum_{diqt} \delta_t\, extra_{dit}\, serve_{diqt}
    """
    if material == product:
        return None
    return m.discount[period] * m.substitution_price[site, product, end_use, material, period]


@cost_term("start")
def projects(m: Model, project: str, period: int) -> Any:
    r"""Projects started.

    .. math:: \sum_{pt} \delta_t\, cost_{pt}\, start_{pt}
    """
    return m.discount[period] * m.project_price[project, period]


@cost_term("short")
def shortage(m: Model, site: str, product: str, end_use: str, period: int) -> Any:
    r"""Penalty for demand that goes short.

    .. math:: \sum_{dt} \delta_t\, penalty_{dt}\, short_{dt}
    """
    return m.discount[period] * m.shortage_penalty[site, product, end_use, period]


@cost_term("cover_breach")
def cover_gap(m: Model, site: str, product: str, period: int) -> Any:
    r"""Penalty for stock below its cover.

    .. math:: \sum_{sdt} \delta_t\, years_t\, penalty_{sd}\, cover\_breach_{sdt}
    """
    return m.discount[period] * m.structure.calendar.years[period] * m.links.stock_rows[site, product].penalty


@cost_term("reserve_breach")
def reserve_gap(m: Model, site: str, material: str, period: int) -> Any:
    r"""Penalty for a reserve drawn without release.

    .. math:: \sum_{sit} \delta_t\, years_t\, penalty_{si}\, reserve\_breach_{sit}
    """
    return m.discount[period] * m.structure.calendar.years[period] * m.links.stock_rows[site, material].penalty


@cost_term("terminal_breach")
def terminal_gap(m: Model, site: str, material: str) -> Any:
    r"""Penalty for stock missing on the last day: the material's value and a year's penalty.

    .. math:: \sum_{si} \delta_T\, (v_i + penalty_{si})\, terminal\_breach_{si}
    """
    value = m.structure.materials[material].unit_value * 1000
    return m.discount[m.structure.periods[-1]] * (value + m.links.stock_rows[site, material].penalty)


@cost_term("breach")
def policy_breach(m: Model, limit: str, member: str, window: str) -> Any:
    r"""Penalty for limits broken.

    .. math:: \sum_{nmw} \delta_w\, penalty_{nw}\, breach_{nmw}
    """
    last = m.links.window[limit, member, window].periods[-1]
    return m.discount[last] * m.breach_price[limit, member, window]
