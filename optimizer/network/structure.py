"""What there is to decide in a case, apart from numbers: who could make, move and use what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.case.calendar import Calendar
from optimizer.case.case import Case
from optimizer.case.catalogue import Catalogue
from optimizer.network.account import Account
from optimizer.network.awaited import Awaited, Source
from optimizer.network.exposure import Exposures
from optimizer.network.licences import Exportable, Governs
from optimizer.network.licensing import Licensing
from optimizer.network.limit_keys import LimitMember
from optimizer.network.reach import Places, holds_of, way_of
from optimizer.network.route_keys import RouteKey
from optimizer.network.sets import DemandKey, ExporterQuota, Index, Key, Lane, Serve, members_of
from optimizer.network.windows import Window
from optimizer.world.controls import technology_reach
from optimizer.world.steps import steps_of

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Structure:
    """What there is to decide, apart from numbers.

    Exposure classes stand by their label.
    """

    case: Case
    calendar: Calendar
    place: Places
    """Place where a site keeps a material, by both."""
    country: Mapping[str, str]
    """Country of each site and hub."""
    exposures: Exposures
    index: Index
    """Index sets, by name."""
    draws: dict[tuple[str, str, str, str], str]
    """Class that a lot (site, recipe, class) draws an input from."""
    produces: dict[tuple[str, str, str, str], str]
    """Class of the output of a lot (site, recipe, class)."""
    offer_class: dict[str, str]
    opening: dict[Key, tuple[str, str, str]]
    """Place, material and class of each opening stock (site, material) and arrival (site, material, origin, day)."""
    governs: Governs
    licensing: Licensing
    """What licences are of, and whom approvals reach."""
    quota_lanes: dict[ExporterQuota, list[Lane]]
    """The lanes (with class) that count against a quota, by exporter."""
    serves_under: dict[tuple[str, str, str, str], list[Serve]]
    """For each end-use licence (control, site, product, end use): the deliveries it governs."""
    group_of: dict[tuple[str, str], str]
    """Licence group of a material at a site: the process that makes it. A material not listed is its own group."""
    qualifies: dict[str, list[Lane]]
    """For each qualification project, the lanes (with class) it opens."""
    windows: list[Window]
    """Windows of every limit."""
    exportable: Exportable
    """What could be exported by those who have a quota."""
    awaited: Mapping[DemandKey, Awaited]
    """What each demand that may go short waits for inside long periods."""
    sources: Mapping[Key, Source]
    """What bounds by the day what comes for them."""
    accounts: dict[LimitMember, Account] = field(default_factory=dict)
    """What limits on use follow, by limit and member."""
    scopes: dict[str, Account] = field(default_factory=dict)
    """What limits on use count of everybody, by limit."""
    _ways: dict[Lane, RouteKey] = field(default_factory=dict, repr=False)
    _rows_into: dict[Key, tuple[Ints, Ints]] = field(default_factory=dict, repr=False)

    def way(self, lane: Lane) -> RouteKey:
        """The route that a lane goes; worked out once.

        Parameters
        ----------
        lane : Lane
        """
        if lane not in self._ways:
            self._ways[lane] = way_of(self.by, self.country, lane)
        return self._ways[lane]

    @cached_property
    def route_rows(self) -> Ints:
        """Row of the table of each member of the routes, shape (routes,)."""
        number = self.by.route_numbers
        stage = {self.way(lane): self.by.materials[lane.material].stage for lane in self.index["lanes"]}
        return np.array([number[(*way[:3], stage[way])] for way in self.index["routes"]], np.int64)

    @cached_property
    def held(self) -> dict[int, tuple[int, ...]]:
        """Rows of `holds` that reach what goes a route, by its place among those on which something may be held."""
        place = {way: number for number, way in enumerate(self.index["routes"])}
        country, found = self.country, dict[int, tuple[int, ...]]()
        for lane in self.index["lanes"] if self.case.tables.holds else ():
            if holds := holds_of(self.by, country[lane.origin], country[lane.destination], lane.material):
                found[place[self.way(lane)]] = holds
        return found

    @property
    def by(self) -> Catalogue:
        """The case's rows by their names."""
        return self.case.by

    def rows_into(self, over: str, table: str, fields: tuple[str, ...]) -> tuple[Ints, Ints]:
        """Rows of a table that belong to an entity of an index set: the entity's number, and the row's.

        Parameters
        ----------
        over : str
            Name of the index set.
        table : str
        fields : tuple of str
            Columns of the table that make the key of an entity.

        Returns
        -------
        tuple of arrays of int, shape (k,) each
        """
        if (over, table, fields) not in self._rows_into:
            position = {key: number for number, key in enumerate(self.members(over))}
            into = [
                position.get(tuple(getattr(row, field) for field in fields), -1) for row in self.case.tables.rows(table)
            ]
            kept = np.flatnonzero(np.array(into, int) >= 0)
            self._rows_into[over, table, fields] = np.array(into, int)[kept], kept
        return self._rows_into[over, table, fields]

    @cached_property
    def governing(self) -> dict[Lane, list[str]]:
        """Export and content controls that govern each lane that some govern."""
        found: dict[Lane, list[str]] = {}
        for control, lanes in self.governs.items():
            for lane in lanes:
                found.setdefault(lane, []).append(control)
        return found

    @cached_property
    def must(self) -> frozenset[DemandKey]:
        """Demands that must be met: those without a penalty."""
        return frozenset(
            DemandKey(row.site, row.product, row.end_use) for row in self.case.tables.demand if row.penalty is None
        )

    @cached_property
    def left_by(self) -> dict[str, Ints]:
        """For plants and offers: the row of the availability table that says what others leave of each row."""
        stated = {
            (row.stage, row.country, row.material): number for number, row in enumerate(self.case.tables.availability)
        }
        goods = {
            "plants": [self.by.product_of[row.process] for row in self.case.tables.plants],
            "offers": [row.material for row in self.case.tables.offers],
        }

        def row_of(material: str, country: str) -> int:
            stage = self.by.materials[material].stage
            sought = [(stage, where, what) for where in (country, "*") for what in (material, "*")]
            return next((stated[key] for key in sought if key in stated), -1)

        return {
            table: np.array(
                [
                    row_of(material, self.by.sites[row.site].country)
                    for material, row in zip(some, self.case.tables.rows(table), strict=True)
                ],
                int,
            )
            for table, some in goods.items()
        }

    @cached_property
    def readers(self) -> dict[tuple[str, str], list[list[int]]]:
        """For two tables: by row of the first, the rows of the second whose numbers read its cells.

        Every row reads its own, and a plant those of the steps it stands among. Plants and offers read what others
        leave of them, plants the technology controls that reach them, projects what the plants that they expand read.
        """
        tables = self.case.tables
        found = {(name, name): [[number] for number in range(len(rows))] for name, rows in tables.items()}
        for steps in steps_of(self.case, "plants"):
            for number in steps:
                found["plants", "plants"][number] = steps
        for table, left_by in self.left_by.items():
            rows = range(len(tables.availability))
            found["availability", table] = [np.flatnonzero(left_by == number).tolist() for number in rows]
        reached = technology_reach(self.case)
        found["controls", "plants"] = [
            [step for plant in reached.get(number, ()) for step in found["plants", "plants"][plant]]
            for number in range(len(tables.controls))
        ]
        expanded_by = [
            [n for n, row in enumerate(tables.projects) if (row.site, row.process) == (plant.site, plant.process)]
            for plant in tables.plants
        ]
        for table in ("plants", "availability", "controls"):
            found[table, "projects"] = [
                [project for plant in plants for project in expanded_by[plant]] for plants in found[table, "plants"]
            ]
        return found

    @cached_property
    def held_back_by(self) -> dict[str, list[int]]:
        """Technology controls that reach what each project expands, by their row."""
        reached = {
            control: {(self.case.tables.plants[row].site, self.case.tables.plants[row].process) for row in rows}
            for control, rows in technology_reach(self.case).items()
        }
        return {
            name: [control for control, plants in reached.items() if (row.site, row.process) in plants]
            for name, row in self.by.projects.items()
        }

    def under_quota(self, control: str, exporter: str, group: str | None = None) -> list[Lane]:
        """The lanes (with class) that count against a quota: of a place and group, or of a country as a whole.

        Parameters
        ----------
        control : str
        exporter : str
            A place with a group, a country without one.
        group : str, optional
            Licence group; None for a quota of a country as a whole.
        """
        return [
            lane
            for key, lanes in self.quota_lanes.items()
            if key.control == control
            and (key[1:] == (exporter, group) if group is not None else self.country[key.place] == exporter)
            for lane in lanes
        ]

    @property
    def periods(self) -> range:
        """0 to T - 1."""
        return self.calendar.periods

    def members(self, over: str) -> list[Key]:
        """Keys of the index set of a name."""
        return members_of(self.index, over)

    def timed(self, over: str) -> list[Key]:
        """The same with every period appended."""
        return [(*key, period) for key in self.members(over) for period in self.periods]
