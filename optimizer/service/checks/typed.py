"""Tables of a case as they are edited: rows as they were kept by their place, others as a planner typed them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from optimizer.case.case import Case
from optimizer.case.check import known_names
from optimizer.case.checking import Known
from optimizer.case.countries import COUNTRIES
from optimizer.case.folder import SHARED
from optimizer.case.kinds import NUMBER, pool_of
from optimizer.case.references import references
from optimizer.case.spreadsheet import as_text
from optimizer.case.tables import TABLES
from optimizer.case.units import fields_of, units
from optimizer.errors import CaseError
from optimizer.faults import Fault, Place, Source
from optimizer.workbook.spelled import Kind, Wrong, decimal_marks, kind_of, spelled

Item = Sequence[int] | Mapping[str, Any]
"""Rows that are as they were, by the place of the first, from 0, and how many; or a row, its cells as typed."""
Rows = dict[str, list[dict[str, Any]]]


@dataclass
class Typed:
    """What was read of edited tables.

    Parameters
    ----------
    rows : dict of str to list of dict
        Every row of each, with numbers and days as tables spell them.
    read : list of tuple
        Table, row from 1, column, text and value of each cell whose text is read as something else.
    faults : list of Fault
        Of cells that can be read in several ways.
    """

    rows: Rows = field(default_factory=dict)
    read: list[tuple[str, int, str, str, float | str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


@cache
def _kinds(table: str) -> Mapping[str, Kind]:
    """What each column of a table holds."""
    return {name: kind_of(info.annotation) for name, info in fields_of(TABLES[table]).items()}


def as_typed(kept: Mapping[str, Sequence[Mapping[str, Any]]], tables: Mapping[str, Sequence[Item]], case: str) -> Typed:
    """Read edited tables: `58,5` is a number where that can mean one thing only.

    Parameters
    ----------
    kept : mapping of str to sequence of mapping
        The rows of each table as they were kept.
    tables : mapping of str to sequence
        The edited ones.
    case : str
        How the case is called in messages.

    Raises
    ------
    CaseError
        If there is no such table, or no such row in it.
    """
    found = Typed()
    wrong = [Fault.near("tables", None, f"no such table {name!r}", name, TABLES) for name in tables.keys() - TABLES]
    if wrong:
        raise CaseError(wrong)
    found.rows = {name: list(_whole(name, kept.get(name, ()), items)) for name, items in tables.items()}
    marks = decimal_marks(
        cell
        for name, rows in found.rows.items()
        for row in rows
        for column, cell in row.items()
        if isinstance(cell, str) and _kinds(name).get(column) == "number"
    )
    for name, rows in found.rows.items():
        source, kinds = Source(case, name, (), units(TABLES[name])), _kinds(name)
        for number, row in enumerate(rows, 1):
            for column, cell in list(row.items()):
                kind = kinds.get(column, "text")
                if not isinstance(cell, str) or kind not in ("number", "day"):
                    continue
                made = spelled(["text", cell], kind, marks)
                if isinstance(made, Wrong):
                    place = Place(f"{name}, row {number}", source, number)
                    known = {"known": made.readings} if made.readings else {}
                    expected = made.expected.partition(" (")[0]  # what follows is meant for who has a workbook open
                    found.faults.append(Fault.of(place, column, expected, made.found, made.code, **known))
                    continue
                row[column] = made
                value = float(made) if kind == "number" and NUMBER.fullmatch(made) else made
                if value != cell:
                    found.read.append((name, number, column, cell, value))
    return found


def _whole(table: str, kept: Sequence[Mapping[str, Any]], items: Sequence[Item]) -> Iterator[dict[str, Any]]:
    """Every row of an edited table."""
    for item in items:
        if isinstance(item, Mapping):
            yield dict(item)
            continue
        first, count = item
        if first < 0 or first + count > len(kept):
            what = f"expected rows up to {len(kept)}, found {first + count}"
            raise CaseError([Fault(f"tables.{table}", what, code="out-of-range", table=table)])
        yield from map(dict, kept[first : first + count])


def own_rows(case: Case, table: str, count: int) -> slice:
    """Which rows of a table are a case's own: shared ones stand before them, those of policy packs after.

    Parameters
    ----------
    case : Case
    table : str
    count : int
        How many are its own.
    """
    before = sum(place.startswith(SHARED) for place in case.where(table))
    return slice(before, before + count)


def shown(case: Case, table: str, most: int | None = None) -> list[dict[str, Any]]:
    """Rows of a table as a sheet shows them.

    Parameters
    ----------
    case : Case
    table : str
    most : int, optional
        How many; by default all.
    """
    fields = [(name, info.alias or name) for name, info in TABLES[table].model_fields.items()]
    return [{alias: cell_of(getattr(row, name)) for name, alias in fields} for row in case.tables.rows(table)[:most]]


def cell_of(value: Any) -> float | str | None:
    """A value of a record as a sheet shows it: a number, a text in the spelling of tables, or None for nothing.

    Parameters
    ----------
    value : object
    """
    if value is None or value in ("", (), {}):
        return None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else as_text(value)


def offered(case: Case, table: str) -> dict[str, list[str]]:
    """Names that may stand in the columns of a table, by column: those that the case defines, and countries.

    Parameters
    ----------
    case : Case
    table : str
    """
    record = TABLES[table]
    known = known_names(case)
    found = {}
    for name, ref in references(record).items():
        names = {one for kind in ref.kinds for one in known.get(kind, Known(frozenset())).names}
        if ref.hubs:
            names |= {pool_of(country) for country in known["countries"].names}
        found[name] = sorted(names | ({ref.word} if ref.word else set()))
    for name, info in record.model_fields.items():
        if any(getattr(mark, "pattern", None) == "^[A-Z]{2}$" for mark in info.metadata):
            found[name] = list(COUNTRIES)
    return {record.model_fields[name].alias or name: names for name, names in found.items()}
