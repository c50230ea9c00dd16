"""Rules of limits on share, volume, spend and concentration."""

from __future__ import annotations

from typing import Any

from optimizer.formulation.registry import Indexed, cost_term, rule, variable
from optimizer.formulation.rules.contracts import Contracts
from optimizer.formulation.rules.supply import Supply
from optimizer.network.sets import Key


class Limits(Supply, Contracts):
    """What limits bound."""

    volume: Indexed = variable(
        over="limit_spans",
        meaning="at a limit's stage in a window",
        words="the volume that limit {limit} is about",
        unit="t or USD",
        timed=False,
    )
    member: Indexed = variable(
        over="limit_windows",
        meaning="of a limit's member in a window",
        words="the volume of {member} under limit {limit}",
        unit="t or USD",
        timed=False,
    )
    square: Indexed = variable(
        over="squares",
        meaning="of a member's tonnes, over the volume",
        words="the square of {member}'s share under limit {limit}",
        timed=False,
    )
    breach: Indexed = variable(
        over="soft_limits",
        meaning="by which a limit is broken",
        words="limit {limit} on {member} broken in {window}",
        unit="t or USD",
        timed=False,
    )
    limit_value: Indexed
    breach_price: Indexed
    tangent_slope: Indexed
    tangent_drop: Indexed


@rule(over="limit_spans", words="the volume that limit {limit} is about", timed=False, unit="t or USD", plain=True)
def volume_definition(m: Limits, limit: str, window: str) -> Any:
    r"""Tonnes at a limit's stage in a window, embedded origins included; of spend, all that is paid there in USD.

    .. math:: volume_{nw} = \sum_{t \in w} \Bigl(\sum_{s, k, q} out_k\, run_{skqt} + \sum_o buy_{ot} + \sum_c take_{ct}
        + \text{embedded}\Bigr)
    """
    return m.volume[limit, window] == _counted(m, limit, None, window)


@rule(
    over="limit_windows", words="the volume of {member} under limit {limit}", timed=False, unit="t or USD", plain=True
)
def member_volume(m: Limits, limit: str, member: str, window: str) -> Any:
    r"""The same, of one member (a supplier, a country, an owner, or a group).

    .. math:: member_{nmw} = \sum_{t \in w} \sum_{\text{flows of } m} \ldots
    """
    return m.member[limit, member, window] == _counted(m, limit, member, window)


@rule(
    over="share_limits", words="limit {limit} on {member} in {window}", timed=False, unit="percentage point", part=0.01
)
def group_share(m: Limits, limit: str, member: str, window: str) -> Any:
    r"""A member's share stays within its limit, or the breach is priced.

    .. math:: member_{nmw} \le a_{nw}\, volume_{nw} + breach_{nmw} \quad\text{or}\quad
        member_{nmw} + breach_{nmw} \ge a_{nw}\, volume_{nw}
    """
    row = m.links.window[limit, member, window].row
    bound = m.limit_value[limit, member, window] * m.volume[limit, window]
    breach = _breach(m, limit, member, window)
    if row.sense == "at_most":
        return m.member[limit, member, window] <= bound + breach
    return m.member[limit, member, window] + breach >= bound


@rule(over="volume_limits", words="limit {limit} on {member} in {window}", timed=False)
def group_volume(m: Limits, limit: str, member: str, window: str) -> Any:
    r"""A member's tonnes stay within its limit, or the breach is priced.

    .. math:: member_{nmw} \le a_{nw} + breach_{nmw} \quad\text{or}\quad member_{nmw} + breach_{nmw} \ge a_{nw}
    """
    return _bounded(m, limit, member, window)


@rule(over="spend_limits", words="limit {limit} on {member} in {window}", timed=False, unit="USD")
def group_spend(m: Limits, limit: str, member: str, window: str) -> Any:
    r"""All that is paid to a member stays within its limit, or the breach is priced.

    Goods and tolling count, and what is paid without a tonne: reservations, what is not taken, and projects.

    .. math::

        member_{nmw} \le a_{nw} + breach_{nmw} \quad\text{or}\quad member_{nmw} + breach_{nmw} \ge a_{nw},
        \quad member_{nmw} = \sum_{t \in w} \Bigl(\sum_{s, k, q} price_{skt}\, run_{skqt} + \sum_o price_{ot}\, buy_{ot}
        + \sum_c price_{ct} (take_{ct} + unpaid_{ct}) + \sum_c fee_c\, years_{ct}\, reserve_c
        + \sum_p cost_{pt}\, start_{pt}\Bigr)
    """
    return _bounded(m, limit, member, window)


@rule(over="tangents", words="limit {limit} on the sum of squared shares in {window}", timed=False)
def square_tangent(m: Limits, limit: str, member: str, window: str, slot: int) -> Any:
    r"""A member's square lies above every tangent :math:`a` drawn so far (lifted to tonnes, so that it stays linear).

    .. math:: square_{nmw} \ge 2 a\, member_{nmw} - a^2\, volume_{nw}
    """
    key = (limit, member, window)
    line = m.tangent_slope[*key, slot] * m.member[key] - m.tangent_drop[*key, slot] * m.volume[limit, window]
    return m.square[key] >= line


@rule(
    over="hhi_limits",
    words="limit {limit} on the sum of squared shares in {window}",
    timed=False,
    unit="point of 10,000",
    part=0.0001,
)
def hhi_limit(m: Limits, limit: str, member: str, window: str) -> Any:
    r"""The sum of squared shares stays within its bound, or the breach is priced.

    .. math:: \sum_m square_{nmw} \le H_{nw}\, volume_{nw} + breach_{nw}
    """
    squares = sum(m.square[key] for key in m.links.squares[limit, window])
    bound = m.limit_value[limit, member, window] * m.volume[limit, window]
    return squares <= bound + _breach(m, limit, member, window)


def _bounded(m: Limits, limit: str, member: str, window: str) -> Any:
    """A member's total against a bound that is not a share."""
    row = m.links.window[limit, member, window].row
    breach = _breach(m, limit, member, window)
    if row.sense == "at_most":
        return m.member[limit, member, window] - breach <= m.limit_value[limit, member, window]
    return m.member[limit, member, window] + breach >= m.limit_value[limit, member, window]


@cost_term("breach", words="penalty for a broken limit", penalty=True)
def policy_breach(m: Limits, limit: str, member: str, window: str) -> Any:
    r"""Penalty for limits broken.

    .. math:: \sum_{nmw} \delta_w\, penalty_{nw}\, breach_{nmw}
    """
    last = m.links.window[limit, member, window].periods[-1]
    return m.discount[last] * m.breach_price[limit, member, window]


def _breach(m: Limits, limit: str, member: str, window: str) -> Any:
    """The breach of a limit, or nothing where it is hard."""
    soft = m.links.window[limit, member, window].row.penalty is not None
    return m.breach[limit, member, window] if soft else 0.0


def _counted(m: Limits, limit: str, member: str | None, span: str) -> Any:
    """Tonnes or USD that count in a window, of everybody or of one member."""
    window = m.links.spans[limit, span] if member is None else m.links.window[limit, member, span]
    spend = window.row.measure == "spend"
    flows = {"run": m.run, "buy": m.buy, "take": m.take}
    total: Any = 0.0
    for name, key, tonnes, own in window.counted:
        if member is None or own:
            for period in window.periods:
                total += _paid(m, name, key, period) if spend else tonnes * flows[name][(*key, period)]
    return total


def _paid(m: Limits, variable: str, key: Key, period: int) -> Any:
    """What is paid in a period for what a variable stands for."""
    if variable == "run":
        return m.conversion_price[key[0], m.structure.by.process_of[key[1]], period] * m.run[(*key, period)]
    if variable == "buy":
        return m.offer_price[(*key, period)] * m.buy[(*key, period)]
    if variable == "reserve":
        fee = m.structure.by.contracts[key[0]].reservation_fee
        return fee * m.contract_years[(*key, period)] * m.reserve[key[0]]
    if variable == "start":
        begins = period in m.links.start_periods[key[0]]
        return m.project_price[(*key, period)] * m.start[(*key, period)] if begins else 0.0
    flow = m.take if variable == "take" else m.unpaid
    return m.contract_price[(*key, period)] * flow[(*key, period)]
