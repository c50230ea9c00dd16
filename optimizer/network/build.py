"""A case worked out: its index sets and maps, pruned to what supply can reach and demand can use."""

from __future__ import annotations

from collections import defaultdict

from optimizer.case.case import Case
from optimizer.case.check import main_products
from optimizer.case.world import Origin
from optimizer.network import numbers as numbers  # parameters register themselves
from optimizer.network.exposure import Exposures, label
from optimizer.network.indices import base_index, opening_stock, project_index, qualified_lanes, route_index
from optimizer.network.layout import HUB, lay_out
from optimizer.network.licences import (
    could_export,
    find_applicants,
    governed_lanes,
    governed_serves,
    licence_groups,
    quota_index,
)
from optimizer.network.network import Network
from optimizer.network.reach import reach
from optimizer.network.sets import ApplicantGroup, ApplicantLicence, ContentRule, EndUseLicence, Licence, Tangent
from optimizer.network.size import check_days
from optimizer.network.structure import Structure
from optimizer.network.windows import SLOTS, limit_windows
from optimizer.world.timeline import Timelines


def network_of(case: Case) -> Network:
    """The network of a case as the rules in force stand.

    Parameters
    ----------
    case : Case
        A validated case.

    Returns
    -------
    Network

    Raises
    ------
    CaseError
        If it does not fit into memory.
    """
    check_days(case)
    return Network(build_structure(case), Timelines(case))


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
    materials = {row.material: row for row in tables.materials}
    sites = {row.site: row for row in tables.sites}
    recipes: dict[str, dict[str, float]] = defaultdict(dict)
    process: dict[str, str] = {}
    for row in tables.recipes:
        recipes[row.recipe][row.material] = row.tonnes
        process[row.recipe] = row.process
    exposures = Exposures.of(case)
    origins: dict[str, list[Origin]] = defaultdict(list)
    for origin in tables.origins:
        origins[origin.offer].append(origin)
    offer_class = {
        offer.offer: exposures.bought(offer, sites[offer.site].country, materials, origins[offer.offer])
        for offer in tables.offers
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
        "export_licences": [Licence(*key) for key in governs["export"]],
        "content_licences": [Licence(*key) for key in governs["content"]],
        "end_use_licences": [EndUseLicence(*key) for key in serves_under],
        "applicants": [ApplicantGroup(*key) for key in applicants.rows],
        "export_applicants": [ApplicantLicence(*key) for key in applicants.lanes["export"]],
        "content_applicants": [ApplicantLicence(*key) for key in applicants.lanes["content"]],
        "limit_windows": [window.key for window in windows],
        "tangents": [Tangent(*window.key, slot) for window in windows if window.is_square for slot in range(SLOTS)],
        "rules": [ContentRule(name) for name in exposures.rules],
        **quota_index(case, governs, country),
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
            over: could_export(case, index, keys, layout, materials, recipes, process, group_of)
            for over, keys in (
                ("export_licences", index["export_licences"]),
                ("content_licences", index["content_licences"]),
            )
        },
        group_of=group_of,
        qualifies=qualified_lanes(case, index),
        windows=windows,
        offer_rows={row.offer: row for row in tables.offers},
        project_rows={row.project: row for row in tables.projects},
    )
