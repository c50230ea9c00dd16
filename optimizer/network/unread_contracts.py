"""Cells of contracts that nothing reads, as the case stands."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from optimizer.network.network import PARAMETERS, Floats, Network

Rows = Iterator[int]


def _market(network: Network, number: int) -> Floats:
    """Price of the offer of a contract on the days of the horizon on which it runs, USD/t."""
    tables, first = network.case.tables, int(network.calendar.offsets[0])
    offer = next(n for n, row in enumerate(tables.offers) if row.offer == tables.contracts[number].offer)
    days = network.timelines.active("contracts")[number] & (np.arange(network.calendar.days) >= first)
    return np.asarray(network.timelines.series("offers", "price")[offer][days])


def no_upside(network: Network) -> Rows:
    """Contracts at a fixed price, and those of goods whose price is never above that from which it is shared."""
    for number, row in enumerate(network.case.tables.contracts):
        from_ = max(row.floor or 0.0, row.upside_from or 0.0)
        if row.floor is None or not (_market(network, number) > from_).any():
            yield number


def never_so_low(network: Network) -> Rows:
    """Contracts of goods whose price is never below the floor, where it is shared only from a higher one.

    What stock is worth on the last day may rest on a floor all the same.
    """
    for number, row in enumerate(network.case.tables.contracts):
        most = row.upside_from
        if row.floor is None or most is None or most <= row.floor:
            continue
        if _same(network, number, 0.0) and _same(network, number, most):
            yield number


def _same(network: Network, number: int, floor: float) -> bool:
    """Whether all that reads floors is what it is where a contract has another one."""
    floors = network.timelines.series("contracts", "floor").copy()
    floors[number] = floor
    other = network.patched(network.timelines.changed({("contracts", "floor"): floors}, {}))
    reading = [name for name, some in PARAMETERS.items() if "contracts.floor" in some.reads]
    return all(np.array_equal(other.value(name), network.value(name)) for name in reading)


def settled_at_once(network: Network) -> Rows:
    """Contracts of which each year begins with one period at most."""
    bounds = network.calendar.bounds[:-1]
    for number, row in enumerate(network.case.tables.contracts):
        if len({row.year_of(day) for day in bounds}) == len(bounds):
            yield number


def nothing_ahead(network: Network) -> Rows:
    """Contracts under which nothing that was paid for comes later."""
    return (number for number, row in enumerate(network.case.tables.contracts) if not row.carries)
