"""Cells of rows that reach the programme which nothing reads, as the case stands.

They are counted, not found fault with: a table may say more of a thing than the rules of one case ask.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.case.kinds import EARLIEST, SMALLEST
from optimizer.case.tables import TABLES
from optimizer.case.topics.limits import Limit
from optimizer.network.exposure import counts, in_scope
from optimizer.network.network import Network
from optimizer.network.ownership import Ownership
from optimizer.network.used_rows import rows_in_use
from optimizer.network.windows import row_on, spans
from optimizer.world.controls import technology_reach, through

Rows = Iterator[int]


@dataclass(frozen=True)
class UnreadCells:
    """Columns that nothing reads in some rows of a table.

    Parameters
    ----------
    table : str
    columns : tuple of str
    rows : frozenset of int
        Those in which nothing does, by their number.
    of : int
        Rows that say something in it.
    why : str
    """

    table: str
    columns: tuple[str, ...]
    rows: frozenset[int]
    of: int
    why: str

    @property
    def text(self) -> str:
        """All in one line."""
        named = ", ".join(self.columns)
        return f"{self.table}: nothing reads {named} in {len(self.rows)} of {self.of} rows, as {self.why}."


def unread_cells(network: Network) -> list[UnreadCells]:
    """Columns that nothing reads in some of the rows that reach the programme.

    Parameters
    ----------
    network : Network
        The case as its rules in force stand.
    """
    found = []
    for (table, columns), (find, why) in UNREAD.items():
        rows = network.case.tables.rows(table)
        unread = frozenset(find(network)) & rows_in_use(network.structure, table) if rows else frozenset()
        named = tuple(columns.split())
        usual = {
            name: some.default for name, some in TABLES[table].model_fields.items() if (some.alias or name) in named
        }
        said = {n for n, row in enumerate(rows) if any(getattr(row, name) != cell for name, cell in usual.items())}
        if unread & said:
            found.append(UnreadCells(table, named, frozenset(unread & said), len(said), why))
    return found


def _holders(network: Network) -> Rows:
    """Sites whose holder no approval could reach that has a say in what is shipped to a company that it holds."""
    tables, structure = network.case.tables, network.structure
    receivers: dict[str, set[str]] = defaultdict(set)
    for control, lanes in structure.governs.items():
        receivers[control] |= {lane.destination for lane in lanes}
    read: set[int] = set()
    held = {n: (row.parent, row.company) for n, row in enumerate(tables.sites) if row.parent_share > 0}
    for approval in tables.approvals:
        if approval.affiliates is None:
            continue
        counted = _linked({approval.customer}, held.values())
        reached = {row.company for row in tables.sites if row.site in receivers[approval.control]}
        reached = _linked(reached, ((company, parent) for parent, company in held.values()))
        read |= {n for n, (parent, company) in held.items() if parent in counted and company in reached}
    return (number for number in range(len(tables.sites)) if number not in read)


def _linked(some: set[str], links: Iterable[tuple[str, str]]) -> set[str]:
    """Some names, and those that links lead to from them."""
    found, pairs = set(some), set(links)
    while more := {to for one, to in pairs if one in found} - found:
        found |= more
    return found


def _declared(network: Network) -> Rows:
    """Declared origins that no content rule counts and no limit looks through to."""
    tables, by = network.case.tables, network.case.by
    rules = network.structure.exposures.rules.values()
    scopes = [row.scope for row in tables.limits if row.by != "supplier" and row.measure != "spend"]
    for number, row in enumerate(tables.origins):
        stage = by.materials[row.material].stage
        measured = any(some.stage == stage and row.material in (some.materials or (row.material,)) for some in scopes)
        counted = any(row.country in rule.origin and counts(rule, by.materials[row.material]) for rule in rules)
        if not measured and not counted:
            yield number


def _held(table: str) -> Callable[[Network], Rows]:
    """Opening stock or arrivals that no limit on use counts, nor a content rule otherwise than what is made there."""

    def find(network: Network) -> Rows:
        rows: tuple[Any, ...] = network.case.tables.rows(table)
        by, made_in = network.case.by, network.structure.exposures.made_in
        scopes = [account for account in network.structure.scopes.values() if account.row.by != "supplier"]
        for number, row in enumerate(rows):
            if any(account.inside.of(row.material) for account in scopes):
                continue
            material, there = by.materials[row.material], by.country[row.site]
            if row.origin is None or made_in(row.origin, material) == made_in(there, material):
                yield number

    return find


def _technology(network: Network) -> Rows:
    """Plants whose technology no control reaches: none that holds back capacity, and no rule that counts it."""
    tables, by = network.case.tables, network.case.by
    reached = {plant for plants in technology_reach(network.case).values() for plant in plants}
    rules = [row for row in network.structure.exposures.rules.values() if row.technology]
    for number, row in enumerate(tables.plants):
        lines = [line for line in tables.recipes if line.process == row.process and line.tonnes > 0]
        made = [by.materials[line.material] for line in lines]
        counted = any(row.technology_origin in rule.origin and in_scope(rule, some) for rule in rules for some in made)
        if number not in reached and not counted:
            yield number


def _uses_no_technology(network: Network) -> Rows:
    """Rules that count goods made with a technology that no plant uses."""
    used = {row.technology_origin for row in network.case.tables.plants}
    return (number for number, row in enumerate(network.case.tables.controls) if used.isdisjoint(row.origin))


def _by_inputs(network: Network) -> Rows:
    """End-use controls that say by their inputs what counts, and count no technology."""
    for number, row in enumerate(network.case.tables.controls):
        if row.kind == "end_use" and row.inputs and (not row.technology or number in set(_uses_no_technology(network))):
            yield number


def _never_in_force(network: Network) -> Rows:
    """Controls that are in force on no day of the horizon."""
    force = network.timelines.series("controls", "in_force")[:, int(network.calendar.offsets[0]) :]
    return (number for number, days in enumerate(force) if not days.any())


def _never_granted(network: Network) -> Rows:
    """Steps of the grants of controls that are in force on no day of the horizon."""
    off, number = set(_never_in_force(network)), network.case.by.control_numbers
    return (place for place, row in enumerate(network.case.tables.grants) if number[row.control] in off)


def _never_held(network: Network) -> Rows:
    """Holds of controls that are in force on no day of the horizon."""
    off, number = set(_never_in_force(network)), network.case.by.control_numbers
    return (place for place, row in enumerate(network.case.tables.holds) if number[row.control] in off)


def _no_upside(network: Network) -> Rows:
    """Contracts at a fixed price, and those of goods whose price is never above that from which it is shared."""
    tables, first = network.case.tables, int(network.calendar.offsets[0])
    offers = {row.offer: number for number, row in enumerate(tables.offers)}
    runs, prices = network.timelines.active("contracts"), network.timelines.series("offers", "price")
    for number, row in enumerate(tables.contracts):
        from_ = max(row.floor or 0.0, row.upside_from or 0.0)
        days = runs[number] & (np.arange(network.calendar.days) >= first)
        if row.floor is None or not (prices[offers[row.offer]][days] > from_).any():
            yield number


def _waits(table: str) -> Callable[[Network], Rows]:
    """Rows that nobody waits for in the horizon: as much passes on every day as without any wait."""

    def find(network: Network) -> Rows:
        first, timelines = int(network.calendar.offsets[0]), network.timelines
        controls, on = network.case.tables.controls, timelines.series("controls", "in_force") > 0.5
        if table == "approvals":
            on = timelines.active("approvals") & on[_controls_of_approvals(network)]
        share = timelines.series(table, "approval" if table == "controls" else "share")
        wait = timelines.series(table, "processing_days")
        late = (through(on, share, wait) != through(on, share, np.zeros_like(wait)))[:, first:].any(axis=1)
        for number in range(len(late)):
            held_back = table == "controls" and controls[number].kind == "technology" and on[number, first:].any()
            if not late[number] and not held_back:
                yield number

    return find


def _controls_of_approvals(network: Network) -> list[int]:
    """The row of each approval's control."""
    return [network.case.by.control_numbers[row.control] for row in network.case.tables.approvals]


def _never_approved(network: Network) -> Rows:
    """Approvals that hold on no day of the horizon on which their control is in force."""
    force = network.timelines.series("controls", "in_force")[_controls_of_approvals(network)] > 0.5
    on = (network.timelines.active("approvals") & force)[:, int(network.calendar.offsets[0]) :]
    return (number for number, days in enumerate(on) if not days.any())


def _hold_nobody(network: Network) -> Rows:
    """Approvals whose customer holds no company, whatever share is asked for."""
    ownership = Ownership(network.case.tables.sites)
    for number, row in enumerate(network.case.tables.approvals):
        any_share = row.model_copy(update={"affiliates": SMALLEST})
        if row.affiliates is None or ownership.reached(any_share, [any_share]) == {row.customer}:
            yield number


def _whatever(**dates: Any) -> Callable[[Network], Rows]:
    """Controls that would be in force on no day of the horizon also with other dates."""

    def find(network: Network) -> Rows:
        calendar = network.calendar
        for number, row in enumerate(network.case.tables.controls):
            other = row.model_copy(update=dates)
            begins = {calendar.start, other.effective, other.suspended_until or calendar.start}
            if not any(calendar.start <= day < calendar.end and other.applies_on(day) for day in begins):
                yield number

    return find


def _under_way(network: Network) -> Rows:
    """Projects that are done without any further decision."""
    return (number for number, row in enumerate(network.case.tables.projects) if row.unread("cost"))


def _no_later_window(network: Network) -> Rows:
    """Limits of which no window begins on or after the day from which they do not bind."""
    calendar, rows = network.calendar, network.case.tables.limits
    steps: dict[str, list[tuple[int, Limit]]] = defaultdict(list)
    for number, row in enumerate(rows):
        steps[row.limit].append((number, row.model_copy(update={"until": None})))
    for number, row in enumerate(rows):
        days = [calendar.bounds[periods[0]] for _, periods in spans(network.case, row.window)]
        ended = [row_on(steps[row.limit], day) for day in days if row.until is not None and day >= row.until]
        if number not in {found[0] for found in ended if found is not None}:
            yield number


UNREAD: dict[tuple[str, str], tuple[Callable[[Network], Rows], str]] = {
    ("sites", "parent parent_share"): (
        _holders,
        "no approval that reaches them, or whom they hold, counts who holds them",
    ),
    ("plants", "technology_origin"): (_technology, "no control reaches what is made or added with that technology"),
    ("origins", "offer material country tonnes"): (_declared, "no content rule and no limit counts them"),
    ("stocks", "origin"): (_held("stocks"), "no limit counts it, and to content rules it is as if made there"),
    ("arrivals", "origin"): (_held("arrivals"), "no limit counts it, and to content rules it is as if made there"),
    ("contracts", "upside upside_from"): (
        _no_upside,
        "their price is fixed, or that of the market never above",
    ),
    ("projects", "cost lead life from"): (_under_way, "they are under way and done of themselves"),
    ("limits", "until"): (_no_later_window, "no window of theirs begins on or after that day"),
    ("controls", "stages"): (_by_inputs, "what counts is said by their inputs"),
    ("controls", "technology"): (_uses_no_technology, "no plant uses such technology"),
    ("controls", "approval quota"): (
        _never_in_force,
        "they are in force on no day (an event may change that)",
    ),
    ("controls", "effective"): (
        _whatever(effective=EARLIEST),
        "they are suspended or have ended on every day",
    ),
    ("controls", "suspended_from suspended_until"): (
        _whatever(suspended_from=None, suspended_until=None),
        "they are in force on no day without that either",
    ),
    ("controls", "processing_days"): (_waits("controls"), "nobody waits then (an event may change that)"),
    ("grants", "days share"): (
        _never_granted,
        "their control is in force on no day (an event may change that)",
    ),
    ("holds", "days lasts"): (
        _never_held,
        "their control is in force on no day (an event may change that)",
    ),
    ("approvals", "affiliates"): (_hold_nobody, "whom they name holds no company"),
    ("approvals", "share covers"): (
        _never_approved,
        "their control is in force on no day on which they hold (an event may change that)",
    ),
    ("approvals", "processing_days"): (_waits("approvals"), "nobody waits then (an event may change that)"),
}
"""Columns, with what finds the rows in which nothing reads them, and why."""
