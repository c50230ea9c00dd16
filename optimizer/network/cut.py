"""A case cut to some of its suppliers: the others are left out, and what then leads nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from optimizer.case.case import Case
from optimizer.case.references import Kind, definitions, names_in, references
from optimizer.case.rows import Row
from optimizer.case.tables import TABLES, Tables
from optimizer.errors import CaseError
from optimizer.faults import Fault
from optimizer.network.build import network_of
from optimizer.network.idle_rows import idle_rows
from optimizer.world.door import case_from

Rows = dict[str, tuple[Row, ...]]
GONE: tuple[Kind, ...] = ("sites", "offers", "companies", "parents", "processes")
"""Kinds of names that may be gone with a supplier, and what names them with them."""
SHRINKING = (
    *("plants", "offers", "routes", "contracts", "projects", "stocks", "substitutions"),
    *("availability", "duties", "export_charges"),
)
"""Tables whose rows go where no plan of the smaller case can use them; controls stay, as scenarios switch them on."""


def suppliers(case: Case) -> set[str]:
    """Sites that sell or make what the buyer wants, or what may stand in for it, but for the buyer's own.

    Parameters
    ----------
    case : Case
    """
    tables = case.tables
    wanted = {row.product for row in tables.demand}
    wanted |= {row.material for row in tables.substitutions if row.product in wanted}
    makes = {row.process for row in tables.recipes if row.material in wanted and row.tonnes > 0}
    found = {row.site for row in tables.offers if row.material in wanted}
    found |= {row.site for row in tables.plants if row.process in makes}
    return found - {row.site for row in tables.demand}


def cut_to(case: Case, names: Iterable[str]) -> Case:
    """A case with some of its suppliers and what they draw on.

    Parameters
    ----------
    case : Case
    names : iterable of str
        Suppliers by site, label or company.

    Returns
    -------
    Case
        Shared tables and packs are among its rows.

    Raises
    ------
    CaseError
        If a name is that of no supplier of the case.
    """
    sells = suppliers(case)
    ours = [row for row in case.tables.sites if row.site in sells]
    called = {name: {row.site for row in ours if name in (row.site, row.label, row.company)} for name in names}
    known = sorted(sells)
    faults = [
        Fault.unknown(case.name, "supplier", "supplier", name, known) for name, sites in called.items() if not sites
    ]
    if faults:
        raise CaseError(faults)
    kept = set().union(*called.values())
    rows: Rows = dict(case.tables.items())
    rows["sites"] = tuple(row for row in case.tables.sites if row.site not in sells - kept)
    smaller = replace(case, tables=Tables.of(_without_gone(rows, case)), places={})
    idle = {(row.table, row.place) for row in idle_rows(network_of(smaller)) if row.table in SHRINKING}
    rows = {
        table: tuple(row for row, place in zip(some, smaller.where(table), strict=True) if (table, place) not in idle)
        for table, some in smaller.tables.items()
    }
    return case_from(case.file, _without_unnamed(_without_gone(rows, case)))


def _defined(rows: Rows, kind: Kind) -> set[str]:
    """Names of a kind that rows define."""
    return {
        getattr(row, field)
        for table, record in TABLES.items()
        for field, defines in definitions(record)
        if defines == kind
        for row in rows[table]
    }


def _until_same(rows: Rows, step: Callable[[Rows], Rows]) -> Rows:
    """Rows after a step that takes some of them, again and again until it takes none."""
    while (left := step(rows)) != rows:
        rows = left
    return rows


def _without_gone(rows: Rows, case: Case) -> Rows:
    """Rows that name nothing that is gone; of a list of names those stay that are there."""
    before = {kind: _defined(dict(case.tables.items()), kind) for kind in GONE}

    def step(rows: Rows) -> Rows:
        there = {kind: _defined(rows, kind) for kind in GONE}
        gone = {
            kinds: set().union(*(before[kind] for kind in kinds)) - set().union(*(there[kind] for kind in kinds))
            for record in TABLES.values()
            for kinds in [("sites",), *(ref.kinds for ref in references(record).values())]
            if set(kinds) <= set(GONE)
        }
        return {table: tuple(filter(None, (_told(row, gone) for row in some))) for table, some in rows.items()}

    return _until_same(rows, step)


def _told(row: Row, gone: dict[tuple[Kind, ...], set[str]]) -> Row | None:
    """A row without names that are gone; None where it is about one of them."""
    for field, ref in references(type(row)).items():
        lost, cell = gone.get(ref.kinds, set()), getattr(row, field)
        if not lost.isdisjoint(names_in(cell)):
            left = tuple(name for name in cell if name not in lost) if isinstance(cell, tuple) else ()
            if not left:
                return None
            row = row.model_copy(update={field: left})
    return None if vars(row).get("by") == "supplier" and vars(row)["member"] in gone[("sites",)] else row


def _without_unnamed(rows: Rows) -> Rows:
    """Rows without sites that nothing happens at, recipes that nobody runs and materials that nobody has."""

    def step(rows: Rows) -> Rows:
        named: dict[Kind, set[str]] = {"sites": set(), "materials": set()}
        for table, record in TABLES.items():
            for field, ref in references(record).items():
                for kind in set(ref.kinds) & named.keys():
                    named[kind].update(name for row in rows[table] for name in names_in(getattr(row, field)))
        runs = {vars(row)["process"] for row in rows["plants"]}
        kept = {
            "sites": [row for row in rows["sites"] if vars(row)["site"] in named["sites"]],
            "materials": [row for row in rows["materials"] if vars(row)["material"] in named["materials"]],
            "recipes": [row for row in rows["recipes"] if vars(row)["process"] in runs],
        }
        return {**rows, **{table: tuple(some) for table, some in kept.items()}}

    return _until_same(rows, step)
