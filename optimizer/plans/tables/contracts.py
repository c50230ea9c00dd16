"""What contracts reserve, what is paid for and not taken, what becomes of that, and which orders are not kept."""

from __future__ import annotations

import pandas as pd

from optimizer.plans.outcome import Outcome
from optimizer.plans.schema import CONTRACT, COST, MATERIAL, PERIOD, PRICE, TONNES, Columns, number, word


class Contracts(Columns):
    """Columns of `contracts`."""

    contract = CONTRACT
    reserved_t_per_year = number("t/year", "volume reserved")
    taken_t = number("t", "taken over the horizon")
    paid_not_taken_t = number("t", "paid for and not taken, over the horizon")


def contracts(outcome: Outcome) -> pd.DataFrame:
    """Volume reserved, taken and paid for without being taken, by contract."""
    it = Contracts
    reserved = outcome.variable("reserve", it.reserved_t_per_year).drop(columns="period", errors="ignore")
    taken = outcome.variable("take").groupby(it.contract)[NotTaken.tonnes].sum()
    unpaid = outcome.variable("unpaid").groupby(it.contract)[NotTaken.tonnes].sum()
    sums = {
        it.taken_t: reserved[it.contract].map(taken).fillna(0.0),
        it.paid_not_taken_t: reserved[it.contract].map(unpaid).fillna(0.0),
    }
    return it.frame(reserved.assign(**sums))


class NotTaken(Columns):
    """Columns of `not_taken`."""

    contract = CONTRACT
    period = PERIOD
    tonnes = TONNES
    price_usd_per_t = PRICE


def not_taken(outcome: Outcome) -> pd.DataFrame:
    """Contracted goods paid for and not taken."""
    it = NotTaken
    unpaid = outcome.variable("unpaid")
    return it.frame(outcome.with_parameter(unpaid, [it.contract], "contract_price", it.price_usd_per_t))


class CarriedOver(Columns):
    """Columns of `carried_over`."""

    contract = CONTRACT
    period = PERIOD
    made_up_t = number("t", "of what is taken, what was paid for before")
    refunded_t = number("t", "what was paid for before and is paid back, as the seller is stopped for good")
    price_usd_per_t = PRICE
    credit_usd = number(
        "USD, not discounted", "both amounts times price: of the spend on the contract, what is not paid"
    )


def carried_over(outcome: Outcome) -> pd.DataFrame:
    """What was paid for before and not taken, and is taken or paid back now."""
    it = CarriedOver
    both = [outcome.variable(*parts) for parts in (("make_up", it.made_up_t), ("refunded", it.refunded_t))]
    table = both[0].merge(both[1], how="outer", on=[it.contract, it.period]).fillna({it.made_up_t: 0, it.refunded_t: 0})
    table = outcome.with_parameter(table, [it.contract], "contract_price", it.price_usd_per_t)
    credit = (table[it.made_up_t] + table[it.refunded_t]) * table[it.price_usd_per_t]
    return it.frame(table.assign(**{it.credit_usd: credit}))


class MissedOrders(Columns):
    """Columns of `missed_orders`."""

    supplier = word("place that the goods were to leave")
    destination = word("the buyer's site, or the hub of its country")
    material = MATERIAL
    period = PERIOD
    tonnes = TONNES
    cost_usd = COST
    penalty_usd_per_t = number("USD/t, not discounted", "what a tonne costs that is ordered and does not leave")


def missed_orders(outcome: Outcome) -> pd.DataFrame:
    """What today's plan has ordered before the day until which it is kept, and does not leave."""
    it = MissedOrders
    keys = [it.supplier, it.destination, it.material]
    return it.frame(outcome.with_parameter(outcome.fined("missed"), keys, "order_penalty", it.penalty_usd_per_t))
