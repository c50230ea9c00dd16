"""Audit of quotas: every tonne that leaves under one counts, whoever licensed it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.audit.approvals import governed
from optimizer.audit.books import Books, Floats, at_least, at_most, equal
from optimizer.audit.contracts import running
from optimizer.audit.rules import Rules, reaches
from optimizer.audit.supply import offered, plant_capacity
from optimizer.faults import Fault


def quotas(books: Books, rules: Rules) -> Iterator[Fault]:
    """All that leaves under a quota counts and is within it, of each exporter or of a country; the table says so.

    Parameters
    ----------
    books : Books
    rules : Rules
    """
    group_of, everything = groups(books), _Supplies.of(books, rules)
    force = books.daily("controls", "in_force")
    most = books.summed(books.daily("controls", "quota") * force * books.weight)
    free = 1 - books.summed(force) / np.array(books.length)
    used: dict[Any, float] = defaultdict(float)
    bounds: dict[Any, float] = {}
    capped = {row.control: n for n, row in enumerate(books.rows.controls) if row.quota is not None}
    for line in books.lines("shipments"):
        for name, number in capped.items():
            control = books.rows.controls[number]
            if governed(books, rules, control, line):
                group = group_of.get((line.origin, line.material), line.material)
                alone = control.exporters == "each"
                who = (line.origin, group) if alone else (books.country(line.origin), "")
                used[(name, *who, line.period)] += line.tonnes
    table = {(line.control, line.exporter, line.group, line.period): line for line in books.lines("quotas")}
    for name, exporter, group, period in {*used, *table}:
        number = capped[name]
        if free[number, period] < 1:
            could = _could_leave(books, everything, group_of, books.rows.controls[number], exporter, group)[period]
            bounds[name, exporter, group, period] = most[number, period] + free[number, period] * could
    counted = {key: tonnes for key, tonnes in used.items() if key in bounds}
    yield from at_most("shipped under a quota, t", counted, bounds)
    yield from at_most("quota as its table says, t", {key: line.quota_t for key, line in table.items()}, bounds)
    least = {key: float(most[capped[key[0]], key[-1]]) for key in bounds if key in table}
    yield from at_least("quota as its table says, t", {key: line.quota_t for key, line in table.items()}, least)
    said = {key: line.used_t for key, line in table.items()}
    yield from equal("used of a quota as its table says, t", said, {key: used.get(key, 0.0) for key in said})


def _could_leave(
    books: Books, supplies: _Supplies, group_of: dict[tuple[str, str], str], control: Any, exporter: str, group: str
) -> Floats:
    """Tonnes that could leave under a quota: of a place and group, or of all places and groups of a country."""
    goods = [name for name, row in books.material.items() if reaches(control, row)]
    places = [exporter] if group else sorted({books.place(s, m) for s in books.site for m in books.material})
    total = np.zeros(len(books.periods))
    for place in places:
        if group or books.country(place) == exporter:
            groups: dict[str, set[str]] = defaultdict(set)
            for name in goods:
                groups[group_of.get((place, name), name)].add(name)
            for some in [groups[group]] if group else groups.values():
                total += _could(books, supplies, place, some)
    return total


def groups(books: Books) -> dict[tuple[str, str], str]:
    """Goods that compete for one line at a site count together: the process that makes them.

    Parameters
    ----------
    books : Books
    """
    return {
        (row.site, material): row.process
        for row in books.rows.plants
        for recipe, process in books.process.items()
        if process == row.process
        for material, tonnes in books.need[recipe].items()
        if tonnes > 0 and not books.material[material].hub
    }


@dataclass(frozen=True)
class _Supplies:
    """Tonnes of plants and of offers, by their key and period, and years that contracts run, by row and period."""

    plants: dict[Any, float]
    offers: dict[Any, float]
    running: Floats

    @classmethod
    def of(cls, books: Books, rules: Rules) -> _Supplies:
        """All that the case has.

        Parameters
        ----------
        books : Books
        rules : Rules
        """
        return cls(plant_capacity(books, rules), offered(books), running(books))


def _could(books: Books, supplies: _Supplies, place: str, goods: set[str]) -> Floats:
    """Tonnes of goods that a place could make or sell, on the spot and under contract, by period."""
    total = np.zeros(len(books.periods))
    for site, process in dict.fromkeys((row.site, row.process) for row in books.rows.plants):
        made = [
            tonnes
            for recipe, of in books.process.items()
            if of == process
            for name, tonnes in books.need[recipe].items()
            if tonnes > 0 and name in goods and books.place(site, name) == place
        ]
        if made:
            total += max(made) * np.array([supplies.plants[site, process, period] for period in books.periods])
    sold = [row for row in books.rows.offers if row.material in goods]
    here = {row.offer for row in sold if books.place(row.site, row.material) == place}
    for offer in here:
        total += np.array([supplies.offers[offer, period] for period in books.periods])
    for row, years in zip(books.rows.contracts, supplies.running, strict=True):
        if row.offer in here:
            total += row.max_volume * years
    return total


CHECKS = (quotas,)
"""Audits of quotas."""
