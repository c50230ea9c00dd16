"""Numbers of licences, per period."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from optimizer.network.licensed import Licensed
from optimizer.network.network import Floats, Ints, Network, by_row, parameter
from optimizer.network.rows import APPLIED, GRANTS, LICENSED, PASSING, SOURCES
from optimizer.network.sets import DemandKey


def _nowhere(world: Network, over: str, number: float) -> Floats:
    """One number for every period of an index set."""
    return np.full((len(world.structure.members(over)), len(world.periods)), number)


@parameter("t", "licences", reads=LICENSED)
def licensed(world: Network) -> Floats:
    """Tonnes a control lets go to a destination or customer; infinite where it restricts nothing."""
    if world.reference is None:
        return _nowhere(world, "licences", np.inf)
    return Licensed(world, world.reference).bounds()


@parameter("t", "licences", reads=LICENSED)
def licensed_lately(world: Network) -> Floats:
    """Tonnes of licences that are valid when a period ends; 0 where the control restricts nothing."""
    if world.reference is None:
        return _nowhere(world, "licences", 0.0)
    some = Licensed(world, world.reference)
    return np.where(some.wholly_free, 0.0, some.valid(some.to_all, some.control))


@parameter("t", "applicant_licences", reads=LICENSED)
def licensed_to(world: Network) -> Floats:
    """Tonnes that an approval licenses to whom it reaches, beside what is licensed to all."""
    if world.reference is None:
        return _nowhere(world, "applicant_licences", 0.0)
    return world.calendar.total(Licensed(world, world.reference).to_some)


@parameter("t", "applicant_licences", reads=LICENSED)
def licensed_lately_to(world: Network) -> Floats:
    """Tonnes of these licences that are valid when a period ends."""
    if world.reference is None:
        return _nowhere(world, "applicant_licences", 0.0)
    some = Licensed(world, world.reference)
    return some.valid(some.to_some, some.control[some.whole])


@parameter("t", "approval_quantities", reads=LICENSED)
def licensed_at_most(world: Network) -> Floats:
    """Tonnes that may go under an approval with a quantity; infinite where licences are lifted."""
    if world.reference is None:
        return _nowhere(world, "approval_quantities", np.inf)
    some, rows = Licensed(world, world.reference), world.case.tables.approvals
    number = {row.approval: place for place, row in enumerate(rows)}
    daily = [some.quantity(number[key.approval]) for key in world.index["approval_quantities"]]
    return world.calendar.total(np.array(daily).reshape(-1, world.calendar.days))


@parameter("t", "applicant_licences", reads=LICENSED)
def left_to(world: Network) -> Floats:
    """Tonnes that whom an approval holds to less may take of what is licensed to all; infinite where it does not."""
    if world.reference is None:
        return _nowhere(world, "applicant_licences", np.inf)
    some = Licensed(world, world.reference)
    return np.where(world.calendar.mean(some.listed) > 0, world.calendar.total(some.left_to_some), np.inf)


@parameter("USD/t", "licences", reads=APPLIED)
def application_price(world: Network) -> Floats:
    """What applying costs for a tonne that leaves under a licence, on days in force; abroad of what is detected."""
    return _applying(world, "licences", [row.kind == "content" for row in world.case.tables.controls])


@parameter("USD/t", "applicant_licences", reads=APPLIED)
def application_price_to(world: Network) -> Floats:
    """The same of what goes to or from whom approvals name, who declare all of it."""
    return _applying(world, "applicant_licences", [False] * len(world.case.tables.controls))


def _applying(world: Network, over: str, undeclared: list[bool]) -> Floats:
    """Cost of an application by licence, mean over all days of each period; 0 where licences are lifted."""
    if world.reference is None:
        return _nowhere(world, over, 0.0)
    cost, force, found = (
        world.timelines.series("controls", name) for name in ("application_cost", "in_force", "detection")
    )
    detected = np.where(np.array(undeclared, bool).reshape(-1, 1), found, 1.0)
    number = world.case.by.control_numbers
    rows = np.array([number[control] for control, *_ in world.structure.members(over)], np.int64)
    return world.calendar.mean(cost * (force > 0.5) * detected)[rows]


def _exportable(world: Network) -> Floats:
    """Tonnes that each exporter with a quota could export, shape (exporters, T)."""
    could = world.structure.exportable
    contracts = world.case.by.contracts
    volumes = np.array([contracts[name].max_volume for (name,) in world.index["contracts"]], float).reshape(-1, 1)
    contracted = volumes * world.value("contract_years")
    sources = np.concatenate([world.value("capacity"), world.value("offered"), contracted])
    total = np.zeros((len(could.keys), sources.shape[1]))
    np.add.at(total, could.exporter, could.tonnes[:, None] * sources[could.source])
    return total


@parameter("t", "quotas", reads=f"controls.quota controls.in_force {SOURCES}")
def quota_each(world: Network) -> Floats:
    """Tonnes that the quota of a control lets a place export; infinite while it is not in force."""
    could = dict(zip(world.structure.exportable.keys, _exportable(world), strict=True))
    return _quotas(world, [(key.control, could[key]) for key in world.index["quotas"]])


@parameter("t", "country_quotas", reads=f"controls.quota controls.in_force {SOURCES}")
def quota_together(world: Network) -> Floats:
    """Tonnes that the quota of a control lets all of a country export; infinite while it is not in force."""
    country = world.structure.country
    could: dict[tuple[str, str], Floats] = defaultdict(lambda: np.zeros(len(world.periods)))
    for key, tonnes in zip(world.structure.exportable.keys, _exportable(world), strict=True):
        could[key.control, country[key.place]] += tonnes
    return _quotas(world, [(key.control, could[key]) for key in world.index["country_quotas"]])


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
        lifted = (free >= 1) | (world.reference is None)
        found.append(np.where(lifted, np.inf, most + free * could))
    return np.array(found).reshape(-1, len(world.periods))


@parameter("t", "end_use_licences", reads=f"{PASSING} {GRANTS} demand.tonnes demand.from")
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
