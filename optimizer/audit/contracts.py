"""Audit of contracts: reserved, taken, and paid for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np

from optimizer.audit.books import Books, Floats, at_least, at_most
from optimizer.audit.days import months_later
from optimizer.audit.rules import Rules
from optimizer.faults import Fault


def running(books: Books) -> Floats:
    """Years of each period in which each contract runs, days on which events leave a part of its volume as that part.

    Parameters
    ----------
    books : Books

    Returns
    -------
    array, shape (contracts, T)
    """
    return books.summed(running_by_day(books) * books.weight)


def running_by_day(books: Books) -> Floats:
    """The part of its volume that each contract has on each day on which it runs, shape (contracts, days).

    Parameters
    ----------
    books : Books
    """
    most = np.array([row.max_volume for row in books.rows.contracts]).reshape(-1, 1)
    left = books.daily("contracts", "max_volume") / np.where(most > 0, most, 1.0) + (most == 0)
    offer = {row.offer: number for number, row in enumerate(books.rows.offers)}
    selling = books.days.selling()[[offer[row.offer] for row in books.rows.contracts]]
    return np.asarray(books.active("contracts") * left * selling)


def contracts(books: Books, rules: Rules) -> Iterator[Fault]:
    """What is reserved can be; what is taken was reserved; what is not taken is paid for.

    Parameters
    ----------
    books : Books
    rules : Rules
        Not read; all checks are called alike.
    """
    reserved: dict[Any, float] = defaultdict(float)
    for line in books.lines("contracts"):
        reserved[line.contract] += line.reserved_t_per_year
    years = running(books)
    before = used_before(books)
    taken: dict[Any, float] = defaultdict(float)
    paid: dict[Any, float] = defaultdict(float)
    for line in books.lines("purchases"):
        if line.contract != "":
            if books.contract[line.contract].offer != line.offer:
                yield Fault(
                    f"contract {line.contract}",
                    f"expected goods of its own offer, found {line.offer}",
                    code="disagrees",
                )
            taken[line.contract, line.period] += line.tonnes
            paid[line.contract, line.period] += line.tonnes
    for key, tonnes in before.items():
        paid[key] -= tonnes
    for line in books.lines("not_taken"):
        paid[line.contract, line.period] += line.tonnes
    most: dict[Any, float] = {}
    due: dict[Any, float] = {}
    settled: dict[Any, float] = {}
    for number, row in enumerate(books.rows.contracts):
        for period in books.periods:
            most[row.contract, period] = years[number, period] * reserved[row.contract]
    for row in books.rows.contracts:
        for name, periods in terms(books, row).items():
            key = row.contract, name
            due[key] = row.take_or_pay * sum(most[row.contract, period] for period in periods)
            settled[key] = sum(paid[row.contract, period] for period in periods)
    limits = {row.contract: row.max_volume for row in books.rows.contracts}
    yield from at_most("reserved, t a year", reserved, limits)
    yield from at_most("taken under contract, t", taken, most)
    signed = {row.contract: row.signed for row in books.rows.contracts if row.signed and _in_reach(books, row)}
    yield from at_least("signed, t a year", reserved, signed)
    yield from at_least("taken or paid for under contract, t", settled, due)
    yield from at_most("taken and paid for before, t", before, taken)


def used_before(books: Books) -> dict[Any, float]:
    """Tonnes that are taken under contract and were paid for before, by contract and period."""
    found: dict[Any, float] = defaultdict(float)
    for line in books.lines("carried_over"):
        found[line.contract, line.period] += line.made_up_t
    return found


def terms(books: Books, row: Any) -> dict[str, list[int]]:
    """Periods over which take-or-pay of a contract is settled, by what they are called: periods, or years of its own.

    Parameters
    ----------
    books : Books
    row : Contract
    """
    found: dict[str, list[int]] = defaultdict(list)
    for period in books.periods:
        years = 0
        while row.settled == "year" and months_later(row.from_, 12 * (years + 1)) <= books.bounds[period]:
            years += 1
        found[f"year {years + 1}" if row.settled == "year" else books.label[period]].append(period)
    return found


def carried_over(books: Books, rules: Rules) -> Iterator[Fault]:
    """No more comes free or is paid back than was paid for and not taken; no more is paid for so than is asked.

    Parameters
    ----------
    books : Books
    rules : Rules
        Not read.
    """
    years, ends = running(books), ended(books)
    free: dict[Any, float] = defaultdict(float)
    back: dict[Any, float] = defaultdict(float)
    for line in books.lines("carried_over"):
        free[line.contract, line.period] += line.made_up_t
        back[line.contract, line.period] += line.refunded_t
    unpaid: dict[Any, float] = defaultdict(float)
    for line in books.lines("not_taken"):
        unpaid[line.contract, line.period] += line.tonnes
    taken: dict[Any, float] = defaultdict(float)
    for line in books.lines("purchases"):
        if line.contract != "":
            taken[line.contract, line.period] += line.tonnes
    reserved = {line.contract: line.reserved_t_per_year for line in books.lines("contracts")}
    over: dict[Any, float] = {}
    asked: dict[Any, float] = {}
    early: dict[Any, float] = {}
    for number, row in enumerate(books.rows.contracts):
        account, name = row.prepaid, row.contract
        for period in books.periods:
            account -= free[name, period] + back[name, period]
            over[name, books.label[period]] = -account
            account += unpaid[name, period] if row.carry_over else 0.0
        for term, periods in terms(books, row).items() if row.carry_over or row.prepaid else ():
            volume = sum(years[number, period] for period in periods) * reserved.get(name, 0.0)
            paid = sum(taken[name, period] - free[name, period] for period in periods)
            early[name, term] = sum(unpaid[name, period] for period in periods)
            asked[name, term] = row.take_or_pay * (volume - paid)
        for period in books.periods:
            if back[name, period] and (row.prepaid_lost or period != ends[name]):
                yield Fault(f"contract {name}", "expected nothing paid back then, found some", code="disagrees")
    yield from at_most("taken or paid back of what was paid for before, t", over, {})
    yield from at_most("paid for and not taken, t", early, asked)


def ended(books: Books) -> dict[str, int]:
    """The period in which events stop the seller of each contract for good; -1 where they do not."""
    part, found = running_by_day(books), {}
    for number, row in enumerate(books.rows.contracts):
        lost = -1
        for day in range(books.days.count - 1, -1, -1):
            if part[number, day] > 0:
                break
            if books.active("contracts")[number, day]:
                lost = day
        found[row.contract] = next((period for period in books.periods if lost in range(*_days(books, period))), -1)
    return found


def _days(books: Books, period: int) -> tuple[int, int]:
    """First day of a period, and the day after its last."""
    return books.first[period], books.first[period + 1]


def _in_reach(books: Books, row: Any) -> bool:
    """Whether goods of a contract can be of use, so that it is in the plan at all."""
    return any(line.contract == row.contract for line in books.lines("contracts"))


CHECKS = (contracts, carried_over)
"""Every audit of the topic."""
