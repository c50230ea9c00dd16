"""What a scenario changes in a case: every cell, its old and its new value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.case.calendar import Calendar, add_months
from optimizer.network.network import Network
from optimizer.network.used_rows import rows_in_use
from optimizer.plans.plan import Planner
from optimizer.plans.schema import Column, Columns, count, word
from optimizer.world.added import additions
from optimizer.world.apply import check_scenario
from optimizer.world.events import Event
from optimizer.world.scenario import Scenario
from optimizer.world.steps import due_day


class Effects(Columns):
    """Columns of `effects`."""

    event = count("events", "number of the event in its scenario, from 1")
    table = word("table of the case")
    row = word("key of its row, its fields separated by ` / `")
    column = word("column of the table")
    from_ = Column(dtype=dt.date, meaning="first day of the event")
    until = Column(dtype=dt.date, meaning="first day it holds no longer; none: it stays", empty=True)
    old = Column(dtype=object, meaning="value without it, on the first day that differs; a date or a number")
    new = Column(dtype=object, meaning="value with it")


def effects(planner: Planner, scenario: Scenario) -> pd.DataFrame:
    """List the cells that a scenario changes in the programme, and the rows that it adds.

    A cell counts where something reads it and a plan can use its row, on days of the horizon on which that holds.

    Parameters
    ----------
    planner : Planner
    scenario : Scenario

    Returns
    -------
    DataFrame
        Columns of `Effects`. A row that another has replaced by then is not listed. Of a row that is added the column
        is empty.

    Raises
    ------
    ScenarioError
        If the scenario does not fit the case.
    """
    before, (after,) = planner.network.timelines, planner.applied([scenario])
    world = planner.network.patched(after)
    calendar = before.calendar
    used, it = cache(partial(rows_in_use, world.structure)), Effects
    rows: list[dict[Column, Any]] = []
    for change in check_scenario(scenario, planner.case, planner.selector):
        event = scenario.events[change.event - 1]
        record = planner.case.tables.rows(change.table)[change.row]
        if record.unread(change.column) or change.row not in used(change.table):
            continue
        named = record.named
        if change.column == "from":
            due = due_day(record)
            moved = due is not None and due >= event.from_ and (event.until is None or due < event.until)
            old: Any = due
            new: Any = max(add_months(due, int(event.changes["from"])), event.from_) if due and moved else due
        else:
            old, new = (some.series(change.table, change.column)[change.row] for some in (before, after))
            holds = before.active(change.table)[change.row] | after.active(change.table)[change.row]
            days = np.flatnonzero(holds & (old != new) & ~np.isnan(new) & _days(event, calendar))
            if not days.size:
                continue
            old, new = float(old[days[0]]), float(new[days[0]])
        if old != new:
            rows.append(
                {
                    it.event: change.event,
                    it.table: change.table,
                    it.row: named,
                    it.column: change.column,
                    it.from_: event.from_,
                    it.until: event.until,
                    it.old: old,
                    it.new: new,
                }
            )
    rows += _added(world, scenario, used)
    return it.of(rows)


def _added(world: Network, scenario: Scenario, used: Callable[[str], set[int]]) -> Iterator[dict[Column, Any]]:
    """Rows that a scenario adds and a plan can use, or is bound by."""
    for some in additions(scenario):
        event, table = scenario.events[some.event - 1], world.case.tables.rows(some.table)
        if any(table[number] in some.rows for number in world.timelines.there[some.table] & used(some.table)):
            it, row = Effects, " / ".join(map(str, some.thing))
            at = {it.event: some.event, it.table: some.table, it.row: row, it.column: ""}
            yield {**at, it.from_: event.from_, it.until: event.until, it.old: "", it.new: "row"}


def _days(event: Event, calendar: Calendar) -> NDArray[np.bool_]:
    """Days of the horizon on which an event holds, its recovery included, shape (days,)."""
    until = event.until and add_months(event.until, event.recovery.months if event.recovery else 0)
    days = np.arange(calendar.days)
    first = max(calendar.day(event.from_), calendar.day(calendar.start))
    return (first <= days) & (days < calendar.day(until, late=True))
