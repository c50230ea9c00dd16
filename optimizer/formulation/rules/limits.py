"""Rules of limits on share, volume, spend and concentration."""

from __future__ import annotations

from typing import Any

from optimizer.formulation.registry import Model, rule


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
