"""What the plan that a buyer runs today brings: by way, period by period."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from optimizer.case.case import Case
from optimizer.case.topics.contracts import Today
from optimizer.faults import Fault
from optimizer.network.network import Floats, Network
from optimizer.network.order_keys import Order, Way
from optimizer.network.reach import Places
from optimizer.network.sets import Index, Lane


@dataclass(frozen=True)
class Spoken:
    """Ways on which goods come to places of which today's plan speaks, and until when it does.

    Parameters
    ----------
    lanes : dict of Way to list of Lane
        By class and mode; none where the plan names a supplier who can ship nothing there.
    touched, whole : dict of (str, str) to int
        By place and grade: how many of the first periods it speaks of, and of how many of them all days.
    """

    lanes: dict[Way, list[Lane]]
    touched: dict[tuple[str, str], int]
    whole: dict[tuple[str, str], int]

    def held(self, way: Way) -> Iterator[tuple[int, bool]]:
        """Periods in which the plan says what comes on a way, and whether on all of their days."""
        spot = way.destination, way.material
        for period in range(self.touched[spot]):
            yield period, period < self.whole[spot]


def way_of(place: Places, row: Today) -> Way:
    """The way that a row of today's plan is about.

    Parameters
    ----------
    place : Places
        Where goods of a site are.
    row : Today
    """
    return Way(place[row.supplier, row.material], place[row.site, row.material], row.material)


def spoken_of(case: Case, place: Places, lanes: Iterable[Lane], until: dt.date | None = None) -> Spoken:
    """Of what today's plan speaks.

    Parameters
    ----------
    case : Case
    place : Places
        Where goods of a site are.
    lanes : iterable of Lane
        All that there are.
    until : date, optional
        Day from which on all is free, if it is earlier than that on which the plan ends.
    """
    calendar = case.calendar
    ends: dict[tuple[str, str], int] = {}
    found: dict[Way, list[Lane]] = {}
    for row in case.tables.today:
        way = way_of(place, row)
        ends[way[1:]] = max(ends.get(way[1:], 0), calendar.day(row.until, late=True))
        found.setdefault(way, [])
    for lane in lanes:
        if (lane.destination, lane.material) in ends:
            found.setdefault(Way(lane.origin, lane.destination, lane.material), []).append(lane)
    last = calendar.day(until, late=True)
    offsets = calendar.offsets
    touched = {spot: int((offsets[:-1] < min(end, last)).sum()) for spot, end in ends.items()}
    whole = {spot: int((offsets[1:] <= min(end, last)).sum()) for spot, end in ends.items()}
    return Spoken(dict(sorted(found.items())), touched, whole)


def order_index(case: Case, place: Places, index: Index) -> Index:
    """What is ordered before the day until which today's plan is kept.

    Parameters
    ----------
    case : Case
    place : Places
        Where goods of a site are.
    index : Index
        With its lanes.
    """
    if case.file.frozen_until is None:
        return {"orders": [], "ordered_alone": []}
    spoken = spoken_of(case, place, index["lanes"], case.file.frozen_until)
    named = {way_of(place, row) for row in case.tables.today}
    held = [(Order(*way, period), whole) for way in spoken.lanes for period, whole in spoken.held(way)]
    return {
        "orders": [order for order, _ in held if order.way in named],
        "ordered_alone": [order for order, whole in held if whole and spoken.lanes[order.way]],
    }


def tonnes_of(world: Network, until: dt.date | None = None) -> Mapping[Way, Floats]:
    """Tonnes that today's plan brings on each way it names, by period, those before a day only where one is given.

    Parameters
    ----------
    world : Network
    until : date, optional

    Returns
    -------
    mapping of Way to array, shape (T,)
    """
    place, days = world.structure.place, np.arange(world.calendar.days)
    rates = world.timelines.series("today", "tonnes") * world.timelines.active("today")
    tonnes = world.calendar.total(rates * (days < world.calendar.day(until, late=True)))
    found: dict[Way, Floats] = defaultdict(lambda: np.zeros(len(world.periods)))
    for row, some in zip(world.case.tables.today, tonnes, strict=True):
        found[way_of(place, row)] = found[way_of(place, row)] + some
    return found


def way_faults(case: Case, place: Places, spoken: Spoken) -> list[Fault]:
    """Rows of today's plan on which no plan can ship anything, with who could.

    Parameters
    ----------
    case : Case
    place : Places
    spoken : Spoken
        Of all of it.
    """
    faults = []
    for row, where in zip(case.tables.today, case.where("today"), strict=True):
        way = way_of(place, row)
        if not spoken.lanes[way]:
            known = [some.supplier for some, lanes in spoken.lanes.items() if lanes and some[1:] == way[1:]]
            what = f"no plan can ship {row.material} from there to {row.site}"
            faults.append(Fault.near(where, "supplier", what, row.supplier, known, "inconsistent"))
    return faults
