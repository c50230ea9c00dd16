"""Rows as events leave them: what is asked of a row of a table is asked of one that an event changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from optimizer.case.check import topic_faults
from optimizer.case.read import explain
from optimizer.case.rows import Row
from optimizer.case.tables import TABLES
from optimizer.faults import Fault, Place
from optimizer.world.timeline import Floats, Timelines

CHECKED = frozenset(
    name
    for name, record in TABLES.items()
    if len(record.__pydantic_decorators__.model_validators) > len(Row.__pydantic_decorators__.model_validators)
)
"""Tables whose rows are looked at as a whole; of others each cell stands by itself, and its range is all there is."""
Changed = Mapping[tuple[str, str], Mapping[int, int]]
"""Of every table and column that events change: the rows, and the last event that changes each."""


def changed_row_faults(
    timelines: Timelines, values: Mapping[tuple[str, str], Floats], changed: Changed
) -> Iterator[tuple[int, Fault]]:
    """What is wrong with rows once events have changed them, and the event that made it so.

    Each is held to its record, with what it says of cells together, and to the checks of its topic. What may befall a
    row whatever its other cells say (`Row.befalls`) is taken at no less than its table states.

    Parameters
    ----------
    timelines : Timelines
        The world without the events.
    values : mapping of (table, column) to array of shape (rows, days)
        Series that they change.
    changed : mapping of (table, column) to mapping of int to int

    Yields
    ------
    tuple of int and Fault
        Number of the event, and the fault; its place is still to be said.
    """
    case = timelines.case
    by_row: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    for (table, column), rows in changed.items():
        if column in TABLES[table].series and table in CHECKED:
            for row, event in rows.items():
                if not case.tables.rows(table)[row].unread(column):  # of which it is said that nothing reads it
                    by_row[table, row][column] = event
    after: dict[str, dict[int, Row]] = defaultdict(dict)
    for (table, row), events in by_row.items():
        if set(events) <= set(TABLES[table].befalls):
            continue
        stated, last = case.tables.rows(table)[row], max(events.values())
        for cells in _extremes({column: values[table, column][row] for column in events}):
            found, faults = _made(stated, cells)
            if faults:
                yield from ((events.get(fault.column or "", last), fault) for fault in faults)
                break
            if found is not None:
                after[table][row] = found
    for table, made in after.items():
        whole = [made.get(number, some) for number, some in enumerate(case.tables.rows(table))]
        for fault in topic_faults(case, table, whole, [str(number) for number in range(len(whole))]):
            if fault.where.isdigit() and (row := int(fault.where)) in made:
                events = by_row[table, row]
                what = f"{table} of {whole[row].named} after the events: {fault.what}"
                yield max(events.values()), replace(fault, what=what)


def _extremes(series: Mapping[str, Floats]) -> Iterator[dict[str, float]]:
    """The cells of a row on the days on which any of them is at its least or its most, each once; the most last."""
    days = [int(place) for values in series.values() for place in (values.argmin(), values.argmax())]
    said: list[dict[str, float]] = []
    for day in days:
        cells = {column: float(values[day]) for column, values in series.items()}
        if cells not in said:
            said.append(cells)
            yield cells


def _made(stated: Row, cells: Mapping[str, float]) -> tuple[Row | None, list[Fault]]:
    """A row with other cells, and what is wrong with it; nothing where it is as it was."""
    given: dict[str, Any] = {}
    for column, value in cells.items():
        if (before := getattr(stated, column)) is not None:
            given[column] = max(before, value) if column in stated.befalls else value
    if all(getattr(stated, column) == value for column, value in given.items()):
        return None, []
    record = type(stated)
    try:
        return record.model_validate({**stated.model_dump(by_alias=True), **given}), []
    except ValidationError as error:
        table = next(name for name, some in TABLES.items() if some is record)
        faults = explain(error, Place(), record)
        said = f"{table} of {stated.named} after the events"
        return None, [replace(f, what=f"{said}: {f.what}", table=table) for f in faults]
