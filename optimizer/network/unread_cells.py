"""Cells of rows that reach the programme which nothing reads, as the case stands.

They are counted, not found fault with: a table may say more of a thing than the rules of one case ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.case.tables import TABLES
from optimizer.network.exposure import counts, in_scope
from optimizer.network.network import Network
from optimizer.network.used_rows import rows_in_use
from optimizer.world.controls import technology_reach

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
        usual = {column: TABLES[table].model_fields[column].default for column in named}
        said = {n for n, row in enumerate(rows) if any(getattr(row, column) != usual[column] for column in named)}
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
    """Opening stock or arrivals that no content rule counts otherwise than what is made where they are."""

    def find(network: Network) -> Rows:
        rows: tuple[Any, ...] = network.case.tables.rows(table)
        by, made_in = network.case.by, network.structure.exposures.made_in
        for number, row in enumerate(rows):
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


def _never_in_force(network: Network) -> Rows:
    """Controls that are in force on no day of the horizon."""
    force = network.timelines.series("controls", "in_force")[:, int(network.calendar.offsets[0]) :]
    return (number for number, days in enumerate(force) if not days.any())


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
    ("origins", "offer material country tonnes"): (_declared, "no content rule and no limit counts them"),
    ("stocks", "origin"): (_held("stocks"), "to content rules it is as if made there"),
    ("arrivals", "origin"): (_held("arrivals"), "to content rules it is as if made there"),
    ("contracts", "upside upside_from"): (
        _no_upside,
        "their price is fixed, or that of the market never above",
    ),
    ("controls", "technology"): (_uses_no_technology, "no plant uses such technology"),
    ("controls", "approval quota"): (
        _never_in_force,
        "they are in force on no day (an event may change that)",
    ),
    ("controls", "processing_days"): (_waits("controls"), "nobody waits then (an event may change that)"),
    ("approvals", "processing_days"): (_waits("approvals"), "nobody waits then (an event may change that)"),
}
"""Columns, with what finds the rows in which nothing reads them, and why."""
