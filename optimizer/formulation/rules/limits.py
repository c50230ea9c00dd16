"""Rules of limits on share, volume, spend and concentration."""

from __future__ import annotations

from typing import Any

from optimizer.formulation.flows import Flow
from optimizer.formulation.registry import Indexed, cost_term, rule, variable
from optimizer.formulation.rules.contracts import CREDITS, Contracts
from optimizer.formulation.rules.stock import Stock
from optimizer.formulation.rules.supply import Supply
from optimizer.network.accounts import BEFORE
from optimizer.network.limit_keys import LimitMember
from optimizer.network.sets import Key


class Limits(Supply, Contracts, Stock):
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
    part: Indexed = variable(
        over="claims",
        meaning="of a flow that is followed: what is not the member's under a bound from above, else what is",
        words="{material} at {place} as counted for limit {limit} on {member}",
        timed=False,
    )
    chain: Indexed = variable(
        over="chains",
        meaning="of the member's goods inside others in stock and on the way",
        words="what limit {limit} on {member} counts inside goods in stock and on the way",
        timed=False,
    )
    chain_used: Indexed = variable(
        over="chain_uses",
        meaning="of the member's goods inside what is delivered",
        words="what limit {limit} on {member} counts inside goods delivered",
        timed=False,
    )
    held: Indexed = variable(
        over="held_goods",
        meaning="in stock and on the way at the end of a period",
        words="{material} in stock and on the way",
        timed=False,
    )
    kept: Indexed = variable(
        over="kept_members",
        meaning="of the member's goods that count as left on the last day",
        words="what limit {limit} on {member} counts as left on the last day",
        timed=False,
    )
    not_arrived: Indexed
    limit_value: Indexed
    breach_price: Indexed
    tangent_slope: Indexed
    tangent_drop: Indexed


@rule(over="limit_spans", words="the volume that limit {limit} is about", timed=False, unit="t or USD", plain=True)
def volume_definition(m: Limits, limit: str, window: str) -> Any:
    r"""Tonnes in a window: what is delivered, by itself and inside other goods, and what is wanted on the last day.

    Of concentrates and scrap what is drawn counts, once. Of purchases it is what is made or bought at the stage,
    embedded origins included; of spend, all that is paid there in USD.

    .. math:: volume_{nw} = \sum_{t \in w} \sum_{d, i} \kappa_{ni}\, serve_{dit} + \sum_i \kappa_{ni} (terminal_i
        - terminal\_breach_i) \quad\text{or}\quad volume_{nw} = \sum_{t \in w} \Bigl(\sum_{s, k, q} out_k\, run_{skqt}
        + \sum_o buy_{ot} + \sum_c take_{ct} + \text{embedded}\Bigr)
    """
    if limit not in m.structure.scopes:
        return m.volume[limit, window] == _counted(m, limit, None, window)
    of, account = m.links.accounts, m.structure.scopes[limit]
    periods = m.links.spans[limit, window].periods
    total = sum(of.used(m, account, period) for period in periods)
    total += sum(of.delivered_inside(m, account, period) for period in periods)
    return m.volume[limit, window] == total + (of.wanted_left(m, account) if of.ends(periods) else 0.0)


@rule(
    over="limit_windows", words="the volume of {member} under limit {limit}", timed=False, unit="t or USD", plain=True
)
def member_volume(m: Limits, limit: str, member: str, window: str) -> Any:
    r"""The same, of one member (a supplier, a country, an owner, or a group): of use, what is not claimed for others.

    Of what is left on the last day all the member's goods count under a bound from above, and no more than are wanted
    where they are to reach it. A member that could not reach a limit on each by itself is counted by what it gives.

    .. math:: member_{nmw} = \sum_{t \in w} \Bigl(\sum_f (flow_{ft} - part_{nmft}) + chain\_used_{nmt}\Bigr)
        + left_{nm} \quad\text{or}\quad \sum_{t \in w} \Bigl(\sum_f part_{nmft} + chain\_used_{nmt}\Bigr) + kept_{nm}
    """
    account = m.structure.accounts.get(LimitMember(limit, member))
    if account is None:
        return m.member[limit, member, window] == _counted(m, limit, member, window)
    of, periods = m.links.accounts, m.links.spans[limit, window].periods
    total = sum(of.used(m, account, period) for period in periods)
    if account.has_chain:
        total += sum(m.chain_used[limit, member, period] for period in periods)
    if of.ends(periods):
        total += m.kept[account.key] if account.key in m.kept else of.left(m, account)
    return m.member[limit, member, window] == total


@rule(
    over="single_claims",
    words="{material} at {place} as counted for limit {limit} on {member}",
    timed=False,
    plain=True,
)
def part_within_flow(m: Limits, limit: str, member: str, *flow: Any) -> Any:
    r"""No more of a flow is followed than flows.

    .. math:: part_{nmft} \le flow_{ft}
    """
    account, (*named, period) = m.structure.accounts[LimitMember(limit, member)], flow
    return m.part[(limit, member, *flow)] <= m.links.accounts.whole(m, account, Flow(*named), period)


@rule(over="shared_claims", words="{material} at {place} as counted for limit {limit}", timed=False, plain=True)
def parts_make_whole(m: Limits, limit: str, *flow: Any) -> Any:
    r"""Under a limit on the sum of squared shares, what is claimed for all together is what flows.

    .. math:: \sum_m part_{nmft} = flow_{ft}
    """
    *named, period = flow
    accounts = [account for account in m.structure.accounts.values() if account.limit == limit]
    claimed = [m.part[key] for account in accounts if (key := (*account.key, *flow)) in m.part]
    return sum(claimed) == m.links.accounts.whole(m, accounts[0], Flow(*named), period)


@rule(
    over="mixed_goods", words="{material} at {place} as counted for limit {limit} on {member}", timed=False, plain=True
)
def part_balance(m: Limits, limit: str, member: str, place: str, material: str, period: int) -> Any:
    r"""What is followed out of a place has been followed into it: goods that were bought, made or brought as such.

    .. math:: part^{stock}_{t-1} + in^{part}_t \ge part^{stock}_t + \sum_l part^{ship}_{lt} + part^{eat}_t
        + part^{serve}_t, \quad in^{part}_t = opening + \sum buy_t + \sum take_t + \sum out\, run_t
        + \sum_{l, t'} arriving_{lt't}\, part^{ship}_{lt'}
    """
    of, account = m.links.accounts, m.structure.accounts[LimitMember(limit, member)]
    comes = sum(of.inflow(m, account, place, material, some) for some in ((period,) if period else (BEFORE, 0)))
    goes: Any = 0.0
    for flow in of.out_of(account):
        if (flow.place, flow.material) == (place, material):
            goes += of.part(m, account, flow, period)
            comes += of.part(m, account, flow, period - 1) if flow.kind == "stock" and period else 0.0
    return comes >= goes


@rule(over="edges", words="{material} kept at {place} as counted for limit {limit} on {member}", timed=False)
def turnover(m: Limits, limit: str, member: str, place: str, material: str, period: int) -> Any:
    r"""In stock when a window begins, no more is followed than came in the days of stock before it, in whole periods.

    .. math:: part^{stock}_t \le \sum_{t' \in \text{last } D \text{ days}} in^{part}_{t'}
    """
    of, account = m.links.accounts, m.structure.accounts[LimitMember(limit, member)]
    came = sum(of.inflow(m, account, place, material, recent) for recent in of.recent(account, period))
    return of.part(m, account, Flow("stock", place, "", material), period) <= came


@rule(over="chain_uses", words="what limit {limit} on {member} counts inside other goods", timed=False, plain=True)
def chain_step(m: Limits, limit: str, member: str, period: int) -> Any:
    r"""The member's goods inside others stay there until these are delivered; what is to reach a limit has come in.

    .. math:: chain_t + chain\_used_t \ge chain_{t-1} + in_t \quad\text{or}\quad chain_t + chain\_used_t
        \le chain_{t-1} + in_t, \quad in_t = \sum_{eat} members_t + \sum embedded\, buy_t + \kappa\, opening_t
    """
    of, account = m.links.accounts, m.structure.accounts[LimitMember(limit, member)]
    comes = of.into_chain(m, account, period, members=True)
    comes += m.chain[limit, member, period - 1] if period else of.into_chain(m, account, BEFORE, members=True)
    goes = m.chain[limit, member, period] + m.chain_used[limit, member, period]
    return goes >= comes if account.follows_rest else goes <= comes


@rule(
    over="chains",
    words="what limit {limit} on {member} counts inside goods in stock and on the way",
    timed=False,
    plain=True,
)
def chain_room(m: Limits, limit: str, member: str, period: int) -> Any:
    r"""No more of the member's goods stands inside others in stock and on the way than there is inside them in all.

    All such goods are one pool, wherever they are. Against accounts at every place that is a little loose: of what the
    European limits cost in `ev-motors`, 0.1 MUSD of 22 for oxides, and 1.9 of 8.7 for metal.

    .. math:: chain_t \le \sum_i \kappa_{ni}\, held_{it}
    """
    account = m.structure.accounts[LimitMember(limit, member)]
    return m.chain[limit, member, period] <= m.links.accounts.held_inside(m, account, period)


@rule(
    over="chain_floors",
    words="what limit {limit} on {member} counts inside goods delivered",
    timed=False,
    plain=True,
)
def chain_delivered(m: Limits, limit: str, member: str, period: int) -> Any:
    r"""Of goods that are to reach a limit no more is delivered inside others than these hold.

    .. math:: chain\_used_t \le \sum_{d, i} \kappa_{ni}\, serve_{dit}
    """
    account = m.structure.accounts[LimitMember(limit, member)]
    return m.chain_used[limit, member, period] <= m.links.accounts.delivered_inside(m, account, period)


@rule(over="chain_edges", words="what limit {limit} on {member} counts inside goods when a window begins", timed=False)
def chain_turnover(m: Limits, limit: str, member: str, period: int) -> Any:
    r"""What stands inside goods when a window begins is the member's but for what came of others in the days of stock.

    Where it is to reach a limit, no more is the member's than came in these days.

    .. math:: chain_t \ge \sum_i \kappa_{ni}\, held_{it} - \sum_{t' \in \text{last } D \text{ days}} others_{t'}
        \quad\text{or}\quad chain_t \le \sum_{t' \in \text{last } D \text{ days}} in_{t'}
    """
    of, account = m.links.accounts, m.structure.accounts[LimitMember(limit, member)]
    own = not account.follows_rest
    came = sum(of.into_chain(m, account, recent, members=own) for recent in of.recent(account, period))
    stands = m.chain[limit, member, period]
    return stands <= came if own else stands >= of.held_inside(m, account, period) - came


@rule(over="held_goods", words="{material} in stock and on the way", timed=False, plain=True)
def held_definition(m: Limits, material: str, period: int) -> Any:
    r"""Goods inside which others are followed, in stock and on the way, once for all limits.

    .. math:: held_{it} = \sum_{s, q} stock_{siqt} + \sum_{l, t' \le t} not\_arrived_{lt't}\, ship_{lt'}
    """
    return m.held[material, period] == m.links.accounts.flows.held(m, material, period)


@rule(over="kept_members", words="what limit {limit} on {member} counts as left on the last day", timed=False)
def kept_there(m: Limits, limit: str, member: str) -> Any:
    r"""Of goods that are to reach a limit no more counts as left than is, or is under way, where stock is wanted.

    .. math:: kept_{nm} \le \sum_{v} \Bigl(part^{stock}_{vT} + \sum_{l \to v, t} not\_arrived_{ltT}\,
        part^{ship}_{lt}\Bigr) + chain_T
    """
    account = m.structure.accounts[LimitMember(limit, member)]
    return m.kept[limit, member] <= m.links.accounts.left(m, account, m.links.ending)


@rule(over="kept_members", words="what limit {limit} on {member} counts as left on the last day", timed=False)
def kept_wanted(m: Limits, limit: str, member: str) -> Any:
    r"""Nor more than is wanted on the last day, and not missing.

    .. math:: kept_{nm} \le \sum_i \kappa_{ni} (terminal_i - terminal\_breach_i)
    """
    account = m.structure.accounts[LimitMember(limit, member)]
    return m.kept[limit, member] <= m.links.accounts.wanted_left(m, account)


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
    flow = getattr(m, variable)[(*key, period)]
    return m.contract_price[(*key, period)] * (-flow if variable in CREDITS else flow)
