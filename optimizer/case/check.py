"""Faults that only show when tables are read together: those of every table here, those of a topic in its file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from optimizer.case.case import Case
from optimizer.case.checking import NO_GAPS, CaseCheck, Checked, Gaps, Known
from optimizer.case.kinds import EARLIEST, ELEMENTS, LARGEST, LATEST, SMALLEST, STAGES
from optimizer.case.references import Kind, definitions, names_in, references
from optimizer.case.rows import Row
from optimizer.case.tables import DEFINED_IN, TABLES
from optimizer.case.topics import (
    content,
    contracts,
    demand,
    goods,
    licences,
    limits,
    prices,
    projects,
    sales,
    stock,
    supply,
    transport,
)
from optimizer.case.topics.demand import Demand
from optimizer.case.topics.goods import Material
from optimizer.case.topics.supply import Site
from optimizer.faults import Fault, Place, Source


def _references(case: Checked) -> Iterator[Fault]:
    """Names that no row defines, and elements that do not exist."""
    for record in TABLES.values():
        for row, place in case.placed(record):
            for field, ref in references(record).items():
                known = case.names(*ref.kinds)
                if ref.hubs:
                    known |= case.hubs
                for name in names_in(getattr(row, field)):
                    if name != ref.word and not known.has(name):
                        yield Fault.unknown(place, field, ref.one, name, known.names)


def _ranges(case: Checked) -> Iterator[Fault]:
    """Numbers and days that are out of this world."""
    for record in TABLES.values():
        fields = {name: info.alias or name for name, info in record.model_fields.items()}
        for row, place in case.placed(record):
            for name, shown in fields.items():
                value = getattr(row, name)
                if isinstance(value, float) and abs(value) > LARGEST:
                    yield Fault.of(place, shown, f"a number up to {LARGEST:g}", value, "out-of-range")
                if isinstance(value, float) and 0 < abs(value) < SMALLEST:
                    yield Fault.of(place, shown, f"0 or a number from {SMALLEST:g}", value, "out-of-range")
                if isinstance(value, dt.date) and not EARLIEST <= value <= LATEST:
                    yield Fault.of(place, shown, f"a day from {EARLIEST} to {LATEST}", value, "out-of-range")


def _windows(case: Checked) -> Iterator[Fault]:
    """Windows that end before they begin."""
    for record in TABLES.values():
        if {"from_", "until"} <= record.model_fields.keys():
            for row, place in case.placed(record):
                first, until = (getattr(row, name) for name in ("from_", "until"))
                if first and until and until <= first:
                    yield Fault.of(place, "until", f"a day after from ({first})", until, "wrong-order")


def _steps(case: Checked) -> Iterator[Fault]:
    """Rows that would replace an earlier one and are about something else."""
    for record in TABLES.values():
        first: dict[tuple[object, ...], tuple[object, str]] = {}
        for row, place in case.placed(record) if record.alike else ():
            before, where = first.setdefault(row.thing, (row, place))
            for field in record.alike:
                if (found := getattr(row, field)) != (stated := getattr(before, field)):
                    same = f"{_said(stated)} as in {where}, the same {record.key[0]} (another has its own name)"
                    yield Fault.of(place, field, same, _said(found), "inconsistent")


def _said(value: object) -> str:
    """The value of a cell as it is written."""
    return ("; ".join(value) if isinstance(value, tuple) else str(value)) or "nothing"


TOPICS = (goods, supply, transport, contracts, projects, content, licences, demand, stock, sales, prices, limits)
"""Every topic, in the order in which faults are said."""
CHECKS = (
    CaseCheck(_references),
    CaseCheck(_ranges),
    CaseCheck(_windows),
    CaseCheck(_steps),
    *(check for topic in TOPICS for check in topic.CHECKS),
)
"""Every check across tables."""


def topic_faults(case: Case, table: str, rows: Sequence[Row], places: Sequence[str]) -> list[Fault]:
    """What the checks of a table's topic find where it has other rows.

    Parameters
    ----------
    case : Case
        One without faults.
    table : str
    rows : sequence of Row
        Those of the table.
    places : sequence of str
        Where each of them stands.
    """
    topic = next(some for some in TOPICS if any(table in _tables_of(kind) for kind in vars(some).values()))
    by_record = {record: case.tables.rows(name) for name, record in TABLES.items()}
    where = {record: case.where(name) for name, record in TABLES.items()}
    seen = Checked(
        case.file,
        {**by_record, TABLES[table]: tuple(rows)},
        {**where, TABLES[table]: tuple(places)},
        known_names(case),
    )
    return [fault for check in topic.CHECKS for fault in check.find(seen)]


def _tables_of(kind: Any) -> Collection[str]:
    """Names of the tables that a topic's class of them has; none of anything else."""
    return getattr(kind, "__dataclass_fields__", ()) if getattr(kind, "__name__", "").endswith("Tables") else ()


def _absent(case: Checked, shown: str) -> dict[type[Row], Fault]:
    """Tables without rows that every case needs, or that rows of another table refer to."""
    named = {record: name for name, record in TABLES.items()}
    needed: dict[type[Row], str] = {Material: "", Site: "", Demand: ""}
    for table, record in TABLES.items():
        for field, ref in references(record).items():
            used, defined_in = any(getattr(row, field) for row in case.rows(record)), DEFINED_IN[ref.kinds[0]]
            if used and ref.alone and len(defined_in) == 1:
                needed.setdefault(defined_in[0], f" ({table} need it)")
    return {
        record: Fault(
            Place(shown, Source(shown)),
            f"expected a table {named[record]!r} with at least one row{why}, found none",
            code="missing-table",
            table=named[record],
        )
        for record, why in needed.items()
        if not case.rows(record)
    }


def known_names(case: Case, gaps: Gaps = NO_GAPS) -> dict[Kind, Known]:
    """The names of every kind: what rows and settings define, and what is the same in every case.

    Parameters
    ----------
    case : Case
    gaps : Gaps, optional
        What of it could not be read.
    """
    found: dict[Kind, Known] = {
        "groups": Known(frozenset(case.file.groups)),
        "elements": Known(frozenset(ELEMENTS)),
        "stages": Known(frozenset(STAGES)),
    }
    for table, record in TABLES.items():
        for field, kind in definitions(record):
            names = frozenset(getattr(row, field) for row in case.tables.rows(table)) - {""}
            found[kind] = found.get(kind, Known(frozenset())) | Known(names, record not in gaps.tables)
    return found


def first_of_each_key(
    rows: Mapping[str, Sequence[Row]], places: Mapping[str, Sequence[str]]
) -> tuple[dict[str, tuple[Row, ...]], dict[str, tuple[str, ...]], list[Fault]]:
    """The first row of every key of every table, where it stands, and a fault for each row that repeats one.

    Parameters
    ----------
    rows, places : mapping of str to sequence
        The rows of each table, and where each of them stands.
    """
    kept: dict[str, dict[tuple[Any, ...], tuple[Row, str]]] = {}
    faults = []
    for table, some in rows.items():
        fields, found = TABLES[table].key, kept.setdefault(table, {})
        for row, place in zip(some, places[table], strict=True):
            key = tuple(getattr(row, field) for field in fields)
            if key in found:
                shown = ", ".join(f"{field.rstrip('_')} {value}" for field, value in row.parts.items())
                what = f"expected each key of {table} once, found {shown} also in {found[key][1]}"
                faults.append(Fault(place, what, code="repeated", column=[*row.parts][-1].rstrip("_"), found=shown))
            found.setdefault(key, (row, place))
    return (
        {table: tuple(row for row, _ in found.values()) for table, found in kept.items()},
        {table: tuple(place for _, place in found.values()) for table, found in kept.items()},
        faults,
    )


def check_references(case: Case, shown: str, gaps: Gaps = NO_GAPS, *, cells: bool = True) -> list[Fault]:
    """All faults that need more than one row to see.

    Parameters
    ----------
    case : Case
        The case as read; rows that could not be read are not in it.
    shown : str
        How the case file is called in messages.
    gaps : Gaps
        What could not be read; names that it should define are not reported again.
    cells : bool
        Whether single cells are looked at too, for numbers and days that nobody can have meant.

    Returns
    -------
    list of Fault
        Empty if the case can be planned.
    """
    kept, where, again = first_of_each_key(dict(case.tables.items()), {table: case.where(table) for table in TABLES})
    rows = {record: kept[table] for table, record in TABLES.items()}
    places = {record: where[table] for table, record in TABLES.items()}
    absent = _absent(Checked(case.file, rows, places), shown)
    faults = again + [fault for record, fault in absent.items() if record not in gaps.tables]
    gaps = gaps.and_of(frozenset(absent))
    seen = Checked(case.file, rows, places, known_names(case, gaps))
    return [
        *faults,
        *(
            fault
            for check in CHECKS
            if check.possible(gaps) and (cells or check.find is not _ranges)
            for fault in check.find(seen)
        ),
    ]
