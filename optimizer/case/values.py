"""Numbers of demand, supply, transport, stock and projects, per period, from the timelines."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.case.parameters import Floats, parameter

if TYPE_CHECKING:
    from optimizer.case.network import Structure
    from optimizer.case.timeline import Timelines

DAYS_PER_MONTH = 365.25 / 12


def _gather(structure: Structure, over: str, table: str, fields: tuple[str, ...], rows: Floats) -> Floats:
    """Sum table rows into the entities of an index set: (rows, T) -> (n, T)."""
    position = {key: number for number, key in enumerate(structure.index[over])}
    result = np.zeros((len(position), rows.shape[1]))
    for number, row in enumerate(structure.case.tables[table]):
        place = position.get(tuple(getattr(row, field) for field in fields))
        if place is not None:
            result[place] += rows[number]
    return result


def _stepped_mean(
    structure: Structure, timelines: Timelines, over: str, table: str, fields: tuple[str, ...], column: str
) -> Floats:
    """Mean over each period of a column whose rows replace one another."""
    weighted = _gather(structure, over, table, fields, timelines.share(table, column))
    share = _gather(structure, over, table, fields, timelines.share(table))
    return np.asarray(weighted / np.where(share > 0, share, 1.0))


def _left_to_buyer(structure: Structure, timelines: Timelines, table: str, stage_of: Callable[[Any], str]) -> Floats:
    """Daily share of each row's capacity that others leave to this buyer, shape (rows, days) or (rows, 1)."""
    rows = structure.case.tables[table]
    shares = timelines.series("availability", "share")
    if not len(shares):
        return np.ones((len(rows), 1))
    stated = {(row.stage, row.country): number for number, row in enumerate(structure.case.tables["availability"])}
    pick = []
    for row in rows:
        stage, country = stage_of(row), structure.sites[row.site].country
        pick.append(stated.get((stage, country), stated.get((stage, "*"), -1)))
    return shares[pick]


@parameter("t", "demands", reads="demand")
def quantity(structure: Structure, timelines: Timelines) -> Floats:
    """Tonnes demanded in a period."""
    return _gather(structure, "demands", "demand", ("site", "product", "end_use"), timelines.total("demand", "tonnes"))


@parameter("USD/t", "demands", reads="demand")
def shortage_penalty(structure: Structure, timelines: Timelines) -> Floats:
    """What a missing tonne costs."""
    return _stepped_mean(structure, timelines, "demands", "demand", ("site", "product", "end_use"), "penalty")


@parameter("t", "plants", reads="plants availability controls")
def capacity(structure: Structure, timelines: Timelines) -> Floats:
    """Activity a plant can give this buyer in a period, as far as technology controls let its steps come."""
    stage_of = {process: structure.materials[product].stage for process, product in structure.product.items()}
    share = _left_to_buyer(structure, timelines, "plants", lambda row: stage_of[row.process])
    daily = timelines.capacity_there(stage_of) * share
    return _gather(structure, "plants", "plants", ("site", "process"), structure.calendar.total(daily))


@parameter("USD/t", "plants", reads="plants")
def conversion_price(structure: Structure, timelines: Timelines) -> Floats:
    """Price of a tonne of activity."""
    return _stepped_mean(structure, timelines, "plants", "plants", ("site", "process"), "cost")


@parameter("t", "offers", reads="offers availability")
def offered(structure: Structure, timelines: Timelines) -> Floats:
    """Tonnes offered to this buyer in a period."""
    share = _left_to_buyer(structure, timelines, "offers", lambda row: structure.materials[row.material].stage)
    daily = timelines.series("offers", "capacity") * timelines.active("offers") * share
    return _gather(structure, "offers", "offers", ("offer",), structure.calendar.total(daily))


@parameter("USD/t", "offers", reads="offers")
def offer_price(structure: Structure, timelines: Timelines) -> Floats:
    """Spot price."""
    return _gather(structure, "offers", "offers", ("offer",), timelines.mean("offers", "price"))


@parameter("USD/t", "contracts", reads="contracts offers")
def contract_price(structure: Structure, timelines: Timelines) -> Floats:
    """Price of a contracted tonne: fixed, or the floor plus a share of what the market pays above it."""
    market = dict(zip((key[0] for key in structure.index["offers"]), offer_price(structure, timelines), strict=True))
    fixed, floors = timelines.mean("contracts", "price"), timelines.mean("contracts", "floor")
    rows = [
        fixed[number]
        if row.price is not None
        else floors[number] + row.upside * np.maximum(0.0, market.get(row.offer, floors[number]) - floors[number])
        for number, row in enumerate(structure.case.tables["contracts"])
    ]
    return _gather(
        structure, "contracts", "contracts", ("contract",), np.array(rows).reshape(-1, len(structure.periods))
    )


@parameter("years", "contracts", reads="contracts")
def contract_years(structure: Structure, timelines: Timelines) -> Floats:
    """Years of a period in which a contract runs."""
    running = structure.calendar.total(timelines.active("contracts").astype(float))
    return _gather(structure, "contracts", "contracts", ("contract",), running)


@parameter("USD/t", "routes", reads="routes")
def freight_rate(structure: Structure, timelines: Timelines) -> Floats:
    """Freight between two countries."""
    return _gather(structure, "routes", "routes", ("from_country", "to_country"), timelines.mean("routes", "freight"))


@parameter("share", "transits", reads="routes", timed=False)
def arriving(structure: Structure, timelines: Timelines) -> Floats:
    """Share of what leaves in one period (the first named) that arrives in another (the second).

    Goods leave evenly over a period. What is still under way when the horizon ends counts as arrived in its last
    period; the terminal stock stands for what should be under way then.
    """
    days = _gather(structure, "routes", "routes", ("from_country", "to_country"), timelines.mean("routes", "transit"))
    position = {key: number for number, key in enumerate(structure.index["routes"])}
    offsets = structure.calendar.offsets
    last = len(offsets) - 2
    shares = np.zeros(len(structure.index["transits"]))
    for number, key in enumerate(structure.index["transits"]):
        origin, destination, leaves, arrives = key
        lag = days[position[origin, destination], leaves]
        first, end = offsets[leaves] + lag, offsets[leaves + 1] + lag
        until = np.inf if arrives == last else offsets[arrives + 1]
        overlap = min(end, until) - max(first, offsets[arrives])
        shares[number] = max(0.0, overlap) / (end - first)
    return shares


@parameter("USD/t", "dutied", reads="duties")
def duty_per_tonne(structure: Structure, timelines: Timelines) -> Floats:
    """Duties on a tonne of a material between two countries: all that apply, times its unit value."""
    rates = timelines.share("duties", "rate")
    result = np.zeros((len(structure.index["dutied"]), len(structure.periods)))
    for number, (origin, destination, material) in enumerate(structure.index["dutied"]):
        row = structure.materials[str(material)]
        for place, duty in enumerate(structure.case.tables["duties"]):
            if duty.destination == destination and duty.origin in (origin, "*") and duty.goods in (material, row.stage):
                result[number] += rates[place] * row.unit_value * 1000
    return result


@parameter("t", "substitutes", reads="substitutions demand")
def substitute_allowed(structure: Structure, timelines: Timelines) -> Floats:
    """Tonnes of a demand that a substitute may serve."""
    shares = timelines.share("substitutions", "max_share")
    position = {(row.product, row.material): n for n, row in enumerate(structure.case.tables["substitutions"])}
    wanted = dict(zip(structure.index["demands"], quantity(structure, timelines), strict=True))
    rows = [
        shares[position[str(product), str(material)]] * wanted[site, product, end_use]
        for site, product, end_use, material in structure.index["substitutes"]
    ]
    return np.array(rows).reshape(-1, len(structure.periods))


@parameter("USD/t", "substitutes", reads="substitutions")
def substitution_price(structure: Structure, timelines: Timelines) -> Floats:
    """Extra cost of a tonne of a substitute."""
    costs = timelines.mean("substitutions", "cost")
    position = {(row.product, row.material): n for n, row in enumerate(structure.case.tables["substitutions"])}
    rows = [costs[position[str(product), str(material)]] for _, product, _, material in structure.index["substitutes"]]
    return np.array(rows).reshape(-1, len(structure.periods))


def _stock_rows(structure: Structure, rows: Floats) -> Floats:
    return _gather(structure, "stock_sites", "stocks", ("site", "material"), rows)


@parameter("t", "stock_sites", reads="stocks")
def storable(structure: Structure, timelines: Timelines) -> Floats:
    """Tonnes that fit."""
    return _stock_rows(structure, timelines.mean("stocks", "capacity"))


@parameter("USD/t", "stock_sites", reads="stocks")
def holding_price(structure: Structure, timelines: Timelines) -> Floats:
    """Cost of holding a tonne through a period."""
    return _stock_rows(structure, timelines.total("stocks", "holding"))


@parameter("t", "stock_sites", reads="stocks demand")
def cover_target(structure: Structure, timelines: Timelines) -> Floats:
    """Tonnes that the days of cover stand for, at the use of the period."""
    days = _stock_rows(structure, timelines.mean("stocks", "cover"))
    use = np.zeros_like(days)
    wanted = quantity(structure, timelines)
    position = {key: number for number, key in enumerate(structure.index["stock_sites"])}
    for number, (site, product, _) in enumerate(structure.index["demands"]):
        if (site, product) in position:
            use[position[site, product]] += wanted[number]
    return np.asarray(days * use / structure.calendar.lengths)


@parameter("t", "stock_sites", reads="stocks")
def reserve_kept_back(structure: Structure, timelines: Timelines) -> Floats:
    """Tonnes of the reserve that are not released."""
    return _stock_rows(structure, timelines.mean("stocks", "reserve"))


@parameter("USD", "projects", reads="projects")
def project_price(structure: Structure, timelines: Timelines) -> Floats:
    """What starting a project in a period costs."""
    return _gather(structure, "projects", "projects", ("project",), timelines.mean("projects", "cost"))


@parameter("years", "openings", reads="projects", timed=False)
def years_open(structure: Structure, timelines: Timelines) -> Floats:
    """Years of a period (the last named) in which a project started in another (the one before) is open."""
    lead = _gather(structure, "projects", "projects", ("project",), timelines.mean("projects", "lead"))
    position = {key: number for number, key in enumerate(structure.index["projects"])}
    offsets, years = structure.calendar.offsets, structure.calendar.years
    lengths = structure.calendar.lengths
    result = np.zeros(len(structure.index["openings"]))
    for number, (project, starts, period) in enumerate(structure.index["openings"]):
        begins, then = starts, period
        row = structure.project_rows[str(project)]
        day = (
            max(offsets[begins], structure.calendar.day(row.from_)) + lead[position[project,], begins] * DAYS_PER_MONTH
        )
        result[number] = years[then] * np.clip((offsets[then + 1] - day) / lengths[then], 0.0, 1.0)
    return result
