"""Every number of a case's tables as a daily series, so that any date can fall inside any period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from optimizer.case.tables import TABLES

if TYPE_CHECKING:
    from optimizer.case.load import Case

Floats = NDArray[np.float64]


class Timelines:
    """The tables of a case over its days.

    Parameters
    ----------
    case : Case
        The case.
    values : mapping of (table, column) to array of shape (rows, days)
        Series that differ from what the tables say.
    starts : mapping of table to array of shape (rows,)
        Day on which each row begins, where it differs from what the tables say.
    """

    def __init__(
        self,
        case: Case,
        values: Mapping[tuple[str, str], Floats] | None = None,
        starts: Mapping[str, NDArray[np.int64]] | None = None,
    ) -> None:
        self.case = case
        self.calendar = case.calendar
        self.values = dict(values or {})
        self.starts = dict(starts or {})

    def changed(self, values: Mapping[tuple[str, str], Floats], starts: Mapping[str, NDArray[np.int64]]) -> Timelines:
        """The same tables with some series replaced."""
        return Timelines(self.case, {**self.values, **values}, {**self.starts, **starts})

    @property
    def touched(self) -> frozenset[str]:
        """Tables of which something has changed."""
        return frozenset([table for table, _ in self.values] + list(self.starts))

    def series(self, table: str, column: str) -> Floats:
        """Daily values of a column, shape (rows, days); a view that must not be written to."""
        if (table, column) in self.values:
            return self.values[table, column]
        if (table, column) == ("controls", "in_force"):
            return self._in_force()
        base = np.array([getattr(row, column) or 0.0 for row in self.case.tables[table]], float)
        return np.broadcast_to(base[:, None], (len(base), self.calendar.days))

    def first_days(self, table: str) -> NDArray[np.int64]:
        """Day on which each row of a table begins, shape (rows,)."""
        if table in self.starts:
            return self.starts[table]
        return np.array([self.calendar.day(row.from_) for row in self.case.tables[table]], int)

    def active(self, table: str) -> NDArray[np.bool_]:
        """Days on which each row of a table holds, shape (rows, days)."""
        rows = self.case.tables[table]
        days = np.arange(self.calendar.days)
        if not rows or "from_" not in type(rows[0]).model_fields:
            return np.ones((len(rows), len(days)), bool)
        first = self.first_days(table)
        last = np.array([self.calendar.day(getattr(row, "until", None), late=True) for row in rows], int)
        if TABLES[table].steps:
            groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
            for number, row in enumerate(rows):
                groups[tuple(getattr(row, field) for field in row.key if field != "from_")].append(number)
            for group in groups.values():
                order = sorted(group, key=lambda number: (first[number], rows[number].from_))
                for here, following in pairwise(order):
                    last[here] = min(last[here], first[following])
        return (days >= first[:, None]) & (days < last[:, None])

    def total(self, table: str, column: str) -> Floats:
        """Tonnes (or money) per period of a rate per year, counting active days only, shape (rows, T)."""
        return self.calendar.total(self.series(table, column) * self.active(table))

    def mean(self, table: str, column: str) -> Floats:
        """Mean over the active days of each period (over all days where none is active), shape (rows, T)."""
        values, active = self.series(table, column), self.active(table)
        share = self.calendar.mean(active)
        weighted = self.calendar.mean(values * active)
        plain = self.calendar.mean(values)
        return np.where(share > 0, weighted / np.where(share > 0, share, 1.0), plain)

    def share(self, table: str, column: str | None = None) -> Floats:
        """Share of each period in which rows are active, times a column if given, shape (rows, T)."""
        active = self.active(table).astype(float)
        return self.calendar.mean(active if column is None else active * self.series(table, column))

    def _in_force(self) -> Floats:
        """1 on the days a control applies, shape (rows, days)."""
        day = self.calendar.day
        days = np.arange(self.calendar.days)
        rows = self.case.tables["controls"]
        force = np.zeros((len(rows), len(days)))
        for number, row in enumerate(rows):
            applies = (days >= day(row.effective)) & (days < day(row.expires, late=True))
            if row.suspended_from is not None:
                applies &= (days < day(row.suspended_from)) | (days >= day(row.suspended_until, late=True))
            force[number] = applies
        return force

    def passing(self) -> Floats:
        """Share of what a control governs that passes it, mean over each period, shape (controls, T).

        Where a control is not in force all passes. When it takes effect, or its processing grows longer, nothing
        passes for the added days; then the pipeline is full and the approved share passes.
        """
        force = self.series("controls", "in_force") > 0.5
        approval = self.series("controls", "approval")
        pending = self.series("controls", "processing_days") * force
        through = np.where(force, approval, 1.0)
        added = np.diff(pending, axis=1, prepend=0.0)
        for control, day in zip(*np.nonzero(added > 0), strict=True):
            end = day + added[control, day]
            whole = int(end)
            through[control, day:whole] *= ~force[control, day:whole]
            if whole < through.shape[1] and force[control, whole]:
                through[control, whole] *= 1 - (end - whole)
        return self.calendar.mean(through)
