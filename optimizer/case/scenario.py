"""Disruption scenarios: what happens to the world, applied to a case's timelines without touching the case."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from optimizer.case.calendar import add_months
from optimizer.case.load import Case, bundled
from optimizer.case.read import explain, read_yaml
from optimizer.case.select import Selector
from optimizer.case.tables import TABLES, Share
from optimizer.case.timeline import Floats, Timelines
from optimizer.errors import CaseError, Fault, ScenarioError, nearest

SERIES = {name: list(record.series) for name, record in TABLES.items() if record.series}
SERIES["controls"] = [*SERIES["controls"], "in_force"]
SERIES["projects"] = [*SERIES["projects"], "lead"]
"""Columns an event may change, by table."""
SHARES = {"approval", "threshold", "in_force", "max_share", "share"}
"""Columns that must stay from 0 to 1."""
OPERATIONS = ("set", "scale", "add", "shift")


class Recovery(BaseModel):
    """How things come back to normal after an event."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    months: Annotated[int, Field(ge=1, le=120)]
    """How long it takes."""
    shape: Literal["linear"] = "linear"
    """How."""


class Event(BaseModel):
    """One thing that happens: what, where, from when, until when, with what recovery."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    what: Annotated[str, Field(min_length=1)]
    """In words."""
    table: str
    """The table it changes."""
    where: dict[str, Any]
    """Which rows: any column of the table, or of the record it refers to; ``not_`` before a column excludes."""
    set: dict[str, float] | None = None
    """Columns and their new values."""
    scale: dict[str, float] | None = None
    """Columns and what they are multiplied by."""
    add: dict[str, float] | None = None
    """Columns and what is added."""
    shift: dict[str, int] | None = None
    """``from`` and the months by which it moves (plants only), for steps due in the event's days."""
    from_: Annotated[dt.date, Field(alias="from")]
    """First day."""
    until: dt.date | None = None
    """First day no longer; empty: to the end."""
    recovery: Recovery | None = None
    """Back to normal after `until`; empty: at once."""

    @model_validator(mode="after")
    def _one_operation(self) -> Event:
        given = [name for name in OPERATIONS if getattr(self, name)]
        if len(given) != 1:
            raise ValueError(f"expected exactly one of {', '.join(OPERATIONS)}, found {', '.join(given) or 'none'}")
        if self.until is not None and self.until <= self.from_:
            raise ValueError(f"until: expected a day after from ({self.from_}), found {self.until}")
        if self.recovery is not None and self.until is None:
            raise ValueError("recovery: expected with until, found without")
        return self

    @property
    def operation(self) -> str:
        """`set`, `scale`, `add` or `shift`."""
        return next(name for name in OPERATIONS if getattr(self, name))

    @property
    def changes(self) -> dict[str, float]:
        """Columns and numbers of the operation."""
        return dict(getattr(self, self.operation))


class Scenario(BaseModel):
    """A named set of events with a probability and the day it is announced."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
    """Name; that of its file."""
    title: str
    """One line that says what happens."""
    probability: Share
    """How likely it is held to be."""
    announced: dt.date
    """The day the buyer learns of it."""
    source: Annotated[str, Field(min_length=1)]
    """The episode or rule it is grounded in."""
    notes: str = ""
    """Which numbers are sourced and which are judgement."""
    includes: tuple[str, ...] = ()
    """Scenarios whose events it also holds."""
    events: tuple[Event, ...] = ()
    """What happens."""


def find_scenarios() -> dict[str, Path]:
    """Bundled scenarios, by name."""
    return {path.stem: path for path in sorted(bundled("scenarios").glob("*.yaml"))}


def load_scenario(scenario: str | Path, _within: tuple[str, ...] = ()) -> Scenario:
    """Load a scenario, its includes merged into its events.

    Parameters
    ----------
    scenario : str or Path
        The name of a bundled scenario, or a YAML file.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        With every fault found.
    """
    path = Path(scenario)
    if path.suffix not in (".yaml", ".yml"):
        known = find_scenarios()
        if str(scenario) not in known:
            raise ScenarioError([Fault(str(scenario), f"no such scenario. {nearest(str(scenario), known)}")])
        path = known[str(scenario)]
    shown = f"scenarios/{path.name}"
    try:
        content = read_yaml(path, shown)
    except CaseError as error:
        raise ScenarioError(error.faults) from None
    try:
        loaded = Scenario.model_validate(content)
    except ValidationError as error:
        raise ScenarioError(_located(explain(error, shown, Scenario))) from None
    faults = []
    if loaded.name != path.stem:
        faults.append(Fault(shown, f"name: expected that of the file ({path.stem}), found {loaded.name!r}"))
    if loaded.name in _within:
        faults.append(Fault(shown, f"includes: expected no circle, found {' > '.join((*_within, loaded.name))}"))
    if not loaded.events and not loaded.includes:
        faults.append(Fault(shown, "events: expected at least one, found none"))
    for number, event in enumerate(loaded.events, 1):
        if event.from_ < loaded.announced:
            faults.append(
                Fault(
                    f"{shown}, event {number}",
                    f"from: expected on or after the day it is announced ({loaded.announced}), found {event.from_}",
                )
            )
    if faults:
        raise ScenarioError(faults)
    merged = list(loaded.events)
    for name in loaded.includes:
        beside = path.parent / f"{name}.yaml"
        merged += load_scenario(beside if beside.exists() else name, (*_within, loaded.name)).events
    return loaded.model_copy(update={"events": tuple(merged)})


def _located(faults: list[Fault]) -> list[Fault]:
    """Say `event 2` where pydantic says `events.1`."""
    located = []
    for fault in faults:
        parts = fault.what.split(".", 2)
        if parts[0] == "events" and len(parts) > 1 and parts[1].rstrip(":").split(":")[0].isdigit():
            number = int(parts[1].split(":")[0]) + 1
            rest = parts[2] if len(parts) == 3 else fault.what.split(":", 1)[1].strip()
            located.append(Fault(f"{fault.where}, event {number}", rest))
        else:
            located.append(fault)
    return located


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
        where = f"scenarios/{scenario.name}.yaml, event {number}"
        if event.table not in SERIES:
            faults.append(
                Fault(
                    where, f"table: no table that can change is called {event.table!r}. {nearest(event.table, SERIES)}"
                )
            )
            continue
        columns = SERIES[event.table] if event.operation != "shift" else ["from"] * (event.table == "plants")
        for column in event.changes:
            if column not in columns:
                faults.append(
                    Fault(
                        where,
                        f"{event.operation}: {event.table} has no column {column!r} that can change so. "
                        + nearest(column, columns),
                    )
                )
        if not case.tables[event.table]:
            if event.where:
                faults.append(Fault(where, f"where: the case has no {event.table}"))
            continue
        rows, bad = selector.rows(event.table, event.where)
        faults += [Fault(where, text) for text in bad]
        changes += [Change(number, event.table, column, row) for column in event.changes for row in rows]
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
            starts[table] = _shifted(scenario, timelines, table, events)
        else:
            values[table, column] = _changed(scenario, timelines, table, column, events, faults)
    if faults:
        raise ScenarioError(faults)
    return timelines.changed(values, starts)


def _weights(event: Event, timelines: Timelines) -> Floats:
    """How fully an event holds on each day, 0 to 1, shape (days,)."""
    calendar = timelines.calendar
    weights = np.zeros(calendar.days)
    first, last = calendar.day(event.from_), calendar.day(event.until, late=True)
    weights[first:last] = 1.0
    if event.recovery is not None and event.until is not None:
        back = (add_months(event.until, event.recovery.months) - event.until).days
        fading = 1.0 - (np.arange(back) + 0.5) / back
        weights[last : last + back] = fading[: max(0, calendar.days - last)]
    return weights


def _changed(
    scenario: Scenario, timelines: Timelines, table: str, column: str, events: dict[int, list[int]], faults: list[Fault]
) -> Floats:
    """A column with its events applied: what is set first, then what is scaled and added."""
    base = timelines.series(table, column)
    result = base.copy()
    held = np.zeros(base.shape, np.int16)
    setter = np.full(base.shape, np.nan)
    ordered = sorted(events.items(), key=lambda item: (scenario.events[item[0] - 1].operation != "set", item[0]))
    for number, rows in ordered:
        event = scenario.events[number - 1]
        amount, weights = event.changes[column], _weights(event, timelines)
        on = weights > 0
        cells = np.ix_(np.array(rows, int), on)
        where = f"scenarios/{scenario.name}.yaml, event {number}"
        if event.operation == "set":
            clash = held[cells] > 0
            if (clash & ((setter[cells] != amount) | (weights[on] < 1))).any():
                faults.append(
                    Fault(where, _clash(scenario, number, held[cells], f"sets {table}.{column} of a row differently"))
                )
            result[cells] = base[cells] + (amount - base[cells]) * weights[on]
            setter[cells] = amount
            held[cells] = number
        else:
            if (held[cells] > 0).any():
                faults.append(
                    Fault(
                        where,
                        _clash(
                            scenario, number, held[cells], f"{event.operation}s what is set: {table}.{column} of a row"
                        ),
                    )
                )
            change = result[cells] * (amount - 1) if event.operation == "scale" else amount
            result[cells] += change * weights[on]
    low, high = 0.0, 1.0 if column in SHARES else np.inf
    if (result < low).any() or (result > high).any():
        worst = result.min() if (result < low).any() else result.max()
        faults.append(
            Fault(
                f"scenarios/{scenario.name}.yaml",
                f"expected {table}.{column} to stay from {low:g} to {high:g}, found {worst:g} after its events",
            )
        )
    if column == "threshold" and (result > base + 1e-15).any():
        faults.append(
            Fault(
                f"scenarios/{scenario.name}.yaml",
                "a scenario may lower a threshold; to raise one, change it in the case",
            )
        )
    return result


def _clash(scenario: Scenario, number: int, held: Any, what: str) -> str:
    """Name the other event of two that do not fit together."""
    other = int(held[held > 0][0])
    return f"{what} on the same day as event {other} ({scenario.events[other - 1].what})"


def _shifted(scenario: Scenario, timelines: Timelines, table: str, events: dict[int, list[int]]) -> Any:
    """First days of a table's rows after its shifts."""
    rows = timelines.case.tables[table]
    days = timelines.first_days(table).copy()
    for number, chosen in events.items():
        event = scenario.events[number - 1]
        for row in chosen:
            due = rows[row].from_
            if due >= event.from_ and (event.until is None or due < event.until):
                moved = max(add_months(due, int(event.changes["from"])), event.from_)
                days[row] = timelines.calendar.day(moved)
    return days


def apply_all(scenarios: Iterable[Scenario], timelines: Timelines, selector: Selector) -> list[Timelines]:
    """The timelines of each scenario; the faults of all are raised together."""
    faults: list[Fault] = []
    found: list[Timelines] = []
    for scenario in scenarios:
        try:
            found.append(apply_scenario(scenario, timelines, selector))
        except ScenarioError as error:
            faults += error.faults
    if faults:
        raise ScenarioError(faults)
    return found
