"""Rows of a table that are steps of one thing: that replace one another, or are granted one after the other."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from optimizer.case.tables import TABLES
from optimizer.case.topics.projects import Project

if TYPE_CHECKING:
    from optimizer.case.case import Case


def due_day(row: Any) -> dt.date | None:
    """The day on which a row begins to hold; of a project under way, the day it is done."""
    day: dt.date | None = row.due if isinstance(row, Project) else row.from_
    return day


def steps_of(case: Case, table: str) -> list[list[int]]:
    """Rows that replace one another, by number, each group in the order its days are stated; none in others.

    A row states what there is from its day on, with all that came before. So one that an event delays past the
    next does not hold any more when it comes.

    Parameters
    ----------
    case : Case
    table : str
    """
    if not TABLES[table].steps:
        return []
    rows = case.tables.rows(table)
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        groups[row.thing].append(number)
    return [sorted(group, key=lambda number: rows[number].from_ or dt.date.min) for group in groups.values()]


def steps_of_grants(case: Case) -> dict[tuple[str, str, str], list[int]]:
    """Rows of the steps of grants, by control, approval and destination; both empty: of all others.

    Parameters
    ----------
    case : Case
    """
    found: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for number, row in enumerate(case.tables.grants):
        found[row.control, row.approval, row.destination or ""].append(number)
    return dict(found)
