"""What a scenario does to the timelines of a case: the cells it changes, and their values day by day."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.case.calendar import PREROLL, TRANSIT_ROOM, add_months
from optimizer.case.case import Case
from optimizer.case.text import brief
from optimizer.errors import ScenarioError
from optimizer.faults import Fault
from optimizer.world.added import rows_of
from optimizer.world.changed_rows import changed_row_faults
from optimizer.world.events import ADDED, SERIES, SHIFTED, Event, largest, least
from optimizer.world.prices import INDEX
from optimizer.world.scenario import Scenario
from optimizer.world.select import Selector
from optimizer.world.steps import due_day
from optimizer.world.timeline import KEPT, Floats, Timelines


@dataclass(frozen=True)
class Change:
    """One cell that an event changes.

    Parameters
    ----------
    event : int
        Number of the event, from 1.
    table, column : str
    row : int
        Place of the row in its table.
    """

    event: int
    table: str
    column: str
    row: int


def check_scenario(scenario: Scenario, case: Case, selector: Selector) -> list[Change]:
    """Find the cells that a scenario changes in a case.

    Parameters
    ----------
    scenario : Scenario
        With the events of those it includes.
    case : Case
    selector : Selector
        Finds rows of that case.

    Raises
    ------
    ScenarioError
        For a table, column or value that selects nothing, with near matches.
    """
    faults: list[Fault] = []
    changes: list[Change] = []
    if scenario.includes:
        names = ", ".join(scenario.includes)
        what = f"includes: expected the events of {names} among its own; make it with scenario_from"
        faults.append(Fault(scenario.name, what, code="inconsistent", column="includes", found=names))
    for number, event in enumerate(scenario.events, 1):
        where = scenario.place(number)
        if event.add_row and event.table in ADDED:
            continue  # read and checked where it was added to the case
        if event.scarcity:
            faults += _unknown_control(event.scarcity, case, where)
        if event.table not in SERIES:
            what = f"no table that can change is called {brief(event.table)}"
            faults.append(Fault.near(where, "table", what, event.table, SERIES))
            continue
        columns = SERIES[event.table] if event.operation != "shift" else ["from"] * (event.table in SHIFTED)
        unknown = [column for column in event.changes if column not in columns]
        for column in unknown:
            what = f"{event.table} has no column {brief(column)} that can change so"
            faults.append(Fault.near(where, event.operation, what, column, columns, "unknown-column"))
        table = case.tables.rows(event.table)
        if not table:
            if event.where:
                what = f"where: the case has no {event.table}"
                faults.append(Fault(where, what, code="selects-nothing", table=event.table, column="where"))
            continue
        rows, bad = selector.rows(event.table, event.where)
        faults += [fault.moved(where) for fault in bad]
        for column in [column for column in event.changes if column not in unknown]:
            reasons = [table[row].unread(column) for row in rows]
            if rows and all(reasons):
                why = "; ".join(dict.fromkeys(map(str, reasons)))
                what = f"{event.operation}: nothing reads {column} of any row selected ({why}), so nothing changes"
                faults.append(Fault(where, what, code="changes-nothing", table=event.table, column=column))
            changes += [Change(number, event.table, column, row) for row in rows]
    if faults:
        raise ScenarioError(faults)
    return changes


def apply_scenario(scenario: Scenario, timelines: Timelines, selector: Selector) -> Timelines:
    """The timelines of a world in which a scenario happens.

    Parameters
    ----------
    scenario : Scenario
    timelines : Timelines
        The world without it.
    selector : Selector
        Finds rows of the case.

    Returns
    -------
    Timelines

    Raises
    ------
    ScenarioError
        If an event selects nothing, two events set one cell differently, or a value leaves its range.
    """
    changes = check_scenario(scenario, timelines.case, selector)
    _check_closed(scenario, timelines.case, changes)
    timelines = timelines.with_rows(rows_of(timelines.case, scenario))
    by_column: dict[tuple[str, str], dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for change in changes:
        by_column[change.table, change.column][change.event].append(change.row)
    values: dict[tuple[str, str], Floats] = {}
    starts: dict[str, Any] = {}
    faults: list[Fault] = []
    if INDEX in by_column:
        timelines = _repriced(scenario, timelines, by_column.pop(INDEX), faults)
    for (table, column), events in sorted(by_column.items(), key=lambda item: item[0][0] == "availability"):
        if column == "from":
            starts[table] = _shifted(scenario, timelines, table, events, faults)
        else:
            # What is scarce abroad follows from what controls let through once the other events have happened.
            then = timelines.changed(values, starts) if table == "availability" else timelines
            values[table, column] = _changed(scenario, then, table, column, events, faults)
            if (table, column) == ("plants", "capacity"):
                values[table, KEPT] = _kept(scenario, timelines, events)
            if (table, column) == ("offers", "capacity"):
                values[table, KEPT] = _selling(scenario, timelines, events)
            if (table, column) == ("availability", "share"):
                before, after = timelines.series(table, column), values[table, column]
                values[table, KEPT] = np.where(before > after, after / np.where(before > 0, before, 1.0), 1.0)
    if not faults:
        changed = {
            key: {row: number for number, rows in sorted(events.items()) for row in rows}
            for key, events in by_column.items()
            if key in values
        }
        found = changed_row_faults(timelines, values, changed)
        faults = [fault.moved(scenario.place(number)) for number, fault in found]
    if faults:
        raise ScenarioError(faults)
    return timelines.changed(values, starts)


def _unknown_control(name: str, case: Case, where: str) -> Iterator[Fault]:
    """An event of scarcity that follows no export control of the case."""
    export = [row.control for row in case.tables.controls if row.kind == "export"]
    if name not in export:
        yield Fault.near(where, "scarcity", f"no export control is called {brief(name)}", name, export)


def _repriced(scenario: Scenario, timelines: Timelines, events: dict[int, list[int]], faults: list[Fault]) -> Timelines:
    """The timelines once indices have moved, with every price that follows them; other events change these prices."""
    moved = timelines.changed({INDEX: _changed(scenario, timelines, *INDEX, events, faults)}, {})
    for (table, column), prices in moved.indexed().following().items():
        low = prices.min(axis=1)
        for row in map(int, np.flatnonzero(low < least(table, column))[:1]):
            named = f"{table}.{column} of {_named(timelines, table, row)}"
            what = f"expected {named} to stay 0 or more, found {low[row]:g} as the index moves"
            faults.append(Fault(scenario.place(min(events)), what, code="out-of-range", table=table, column=column))
    return moved


def _check_closed(scenario: Scenario, case: Case, changes: Iterable[Change]) -> None:
    """Refuse to close a route without a capacity in a case that was laid out before anybody asked for that."""
    for some in changes:
        if (some.table, some.column) == ("routes", "capacity") and some.row not in case.closable:
            row, event = case.tables.routes[some.row], scenario.events[some.event - 1]
            if row.capacity is None:
                where = case.where("routes")[some.row]
                what = f"{event.operation}.capacity: expected a route that states one, found none in {where}"
                raise ScenarioError([Fault(scenario.place(some.event), what, code="inconsistent", table="routes")])


def fullness(event: Event, timelines: Timelines) -> Floats:
    """How fully an event holds on each day, 0 to 1, shape (days,); one of scarcity as far as its control stops goods.

    Parameters
    ----------
    event : Event
    timelines : Timelines
        Give the daily axis.
    """
    calendar = timelines.calendar
    weights = np.zeros(calendar.days)
    first, last = calendar.day(event.from_), calendar.day(event.until, late=True)
    weights[first:last] = 1.0
    if event.recovery is not None and event.until is not None:
        back = (add_months(event.until, event.recovery.months) - event.until).days
        ended = PREROLL + (event.until - calendar.start).days  # not clipped: it may have ended before the axis begins
        fading = 1.0 - (np.arange(calendar.days) - ended + 0.5) / back
        after = slice(max(0, ended), max(0, ended + back))
        weights[after] = fading[after]
    if event.scarcity:
        weights *= 1 - timelines.through[timelines.case.by.control_numbers[event.scarcity]]
    return weights


def _changed(
    scenario: Scenario, timelines: Timelines, table: str, column: str, events: dict[int, list[int]], faults: list[Fault]
) -> Floats:
    """A column with its events applied: what is set first, then what is scaled and added."""
    chosen = sorted({row for rows in events.values() for row in rows})
    place = {row: number for number, row in enumerate(chosen)}
    base = timelines.series(table, column)[chosen]
    result = base.copy()
    held = np.zeros(base.shape, np.int16)
    setter = np.full(base.shape, np.nan)
    ordered = sorted(events.items(), key=lambda item: (scenario.events[item[0] - 1].operation != "set", item[0]))
    for number, rows in ordered:
        event = scenario.events[number - 1]
        amount, weights = event.changes[column], fullness(event, timelines)
        on = weights > 0
        cells = np.ix_(np.array([place[row] for row in rows], int), on)
        clash = held[cells] > 0
        if event.operation == "set":
            clash &= (setter[cells] != amount) | (weights[on] < 1)
            result[cells] = _moved(base[cells], amount - base[cells], amount, weights[on])
            setter[cells] = amount
        else:
            change = result[cells] * (amount - 1) if event.operation == "scale" else amount
            gone = 0.0 if event.operation == "scale" and amount == 0 else np.inf
            result[cells] = _moved(result[cells], change, gone, weights[on])
        if clash.any():
            row, day = np.argwhere(clash)[0]
            other = int(held[cells][row, day])
            cell = f"{table}.{column} of {_named(timelines, table, rows[row])}"
            faults.append(_clash(scenario, number, other, cell))
        if event.operation == "set":
            held[cells] = number
    for row, what, found in _outside(timelines, table, column, chosen, base, result):
        last = max(number for number, rows in events.items() if row in rows)
        parts: dict[str, Any] = {"table": table, "column": column, "found": found}
        faults.append(Fault(scenario.place(last), what, code="out-of-range", **parts))
    series = timelines.series(table, column).copy()
    series[chosen] = result
    return series


def _moved(before: Floats, change: Floats | float, whole: float, weights: Floats) -> Floats:
    """Cells after a change as full as its weights; one without end stays so until a whole change gives it another."""
    endless = np.isinf(before)
    after = np.where(endless, np.where(weights == 1, whole, np.inf), 0.0)
    return np.where(endless, after, before + np.where(endless, 0.0, change) * weights)


def _kept(scenario: Scenario, timelines: Timelines, events: dict[int, list[int]]) -> Floats:
    """What events leave of what projects add to plants, by row of the plants and day.

    What scales the capacity of a plant's rows scales all of the plant, and what sets it sets the whole plant.
    """
    kept = timelines.series("plants", KEPT).copy()
    for number, rows in events.items():
        event = scenario.events[number - 1]
        factor = {"set": 0.0, "scale": event.changes["capacity"]}.get(event.operation, 1.0)
        kept[rows] *= 1 + (factor - 1) * fullness(event, timelines)
    return kept


def _selling(scenario: Scenario, timelines: Timelines, events: dict[int, list[int]]) -> Floats:
    """How far sellers stay in business, by row of the offers and day: one whose offer events take to 0 is stopped."""
    kept = timelines.series("offers", KEPT).copy()
    for number, rows in events.items():
        event = scenario.events[number - 1]
        if event.operation in ("set", "scale") and event.changes["capacity"] == 0:
            kept[rows] *= 1 - fullness(event, timelines)
    return kept


def _clash(scenario: Scenario, number: int, other: int, cell: str) -> Fault:
    """An event that changes a cell while another sets it."""
    operation = scenario.events[number - 1].operation
    how = "otherwise than" if operation == "set" else "as it is set by"
    what = f"{operation}s {cell} on the same day {how} {scenario.place(other)}"
    return Fault(scenario.place(number), what, code="clash", column=operation, found=cell)


def _named(timelines: Timelines, table: str, row: int) -> str:
    """A table row by its key."""
    named: str = timelines.case.tables.rows(table)[row].named
    return named


def _outside(
    timelines: Timelines, table: str, column: str, chosen: list[int], base: Floats, result: Floats
) -> Iterator[tuple[int, str, float]]:
    """Rows of those chosen in which a column leaves its range, how, and to what; the first stands for all."""
    rows = timelines.case.tables.rows(table)
    most = np.full((len(chosen), 1), largest(table, column))
    if (table, column) == ("limits", "value"):
        most[np.array([rows[row].measure in ("share", "hhi") for row in chosen])] = 1.0
    if (table, column) == ("routes", "transit"):  # the network has no place for goods that arrive later
        most = np.minimum(most, base.max(axis=1, keepdims=True) + TRANSIT_ROOM)
    low = least(table, column)
    wrong = (result < low) | ((result > most) & np.isfinite(result))
    for place in map(int, np.flatnonzero(wrong.any(axis=1))[:1]):
        row, found = chosen[place], result[place][wrong[place]][0]
        what = (
            f"expected {table}.{column} of {_named(timelines, table, row)} to stay from {low:g} to {most[place, 0]:g}"
        )
        yield row, f"{what}, found {found:g} after the events", float(found)
    if column == "threshold":
        for place in map(int, np.flatnonzero((result > base + 1e-15).any(axis=1))[:1]):
            what = f"expected the threshold of {_named(timelines, table, chosen[place])} to fall or stay"
            top = float(result[place].max())
            yield chosen[place], f"{what}, found {top:g}; to raise one, change it in the case", top


def _shifted(
    scenario: Scenario, timelines: Timelines, table: str, events: dict[int, list[int]], faults: list[Fault]
) -> Any:
    """First days of a table's rows after its shifts."""
    rows = timelines.case.tables.rows(table)
    days = timelines.first_days(table).copy()
    shifted: dict[int, int] = {}
    for number, chosen in events.items():
        event = scenario.events[number - 1]
        first, last = event.from_, event.until or dt.date.max
        begins = {row: day for row in chosen if (day := due_day(rows[row])) is not None and first <= day < last}
        if not begins:
            days_of = f"from {event.from_}" + (f" to before {event.until}" if event.until else "")
            what = f"shift: no row selected of {table} begins {days_of}"
            faults.append(Fault(scenario.place(number), what, code="selects-nothing", table=table, column="shift"))
        for row, due in begins.items():
            if table == "projects" and event.changes["from"] < 0 and getattr(rows[row], "done_from", None) is None:
                what = (
                    f"shift.from: expected months above 0 for {_named(timelines, table, row)}, which is not under way"
                )
                what += f", found {event.changes['from']:g}"
                faults.append(Fault(scenario.place(number), what, code="out-of-range", table=table, column="shift"))
            if row in shifted:
                what = f"shifts {table}.from of {_named(timelines, table, row)}, which is shifted by "
                what += scenario.place(shifted[row])
                faults.append(Fault(scenario.place(number), what, code="clash", table=table, column="shift"))
            shifted[row] = number
            moved = max(add_months(due, int(event.changes["from"])), event.from_)
            days[row] = timelines.calendar.day(moved)
    return days


def apply_all(scenarios: Iterable[Scenario], timelines: Timelines, selector: Selector) -> list[Timelines]:
    """The timelines of each scenario; the faults of all are raised together.

    Parameters
    ----------
    scenarios : iterable of Scenario
        Each name once.
    timelines : Timelines
        The world without them.
    selector : Selector
    """
    faults: list[Fault] = []
    found: list[Timelines] = []
    seen: set[str] = set()
    for scenario in scenarios:
        if scenario.name in seen:
            faults.append(Fault(scenario.name, "expected each scenario once, found it twice", code="repeated"))
            continue
        seen.add(scenario.name)
        try:
            found.append(apply_scenario(scenario, timelines, selector))
        except ScenarioError as error:
            faults += error.faults
    if faults:
        raise ScenarioError(faults)
    return found
