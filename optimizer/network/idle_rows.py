"""Rows of a case that reach nothing: they do nothing, whatever their figures are, and no plan would tell."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from optimizer.case.case import Case
from optimizer.case.topics.projects import Project
from optimizer.faults import Fault, Finding
from optimizer.network.network import Network
from optimizer.network.structure import Structure
from optimizer.network.today import spoken_of, way_faults
from optimizer.network.used_rows import rows_in_use
from optimizer.network.windows import rows_in_force

IDLE_ROW = "row-without-effect"
INHERITED = ("data/", "packs/")
"""Where rows come from that a case shares with others, which need not reach anything in each."""


def own(place: str) -> bool:
    """Whether a row is a case's own."""
    return not place.startswith(INHERITED)


@dataclass(frozen=True)
class IdleRow:
    """A row that reaches nothing on any day of the horizon.

    Parameters
    ----------
    table : str
    place : str
        File and row.
    why : str
    """

    table: str
    place: str
    why: str

    @property
    def finding(self) -> Finding:
        """What is said of it where it is the case's own."""
        return Finding(IDLE_ROW, self.place, f"has no effect on any plan: {self.why}.", self.table)


def idle_rows(network: Network) -> list[IdleRow]:
    """Rows of a case that reach nothing on any day of the horizon, its own and the shared ones, by table.

    Parameters
    ----------
    network : Network
        The case as its rules in force stand.

    Returns
    -------
    list of IdleRow
    """
    first = int(network.calendar.offsets[0])
    found = []
    for table, rows in network.case.tables.items():
        used, places = rows_in_use(network.structure, table), network.case.where(table)
        dated = table not in UNDATED and rows and "from_" in type(rows[0]).model_fields
        active = network.timelines.active(table)
        for number, row in enumerate(rows):
            if number not in used:
                found.append(IdleRow(table, places[number], IDLE[table]))
            elif dated and not active[number][first:].any():
                found.append(IdleRow(table, places[number], _outside(getattr(row, "from_", None), network)))
            elif table == "projects" and (opens := _opens(row, network)) >= network.calendar.end:
                why = f"it opens on {opens} at the earliest, after the last day of the case"
                found.append(IdleRow(table, places[number], why))
    return found


def shared_rows(case: Case, idle: Iterable[IdleRow]) -> dict[str, tuple[int, int]]:
    """Of the shared rows of each table those that reach nothing in a case, and how many there are.

    Parameters
    ----------
    case : Case
    idle : iterable of IdleRow
        As `idle_rows` finds them.

    Returns
    -------
    dict of str to (int, int)
        Only tables with any that reach nothing.
    """
    counts = Counter(row.table for row in idle if not own(row.place))
    return {table: (count, sum(not own(place) for place in case.where(table))) for table, count in counts.items()}


def _opens(row: Project, network: Network) -> dt.date:
    """The first day on which a project can be open, whatever else holds it back."""
    calendar = network.calendar
    if row.done_from is not None:
        return row.done_from
    begun = calendar.day(max(calendar.start, row.from_ or calendar.start))
    return calendar.start + dt.timedelta(days=int(calendar.later(begun, row.lead) - calendar.offsets[0]))


def _outside(day: dt.date | None, network: Network) -> str:
    """Why a row holds on no day of the horizon."""
    calendar = network.calendar
    if day is not None and day >= calendar.end:
        return f"it begins on {day}, after the last day of the case ({calendar.end - dt.timedelta(1)})"
    return f"it has ended, or a later row replaces it, before the case begins ({calendar.start})"


def row_faults(structure: Structure) -> list[Fault]:
    """Rows that could reach nothing whatever their figures were, and what they would need.

    Parameters
    ----------
    structure : Structure

    Returns
    -------
    list of Fault
    """
    case = structure.case
    if case.file.frozen_until is not None:
        spoken = spoken_of(case, structure.place, structure.index["lanes"])
        if faults := way_faults(case, structure.place, spoken):
            return faults
    bound = {limit for limit, _ in rows_in_force(case)}
    found, said = [], set()
    for row, place in zip(case.tables.limits, case.where("limits"), strict=True):
        if row.limit in bound or row.limit in said or not own(place):
            continue
        said.add(row.limit)
        begins = min(some.from_ for some in case.tables.limits if some.limit == row.limit)
        what = f"from: no {row.window} that {row.limit} could bind begins on or after {begins}"
        if begins < case.calendar.end:
            what += f"; the last begins on {_last_window(structure, row.window)}"
        found.append(Fault(place, what, code="selects-nothing", table="limits", column="from", found=begins))
    return found


def _last_window(structure: Structure, window: str) -> dt.date:
    """The first day of the last window of a kind."""
    bounds = structure.calendar.bounds[:-1]
    if window == "horizon":
        return bounds[0]
    return bounds[-1] if window == "period" else min(day for day in bounds if day.year == bounds[-1].year)


UNDATED = ("controls", "limits", "projects", "trade", "price_indices")
"""Tables whose dates say something else than on which days a row holds, or that events may bring into force. (Prices
may go back to what indices were before the first day.)"""
IDLE: dict[str, str] = {
    "materials": "no plan can have it anywhere, and nobody wants it",
    "sites": "nothing that a plan can use is made, sold, stored or wanted there",
    "recipes": "no plant can run it for anything that is wanted",
    "plants": "nothing that it makes can reach anybody who wants it, or what it needs cannot reach it",
    "offers": "what it sells cannot reach anybody who wants it",
    "origins": "what it is in cannot be bought",
    "contracts": "what it reserves cannot reach anybody who wants it",
    "sales": "the material cannot be there",
    "today": "no plan can ship the material from there to the site",
    "routes": "nothing that a plan can use goes this way",
    "duties": "nothing that a plan can use pays it",
    "export_charges": "nothing that a plan can use pays it",
    "substitutions": "the substitute cannot reach anybody who wants the product",
    "stocks": "nothing leads out of it to anybody who wants it, and nothing uses it there",
    "arrivals": "nothing leads from there to anybody who wants it, and nothing uses it there",
    "projects": "a plan can use nothing that it would open (a pool has no seller that it could hold back)",
    "controls": "it governs nothing that a plan can ship, deliver or enlarge",
    "approvals": "it reaches nothing that its control governs",
    "trade": "nothing that a plan can ship is counted in it",
    "holds": "nothing that a plan can ship there waits for it",
    "grants": "nothing that a plan can ship or deliver is granted by it",
    "limits": "it binds no window, or nobody in any",
    "availability": "it is of nothing that a plan can use",
    "price_formulas": "no price that a plan can pay goes by it",
    "price_indices": "no price that a plan can pay goes by what it says on its days",
}
"""Why a row of a table may reach nothing."""
