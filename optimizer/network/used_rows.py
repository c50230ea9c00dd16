"""Rows of a case that reach the programme: some plan can use them, or they bind one, on a day of the horizon.

A row that reaches nothing does nothing, whatever its figures are; nobody would know it from the plan.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from optimizer.case.case import Case
from optimizer.case.topics.projects import Project
from optimizer.faults import Fault, Finding
from optimizer.network.limit_keys import LimitMember
from optimizer.network.network import Network
from optimizer.network.sets import Balance
from optimizer.network.structure import Structure
from optimizer.network.windows import rows_in_force
from optimizer.world.controls import technology_reach
from optimizer.world.dated import rows_that_count

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
    return set(USED[table](structure)) if table in USED else set(range(len(structure.case.tables.rows(table))))


KEYS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "plants": ("plants", "plants", ("site", "process")),
    "offers": ("offers", "offers", ("offer",)),
    "contracts": ("contracts", "contracts", ("contract",)),
    "sales": ("sales", "sales", ("material", "place", "buyer")),
}
"""Tables whose rows belong to entities of an index set: the set, the table, the fields that name the entity."""


def _substitutions(structure: Structure) -> Iterator[int]:
    pairs = {(product, material) for _, product, _, material in structure.index["substitutes"]}
    for number, row in enumerate(structure.case.tables.substitutions):
        if (row.product, row.material) in pairs:
            yield number


def _projects(structure: Structure) -> Iterator[int]:
    known = {key.project for key in structure.index["projects"]}
    for number, row in enumerate(structure.case.tables.projects):
        if row.project in known and (row.kind == "expand" or structure.qualifies.get(row.project)):
            yield number


def _materials(structure: Structure) -> Iterator[int]:
    """Materials that can be somewhere, are wanted, or are declared to be in something that can be bought."""
    known = {key.material for key in structure.index["balances"]} | {key.product for key in structure.index["demands"]}
    sold = {key.offer for key in structure.index["offers"]}
    known |= {row.material for row in structure.case.tables.origins if row.offer in sold}
    for number, row in enumerate(structure.case.tables.materials):
        if row.material in known:
            yield number


def _sites(structure: Structure) -> Iterator[int]:
    """Sites where something is made, sold, stored or wanted, and those that say who holds a company in a chain."""
    index, by = structure.index, structure.by
    there = {key.site for name in ("plants", "demands", "stock_sites") for key in index[name]}
    there |= {by.offers[key.offer].site for key in index["offers"]} | {key.place for key in index["balances"]}
    there |= {structure.case.tables.arrivals[number].site for number in _arrivals(structure)}
    rows = structure.case.tables.sites
    chain = {row.company for row in rows if row.site in there} | {row.parent for row in rows}
    for number, row in enumerate(rows):
        if row.site in there or (row.parent and row.company in chain):
            yield number


def _recipes(structure: Structure) -> Iterator[int]:
    run = {key.recipe for key in structure.index["runs"]}
    for number, row in enumerate(structure.case.tables.recipes):
        if row.recipe in run:
            yield number


def _origins(structure: Structure) -> Iterator[int]:
    sold = {key.offer for key in structure.index["offers"]}
    for number, row in enumerate(structure.case.tables.origins):
        if row.offer in sold:
            yield number


def _export_charges(structure: Structure) -> Iterator[int]:
    for number, row in enumerate(structure.case.tables.export_charges):
        if any(
            row.origin == country and row.goods in (name, structure.by.materials[name].stage)
            for country, name in structure.index["charged"]
        ):
            yield number


def _leaves(structure: Structure) -> set[tuple[str, str]]:
    """Places and materials that goods leave: for another place, for a demand, or into a plant."""
    found = {(lane.origin, lane.material) for lane in structure.index["lanes"]}
    found |= {(structure.place[serve.site, serve.material], serve.material) for serve in structure.index["serves"]}
    found |= {(key.at, key.material) for key in structure.index["sold"]}
    return found | {
        (structure.place[run.site, material], material)
        for run in structure.index["runs"]
        for material, tonnes in structure.by.recipes[run.recipe].items()
        if tonnes < 0
    }


def _stocks(structure: Structure) -> Iterator[int]:
    """Stock that goods leave, or that there should be some of."""
    known, leaves = set(structure.index["stock_sites"]), _leaves(structure)
    for number, row in enumerate(structure.case.tables.stocks):
        wanted = row.cover or row.reserve or row.terminal
        place = structure.place[row.site, row.material]
        if (row.site, row.material) in known and (wanted or (place, row.material) in leaves):
            yield number


def _arrivals(structure: Structure) -> Iterator[int]:
    there, leaves = set(structure.index["balances"]), _leaves(structure)
    leaves |= {(structure.place[key.site, key.material], key.material) for key in structure.index["stock_sites"]}
    for number, row in enumerate(structure.case.tables.arrivals):
        at = Balance(*structure.opening[row.site, row.material, row.origin, row.on])
        if at in there and (at.place, at.material) in leaves:
            yield number


def _duties(structure: Structure) -> Iterator[int]:
    for number, row in enumerate(structure.case.tables.duties):
        if any(
            row.destination == to
            and row.origin in (origin, "*")
            and row.goods in (name, structure.by.materials[name].stage)
            for origin, to, name in structure.index["dutied"]
        ):
            yield number


def _controls(structure: Structure) -> Iterator[int]:
    """Controls that govern a lane, a delivery or a plant, and notes, which are listed for their dates only."""
    governing = {control for control, *_ in structure.serves_under}
    governing |= structure.governs.keys()
    reached = technology_reach(structure.case)
    for number, row in enumerate(structure.case.tables.controls):
        if row.kind == "note" or row.control in governing or reached.get(number):
            yield number


def _approvals(structure: Structure) -> Iterator[int]:
    for _, rows in structure.licensing.approvals.values():
        yield from rows


def _trade(structure: Structure) -> Iterator[int]:
    yield from structure.licensing.stated.values()


def _grants(structure: Structure) -> Iterator[int]:
    """Steps of controls and approvals that govern something, of a destination that something goes to."""
    tables = structure.case.tables
    approving = {tables.approvals[number].approval for number in _approvals(structure)}
    governing = {tables.controls[number].control for number in _controls(structure)}
    lands = {(key.control, country) for key, country in structure.licensing.country.items()}
    for number, row in enumerate(tables.grants):
        reached = row.approval in approving if row.approval else row.control in governing
        if reached and (row.destination is None or (row.control, row.destination) in lands):
            yield number


def _holds(structure: Structure) -> Iterator[int]:
    for rows in structure.held.values():
        yield from rows


def _routes(structure: Structure) -> Iterator[int]:
    yield from structure.route_rows.tolist()


def _limits(structure: Structure) -> Iterator[int]:
    """Limits that bind a window, and somebody in it; what must be reached binds also where nobody can."""
    for window in structure.windows:
        given = any(is_member for *_, is_member in window.counted)
        account = structure.accounts.get(LimitMember(*window.key[:2]))
        if window.row.sense == "at_least" or given or (account is not None and account.of_member):
            yield from rows_that_count(structure.case, window.number, window.periods)


def _availability(structure: Structure) -> Iterator[int]:
    for table, rows in structure.left_by.items():
        for number in rows_in_use(structure, table):
            yield int(rows[number])


USED: dict[str, Callable[[Structure], Iterator[int]]] = {
    "materials": _materials,
    "sites": _sites,
    "recipes": _recipes,
    "origins": _origins,
    "export_charges": _export_charges,
    "stocks": _stocks,
    "arrivals": _arrivals,
    "substitutions": _substitutions,
    "projects": _projects,
    "duties": _duties,
    "controls": _controls,
    "approvals": _approvals,
    "trade": _trade,
    "grants": _grants,
    "holds": _holds,
    "routes": _routes,
    "limits": _limits,
    "availability": _availability,
}
"""The other tables of which a plan may use only some rows."""
UNDATED = ("controls", "limits", "projects", "trade")
"""Tables whose dates say something else than on which days a row holds, or that events may bring into force."""
IDLE: dict[str, str] = {
    "materials": "no plan can have it anywhere, and nobody wants it",
    "sites": "nothing that a plan can use is made, sold, stored or wanted there",
    "recipes": "no plant can run it for anything that is wanted",
    "plants": "nothing that it makes can reach anybody who wants it, or what it needs cannot reach it",
    "offers": "what it sells cannot reach anybody who wants it",
    "origins": "what it is in cannot be bought",
    "contracts": "what it reserves cannot reach anybody who wants it",
    "sales": "the material cannot be there",
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
    "grants": "its control or approval governs nothing that a plan can ship or deliver there",
    "limits": "it binds no window, or nobody in any",
    "availability": "it is of nothing that a plan can use",
}
"""Why a row of a table may reach nothing."""
