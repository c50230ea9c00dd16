"""Rules of contracts."""

from __future__ import annotations

from typing import Any

from optimizer.formulation.registry import Model, rule


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
