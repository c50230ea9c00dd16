"""Numbers of routes, duties and export charges, per period."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from optimizer.network.network import Floats, Ints, Network, parameter
from optimizer.network.route_keys import RouteKey
from optimizer.network.rows import HELD, gather
from optimizer.world.holding import Queue, queue_of

ROUTE = ("from_country", "to_country", "mode", "goods")
"""Columns of a route that name it."""


@parameter("USD/t", "routes", reads="routes.freight")
def freight_rate(world: Network) -> Floats:
    """Freight between two countries."""
    return _of_routes(world, "freight")


@parameter("share", "transits", reads=f"routes.transit {HELD}", timed=False)
def arriving(world: Network) -> Floats:
    """Share of what leaves in one period (the first named) that arrives in another (the second).

    Goods leave evenly over a period; those that customs hold come to the border so. What is still under way when the
    horizon ends arrives in none.
    """
    days, offsets = _of_routes(world, "transit"), world.calendar.offsets
    route, leaves, arrives = _transits(world)
    lag = days[route, leaves]
    first, end = offsets[leaves] + lag, offsets[leaves + 1] + lag
    overlap = np.minimum(end, offsets[arrives + 1]) - np.maximum(first, offsets[arrives])
    result = np.asarray(np.maximum(0.0, overlap) / (end - first))
    for place, number, period in _held(world):
        before, then = (_there(world, number, period, offsets[arrives[place] + n] - lag[place]) for n in (0, 1))
        result[place] = then - before
    return result


@parameter("share", "transits", reads=f"routes.transit {HELD}", timed=False)
def not_arrived(world: Network) -> Floats:
    """Share of what leaves in one period (the first named) that is under way at the end of another (the second)."""
    days, offsets = _of_routes(world, "transit"), world.calendar.offsets
    route, leaves, ends = _transits(world)
    after = offsets[leaves + 1] + days[route, leaves] - offsets[ends + 1]
    result = np.clip(after / world.calendar.lengths[leaves], 0.0, 1.0)
    for place, number, period in _held(world):
        result[place] = 1 - _there(world, number, period, offsets[ends[place] + 1] - days[number, period])
    return np.asarray(result)


@parameter("share", "routes", reads=f"routes.transit {HELD}")
def still_under_way(world: Network) -> Floats:
    """Share of what leaves in a period that is still under way when the horizon ends."""
    days, offsets = _of_routes(world, "transit"), world.calendar.offsets
    after = offsets[1:] + days - offsets[-1]
    result = np.clip(after / world.calendar.lengths, 0.0, 1.0)
    for number in world.structure.held:
        for period in world.periods:
            result[number, period] = 1 - _there(world, number, period, offsets[-1] - days[number, period])
    return np.asarray(result)


def _of_routes(world: Network, column: str) -> Floats:
    """A column of the routes by member of their index set, mean of each period, shape (routes, T)."""
    return np.asarray(world.timelines.mean("routes", column)[world.structure.route_rows])


def _transits(world: Network) -> tuple[Ints, Ints, Ints]:
    """Route, period of departure and of arrival of each transit, shape (transits,) each."""
    position = {key: number for number, key in enumerate(world.index["routes"])}
    transits = [(position[RouteKey(*key[:4])], key.leaves, key.arrives) for key in world.index["transits"]]
    route, leaves, arrives = np.array(transits, int).reshape(-1, 3).T
    return route, leaves, arrives


def _held(world: Network) -> Iterator[tuple[int, int, int]]:
    """Transits of goods that may be held at a border, by their place; each with its route and when it leaves."""
    if held := world.structure.held:
        route, leaves, _ = _transits(world)
        for place in np.flatnonzero(np.isin(route, [*held])):
            yield int(place), int(route[place]), int(leaves[place])


def _there(world: Network, route: int, period: int, moment: float) -> float:
    """Share of what comes to a border in a period and goes on by a route that has left it before a moment."""
    queues = world.shared("queues", _queues)
    first, end = (int(day) for day in world.calendar.offsets[period : period + 2])
    return queues[route].gone(slice(first, end), moment)


def _queues(world: Network) -> dict[int, Queue]:
    """The queue of each route on which goods may be held."""
    return {route: queue_of(world.timelines, rows) for route, rows in world.structure.held.items()}


@parameter("t", "route_capacities", reads="routes.capacity")
def route_room(world: Network) -> Floats:
    """Tonnes that may go over a route in a period: its capacity on each day of it."""
    rows = world.calendar.total(world.timelines.series("routes", "capacity"))
    return gather(world, "route_capacities", "routes", ROUTE, rows)


@parameter("USD/t", "dutied", reads="duties.rate duties.from price_indices.value")
def duty_per_tonne(world: Network) -> Floats:
    """Duties on a tonne of a material between two countries: all that apply, times its unit value or their base."""
    rates = world.timelines.share("duties", "rate")
    daily = world.timelines.series("duties", "rate") * world.timelines.active("duties")
    based = {
        number: world.calendar.mean((daily[number] * base)[None])[0]
        for number, base in world.timelines.indexed().bases().items()
    }
    result = np.zeros((len(world.index["dutied"]), len(world.periods)))
    for number, (origin, destination, material) in enumerate(world.index["dutied"]):
        row = world.structure.by.materials[material]
        for place, duty in enumerate(world.case.tables.duties):
            if duty.fits(origin, destination, row):
                result[number] += based[place] if place in based else rates[place] * row.unit_value * 1000
    return result


@parameter("USD/t", "charged", reads="export_charges.rate export_charges.from")
def export_charge_per_tonne(world: Network) -> Floats:
    """Export charges on a tonne of a material: the part of its unit value that the charges that apply make up.

    The part is that of each day; the charge of a period is the mean of its days.
    """
    rates = world.timelines.series("export_charges", "rate") * world.timelines.active("export_charges")
    result = np.zeros((len(world.index["charged"]), len(world.periods)))
    for number, (origin, material) in enumerate(world.index["charged"]):
        row, daily = world.structure.by.materials[material], np.zeros(world.calendar.days)
        for place, charge in enumerate(world.case.tables.export_charges):
            if charge.origin == origin and charge.goods in (material, row.stage):
                daily += rates[place]
        result[number] = row.unit_value * 1000 * world.calendar.mean((daily / (1 + daily))[None])[0]
    return result
