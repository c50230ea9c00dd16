"""Who could make, move and use what, before anybody asks whether anything can come of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from optimizer.case.case import Case
from optimizer.case.topics.goods import Material
from optimizer.case.topics.sales import Sale
from optimizer.network.exposure import CLEAN, Exposure, Exposures, technology_used
from optimizer.network.licensing import receivers
from optimizer.network.reach import Layout, Leg, Node, Places
from optimizer.network.size import check_lanes

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
    place = Places.of(case)
    country = dict(by.country)
    runs = _runs(case)
    sources = _sources(case, exposures, offer_class, place)
    sinks, sold = _sinks(case, place), _sold(case, place)
    output = {
        (site, material) for site, recipe in runs for material, tonnes in by.recipes[recipe].items() if tonnes > 0
    }
    technology = technology_used(case)
    made = {
        (site, material): exposures.made_in(
            by.sites[site].country, by.materials[material], technology.get((site, material), CLEAN)
        )
        for site, material in output
    }
    lanes = _lanes(case, Spots.of(case, place, runs), country)
    return Layout(by, runs, lanes, sources, sinks | sold, place, made, exposures, offer_class, country)


def _runs(case: Case) -> list[tuple[str, str]]:
    """Sites, and the recipes that plants can run there."""
    plants = dict.fromkeys((row.site, row.process) for row in case.tables.plants if row.open > 0)
    return [(site, recipe) for site, process in plants for recipe in case.by.recipes_of[process]]


@dataclass(frozen=True)
class Spots:
    """Places and materials: what is made or sold where, what else is held there, and what is used.

    Parameters
    ----------
    makes, held, uses : set of (str, str)
        Goods in the pool of a country leave it as if they were made there.
    """

    makes: set[Spot]
    held: set[Spot]
    uses: set[Spot]

    @classmethod
    def of(cls, case: Case, place: Places, runs: Iterable[Spot]) -> Spots:
        """Those of a case whose plants run some recipes, each with its site."""
        by = case.by
        lines = [(site, material, tonnes) for site, recipe in runs for material, tonnes in by.recipes[recipe].items()]
        makes = {(place[site, material], material) for site, material, tonnes in lines if tonnes > 0}
        makes |= {(place[row.site, row.material], row.material) for row in case.tables.offers}
        held = {(place[row.site, row.material], row.material) for row in by.held}
        makes |= {(where, material) for where, material in held if where not in by.sites}
        named = {spot for row in case.tables.sales if row.place in by.country for spot in sold_at(case, place, row)}
        used = {(place[site, material], material) for site, material, tonnes in lines if tonnes < 0}
        return cls(makes, held - makes, _sinks(case, place) | named | used)


def handed_on(case: Case) -> Iterator[tuple[str, str]]:
    """Pairs of sites of which one may send on to the other what it holds, if approvals treat both alike.

    Parameters
    ----------
    case : Case
    """
    country, spots = case.by.country, Spots.of(case, Places.of(case), _runs(case))
    users = {(material, where) for where, material in spots.uses}
    for (origin, material), (used, destination) in product(sorted(spots.held), sorted(users)):
        other = material == used and origin != destination
        if other and passes_on(case, country[origin], country[destination], case.by.materials[material]):
            yield origin, destination


def _sources(case: Case, exposures: Exposures, offer_class: Mapping[str, Exposure], place: Places) -> set[Node]:
    """Where goods come in, and in which class: offers, opening stock and arrivals."""
    by = case.by
    found = {(place[row.site, row.material], row.material, offer_class[row.offer]) for row in case.tables.offers}
    for row in by.held:
        made = exposures.made_in(row.origin or by.country[row.site], by.materials[row.material])
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


def _sold(case: Case, place: Places) -> set[Spot]:
    """What somebody takes, wherever it may be taken."""
    return {spot for row in case.tables.sales for spot in sold_at(case, place, row)}


def sold_at(case: Case, place: Places, sale: Sale) -> list[Spot]:
    """Places at which a buyer takes a material: one, or in a country all where it may be.

    Parameters
    ----------
    case : Case
    place : Places
    sale : Sale
    """
    sites = (
        [sale.place]
        if sale.place in case.by.country
        else [row.site for row in case.tables.sites if row.country == sale.place]
    )
    return list(dict.fromkeys((place[site, sale.material], sale.material) for site in sites))


def _lanes(case: Case, spots: Spots, country: Mapping[str, str]) -> list[Leg]:
    """Every lane that a route allows from where goods are made, sold or held to where they are used.

    Goods delivered to a site leave it only where it holds stock of them, and not where that would wash off the origin
    on which duties and controls rest, or hide a customer whom approvals treat otherwise.
    """
    receiving = receivers(case)
    users: dict[str, list[str]] = defaultdict(list)
    for where, material in sorted(spots.uses):
        users[material].append(where)
    check_lanes(case, spots.makes | spots.held, spots.uses, country)
    found = []
    for origin, material in sorted(spots.makes | spots.held):
        row = case.by.materials[material]
        for destination in users[material]:
            pair = country[origin], country[destination]
            goes = (origin, material) in spots.makes or (
                passes_on(case, *pair, row) and receiving.get(origin) == receiving.get(destination)
            )
            if origin != destination and goes:
                modes = case.by.modes.get((*pair, row.stage), ())
                found += [Leg(origin, destination, material, mode) for mode in modes]
    return found


def passes_on(case: Case, leaves: str, enters: str, material: Material) -> bool:
    """Whether goods may go on from the buyer's stock to another country as if they had been made where it lies.

    So it is within a country, and where the case has no duty, and no control on some destinations, that tells origins
    apart.

    Parameters
    ----------
    case : Case
    leaves, enters : str
        Country where the stock lies, and the one they go to.
    material : Material
    """
    if leaves == enters:
        return True
    goods = (material.material, material.stage)
    taxed = any(row.destination == enters and row.goods in goods for row in case.tables.duties)
    barred = any(
        material.stage in row.stages and ("*" not in row.destinations or leaves in row.origin)
        for row in case.tables.controls
        if row.kind in ("export", "content") and (enters in row.destinations or "*" in row.destinations)
    )
    return not taxed and not barred
