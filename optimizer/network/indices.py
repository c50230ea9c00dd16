"""The index sets: everything there is a decision or a row for, in a fixed order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from optimizer.case.calendar import TRANSIT_ROOM
from optimizer.case.case import Case
from optimizer.network.exposure import Exposure, Exposures, label
from optimizer.network.reach import Layout, Reach
from optimizer.network.sets import (
    Balance,
    ContractKey,
    CountryPair,
    Crossing,
    DemandKey,
    Dilute,
    Downgrade,
    Index,
    Key,
    Lane,
    Market,
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
    Transit,
)


def base_index(
    case: Case,
    layout: Layout,
    kept: Reach,
    recipes: dict[str, dict[str, float]],
    process: dict[str, str],
    offer_class: dict[str, Exposure],
) -> Index:
    """The index sets, without periods, in a fixed order."""
    tables = case.tables
    place, nodes = layout.place, kept.nodes
    offers = [
        row for row in tables.offers if (place[row.site, row.material], row.material, offer_class[row.offer]) in nodes
    ]
    sold = {row.offer for row in offers}
    runs = sorted(Run(site, recipe, label(cls)) for site, recipe, cls in kept.lots)
    classes_at: dict[tuple[str, str], list[str]] = defaultdict(list)
    for where, material, cls in sorted(nodes, key=lambda node: (node[0], node[1], label(node[2]))):
        classes_at[where, material].append(label(cls))
    demands = list(dict.fromkeys(DemandKey(row.site, row.product, row.end_use) for row in tables.demand))
    stand_ins: dict[str, list[str]] = defaultdict(list)
    for row in tables.substitutions:
        stand_ins[row.product].append(row.material)
    contracts = [row for row in tables.contracts if row.offer in sold]
    plants = {PlantKey(site, process[recipe]) for site, recipe, _ in runs}
    projects = [row for row in tables.projects if row.kind == "qualify" or (row.site, row.process) in plants]
    return {
        "balances": sorted(Balance(where, material, label(cls)) for where, material, cls in nodes),
        "plants": sorted(plants),
        "runs": runs,
        "offers": [OfferKey(row.offer) for row in offers],
        "contracts": [ContractKey(row.contract) for row in contracts],
        "lanes": [
            Lane(*lane, cls)
            for lane in layout.lanes
            for cls in classes_at[lane.destination, lane.material]
            if cls in classes_at[lane.origin, lane.material]
        ],
        "stocks": [
            StockKey(row.site, row.material, cls)
            for row in tables.stocks
            for cls in classes_at[place[row.site, row.material], row.material]
        ],
        "demands": demands,
        "serves": [
            Serve(site, wanted, end_use, material, cls)
            for site, wanted, end_use in demands
            for material in (wanted, *stand_ins[wanted])
            for cls in classes_at[place[site, material], material]
        ],
        "downgrades": sorted(Downgrade(p, i, label(a), label(b)) for p, i, a, b in kept.downgrades),
        "dilutes": sorted(Dilute(s, r, i, label(a), label(b)) for s, r, i, a, b in kept.dilutes),
        "projects": [ProjectKey(row.project) for row in projects],
        "stock_sites": [
            StockSite(row.site, row.material)
            for row in tables.stocks
            if classes_at[place[row.site, row.material], row.material]
        ],
        "substitutes": [
            Substitute(site, wanted, end_use, material)
            for site, wanted, end_use in demands
            for material in stand_ins[wanted]
            if classes_at[place[site, material], material]
        ],
    }


def route_index(case: Case, index: Index, country: Mapping[str, str], materials: Mapping[str, Any]) -> Index:
    """Country pairs in use, the periods goods on them can arrive in, and those that pay a duty or an export charge."""
    calendar = case.calendar
    pairs = sorted({CountryPair(country[a], country[b]) for a, b, _, _ in index["lanes"]})
    longest = {(row.from_country, row.to_country): row.transit + TRANSIT_ROOM for row in case.tables.routes}
    transits = [
        Transit(*pair, leaves, arrives)
        for pair in pairs
        for leaves in calendar.periods
        for arrives in calendar.periods[leaves:]
        if calendar.offsets[arrives] < calendar.offsets[leaves + 1] + longest[pair]
    ]
    goods = sorted({Crossing(country[a], country[b], i) for a, b, i, _ in index["lanes"]})
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
    return {"routes": pairs, "transits": transits, "dutied": dutied, "charged": charged}


def project_index(case: Case, index: Index) -> Index:
    """Periods in which a project may start, and those it may then be open in."""
    calendar = case.calendar
    rows = {row.project: row for row in case.tables.projects}
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


def opening_stock(
    case: Case, layout: Layout, exposures: Exposures, materials: Mapping[str, Any], sites: Mapping[str, Any]
) -> dict[Key, tuple[str, str, str]]:
    """Where opening stock and arrivals enter, and in which class."""
    found: dict[Key, tuple[str, str, str]] = {}
    for table in ("stocks", "arrivals"):
        for row in case.tables.rows(table):
            origin = row.origin or sites[row.site].country
            cls = label(exposures.made_in(origin, materials[row.material]))
            found[tuple(getattr(row, field) for field in row.key)] = (
                layout.place[row.site, row.material],
                row.material,
                cls,
            )
    return found


def qualified_lanes(case: Case, index: Index) -> dict[str, list[Lane]]:
    """The lanes each qualification opens: from the supplier to the buyer's plants."""
    buyers = {row.site for row in case.tables.demand}
    suppliers = {row.site: row.project for row in case.tables.projects if row.kind == "qualify"}
    opened: dict[str, list[Lane]] = {project: [] for project in suppliers.values()}
    for lane in index["lanes"]:
        if lane.origin in suppliers and lane.destination in buyers:
            opened[suppliers[lane.origin]].append(lane)
    return opened
