"""Cells of rows that reach the programme which nothing reads, as the case stands.

They are counted, not found fault with: a table may say more of a thing than the rules of one case ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from optimizer.network.exposure import counts, in_scope
from optimizer.network.network import Network
from optimizer.network.used_rows import rows_in_use
from optimizer.world.timeline import technology_reach

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
        said = {number for number, row in enumerate(rows) if any(getattr(row, column) for column in named)}
        if unread & said:
            found.append(UnreadCells(table, named, frozenset(unread & said), len(said), why))
    return found


def _holders(network: Network) -> Rows:
    """Sites whose holder no approval could reach: none counts affiliates of it or of those who hold it."""
    tables = network.case.tables
    counted = {row.customer for row in tables.approvals if row.affiliates is not None}
    while more := {row.company for row in tables.sites if row.parent in counted and row.company not in counted}:
        counted |= more
    return (number for number, row in enumerate(tables.sites) if row.parent not in counted)


def _counted(network: Network, material: str) -> bool:
    """Whether some content rule counts a material by where it was made."""
    rules = network.structure.exposures.rules.values()
    return any(counts(rule, network.case.by.materials[material]) for rule in rules)


def _declared(network: Network) -> Rows:
    """Declared origins that no content rule counts and no limit looks through to."""
    tables, by = network.case.tables, network.case.by
    scopes = [row.scope for row in tables.limits if row.by != "supplier" and row.measure != "spend"]
    for number, row in enumerate(tables.origins):
        stage = by.materials[row.material].stage
        measured = any(some.stage == stage and row.material in (some.materials or (row.material,)) for some in scopes)
        if not measured and not _counted(network, row.material):
            yield number


def _held(table: str) -> Callable[[Network], Rows]:
    """Opening stock or arrivals of goods that no content rule counts."""

    def find(network: Network) -> Rows:
        rows: tuple[Any, ...] = network.case.tables.rows(table)
        return (number for number, row in enumerate(rows) if not _counted(network, row.material))

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


def _waits(table: str) -> Callable[[Network], Rows]:
    """Rows that nobody waits for in the horizon: they do not hold, or what they let through is under way by then."""

    def find(network: Network) -> Rows:
        first = int(network.calendar.offsets[0])
        tables, force = network.case.tables, network.timelines.series("controls", "in_force") > 0.5
        on = force
        if table == "approvals":
            numbers = [network.case.by.control_numbers[row.control] for row in tables.approvals]
            on = network.timelines.active("approvals") & force[numbers]
        for number, (row, days) in enumerate(zip(tables.rows(table), on, strict=True)):
            technology = table == "controls" and row.kind == "technology"
            begins = (days[1:] & ~days[:-1]).nonzero()[0] + 1
            runs = {*map(int, begins), *([0] if days[0] else [])}
            if not days[first:].any() or (not technology and all(day + row.processing_days <= first for day in runs)):
                yield number

    return find


UNREAD: dict[tuple[str, str], tuple[Callable[[Network], Rows], str]] = {
    ("sites", "parent parent_share"): (_holders, "no approval counts what is held by those who hold it"),
    ("plants", "technology_origin"): (_technology, "no control reaches what is made or added with that technology"),
    ("origins", "offer material country tonnes"): (_declared, "no content rule and no limit counts it"),
    ("stocks", "origin"): (_held("stocks"), "no content rule counts what it holds by where that was made"),
    ("arrivals", "origin"): (_held("arrivals"), "no content rule counts what arrives by where that was made"),
    ("controls", "processing_days"): (_waits("controls"), "nobody waits then (an event may bring one into force)"),
    ("approvals", "processing_days"): (_waits("approvals"), "nobody waits then (an event may bring one into force)"),
}
"""Columns, with what finds the rows in which nothing reads them, and why."""
