"""Goods held at a border as an auditor reads it: what has been let go by when, walked through from the first day."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from optimizer.audit.books import Books, Floats
from optimizer.audit.rules import reaches

_FOUND: WeakKeyDictionary[Books, dict[tuple[str, str, str], Floats | None]] = WeakKeyDictionary()
"""What has been worked out of some books, by the countries and the material."""


def waiting(books: Books, line: Any) -> Floats | None:
    """Days that goods of a shipment wait at the border, by the day on which they come to it; None where none do.

    Parameters
    ----------
    books : Books
    line : Any
        Says places and material.
    """
    leaves, enters = books.country(line.origin), books.country(line.destination)
    if not books.rows.holds:
        return None
    key, known = (leaves, enters, line.material), _FOUND.setdefault(books, {})
    if key not in known:
        rows = [_row(books, control, *key) for control in range(len(books.rows.controls))]
        some = [_days(books, row) for row in rows if row is not None]
        known[key] = np.max(some, axis=0) if some else None
    return known[key]


def _row(books: Books, control: int, leaves: str, enters: str, material: str) -> int | None:
    """The row of `holds` by which a control holds a material on its way between two countries."""
    rule, goods = books.rows.controls[control], books.material[material]
    bound = enters in rule.destinations or "*" in rule.destinations
    if leaves == enters or leaves not in rule.origin or enters in rule.origin or not bound or reaches(rule, goods):
        return None
    rows = {
        row.destination: number
        for number, row in enumerate(books.rows.holds)
        if (row.control, row.stage) == (rule.control, goods.stage)
    }
    return rows.get(enters, rows.get(None))


def _days(books: Books, number: int) -> list[float]:
    """Days that what comes on each day waits by a row: from the control's first day in force, as long as it lasts."""
    row, found = books.rows.holds[number], []
    control = [some.control for some in books.rows.controls].index(row.control)
    force, days = books.daily("controls", "in_force")[control], books.daily("holds", "days")[number]
    ran = (books.days.zero - books.rows.controls[control].effective).days
    age = max(ran, 0) if force[0] > 0 else 0
    for day in range(books.days.count):
        held = force[day] > 0 and (row.lasts is None or age < row.lasts)
        age = age + 1 if force[day] > 0 else 0
        found.append(float(days[day]) if held else 0.0)
    return found


def let_go(waits: Floats, moment: float) -> float:
    """Until when all that had come to the border has left it before a moment.

    What came on a day is let go once it has waited, and with it all that came before.

    Parameters
    ----------
    waits : array, shape (days,)
        Days that what comes on each day waits.
    moment : float
        Place on the axis.
    """
    days = np.arange(len(waits))
    gone = np.where(moment - waits > days, np.minimum(days + 1.0, moment - waits), 0.0)
    return float(gone.max())
