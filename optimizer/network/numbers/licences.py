"""Numbers of licences, per period."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from optimizer.network.network import Floats, Ints, Network, by_row, parameter
from optimizer.network.rows import APPROVALS, PASSING, SOURCES
from optimizer.network.sets import ApplicantGroup, DemandKey, Licence


def _exportable(world: Network, over: str) -> Floats:
    """Tonnes that could be exported under each licence, shape (licences, T)."""
    could = world.structure.exportable[over]
    contracts = world.case.by.contracts
    volumes = np.array([contracts[name].max_volume for (name,) in world.index["contracts"]], float).reshape(-1, 1)
    contracted = volumes * world.value("contract_years")
    sources = np.concatenate([world.value("capacity"), world.value("offered"), contracted])
    total = np.zeros((len(could.control), sources.shape[1]))
    np.add.at(total, could.licence, could.tonnes[:, None] * sources[could.source])
    return total


def _licensed(world: Network, over: str) -> Floats:
    """Tonnes a licence lets through, infinite where all passes."""
    could, total = world.structure.exportable[over], _exportable(world, over)
    share = world.timelines.passing[could.control]
    return np.where(share < 1, share * total, np.inf)


@parameter("t", "export_licences", reads=SOURCES)
def export_licensed(world: Network) -> Floats:
    """Tonnes a control lets a place export; infinite where it restricts nothing."""
    return _licensed(world, "export_licences")


@parameter("t", "content_licences", reads=SOURCES)
def content_licensed(world: Network) -> Floats:
    """Tonnes of exposed goods a control lets a third country's place export; infinite where it restricts nothing."""
    return _licensed(world, "content_licences")


@parameter("t", "quotas", reads=f"controls.quota {SOURCES}")
def quota_each(world: Network) -> Floats:
    """Tonnes that the quota of a control lets a place export; infinite while it is not in force."""
    could = _could_by_licence(world)
    return _quotas(world, [(key.control, could[key]) for key in world.index["quotas"]])


@parameter("t", "country_quotas", reads=f"controls.quota {SOURCES}")
def quota_together(world: Network) -> Floats:
    """Tonnes that the quota of a control lets all of a country export; infinite while it is not in force."""
    country = world.structure.country
    could: dict[tuple[str, str], Floats] = defaultdict(lambda: np.zeros(len(world.periods)))
    for key, tonnes in _could_by_licence(world).items():
        could[key.control, country[key.place]] += tonnes
    return _quotas(world, [(key.control, could[key]) for key in world.index["country_quotas"]])


def _could_by_licence(world: Network) -> dict[Licence, Floats]:
    """Tonnes that could be exported under each licence by period."""
    return {
        Licence(*key): tonnes
        for over in ("export_licences", "content_licences")
        for key, tonnes in zip(world.structure.members(over), _exportable(world, over), strict=True)
    }


@by_row("controls", reads="controls.quota controls.in_force")
def _quota_in_force(world: Network, rows: Ints) -> Floats:
    """Tonnes of some controls' quotas in each period, and the share of it out of force, shape (rows, 2, T)."""
    in_force, quota = (world.timelines.series("controls", column)[rows] for column in ("in_force", "quota"))
    return np.stack([world.calendar.total(quota * in_force), 1 - world.calendar.mean(in_force)], axis=1)


def _quotas(world: Network, bound: list[tuple[str, Floats]]) -> Floats:
    """Tonnes that quotas let through, each with its control and what could be exported, shape (quotas, T)."""
    number, by_control = world.case.by.control_numbers, _quota_in_force(world)
    found = []
    for control, could in bound:
        most, free = by_control[number[control]]
        # What leaves on days out of force is not counted against it.
        found.append(np.where(free < 1, most + free * could, np.inf))
    return np.array(found).reshape(-1, len(world.periods))


@parameter("share", "applicants", reads=APPROVALS)
def counted(world: Network) -> Floats:
    """Share of what goes to some applicants that counts against the licence of all: less than 1 if they get more."""
    rows = world.structure.applicants.rows
    everybody = world.timelines.passing[[control for control, _ in rows.values()]]
    theirs = _passing_to_applicants(world)
    return np.asarray(np.minimum(1.0, everybody / np.where(theirs > 0, theirs, 1.0)))


def _passing_to_applicants(world: Network) -> Floats:
    """Share that passes to each group of applicants, shape (applicants, T)."""
    rows = world.structure.applicants.rows.values()
    return np.array([world.timelines.passing_to(*row) for row in rows]).reshape(-1, len(world.periods))


def _licensed_to_applicants(world: Network, kind: str) -> Floats:
    """Tonnes that may go to applicants from a place, infinite where all passes."""
    keys = world.index["export_applicants" if kind == "export" else "content_applicants"]
    licence = {key: number for number, key in enumerate(world.structure.members(f"{kind}_licences"))}
    who = {key: number for number, key in enumerate(world.index["applicants"])}
    could = _exportable(world, f"{kind}_licences")[[licence[key.control, key.place, key.group] for key in keys]]
    share = _passing_to_applicants(world)[[who[ApplicantGroup(key.control, key.applicants)] for key in keys]]
    return np.where(share < 1, share * could, np.inf)


@parameter("t", "export_applicants", reads=f"{APPROVALS} {SOURCES}")
def export_licensed_to(world: Network) -> Floats:
    """Tonnes a control lets a place export to some applicants; infinite where it restricts nothing."""
    return _licensed_to_applicants(world, "export")


@parameter("t", "content_applicants", reads=f"{APPROVALS} {SOURCES}")
def content_licensed_to(world: Network) -> Floats:
    """The same of exposed goods from a third country."""
    return _licensed_to_applicants(world, "content")


@parameter("t", "end_use_licences", reads=f"{PASSING} demand.tonnes demand.from")
def end_use_licensed(world: Network) -> Floats:
    """Tonnes of exposed goods a control lets an end use have; infinite where it restricts nothing."""
    passing = world.timelines.passing
    position = world.case.by.control_numbers
    wanted = dict(zip(world.index["demands"], world.value("quantity"), strict=True))
    result = np.full((len(world.index["end_use_licences"]), len(world.periods)), np.inf)
    for number, key in enumerate(world.index["end_use_licences"]):
        share = passing[position[key.control]]
        result[number, share < 1] = (share * wanted[DemandKey(key.site, key.product, key.end_use)])[share < 1]
    return result
