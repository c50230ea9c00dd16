"""The index sets: everything there is a decision or a row for, in a fixed order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from optimizer.case.calendar import TRANSIT_ROOM
from optimizer.case.case import Case
from optimizer.case.granting import LONGEST_HOLD
from optimizer.network.exposure import Exposures, label
from optimizer.network.layout import sold_at
from optimizer.network.reach import Layout, Reach, route_of, way_of
from optimizer.network.route_keys import Crossing, Market, RouteKey, Transit
from optimizer.network.sale_keys import SaleKey, Sold
from optimizer.network.sets import (
    Balance,
    CleanLot,
    ContractKey,
    CoverPart,
    DemandKey,
    Dilute,
    Downgrade,
    GoodsPlace,
    Index,
    Key,
    Lane,
    OfferKey,
    Opening,
    PlantKey,
    ProjectKey,
    Run,
    Serve,
    Start,
    StockKey,
    StockSite,
    Substitute,
)


def base_index(case: Case, layout: Layout, kept: Reach) -> Index:
    """The index sets, without periods, in a fixed order.

    Parameters
    ----------
    case : Case
    layout : Layout
    kept : Reach
        What can be reached of it.
    """
    classes_at: dict[tuple[str, str], list[str]] = defaultdict(list)
    for where, material, cls in sorted(kept.nodes, key=lambda node: (node[0], node[1], label(node[2]))):
        classes_at[where, material].append(label(cls))
    return {
        **_supply_index(case, layout, kept),
        **_demand_index(case, layout, classes_at),
        **_sales_index(case, layout, classes_at),
        "balances": sorted(Balance(where, material, label(cls)) for where, material, cls in kept.nodes),
        "lanes": [
            Lane(lane.origin, lane.destination, lane.material, cls, lane.mode)
            for lane in layout.lanes
            for cls in classes_at[lane.destination, lane.material]
            if cls in classes_at[lane.origin, lane.material]
        ],
        "downgrades": sorted(Downgrade(p, i, label(a), label(b)) for p, i, a, b in kept.downgrades),
        "dilutes": sorted(Dilute(s, r, i, label(a), label(b)) for s, r, i, a, b in kept.dilutes),
    }


def _supply_index(case: Case, layout: Layout, kept: Reach) -> Index:
    """What is made, sold, contracted and expanded, of what anything can come."""
    tables, place = case.tables, layout.place
    sold = [
        row.offer
        for row in tables.offers
        if (place[row.site, row.material], row.material, layout.offer_class[row.offer]) in kept.nodes
    ]
    runs = sorted(Run(site, recipe, label(cls)) for site, recipe, cls in kept.lots)
    signed = [row for row in tables.contracts if row.offer in set(sold)]
    plants = {PlantKey(site, case.by.process_of[recipe]) for site, recipe, _ in runs}
    return {
        "plants": sorted(plants),
        "ramped": sorted(plants & {PlantKey(row.site, row.process) for row in tables.plants if row.ramp is not None}),
        "runs": runs,
        "offers": [OfferKey(offer) for offer in sold],
        "ordered_offers": [OfferKey(row.offer) for row in tables.offers if row.ordered and row.offer in set(sold)],
        "contracts": [ContractKey(row.contract) for row in signed],
        "carrying": [ContractKey(row.contract) for row in signed if row.carries],
        "refunding": [ContractKey(row.contract) for row in signed if row.carries and not row.prepaid_lost],
        "projects": [
            ProjectKey(row.project)
            for row in tables.projects
            if row.kind == "qualify" or (row.site, row.process) in plants
        ],
    }


def _demand_index(case: Case, layout: Layout, classes_at: Mapping[tuple[str, str], list[str]]) -> Index:
    """What is wanted, served and stored, in the classes that can be there."""
    demands = list(dict.fromkeys(DemandKey(row.site, row.product, row.end_use) for row in case.tables.demand))
    stand_ins = case.by.stands_in

    def classes(site: str, material: str) -> list[str]:
        return classes_at.get((layout.place[site, material], material), [])

    return {
        "stocks": [
            StockKey(row.site, row.material, cls)
            for row in case.tables.stocks
            for cls in classes(row.site, row.material)
        ],
        "demands": demands,
        "serves": [
            Serve(site, wanted, end_use, material, cls)
            for site, wanted, end_use in demands
            for material in (wanted, *stand_ins.get(wanted, ()))
            for cls in classes(site, material)
        ],
        "stock_sites": [
            StockSite(row.site, row.material) for row in case.tables.stocks if classes(row.site, row.material)
        ],
        "substitutes": [
            Substitute(site, wanted, end_use, material)
            for site, wanted, end_use in demands
            for material in stand_ins.get(wanted, ())
            if classes(site, material)
        ],
        "cover_substitutes": [
            CoverPart(row.site, row.material, material)
            for row in case.tables.stocks
            if row.cover > 0 and classes(row.site, row.material)
            for material in stand_ins.get(row.material, ())
            if (row.site, material) in case.by.stocks and classes(row.site, material)
        ],
    }


def _sales_index(case: Case, layout: Layout, classes_at: Mapping[tuple[str, str], list[str]]) -> Index:
    """Who takes what is left over, where, and in which classes it can be there."""
    sold = [
        Sold(row.material, row.place, row.buyer, at, cls)
        for row in case.tables.sales
        for at, material in sold_at(case, layout.place, row)
        for cls in classes_at.get((at, material), ())
    ]
    return {
        "sales": [SaleKey(*key) for key in dict.fromkeys(key[:3] for key in sold)],
        "sold": list(dict.fromkeys(sold)),
        "outlets": [GoodsPlace(*key) for key in dict.fromkeys((key.at, key.material) for key in sold)],
    }


def clean_lots(index: Index, exposures: Exposures) -> list[CleanLot]:
    """Lots that can hold goods exposed to a rule and still be clean of it.

    Parameters
    ----------
    index : Index
        With its dilutions.
    exposures : Exposures
    """
    found = {
        CleanLot(rule, key.site, key.recipe, key.lot): None
        for key in index["dilutes"]
        for rule in exposures.rules
        if rule in key.exposure.split("+") and rule not in key.lot.split("+")
    }
    return list(found)


def route_index(case: Case, index: Index, country: Mapping[str, str]) -> Index:
    """Routes in use, when goods on them can arrive, and what of them pays a duty or an export charge.

    Parameters
    ----------
    case : Case
    index : Index
        With its lanes.
    country : mapping of str to str
        Country of each site and hub.
    """
    calendar, materials = case.calendar, case.by.materials
    rows = {way_of(case.by, country, lane): route_of(case.by, country, lane) for lane in index["lanes"]}
    held = {route: LONGEST_HOLD * (route.goods != rows[route].goods) for route in rows}
    routes = sorted(rows)
    transits = [
        Transit(*route, leaves, arrives)
        for route in routes
        for leaves in calendar.periods
        for arrives in calendar.periods[leaves:]
        if calendar.offsets[arrives] < calendar.offsets[leaves + 1] + rows[route].transit + TRANSIT_ROOM + held[route]
    ]
    goods = sorted(
        {Crossing(country[lane.origin], country[lane.destination], lane.material) for lane in index["lanes"]}
    )
    dutied = [
        Crossing(a, b, i)
        for a, b, i in goods
        if a != b and any(row.fits(a, b, materials[i]) for row in case.tables.duties)
    ]
    charged = sorted(
        {
            Market(a, i)
            for a, b, i in goods
            if a != b
            and any(row.origin == a and row.goods in (i, materials[i].stage) for row in case.tables.export_charges)
        }
    )
    bounded = {n for n, row in enumerate(case.tables.routes) if row.capacity is not None} | case.closable
    numbers = {row: number for number, row in enumerate(case.tables.routes)}
    limited = sorted(
        {
            RouteKey(row.from_country, row.to_country, row.mode, row.goods)
            for row in rows.values()
            if numbers[row] in bounded
        }
    )
    return {
        "routes": routes,
        "route_capacities": limited,
        "transits": transits,
        "dutied": dutied,
        "charged": charged,
    }


def project_index(case: Case, index: Index) -> Index:
    """Periods in which a project may start, and those it may then be open in.

    Parameters
    ----------
    case : Case
    index : Index
        With its projects.
    """
    calendar = case.calendar
    rows = case.by.projects
    starts = [
        Start(project, period)
        for (project,) in index["projects"]
        for period in calendar.periods
        if rows[project].done_from is None and calendar.day(rows[project].from_) < calendar.offsets[period + 1]
    ]
    return {
        "starts": starts,
        "openings": [Opening(*key, later) for key in starts for later in calendar.periods[key.period :]],
    }


def opening_stock(case: Case, layout: Layout) -> dict[Key, tuple[str, str, str]]:
    """Where opening stock and arrivals enter, and in which class.

    Parameters
    ----------
    case : Case
    layout : Layout

    Returns
    -------
    dict of Key to (str, str, str)
        Place, material and class, by the key of the row.
    """
    found: dict[Key, tuple[str, str, str]] = {}
    for row in case.by.held:
        origin = row.origin or case.by.country[row.site]
        cls = label(layout.exposures.made_in(origin, case.by.materials[row.material]))
        key = tuple(getattr(row, field) for field in row.key)
        found[key] = layout.place[row.site, row.material], row.material, cls
    return found


def qualified_lanes(case: Case, index: Index) -> dict[str, list[Lane]]:
    """The lanes each qualification opens: from the supplier to the buyer's plants, and to stock that goes on there.

    Parameters
    ----------
    case : Case
    index : Index
        With its lanes.

    Returns
    -------
    dict of str to list of Lane
        By project; an empty list where it opens none.
    """
    buyers = {row.site for row in case.tables.demand}
    held = {(row.site, row.material) for row in case.by.held}
    while more := {
        lane.origin
        for lane in index["lanes"]
        if lane.destination in buyers and lane.origin not in buyers and (lane.origin, lane.material) in held
    }:
        buyers |= more
    suppliers = {row.site: row.project for row in case.tables.projects if row.kind == "qualify"}
    opened: dict[str, list[Lane]] = {project: [] for project in suppliers.values()}
    for lane in index["lanes"]:
        if lane.origin in suppliers and lane.destination in buyers:
            opened[suppliers[lane.origin]].append(lane)
    return opened
