"""What licences are of: flows by control, origin, destination or customer and stage, and whom approvals reach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from optimizer.case.topics.licences import Approval
from optimizer.case.topics.supply import Site
from optimizer.network.ownership import Ownership
from optimizer.network.sets import ApplicantLicence, ApprovalKey, Index, Lane, Licence

if TYPE_CHECKING:
    from optimizer.case.case import Case
    from optimizer.network.licences import Governs


@dataclass(frozen=True)
class Licensing:
    """What each licence is of.

    Applicants are told apart by the approvals that reach them, whose names make theirs.

    Parameters
    ----------
    lanes : dict of Licence to list of Lane
        The lanes (with class) that it governs, those of all exporters.
    stated : dict of Licence to int
        Row of `trade` that states its reference, where one does.
    demands : dict of Licence to tuple of int
        Rows of demand that move it: for goods of its stage where they go to, or else all that the buyer wants.
    applicants : dict of ApplicantLicence to list of Lane
        Of its lanes those that some approvals reach.
    approvals : dict of (control, applicants) to (int, tuple of int)
        Row of the control, and rows of the approvals.
    country : dict of Licence to str
        Country that it is to; of a customer the one in which all of its sites lie, and none where they lie in several.
    """

    lanes: dict[Licence, list[Lane]]
    stated: dict[Licence, int]
    demands: dict[Licence, tuple[int, ...]]
    applicants: dict[ApplicantLicence, list[Lane]]
    approvals: dict[tuple[str, str], tuple[int, tuple[int, ...]]]
    country: dict[Licence, str]

    @cached_property
    def of_lanes(self) -> dict[Lane, list[Licence | ApplicantLicence]]:
        """What each lane needs: the licence of each control that governs it, or of whom its approvals reach."""
        found: dict[Lane, list[Licence | ApplicantLicence]] = defaultdict(list)
        reached = {(self.whole(key), lane): key for key, lanes in self.applicants.items() for lane in lanes}
        for licence, lanes in self.lanes.items():
            for lane in lanes:
                found[lane].append(reached.get((licence, lane), licence))
        return dict(found)

    @staticmethod
    def whole(key: ApplicantLicence) -> Licence:
        """The licence of all that one of some applicants is a part of."""
        return Licence(*key[:-1])

    def under(self, approval: str) -> list[ApplicantLicence]:
        """The licences of applicants whom an approval reaches, by its name."""
        return [key for key in self.applicants if approval in key.applicants.split("+")]

    def index(self, case: Case) -> Index:
        """Its index sets.

        Parameters
        ----------
        case : Case
        """
        bounded = [row.approval for row in case.tables.approvals if row.quantity is not None]
        return {
            "licences": list(self.lanes),
            "applicant_licences": list(self.applicants),
            "approval_quantities": [ApprovalKey(name) for name in bounded if self.under(name)],
        }


def find_licensing(case: Case, governs: Governs, country: Mapping[str, str]) -> Licensing:
    """Find what licences there are, and what of them approvals reach.

    Parameters
    ----------
    case : Case
    governs : dict
        The lanes each control governs, as `governed_lanes` gives them.
    country : mapping of str to str
        Country of each site and hub.
    """
    sites, materials, receiving = case.by.sites, case.by.materials, receivers(case)
    rows = {
        Licence(row.control, row.origin, row.receiver, str(row.group)): number
        for number, row in enumerate(case.tables.trade)
    }
    found = Licensing({}, {}, {}, {}, {}, {})
    for control, lanes in governs.items():
        approving = [number for number, row in enumerate(case.tables.approvals) if row.control == control]
        for lane in lanes:
            site, group = sites.get(lane.destination), materials[lane.material].stage
            names = (*((site.site, site.company) if site else ()), country[lane.destination])
            keys = [Licence(control, country[lane.origin], name, group) for name in names]
            key = next((some for some in keys if some in rows), keys[-1])
            found.lanes.setdefault(key, []).append(lane)
            if key in rows:
                found.stated[key] = rows[key]
            reached = [
                number
                for number in approving
                if _ships(case.tables.approvals[number], sites.get(lane.origin))
                and number in receiving.get(lane.destination, receiving[POOL])
            ]
            if reached:
                name = "+".join(case.tables.approvals[number].approval for number in reached)
                found.approvals[control, name] = case.by.control_numbers[control], tuple(reached)
                found.applicants.setdefault(
                    ApplicantLicence(key.control, key.origin, key.destination, key.group, name), []
                ).append(lane)
    found.demands.update({key: _moving(case, key) for key in found.lanes})
    for key in found.lanes:
        there = {row.country for row in case.tables.sites if key.destination in (row.site, row.company)}
        if key not in found.stated or not case.tables.trade[found.stated[key]].customer:
            there = {key.destination}
        if len(there) == 1:
            found.country[key] = there.pop()
    return found


def _moving(case: Case, key: Licence) -> tuple[int, ...]:
    """Rows of demand that move a licence: for goods of its stage where they go to, or all where there is none."""
    rows, sites, materials = case.tables.demand, case.by.sites, case.by.materials
    there = tuple(
        number
        for number, row in enumerate(rows)
        if materials[row.product].stage == key.group
        and key.destination in (row.site, sites[row.site].company, sites[row.site].country)
    )
    return there or tuple(range(len(rows)))


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
