"""Windows of the policy limits, and whose tonnes count in each."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from optimizer.case.case import Case
from optimizer.case.kinds import EVERYBODY as EVERYBODY
from optimizer.case.kinds import NOBODY as NOBODY
from optimizer.case.topics.limits import Limit, Scope
from optimizer.network.account import FIELD
from optimizer.network.limit_keys import LimitWindow
from optimizer.network.sets import Index, Key, ProjectKey

Flow = tuple[str, Key, float, str, str, str]
"""Variable, its key without period, tonnes per tonne, supplier, country and owner."""
GRID = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Shares at which a square has a tangent from the start."""
SLOTS = 24
"""Tangents a square may have in all; those not used yet lie on zero."""


@dataclass(frozen=True, eq=False)
class Window:
    """One limit in one window.

    Parameters
    ----------
    limit, member, label : str
        The limit, the member it binds here, and the window's name (a period's label, a year or ``horizon``).
    periods : tuple of int
        Periods it sums over.
    row : Limit
        The table row in force when the window begins.
    number : int
        Place of that row in its table.
    counted : tuple of (str, tuple, float, bool)
        Variable (`run`, `buy` or `take`; of spend also `unpaid`, `reserve`, `make_up`, `refunded` or `start`), its
        key without period, tonnes counted per tonne, and whether the tonnes or the money are the member's.
    """

    limit: str
    member: str
    label: str
    periods: tuple[int, ...]
    row: Limit
    number: int
    counted: tuple[tuple[str, Key, float, bool], ...]

    @property
    def key(self) -> LimitWindow:
        """Limit, member and window."""
        return LimitWindow(self.limit, self.member, self.label)

    @property
    def is_square(self) -> bool:
        """Whether it is one member's part of a sum of squared shares."""
        return self.row.measure == "hhi" and self.member != EVERYBODY


def spans(case: Case, window: str) -> list[tuple[str, tuple[int, ...]]]:
    """Names and periods of the windows of one kind; a year gathers the periods that begin in it.

    Parameters
    ----------
    case : Case
    window : str
        `period`, `year` or `horizon`.
    """
    calendar = case.calendar
    if window == "horizon":
        return [("horizon", tuple(calendar.periods))]
    if window == "period":
        return [(calendar.label(period), (period,)) for period in calendar.periods]
    years: dict[str, list[int]] = defaultdict(list)
    for period in calendar.periods:
        years[str(calendar.bounds[period].year)].append(period)
    return [(year, tuple(periods)) for year, periods in years.items()]


def row_on(rows: Iterable[tuple[int, Limit]], day: dt.date) -> tuple[int, Limit] | None:
    """Of the numbered rows of a limit the last that has begun by a day; None once that has ended, or before the first.

    Where a row has ended, the one before it does not come back.

    Parameters
    ----------
    rows : iterable of (int, Limit)
        In any order.
    day : date
    """
    begun = [(number, row) for number, row in rows if row.from_ <= day]
    last = max(begun, key=lambda item: item[1].from_, default=None)
    return None if last is None or (last[1].until is not None and last[1].until <= day) else last


def rows_in_force(case: Case) -> dict[tuple[str, str], tuple[int, Limit, tuple[int, ...]]]:
    """Every limit in every window in which it binds: place and row in the table of limits, and the window's periods.

    Keys are the limit and the window's name; a window goes by the row in force when it begins, see `row_on`.
    """
    steps: dict[str, list[tuple[int, Limit]]] = defaultdict(list)
    for number, row in enumerate(case.tables.limits):
        steps[row.limit].append((number, row))
    found = {}
    for limit, rows in steps.items():
        for name, periods in spans(case, rows[0][1].window):
            first = case.calendar.bounds[periods[0]]
            if live := row_on(rows, first):
                found[limit, name] = *live, periods
    return found


def stage_flows(case: Case, index: Index, scope: Scope) -> list[Flow]:
    """What counts in a scope, such as a limit's: variable, key, tonnes per tonne, supplier, country, owner.

    Made there, bought there, or embedded in something bought further down; embedded tonnes have a country only. Of
    spend, what is paid without a tonne counts too: what is not taken, what is reserved, and projects.

    Parameters
    ----------
    case : Case
    index : Index
    scope : Scope
        Of money spent, embedded tonnes are no part.

    Returns
    -------
    list of tuple
    """
    by, sites = case.by, case.by.sites
    counted = counted_in(case, scope)
    flows: list[Flow] = []
    for run in index["runs"]:
        made = sum(tonnes for material, tonnes in by.recipes[run.recipe].items() if tonnes > 0 and material in counted)
        if made:
            where = sites[run.site]
            flows.append(("run", run, made, where.site, where.country, where.owner))
    declared: dict[str, list[tuple[float, str, str, str]]] = defaultdict(list)
    for offer in case.tables.offers:
        if offer.material in counted:
            where = sites[offer.site]
            declared[offer.offer].append((1.0, where.site, where.country, where.owner))
    for origin in case.tables.origins:
        if origin.material in counted and scope.measure != "spend":
            declared[origin.offer].append((origin.tonnes, "", origin.country, origin.country))
    sold: list[tuple[str, Key, str]] = [("buy", key, key.offer) for key in index["offers"]]
    under = {"take": index["contracts"]}
    if scope.measure == "spend":
        under |= {"unpaid": index["contracts"], "reserve": index["contracts"]}
        under |= {"make_up": index["carrying"], "refunded": index["refunding"]}
    sold += [(name, key, by.offer_of[key.contract].offer) for name, keys in under.items() for key in keys]
    flows += _paid_once(case, index, counted) if scope.measure == "spend" else ()
    for variable, key, offer_name in sold:
        flows += [(variable, key, *parts) for parts in declared[offer_name]]
    return flows


def counted_in(case: Case, scope: Scope) -> frozenset[str]:
    """Materials that count in a scope.

    Parameters
    ----------
    case : Case
    scope : Scope
    """
    counted = {name for name, material in case.by.materials.items() if material.stage == scope.stage}
    return frozenset(counted & set(scope.materials) if scope.materials else counted)


def members_in(case: Case, row: Limit, member: str) -> set[str]:
    """Suppliers, countries or owners that a limit's member is made of: those of a group, or itself.

    Parameters
    ----------
    case : Case
    row : Limit
    member : str
        One that it binds.
    """
    return {member} if row.member == "each" else set(case.file.countries_of(member))


def _paid_once(case: Case, index: Index, counted: frozenset[str]) -> list[Flow]:
    """Projects whose money goes to who gives what is counted: the plant enlarged, or the site qualified."""
    by, sites = case.by, case.by.sites
    made = {
        by.process_of[recipe]
        for recipe, lines in by.recipes.items()
        if any(tonnes > 0 and material in counted for material, tonnes in lines.items())
    }
    gives = {row.site for row in case.tables.plants if row.process in made}
    gives |= {row.site for row in case.tables.offers if row.material in counted}
    known = set(index["projects"])
    return [
        ("start", key, 1.0, row.site, sites[row.site].country, sites[row.site].owner)
        for row in case.tables.projects
        if (key := ProjectKey(row.project)) in known
        and row.done_from is None
        and (row.process in made if row.kind == "expand" else row.site in gives)
    ]


def limit_windows(case: Case, index: Index) -> list[Window]:
    """Every limit in every window and for every member it binds.

    Parameters
    ----------
    case : Case
        The case.
    index : Index
        Index sets of the network.

    Returns
    -------
    list of Window
        In the order of the table; a member without any flow at the stage is left out.
    """
    found: list[Window] = []
    for (limit, name), (number, row, periods) in rows_in_force(case).items():
        flows = stage_flows(case, index, row.scope)
        of = 3 + FIELD[row.by]
        exempt = set(case.file.groups.get(row.exempt, ()))
        everyone = sorted(({str(flow[of]) for flow in flows} | _held_by(case, index, row)) - exempt - {""})
        members = [(m, members_in(case, row, m)) for m in (everyone if row.member == "each" else [row.member])]
        if row.measure == "hhi":
            members.append((EVERYBODY, set(everyone)))
        for member, names in members:
            counted = tuple(
                (variable, key, tonnes, str(flow[of - 3]) in names) for variable, key, tonnes, *flow in flows
            )
            found.append(Window(limit, member, name, periods, row, number, counted))
    return found


def _held_by(case: Case, index: Index, row: Limit) -> set[str]:
    """Countries, or owners, whose goods are there when the horizon begins, or arrive without being bought."""
    if row.by == "supplier" or not row.counts_use:
        return set()
    counted, there = counted_in(case, row.scope), {material for _, material, _ in index["balances"]}
    held = [
        (some.material, some.origin or case.by.country[some.site]) for some in case.tables.stocks if some.opening > 0
    ]
    held += [(some.material, some.origin) for some in case.tables.arrivals]
    return {country for material, country in held if material in counted & there}
