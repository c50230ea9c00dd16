"""The audit's own clock: which rows hold on which day, and what their figures are once a scenario has happened.

Written from what rows and events mean (`docs/formats.md`), by the day. It reads records only, and shares nothing with
the timelines that a plan is built from, so that a fault of theirs cannot hide in it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.audit.passing import passing_by_day
from optimizer.audit.prices import by_index
from optimizer.case.calendar import PREROLL
from optimizer.case.tables import TABLES, referred
from optimizer.case.topics.transport import Route

if TYPE_CHECKING:
    from optimizer.case.case import Case
    from optimizer.case.tables import Tables
    from optimizer.world.events import Event
    from optimizer.world.scenario import Scenario

Floats = NDArray[np.float64]


NEODYMIUM, PRASEODYMIUM, DIDYMIUM = "Nd", "Pr", "NdPr"


def elements_in(content: Iterable[str]) -> set[str]:
    """What a rule may name of what a material holds: didymium is neodymium and praseodymium, and either is didymium."""
    found = set(content)
    if DIDYMIUM in found:
        found |= {NEODYMIUM, PRASEODYMIUM}
    elif NEODYMIUM in found or PRASEODYMIUM in found:
        found.add(DIDYMIUM)
    return found


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day so many months on; the last of the month where there is none.

    Parameters
    ----------
    day : date
    months : int
    """
    return (pd.Timestamp(day) + pd.DateOffset(months=months)).date()


def _plain(value: Any) -> str:
    """A value as text; a number in 15 digits, a whole one without a decimal point, whichever way it is kept."""
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def in_months(day: dt.date, months: float) -> float:
    """Days until so many months have gone by, a part of one being that part of the month that begins then.

    Parameters
    ----------
    day : date
        From when they are counted.
    months : float
    """
    whole = int(months)
    reached = months_later(day, whole)
    return (reached - day).days + (months - whole) * (months_later(day, whole + 1) - reached).days


LAST_DAY = {"controls": "expires", "limits": "until"}
"""Tables to which events may add rows whose last day stands in a column; of others another row of 0 ends them."""


def with_added(
    tables: Tables, scenario: Scenario | None, others: Iterable[Scenario] = ()
) -> tuple[Tables, dict[str, set[int]]]:
    """The rows of a case, after them those that events add, and of each table those that are not there.

    Parameters
    ----------
    tables : Tables
    scenario : Scenario or None
        The rows that its events add are there from an event's first day to its last.
    others : iterable of Scenario, optional
        All that were planned together: what these add is not there, and still tells goods apart.
    """
    stated = {name: len(rows) for name, rows in tables.items()}
    own = _added(scenario) if scenario is not None else []
    for name, row in dict.fromkeys([*(added for other in others for added in _added(other)), *own]):
        tables = tables.replaced(**{name: (*tables.rows(name), row)})
    absent = {
        name: {number for number, row in enumerate(rows) if number >= stated[name] and (name, row) not in own}
        for name, rows in tables.items()
    }
    return tables, absent


def _added(scenario: Scenario) -> list[tuple[str, Any]]:
    """Tables and rows that the events of a scenario add."""
    found = []
    for event in scenario.events:
        if event.add_row:
            cells = {"source": "an event", "confidence": "assumption", **event.add_row}
            cells["effective" if event.table == "controls" else "from"] = event.from_
            rows = [cells]
            if event.table in LAST_DAY:
                cells[LAST_DAY[event.table]] = event.until
            elif event.until is not None:
                rows.append({**cells, "from": event.until, "rate": 0.0})
            found += [(event.table, TABLES[event.table].model_validate(row)) for row in rows]
    return found


class Days:
    """The rows of a case on the days of its horizon, and on those before it that the programme knows of.

    Parameters
    ----------
    case : Case
    scenario : Scenario or None
        What happens; None: the rules in force stand.
    stage_of : mapping of str to str
        Stage of the main product of each process, by which an event may choose plants.
    others : iterable of Scenario, optional
        All that were planned together.
    """

    def __init__(
        self,
        case: Case,
        scenario: Scenario | None,
        stage_of: Mapping[str, str],
        others: Iterable[Scenario] = (),
    ) -> None:
        self.rows, self.absent = with_added(case.tables, scenario, others)
        self.stated = case.tables
        self.events: tuple[Event, ...] = scenario.events if scenario is not None else ()
        self.news = scenario.announced if scenario is not None else None
        self.stage_of = stage_of
        self.bounds = [case.file.start]
        self._cuts: set[dt.date] = set()
        for group in case.file.periods:
            for _ in range(group.count):
                self.bounds.append(months_later(self.bounds[-1], group.months))
        self.uncut = tuple(self.bounds)
        for day in sorted(case.file.cuts):
            self._cut(day)
        self.zero = case.file.start - dt.timedelta(days=PREROLL)
        self.count = (self.bounds[-1] - self.zero).days
        self._figures: dict[tuple[str, str], Floats] = {}
        self._holds: dict[str, Floats] = {}

    def _cut(self, day: dt.date) -> None:
        """Begin a period on a day, by moving the one bound that is at most five days away if that may move."""
        close = [bound for bound in self.bounds if -5 <= (bound - day).days <= 5]
        if len(close) == 1 and close[0] != day:
            limited = {some for row in self.rows.limits for some in (row.from_, row.until)}
            fast = close[0] in (self.bounds[0], self.bounds[-1]) or close[0] in self._cuts or close[0] in limited
            if not fast and close[0].timetuple().tm_yday > 1:
                self.bounds[self.bounds.index(close[0])] = day
                self._cuts.add(day)
        elif not close and self.bounds[0] < day < self.bounds[-1]:
            self.bounds = sorted([*self.bounds, day])
            self._cuts.add(day)

    def place(self, day: dt.date | None) -> int:
        """Number of a day, from 0; no day is the first, and days outside are at the ends."""
        return min(max((day - self.zero).days, 0), self.count) if day is not None else 0

    def between(self, first: dt.date | None, until: dt.date | None) -> Floats:
        """1 from the one day to before the other, 0 else; without a day, from the start or to the end.

        Parameters
        ----------
        first, until : date or None

        Returns
        -------
        array
            Shape (days,).
        """
        found = np.zeros(self.count)
        found[self.place(first) : self.count if until is None else self.place(until)] = 1.0
        return found

    def figures(self, table: str, column: str) -> Floats:
        """A column by row and day, an empty cell as 0: what is set first, then scales and additions in their order.

        Parameters
        ----------
        table, column : str
            Of the case; also `in_force` of the controls.

        Returns
        -------
        array
            Shape (rows, days); in the column's unit.
        """
        if (table, column) not in self._figures:
            stated = by_index(self, table, column, self.before_events(table, column))
            if column == "in_force":
                stated[sorted(self.absent[table])] = 0.0
            found = stated.copy()
            for row, weight, how, amount in self._changes(table, column, "set", "scale", "add"):
                if np.isinf(stated[row]).any():  # what has no end: only an event in full says another
                    if how == "set" or (how == "scale" and amount == 0):
                        found[row][weight == 1] = amount
                elif how == "set":
                    found[row] = np.where(weight > 0, stated[row] + (amount - stated[row]) * weight, found[row])
                else:
                    found[row] += (found[row] * (amount - 1) if how == "scale" else amount) * weight
            self._figures[table, column] = found
        return self._figures[table, column]

    def before_events(self, table: str, column: str) -> Floats:
        """The same as the rows state it, before any event; what was known until the news came.

        Parameters
        ----------
        table, column : str
        """
        return np.array([self._stated(row, column) for row in self.rows.rows(table)]).reshape(-1, self.count)

    def left_of_more(self) -> Floats:
        """What events leave of what is added to the plant of each row, by row of the plants and day.

        A capacity that is scaled is that of all the plant; one that is set is the whole plant's, with all it has.
        """
        left = np.ones((len(self.rows.plants), self.count))
        for row, weight, how, amount in self._changes("plants", "capacity", "set", "scale"):
            left[row] -= left[row] * weight * (1.0 if how == "set" else 1 - amount)
        return left

    def selling(self) -> Floats:
        """How far sellers are in business, by row of the offers and day: those whose offer events take to 0 are not."""
        found = np.ones((len(self.rows.offers), self.count))
        for row, weight, _, amount in self._changes("offers", "capacity", "set", "scale"):
            found[row] *= 1 - weight * (amount == 0)
        return found

    def _changes(self, table: str, column: str, *operations: str) -> Iterator[tuple[int, Floats, str, float]]:
        """What events do to a column: row, how far by day, operation and number."""
        for event in self.events:
            for how in operations:
                amounts = getattr(event, how) or {}
                if event.table == table and column in amounts:
                    weight = self.weight(event)
                    yield from ((row, weight, how, amounts[column]) for row in self.chosen(event))

    def _stated(self, row: Any, column: str) -> Floats:
        """What a row says of a column, by day; of a control also whether it is in force by its own dates."""
        if column != "in_force":
            cell = getattr(row, column)
            endless = isinstance(row, Route) and column == "capacity"
            return np.full(self.count, cell if cell is not None else np.inf if endless else 0.0)
        force = self.between(row.effective, row.expires)
        if row.suspended_from is not None:
            force *= 1 - self.between(row.suspended_from, row.suspended_until)
        return force

    def weight(self, event: Event) -> Floats:
        """How far an event holds, by day: in full to its end, then fading in a straight line over its recovery."""
        weight = self.between(event.from_, event.until)
        if event.until is not None and event.recovery is not None:
            length = (months_later(event.until, event.recovery.months) - event.until).days
            since = np.arange(self.count) + 0.5 - (event.until - self.zero).days
            weight += np.where((since > 0) & (since < length), 1 - since / length, 0.0)
        return weight * (1 - self._passing(event.scarcity)) if event.scarcity else weight

    def _passing(self, control: str) -> Floats:
        """Share of what an export control governs that passes it, by day."""
        number = [row.control for row in self.rows.controls].index(control)
        force, approval, waits = (
            self.figures("controls", name)[[number]] for name in ("in_force", "approval", "processing_days")
        )
        shares = self.figures("grants", "share")
        steps = [
            (row.days, shares[place])
            for place, row in enumerate(self.rows.grants)
            if (row.control, row.approval, row.destination) == (control, "", None)
        ]
        return np.asarray(passing_by_day(force > 0.5, approval, waits, {0: steps} if steps else {})[0])

    def starts(self, table: str) -> list[dt.date]:
        """The day on which each row of a table begins, steps of plants moved as events move them."""
        rows = self.rows.rows(table)
        planned = [getattr(row, "done_from", None) or getattr(row, "from_", None) for row in rows]
        days = [day or self.zero for day in planned]
        for event in self.events:
            if event.shift and event.table == table:
                for row in self.chosen(event):
                    due = planned[row]
                    if due and event.from_ <= due and (event.until is None or due < event.until):
                        days[row] = max(event.from_, months_later(due, event.shift["from"]))
        return days

    def holds(self, table: str) -> Floats:
        """1 on the days on which a row holds: from its first to its last, or to when another replaces it."""
        if table not in self._holds:
            rows, starts = self.rows.rows(table), self.starts(table)
            ends: list[dt.date | None] = [getattr(row, "until", None) for row in rows]
            for numbers in self.replacing(table):
                for place, number in enumerate(numbers[:-1]):
                    # What a later row says is in its place from the day that any of them has come.
                    replaced = min(starts[after] for after in numbers[place + 1 :])
                    ends[number] = min(replaced, ends[number] or replaced)
            found = [self.between(first, until) for first, until in zip(starts, ends, strict=True)]
            self._holds[table] = np.array(found).reshape(-1, self.count)
            self._holds[table][sorted(self.absent[table])] = 0.0
        return self._holds[table]

    def replacing(self, table: str) -> list[list[int]]:
        """Rows of which each replaces those before; none in a table whose rows all stand by themselves."""
        rows = self.rows.rows(table)
        same: dict[Any, list[int]] = defaultdict(list)
        if TABLES[table].steps:
            for number in sorted(range(len(rows)), key=lambda n: rows[n].from_ or self.zero):
                row = rows[number]
                same[tuple(getattr(row, field) for field in row.key if field != "from_")].append(number)
        return list(same.values())

    def chosen(self, event: Event) -> list[int]:
        """Rows that an event is about, by number: those of the case that fit every word of its `where`."""
        return [number for number, row in enumerate(self.stated.rows(event.table)) if self._fits(event, row)]

    def _fits(self, event: Event, row: Any) -> bool:
        for name, value in event.where.items():
            wanted = {_plain(word) for word in (value if isinstance(value, list) else [value])}
            said = self.words(event.table, row, name.removeprefix("not_")) or set()
            if said.isdisjoint(wanted) != name.startswith("not_"):
                return False
        return True

    def words(self, table: str, row: Any, column: str) -> set[str] | None:
        """What a row says in a column, else what the records say that it names; None where none has the column.

        Parameters
        ----------
        table : str
        row : Any
            One of its rows.
        column : str
            As the `where` of an event names it.
        """
        if table == "plants" and column == "stage":
            return {self.stage_of[row.process]}
        field = {"from": "from_", "element": "content"}.get(column, column)
        if field in type(row).model_fields and field not in TABLES[table].series:
            value = getattr(row, field)
            if column == "element":
                return elements_in(value)
            return {_plain(word) for word in (value if isinstance(value, tuple | dict) else [value])}
        for reference, target in referred(table).items():
            names = getattr(row, reference)
            found = [
                self.words(target, self._named[target][name], column)
                if name in self._named[target]
                else {name.removesuffix(" hub")}
                if column == "country"
                else None
                for name in (names if isinstance(names, tuple) else [names])
            ]
            if said := [words for words in found if words is not None]:
                return set().union(*said)
        return None

    @cached_property
    def _named(self) -> dict[str, dict[str, Any]]:
        """Rows of the tables that others name, by their name."""
        targets = {target for table in TABLES for target in referred(table).values()}
        return {table: {getattr(row, row.key[0]): row for row in self.rows.rows(table)} for table in targets}
