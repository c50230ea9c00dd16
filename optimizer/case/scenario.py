"""Disruption scenarios: what happens to the world, applied to a case's timelines without touching the case."""

from __future__ import annotations

import datetime as dt
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from optimizer.case.calendar import PREROLL, add_months
from optimizer.case.check import EARLIEST, LATEST
from optimizer.case.document import Document, read_yaml
from optimizer.case.events import SERIES, Event, largest
from optimizer.case.indices import TRANSIT_ROOM
from optimizer.case.kinds import Day, Share
from optimizer.case.load import Case, bundled
from optimizer.case.read import explain
from optimizer.case.select import Selector
from optimizer.case.text import brief
from optimizer.case.timeline import Floats, Timelines
from optimizer.errors import CaseError, Code, Fault, ScenarioError

BASE = "base"
"""Name of the plan without events; no scenario may have it."""


class Scenario(BaseModel):
    """A named set of events with a probability and the day it is announced."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
    """Name; that of its file."""
    title: str
    """One line that says what happens."""
    probability: Share
    """How likely it is held to be."""
    announced: Day
    """The day the buyer learns of it."""
    source: Annotated[str, Field(min_length=1)]
    """The episode or rule it is grounded in."""
    notes: str = ""
    """Which numbers are sourced and which are judgement."""
    includes: tuple[str, ...] = ()
    """Scenarios whose events it also holds."""
    events: tuple[Event, ...] = ()
    """What happens."""
    _places: tuple[str, ...] = ()
    _bundled: bool = False

    @property
    def bundled(self) -> bool:
        """Whether it is one of those that come with the programme, asked for by its name."""
        return self._bundled

    def only(self, kept: dict[int, Event]) -> Scenario:
        """The scenario with only some of its events, by number, perhaps narrowed; its title says how many are left."""
        told = (
            f"{self.title} ({len(kept)} of {len(self.events)} events)" if len(kept) < len(self.events) else self.title
        )
        found = self.model_copy(update={"events": tuple(kept.values()), "title": told})
        found._places = tuple(self.place(number) for number in kept)
        return found

    def place(self, number: int) -> str:
        """File and number of an event, counted from 1 through all events, those of included scenarios too."""
        known = len(self._places) == len(self.events)  # not so where events were exchanged in code
        return self._places[number - 1] if known else f"scenarios/{self.name}.yaml, event {number}"


def find_scenarios() -> dict[str, Path]:
    """Bundled scenarios, by name."""
    return {path.stem: path for path in sorted(bundled("scenarios").glob("*.yaml"))}


def load_scenario(scenario: str | Path, _within: tuple[str, ...] = ()) -> Scenario:
    """Load a scenario, its includes merged into its events.

    Parameters
    ----------
    scenario : str or Path
        The name of a bundled scenario, or a YAML file: what has a separator or ends in `.yaml` is a file.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        With every fault found.
    """
    path = _find(scenario)
    shown = f"{path.absolute().parent.name}/{path.name}"
    try:
        loaded = Scenario.model_validate(content := read_yaml(path, shown))
    except CaseError as error:
        raise ScenarioError(error.faults) from None
    except ValidationError as error:
        raise ScenarioError(explain(error, content, Scenario)) from None
    if loaded.name in _within:
        circle = " > ".join((*_within, loaded.name))
        raise ScenarioError([Fault.of(content.place(("includes",)), "includes", "no circle", circle, "circle")])
    faults = _own_faults(loaded, path, content)
    merged: list[tuple[Event, str]] = [
        (event, content.place(("events", number))) for number, event in enumerate(loaded.events)
    ]
    beside = {found.stem: found for found in path.parent.glob("*.yaml")}
    known = find_scenarios() | beside
    for name in dict.fromkeys(loaded.includes):
        if name not in known:
            where = content.place(("includes", loaded.includes.index(name)))
            faults.append(Fault.near(where, "includes", f"no such scenario {brief(name)}", name, known))
            continue
        try:
            part = load_scenario(known[name], (*_within, loaded.name))
        except ScenarioError as error:
            faults += error.faults
        else:
            merged += [(event, part.place(number)) for number, event in enumerate(part.events, 1)]
    for event, place in merged:
        if event.from_ < loaded.announced:
            day = f"on or after the day {loaded.name} is announced ({loaded.announced})"
            faults.append(Fault.of(place, "from", day, event.from_, "wrong-order"))
    if faults:
        raise ScenarioError(faults)
    whole = loaded.model_copy(update={"events": tuple(event for event, _ in merged)})
    whole._places = tuple(place for _, place in merged)
    whole._bundled = not _is_path(scenario)
    return whole


def _is_path(scenario: str | Path) -> bool:
    """Whether a file is meant: there is a separator or the ending of one; a bare name is that of a bundled scenario."""
    text = os.fspath(scenario)
    separators = [os.sep, *filter(None, [os.altsep])]
    return Path(text).suffix in (".yaml", ".yml") or any(separator in text for separator in separators)


def _find(scenario: str | Path) -> Path:
    """The file of a scenario."""
    known = find_scenarios()
    path = Path(scenario)
    if _is_path(scenario):
        if os.path.lexists(path):
            return path
        raise ScenarioError([Fault.near(str(scenario), None, "no such file", path.stem, known)])
    if str(scenario) not in known:
        own = next((file for file in (f"{path}.yaml", f"{path}.yml", str(path)) if os.path.isfile(file)), None)
        if own:
            what = f"no such scenario. A file is given by its path: {os.path.join('.', own)}"
            raise ScenarioError([Fault(str(scenario), what, code="unknown-name", found=str(scenario), suggest=own)])
        raise ScenarioError([Fault.near(str(scenario), None, "no such scenario", str(scenario), known)])
    return known[str(scenario)]


def _own_faults(loaded: Scenario, path: Path, content: Document) -> list[Fault]:
    """What is wrong with a scenario apart from its events and its includes."""
    faults = []

    def wrong(column: str, expected: str, found: Any, code: Code) -> None:
        faults.append(Fault.of(content.place((column,)), column, expected, found, code))

    if loaded.name != path.stem:
        wrong("name", f"that of the file ({path.stem})", repr(loaded.name), "inconsistent")
    if not EARLIEST <= loaded.announced <= LATEST:
        wrong("announced", f"a day from {EARLIEST} to {LATEST}", loaded.announced, "out-of-range")
    if loaded.name == BASE:
        what = f"name: expected another than {BASE!r}, which is the plan without events"
        faults.append(Fault(content.place(("name",)), what, code="repeated", column="name", found=BASE))
    if not loaded.events and not loaded.includes:
        wrong("events", "at least one", "none", "missing-rows")
    if len(set(loaded.includes)) < len(loaded.includes):
        wrong("includes", "each scenario once", ", ".join(loaded.includes), "repeated")
    return faults


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

    Raises
    ------
    ScenarioError
        For a table, column or value that selects nothing, with near matches.
    """
    faults: list[Fault] = []
    changes: list[Change] = []
    for number, event in enumerate(scenario.events, 1):
        where = scenario.place(number)
        if event.table not in SERIES:
            what = f"no table that can change is called {brief(event.table)}"
            faults.append(Fault.near(where, "table", what, event.table, SERIES))
            continue
        columns = SERIES[event.table] if event.operation != "shift" else ["from"] * (event.table == "plants")
        unknown = [column for column in event.changes if column not in columns]
        for column in unknown:
            what = f"{event.table} has no column {brief(column)} that can change so"
            faults.append(Fault.near(where, event.operation, what, column, columns, "unknown-column"))
        table = case.tables[event.table]
        if not table:
            if event.where:
                what = f"where: the case has no {event.table}"
                faults.append(Fault(where, what, code="selects-nothing", table=event.table, column="where"))
            continue
        rows, bad = selector.rows(event.table, event.where)
        faults += [fault.moved(where) for fault in bad]
        for column in [column for column in event.changes if column not in unknown]:
            if rows and all(getattr(table[row], column, 0) is None for row in rows):
                what = f"{event.operation}: {column} is empty in every row selected, so nothing changes"
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
    by_column: dict[tuple[str, str], dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for change in changes:
        by_column[change.table, change.column][change.event].append(change.row)
    values: dict[tuple[str, str], Floats] = {}
    starts: dict[str, Any] = {}
    faults: list[Fault] = []
    for (table, column), events in by_column.items():
        if column == "from":
            starts[table] = _shifted(scenario, timelines, table, events, faults)
        else:
            values[table, column] = _changed(scenario, timelines, table, column, events, faults)
    if faults:
        raise ScenarioError(faults)
    return timelines.changed(values, starts)


def fullness(event: Event, timelines: Timelines) -> Floats:
    """How fully an event holds on each day, 0 to 1, shape (days,)."""
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
            result[cells] = base[cells] + (amount - base[cells]) * weights[on]
            setter[cells] = amount
        else:
            change = result[cells] * (amount - 1) if event.operation == "scale" else amount
            result[cells] += change * weights[on]
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


def _clash(scenario: Scenario, number: int, other: int, cell: str) -> Fault:
    """An event that changes a cell while another sets it."""
    operation = scenario.events[number - 1].operation
    how = "otherwise than" if operation == "set" else "as it is set by"
    what = f"{operation}s {cell} on the same day {how} {scenario.place(other)}"
    return Fault(scenario.place(number), what, code="clash", column=operation, found=cell)


def _named(timelines: Timelines, table: str, row: int) -> str:
    """A table row by its key."""
    record = timelines.case.tables[table][row]
    return " / ".join(str(getattr(record, field)) for field in record.key)


def _outside(
    timelines: Timelines, table: str, column: str, chosen: list[int], base: Floats, result: Floats
) -> Iterator[tuple[int, str, float]]:
    """Rows of those chosen in which a column leaves its range, how, and to what; the first stands for all."""
    rows = timelines.case.tables[table]
    most = np.full((len(chosen), 1), largest(table, column))
    if (table, column) == ("limits", "value"):
        most[np.array([rows[row].measure == "share" for row in chosen])] = 1.0
    if (table, column) == ("routes", "transit"):  # the network has no place for goods that arrive later
        most = np.minimum(most, base.max(axis=1, keepdims=True) + TRANSIT_ROOM)
    wrong = (result < 0) | (result > most)
    for place in map(int, np.flatnonzero(wrong.any(axis=1))[:1]):
        row, found = chosen[place], result[place][wrong[place]][0]
        what = f"expected {table}.{column} of {_named(timelines, table, row)} to stay from 0 to {most[place, 0]:g}"
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
    rows = timelines.case.tables[table]
    days = timelines.first_days(table).copy()
    shifted: dict[int, int] = {}
    for number, chosen in events.items():
        event = scenario.events[number - 1]
        due = [row for row in chosen if event.from_ <= rows[row].from_ < (event.until or dt.date.max)]
        if not due:
            days_of = f"from {event.from_}" + (f" to before {event.until}" if event.until else "")
            what = f"shift: no row selected of {table} begins {days_of}"
            faults.append(Fault(scenario.place(number), what, code="selects-nothing", table=table, column="shift"))
        for row in due:
            if row in shifted:
                what = f"shifts {table}.from of {_named(timelines, table, row)}, which is shifted by "
                what += scenario.place(shifted[row])
                faults.append(Fault(scenario.place(number), what, code="clash", table=table, column="shift"))
            shifted[row] = number
            moved = max(add_months(rows[row].from_, int(event.changes["from"])), event.from_)
            days[row] = timelines.calendar.day(moved)
    return days


def apply_all(scenarios: Iterable[Scenario], timelines: Timelines, selector: Selector) -> list[Timelines]:
    """The timelines of each scenario; the faults of all are raised together."""
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
