"""Numbers of projects."""

from __future__ import annotations

import datetime as dt

import numpy as np
from numpy.typing import NDArray

from optimizer.case.calendar import PREROLL
from optimizer.network.network import Floats, Ints, Network, by_row, parameter
from optimizer.network.rows import PASSING, gather
from optimizer.world.running import running_share

ADDED = (
    "plants.capacity plants.from plants.kept availability.kept projects.capacity projects.from "
    "controls.in_force controls.approval"
)
"""Columns that say what a project adds while it is open."""


@parameter("USD", "starts", reads="projects.cost projects.from", timed=False)
def project_price(world: Network) -> Floats:
    """What starting a project in a period costs."""
    cost, rows = world.timelines.mean("projects", "cost"), world.case.by.project_numbers
    return np.array([cost[rows[project], period] for project, period in world.index["starts"]])


@by_row("projects", reads=f"projects.from projects.lead {PASSING}", begun=True)
def charged(world: Network, rows: Ints) -> Floats:
    r"""Part of its cost that some projects are charged, by the period in which they are started, shape (rows, T).

    With a life of :math:`L` years, :math:`h` of them from its opening to the end, it is the part of an annuity,
    :math:`(1 - v^h) / (1 - v^L)` with :math:`v = 1 / (1 + rate)`; all where it has no life, or opens after the end.
    """
    begun, lead = _begun(world)[rows], world.timelines.mean("projects", "lead")[rows]
    result, rate = np.ones(begun.shape), world.case.file.discount_rate
    for place, project in enumerate(world.case.tables.projects[row] for row in rows):
        for starts, begins in enumerate(begun[place].tolist() if project.life is not None else ()):
            opens_on, _ = _opening(world, project.project, begins, float(lead[place, starts]))
            left = world.calendar.year_weights[int(np.ceil(min(opens_on, world.calendar.days))) :].sum()
            if left > 0:
                result[place, starts] = _annuity(min(float(left), project.life), rate) / _annuity(project.life, rate)
    return result


def _annuity(years: float, rate: float) -> float:
    """What a USD a year is worth on the first day, to a factor."""
    return years if rate == 0 else 1 - (1 + rate) ** -years


@parameter("USD", "starts", reads=f"projects.cost projects.from projects.lead {PASSING}", timed=False, begun=True)
def project_worth(world: Network) -> Floats:
    """The same, discounted from the day on which the project is begun, for the part of its life within the horizon."""
    begun, rate = _begun(world), world.case.file.discount_rate
    rows, part = world.case.by.project_numbers, charged(world)
    return np.array(
        [
            price * part[rows[project], period] * world.calendar.discount_of(rate, int(begun[rows[project], period]))
            for price, (project, period) in zip(world.value("project_price"), world.index["starts"], strict=True)
        ]
    )


@by_row("projects", reads=ADDED)
def _done_of_itself(world: Network, rows: Ints) -> Floats:
    """Tonnes that some projects give in each period without any further decision, shape (rows, T)."""
    first = world.timelines.first_days("projects")[rows]
    done = np.array([row.done_from is not None for row in world.case.tables.projects], bool)[rows]
    return world.calendar.total(_added(world, rows) * (done[:, None] & (_days(world) >= first[:, None])))


@parameter("t", "projects", reads=ADDED)
def under_way(world: Network) -> Floats:
    """Tonnes that a project gives in a period which is done without any further decision."""
    return gather(world, "projects", "projects", ("project",), _done_of_itself(world))


@by_row("projects", reads=f"projects.lead {ADDED} {PASSING}", begun=True)
def _opened(world: Network, rows: Ints) -> Floats:
    """Tonnes that some projects, started in full in one period, give in another, shape (rows, T, T); see `opens`."""
    added, days = _added(world, rows), _days(world)
    begun, lead = _begun(world)[rows], world.timelines.mean("projects", "lead")[rows]
    result = np.zeros((len(rows), len(world.periods), len(world.periods)))
    for place, project in enumerate(world.case.tables.projects[row] for row in rows):
        daily = np.zeros((len(world.periods), len(days)))
        for starts, begins in enumerate(begun[place].tolist()):
            if begins < world.calendar.offsets[starts + 1] and added[place, begins] > 0:
                first, share = _opening(world, project.project, begins, float(lead[place, starts]))
                daily[starts] = added[place] * np.clip(days + 1 - first, 0.0, 1.0) * share
        result[place] = world.calendar.total(daily)
    return result


@parameter("t", "openings", reads=f"projects.lead {ADDED} {PASSING}", timed=False, begun=True)
def opens(world: Network) -> Floats:
    """Tonnes that a project started in full in a period gives in another (the last named).

    It opens on the same day of the month as it is begun, its lead of months later, or on the last of the month. A
    technology control in force on the day it would open holds it back, on the terms of that day. Nothing is begun or
    open at a plant on days on which it has no capacity.
    """
    tonnes, rows = _opened(world), world.case.by.project_numbers
    return np.array([tonnes[rows[project], starts, period] for project, starts, period in world.index["openings"]])


def _opening(world: Network, project: str, begins: int, lead: float) -> tuple[float, float]:
    """Day on which a project opens that is begun on a day, and the part of it that technology controls let open."""
    months = round(lead, 9)  # a mean of whole months may be off a bit
    return world.timelines.held_back(world.structure.held_back_by[project], world.calendar.later(begins, months))


def _days(world: Network) -> Floats:
    """The days of the axis, by number."""
    return np.arange(world.calendar.days, dtype=float)


def _begun(world: Network) -> NDArray[np.int64]:
    """Day on which each project of the table is begun if it is started in a period, shape (projects, T).

    It is the first of the period, or the first on which it may start; once there is news, that day in its period, save
    of what the base plan has begun in it by then.
    """
    first = np.maximum(world.calendar.offsets[:-1][None, :], world.timelines.first_days("projects")[:, None])
    if world.news is None:
        return first
    found, at = first.copy(), int(np.searchsorted(world.calendar.offsets[:-1], world.news, side="right")) - 1
    for number, row in enumerate(world.case.tables.projects):
        if (row.project, at) not in world.started or first[number, at] > world.news:
            found[number, at] = max(world.news, first[number, at])
    return found


def begun_on(world: Network, project: str, period: int) -> dt.date:
    """The day on which a project is begun if it is started in a period.

    Parameters
    ----------
    world : Network
    project : str
    period : int
    """
    number = next(n for n, row in enumerate(world.case.tables.projects) if row.project == project)
    return world.calendar.start + dt.timedelta(days=int(_begun(world)[number, period]) - PREROLL)


def _added(world: Network, chosen: Ints) -> Floats:
    """Tonnes a year that some projects add while they are open, by day, shape (chosen, days).

    What happens to a plant happens to all of it, what projects added included: they are scaled as its rows are, and
    what its capacity or what others leave of it is set to holds for the whole plant. A plant without capacity, as it is
    not built yet or gone, has nothing that could be enlarged.
    """
    timelines, tables = world.timelines, world.case.tables
    most = timelines.series("projects", "capacity")[chosen]
    left, left_by = timelines.series("availability", "kept"), world.structure.left_by["plants"]
    for place, row in enumerate(tables.projects[number] for number in chosen):
        if row.kind == "expand":
            rows = [n for n, some in enumerate(tables.plants) if (some.site, some.process) == (row.site, row.process)]
            there = timelines.active("plants")[rows] & (timelines.series("plants", "capacity")[rows] > 0)
            runs = there * running_share(timelines, np.array(rows, np.int64))
            most[place] *= (timelines.series("plants", "kept")[rows] * runs).sum(axis=0)
            if len(left) and rows:
                most[place] *= left[left_by[rows[0]]]
    return most
