"""Numbers of projects."""

from __future__ import annotations

import numpy as np

from optimizer.network.network import Floats, Network, parameter
from optimizer.network.rows import PASSING, gather
from optimizer.network.sets import ProjectKey


@parameter("USD", "projects", reads="projects.cost projects.from")
def project_price(world: Network) -> Floats:
    """What starting a project in a period costs."""
    return gather(world, "projects", "projects", ("project",), world.timelines.mean("projects", "cost"))


@parameter("years", "openings", reads=f"projects.lead projects.from {PASSING}", timed=False)
def years_open(world: Network) -> Floats:
    """Years of a period (the last named) in which a project started in another (the one before) is open.

    It opens on the same day of the month as it is begun, its lead of months later, or on the last of the month. A
    technology control in force on the day it would open holds it back, on the terms of that day.
    """
    lead = gather(world, "projects", "projects", ("project",), world.timelines.mean("projects", "lead"))
    position = {key: number for number, key in enumerate(world.index["projects"])}
    offsets, years, lengths = world.calendar.offsets, world.calendar.years, world.calendar.lengths
    force = world.timelines.series("controls", "in_force") > 0.5
    approval, wait = (world.timelines.series("controls", name) for name in ("approval", "processing_days"))
    opens: dict[tuple[str, int], tuple[float, float]] = {}
    for project, starts in dict.fromkeys((key.project, key.starts) for key in world.index["openings"]):
        months = round(float(lead[position[ProjectKey(project)], starts]), 9)  # a mean of whole months may be off a bit
        day = first = world.calendar.later(world.structure.begins(project, starts), months)
        share = 1.0
        for control in world.structure.held_back_by[project]:
            if day < world.calendar.days and force[control, int(day)]:
                share = min(share, approval[control, int(day)])
                first = max(first, day + wait[control, int(day)])
        opens[project, starts] = first, share
    table = [(*opens[key.project, key.starts], key.period) for key in world.index["openings"]]
    first_days, shares, periods = np.array(table, float).reshape(-1, 3).T
    period = periods.astype(int)
    return np.asarray(shares * years[period] * np.clip((offsets[period + 1] - first_days) / lengths[period], 0.0, 1.0))
