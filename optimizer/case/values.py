"""Numbers of demand, supply, transport, stock and projects, per period, from the timelines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from optimizer.case.parameters import Floats, parameter

if TYPE_CHECKING:
    from optimizer.case.network import Network

DAYS_PER_MONTH = 365.25 / 12
PASSING = "controls.in_force controls.approval controls.processing_days"
"""Columns that say what passes a control."""
PLANTS = frozenset(["plants.capacity", "plants.from", "availability.share"])
"""Columns that say what plants could run if nothing held them back."""
CAPACITY = f"{' '.join(sorted(PLANTS))} {PASSING}"
OFFERED = "offers.capacity offers.from availability.share"


def _gather(world: Network, over: str, table: str, fields: tuple[str, ...], rows: Floats) -> Floats:
    """Sum table rows into the entities of an index set: (rows, T) -> (n, T)."""
    into, kept = world.structure.rows_into(over, table, fields)
    result = np.zeros((len(world.index[over]), rows.shape[1]))
    np.add.at(result, into, rows[kept])
    return result


def _stepped_mean(world: Network, over: str, table: str, fields: tuple[str, ...], column: str) -> Floats:
    """Mean over each period of a column whose rows replace one another."""
    weighted = _gather(world, over, table, fields, world.timelines.share(table, column))
    share = _gather(world, over, table, fields, world.timelines.share(table))
    return np.asarray(weighted / np.where(share > 0, share, 1.0))


def _left_to_buyer(world: Network, table: str) -> Floats:
    """Daily share of each row's capacity that others leave to this buyer, shape (rows, days) or (rows, 1)."""
    shares = world.timelines.series("availability", "share")
    return shares[world.structure.left_by[table]] if len(shares) else np.ones((len(world.case.tables[table]), 1))


@parameter("t", "demands", reads="demand.tonnes demand.from")
def quantity(world: Network) -> Floats:
    """Tonnes demanded in a period."""
    return _gather(
        world, "demands", "demand", ("site", "product", "end_use"), world.timelines.total("demand", "tonnes")
    )


@parameter("USD/t", "demands", reads="demand.penalty demand.from")
def shortage_penalty(world: Network) -> Floats:
    """What a missing tonne costs."""
    return _stepped_mean(world, "demands", "demand", ("site", "product", "end_use"), "penalty")


@parameter("t", "plants", reads=CAPACITY)
def capacity(world: Network) -> Floats:
    """Activity a plant can give this buyer in a period, as far as technology controls let its steps come."""
    if world.base is not None and not world.timelines.touched & PLANTS:
        # A scenario may change controls that hold no plant back; what there is to run is then as in the base.
        before, now = (some.timelines.granted(world.structure.stage_of) for some in (world.base, world))
        if before.keys() == now.keys() and all(np.array_equal(before[plant], now[plant]) for plant in now):
            return world.base.value("capacity")
    for_sale = np.array([row.open for row in world.case.tables["plants"]]).reshape(-1, 1)
    daily = world.timelines.capacity_there(world.structure.stage_of) * _left_to_buyer(world, "plants") * for_sale
    return _gather(world, "plants", "plants", ("site", "process"), world.calendar.total(daily))


@parameter("USD/t", "plants", reads="plants.cost plants.from")
def conversion_price(world: Network) -> Floats:
    """Price of a tonne of activity."""
    return _stepped_mean(world, "plants", "plants", ("site", "process"), "cost")


@parameter("t", "offers", reads=OFFERED)
def offered(world: Network) -> Floats:
    """Tonnes offered to this buyer in a period."""
    there = world.timelines.series("offers", "capacity") * world.timelines.active("offers")
    daily = there * _left_to_buyer(world, "offers")
    return _gather(world, "offers", "offers", ("offer",), world.calendar.total(daily))


@parameter("USD/t", "offers", reads="offers.price offers.from")
def offer_price(world: Network) -> Floats:
    """Spot price."""
    return _gather(world, "offers", "offers", ("offer",), world.timelines.mean("offers", "price"))


@parameter("USD/t", "contracts", reads="contracts.price contracts.floor contracts.from offers.price offers.from")
def contract_price(world: Network) -> Floats:
    """Price of a contracted tonne: fixed, or the market's, not below the floor and of what is high only a share."""
    market = dict(zip((key[0] for key in world.index["offers"]), world.value("offer_price"), strict=True))
    fixed, floors = world.timelines.mean("contracts", "price"), world.timelines.mean("contracts", "floor")
    rows = [
        fixed[number] if row.price is not None else row.shared(floors[number], market.get(row.offer, floors[number]))
        for number, row in enumerate(world.case.tables["contracts"])
    ]
    return _gather(world, "contracts", "contracts", ("contract",), np.array(rows).reshape(-1, len(world.periods)))


@parameter("years", "contracts", reads="contracts.from")
def contract_years(world: Network) -> Floats:
    """Years of a period in which a contract runs."""
    running = world.calendar.total(world.timelines.active("contracts").astype(float))
    return _gather(world, "contracts", "contracts", ("contract",), running)


@parameter("USD/t", "routes", reads="routes.freight")
def freight_rate(world: Network) -> Floats:
    """Freight between two countries."""
    return _gather(world, "routes", "routes", ("from_country", "to_country"), world.timelines.mean("routes", "freight"))


@parameter("share", "transits", reads="routes.transit", timed=False)
def arriving(world: Network) -> Floats:
    """Share of what leaves in one period (the first named) that arrives in another (the second).

    Goods leave evenly over a period. What is still under way when the horizon ends counts as arrived in its last
    period; the terminal stock stands for what should be under way then.
    """
    days = _gather(world, "routes", "routes", ("from_country", "to_country"), world.timelines.mean("routes", "transit"))
    position = {key: number for number, key in enumerate(world.index["routes"])}
    transits = [(position[origin, to], leaves, arrives) for origin, to, leaves, arrives in world.index["transits"]]
    route, leaves, arrives = np.array(transits, int).reshape(-1, 3).T
    offsets = world.calendar.offsets
    lag = days[route, leaves]
    first, end = offsets[leaves] + lag, offsets[leaves + 1] + lag
    until = np.where(arrives == len(offsets) - 2, np.inf, offsets[arrives + 1])
    return np.asarray(np.maximum(0.0, np.minimum(end, until) - np.maximum(first, offsets[arrives])) / (end - first))


@parameter("USD/t", "dutied", reads="duties.rate duties.from")
def duty_per_tonne(world: Network) -> Floats:
    """Duties on a tonne of a material between two countries: all that apply, times its unit value."""
    rates = world.timelines.share("duties", "rate")
    result = np.zeros((len(world.index["dutied"]), len(world.periods)))
    for number, (origin, destination, material) in enumerate(world.index["dutied"]):
        row = world.structure.materials[str(material)]
        for place, duty in enumerate(world.case.tables["duties"]):
            if duty.fits(str(origin), str(destination), row):
                result[number] += rates[place] * row.unit_value * 1000
    return result


@parameter("USD/t", "charged", reads="export_charges.rate export_charges.from")
def export_charge_per_tonne(world: Network) -> Floats:
    """Export charges on a tonne of a material: the part of its unit value that the charges that apply make up."""
    rates = world.timelines.share("export_charges", "rate")
    result = np.zeros((len(world.index["charged"]), len(world.periods)))
    for number, (origin, material) in enumerate(world.index["charged"]):
        row = world.structure.materials[str(material)]
        for place, charge in enumerate(world.case.tables["export_charges"]):
            if charge.origin == origin and charge.goods in (material, row.stage):
                result[number] += rates[place]
        result[number] *= row.unit_value * 1000 / (1 + result[number])
    return result


@parameter("t", "substitutes", reads="substitutions.max_share substitutions.from demand.tonnes demand.from")
def substitute_allowed(world: Network) -> Floats:
    """Tonnes of a demand that a substitute may serve."""
    shares = world.timelines.share("substitutions", "max_share")
    position = {(row.product, row.material): n for n, row in enumerate(world.case.tables["substitutions"])}
    wanted = dict(zip(world.index["demands"], world.value("quantity"), strict=True))
    rows = [
        shares[position[str(product), str(material)]] * wanted[site, product, end_use]
        for site, product, end_use, material in world.index["substitutes"]
    ]
    return np.array(rows).reshape(-1, len(world.periods))


@parameter("USD/t", "substitutes", reads="substitutions.cost substitutions.from")
def substitution_price(world: Network) -> Floats:
    """Extra cost of a tonne of a substitute."""
    costs = world.timelines.mean("substitutions", "cost")
    position = {(row.product, row.material): n for n, row in enumerate(world.case.tables["substitutions"])}
    rows = [costs[position[str(product), str(material)]] for _, product, _, material in world.index["substitutes"]]
    return np.array(rows).reshape(-1, len(world.periods))


def _stock_rows(world: Network, rows: Floats) -> Floats:
    return _gather(world, "stock_sites", "stocks", ("site", "material"), rows)


@parameter("t", "stock_sites", reads="stocks.capacity")
def storable(world: Network) -> Floats:
    """Tonnes that fit."""
    return _stock_rows(world, world.timelines.mean("stocks", "capacity"))


@parameter("USD/t", "stock_sites", reads="stocks.holding")
def holding_price(world: Network) -> Floats:
    """Cost of holding a tonne through a period."""
    return _stock_rows(world, world.timelines.total("stocks", "holding"))


@parameter("t", "stock_sites", reads="stocks.cover demand.tonnes demand.from")
def cover_target(world: Network) -> Floats:
    """Tonnes that the days of cover stand for, at the use of the period."""
    days = _stock_rows(world, world.timelines.mean("stocks", "cover"))
    use = np.zeros_like(days)
    wanted = world.value("quantity")
    position = {key: number for number, key in enumerate(world.index["stock_sites"])}
    for number, (site, product, _) in enumerate(world.index["demands"]):
        if (site, product) in position:
            use[position[site, product]] += wanted[number]
    return np.asarray(days * use / world.calendar.lengths)


@parameter("t", "stock_sites", reads="stocks.reserve")
def reserve_kept_back(world: Network) -> Floats:
    """Tonnes of the reserve that are not released."""
    return _stock_rows(world, world.timelines.mean("stocks", "reserve"))


@parameter("USD", "projects", reads="projects.cost projects.from")
def project_price(world: Network) -> Floats:
    """What starting a project in a period costs."""
    return _gather(world, "projects", "projects", ("project",), world.timelines.mean("projects", "cost"))


@parameter("years", "openings", reads=f"projects.lead projects.from {PASSING}", timed=False)
def years_open(world: Network) -> Floats:
    """Years of a period (the last named) in which a project started in another (the one before) is open.

    A technology control in force on the day it would open holds it back, on the terms of that day.
    """
    lead = _gather(world, "projects", "projects", ("project",), world.timelines.mean("projects", "lead"))
    position = {key: number for number, key in enumerate(world.index["projects"])}
    offsets, years, lengths = world.calendar.offsets, world.calendar.years, world.calendar.lengths
    force = world.timelines.series("controls", "in_force") > 0.5
    approval, wait = (world.timelines.series("controls", name) for name in ("approval", "processing_days"))
    opens: dict[tuple[str, int], tuple[float, float]] = {}
    for project, starts in dict.fromkeys((str(key[0]), int(key[1])) for key in world.index["openings"]):
        begins = max(offsets[starts], world.calendar.day(world.structure.project_rows[project].from_))
        day = first = begins + lead[position[project,], starts] * DAYS_PER_MONTH
        share = 1.0
        for control in world.structure.held_back_by[project]:
            if day < world.calendar.days and force[control, int(day)]:
                share = min(share, approval[control, int(day)])
                first = max(first, day + wait[control, int(day)])
        opens[project, starts] = first, share
    table = [(*opens[str(key[0]), int(key[1])], key[2]) for key in world.index["openings"]]
    first_days, shares, periods = np.array(table, float).reshape(-1, 3).T
    period = periods.astype(int)
    return np.asarray(shares * years[period] * np.clip((offsets[period + 1] - first_days) / lengths[period], 0.0, 1.0))
