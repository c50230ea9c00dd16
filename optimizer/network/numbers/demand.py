"""Numbers of demand and substitutions, per period."""

from __future__ import annotations

import numpy as np

from optimizer.case.calendar import PREROLL
from optimizer.network.by_day import ByDay
from optimizer.network.network import Floats, Ints, Network, by_row, parameter
from optimizer.network.rows import HELD, LICENSED, SOURCES, gather, weighed, weighed_mean
from optimizer.network.sets import DemandKey


@parameter("t", "demands", reads="demand.tonnes demand.from")
def quantity(world: Network) -> Floats:
    """Tonnes demanded in a period."""
    return gather(world, "demands", "demand", ("site", "product", "end_use"), world.timelines.total("demand", "tonnes"))


@by_row("demand", reads="demand.penalty demand.tonnes demand.from")
def _penalties_weighed(world: Network, rows: Ints) -> Floats:
    """Penalty of some rows of demand, each day weighed by what is wanted; see `weighed`."""
    return weighed(world, "demand", "penalty", rows, world.timelines.series("demand", "tonnes")[rows])


@parameter("USD/t", "demands", reads="demand.penalty demand.tonnes demand.from")
def shortage_penalty(world: Network) -> Floats:
    """What a missing tonne costs, each day weighed by what is wanted."""
    return weighed_mean(world, "demands", "demand", ("site", "product", "end_use"), _penalties_weighed(world))


SERVED = "substitutions.max_share substitutions.from demand.tonnes demand.from"


@parameter("t", "substitutes", reads=SERVED)
def substitute_allowed(world: Network) -> Floats:
    """Tonnes of a demand that a substitute may serve: its share of each day's."""
    daily = _served_by_substitutes(world)
    return world.calendar.total(daily) if len(daily) else np.zeros((0, len(world.periods)))


@parameter("USD/t", "substitutes", reads=f"substitutions.cost {SERVED}")
def substitution_price(world: Network) -> Floats:
    """Extra cost of a tonne of a substitute, each day weighed by what it may serve."""
    costs, plain = world.timelines.series("substitutions", "cost"), world.timelines.mean("substitutions", "cost")
    position = world.case.by.substitution_numbers
    rows = []
    for key, daily in zip(world.index["substitutes"], _served_by_substitutes(world), strict=True):
        number = position[key.product, key.material]
        served, paid = world.calendar.total(np.array([daily, daily * costs[number]]))
        rows.append(np.where(served > 0, paid / np.where(served > 0, served, 1.0), plain[number]))
    return np.array(rows).reshape(-1, len(world.periods))


def _served_by_substitutes(world: Network) -> Floats:
    """Tonnes a year of a demand that each substitute may serve, by day, shape (substitutes, days)."""
    position, may, wanted = world.case.by.substitution_numbers, share_by_day(world), wanted_by_day(world)
    rows = [
        may[position[key.product, key.material]] * wanted[DemandKey(key.site, key.product, key.end_use)]
        for key in world.index["substitutes"]
    ]
    return np.array(rows).reshape(-1, world.calendar.days)


def share_by_day(world: Network) -> Floats:
    """Largest share of a demand that each row of substitutions may serve, by day, shape (rows, days).

    It is that of the middle of each day of its ramp.
    """
    may = np.asarray(
        world.timelines.series("substitutions", "max_share") * world.timelines.active("substitutions"), float
    )
    days = np.arange(world.calendar.days) + 0.5
    for number, row in enumerate(world.case.tables.substitutions):
        there = np.flatnonzero(may[number] > 0)
        if row.ramp_days and len(there):
            begins = float(there[0])
            if begins == 0:  # before the axis of days
                begins = -np.inf if row.from_ is None else PREROLL + (row.from_ - world.calendar.start).days
            may[number] *= np.clip((days - begins) / row.ramp_days, 0.0, 1.0)
    return may


def wanted_by_day(world: Network) -> dict[DemandKey, Floats]:
    """Tonnes a year wanted of each demand, by day."""
    daily = world.timelines.series("demand", "tonnes") * world.timelines.active("demand")
    rates = gather(world, "demands", "demand", ("site", "product", "end_use"), daily)
    return dict(zip(world.index["demands"], rates, strict=True))


BY_DAY = f"{LICENSED} {HELD} {SOURCES} routes.transit routes.capacity demand.tonnes demand.from stocks.capacity"
"""Columns that say what may come on a day, and whether a day is asked about: what is wanted by then, what fits."""


@parameter("share", "stretch_flows", reads=BY_DAY, timed=False)
def in_time(world: Network) -> Floats:
    """Share of a flow that counts in a stretch of the days of a period: all, or nothing where none can come then."""
    return _by_day(world)[0]


@parameter("t", "stretches", reads=BY_DAY)
def wanted_in_stretch(world: Network) -> Floats:
    """Tonnes wanted in a stretch of days, less what is given and what fits; no bound where no day is watched."""
    return _by_day(world)[1]


def _by_day(world: Network) -> tuple[Floats, Floats]:
    """What may come in each stretch of days, and what is wanted in it."""
    return world.shared("by day", lambda some: ByDay(some, wanted_by_day(some)).numbers())
