"""A case on its calendar: what there is to decide, and every number per period.

The structure (who could make, move and use what) is worked out once per case; the numbers follow from the timelines,
so that a scenario changes numbers only.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.case import restrictions, values
from optimizer.case.calendar import Calendar
from optimizer.case.case import Case
from optimizer.case.check import main_products
from optimizer.case.exposure import Exposures, label
from optimizer.case.indices import base_index, opening_stock, project_index, qualified_lanes, route_index
from optimizer.case.layout import HUB, lay_out
from optimizer.case.licences import (
    Applicants,
    Exportable,
    could_export,
    find_applicants,
    governed_lanes,
    governed_serves,
    licence_groups,
)
from optimizer.case.parameters import PARAMETERS
from optimizer.case.reach import reach
from optimizer.case.size import check_days
from optimizer.case.timeline import Timelines, technology_reach
from optimizer.case.windows import SLOTS, Window, limit_windows

NUMBERS = (values, restrictions)
"""Modules whose functions register themselves as parameters."""

Key = tuple[Any, ...]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Structure:
    """What there is to decide, apart from numbers.

    Index sets hold tuples whose fields are named in `docs/formulation.md`; exposure classes stand by their label.
    """

    case: Case
    calendar: Calendar
    materials: dict[str, Any]
    sites: dict[str, Any]
    recipes: dict[str, dict[str, float]]
    process: dict[str, str]
    """Process of each recipe."""
    product: dict[str, str]
    """Main product of each process."""
    place: dict[tuple[str, str], str]
    """Place where a site keeps a material."""
    country: dict[str, str]
    """Country of each site and hub."""
    exposures: Exposures
    index: dict[str, list[Key]]
    """Index sets, by name."""
    draws: dict[tuple[str, str, str, str], str]
    """Class that a lot (site, recipe, class) draws an input from."""
    produces: dict[tuple[str, str, str, str], str]
    """Class of the output of a lot (site, recipe, class)."""
    offer_class: dict[str, str]
    opening: dict[Key, tuple[str, str, str]]
    """Place, material and class of each opening stock (site, material) and arrival (site, material, day)."""
    governs: dict[str, dict[Key, list[Key]]]
    """For `export` and `content`: the lanes (with class) each licence (control, place, group) governs."""
    applicants: Applicants
    """Whom approvals reach."""
    serves_under: dict[Key, list[Key]]
    """For each end-use licence (control, site, product, end use): the deliveries it governs."""
    group_of: dict[tuple[str, str], str]
    """Licence group of a material at a site: the process that makes it. A material not listed is its own group."""
    qualifies: dict[str, list[Key]]
    """For each qualification project, the lanes (with class) it opens."""
    windows: list[Window]
    """Windows of every limit."""
    exportable: dict[str, Exportable]
    """What could be exported under the licences of an index set."""
    offer_rows: dict[str, Any]
    project_rows: dict[str, Any]
    _rows_into: dict[Key, tuple[Ints, Ints]] = field(default_factory=dict, repr=False)

    def rows_into(self, over: str, table: str, fields: tuple[str, ...]) -> tuple[Ints, Ints]:
        """Rows of a table that belong to an entity of an index set: the entity's number, and the row's."""
        if (over, table, fields) not in self._rows_into:
            position = {key: number for number, key in enumerate(self.index[over])}
            into = [position.get(tuple(getattr(row, field) for field in fields), -1) for row in self.case.tables[table]]
            kept = np.flatnonzero(np.array(into, int) >= 0)
            self._rows_into[over, table, fields] = np.array(into, int)[kept], kept
        return self._rows_into[over, table, fields]

    @cached_property
    def must(self) -> frozenset[Key]:
        """Demands that must be met: those without a penalty."""
        return frozenset(
            (row.site, row.product, row.end_use) for row in self.case.tables["demand"] if row.penalty is None
        )

    @cached_property
    def stage_of(self) -> dict[str, str]:
        """Stage of the main product of each process."""
        return {process: self.materials[product].stage for process, product in self.product.items()}

    @cached_property
    def left_by(self) -> dict[str, Ints]:
        """For plants and offers: the row of the availability table that says what others leave of each row."""
        stated = {
            (row.stage, row.country, row.material): number
            for number, row in enumerate(self.case.tables["availability"])
        }
        goods = {
            "plants": [self.product[row.process] for row in self.case.tables["plants"]],
            "offers": [row.material for row in self.case.tables["offers"]],
        }

        def row_of(material: str, country: str) -> int:
            stage = self.materials[material].stage
            sought = [(stage, where, what) for where in (country, "*") for what in (material, "*")]
            return next((stated[key] for key in sought if key in stated), -1)

        return {
            table: np.array(
                [
                    row_of(material, self.sites[row.site].country)
                    for material, row in zip(some, self.case.tables[table], strict=True)
                ],
                int,
            )
            for table, some in goods.items()
        }

    @cached_property
    def held_back_by(self) -> dict[str, list[int]]:
        """Technology controls that reach what each project expands, by their row."""
        reached = {
            control: {(self.case.tables["plants"][row].site, self.case.tables["plants"][row].process) for row in rows}
            for control, rows in technology_reach(self.case, self.stage_of).items()
        }
        return {
            name: [control for control, plants in reached.items() if (row.site, row.process) in plants]
            for name, row in self.project_rows.items()
        }

    @property
    def periods(self) -> range:
        """0 to T - 1."""
        return self.calendar.periods

    def timed(self, name: str) -> list[Key]:
        """An index set with the period appended to each of its tuples."""
        return [(*key, period) for key in self.index[name] for period in self.periods]


@dataclass(frozen=True, eq=False)
class Network:
    """A structure with its numbers.

    Parameters
    ----------
    structure : Structure
        What there is to decide.
    timelines : Timelines
        The tables over time, a scenario's changes included.
    base : Network, optional
        The world without those changes.
    """

    structure: Structure
    timelines: Timelines
    base: Network | None = None
    _values: dict[str, Floats] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, case: Case) -> Network:
        """The network of a case as the rules in force stand.

        Raises
        ------
        CaseError
            If it does not fit into memory.
        """
        check_days(case)
        return cls(build_structure(case), Timelines(case))

    @property
    def case(self) -> Case:
        """The case behind it."""
        return self.structure.case

    @property
    def calendar(self) -> Calendar:
        """Its periods."""
        return self.structure.calendar

    @property
    def periods(self) -> range:
        """0 to T - 1."""
        return self.structure.calendar.periods

    @property
    def index(self) -> dict[str, list[Key]]:
        """Its index sets."""
        return self.structure.index

    def value(self, name: str) -> Floats:
        """A parameter of the formulation, worked out once; shape (n,) or (n, T) in the order of its index set.

        Where a scenario changes nothing that the parameter is read from, its numbers are those of the base.
        """
        if name not in self._values:
            some = PARAMETERS[name]
            same = self.base is not None and not some.reads & self.timelines.touched
            self._values[name] = self.base.value(name) if self.base and same else some.compute(self)
        return self._values[name]

    @property
    def values(self) -> dict[str, Floats]:
        """Every parameter, by name, flat in the order of its keys."""
        return {name: self.value(name).ravel() for name in PARAMETERS}

    def patched(self, timelines: Timelines) -> Network:
        """The same structure with other numbers."""
        return Network(self.structure, timelines, self.base or self)


def build_structure(case: Case) -> Structure:
    """Work out what there is to decide in a case.

    Parameters
    ----------
    case : Case
        A validated case.

    Returns
    -------
    Structure
        Index sets and maps, pruned to what supply can reach and demand can use.
    """
    tables = case.tables
    materials = {row.material: row for row in tables["materials"]}
    sites = {row.site: row for row in tables["sites"]}
    recipes: dict[str, dict[str, float]] = defaultdict(dict)
    process: dict[str, str] = {}
    for row in tables["recipes"]:
        recipes[row.recipe][row.material] = row.tonnes
        process[row.recipe] = row.process
    exposures = Exposures.of(case)
    origins: dict[str, list[Any]] = defaultdict(list)
    for row in tables["origins"]:
        origins[row.offer].append(row)
    offer_class = {
        row.offer: exposures.bought(row, sites[row.site].country, materials, origins[row.offer])
        for row in tables["offers"]
    }
    layout = lay_out(case, exposures, materials, sites, recipes, process, offer_class)
    kept = reach(layout)
    country = {name: site.country for name, site in sites.items()}
    country |= {where: where[:2] for where, _, _ in kept.nodes if where.endswith(HUB)}
    product = main_products(case)
    index = base_index(case, layout, kept, recipes, process, offer_class)
    group_of = licence_groups(layout, recipes, process)
    governs = governed_lanes(case, index, country, materials, exposures, group_of)
    applicants = find_applicants(case, governs)
    serves_under = governed_serves(case, index, exposures)
    windows = limit_windows(case, index, recipes, materials, sites)
    index |= {
        "export_licences": list(governs["export"]),
        "content_licences": list(governs["content"]),
        "end_use_licences": list(serves_under),
        "applicants": list(applicants.rows),
        "export_applicants": list(applicants.lanes["export"]),
        "content_applicants": list(applicants.lanes["content"]),
        "limit_windows": [window.key for window in windows],
        "tangents": [(*window.key, slot) for window in windows if window.is_square for slot in range(SLOTS)],
        "rules": [(name,) for name in exposures.rules],
        **route_index(case, index, country, materials),
        **project_index(case, index),
    }
    return Structure(
        case=case,
        calendar=case.calendar,
        materials=materials,
        sites=sites,
        recipes=dict(recipes),
        process=process,
        product=product,
        place=layout.place,
        country=country,
        exposures=exposures,
        index=index,
        draws={(s, r, label(q), i): label(c) for ((s, r, q), i), c in kept.draws.items()},
        produces={
            (s, r, label(q), i): label(q | layout.made[s, i])
            for s, r, q in kept.lots
            for i, tonnes in recipes[r].items()
            if tonnes > 0
        },
        offer_class={name: label(cls) for name, cls in offer_class.items()},
        opening=opening_stock(case, layout, exposures, materials, sites),
        governs=governs,
        applicants=applicants,
        serves_under=serves_under,
        exportable={
            over: could_export(case, index, index[over], layout, materials, recipes, process, group_of)
            for over in ("export_licences", "content_licences")
        },
        group_of=group_of,
        qualifies=qualified_lanes(case, index),
        windows=windows,
        offer_rows={row.offer: row for row in tables["offers"]},
        project_rows={row.project: row for row in tables["projects"]},
    )
