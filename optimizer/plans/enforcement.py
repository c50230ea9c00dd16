"""Costs that count on rules abroad not being enforced on all that they reach."""

from __future__ import annotations

import numpy as np

from optimizer.world.timeline import Timelines

MARK = "counts on non-enforcement"
"""How such a cost is marked."""


def lenient(timelines: Timelines) -> list[str]:
    """Content controls that let more pass within the horizon as not all of it is detected, by name.

    Parameters
    ----------
    timelines : Timelines
    """
    first = timelines.calendar.day(timelines.calendar.start)
    parts = timelines.series("controls", "detection"), timelines.declared
    hit = np.any(((parts[0] < 1) & (parts[1] < 1))[:, first:], axis=1)
    rows = timelines.case.tables.controls
    return [row.control for row, some in zip(rows, hit.tolist(), strict=True) if some and row.kind == "content"]


def marked(timelines: Timelines) -> str:
    """The mark of a cost in a world: empty where every rule abroad is enforced, or lets all pass.

    Parameters
    ----------
    timelines : Timelines
    """
    names = lenient(timelines)
    return f"{MARK}: {', '.join(names)}" if names else ""
