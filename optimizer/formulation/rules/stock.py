"""Rules of stock: room, cover, reserve, the last day."""

from __future__ import annotations

from typing import Any

from optimizer.formulation.registry import Model, rule


@rule(over="stock_sites")
def stock_capacity(m: Model, site: str, material: str, period: int) -> Any:
    r"""Stock stays within the room there is for it.

    .. math:: \sum_q stock_{siqt} \le K_{sit}
    """
    return (
        sum(m.stock[(*key, period)] for key in m.links.classes_of[site, material]) <= m.storable[site, material, period]
    )


@rule(over="covered")
def stock_cover(m: Model, site: str, product: str, period: int) -> Any:
    r"""Stock of a product and of its substitutes lasts its days of cover, or the gap is priced.

    .. math:: \sum_{i, q} ratio_{di}\, stock_{siqt} + cover\_breach_{sdt} \ge cover_{sdt}
    """
    held = sum(m.links.ratio[product, key[1]] * m.stock[(*key, period)] for key in m.links.covering[site, product])
    return held + m.cover_breach[site, product, period] >= m.cover_target[site, product, period]


@rule(over="reserved")
def reserve_kept(m: Model, site: str, material: str, period: int) -> Any:
    r"""A reserve stays, unless an emergency releases it; the gap is priced.

    .. math:: \sum_q stock_{siqt} + reserve\_breach_{sit} \ge reserve_{sit}
    """
    held = sum(m.stock[(*key, period)] for key in m.links.classes_of[site, material])
    return held + m.reserve_breach[site, material, period] >= m.reserve_kept_back[site, material, period]


@rule(over="terminals", timed=False)
def terminal_stock(m: Model, site: str, material: str) -> Any:
    r"""Enough is left on the last day; the gap is priced at the value of the material and a penalty.

    .. math:: \sum_q stock_{siqT} + terminal\_breach_{si} \ge terminal_{si}
    """
    last = m.structure.periods[-1]
    held = sum(m.stock[(*key, last)] for key in m.links.classes_of[site, material])
    return held + m.terminal_breach[site, material] >= m.links.stock_rows[site, material].terminal
