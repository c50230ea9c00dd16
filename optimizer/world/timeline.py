"""Every number of a case's tables as a daily series, so that any date can fall inside any period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from optimizer.world.controls import Steps, technology_reach, terms_by_day, through, undetected
from optimizer.world.prices import INDEX, Indexed, follows
from optimizer.world.steps import due_day, steps_of, steps_of_grants

if TYPE_CHECKING:
    from optimizer.case.case import Case

Floats = NDArray[np.float64]
KEPT = "kept"
"""Column that no row has, by day: what events leave of what projects add to a plant, and of a seller whom they stop."""


class Timelines:
    """The tables of a case over its days.

    Parameters
    ----------
    case : Case
    values : mapping of (table, column) to array of shape (rows, days)
        Series that differ from what the tables say.
    starts : mapping of table to array of shape (rows,)
        Day on which each row begins, where it differs from what the tables say.
    base : Timelines, optional
        What it was changed from; what it has worked out is used again where nothing has changed.
    there : mapping of table to frozenset of int, optional
        Of the rows that scenarios add, those that this world has.
    """

    def __init__(
        self,
        case: Case,
        values: Mapping[tuple[str, str], Floats] | None = None,
        starts: Mapping[str, NDArray[np.int64]] | None = None,
        base: Timelines | None = None,
        there: Mapping[str, frozenset[int]] | None = None,
    ) -> None:
        self.case = case
        self.calendar = case.calendar
        self.values = dict(values or {})
        self.starts = dict(starts or {})
        self.base = base
        self.there = dict(there or {})
        self._active: dict[str, NDArray[np.bool_]] = {}
        self._terms: dict[tuple[int, tuple[int, ...]], Floats] = {}
        self._declared: dict[str, Floats] = {}
        self._stated: dict[tuple[str, str], Floats] = base._stated if base else {}
        self._stated_days: dict[str, NDArray[np.int64]] = base._stated_days if base else {}

    def changed(self, values: Mapping[tuple[str, str], Floats], starts: Mapping[str, NDArray[np.int64]]) -> Timelines:
        """The same tables with some series replaced.

        Parameters
        ----------
        values : mapping of (table, column) to array of shape (rows, days)
        starts : mapping of table to array of int, shape (rows,)
            Day on which each row begins, by its place on the daily axis.
        """
        new = {**self.values, **values}, {**self.starts, **starts}
        found = Timelines(self.case, *new, self.base or self, self.there)
        if INDEX in values:  # and every price that follows it
            found.values.update({**found.indexed().following(), **values})
        return found

    def with_rows(self, there: Mapping[str, frozenset[int]]) -> Timelines:
        """The world in which some of the rows are there that scenarios add.

        Parameters
        ----------
        there : mapping of table to frozenset of int
            Rows by their number.
        """
        if not there:
            return self
        found = Timelines(self.case, self.values, self.starts, self.base or self, there)
        if "controls" in there:
            found.values["controls", "in_force"] = found._in_force()
        return found

    def absent(self, table: str) -> frozenset[int]:
        """Rows of a table that other scenarios add, so that they are not there, by their number."""
        return self.case.added.get(table, frozenset()) - self.there.get(table, frozenset())

    @property
    def touched(self) -> frozenset[str]:
        """Columns that have changed, as `table.column`; the days on which rows begin, or are there, are `from`."""
        columns = [f"{table}.{column}" for table, column in self.values]
        return frozenset([*columns, *(f"{table}.from" for table in (*self.starts, *self.there))])

    def rows_apart(self, other: Timelines, table: str, column: str) -> NDArray[np.int64]:
        """Rows of a table in which a column is not what it is in other timelines of the case, on any day.

        Parameters
        ----------
        other : Timelines
        table, column : str
            `from` is the day on which a row begins.
        """
        if column == "from":
            return np.flatnonzero(self.first_days(table) != other.first_days(table))
        return np.flatnonzero((self.series(table, column) != other.series(table, column)).any(axis=1))

    def series(self, table: str, column: str) -> Floats:
        """Daily values of a column, shape (rows, days); a view that must not be written to.

        Parameters
        ----------
        table, column : str
            A column of numbers; an empty cell counts as 0, but for a capacity of a route, which then has no end.
        """
        if (table, column) in self.values:
            return self.values[table, column]
        if (table, column) not in self._stated:
            if (table, column) == ("controls", "in_force"):
                self._stated[table, column] = self._in_force()
            elif column == KEPT:
                self._stated[table, column] = np.ones((len(self.case.tables.rows(table)), self.calendar.days))
            else:
                empty = np.inf if (table, column) == ("routes", "capacity") else 0.0
                cells = (getattr(row, column) for row in self.case.tables.rows(table))
                stated = np.array([empty if cell is None else cell for cell in cells], float)
                daily = np.broadcast_to(stated[:, None], (len(stated), self.calendar.days))
                priced = follows(self.case, table, column)
                self._stated[table, column] = self.indexed().prices(table, daily) if priced else daily
        return self._stated[table, column]

    def indexed(self) -> Indexed:
        """Prices by the indices as they are here."""
        return Indexed(self.case, self.series(*INDEX), self.active("price_indices"))

    def first_days(self, table: str) -> NDArray[np.int64]:
        """Day on which each row of a table begins, shape (rows,); it must not be written to."""
        if table in self.starts:
            return self.starts[table]
        if table not in self._stated_days:
            rows = self.case.tables.rows(table)
            self._stated_days[table] = np.array([self.calendar.day(due_day(row)) for row in rows], int)
        return self._stated_days[table]

    def active(self, table: str) -> NDArray[np.bool_]:
        """Days on which each row of a table holds, shape (rows, days); worked out once."""
        if self.base is not None and table not in self.starts and table not in self.there:
            return self.base.active(table)
        if table not in self._active:
            self._active[table] = self._find_active(table)
        return self._active[table]

    def _find_active(self, table: str) -> NDArray[np.bool_]:
        """Days on which each row of a table holds."""
        rows, days = self.case.tables.rows(table), np.arange(self.calendar.days)
        if not rows or "from_" not in type(rows[0]).model_fields:
            return np.ones((len(rows), len(days)), bool)
        first = self.first_days(table)
        last = np.array([self.calendar.day(getattr(row, "until", None), late=True) for row in rows], int)
        for steps in steps_of(self.case, table):
            replaced = self.calendar.days
            for here in reversed(steps):
                last[here] = min(last[here], replaced)
                replaced = min(replaced, int(first[here]))
        last[sorted(self.absent(table))] = 0  # a thing is added whole, so no row that is there was replaced by one
        return (days >= first[:, None]) & (days < last[:, None])

    def total(self, table: str, column: str) -> Floats:
        """Tonnes (or money) per period of a rate per year, counting active days only, shape (rows, T).

        Parameters
        ----------
        table, column : str
            A column whose unit is per year.
        """
        return self.calendar.total(self.series(table, column) * self.active(table))

    def mean(self, table: str, column: str) -> Floats:
        """Mean over the active days of each period (over all days where none is active), shape (rows, T).

        Parameters
        ----------
        table, column : str
        """
        values, active = self.series(table, column), self.active(table)
        share = self.calendar.mean(active)
        weighted = self.calendar.mean(values * active)
        plain = self.calendar.mean(values)
        return np.where(share > 0, weighted / np.where(share > 0, share, 1.0), plain)

    def share(self, table: str, column: str | None = None) -> Floats:
        """Share of each period in which rows are active, times a column if given, shape (rows, T).

        Parameters
        ----------
        table : str
        column : str, optional
        """
        active = self.active(table).astype(float)
        return self.calendar.mean(active if column is None else active * self.series(table, column))

    def _in_force(self) -> Floats:
        """1 on the days a control applies, shape (rows, days)."""
        day = self.calendar.day
        days, rows = np.arange(self.calendar.days), self.case.tables.controls
        force = np.zeros((len(rows), len(days)))
        for number, row in enumerate(rows):
            applies = (days >= day(row.effective)) & (days < day(row.expires, late=True))
            if row.suspended_from is not None:
                applies &= (days < day(row.suspended_from)) | (days >= day(row.suspended_until, late=True))
            force[number] = applies
        force[sorted(self.absent("controls"))] = 0.0
        return force

    @cached_property
    def passing(self) -> Floats:
        """Share of what a control governs that passes it, mean over each period, shape (controls, T)."""
        return self.calendar.mean(self.through)

    @cached_property
    def through(self) -> Floats:
        """Share that passes each control, what is not detected abroad included, shape (controls, days)."""
        return self.through_to("")

    @cached_property
    def declared(self) -> Floats:
        """Share that passes each control of what is declared, shape (controls, days)."""
        return self.declared_to("")

    def through_to(self, destination: str) -> Floats:
        """As `through`, of what goes to a country for which steps of grants are stated."""
        abroad = np.array([[row.kind == "content"] for row in self.case.tables.controls], bool).reshape(-1, 1)
        return undetected(self.declared_to(destination), np.where(abroad, self.series("controls", "detection"), 1.0))

    def declared_to(self, destination: str) -> Floats:
        """As `declared`, of what goes to a country for which steps of grants are stated."""
        if destination not in self._declared:
            self._declared[destination] = self._let(self.series("controls", "approval"), destination)
        return self._declared[destination]

    def decided_to(self, destination: str) -> Floats:
        """Share of what is applied for that is decided by now, of what goes to a country, shape (controls, days)."""
        return self._let(np.ones_like(self.series("controls", "approval")), destination)

    def _let(self, approval: Floats, destination: str) -> Floats:
        """Share that passes each control where it approves so much, of what goes to a country."""
        force = self.series("controls", "in_force") > 0.5
        found = [self._steps(row.control, "", destination) for row in self.case.tables.controls]
        grants = {number: steps for number, steps in enumerate(found) if steps is not None}
        return through(force, approval, self.series("controls", "processing_days"), grants)

    def _steps(self, control: str, approval: str, destination: str = "") -> Steps | None:
        """Steps of the grants of a control or one of its approvals to a country; None where none are stated."""
        rows = self.steps_of_grants.get((control, approval, destination))
        rows = rows or self.steps_of_grants.get((control, approval, ""))
        return (self.series("grants", "days")[rows], self.series("grants", "share")[rows]) if rows else None

    @cached_property
    def steps_of_grants(self) -> dict[tuple[str, str, str], list[int]]:
        """Rows of the steps of grants; no scenario changes which there are."""
        return self.base.steps_of_grants if self.base else steps_of_grants(self.case)

    def terms(self, control: int, approvals: Sequence[int]) -> Floats:
        """On which terms applicants are licensed whom some approvals of a control reach, by day.

        Of the approvals that hold and cover anything the one that licenses least counts; a general licence, which
        licenses all, holds once it is granted. So none of it depends on what the control itself approves.

        Parameters
        ----------
        control : int
            Row of the control.
        approvals : sequence of int
            Rows of the approvals.

        Returns
        -------
        array, shape (4, days)
            Share of their reference that an approval covers, 0 where none counts; the share that passes of that; 1
            where it licenses less than all, so that they are held to it; and the row of `approvals`.
        """
        key = control, tuple(approvals)
        if key not in self._terms:
            same = self.base is not None and self._has_terms_of(self.base, control)
            self._terms[key] = self.base.terms(*key) if self.base and same else self.find_terms(*key)
        return self._terms[key]

    def _has_terms_of(self, other: Timelines, control: int) -> bool:
        """Whether a control, and every approval, is what it is in other timelines that these were changed from."""
        columns = [name for name in ("in_force", "approval", "processing_days") if ("controls", name) in self.values]
        return not any(name.startswith(("approvals.", "grants.")) for name in self.touched) and all(
            np.array_equal(self.series("controls", name)[control], other.series("controls", name)[control])
            for name in columns
        )

    def find_terms(self, control: int, approvals: Sequence[int], **other: Floats) -> Floats:
        """As `terms`, where some columns of the approvals hold other numbers, shape (approvals, days) each."""
        rows, table = list(approvals), self.case.tables.approvals
        on = (self.series("controls", "in_force")[control] > 0.5) & self.active("approvals")[rows]
        share, covers, wait = (
            other.get(name, self.series("approvals", name)[rows]) for name in ("share", "covers", "processing_days")
        )
        found = [self._steps(table[row].control, table[row].approval) for row in rows]
        grants = {number: steps for number, steps in enumerate(found) if steps is not None}
        return terms_by_day(on, covers, share, through(on, share, wait, grants), rows)

    def capacity_there(self, chosen: NDArray[np.int64] | None = None) -> Floats:
        """Capacity of each plant's steps on the days they hold, technology controls counted, shape (plants, days).

        What a reached step adds to the one before comes once its licence is there, as far as it is approved. What a
        step takes away is taken at once, and first from what never came.

        Parameters
        ----------
        chosen : array of int, optional
            Rows of the plants, each with all the others of its steps; all by default.

        Returns
        -------
        array
            Tonnes of activity per year.
        """
        rows = np.arange(len(self.case.tables.plants)) if chosen is None else chosen
        stated, active = self.series("plants", "capacity")[rows], self.active("plants")[rows]
        result = stated * active
        place = {row: number for number, row in enumerate(rows.tolist())}
        granted = {place[row]: share for row, share in self.granted().items() if row in place}
        for steps in self._plant_steps if granted else ():
            here = [place[step] for step in steps if step in place]
            if granted.keys().isdisjoint(here):
                continue
            there, before = np.zeros(self.calendar.days), np.zeros(self.calendar.days)
            for step in (step for step in here if active[step].any()):
                added = np.maximum(stated[step] - before, 0.0)
                there = np.minimum(there, stated[step]) + granted.get(step, 1.0) * added
                before = stated[step]
                result[step] = there * active[step]
        return result

    @cached_property
    def _plant_steps(self) -> list[list[int]]:
        """The plants' rows that replace one another; no scenario changes them."""
        return self.base._plant_steps if self.base else steps_of(self.case, "plants")

    @cached_property
    def _held_back_by(self) -> dict[int, list[int]]:
        """Technology controls that reach each plant row they reach; no scenario changes them."""
        if self.base:
            return self.base._held_back_by
        reaching: dict[int, list[int]] = defaultdict(list)
        for control, plants in technology_reach(self.case).items():
            for plant in plants:
                reaching[plant].append(control)
        return dict(reaching)

    def granted(self) -> dict[int, Floats]:
        """For each plant row that a technology control holds back: the share of its step that is there, by day.

        Steps before the first day of the axis are facts: what runs has its technology.
        """
        days, begins = np.arange(self.calendar.days), self.first_days("plants")
        granted: dict[int, Floats] = {}
        for plant, controls in self._held_back_by.items():
            if begins[plant] > 0:
                first, share = self.held_back(controls, float(begins[plant]))
                if (first, share) != (begins[plant], 1.0):
                    granted[plant] = share * np.clip(days + 1 - first, 0.0, 1.0)
        return granted

    def held_back(self, controls: Sequence[int], day: float) -> tuple[float, float]:
        """When capacity that is due on a day comes, and the share of it that technology controls then let come.

        This is the one rule for a plant's steps and for what projects add: controls in force on the day it is due hold
        it back, on the terms of that day, until the last of their licences is there.

        Parameters
        ----------
        controls : sequence of int
            Rows of the controls that reach it.
        day : float
            Number of the day; it may lie beyond the axis, where no control is known.

        Returns
        -------
        tuple of float
            Number of the day, and share, 0 to 1.
        """
        first, share = day, 1.0
        force = self.series("controls", "in_force")
        for control in controls if day < self.calendar.days else ():
            if force[control, int(day)] > 0.5:
                share = min(share, float(self.series("controls", "approval")[control, int(day)]))
                first = max(first, day + float(self.series("controls", "processing_days")[control, int(day)]))
        return first, share
