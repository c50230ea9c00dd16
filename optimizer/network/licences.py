"""What each licence governs, and what could be exported under it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from optimizer.case.topics.licences import Approval
from optimizer.case.topics.supply import Site
from optimizer.network.exposure import Exposures, in_scope
from optimizer.network.ownership import Ownership
from optimizer.network.sets import (
    ApplicantGroup,
    ApplicantLicence,
    CountryQuota,
    EndUseLicence,
    Index,
    Lane,
    Licence,
    Serve,
)

if TYPE_CHECKING:
    from optimizer.case.case import Case
    from optimizer.network.reach import Layout

Governs = dict[str, dict[tuple[str, str, str], list[Lane]]]
"""For `export` and `content`: the lanes (with class) each licence (control, place, group) governs."""


@dataclass(frozen=True)
class Exportable:
    """What could be exported under each licence (control, place, group) of an index set.

    Parameters
    ----------
    control : array of int, shape (licences,)
        Control of each licence, by its row.
    licence, source : arrays of int, shape (k,)
        Licence, and what supplies it: a plant by its number in the index, an offer by its number after all plants, or a
        contract by its number after those.
    tonnes : array, shape (k,)
        Tonnes of the group per tonne of activity at most; 1 for what is sold.
    """

    control: NDArray[np.int64]
    licence: NDArray[np.int64]
    source: NDArray[np.int64]
    tonnes: NDArray[np.float64]


def licence_groups(layout: Layout) -> dict[tuple[str, str], str]:
    """Licence groups: goods that compete for one line at a site count together, all others by themselves."""
    by = layout.by
    return {
        (site, material): by.process_of[recipe]
        for site, recipe in layout.runs
        for material, tonnes in by.recipes[recipe].items()
        if tonnes > 0 and layout.place[site, material] == site
    }


def governed_lanes(
    case: Case,
    index: Index,
    country: Mapping[str, str],
    exposures: Exposures,
    group_of: Mapping[tuple[str, str], str],
) -> Governs:
    """The lanes each export or content control reaches, by place and licence group.

    Parameters
    ----------
    case : Case
    index : Index
        With its lanes.
    country : mapping of str to str
        Country of each site and hub.
    exposures : Exposures
    group_of : mapping of (str, str) to str
        Licence group of a place and material; a material not listed is its own.
    """
    materials = case.by.materials
    governed: Governs = {"export": defaultdict(list), "content": defaultdict(list)}
    for control in case.tables.controls:
        if control.kind not in governed:
            continue
        rule = exposures.rule_of.get(control.control)
        for lane in index["lanes"]:
            leaves, enters = country[lane.origin], country[lane.destination]
            restricted = "*" in control.destinations or enters in control.destinations
            if leaves == enters or not restricted or enters in control.origin:
                continue
            if control.kind == "export":
                reached = leaves in control.origin and in_scope(control, materials[lane.material])
            else:
                listed = materials[lane.material].stage in control.stages
                reached = leaves not in control.origin and listed and rule in lane.exposure.split("+")
            if reached:
                group = group_of.get((lane.origin, lane.material), lane.material)
                governed[control.kind][control.control, lane.origin, group].append(lane)
    return {kind: dict(rows) for kind, rows in governed.items()}


@dataclass(frozen=True)
class Applicants:
    """Whom the approvals of a control reach, and by which lanes.

    Applicants are told apart by the approvals that reach them, whose names make theirs.

    Parameters
    ----------
    rows : dict of (control, applicants) to (int, tuple of int)
        Row of the control, and rows of the approvals.
    lanes : dict of str to dict
        For `export` and `content`: the lanes (with class) of each (control, place, group, applicants).
    of : dict of (control, lane) to str
        Applicants of each lane that an approval reaches.
    """

    rows: dict[tuple[str, str], tuple[int, tuple[int, ...]]]
    lanes: dict[str, dict[tuple[str, str, str, str], list[Lane]]]
    of: dict[tuple[str, Lane], str]


def find_applicants(case: Case, governs: Governs) -> Applicants:
    """Find the lanes that approvals reach, among those that their control governs.

    Parameters
    ----------
    case : Case
    governs : dict
        The lanes each licence governs, as `governed_lanes` gives them.
    """
    sites, receiving = case.by.sites, receivers(case)
    found = Applicants({}, {kind: defaultdict(list) for kind in governs}, {})
    for kind, licences in governs.items():
        for (control, place, group), lanes in licences.items():
            for lane in lanes:
                reached = [
                    number
                    for number, row in enumerate(case.tables.approvals)
                    if row.control == control
                    and _ships(row, sites.get(lane.origin))
                    and number in receiving.get(lane.destination, receiving[POOL])
                ]
                if reached:
                    name = "+".join(case.tables.approvals[number].approval for number in reached)
                    found.rows[control, name] = case.by.control_numbers[control], tuple(reached)
                    found.lanes[kind][control, place, group, name].append(lane)
                    found.of[control, lane] = name
    return replace(found, lanes={kind: dict(lanes) for kind, lanes in found.lanes.items()})


POOL = ""
"""Stands for every pool among those who receive: none has a site of that name."""


def receivers(case: Case) -> dict[str, frozenset[int]]:
    """The approvals that reach each site, and any pool (`POOL`), as a customer: rows of their table."""
    ownership = Ownership(case.tables.sites)
    end_uses: dict[str, set[str]] = defaultdict(set)
    for demand in case.tables.demand:
        end_uses[demand.site].add(demand.end_use)
    rows = [(row, ownership.reached(row, case.tables.approvals)) for row in case.tables.approvals]
    places: dict[str, Site | None] = {POOL: None, **case.by.sites}
    return {
        place: frozenset(
            number for number, (row, named) in enumerate(rows) if _receives(row, named, site, end_uses[place])
        )
        for place, site in places.items()
    }


def _ships(approval: Approval, site: Site | None) -> bool:
    """Whether an approval names a shipper; a pool has no site."""
    return approval.exporter == "*" or (site is not None and approval.exporter in (site.site, site.company))


def _receives(approval: Approval, named: frozenset[str], site: Site | None, end_uses: set[str]) -> bool:
    """Whether an approval reaches a customer, by its name or among those `named` by it; a pool has no site."""
    if approval.end_uses and (not end_uses or not end_uses <= set(approval.end_uses)):
        return False
    return approval.customer == "*" or (site is not None and not named.isdisjoint((site.site, site.company)))


def quota_index(case: Case, governs: Governs, country: Mapping[str, str]) -> Index:
    """What quotas bound: each licence of a control that has one, or all that leaves a country under it.

    Parameters
    ----------
    case : Case
    governs : dict
        The lanes each licence governs, as `governed_lanes` gives them.
    country : mapping of str to str
        Country of each site and hub.
    """
    controls = {row.control: row for row in case.tables.controls if row.quota is not None}
    keys = [Licence(*key) for licences in governs.values() for key in licences if key[0] in controls]
    together = [key for key in keys if controls[key.control].exporters == "together"]
    return {
        "quotas": [key for key in keys if controls[key.control].exporters == "each"],
        "country_quotas": list(dict.fromkeys(CountryQuota(key.control, country[key.place]) for key in together)),
    }


def governed_serves(case: Case, index: Index, exposures: Exposures) -> dict[tuple[str, str, str, str], list[Serve]]:
    """The deliveries each end-use control reaches.

    Parameters
    ----------
    case : Case
    index : Index
        With its deliveries.
    exposures : Exposures

    Returns
    -------
    dict of (str, str, str, str) to list of Serve
        By control, site, product and end use.
    """
    reached: dict[tuple[str, str, str, str], list[Serve]] = defaultdict(list)
    for control in case.tables.controls:
        rule = exposures.rule_of.get(control.control)
        if control.kind != "end_use" or rule is None:
            continue
        for serve in index["serves"]:
            restricted = not {"*", case.by.sites[serve.site].country}.isdisjoint(control.destinations)
            if restricted and serve.end_use in control.end_uses and rule in serve.exposure.split("+"):
                reached[control.control, serve.site, serve.product, serve.end_use].append(serve)
    return dict(reached)


def licence_index(
    governs: Governs, serves_under: Mapping[tuple[str, str, str, str], list[Serve]], applicants: Applicants
) -> Index:
    """The index sets of licences and of those who apply for them.

    Parameters
    ----------
    governs : dict
        The lanes each licence governs, as `governed_lanes` gives them.
    serves_under : mapping of (str, str, str, str) to list of Serve
        The deliveries each end-use control reaches, as `governed_serves` gives them.
    applicants : Applicants
    """
    return {
        "export_licences": [Licence(*key) for key in governs["export"]],
        "content_licences": [Licence(*key) for key in governs["content"]],
        "end_use_licences": [EndUseLicence(*key) for key in serves_under],
        "applicants": [ApplicantGroup(*key) for key in applicants.rows],
        "export_applicants": [ApplicantLicence(*key) for key in applicants.lanes["export"]],
        "content_applicants": [ApplicantLicence(*key) for key in applicants.lanes["content"]],
    }


def could_export(
    case: Case,
    index: Index,
    licences: Iterable[tuple[str, str, str]],
    layout: Layout,
    group_of: Mapping[tuple[str, str], str],
) -> Exportable:
    """What licences (control, place, group) are a share of: everything their place could make or sell of the group.

    Parameters
    ----------
    case : Case
    index : Index
        With its plants, offers and contracts.
    licences : iterable of (str, str, str)
    layout : Layout
    group_of : mapping of (str, str) to str
        Licence group of a place and material; a material not listed is its own.
    """
    by = case.by
    sellers = [by.offers[offer] for (offer,) in index["offers"]]
    sellers += [by.offer_of[contract] for (contract,) in index["contracts"]]
    number_of, found = [], []
    made: dict[tuple[str, str], dict[int, float]] = {}
    for number, (site, runs) in enumerate(index["plants"]):
        for recipe in by.recipes_of[runs]:
            for material, tonnes in by.recipes[recipe].items():
                if tonnes > 0:
                    there = made.setdefault((layout.place[site, material], material), {})
                    there[number] = max(tonnes, there.get(number, 0.0))
    for licence, (name, place, group) in enumerate(licences):
        number_of.append(by.control_numbers[name])
        wanted = {
            material
            for material, row in by.materials.items()
            if in_scope(by.controls[name], row) and group_of.get((place, material), material) == group
        }
        most: dict[int, float] = {}
        for material in wanted:
            for number, tonnes in made.get((place, material), {}).items():
                most[number] = max(tonnes, most.get(number, 0.0))
        found += [(licence, number, tonnes) for number, tonnes in sorted(most.items())]
        for number, offer in enumerate(sellers, len(index["plants"])):
            if offer.material in wanted and layout.place[offer.site, offer.material] == place:
                found.append((licence, number, 1.0))
    table = np.array(found, float).reshape(-1, 3)
    return Exportable(np.array(number_of, int), table[:, 0].astype(int), table[:, 1].astype(int), table[:, 2])
