"""Rules of contracts."""

from __future__ import annotations

from typing import Any

from optimizer.formulation.registry import Indexed, Model, cost_term, rule, variable
from optimizer.formulation.rules.goods import Goods


def _most_reserved(m: Model, contract: str) -> float:
    """What a contract can reserve at most."""
    return float(m.structure.by.contracts[contract].max_volume)


class Contracts(Goods):
    """What contracts hold."""

    unpaid: Indexed = variable(
        over="contracts", meaning="paid for and not taken", words="paid for and not taken under contract {contract}"
    )
    reserve: Indexed = variable(
        over="contracts",
        meaning="reserved",
        words="reserved with contract {contract}",
        unit="t/year",
        timed=False,
        upper=_most_reserved,
    )
    contract_price: Indexed
    contract_years: Indexed


@rule(over="contracts", words="what contract {contract} reserves")
def contract_take(m: Contracts, contract: str, period: int) -> Any:
    r"""No more is taken than was reserved.

    .. math:: take_{ct} \le years_{ct}\, reserve_c
    """
    return m.take[contract, period] <= m.contract_years[contract, period] * m.reserve[contract]


@rule(over="contracts", words="take or pay of contract {contract}")
def take_or_pay(m: Contracts, contract: str, period: int) -> Any:
    r"""The committed share of what was reserved is taken, or paid for.

    .. math:: take_{ct} + unpaid_{ct} \ge \theta_c\, years_{ct}\, reserve_c
    """
    share = m.structure.by.contracts[contract].take_or_pay
    return (
        m.take[contract, period] + m.unpaid[contract, period]
        >= share * m.contract_years[contract, period] * m.reserve[contract]
    )


@cost_term("take", words="contract price")
def contract_purchase(m: Contracts, contract: str, period: int) -> Any:
    r"""Goods taken under contract.

    .. math:: \sum_{ct} \delta_t\, price_{ct}\, take_{ct}
    """
    return m.discount[period] * m.contract_price[contract, period]


@cost_term("reserve", words="reservation fee")
def reservation(m: Contracts, contract: str) -> Any:
    r"""Fees for reserved volume.

    .. math:: \sum_{c} fee_c \sum_t \delta_t\, years_{ct}\, reserve_c
    """
    fee = m.structure.by.contracts[contract].reservation_fee
    return sum(fee * m.discount[period] * m.contract_years[contract, period] for period in m.structure.periods)


@cost_term("unpaid", words="pay for what is not taken")
def unpaid_take(m: Contracts, contract: str, period: int) -> Any:
    r"""Contracted goods paid for and not taken.

    .. math:: \sum_{ct} \delta_t\, price_{ct}\, unpaid_{ct}
    """
    return m.discount[period] * m.contract_price[contract, period]
