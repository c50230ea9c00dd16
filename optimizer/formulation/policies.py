r"""Rules of people: licences, demand, stock, and the limits of a policy.

Index: i material, s site, j place, l lane, d demand, q exposure class, t period, r control, g licence group,
a applicants, n limit, w window.
"""

from __future__ import annotations

from typing import Any

from optimizer.formulation.registry import Model, rule


@rule(over="export_licences")
def export_licence(m: Model, control: str, place: str, group: str, period: int) -> Any:
    r"""The licensed share of what a place could export leaves it; a control that approves all restricts nothing.

    What goes to applicants with a higher approval takes less of it, nothing if the control approves nothing else.

    .. math:: \sum_{l \in (r, j, g)} counted_{rlt} \sum_q ship_{lqt} \le approval_{rt} \cdot exportable_{jgt}
    """
    return _counted(m, "export", control, place, group, period) <= m.export_licensed[control, place, group, period]


@rule(over="content_licences")
def content_licence(m: Model, control: str, place: str, group: str, period: int) -> Any:
    r"""The same for goods under a content rule that cross a border between third countries.

    .. math:: \sum_{l \in (r, j, g)} counted_{rlt} \sum_{q \ni r} ship_{lqt} \le approval_{rt} \cdot exportable_{jgt}
    """
    return _counted(m, "content", control, place, group, period) <= m.content_licensed[control, place, group, period]


def _counted(m: Model, kind: str, control: str, place: str, group: str, period: int) -> Any:
    """What is shipped under a licence, as it counts."""
    of = m.structure.applicants.of
    return sum(
        m.ship[(*lane, period)] * (m.counted[control, of[control, lane], period] if (control, lane) in of else 1.0)
        for lane in m.structure.governs[kind][control, place, group]
    )


@rule(over="export_applicants")
def export_licence_of_applicants(m: Model, control: str, place: str, group: str, applicants: str, period: int) -> Any:
    r"""Applicants whom a control treats otherwise than others get what is licensed to them; listed entities nothing.

    .. math:: \sum_{l \in (r, j, g, a)} \sum_q ship_{lqt} \le approval_{rat} \cdot exportable_{jgt}
    """
    lanes = m.structure.applicants.lanes["export"][control, place, group, applicants]
    shipped = sum(m.ship[(*lane, period)] for lane in lanes)
    return shipped <= m.export_licensed_to[control, place, group, applicants, period]


@rule(over="content_applicants")
def content_licence_of_applicants(m: Model, control: str, place: str, group: str, applicants: str, period: int) -> Any:
    r"""The same for goods under a content rule that cross a border between third countries.

    .. math:: \sum_{l \in (r, j, g, a)} \sum_{q \ni r} ship_{lqt} \le approval_{rat} \cdot exportable_{jgt}
    """
    lanes = m.structure.applicants.lanes["content"][control, place, group, applicants]
    shipped = sum(m.ship[(*lane, period)] for lane in lanes)
    return shipped <= m.content_licensed_to[control, place, group, applicants, period]


@rule(over="end_use_licences")
def end_use_licence(m: Model, control: str, site: str, product: str, end_use: str, period: int) -> Any:
    r"""Exposed goods reach an end use only as far as they are licensed for it.

    .. math:: \sum_{i,\, q \ni r} serve_{diqt} \le approval_{rt} \cdot quantity_{dt}
    """
    served = m.structure.serves_under[control, site, product, end_use]
    return sum(m.serve[(*key, period)] for key in served) <= m.end_use_licensed[control, site, product, end_use, period]


@rule(over="demands")
def demand_met(m: Model, site: str, product: str, end_use: str, period: int) -> Any:
    r"""Demand is served or goes short; a demand without a penalty must be met.

    .. math:: \sum_{i, q} ratio_{di}\, serve_{diqt} + short_{dt} = quantity_{dt}
    """
    served = sum(
        m.links.ratio[product, key[3]] * m.serve[(*key, period)] for key in m.links.serving[site, product, end_use]
    )
    return served + m.short[site, product, end_use, period] == m.quantity[site, product, end_use, period]


@rule(over="substitutes")
def substitution_limit(m: Model, site: str, product: str, end_use: str, material: str, period: int) -> Any:
    r"""A substitute serves at most its share of a demand.

    .. math:: ratio_{di} \sum_q serve_{diqt} \le max\_share_{dit}\, quantity_{dt}
    """
    keys = [key for key in m.links.serving[site, product, end_use] if key[3] == material]
    served = m.links.ratio[product, material] * sum(m.serve[(*key, period)] for key in keys)
    return served <= m.substitute_allowed[site, product, end_use, material, period]


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


@rule(over="limit_spans", timed=False)
def volume_definition(m: Model, limit: str, window: str) -> Any:
    r"""Tonnes (or USD) at a limit's stage in a window, embedded origins included.

    .. math:: volume_{nw} = \sum_{t \in w} \Bigl(\sum_{s, k, q} out_k\, run_{skqt} + \sum_o buy_{ot} + \sum_c take_{ct}
        + \text{embedded}\Bigr)
    """
    return m.volume[limit, window] == m.links.counted(m, limit, None, window)


@rule(over="limit_windows", timed=False)
def member_volume(m: Model, limit: str, member: str, window: str) -> Any:
    r"""The same, of one member (a supplier, a country, an owner, or a group).

    .. math:: member_{nmw} = \sum_{t \in w} \sum_{\text{flows of } m} \ldots
    """
    return m.member[limit, member, window] == m.links.counted(m, limit, member, window)


@rule(over="share_limits", timed=False)
def group_share(m: Model, limit: str, member: str, window: str) -> Any:
    r"""A member's share stays within its limit, or the breach is priced.

    .. math:: member_{nmw} \le a_{nw}\, volume_{nw} + breach_{nmw} \quad\text{or}\quad
        member_{nmw} + breach_{nmw} \ge a_{nw}\, volume_{nw}
    """
    row = m.links.window[limit, member, window].row
    bound = m.limit_value[limit, member, window] * m.volume[limit, window]
    breach = m.links.breach(m, limit, member, window)
    if row.sense == "at_most":
        return m.member[limit, member, window] <= bound + breach
    return m.member[limit, member, window] + breach >= bound


@rule(over="volume_limits", timed=False)
def group_volume(m: Model, limit: str, member: str, window: str) -> Any:
    r"""A member's tonnes stay within its limit, or the breach is priced.

    .. math:: member_{nmw} \le a_{nw} + breach_{nmw} \quad\text{or}\quad member_{nmw} + breach_{nmw} \ge a_{nw}
    """
    return _bounded(m, limit, member, window)


@rule(over="spend_limits", timed=False)
def group_spend(m: Model, limit: str, member: str, window: str) -> Any:
    r"""What is paid to a member stays within its limit, or the breach is priced.

    .. math:: member_{nmw} \le a_{nw} + breach_{nmw} \quad\text{or}\quad member_{nmw} + breach_{nmw} \ge a_{nw}
    """
    return _bounded(m, limit, member, window)


@rule(over="tangents", timed=False)
def square_tangent(m: Model, limit: str, member: str, window: str, slot: int) -> Any:
    r"""A member's square lies above every tangent :math:`a` drawn so far (lifted to tonnes, so that it stays linear).

    .. math:: square_{nmw} \ge 2 a\, member_{nmw} - a^2\, volume_{nw}
    """
    key = (limit, member, window)
    line = m.tangent_slope[*key, slot] * m.member[key] - m.tangent_drop[*key, slot] * m.volume[limit, window]
    return m.square[key] >= line


@rule(over="hhi_limits", timed=False)
def hhi_limit(m: Model, limit: str, member: str, window: str) -> Any:
    r"""The sum of squared shares stays within its bound, or the breach is priced.

    .. math:: \sum_m square_{nmw} \le H_{nw}\, volume_{nw} + breach_{nw}
    """
    squares = sum(m.square[key] for key in m.links.squares[limit, window])
    bound = m.limit_value[limit, member, window] * m.volume[limit, window]
    return squares <= bound + m.links.breach(m, limit, member, window)


def _bounded(m: Model, limit: str, member: str, window: str) -> Any:
    """A member's total against a bound that is not a share."""
    row = m.links.window[limit, member, window].row
    breach = m.links.breach(m, limit, member, window)
    if row.sense == "at_most":
        return m.member[limit, member, window] - breach <= m.limit_value[limit, member, window]
    return m.member[limit, member, window] + breach >= m.limit_value[limit, member, window]
