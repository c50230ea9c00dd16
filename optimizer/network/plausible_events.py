"""What a scenario says without a fault and can hardly mean: values far from those replaced, events without effect."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from optimizer.case.calendar import add_months
from optimizer.faults import Finding
from optimizer.network.idle_rows import IDLE as IDLE_WHY
from optimizer.network.network import Network
from optimizer.network.used_rows import rows_in_use
from optimizer.world.apply import check_scenario, fullness
from optimizer.world.events import Event
from optimizer.world.scenario import Scenario
from optimizer.world.select import Selector

MONEY, TONNES, SHARE, DAYS, MONTHS = "USD/t", "t", "share", "days", "months"
UNITS = {
    "price": MONEY,
    "floor": MONEY,
    "cost": MONEY,
    "application_cost": MONEY,
    "freight": MONEY,
    "penalty": MONEY,
    "holding": MONEY,
    "capacity": TONNES,
    "tonnes": TONNES,
    "quota": TONNES,
    "reserve": TONNES,
    "value": TONNES,
    "rate": SHARE,
    "transit": DAYS,
    "days": DAYS,
    "cover": DAYS,
    "processing_days": DAYS,
    "lead": MONTHS,
}
"""Unit of the columns that an event may set; those not named are shares from 0 to 1, where per cent are a fault."""
FAR = {MONEY: 100.0, TONNES: 100.0, SHARE: 20.0, DAYS: 15.0, MONTHS: 15.0}
"""Ratio from which a value is far from the one it replaces."""
SLIPS = {
    MONEY: (250.0, 4000.0, "USD/t", "USD/kg", "thousand USD/t"),
    TONNES: (250.0, 4000.0, "t", "kt", "kg"),
    SHARE: (20.0, 500.0, "share", "", "per cent"),
    DAYS: (15.0, 60.0, "days", "months", ""),
    MONTHS: (15.0, 60.0, "months", "", "days"),
}
"""From which to which ratio a unit is likely mistaken; the unit meant, the one written where too little or too much."""


Touched = dict[str, list[int]]
"""Columns that an event changes, and the rows it changes them in."""
OUTSIDE, IDLE = "event-outside-horizon", "event-without-effect"


def event_findings(scenario: Scenario, world: Network, selector: Selector) -> list[Finding]:
    """All that a scenario says without a fault and can hardly mean in a case.

    Parameters
    ----------
    scenario : Scenario
        One that fits the case.
    world : Network
        The case without it.
    selector : Selector

    Returns
    -------
    list of Finding
        At most one for each event and kind.

    Raises
    ------
    ScenarioError
        If it does not fit the case.
    """
    rows: dict[int, Touched] = {}
    for change in check_scenario(scenario, world.case, selector):
        rows.setdefault(change.event, {}).setdefault(change.column, []).append(change.row)
    found: dict[tuple[str, str], Finding] = {}  # one event may come in by two scenarios that are included
    for number, event in enumerate(scenario.events, 1):
        where, touched = scenario.place(number), rows.get(number, {})
        for find in EVENT_FINDINGS:
            found |= {(where, some.text): some for some in find(event, touched, world, where)}
    return list(found.values())


def changes_nothing(scenario: Scenario, findings: list[Finding]) -> Finding | None:
    """What is said of a scenario none of whose events has any effect; None where one has.

    Parameters
    ----------
    scenario : Scenario
    findings : list of Finding
        What was found of its events.
    """
    idle = {found.where: found for found in findings if found.code in (OUTSIDE, IDLE)}
    places = [scenario.place(number) for number in range(1, len(scenario.events) + 1)]
    if not all(place in idle for place in places):
        return None
    first = idle[places[0]]
    text = f"has no effect in this case: its event {first.text}"
    if len(places) > 1:
        text = f"none of its {len(places)} events has an effect in this case; the first {first.text}"
    return Finding(first.code, scenario.name, text, first.table)


def _outside(event: Event, touched: Touched, world: Network, where: str) -> Iterator[Finding]:
    """Events that begin after the horizon, or are over before it."""
    calendar = world.calendar
    until = event.until and add_months(event.until, event.recovery.months if event.recovery else 0)
    if event.from_ >= calendar.end:
        text = f"begins on {event.from_}, after the last day of the case ({calendar.end - dt.timedelta(1)})."
        yield Finding(OUTSIDE, where, text, event.table, "from")
    if until is not None and until <= calendar.start:
        text = f"is over on {until}, before the case begins ({calendar.start})."
        yield Finding(OUTSIDE, where, text, event.table, "until")


def _idle(event: Event, touched: Touched, world: Network, where: str) -> Iterator[Finding]:
    """Events on rows that no plan can use, or that do not hold while the event lasts."""
    if event.add_row:
        places = world.case.where(event.table)
        new = {row for row in world.case.added.get(event.table, ()) if places[row] == where}
        if new and new.isdisjoint(rows_in_use(world.structure, event.table)):
            yield Finding(IDLE, where, f"adds a row that no plan would notice: {IDLE_WHY[event.table]}.", event.table)
        return
    chosen = {row for some in touched.values() for row in some}
    used = sorted(chosen & rows_in_use(world.structure, event.table))
    if chosen and not used:
        text = f"selects {_rows(len(chosen), event.table)}, none of which a plan can use."
        yield Finding(IDLE, where, text, event.table)
    if not used or event.operation == "shift" or event.table == "controls":
        return  # a control that is lifted or brought back has no days of its own
    first = int(world.calendar.offsets[0])
    on = (fullness(event, world.timelines) > 0)[first:]
    if on.any() and not world.timelines.active(event.table)[used][:, first:][:, on].any():
        text = f"selects {_rows(len(used), event.table)}, none of which holds on the days of the event."
        yield Finding(IDLE, where, text, event.table)


def _far(event: Event, touched: Touched, world: Network, where: str) -> Iterator[Finding]:
    """Values set that are far from most of those they replace, with the unit that is likely mistaken."""
    on = fullness(event, world.timelines) > 0
    for column, rows in touched.items() if event.operation == "set" else ():
        unit, new = _unit(event.table, column, rows, world), event.changes[column]
        held = world.timelines.series(event.table, column)[rows][:, on]
        held = held[world.timelines.active(event.table)[rows][:, on] & (held > 0)]
        if unit is None or new <= 0 or not held.size:
            continue
        replaced = float(held[np.argsort(np.abs(np.log(held / new)))[held.size // 2]])
        ratio = new / replaced
        off = max(ratio, 1 / ratio)
        if off >= FAR[unit] and (unit != SHARE or ratio > 1):
            yield _set_far(event, column, unit, replaced, where)


def _set_far(event: Event, column: str, unit: str, replaced: float, where: str) -> Finding:
    """A value far from the one it replaces."""
    new, (low, high, meant, small, large) = event.changes[column], SLIPS[unit]
    ratio = new / replaced
    written = (large if ratio > 1 else small) if low <= max(ratio, 1 / ratio) <= high else ""
    shown = "" if unit == SHARE else f" {meant}"
    times = f"{ratio:,.0f} times" if ratio > 1 else f"a {1 / ratio:,.0f}th of"
    text = f"set.{column}: {new:,.10g}{shown} is {times} the {replaced:,.10g}{shown} it replaces in {event.table}."
    suggest = f"The column is in {meant if unit != SHARE else 'shares of 1'}: is it in {written}?" if written else ""
    return Finding("set-far-off", where, text, event.table, column, new, replaced, meant, suggest)


def _unit(table: str, column: str, rows: list[int], world: Network) -> str | None:
    """Unit of a column in some rows; None where there is none to mistake."""
    if (table, column) != ("limits", "value"):
        return UNITS.get(column)
    measures: set[Any] = {world.case.tables.rows(table)[row].measure for row in rows}
    return TONNES if measures <= {"volume", "spend"} else None


def _unread(event: Event, touched: Touched, world: Network, where: str) -> Iterator[Finding]:
    """Rows of those selected in which nothing reads the column that is changed."""
    table, places = world.case.tables.rows(event.table), world.case.places.get(event.table, ())
    for column, rows in touched.items():
        idle = {row: why for row in rows if (why := table[row].unread(column))}
        if idle and len(idle) < len(rows):
            told = ", ".join(f"{places[row]} ({why})" for row, why in idle.items() if row < len(places))
            text = f"{event.operation}.{column} changes nothing in {len(idle)} of {len(rows)} rows selected: {told}."
            yield Finding("event-on-unread-cells", where, text, event.table, column)


def _contracts(event: Event, touched: Touched, world: Network, where: str) -> Iterator[Finding]:
    """Contracts that run on though their seller offers less; of one that is stopped they do not."""
    usual = {"set": float("inf"), "scale": 1.0, "add": 0.0}.get(event.operation, 0.0)
    rows = touched.get("capacity", []) if event.table == "offers" else []
    stopped = event.operation in ("set", "scale") and event.changes.get("capacity") == 0
    if not rows or stopped or event.changes["capacity"] >= usual:
        return
    offers = {world.case.tables.offers[row].offer for row in rows}
    on = fullness(event, world.timelines) > 0
    runs = world.timelines.active("contracts")[:, on]
    signed = [
        row.contract
        for number, row in enumerate(world.case.tables.contracts)
        if row.offer in offers and runs[number].any()
    ]
    if signed:
        text = f"takes from what is offered on the spot only: {', '.join(signed)} runs on and can be taken in full."
        yield Finding("contract-runs-on", where, text, event.table, "capacity")


EVENT_FINDINGS: tuple[Callable[[Event, Touched, Network, str], Iterator[Finding]], ...] = (
    _outside,
    _idle,
    _far,
    _unread,
    _contracts,
)
"""Every finding of an event."""


def _rows(count: int, table: str) -> str:
    """So many rows of a table."""
    return f"{count} row{'s' * (count > 1)} of {table}"
