"""What controls govern, and what quotas are counted on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from optimizer.network.exposure import Exposures, in_scope
from optimizer.network.sets import CountryQuota, ExporterQuota, Index, Lane, Serve

if TYPE_CHECKING:
    from optimizer.case.case import Case
    from optimizer.network.reach import Layout

Governs = dict[str, list[Lane]]
"""The lanes (with class) that each export or content control governs."""


@dataclass(frozen=True)
class Exportable:
    """What could be exported by each exporter (control, place, group) of a control with a quota.

    Parameters
    ----------
    keys : tuple of ExporterQuota
        The exporters.
    exporter, source : arrays of int, shape (k,)
        Exporter, and what supplies it: a plant by its number in the index, an offer by its number after all plants, or
        a contract by its number after those.
    tonnes : array, shape (k,)
        Tonnes of the group per tonne of activity at most; 1 for what is sold.
    """

    keys: tuple[ExporterQuota, ...]
    exporter: NDArray[np.int64]
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


def governed_lanes(case: Case, index: Index, country: Mapping[str, str], exposures: Exposures) -> Governs:
    """The lanes each export or content control reaches; controls that reach none are left out.

    Parameters
    ----------
    case : Case
    index : Index
        With its lanes.
    country : mapping of str to str
        Country of each site and hub.
    exposures : Exposures
    """
    materials = case.by.materials
    governed: Governs = defaultdict(list)
    for control in case.tables.controls:
        if control.kind not in ("export", "content"):
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
                governed[control.control].append(lane)
    return dict(governed)


def under_quotas(
    case: Case, governs: Governs, group_of: Mapping[tuple[str, str], str]
) -> dict[ExporterQuota, list[Lane]]:
    """The lanes that count against the quota of a control that has one, by exporter.

    Parameters
    ----------
    case : Case
    governs : dict
        The lanes each control governs, as `governed_lanes` gives them.
    group_of : mapping of (str, str) to str
        Licence group of a place and material; a material not listed is its own.
    """
    found: dict[ExporterQuota, list[Lane]] = defaultdict(list)
    for control, lanes in governs.items():
        if case.by.controls[control].quota is not None:
            for lane in lanes:
                group = group_of.get((lane.origin, lane.material), lane.material)
                found[ExporterQuota(control, lane.origin, group)].append(lane)
    return dict(found)


def quota_index(case: Case, exporters: Iterable[ExporterQuota], country: Mapping[str, str]) -> Index:
    """What quotas bound: each exporter of a control that has one, or all that leaves a country under it.

    Parameters
    ----------
    case : Case
    exporters : iterable of ExporterQuota
        Those that count against a quota.
    country : mapping of str to str
        Country of each site and hub.
    """
    alone: list[ExporterQuota] = []
    together: list[CountryQuota] = []
    for key in exporters:
        if case.by.controls[key.control].exporters == "each":
            alone.append(key)
        else:
            together.append(CountryQuota(key.control, country[key.place]))
    return {"quotas": alone, "country_quotas": list(dict.fromkeys(together))}


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


def could_export(
    case: Case,
    index: Index,
    exporters: Iterable[ExporterQuota],
    layout: Layout,
    group_of: Mapping[tuple[str, str], str],
) -> Exportable:
    """What exporters could send on days on which no quota holds: everything they could make or sell of the group.

    Parameters
    ----------
    case : Case
    index : Index
        With its plants, offers and contracts.
    exporters : iterable of ExporterQuota
    layout : Layout
    group_of : mapping of (str, str) to str
        Licence group of a place and material; a material not listed is its own.
    """
    by, keys = case.by, tuple(exporters)
    sellers = [by.offers[offer] for (offer,) in index["offers"]]
    sellers += [by.offer_of[contract] for (contract,) in index["contracts"]]
    found = []
    made: dict[tuple[str, str], dict[int, float]] = {}
    for number, (site, runs) in enumerate(index["plants"]):
        for recipe in by.recipes_of[runs]:
            for material, tonnes in by.recipes[recipe].items():
                if tonnes > 0:
                    there = made.setdefault((layout.place[site, material], material), {})
                    there[number] = max(tonnes, there.get(number, 0.0))
    for exporter, (name, place, group) in enumerate(keys):
        wanted = {
            material
            for material, row in by.materials.items()
            if in_scope(by.controls[name], row) and group_of.get((place, material), material) == group
        }
        most: dict[int, float] = {}
        for material in wanted:
            for number, tonnes in made.get((place, material), {}).items():
                most[number] = max(tonnes, most.get(number, 0.0))
        found += [(exporter, number, tonnes) for number, tonnes in sorted(most.items())]
        for number, offer in enumerate(sellers, len(index["plants"])):
            if offer.material in wanted and layout.place[offer.site, offer.material] == place:
                found.append((exporter, number, 1.0))
    table = np.array(found, float).reshape(-1, 3)
    return Exportable(keys, table[:, 0].astype(int), table[:, 1].astype(int), table[:, 2])
