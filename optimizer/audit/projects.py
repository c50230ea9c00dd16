"""Audit of projects: what they open, and when."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np

from optimizer.audit.books import Books, Floats, at_most
from optimizer.audit.days import in_months
from optimizer.audit.rules import Rules
from optimizer.faults import Fault


def added(books: Books, rules: Rules) -> dict[Any, Floats]:
    """Tonnes a year that each project adds on the days on which it is open.

    An expansion shares the fate of its plant: there is none while the plant has no capacity, and events take from it
    what they take from the plant; without parts neither runs.

    Parameters
    ----------
    books : Books
    rules : Rules
    """
    capacity, holds = books.daily("plants", "capacity"), books.active("plants")
    left = books.days.left_of_more()
    found: dict[Any, Floats] = {}
    for number, row in enumerate(books.rows.projects):
        daily = books.daily("projects", "capacity")[number].copy()
        if row.kind == "expand":
            plant = np.zeros(books.days.count)
            for n, some in enumerate(books.rows.plants):
                if (some.site, some.process) == (row.site, row.process):
                    plant += np.where((holds[n] > 0) & (capacity[n] > 0), left[n], 0.0) * rules.running(n)
            daily *= plant * books.taken_away(books.product[str(row.process)], books.site[row.site].country)
        found[row.project] = daily
    return found


def opened(books: Books, rules: Rules) -> dict[Any, float]:
    """Tonnes that projects open, by project and period.

    Parameters
    ----------
    books : Books
    rules : Rules
    """
    number = {row.project: n for n, row in enumerate(books.rows.projects)}
    gives, starts = added(books, rules), books.days.starts("projects")
    opens: dict[Any, float] = defaultdict(float)

    def add(row: Any, day: float, share: float) -> None:
        there = np.minimum(1.0, np.maximum(0.0, np.arange(books.days.count) + 1 - day)) * books.weight
        for period in books.periods:
            days = books.span(period)
            opens[row.project, period] += share * float(gives[row.project][days] @ there[days])

    for row, due in zip(books.rows.projects, starts, strict=True):
        if row.done_from is not None:
            add(row, books.days.place(due), 1.0)
    for line in books.lines("projects"):
        row = books.rows.projects[number[line.project]]
        begins = books.begun(line)
        day, part = rules.opening(row, _reached(books, line))
        if begins < books.bounds[line.period + 1] and gives[row.project][books.days.place(begins)] > 0:
            add(row, day, part * line.share)
    return opens


def _reached(books: Books, line: Any) -> float:
    """Day, by number, on which the lead of a started project is over."""
    number = {row.project: n for n, row in enumerate(books.rows.projects)}[line.project]
    begun = books.begun(line)
    return books.days.place(begun) + in_months(
        begun, float(books.average("projects", "lead")[number, line.period].round(9))
    )


def charged(books: Books, rules: Rules, line: Any) -> float:
    """Part of its cost that a started project is charged: of an expansion with a life, as a loan over it would be.

    Equal payments at the end of each instant of its life; those due by the last day are summed, as a share of all.

    Parameters
    ----------
    books : Books
    rules : Rules
    line : Any
        A row of the table of projects.
    """
    row = {row.project: row for row in books.rows.projects}[line.project]
    day, _ = rules.opening(row, _reached(books, line))
    years = float(books.weight[np.arange(books.days.count) >= day].sum())
    if row.life is None or years <= 0:
        return 1.0
    force = np.log1p(books.case.file.discount_rate)
    if force == 0:
        return min(1.0, years / row.life)
    return float(np.expm1(-force * min(years, row.life)) / np.expm1(-force * row.life))


def projects(books: Books, rules: Rules) -> Iterator[Fault]:
    """A project starts once, and not too early; a supplier ships what it is qualified for.

    Parameters
    ----------
    books : Books
    rules : Rules
    """
    started: dict[Any, float] = defaultdict(float)
    early: dict[Any, float] = defaultdict(float)
    backdated: dict[Any, float] = defaultdict(float)
    rows = {row.project: row for row in books.rows.projects}
    for line in books.lines("projects"):
        row = rows[line.project]
        started[line.project] += line.share
        if row.done_from is not None or books.days.place(row.from_) >= books.first[line.period + 1]:
            early[line.project, line.period] += line.share
        if books.begun(line) not in _may_begin(books, row, line.period):
            backdated[line.project, line.period, line.begun] += line.share
    yield from at_most("project started", started, dict.fromkeys(started, 1.0), 1e-6)
    yield from at_most("project started before it may", early, {}, 1e-6)
    yield from at_most("project begun on a day on which it may not", backdated, {}, 1e-6)
    plants = {row.site for row in books.rows.demand}
    supplier = {row.site: row.project for row in books.rows.projects if row.kind == "qualify"}
    shipped: dict[Any, float] = defaultdict(float)
    for line in books.lines("shipments"):
        if line.origin in supplier and line.destination in plants:
            shipped[supplier[line.origin], line.period] += line.tonnes
    yield from at_most("shipped by a supplier beyond its qualification, t", shipped, opened(books, rules))


CHECKS = (projects,)
"""Every audit of the topic."""


def _may_begin(books: Books, project: Any, period: int) -> set[dt.date]:
    """Days on which a project started in a period may be begun: its first, or that of news which comes within it."""
    number = books.rows.projects.index(project)
    due, days = books.days.starts("projects")[number], {books.bounds[period]}
    if books.days.news is not None and books.bounds[period] < books.days.news < books.bounds[period + 1]:
        days.add(books.days.news)
    return {max(day, due) for day in days}
