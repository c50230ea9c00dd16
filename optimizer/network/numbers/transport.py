"""Numbers of routes, duties and export charges, per period."""

from __future__ import annotations

import numpy as np

from optimizer.network.network import Floats, Network, parameter
from optimizer.network.route_keys import RouteKey
from optimizer.network.rows import gather

ROUTE = ("from_country", "to_country", "mode", "goods")
"""Columns of a route that name it."""


@parameter("USD/t", "routes", reads="routes.freight")
def freight_rate(world: Network) -> Floats:
    """Freight between two countries."""
    return gather(world, "routes", "routes", ROUTE, world.timelines.mean("routes", "freight"))


@parameter("share", "transits", reads="routes.transit", timed=False)
def arriving(world: Network) -> Floats:
    """Share of what leaves in one period (the first named) that arrives in another (the second).

    Goods leave evenly over a period. What is still under way when the horizon ends arrives in none.
    """
    days = gather(world, "routes", "routes", ROUTE, world.timelines.mean("routes", "transit"))
    position = {key: number for number, key in enumerate(world.index["routes"])}
    transits = [(position[RouteKey(*key[:4])], key.leaves, key.arrives) for key in world.index["transits"]]
    route, leaves, arrives = np.array(transits, int).reshape(-1, 3).T
    offsets = world.calendar.offsets
    lag = days[route, leaves]
    first, end = offsets[leaves] + lag, offsets[leaves + 1] + lag
    overlap = np.minimum(end, offsets[arrives + 1]) - np.maximum(first, offsets[arrives])
    return np.asarray(np.maximum(0.0, overlap) / (end - first))


@parameter("share", "transits", reads="routes.transit", timed=False)
def not_arrived(world: Network) -> Floats:
    """Share of what leaves in one period (the first named) that is under way at the end of another (the second)."""
    days = gather(world, "routes", "routes", ROUTE, world.timelines.mean("routes", "transit"))
    position = {key: number for number, key in enumerate(world.index["routes"])}
    transits = [(position[RouteKey(*key[:4])], key.leaves, key.arrives) for key in world.index["transits"]]
    route, leaves, ends = np.array(transits, int).reshape(-1, 3).T
    offsets = world.calendar.offsets
    after = offsets[leaves + 1] + days[route, leaves] - offsets[ends + 1]
    return np.asarray(np.clip(after / world.calendar.lengths[leaves], 0.0, 1.0))


@parameter("share", "routes", reads="routes.transit")
def still_under_way(world: Network) -> Floats:
    """Share of what leaves in a period that is still under way when the horizon ends."""
    days = gather(world, "routes", "routes", ROUTE, world.timelines.mean("routes", "transit"))
    after = world.calendar.offsets[1:] + days - world.calendar.offsets[-1]
    return np.asarray(np.clip(after / world.calendar.lengths, 0.0, 1.0))


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
