"""Numbers of contracts, per period."""

from __future__ import annotations

import numpy as np

from optimizer.network.network import Floats, Network, parameter
from optimizer.network.order_keys import Order
from optimizer.network.rows import contracts_by_day, gather
from optimizer.network.today import tonnes_of, way_of
from optimizer.world.timeline import KEPT


@parameter("USD/t", "contracts", reads="contracts.price contracts.floor contracts.from offers.price")
def contract_price(world: Network) -> Floats:
    """Price of a contracted tonne: fixed, or the market's, not below the floor and of what is high only a share.

    A floor and what is shared hold day by day; the price of a period is the mean of the days on which it runs.
    """
    offer = {row.offer: number for number, row in enumerate(world.case.tables.offers)}
    market, fixed, floors = (
        world.timelines.series(*column)
        for column in (("offers", "price"), ("contracts", "price"), ("contracts", "floor"))
    )
    daily = [
        fixed[number] if row.price is not None else row.shared(floors[number], market[offer[row.offer]])
        for number, row in enumerate(world.case.tables.contracts)
    ]
    prices = np.array(daily).reshape(-1, world.calendar.days)
    held, plain = world.timelines.active("contracts").astype(float), world.calendar.mean(prices)
    years, paid = world.calendar.total(held), world.calendar.total(prices * held)
    means = np.where(years > 0, paid / np.where(years > 0, years, 1.0), plain)
    return gather(world, "contracts", "contracts", ("contract",), means)


@parameter("share", "refunding", reads=f"contracts.from contracts.max_volume offers.{KEPT}")
def contract_ended(world: Network) -> Floats:
    """1 in the period in which events stop a contract's seller for good, 0 in all others."""
    part, runs = contracts_by_day(world), world.timelines.active("contracts")
    rows = world.case.tables.contracts
    found = np.zeros((len(rows), len(world.periods)))
    for number in range(len(rows)):
        last = np.flatnonzero(part[number] > 0).max(initial=-1)
        due = np.flatnonzero(runs[number])
        stopped = due[due > last].min(initial=world.calendar.days)
        period = int(np.searchsorted(world.calendar.offsets, stopped, side="right")) - 1
        if period in world.periods:
            found[number, period] = 1.0
    return gather(world, "refunding", "contracts", ("contract",), found)


@parameter("years", "contracts", reads=f"contracts.from contracts.max_volume offers.{KEPT}")
def contract_years(world: Network) -> Floats:
    """Years of a period in which a contract runs; a day on which events leave a part of its volume counts that part.

    A seller whose offer they take to 0 delivers nothing under contract either.
    """
    return gather(world, "contracts", "contracts", ("contract",), world.calendar.total(contracts_by_day(world)))


@parameter("t", "orders", reads="today.tonnes today.from", timed=False)
def ordered_before(world: Network) -> Floats:
    """Tonnes that today's plan says leave in a period, on its days before the one until which that is kept.

    None in the plan without licences, which are a share of what would be shipped and not of what is ordered.
    """
    return np.zeros(len(world.index["orders"])) if _is_lifted(world) else _ordered(world, "orders")


@parameter("t", "ordered_alone", reads="today.tonnes today.from", timed=False)
def ordered_at_most(world: Network) -> Floats:
    """The same where nothing else leaves; without bound in the plan without licences."""
    return np.full(len(world.index["ordered_alone"]), np.inf) if _is_lifted(world) else _ordered(world, "ordered_alone")


def _ordered(world: Network, over: str) -> Floats:
    """Tonnes that are ordered on the ways and in the periods of an index set."""
    tonnes = tonnes_of(world, world.case.file.frozen_until)
    orders = [Order(*key) for key in world.structure.members(over)]
    return np.array([tonnes[order.way][order.period] if order.way in tonnes else 0.0 for order in orders], float)


def _is_lifted(world: Network) -> bool:
    """Whether it is the plan without licences that is made in a world."""
    return world.reference is None and bool(world.index["licences"])


@parameter("USD/t", "orders", reads="today.penalty", timed=False)
def order_penalty(world: Network) -> Floats:
    """What a tonne costs that is ordered and does not leave; 0 where it must."""
    place = world.structure.place
    penalty = {way_of(place, row): row.penalty or 0.0 for row in world.case.tables.today}
    return np.array([penalty[Order(*key).way] for key in world.index["orders"]], float)
