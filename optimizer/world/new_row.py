"""The row that an event adds, read and checked by itself like one of its table."""

from __future__ import annotations

from dataclasses import replace

from pydantic import ValidationError

from optimizer.case.read import explain
from optimizer.case.rows import Row
from optimizer.case.tables import TABLES
from optimizer.case.text import brief
from optimizer.faults import Fault, Place
from optimizer.world.events import ADDED, Event

SOURCE = "an event"
"""Source of a row that does not say another, so that one which two scenarios add is the same."""


def added_rows(event: Event, place: str) -> tuple[tuple[Row, ...], list[Fault]]:
    """The rows that an event adds, and what is wrong with what it says of them.

    Parameters
    ----------
    event : Event
    place : str
        Where the event stands.
    """
    content, record = event.add_row, TABLES.get(event.table)
    if not content or record is None:
        return (), []
    at = inside(place)
    first, last = ADDED[event.table]
    faults = [
        Fault(at, f"add_row.{column}: expected none (it is {field} of the event), found {brief(content[column])}",
              code="inconsistent", column=column, found=str(content[column]))
        for column, field in ((first, "from"), (last, "until"))
        if column is not None and content.get(column) is not None
    ]  # fmt: skip
    if faults:
        return (), faults
    given = {"source": SOURCE, "confidence": "assumption", **content, first: event.from_}
    given |= {last: event.until} if last is not None else {}
    try:
        row = record.model_validate(given)
    except ValidationError as error:
        said = explain(error, Place(), record)
        return (), [replace(fault, where=at, what=f"add_row.{fault.what}", table=event.table) for fault in said]
    if last is None and event.until is not None:
        return (row, record.model_validate({**given, first: event.until, "rate": 0})), []
    return (row,), []


def inside(place: str) -> Place:
    """Where the cells of a row stand that the event of a place adds."""
    if not isinstance(place, Place):
        return Place(place)
    return Place(str(place), place.source, place.row, f"{place.within}.add_row" if place.within else "add_row")
