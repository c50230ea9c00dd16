"""What a limit asks for on each day, as the auditor reads it: rows replace one another, or lead on by the month.

Written from what `path` means in `docs/formats.md`, date by date, and not from the series a plan is built from.
"""

from __future__ import annotations

import calendar as months_of
import datetime as dt

from optimizer.audit.books import Books
from optimizer.audit.days import months_later


def over_days(books: Books, column: str, limit: str, periods: tuple[int, ...], *, per_year: bool = False) -> float:
    """Mean of a limit's column over the days of some periods; as a rate per year, its sum over them.

    Parameters
    ----------
    books : Books
    column : {'value', 'penalty'}
    limit : str
    periods : tuple of int
        Of a window that begins while the limit is in force.
    per_year : bool, optional
        Whether it is a rate per year.

    Returns
    -------
    float
        In the column's unit; 0 where no row says anything.
    """
    table = books.rows.limits
    steps = sorted(
        (n for n, row in enumerate(table) if row.limit == limit and n not in books.days.absent["limits"]),
        key=lambda n: table[n].from_,
    )
    stated = books.daily("limits", column)
    said, weights, whole = 0.0, 0.0, 0.0
    for day in range(books.first[periods[0]], books.first[periods[-1] + 1]):
        weight = float(books.weight[day]) if per_year else 1.0
        whole += weight
        date = books.days.zero + dt.timedelta(days=day)
        begun = [n for n in steps if table[n].from_ <= date]
        if not begun:
            continue
        row = table[begun[-1]]
        if getattr(row, column) is None or (row.until is not None and row.until <= date):
            continue
        value = float(stated[begun[-1], day])
        if row.path == "ramp" and column == "value" and len(begun) < len(steps):
            after = steps[len(begun)]
            part = _months(row.from_, date)[0] / sum(_months(row.from_, table[after].from_))
            value += part * (float(stated[after, day]) - value)
        said, weights = said + weight * value, weights + weight
    return said / weights * (whole if per_year else 1.0) if weights else 0.0


def _months(first: dt.date, last: dt.date) -> tuple[int, float]:
    """Whole months that have gone by from one day to another, and the part of the next one that has."""
    ends = months_of.monthrange(last.year, last.month)[1]
    months = (last.year - first.year) * 12 + last.month - first.month - (last.day < min(first.day, ends))
    begun, after = months_later(first, months), months_later(first, months + 1)
    return months, (last - begun).days / (after - begun).days
