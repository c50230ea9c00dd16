"""Audit of money: every cost term added up again from the tables, and the prices that the tables show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from optimizer.audit.approvals import applications
from optimizer.audit.books import Books, equal
from optimizer.audit.closing import closing, worth
from optimizer.audit.contracts import running
from optimizer.audit.demand import replaceable
from optimizer.audit.goods import by_seller, route_of
from optimizer.audit.limits import over_window, spans
from optimizer.audit.orders import order_fees
from optimizer.audit.prices import duty_base
from optimizer.audit.projects import charged
from optimizer.audit.rules import Rules
from optimizer.audit.sales import income
from optimizer.audit.supply import for_sale, on_offer
from optimizer.faults import Fault

CENT = 0.01
EXACT = 1e-9
"""Relative error of a sum of millions of USD."""


def market(books: Books) -> dict[Any, float]:
    """Spot price, USD/t, by offer and period."""
    return books.weighed("offers", "price", ("offer",), on_offer(books))


def tolls(books: Books, rules: Rules) -> dict[Any, float]:
    """What plants are paid for a tonne of activity, by site, process and period.

    Parameters
    ----------
    books : Books
    rules : Rules

    Returns
    -------
    dict of (site, process, period) to float
        USD/t.
    """
    standing = books.daily("plants", "capacity")
    return books.weighed("plants", "cost", ("site", "process"), for_sale(books, rules), standing)


def penalty_of(books: Books) -> dict[Any, float]:
    """What a missing tonne costs, by site, product, end use and period."""
    return books.weighed("demand", "penalty", ("site", "product", "end_use"), books.daily("demand", "tonnes"))


def contracted(books: Books) -> dict[Any, float]:
    """Price of a contracted tonne: fixed, or day by day the floor and a share of what the market pays above it."""
    spot, fixed, floor = (
        books.daily(*column) for column in (("offers", "price"), ("contracts", "price"), ("contracts", "floor"))
    )
    offers = {row.offer: number for number, row in enumerate(books.rows.offers)}
    held = books.active("contracts") * books.weight
    found = {}
    for number, row in enumerate(books.rows.contracts):
        price, low = fixed[number], floor[number]
        if row.price is None:
            paid, shared = spot[offers[row.offer]], np.maximum(low, row.upside_from or low)
            price = np.maximum(low, paid) - (1 - row.upside) * np.maximum(0.0, paid - shared)
        for period in books.periods:
            days = books.span(period)
            years = held[number, days].sum()
            mean = held[number, days] @ price[days] / years if years > 0 else price[days].mean()
            found[row.contract, period] = float(mean)
    return found


def _worth_later(books: Books, period: int, row: Any) -> float:
    """What a USD of a period is worth on the first day where it is paid on the terms of a row."""
    years = row.payment_days / 365
    return float(books.discount[period] / (1 + books.case.file.discount_rate) ** years)


def bought(books: Books) -> tuple[float, float]:
    """Purchases on the spot and under contract."""
    spot, agreed = market(books), contracted(books)
    sums = [0.0, 0.0]
    for line in books.lines("purchases"):
        price = agreed[line.contract, line.period] if line.contract else spot[line.offer, line.period]
        row = books.contract[line.contract] if line.contract else books.offer[line.offer]
        sums[line.contract != ""] += _worth_later(books, line.period, row) * price * line.tonnes
    return sums[0], sums[1]


def reservation(books: Books) -> float:
    """Fees of what is reserved, for as long as its contract runs."""
    years = running(books)
    number = {row.contract: n for n, row in enumerate(books.rows.contracts)}
    return float(
        sum(
            books.contract[line.contract].reservation_fee
            * float(books.discount @ years[number[line.contract]])
            * line.reserved_t_per_year
            for line in books.lines("contracts")
        )
    )


def unpaid(books: Books) -> float:
    """Contracted goods paid for and not taken."""
    agreed = contracted(books)
    return float(
        sum(
            _worth_later(books, line.period, books.contract[line.contract])
            * agreed[line.contract, line.period]
            * line.tonnes
            for line in books.lines("not_taken")
        )
    )


def credits(books: Books) -> tuple[float, float]:
    """What is not paid for what was paid for before, and what is paid back; both below 0."""
    agreed, sums = contracted(books), [0.0, 0.0]
    for line in books.lines("carried_over"):
        for number, tonnes in enumerate((line.made_up_t, line.refunded_t)):
            worth = _worth_later(books, line.period, books.contract[line.contract])
            sums[number] -= worth * agreed[line.contract, line.period] * tonnes
    return sums[0], sums[1]


def conversion(books: Books, rules: Rules) -> float:
    """What plants are paid for their activity.

    Parameters
    ----------
    books : Books
    rules : Rules

    Returns
    -------
    float
        USD, discounted to the first day.
    """
    price, plant = tolls(books, rules), {(row.site, row.process): row for row in books.rows.plants}
    return float(
        sum(
            _worth_later(books, line.period, plant[line.site, books.process[line.recipe]])
            * price[line.site, books.process[line.recipe], line.period]
            * line.activity_t
            for line in books.lines("production")
        )
    )


def freight(books: Books) -> float:
    """Freight of what is shipped."""
    rate, total = books.average("routes", "freight"), 0.0
    for line in books.lines("shipments"):
        if (number := route_of(books, line)) is not None and not by_seller(books, line, "CD"):
            total += float(books.discount[line.period] * rate[number, line.period] * line.tonnes)
    return total


def duty(books: Books) -> float:
    """Duties on what crosses a border: all that fit add up."""
    rates, total = books.spread("duties", "rate"), 0.0
    daily = books.daily("duties", "rate") * books.active("duties")
    based = {
        number: books.summed((daily[number] * duty_base(books.days, row.base))[None])[0] / np.array(books.length)
        for number, row in enumerate(books.rows.duties)
        if row.base is not None
    }
    for line in books.lines("shipments"):
        leaves, enters, goods = (
            books.country(line.origin),
            books.country(line.destination),
            books.material[line.material],
        )
        if leaves == enters or by_seller(books, line, "DDP"):
            continue
        for number, row in enumerate(books.rows.duties):
            fits = row.destination == enters and row.origin in (leaves, "*") and leaves not in row.exempt
            if fits and row.goods in (line.material, goods.stage):
                value = rates[number, line.period] * goods.unit_value * 1000
                if row.base is not None:
                    value = based[number][line.period]
                total += books.discount[line.period] * value * line.tonnes
    return total


def export_charge(books: Books) -> float:
    """Export charges: on what leaves a country in a period, less what was bought there at a price that holds them."""
    rates = books.daily("export_charges", "rate") * books.active("export_charges")
    left: dict[tuple[str, str, int], float] = defaultdict(float)
    for line in books.lines("shipments"):
        origin = books.country(line.origin)
        if origin != books.country(line.destination):
            left[origin, line.material, line.period] += line.tonnes
    for line in books.lines("purchases"):
        offer = books.offer[line.offer]
        if not offer.home:
            left[books.country(offer.site), offer.material, line.period] -= line.tonnes
    total = 0.0
    for (origin, material, period), tonnes in left.items():
        goods = books.material[material]
        days = books.span(period)
        due = [n for n, row in enumerate(books.rows.export_charges) if row.goods in (material, goods.stage)]
        daily = rates[[n for n in due if books.rows.export_charges[n].origin == origin], days].sum(axis=0)
        value = goods.unit_value * 1000 * float((daily / (1 + daily)).mean())
        total += books.discount[period] * value * max(0.0, tonnes)
    return total


def holding(books: Books) -> float:
    """Storage: what is in stock at the end of a period costs half of it, and half of the period after."""
    price = books.keyed("stocks", books.per_year("stocks", "holding"), "site", "material")
    half = {key: books.discount[key[-1]] * usd / 2 for key, usd in price.items()}
    return float(
        sum(
            (half[line.site, line.material, line.period] + half.get((line.site, line.material, line.period + 1), 0.0))
            * line.tonnes
            for line in books.lines("stock")
        )
    )


def opening_holding(books: Books) -> float:
    """Storage of the opening stock: half of the first period."""
    usd = books.per_year("stocks", "holding")[:, 0] / 2
    tonnes = np.array([row.opening for row in books.rows.stocks])
    return float(books.discount[0] * (usd @ tonnes)) if len(tonnes) else 0.0


def substitution(books: Books) -> float:
    """Extra cost of what stands in for a product, by the days on which it may."""
    cost, plain = books.daily("substitutions", "cost"), books.average("substitutions", "cost")
    number = {(row.product, row.material): n for n, row in enumerate(books.rows.substitutions)}
    may = replaceable(books)
    total = 0.0
    for line in books.lines("deliveries"):
        if line.material != line.product:
            row, days = number[line.product, line.material], books.span(line.period)
            weights = may[line.site, line.product, line.end_use, line.material][days]
            price = weights @ cost[row, days] / weights.sum() if weights.sum() > 0 else plain[row, line.period]
            total += books.discount[line.period] * price * line.tonnes
    return float(total)


def projects(books: Books, rules: Rules) -> float:
    """Projects started: money of the day on which each is begun, for its life within the horizon.

    Parameters
    ----------
    books : Books
    rules : Rules

    Returns
    -------
    float
        USD, discounted to the first day.
    """
    price = books.keyed("projects", books.average("projects", "cost"), "project")
    return float(
        sum(
            books.worth_on(books.begun(line))
            * (price[line.project, line.period] * charged(books, rules, line))
            * line.share
            for line in books.lines("projects")
        )
    )


def penalties(books: Books) -> Iterator[tuple[str, tuple[Any, ...], float, float]]:
    """Every penalty by its cost term and key: as its table says, and as it comes to."""
    penalty = penalty_of(books)
    for line in books.lines("shortages"):
        where = line.site, line.product, line.end_use, line.period
        yield "shortage", where, line.cost_usd, books.discount[line.period] * penalty[where] * line.tonnes
    fee = order_fees(books)
    for line in books.lines("missed_orders"):
        way = line.supplier, line.destination, line.material, line.period
        yield "missed_order", way, line.cost_usd, books.discount[line.period] * fee[way[:3]] * line.tonnes
    stocks, left = {(row.site, row.material): row for row in books.rows.stocks}, worth(books)
    for line in books.lines("stock_gaps"):
        price = stocks[line.site, line.material].penalty
        if line.kind == "terminal":
            price += books.material[line.material].unit_value * 1000 - left[line.site, line.material]
        else:
            price *= books.years[line.period]
        where = line.kind, line.site, line.material, line.period
        yield f"{line.kind}_gap", where, line.cost_usd, books.discount[line.period] * price * line.tonnes
    by_window = {(span.row.limit, span.label): span for span in spans(books)}
    for line in books.lines("limits"):
        span = by_window[line.limit, line.window]
        paid = 0.0
        if span.row.penalty is not None:
            paid = books.discount[span.periods[-1]] * over_window(books, "penalty", span) * line.breach
        yield "policy_breach", (line.limit, line.member, line.window), line.cost_usd, paid


def costs(books: Books, rules: Rules) -> Iterator[Fault]:
    """Every term of the cost is, to the cent, what the tables of flows come to.

    Parameters
    ----------
    books : Books
    rules : Rules
    """
    spot, agreed = bought(books)
    plain: dict[str, Callable[[Books], float]] = {
        "reservation": reservation,
        "unpaid_take": unpaid,
        "freight": freight,
        "duty": duty,
        "export_charge": export_charge,
        "holding": holding,
        "opening_holding": opening_holding,
        "substitution": substitution,
        "closing_worth": closing,
        "sales": income,
    }
    mine = {"purchase": spot, "contract_purchase": agreed, "conversion": conversion(books, rules)}
    mine["paid_before"], mine["refund"] = credits(books)
    mine |= {"projects": projects(books, rules), "application": applications(books, rules)}
    mine |= {name: term(books) for name, term in plain.items()}
    shown: dict[Any, float] = {}
    fined: dict[Any, float] = {}
    for term, key, paid, due in penalties(books):
        shown[term, *key], fined[term, *key] = paid, due
        mine[term] = mine.get(term, 0.0) + due
    yield from equal("penalty, USD", shown, fined, CENT, EXACT)
    said = {line.term: line.cost_usd for line in books.lines("costs")}
    yield from equal("cost, USD", said, mine, CENT, EXACT)


def prices(books: Books, rules: Rules) -> Iterator[Fault]:
    """The prices beside the flows are those of the case on their days.

    Parameters
    ----------
    books : Books
    rules : Rules
    """
    spot, agreed = market(books), contracted(books)
    said: dict[Any, float] = {}
    mine: dict[Any, float] = {}
    key: tuple[Any, ...]
    for line in books.lines("purchases"):
        key = "purchases", line.offer, line.contract, line.period
        said[key] = line.price_usd_per_t
        mine[key] = agreed[line.contract, line.period] if line.contract else spot[line.offer, line.period]
        said[("spend", *key[1:])], mine[("spend", *key[1:])] = line.spend_usd, mine[key] * line.tonnes
    for line in books.lines("not_taken"):
        key = "not_taken", line.contract, line.period
        said[key], mine[key] = line.price_usd_per_t, agreed[line.contract, line.period]
    for line in books.lines("carried_over"):
        key = "carried_over", line.contract, line.period
        said[key], mine[key] = line.price_usd_per_t, agreed[line.contract, line.period]
        said[("credit", *key[1:])] = line.credit_usd
        mine[("credit", *key[1:])] = mine[key] * (line.made_up_t + line.refunded_t)
    paid = tolls(books, rules)
    for line in books.lines("production"):
        key = "production", line.site, books.process[line.recipe], line.period
        said[key], mine[key] = line.price_usd_per_t, paid[key[1:]]
    penalty = penalty_of(books)
    for line in books.lines("shortages"):
        key = "shortages", line.site, line.product, line.end_use, line.period
        said[key], mine[key] = line.penalty_usd_per_t, penalty[key[1:]]
    fee = order_fees(books)
    for line in books.lines("missed_orders"):
        key = "missed_orders", line.supplier, line.destination, line.material, line.period
        said[key], mine[key] = line.penalty_usd_per_t, fee[key[1:4]]
    for line in books.lines("discarded"):
        key = "discarded", line.place, line.material, line.exposure, line.period
        said[key], mine[key] = line.value_usd, 1000 * books.material[line.material].unit_value * line.tonnes
    yield from equal("price, USD/t", said, mine, CENT, EXACT)


CHECKS = (costs, prices)
"""Every audit of money."""
