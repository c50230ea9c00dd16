"""Rules of contracts, and of what today's plan has ordered."""

from __future__ import annotations

from typing import Any

from pyomo.environ import Constraint

from optimizer.formulation.registry import Indexed, Model, cost_term, rule, variable
from optimizer.formulation.rules.goods import Goods, paid

CREDITS = ("make_up", "refunded")
"""Variables for which what was paid before is not paid, or is paid back."""


def _most_reserved(m: Model, contract: str) -> float:
    """What a contract can reserve at most."""
    return float(m.structure.by.contracts[contract].max_volume)


def _signed(m: Model, contract: str) -> float:
    """What of it is signed."""
    return float(m.structure.by.contracts[contract].signed or 0.0)


def _most_missed(m: Model, supplier: str, destination: str, material: str, period: int) -> float | None:
    """Nothing of an order that must be kept."""
    return 0.0 if (supplier, destination, material) in m.links.kept_orders else None


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
        lower=_signed,
    )
    make_up: Indexed = variable(
        over="carrying",
        meaning="taken, and paid for before",
        words="taken under contract {contract} and paid for before",
    )
    refunded: Indexed = variable(
        over="refunding",
        meaning="paid for and not taken, and paid back",
        words="paid back under contract {contract}",
    )
    missed: Indexed = variable(
        over="orders",
        meaning="ordered before a day and not leaving",
        words="{material} ordered from {supplier} for {destination} that does not leave",
        timed=False,
        upper=_most_missed,
    )
    ordered_before: Indexed
    ordered_at_most: Indexed
    order_penalty: Indexed
    contract_price: Indexed
    contract_years: Indexed
    contract_ended: Indexed


def _paid_now(m: Contracts, contract: str, period: int) -> Any:
    """Tonnes taken that are paid for as they are taken."""
    taken = m.take[contract, period]
    return taken - m.make_up[contract, period] if m.structure.by.contracts[contract].carries else taken


@rule(over="contracts", words="what contract {contract} reserves")
def contract_take(m: Contracts, contract: str, period: int) -> Any:
    r"""No more is taken than was reserved.

    .. math:: take_{ct} \le years_{ct}\, reserve_c
    """
    return m.take[contract, period] <= m.contract_years[contract, period] * m.reserve[contract]


@rule(over="contracts", words="take or pay of contract {contract}")
def take_or_pay(m: Contracts, contract: str, period: int) -> Any:
    r"""The committed share of what was reserved is taken, or paid for: by period, or by year :math:`y` of the contract.

    .. math::

        \sum_{t \in y} (take_{ct} - make\_up_{ct}) + unpaid_{cy} \ge \theta_c \sum_{t \in y} years_{ct}\, reserve_c
    """
    if (periods := m.links.settled.get((contract, period))) is None:
        return Constraint.Skip
    share = m.structure.by.contracts[contract].take_or_pay
    taken = sum(_paid_now(m, contract, t) for t in periods)
    return taken + m.unpaid[contract, period] >= sum(
        share * m.contract_years[contract, t] * m.reserve[contract] for t in periods
    )


@rule(over="carrying", words="what is paid for and not taken under contract {contract}")
def paid_ahead(m: Contracts, contract: str, period: int) -> Any:
    r"""No more is paid for and not taken than take-or-pay asks for: nothing once all that is reserved is taken.

    It is the least that a linear programme can allow. What is taken beyond the committed share should bring it to
    nothing at once, which no linear rule says; to pay for more than is asked is never cheaper unless prices rise.

    .. math:: unpaid_{cy} \le \theta_c \sum_{t \in y} (years_{ct}\, reserve_c - take_{ct} + make\_up_{ct})
    """
    if (periods := m.links.settled.get((contract, period))) is None:
        return m.unpaid[contract, period] <= 0
    share = m.structure.by.contracts[contract].take_or_pay
    return m.unpaid[contract, period] <= sum(
        share * (m.contract_years[contract, t] * m.reserve[contract] - _paid_now(m, contract, t)) for t in periods
    )


@rule(over="carrying", words="what is taken under contract {contract}")
def made_up_taken(m: Contracts, contract: str, period: int) -> Any:
    r"""What was paid for before is a part of what is taken.

    .. math:: make\_up_{ct} \le take_{ct}
    """
    return m.make_up[contract, period] <= m.take[contract, period]


@rule(over="carrying", words="what was paid for before under contract {contract}")
def carried_over(m: Contracts, contract: str, period: int) -> Any:
    r"""No more comes free, or is paid back, than was paid for before and not taken.

    .. math:: \sum_{t' \le t} (make\_up_{ct'} + refunded_{ct'}) \le prepaid_c + \sum_{t' < t} unpaid_{ct'}
    """
    row = m.structure.by.contracts[contract]
    used = sum(m.make_up[contract, t] for t in range(period + 1))
    if not row.prepaid_lost:
        used += sum(m.refunded[contract, t] for t in range(period + 1))
    kept = sum(m.unpaid[contract, t] for t in range(period)) if row.carry_over else 0.0
    return used - kept <= row.prepaid


@rule(over="refunding", words="what contract {contract} pays back")
def refund_at_end(m: Contracts, contract: str, period: int) -> Any:
    r"""It is paid back only where events stop the seller for good.

    .. math:: refunded_{ct} \le ended_{ct}\, \Bigl(prepaid_c + \theta_c\, max_c \sum_{t'} years_{t'}\Bigr)
    """
    row = m.structure.by.contracts[contract]
    most = row.prepaid + row.take_or_pay * row.max_volume * float(m.structure.calendar.years.sum())
    return m.refunded[contract, period] <= most * m.contract_ended[contract, period]


def _leaving(m: Contracts, supplier: str, destination: str, material: str, period: int) -> Any:
    """Tonnes that leave on a way in a period, of all classes and modes."""
    return sum(m.ship[(*lane, period)] for lane in m.links.ordered_on[supplier, destination, material])


@rule(over="orders", words="what is ordered of {material} from {supplier} for {destination}", timed=False)
def order_kept(m: Contracts, supplier: str, destination: str, material: str, period: int) -> Any:
    r"""What is ordered before the day until which today's plan is kept leaves, or is missed.

    .. math:: \sum_{l \in w} \sum_q ship_{lqt} + missed_{wt} \ge ordered_{wt}
    """
    key = supplier, destination, material, period
    return _leaving(m, *key) + m.missed[key] >= m.ordered_before[key]


@rule(over="ordered_alone", words="what leaves of {material} from {supplier} for {destination}", timed=False)
def order_alone(m: Contracts, supplier: str, destination: str, material: str, period: int) -> Any:
    r"""Where today's plan speaks of a grade and place, nothing else leaves in periods that are over by that day.

    .. math:: \sum_{l \in w} \sum_q ship_{lqt} \le ordered_{wt}
    """
    key = supplier, destination, material, period
    return _leaving(m, *key) <= m.ordered_at_most[key]


def _due(m: Contracts, contract: str, period: int) -> float:
    """What a USD paid under a contract for goods of a period is worth on the first day."""
    return paid(m, period, m.structure.by.contracts[contract].payment_days)


@cost_term("take", words="contract price")
def contract_purchase(m: Contracts, contract: str, period: int) -> Any:
    r"""Goods taken under contract, each paid :math:`D` days after it is delivered.

    .. math:: \sum_{ct} \delta_t\, (1 + rate)^{-D_c / 365}\, price_{ct}\, take_{ct}
    """
    return _due(m, contract, period) * m.contract_price[contract, period]


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

    .. math:: \sum_{ct} \delta_t\, (1 + rate)^{-D_c / 365}\, price_{ct}\, unpaid_{ct}
    """
    return _due(m, contract, period) * m.contract_price[contract, period]


@cost_term("make_up", words="paid for before")
def paid_before(m: Contracts, contract: str, period: int) -> Any:
    r"""What is taken under contract and was paid for before, at the price of goods taken.

    .. math:: - \sum_{ct} \delta_t\, (1 + rate)^{-D_c / 365}\, price_{ct}\, make\_up_{ct}
    """
    return -_due(m, contract, period) * m.contract_price[contract, period]


@cost_term("refunded", words="paid back")
def refund(m: Contracts, contract: str, period: int) -> Any:
    r"""What sellers who are stopped pay back.

    .. math:: - \sum_{ct} \delta_t\, (1 + rate)^{-D_c / 365}\, price_{ct}\, refunded_{ct}
    """
    return -_due(m, contract, period) * m.contract_price[contract, period]


@cost_term("missed", words="order not kept", penalty=True)
def missed_order(m: Contracts, supplier: str, destination: str, material: str, period: int) -> Any:
    r"""Penalty of what is ordered and does not leave.

    .. math:: \sum_{wt} \delta_t\, penalty_w\, missed_{wt}
    """
    return m.discount[period] * m.order_penalty[supplier, destination, material, period]
