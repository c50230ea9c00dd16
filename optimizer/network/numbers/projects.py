"""Numbers of projects."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.network.network import Floats, Network, parameter
from optimizer.network.rows import PASSING, gather

ADDED = "plants.capacity plants.from plants.kept availability.kept projects.capacity projects.from"
"""Columns that say what a project adds while it is open."""


@parameter("USD", "projects", reads="projects.cost projects.from")
def project_price(world: Network) -> Floats:
    """What starting a project in a period costs."""
    return gather(world, "projects", "projects", ("project",), world.timelines.mean("projects", "cost"))


@parameter("USD", "starts", reads="projects.cost projects.from", timed=False)
def project_worth(world: Network) -> Floats:
    """The same, discounted from the day on which the project is begun."""
    price, begun, rate = world.value("project_price"), _begun(world), world.case.file.discount_rate
    number = {key.project: place for place, key in enumerate(world.index["projects"])}
    starts = [(number[project], period) for project, period in world.index["starts"]]
    return np.array([price[start] * world.calendar.discount_of(rate, int(begun[start])) for start in starts])


@parameter("t", "projects", reads=ADDED)
def under_way(world: Network) -> Floats:
    """Tonnes that a project gives in a period which is done without any further decision."""
    first = world.timelines.first_days("projects")
    done = np.array([row.done_from is not None for row in world.case.tables.projects], bool)
    daily = _added(world) * (done[:, None] & (_days(world) >= first[:, None]))
    return gather(world, "projects", "projects", ("project",), world.calendar.total(daily))


@parameter("t", "openings", reads=f"projects.lead {ADDED} {PASSING}", timed=False)
def opens(world: Network) -> Floats:
    """Tonnes that a project started in full in a period gives in another (the last named).

    It opens on the same day of the month as it is begun, its lead of months later, or on the last of the month. A
    technology control in force on the day it would open holds it back, on the terms of that day. Nothing is begun or
    open at a plant on days on which it has no capacity.
    """
    added, days, begun = gather(world, "projects", "projects", ("project",), _added(world)), _days(world), _begun(world)
    lead = gather(world, "projects", "projects", ("project",), world.timelines.mean("projects", "lead"))
    number = {key.project: place for place, key in enumerate(world.index["projects"])}
    found: dict[tuple[str, int], Floats] = {}
    for project, starts in dict.fromkeys((key.project, key.starts) for key in world.index["openings"]):
        place, begins = number[project], int(begun[number[project], starts])
        months = round(float(lead[place, starts]), 9)  # a mean of whole months may be off a bit
        first, share = world.timelines.held_back(
            world.structure.held_back_by[project], world.calendar.later(begins, months)
        )
        begins_there = begins < world.calendar.offsets[starts + 1] and added[place, begins] > 0
        daily = added[place] * np.clip(days + 1 - first, 0.0, 1.0) * (share if begins_there else 0.0)
        found[project, starts] = world.calendar.total(daily[None])[0]
    return np.array([found[key.project, key.starts][key.period] for key in world.index["openings"]])


def _days(world: Network) -> Floats:
    """The days of the axis, by number."""
    return np.arange(world.calendar.days, dtype=float)


def _begun(world: Network) -> NDArray[np.int64]:
    """Day on which a project started in a period is begun, shape (projects of the index, T).

    It is the first of the period, or the first on which it may start.
    """
    rows = {row.project: number for number, row in enumerate(world.case.tables.projects)}
    first = world.timelines.first_days("projects")[[rows[key.project] for key in world.index["projects"]]]
    return np.maximum(world.calendar.offsets[None, :-1], first[:, None])


def _added(world: Network) -> Floats:
    """Tonnes a year that each project of the table adds while it is open, by day, shape (projects, days).

    What happens to a plant happens to all of it, what projects added included: they are scaled as its rows are, and
    what its capacity or what others leave of it is set to holds for the whole plant. A plant without capacity, as it is
    not built yet or gone, has nothing that could be enlarged.
    """
    timelines, tables = world.timelines, world.case.tables
    most = timelines.series("projects", "capacity").copy()
    there = timelines.active("plants") & (timelines.series("plants", "capacity") > 0)
    kept = timelines.series("plants", "kept") * there
    left, left_by = timelines.series("availability", "kept"), world.structure.left_by["plants"]
    for number, row in enumerate(tables.projects):
        if row.kind == "expand":
            rows = [n for n, some in enumerate(tables.plants) if (some.site, some.process) == (row.site, row.process)]
            most[number] *= kept[rows].sum(axis=0)
            if len(left) and rows:
                most[number] *= left[left_by[rows[0]]]
    return most
