"""Who could make, move and use what, before anybody asks whether anything can come of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from optimizer.case.case import Case
from optimizer.network.exposure import CLEAN, Exposure, Exposures, technology_used
from optimizer.network.reach import Layout, Leg, Node, Places
from optimizer.network.size import check_lanes

HUB = " hub"
"""What the name of a country's pool ends in."""
Spot = tuple[str, str]
"""A place and a material."""


def lay_out(case: Case, exposures: Exposures, offer_class: Mapping[str, Exposure]) -> Layout:
    """Lay out a case: what runs where, which goods can go over which lanes, and what is a source and a sink.

    Parameters
    ----------
    case : Case
    exposures : Exposures
        Gives the class of goods made somewhere.
    offer_class : mapping of str to Exposure
        Class of what each offer sells.

    Returns
    -------
    Layout

    Raises
    ------
    CaseError
        If there are more lanes than fit into memory.
    """
    by = case.by
    place = Places(
        {name: row.country + HUB for name, row in by.sites.items()},
        frozenset(name for name, row in by.materials.items() if row.hub),
    )
    plants = dict.fromkeys((row.site, row.process) for row in case.tables.plants if row.open > 0)
    runs = [(site, recipe) for site, process in plants for recipe in by.recipes_of[process]]
    sources = _sources(case, exposures, offer_class, place)
    sinks = _sinks(case, place)
    lines = [(site, material, tonnes) for site, recipe in runs for material, tonnes in by.recipes[recipe].items()]
    output = {(site, material) for site, material, tonnes in lines if tonnes > 0}
    technology = technology_used(case)
    made = {
        (site, material): exposures.made_in(
            by.sites[site].country, by.materials[material], technology.get((site, material), CLEAN)
        )
        for site, material in output
    }
    makes = {(place[site, material], material) for site, material in output}
    # Goods delivered to a site stay there: shipping them on would wash their origin, on which duties and controls rest.
    makes |= {(place[row.site, row.material], row.material) for row in case.tables.offers}
    makes |= {(where, material) for where, material, _ in sources if where.endswith(HUB)}
    uses = sinks | {(place[site, material], material) for site, material, tonnes in lines if tonnes < 0}
    return Layout(by, runs, _lanes(case, makes, uses), sources, sinks, place, made, exposures, offer_class)


def _sources(case: Case, exposures: Exposures, offer_class: Mapping[str, Exposure], place: Places) -> set[Node]:
    """Where goods come in, and in which class: offers, opening stock and arrivals."""
    by = case.by
    found = {(place[row.site, row.material], row.material, offer_class[row.offer]) for row in case.tables.offers}
    for row in by.held:
        made = exposures.made_in(row.origin or by.sites[row.site].country, by.materials[row.material])
        found.add((place[row.site, row.material], row.material, made))
    return found


def _sinks(case: Case, place: Places) -> set[Spot]:
    """What is demanded or may stand in for it, and what is stored."""
    wanted = {
        (place[row.site, material], material)
        for row in case.tables.demand
        for material in (row.product, *case.by.stands_in.get(row.product, ()))
    }
    return wanted | {(place[row.site, row.material], row.material) for row in case.tables.stocks}


def _lanes(case: Case, makes: set[Spot], uses: set[Spot]) -> list[Leg]:
    """Every lane that a route allows from where goods are made or sold to where they are used."""
    routes = {(row.from_country, row.to_country) for row in case.tables.routes}
    land = {where: where[:2] if where.endswith(HUB) else case.by.sites[where].country for where, _ in makes | uses}
    users: dict[str, list[str]] = defaultdict(list)
    for where, material in sorted(uses):
        users[material].append(where)
    check_lanes(case, makes, uses, land, routes)
    return [
        Leg(origin, destination, material)
        for origin, material in sorted(makes)
        for destination in users[material]
        if origin != destination and (land[origin], land[destination]) in routes
    ]
