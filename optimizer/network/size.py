"""What a case will need, worked out from its tables before any of it is built, and refused where it cannot fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from optimizer.case.case import Case
from optimizer.case.tables import TABLES
from optimizer.errors import CaseError
from optimizer.faults import Fault
from optimizer.network.memory import available, shown

if TYPE_CHECKING:
    from optimizer.world.scenario import Scenario

DAY_BYTES = 25
"""Bytes a row takes on each day while its numbers are worked out: two series and the days on which it holds."""
LANE_BYTES = 1_000
"""Bytes a lane takes in the index sets and maps of a structure."""
COLUMN_BYTES = 4_000
"""Bytes a row or column of the programme takes: Pyomo's, the arrays', a worker's and the solver's."""


def refuse(case: Case, what: str, need: float) -> None:
    """Refuse a case that needs more memory than there is.

    Parameters
    ----------
    case : Case
    what : str
        What needs it.
    need : float
        Bytes.

    Raises
    ------
    CaseError
    """
    free = available()
    if free is not None and need > free:
        text = f"too large for this machine: {what} need about {shown(need)} of memory, and {shown(free)} are free"
        raise CaseError([Fault(case.name, text, code="too-large")])


def check_days(case: Case) -> None:
    """Refuse tables that would not fit by the day.

    Raises
    ------
    CaseError
    """
    name, rows = max(case.tables.items(), key=lambda item: len(item[1]))
    days = case.calendar.days
    need = DAY_BYTES * days * len(rows) + days * sum(len(rows) for _, rows in case.tables.items())
    refuse(case, f"{len(rows):,} rows of {name} on each of {days:,} days", need)


def check_events(case: Case, scenarios: Iterable[Scenario]) -> None:
    """Refuse scenarios whose changed columns would not fit by the day.

    Parameters
    ----------
    case : Case
    scenarios : iterable of Scenario

    Raises
    ------
    CaseError
    """
    events = [(some.name, event) for some in scenarios for event in some.events]
    changed = {(name, event.table, column) for name, event in events for column in event.changes}
    rows = sum(len(case.tables.rows(table)) for _, table, _ in changed if table in TABLES)
    refuse(case, f"the scenarios' numbers of each of {case.calendar.days:,} days", 8.0 * rows * case.calendar.days)


def check_lanes(
    case: Case,
    makes: Iterable[tuple[str, str]],
    uses: Iterable[tuple[str, str]],
    land: Mapping[str, str],
) -> None:
    """Refuse more lanes than fit, counted country by country before there is one.

    Parameters
    ----------
    case : Case
    makes, uses : iterable of (place, material)
    land : mapping of str to str
        Country of each place.

    Raises
    ------
    CaseError
    """
    users: dict[str, Counter[str]] = {}
    for place, material in uses:
        users.setdefault(material, Counter())[land[place]] += 1
    lanes = 0
    for (origin, material), count in Counter((land[place], material) for place, material in makes).items():
        stage, there = case.by.materials[material].stage, users.get(material, Counter[str]())
        lanes += count * sum(n * len(case.by.modes.get((origin, to, stage), ())) for to, n in there.items())
    columns = lanes * len(case.calendar.periods)
    refuse(
        case,
        f"{lanes:,} lanes between makers and users in {len(case.calendar.periods)} periods",
        lanes * LANE_BYTES + columns * COLUMN_BYTES,
    )
