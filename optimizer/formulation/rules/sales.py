"""Rules of sales: only what is left over is sold, and what must be treated is not thrown away."""

from __future__ import annotations

from typing import Any

from optimizer.formulation.registry import Indexed, cost_term, rule, variable
from optimizer.formulation.rules.goods import goods_left
from optimizer.formulation.rules.stock import Stock
from optimizer.network.sale_keys import SaleKey, SiteRecipe, WantedMove


class Sales(Stock):
    """What is sold, and what is made because it is wanted."""

    wanted: Indexed = variable(
        over="wanted_runs",
        meaning="activity for an output that is wanted",
        words="run of {recipe} at {site} for {material} that is wanted",
    )
    wanted_move: Indexed = variable(
        over="wanted_moves",
        meaning="leaving on a lane of what is wanted",
        words="{material} that is wanted, from {origin} to {destination}{by_mode}",
    )
    wanted_stock: Indexed = variable(
        over="wanted_stocks",
        meaning="in stock at the end of a period of what is wanted",
        words="{material} that is wanted, kept at {place}",
    )
    saleable: Indexed
    sale_price: Indexed
    sale_counts: Indexed
    sale_open: Indexed
    thrown_away: Indexed


@rule(over="sales", words="what {buyer} takes of {material} at {place}")
def sale_capacity(m: Sales, material: str, place: str, buyer: str, period: int) -> Any:
    r"""No more is sold to a buyer than it takes.

    .. math:: \sum_{j, q} sell_{bjqt} \le K_{bt}
    """
    key = SaleKey(material, place, buyer)
    return sum(m.sell[(*some, period)] for some in m.links.sold_to[key]) <= m.saleable[(*key, period)]


@rule(over="outlet_goods", words="{material} at {place} that must be treated", plain=True)
def treated(m: Sales, place: str, material: str, cls: str, period: int) -> Any:
    r"""What must be treated is not thrown away: all that comes in goes out, as far as the buyer's price is below 0.

    .. math:: in_{jiqt} - out_{jiqt} \le thrown\_away_{jit}
    """
    node = (place, material, cls)
    return goods_left(m, node, period) <= m.thrown_away[place, material, period] - m.links.inflow[(*node, period)]


@rule(over="left_over", words="{material} that is left over", timed=False)
def sold_left_over(m: Sales, material: str) -> Any:
    r"""Only what is left over is sold: by-products of what is wanted, and opening stock beyond the terminal stock.

    What is treated need not be. In periods that are over when news comes what was sold was left over then, and what
    of it is in stock at their end, :math:`t^*`, still is, where no terminal stock is asked for; :math:`open` is 0 in
    these and else 1.

    .. math:: \sum_{b, t} counts_{bt}\, sell_{bt} \le \sum_t open_t \sum_{s, k} out_{ki} \sum_{i' \ne i} wanted_{ski't}
        + \sum_s stock_{sit^*} + open_1 \sum_s (opening_{si} - terminal_{si})^+
    """
    wanted, recipes, periods = m.links.wanted, m.structure.by.recipes, m.structure.periods
    first = wanted.rest[material][0][:3]
    sold = sum(m.sale_counts[(*key[:3], t)] * m.sell[(*key, t)] for key in wanted.rest[material] for t in periods)
    beside = sum(
        recipes[run.recipe][material] * m.sale_open[(*first, t)] * m.wanted[(*run, t)]
        for run in wanted.index["wanted_runs"]
        if run.material != material and recipes[run.recipe].get(material, 0.0) > 0
        for t in periods
    )
    kept = sum(
        (m.sale_open[(*first, t + 1)] - m.sale_open[(*first, t)]) * m.stock[(*key, t)]
        for key in m.structure.index["stocks"]
        if key.material == material and not m.structure.by.stocks[key[:2]].terminal
        for t in periods[:-1]
    )
    stocks = [row for row in m.structure.case.tables.stocks if row.material == material]
    spare = sum(max(0.0, row.opening - row.terminal) for row in stocks)
    return sold <= beside + kept + spare * m.sale_open[(*first, 0)]


@rule(over="wanted_plants", words="what {site} runs of {recipe} for what is wanted", plain=True)
def wanted_runs(m: Sales, site: str, recipe: str, period: int) -> Any:
    r"""A run is wanted for one of its outputs, and once.

    .. math:: \sum_i wanted_{skit} \le \sum_q run_{skqt}
    """
    key = SiteRecipe(site, recipe)
    return _wanted_of(m, key, period) <= sum(m.run[(*run, period)] for run in m.links.wanted.runs[key])


@rule(over="wanted_moves", words="{material} from {origin} to {destination}{by_mode} that is wanted", plain=True)
def wanted_moves(m: Sales, origin: str, destination: str, material: str, mode: str, period: int) -> Any:
    r"""No more goes on as wanted than goes there.

    .. math:: wanted\_move_{lt} \le \sum_q ship_{lqt}
    """
    key = WantedMove(origin, destination, material, mode)
    return m.wanted_move[(*key, period)] <= sum(m.ship[(*lane, period)] for lane in m.links.wanted.lanes[key])


@rule(over="wanted_stocks", words="{material} kept at {place} that is wanted", plain=True)
def wanted_stocks(m: Sales, place: str, material: str, period: int) -> Any:
    r"""No more is kept as wanted than is in stock, and on the last day than terminal stock was built.

    .. math:: wanted\_stock_{jit} \le \sum_{s \in j} \sum_q stock_{siqt}, \qquad wanted\_stock_{jiT}
        \le \sum_{s \in j} \Bigl(1 - \frac{opening_{si}}{terminal_{si}}\Bigr)^+ closing_{si}
    """
    spot, by = (place, material), m.structure.by
    if period < m.structure.periods[-1]:
        most = [m.stock[(*key, period)] for key in m.links.wanted.kept[spot]]
    else:
        rows = {key: by.stocks[key] for key in m.links.ending.get(spot, ())}
        most = [
            (1 - row.opening / row.terminal) * m.closing[key] for key, row in rows.items() if row.opening < row.terminal
        ]
    return m.wanted_stock[place, material, period] <= sum(most)


@rule(over="wanted_goods", words="{material} at {place} that is wanted", plain=True)
def wanted_goods(m: Sales, place: str, material: str, period: int) -> Any:
    r"""What is made or comes as wanted is delivered, sold on a market, kept, goes where it arrives, or is eaten so.

    .. math::

        \sum_{s, k} out_{ki}\, wanted_{skit} + \sum_{l \to j} \sum_{t'} arriving_{lt't}\, wanted\_move_{lt'}
        + wanted\_stock_{t-1} \le \sum_{l \leftarrow j} (1 - under\_way_{lt})\, wanted\_move_{lt}
        + \sum_{s, k, i'} need_{ki}\, wanted_{ski't} + \sum_d serve_{dit} + \sum_b sell_{bt} + wanted\_stock_t
    """
    spot, links, wanted, recipes = (place, material), m.links, m.links.wanted, m.structure.by.recipes
    comes = [recipes[run.recipe][material] * m.wanted[(*run, period)] for run in wanted.giving[spot]]
    for move in wanted.into[spot]:
        way = m.structure.way(wanted.lanes[move][0])
        comes += [
            m.arriving[(*way, leaves, period)] * m.wanted_move[(*move, leaves)]
            for leaves in links.sent_for[way, period]
        ]
    goes = []
    for move in wanted.out_of.get(spot, ()):
        way = m.structure.way(wanted.lanes[move][0])
        goes.append((1 - m.still_under_way[(*way, period)]) * m.wanted_move[(*move, period)])
    goes += [-recipes[key.recipe][material] * _wanted_of(m, key, period) for key in wanted.needing[spot]]
    goes += [m.serve[(*key, period)] for key in links.served_at[spot]]
    goes += [m.sell[(*key, period)] for key in wanted.markets[spot]]
    if wanted.kept.get(spot):
        goes.append(m.wanted_stock[(*spot, period)])
        comes += [m.wanted_stock[(*spot, period - 1)]] if period else []
    return sum(comes) <= sum(goes)


def _wanted_of(m: Sales, key: SiteRecipe, period: int) -> Any:
    """Activity of a site's recipe for all of its outputs that are wanted."""
    return sum(m.wanted[(*key, material, period)] for material in m.links.wanted.outputs[key.recipe])


@cost_term("sell", words="sales of what is left over")
def sales(m: Sales, material: str, place: str, buyer: str, at: str, cls: str, period: int) -> Any:
    r"""What buyers pay for what is sold to them; what treating it costs, where the price is below 0.

    .. math:: - \sum_{bjqt} \delta_t\, price_{bt}\, sell_{bjqt}
    """
    return -m.discount[period] * m.sale_price[material, place, buyer, period]
