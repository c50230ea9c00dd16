"""What a scenario says without a fault and can hardly mean: values far from those replaced, events without effect."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from optimizer.case.calendar import add_months
from optimizer.case.events import Event
from optimizer.case.network import Network, Structure
from optimizer.case.scenario import Scenario, check_scenario, fullness
from optimizer.case.select import Selector
from optimizer.case.timeline import technology_reach
from optimizer.errors import Finding

MONEY, TONNES, SHARE, DAYS, MONTHS = "USD/t", "t", "share", "days", "months"
UNITS = {
    "price": MONEY,
    "floor": MONEY,
    "cost": MONEY,
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
    rows: dict[int, dict[str, list[int]]] = {}
    for change in check_scenario(scenario, world.case, selector):
        rows.setdefault(change.event, {}).setdefault(change.column, []).append(change.row)
    found: dict[tuple[str, str], Finding] = {}
    for number, event in enumerate(scenario.events, 1):
        where, touched = scenario.place(number), rows.get(number, {})
        if (outside := _outside(event, world)) is not None:
            found[where, "outside"] = Finding(OUTSIDE, where, outside, event.table, "from")
            continue
        chosen = sorted({row for some in touched.values() for row in some})
        if chosen and (idle := _idle(event, chosen, world)) is not None:
            found[where, "idle"] = Finding(IDLE, where, idle, event.table)
        if event.operation == "set":
            far = (_far(event, column, some, world, where) for column, some in touched.items())
            found |= {(where, some.column): some for some in far if some is not None}
    return list(found.values())


def changes_nothing(scenario: Scenario, findings: list[Finding]) -> Finding | None:
    """What is said of a scenario none of whose events has any effect; None where one has."""
    idle = {found.where: found for found in findings if found.code in (OUTSIDE, IDLE)}
    places = [scenario.place(number) for number in range(1, len(scenario.events) + 1)]
    if not all(place in idle for place in places):
        return None
    first = idle[places[0]]
    told = (
        f"its event {first.text}"
        if len(places) == 1
        else f"none of its {len(places)} events does; the first {first.text}"
    )
    return Finding(first.code, scenario.name, f"changes nothing in this case: {told}", first.table)


def _outside(event: Event, world: Network) -> str | None:
    """What is said of an event that begins after the horizon or is over before it."""
    calendar = world.calendar
    until = event.until and add_months(event.until, event.recovery.months if event.recovery else 0)
    if event.from_ >= calendar.end:
        return f"begins on {event.from_}, after the last day of the case ({calendar.end - dt.timedelta(1)})."
    if until is not None and until <= calendar.start:
        return f"is over on {until}, before the case begins ({calendar.start})."
    return None


def _idle(event: Event, chosen: list[int], world: Network) -> str | None:
    """What is said of an event on rows none of which a plan can use while it lasts."""
    usable = rows_in_use(world.structure, event.table)
    used = [row for row in chosen if row in usable]
    if not used:
        return f"selects {_rows(len(chosen), event.table)}, none of which a plan can use."
    if event.operation == "shift" or event.table == "controls":
        return None  # a control that is lifted or brought back has no days of its own
    first = int(world.calendar.offsets[0])
    on = (fullness(event, world.timelines) > 0)[first:]
    if on.any() and not world.timelines.active(event.table)[used][:, first:][:, on].any():
        return f"selects {_rows(len(used), event.table)}, none of which holds on the days of the event."
    return None


def _rows(count: int, table: str) -> str:
    """So many rows of a table."""
    return f"{count} row{'s' * (count > 1)} of {table}"


def rows_in_use(structure: Structure, table: str) -> set[int]:
    """Rows of a table that some plan can use, or that bind one.

    Parameters
    ----------
    structure : Structure
    table : str
        One that an event may change.

    Returns
    -------
    set of int
    """
    if table in KEYS:
        return set(structure.rows_into(*KEYS[table])[1].tolist())
    return set(USED[table](structure)) if table in USED else set(range(len(structure.case.tables[table])))


KEYS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "plants": ("plants", "plants", ("site", "process")),
    "offers": ("offers", "offers", ("offer",)),
    "contracts": ("contracts", "contracts", ("contract",)),
    "routes": ("routes", "routes", ("from_country", "to_country")),
    "stocks": ("stock_sites", "stocks", ("site", "material")),
}
"""Tables whose rows belong to entities of an index set: the set, the table, the fields that name the entity."""


def _substitutions(structure: Structure) -> Iterator[int]:
    pairs = {(str(product), str(material)) for _, product, _, material in structure.index["substitutes"]}
    for number, row in enumerate(structure.case.tables["substitutions"]):
        if (row.product, row.material) in pairs:
            yield number


def _projects(structure: Structure) -> Iterator[int]:
    known = {str(key[0]) for key in structure.index["projects"]}
    for number, row in enumerate(structure.case.tables["projects"]):
        if row.project in known and (row.kind == "expand" or structure.qualifies.get(row.project)):
            yield number


def _duties(structure: Structure) -> Iterator[int]:
    for number, row in enumerate(structure.case.tables["duties"]):
        if any(
            row.destination == to
            and row.origin in (origin, "*")
            and row.goods in (name, structure.materials[str(name)].stage)
            for origin, to, name in structure.index["dutied"]
        ):
            yield number


def _controls(structure: Structure) -> Iterator[int]:
    """Controls that govern a lane, a delivery or a plant."""
    governing = {str(key[0]) for key in structure.serves_under}
    governing |= {str(key[0]) for licences in structure.governs.values() for key in licences}
    reached = technology_reach(structure.case, structure.stage_of)
    for number, row in enumerate(structure.case.tables["controls"]):
        if row.control in governing or reached.get(number):
            yield number


def _approvals(structure: Structure) -> Iterator[int]:
    for _, rows in structure.applicants.rows.values():
        yield from rows


def _limits(structure: Structure) -> Iterator[int]:
    for window in structure.windows:
        yield window.number


def _availability(structure: Structure) -> Iterator[int]:
    for table, rows in structure.left_by.items():
        for number in rows_in_use(structure, table):
            yield int(rows[number])


USED: dict[str, Callable[[Structure], Iterator[int]]] = {
    "substitutions": _substitutions,
    "projects": _projects,
    "duties": _duties,
    "controls": _controls,
    "approvals": _approvals,
    "limits": _limits,
    "availability": _availability,
}
"""The other tables of which a plan may use only some rows."""


def _far(event: Event, column: str, rows: list[int], world: Network, where: str) -> Finding | None:
    """A value far from most of those that it replaces, of those above 0."""
    if column not in UNITS or not (new := event.changes[column]) > 0:
        return None
    unit = _unit(event.table, column, rows, world)
    if unit is None:
        return None
    on = fullness(event, world.timelines) > 0
    held = world.timelines.series(event.table, column)[rows][:, on]
    held = held[world.timelines.active(event.table)[rows][:, on] & (held > 0)]
    if not held.size:
        return None
    replaced = float(held[np.argsort(np.abs(np.log(held / new)))[held.size // 2]])
    ratio = new / replaced
    if max(ratio, 1 / ratio) < FAR[unit]:
        return None
    low, high, meant, small, large = SLIPS[unit]
    written = (large if ratio > 1 else small) if low <= max(ratio, 1 / ratio) <= high else ""
    if unit == SHARE and ratio < 1:
        return None
    shown = "" if unit == SHARE else f" {meant}"
    times = f"{ratio:,.0f} times" if ratio > 1 else f"a {1 / ratio:,.0f}th of"
    text = f"set.{column}: {new:,.10g}{shown} is {times} the {replaced:,.10g}{shown} it replaces in {event.table}."
    suggest = f"The column is in {meant if unit != SHARE else 'shares of 1'}: is it in {written}?" if written else ""
    return Finding("set-far-off", where, text, event.table, column, new, replaced, meant, suggest)


def _unit(table: str, column: str, rows: list[int], world: Network) -> str | None:
    """Unit of a column in some rows; None where none is known."""
    if (table, column) != ("limits", "value"):
        return UNITS[column]
    measures: set[Any] = {world.case.tables[table][row].measure for row in rows}
    return TONNES if measures <= {"volume", "spend"} else None
