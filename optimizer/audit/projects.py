"""Audit of projects: what they open, and when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from optimizer.audit.books import Books, at_most
from optimizer.audit.days import in_months
from optimizer.audit.rules import Rules
from optimizer.faults import Fault


def opened(books: Books, rules: Rules) -> dict[Any, float]:
    """Tonnes that projects open, by project and period."""
    lead = books.average("projects", "lead")
    number = {row.project: n for n, row in enumerate(books.rows.projects)}
    opens: dict[Any, float] = defaultdict(float)

    def add(row: Any, day: float, share: float, since: int) -> None:
        for period in books.periods[since:]:
            part = min(1.0, max(0.0, (books.first[period + 1] - day) / books.length[period]))
            opens[row.project, period] += share * row.capacity * books.years[period] * part

    for row in books.rows.projects:
        if row.done_from is not None:
            add(row, books.days.place(row.done_from), 1.0, 0)
    for line in books.lines("projects"):
        row = books.rows.projects[number[line.project]]
        begins = books.begins(row, line.period)
        wait = in_months(begins, float(lead[number[line.project], line.period].round(9)))
        day, part = rules.opening(row, books.days.place(begins) + wait)
        add(row, day, part * line.share, line.period)
    return opens


def projects(books: Books, rules: Rules) -> Iterator[Fault]:
    """A project starts once, and not too early; a supplier ships what it is qualified for."""
    started: dict[Any, float] = defaultdict(float)
    early: dict[Any, float] = defaultdict(float)
    rows = {row.project: row for row in books.rows.projects}
    for line in books.lines("projects"):
        row = rows[line.project]
        started[line.project] += line.share
        if row.done_from is not None or books.days.place(row.from_) >= books.first[line.period + 1]:
            early[line.project, line.period] += line.share
    yield from at_most("project started", started, dict.fromkeys(started, 1.0), 1e-6)
    yield from at_most("project started before it may", early, {}, 1e-6)
    plants = {row.site for row in books.rows.demand}
    supplier = {row.site: row.project for row in books.rows.projects if row.kind == "qualify"}
    shipped: dict[Any, float] = defaultdict(float)
    for line in books.lines("shipments"):
        if line.origin in supplier and line.destination in plants:
            shipped[supplier[line.origin], line.period] += line.tonnes
    yield from at_most("shipped by a supplier beyond its qualification, t", shipped, opened(books, rules))


CHECKS = (projects,)
"""Every audit of the topic."""
