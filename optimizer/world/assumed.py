"""What a case leaves out and asks to have assumed (`assume` in ``case.yaml``), how much it is, and what was assumed.

Each figure is an assumption, near the median of what the bundled cases and tables say, mostly assumptions themselves.
A row says of itself what was assumed of it, in its column `assumed`, so that it is known wherever the case goes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from optimizer.case.case import Case
from optimizer.case.continents import CONTINENTS
from optimizer.case.kinds import pool_of
from optimizer.case.settings import CaseFile
from optimizer.case.tables import TABLES, Tables
from optimizer.case.topics.demand import Demand
from optimizer.case.topics.stock import Stock
from optimizer.case.topics.transport import Route
from optimizer.case.units import units
from optimizer.faults import Finding

Left = TypeVar("Left", Stock, Demand)
"""What leaves a field out."""
MARK = "assumed for you"
"""How the reasoning of a field begins that was left out."""


@dataclass(frozen=True)
class Distance:
    """A class of distances.

    Parameters
    ----------
    freight : float
        USD/t, door to door.
    transit : float
        Days door to door.
    """

    freight: float
    transit: float


DISTANCES = {
    "within one country": Distance(60, 3),
    "between countries of a continent": Distance(180, 6),
    "between continents": Distance(600, 33),
}
"""Freight and days by class of distance: medians of `data/routes.csv`, whose long ways are by sea."""
HOLDING = 0.01
"""Storage and insurance a year, as a part of the unit value: bundled stocks of magnets have 0.7 % to 1.6 %."""
PENALTIES = {"civil": 12.0, "humanitarian": 12.0, "chips": 60.0, "military": 110.0}
"""What a missing tonne costs, in unit values, by end use: near the medians of the bundled demands (civil: from 5 for
grades of small motors to 30 for those of traction motors; humanitarian: as civil, as no case has any)."""


@dataclass(frozen=True)
class Taken:
    """One figure that was assumed.

    Parameters
    ----------
    table : str
    numbers : tuple of int
        Its rows in the table, more than one where they are steps of one thing.
    column : str
    of : str
        What it is a figure of: the key of its row, without a day.
    value : float
    unit : str
    why : str
    """

    table: str
    numbers: tuple[int, ...]
    column: str
    of: str
    value: float
    unit: str
    why: str


def with_assumed(file: CaseFile, tables: Tables, places: dict[str, tuple[str, ...]], where: str) -> Tables:
    """The rows of a case, with what it leaves out and asks to have assumed.

    Parameters
    ----------
    file : CaseFile
    tables : Tables
        As far as they could be read; a name that nothing defines is passed over.
    places : dict
        Where rows came from; changed in place.
    where : str
        Where the case asks for it.
    """
    if "routes" in file.assume and (routes := list(_routes(tables))):
        tables = tables.replaced(routes=(*tables.routes, *routes))
        places["routes"] = (*places.get("routes", ()), *[where] * len(routes))
    worth = {row.material: row.unit_value * 1000 for row in tables.materials}
    if "holding" in file.assume:
        tables = tables.replaced(stocks=[_held(row, worth) for row in tables.stocks])
    if "penalty" in file.assume:
        tables = tables.replaced(demand=_demands(tables.demand, worth))
    return tables


def taken(case: Case) -> list[Taken]:
    """Every figure of a case that was assumed, in the order of the tables."""
    found: dict[tuple[str, str, str], list[tuple[int, Any, str]]] = defaultdict(list)
    for table, rows in case.tables.items():
        for number, row in enumerate(rows):
            for part in row.assumed.split("|"):
                column, _, why = part.partition(":")
                if why.strip().startswith(MARK) and isinstance(getattr(row, column.strip(), None), float):
                    of = " / ".join(cell for field, cell in row.parts.items() if field != "from_")
                    found[table, of, column.strip()].append((number, row, why.strip()))
    return [
        Taken(
            table,
            tuple(number for number, *_ in some),
            column,
            of,
            float(getattr(some[0][1], column)),
            units(TABLES[table]).get(column, ""),
            some[0][2].removeprefix(f"{MARK}: "),
        )
        for (table, of, column), some in found.items()
    ]


def taken_findings(case: Case) -> Iterator[Finding]:
    """What was assumed, said once for each row, or steps of one thing."""
    rows: dict[tuple[str, str], list[Taken]] = defaultdict(list)
    for some in taken(case):
        rows[some.table, some.of].append(some)
    for (table, of), found in rows.items():
        told = ", ".join(f"{some.column} {some.value:,.6g} {some.unit}" for some in found)
        place = case.where(table)[found[0].numbers[0]]
        yield Finding("assumed-for-you", place, f"{MARK}: {told} for {of} ({found[0].why}).", table, found[0].column)


def distance(leaves: str, enters: str) -> str:
    """The class of the distance between two countries, one of `DISTANCES`.

    Parameters
    ----------
    leaves, enters : str
        Country codes.
    """
    within, near, far = DISTANCES
    if leaves == enters:
        return within
    return near if CONTINENTS[leaves] == CONTINENTS[enters] else far


def _routes(tables: Tables) -> Iterator[Route]:
    """A route for every two countries between which goods could go and of which no row says anything."""
    stated = {(row.from_country, row.to_country) for row in tables.routes}
    for leaves, enters in sorted(_pairs(tables) - stated):
        found = distance(leaves, enters)
        why = f"{MARK}: {found}"
        yield Route(
            from_country=leaves,
            to_country=enters,
            freight=DISTANCES[found].freight,
            transit=DISTANCES[found].transit,
            source=f"no row of routes: {found}",
            confidence="assumption",
            assumed=f"freight: {why} | transit: {why}",
        )


def _pairs(tables: Tables) -> set[tuple[str, str]]:
    """Countries that goods could leave and enter: from where they are sold, made or kept to where they are wanted."""
    country = {row.site: row.country for row in tables.sites}
    country |= {pool_of(code): code for code in country.values()}
    gives: dict[str, set[str]] = defaultdict(set)
    takes: dict[str, set[str]] = defaultdict(set)
    for offer in tables.offers:
        gives[offer.material].add(offer.site)
    for recipe in tables.recipes:
        side = gives if recipe.tonnes > 0 else takes
        side[recipe.material] |= {plant.site for plant in tables.plants if plant.process == recipe.process}
    for stock in tables.stocks:
        gives[stock.material].add(stock.site)
        takes[stock.material].add(stock.site)
    for demand in tables.demand:
        served = {demand.product} | {row.material for row in tables.substitutions if row.product == demand.product}
        for material in served:
            takes[material].add(demand.site)
    return {
        (country[leaves], country[enters])
        for material, some in gives.items()
        for leaves in some & country.keys()
        for enters in takes[material] & country.keys()
        if leaves != enters
    }


def _held(row: Stock, worth: dict[str, float]) -> Stock:
    """A stock with its holding cost."""
    if row.holding is not None or row.material not in worth:
        return row
    why = f"{MARK}: {HOLDING:.0%} of the unit value a year"
    return _with(row, "holding", worth[row.material] * HOLDING, why)


def _demands(rows: tuple[Demand, ...], worth: dict[str, float]) -> list[Demand]:
    """Demand with its penalties: where no row of it states one."""
    stated = {(row.site, row.product, row.end_use) for row in rows if row.penalty is not None}
    return [
        row
        if (row.site, row.product, row.end_use) in stated or row.product not in worth
        else _with(
            row,
            "penalty",
            worth[row.product] * PENALTIES[row.end_use],
            f"{MARK}: {PENALTIES[row.end_use]:g} times the unit value ({row.end_use} use)",
        )
        for row in rows
    ]


def _with(row: Left, column: str, value: float, why: str) -> Left:
    """A row with one field, to three digits, and what is said of it."""
    said = " | ".join(filter(None, (row.assumed, f"{column}: {why}")))
    return row.model_copy(update={column: float(f"{value:.3g}"), "assumed": said})
