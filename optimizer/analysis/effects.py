"""What a scenario changes in a case: every cell, its old and its new value."""

from __future__ import annotations

from typing import Any

import pandas as pd

from optimizer.analysis.plan import Planner
from optimizer.case.calendar import add_months
from optimizer.case.scenario import Scenario, check_scenario


def effects(planner: Planner, scenario: Scenario) -> pd.DataFrame:
    """List the cells that a scenario changes.

    Parameters
    ----------
    planner : Planner
    scenario : Scenario

    Returns
    -------
    DataFrame
        Event, table, row, column, first and last day, and the value before and on the first day inside the horizon.

    Raises
    ------
    ScenarioError
        If the scenario does not fit the case.
    """
    before = planner.network.timelines
    after = planner.worlds([scenario])[0].timelines
    calendar = before.calendar
    rows: list[dict[str, Any]] = []
    for change in check_scenario(scenario, planner.case, planner.selector):
        event = scenario.events[change.event - 1]
        record = planner.case.tables[change.table][change.row]
        named = " / ".join(str(getattr(record, field)) for field in record.key if getattr(record, field) is not None)
        if change.column == "from":
            due = record.from_
            moved = due >= event.from_ and (event.until is None or due < event.until)
            old: Any = due
            new: Any = max(add_months(due, int(event.changes["from"])), event.from_) if moved else due
        else:
            day = min(max(calendar.day(event.from_), calendar.day(calendar.start)), calendar.days - 1)
            old = float(before.series(change.table, change.column)[change.row, day])
            new = float(after.series(change.table, change.column)[change.row, day])
        if old != new:
            rows.append(
                {
                    "event": change.event,
                    "table": change.table,
                    "row": named,
                    "column": change.column,
                    "from": event.from_,
                    "until": event.until,
                    "old": old,
                    "new": new,
                }
            )
    return pd.DataFrame(rows, columns=["event", "table", "row", "column", "from", "until", "old", "new"])
