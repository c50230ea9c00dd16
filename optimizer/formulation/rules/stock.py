"""Rules of stock: room, cover, reserve, the last day."""

from __future__ import annotations

from typing import Any

from optimizer.formulation.registry import Indexed, Model, cost_term, rule, variable
from optimizer.formulation.rules.goods import Goods


def _most_left(m: Model, site: str, material: str) -> float:
    """The terminal stock: beyond it, what is left is worth nothing."""
    return m.structure.by.stocks[site, material].terminal


class Stock(Goods):
    """What is kept."""

    cover_breach: Indexed = variable(
        over="covered", meaning="missing from cover", words="cover of {product} missing at {site}"
    )
    allocated: Indexed = variable(
        over="cover_parts",
        meaning="of a stock that counts in the cover of a product",
        words="stock of {material} at {site} that counts in the cover of {product}",
    )
    reserve_breach: Indexed = variable(
        over="reserved", meaning="missing from the reserve", words="reserve of {material} missing at {site}"
    )
    terminal_breach: Indexed = variable(
        over="terminals",
        meaning="missing on the last day",
        words="{material} missing at {site} on the last day",
        timed=False,
    )
    coming: Indexed = variable(
        over="terminals",
        meaning="of what is under way on the last day, meant for a stock",
        words="{material} under way to {site} on the last day",
        timed=False,
    )
    closing: Indexed = variable(
        over="terminals",
        meaning="of what is there or under way on the last day, worth something",
        words="{material} left for {site} on the last day",
        timed=False,
        upper=_most_left,
    )
    opening: Indexed = variable(
        over="opening_stocks",
        meaning="in stock when the horizon begins",
        words="{material} at {site} when the horizon begins",
        timed=False,
    )
    storable: Indexed
    holding_price: Indexed
    cover_target: Indexed
    substitute_in_target: Indexed
    reserve_kept_back: Indexed
    still_under_way: Indexed
    closing_value: Indexed


@rule(over="opening_stocks", words="the opening stock of {material} at {site}", timed=False, plain=True)
def opening_stock(m: Stock, site: str, material: str) -> Any:
    r"""What is in stock when the horizon begins is given; its storage until the end of the first period is paid.

    .. math:: opening_{si} = stated_{si}
    """
    return m.opening[site, material] == m.structure.by.stocks[site, material].opening


@rule(over="stock_sites", words="the room for {material} at {site}")
def stock_capacity(m: Stock, site: str, material: str, period: int) -> Any:
    r"""Stock stays within the room there is for it.

    .. math:: \sum_q stock_{siqt} \le K_{sit}
    """
    return (
        sum(m.stock[(*key, period)] for key in m.links.classes_of[site, material]) <= m.storable[site, material, period]
    )


@rule(over="covered", words="the days of cover of {product} at {site}")
def stock_cover(m: Stock, site: str, product: str, period: int) -> Any:
    r"""What counts of the stock of a product and of its substitutes lasts its days of cover, or the gap is priced.

    The target is what is wanted in the days :math:`D` that follow a period, the last rate going on past the last day.

    .. math:: \sum_i ratio_{di}\, allocated_{sdit} + cover\_breach_{sdt} \ge cover_{sdt}
        = \int_0^{D_{sdt}} demand_{sd}(end_t + u)\, du
    """
    held = sum(
        m.structure.by.ratio[product, part.material] * m.allocated[(*part, period)]
        for part in m.links.cover_parts[site, product]
    )
    return held + m.cover_breach[site, product, period] >= m.cover_target[site, product, period]


@rule(over="covering", words="stock of {material} at {site} that counts in covers", plain=True)
def cover_counted_once(m: Stock, site: str, material: str, period: int) -> Any:
    r"""A tonne in stock counts in the cover of one product.

    .. math:: \sum_d allocated_{sdit} \le \sum_q stock_{siqt}
    """
    counted = sum(m.allocated[(*part, period)] for part in m.links.covers[site, material])
    return counted <= sum(m.stock[(*key, period)] for key in m.links.classes_of[site, material])


@rule(over="cover_substitutes", words="the largest share of {material} in the cover of {product} at {site}")
def cover_by_substitute(m: Stock, site: str, product: str, material: str, period: int) -> Any:
    r"""A substitute counts in a cover up to its share of what is wanted in those days.

    .. math:: ratio_{di}\, allocated_{sdit} \le \int_0^{D_{sdt}} (max\_share_{di} \cdot demand_{sd})(end_t + u)\, du
    """
    counted = m.structure.by.ratio[product, material] * m.allocated[site, product, material, period]
    return counted <= m.substitute_in_target[site, product, material, period]


@rule(over="reserved", words="the reserve of {material} at {site}")
def reserve_kept(m: Stock, site: str, material: str, period: int) -> Any:
    r"""A reserve stays, unless an emergency releases it; the gap is priced.

    .. math:: \sum_q stock_{siqt} + reserve\_breach_{sit} \ge reserve_{sit}
    """
    held = sum(m.stock[(*key, period)] for key in m.links.classes_of[site, material])
    return held + m.reserve_breach[site, material, period] >= m.reserve_kept_back[site, material, period]


@rule(over="terminals", words="the stock of {material} left at {site} on the last day", timed=False)
def terminal_stock(m: Stock, site: str, material: str) -> Any:
    r"""Enough is left on the last day, in stock or under way; the gap is priced at the material's value and a penalty.

    .. math:: \sum_q stock_{siqT} + coming_{si} + terminal\_breach_{si} \ge terminal_{si}
    """
    gap = m.terminal_breach[site, material]
    return _held_last(m, site, material) + m.coming[site, material] + gap >= _most_left(m, site, material)


@rule(over="terminal_places", words="{material} under way to {place} on the last day", timed=False, plain=True)
def goods_coming(m: Stock, place: str, material: str) -> Any:
    r"""No more is meant for the stocks of a place than is under way to it on the last day.

    .. math:: \sum_{s \in j} coming_{si} \le \sum_{l \to j} \sum_{t, q} under\_way_{lt}\, ship_{lqt}
    """
    sent = sum(
        m.still_under_way[(*m.structure.way(lane), period)] * m.ship[(*lane, period)]
        for lane, period in m.links.towards[place, material]
    )
    return sum(m.coming[key] for key in m.links.ending[place, material]) <= sent


@rule(over="terminals", words="what is left of {material} for {site} on the last day", timed=False, plain=True)
def closing_stock(m: Stock, site: str, material: str) -> Any:
    r"""What counts as left is in stock or under way, and no more than the terminal stock.

    .. math:: closing_{si} \le \sum_q stock_{siqT} + coming_{si}, \qquad closing_{si} \le terminal_{si}
    """
    return m.closing[site, material] <= _held_last(m, site, material) + m.coming[site, material]


def _held_last(m: Stock, site: str, material: str) -> Any:
    """Tonnes in stock on the last day."""
    last = m.structure.periods[-1]
    return sum(m.stock[(*key, last)] for key in m.links.classes_of[site, material])


@cost_term("stock", words="holding stock")
def holding(m: Stock, site: str, material: str, cls: str, period: int) -> Any:
    r"""Storage and insurance of the mean of what is in stock when a period begins and ends; capital is discounted.

    .. math:: \sum_{siqt} \tfrac12 \bigl(\delta_t\, holding_{sit} + \delta_{t+1}\, holding_{si,t+1}\bigr)\, stock_{siqt}
    """
    price = 0.5 * m.discount[period] * m.holding_price[site, material, period]
    if period == m.structure.periods[-1]:
        return price
    return price + 0.5 * m.discount[period + 1] * m.holding_price[site, material, period + 1]


@cost_term("opening", words="holding opening stock")
def opening_holding(m: Stock, site: str, material: str) -> Any:
    r"""The same of the opening stock, for its half of the first period.

    .. math:: \sum_{si} \tfrac12\, \delta_1\, holding_{si1}\, opening_{si}
    """
    return 0.5 * m.discount[0] * m.holding_price[site, material, 0]


@cost_term("cover_breach", words="penalty for missing cover", penalty=True)
def cover_gap(m: Stock, site: str, product: str, period: int) -> Any:
    r"""Penalty for stock below its cover.

    .. math:: \sum_{sdt} \delta_t\, years_t\, penalty_{sd}\, cover\_breach_{sdt}
    """
    return m.discount[period] * m.structure.calendar.years[period] * m.structure.by.stocks[site, product].penalty


@cost_term("reserve_breach", words="penalty for a missing reserve", penalty=True)
def reserve_gap(m: Stock, site: str, material: str, period: int) -> Any:
    r"""Penalty for a reserve drawn without release.

    .. math:: \sum_{sit} \delta_t\, years_t\, penalty_{si}\, reserve\_breach_{sit}
    """
    return m.discount[period] * m.structure.calendar.years[period] * m.structure.by.stocks[site, material].penalty


@cost_term("terminal_breach", words="penalty for stock missing on the last day", penalty=True)
def terminal_gap(m: Stock, site: str, material: str) -> Any:
    r"""Penalty for stock missing on the last day: a year's penalty, and what the value is above that of what is left.

    .. math:: \sum_{si} \delta_T\, (v_i - worth_{si} + penalty_{si})\, terminal\_breach_{si}
    """
    value = m.structure.by.materials[material].unit_value * 1000 + m.structure.by.stocks[site, material].penalty
    last = m.discount[m.structure.periods[-1]]
    return last * value - last * m.closing_value[site, material]


@cost_term("closing", words="worth of what is left on the last day")
def closing_worth(m: Stock, site: str, material: str) -> Any:
    r"""What is left on the last day, up to the terminal stock, at the lower of its value and its least price then.

    .. math:: - \sum_{si} \delta_T\, worth_{si}\, closing_{si}
    """
    return -m.discount[m.structure.periods[-1]] * m.closing_value[site, material]
