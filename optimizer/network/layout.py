"""Who could make, move and use what, before anybody asks whether anything can come of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from optimizer.case.case import Case
from optimizer.case.world import Material, Site
from optimizer.network.exposure import CLEAN, Exposure, Exposures, technology_used
from optimizer.network.reach import Layout, Leg, Places
from optimizer.network.size import check_lanes

HUB = " hub"
"""What the name of a country's pool ends in."""


def lay_out(
    case: Case,
    exposures: Exposures,
    materials: Mapping[str, Material],
    sites: Mapping[str, Site],
    recipes: dict[str, dict[str, float]],
    process: dict[str, str],
    offer_class: dict[str, Exposure],
) -> Layout:
    """Lay out a case: what runs where, which goods can go over which lanes, and what is a source and a sink.

    Parameters
    ----------
    case : Case
    exposures : Exposures
        Gives the class of goods made somewhere.
    materials, sites : mapping of str to row
    recipes : dict of str to dict of str to float
        Tonnes of each material per unit of activity, inputs negative.
    process : dict of str to str
        Process of each recipe.
    offer_class : dict of str to Exposure

    Returns
    -------
    Layout

    Raises
    ------
    CaseError
        If there are more lanes than fit into memory.
    """
    tables = case.tables

    place = Places(
        {name: row.country + HUB for name, row in sites.items()},
        frozenset(name for name, row in materials.items() if row.hub),
    )
    technology = technology_used(case)
    by_process: dict[str, list[str]] = defaultdict(list)
    for recipe, name in process.items():
        by_process[name].append(recipe)
    plants = list(dict.fromkeys((row.site, row.process) for row in tables.plants if row.open > 0))
    runs = [(site, recipe) for site, name in plants for recipe in by_process[name]]
    sources = {(place[row.site, row.material], row.material, offer_class[row.offer]) for row in tables.offers}
    for table in ("stocks", "arrivals"):
        for row in tables.rows(table):
            origin = row.origin or sites[row.site].country
            sources.add(
                (place[row.site, row.material], row.material, exposures.made_in(origin, materials[row.material]))
            )
    stand_ins: dict[str, list[str]] = defaultdict(list)
    for row in tables.substitutions:
        stand_ins[row.product].append(row.material)
    sinks = {
        (place[row.site, material], material)
        for row in tables.demand
        for material in (row.product, *stand_ins[row.product])
    }
    sinks |= {(place[row.site, row.material], row.material) for row in tables.stocks}
    output = {(site, material) for site, recipe in runs for material, t in recipes[recipe].items() if t > 0}
    made = {
        (site, material): exposures.made_in(
            sites[site].country, materials[material], technology.get((site, material), CLEAN)
        )
        for site, material in output
    }
    makes = {(place[site, material], material) for site, material in output}
    # Goods delivered to a site stay there: shipping them on would wash their origin, on which duties and controls rest.
    makes |= {(place[row.site, row.material], row.material) for row in tables.offers}
    makes |= {(where, material) for where, material, _ in sources if where.endswith(HUB)}
    uses = {
        (place[site, material], material) for site, recipe in runs for material, t in recipes[recipe].items() if t < 0
    }
    uses |= sinks
    routes = {(row.from_country, row.to_country) for row in tables.routes}
    country = {name: site.country for name, site in sites.items()}
    land = {where: where[:2] if where.endswith(HUB) else country[where] for where, _ in makes | uses}
    users: dict[str, list[str]] = defaultdict(list)
    for where, material in sorted(uses):
        users[material].append(where)
    check_lanes(case, makes, uses, land, routes)
    lanes = [
        Leg(origin, destination, material)
        for origin, material in sorted(makes)
        for destination in users[material]
        if origin != destination and (land[origin], land[destination]) in routes
    ]
    return Layout(
        recipes,
        runs,
        lanes,
        sources,
        sinks,
        place,
        made,
        exposures,
        {name: row.unit_value for name, row in materials.items()},
    )
