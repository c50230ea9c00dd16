"""Where goods come from, stage by stage and country by country, and the lanes they travel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from optimizer.case.case import Case
from optimizer.case.kinds import ELEMENTS
from optimizer.case.stages import STEP_OF, STEPS
from optimizer.network.reach import Places
from optimizer.plans.outcome import TOLERANCE
from optimizer.plans.schema import Column, Columns, number, word
from optimizer.plans.tables.demand import Deliveries
from optimizer.plans.tables.goods import Consumption, Production
from optimizer.plans.tables.supply import Purchases
from optimizer.plans.tables.transport import Shipments
from optimizer.report.tabled import Tabled

ORDER = tuple(STEPS)
"""Steps goods are followed over; a stage between two of them belongs to the one before it. Stock is no maker."""
NOT_EARTHS = ("Co", "Fe", "B", "Ga")
Point = tuple[str, str]
"""A step, and the country (or the plant) where it is made."""
Pool = tuple[str, str]
"""A place, and a material kept there."""


def content(case: Case) -> dict[str, float]:
    """Tonnes of rare earths (as metal) in a tonne of each material; 1 throughout where a case states no content."""
    elements = set(ELEMENTS) - set(NOT_EARTHS)
    found = {
        row.material: sum(share for name, share in row.content.items() if name in elements)
        for row in case.tables.materials
    }
    return found if any(found.values()) else dict.fromkeys(found, 1.0)


class _Chain:
    """Pools of goods in one answer, and what flows between them.

    Parameters
    ----------
    case : Case
    tables : mapping of str to DataFrame
        Long tables of one answer.
    """

    def __init__(self, case: Case, tables: Mapping[str, pd.DataFrame]) -> None:
        self.case, self.tables = case, tables
        self.step = {name: STEP_OF.get(row.stage, row.stage) for name, row in case.by.materials.items()}
        self.country = case.by.country
        self.place = Places.of(case)
        self.content = content(case)
        self.made: dict[Pool, dict[Point, float]] = defaultdict(lambda: defaultdict(float))
        self.moved: dict[tuple[Pool, Pool], float] = defaultdict(float)
        self.links: dict[tuple[Point, Point], float] = defaultdict(float)
        self.drawn: list[tuple[Pool, Point, float]] = []
        for add in (self._held, self._bought, self._shipped, self._worked, self._delivered):
            add()

    def _pool(self, site: str, material: str) -> Pool:
        """Where a site keeps a material: itself, or its country's hub."""
        return (self.place[site, material], material)

    def _held(self) -> None:
        """What is there or under way when the horizon begins: nobody in the plan makes it."""
        for table, field in (("stocks", "opening"), ("arrivals", "tonnes")):
            for row in self.case.tables.rows(table):
                origin = row.origin or self.country[row.site]
                self.made[self._pool(row.site, row.material)]["stock", origin] += getattr(row, field)

    def _bought(self) -> None:
        """Goods bought, and what their sellers declare from upstream, steps that follow one another joined."""
        declared: dict[str, dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(float)))
        for row in self.case.tables.origins:
            declared[row.offer][self.step[row.material]][row.country] += row.tonnes
        for offer, site, material, tonnes in _sums(
            self.tables["purchases"], [Purchases.offer, Purchases.site, Purchases.material]
        ):
            own = (self.step[material], self.country[site])
            self.made[self._pool(site, material)][own] += tonnes
            known = [(step, declared[offer][step]) for step in ORDER if step in declared[offer] and step != own[0]]
            known.append((own[0], {own[1]: 1.0}))
            for (above, many), (below, few) in pairwise(known):
                whole = sum(many.values()) * sum(few.values())
                for one, much in many.items():
                    for other, little in few.items():
                        earths = tonnes * self.content[material] * much * little / whole
                        self.links[(above, one), (below, other)] += earths

    def _shipped(self) -> None:
        """Goods that change places."""
        for origin, destination, material, tonnes in _sums(
            self.tables["shipments"], [Shipments.origin, Shipments.destination, Shipments.material]
        ):
            self.moved[(origin, material), (destination, material)] += tonnes

    def _worked(self) -> None:
        """Goods made of others: a step of their own, or the step of what they are made of where it is the same."""
        used: dict[tuple[str, str], list[tuple[str, float]]] = defaultdict(list)
        for site, recipe, material, tonnes in _sums(
            self.tables["consumption"], [Consumption.site, Consumption.recipe, Consumption.material]
        ):
            used[site, recipe].append((material, tonnes * self.content[material]))
        for site, recipe, activity in _sums(
            self.tables["production"], [Production.site, Production.recipe], Production.activity_t
        ):
            inputs = used[site, recipe]
            outputs = {name: tonnes * activity for name, tonnes in self.case.by.recipes[recipe].items() if tonnes > 0}
            if not outputs:
                continue
            main = max(outputs, key=lambda name: (self.step[name] != "scrap", outputs[name] * self.content[name], name))
            point = (self.step[main], self.country[site])
            for material, earths in inputs:
                if self.step[material] != point[0]:
                    self.drawn.append((self._pool(site, material), point, earths))
            whole = sum(earths for _, earths in inputs)
            for name, tonnes in outputs.items():
                left = 1.0
                for material, earths in inputs:
                    if whole > 0 and self.step[material] == self.step[name]:
                        self.moved[self._pool(site, material), self._pool(site, name)] += tonnes * earths / whole
                        left -= earths / whole
                self.made[self._pool(site, name)][self.step[name], point[1]] += tonnes * max(left, 0.0)

    def _delivered(self) -> None:
        """Goods that serve a demand."""
        for site, material, tonnes in _sums(self.tables["deliveries"], [Deliveries.site, Deliveries.material]):
            self.drawn.append(((site, material), ("plant", site), tonnes * self.content[material]))

    def solve(self) -> dict[tuple[Point, Point], float]:
        """Rare earths between points: every pool is mixed, and what leaves it has the mix of what came in."""
        moved = {pool for pair in self.moved for pool in pair}
        pools = sorted({*self.made, *moved, *(pool for pool, _, _ in self.drawn)})
        place = {pool: number for number, pool in enumerate(pools)}
        points = sorted({point for made in self.made.values() for point in made})
        column = {point: number for number, point in enumerate(points)}
        matrix, made = np.zeros((len(pools), len(pools))), np.zeros((len(pools), len(points)))
        for pool, parts in self.made.items():
            for point, tonnes in parts.items():
                made[place[pool], column[point]] += tonnes
                matrix[place[pool], place[pool]] += tonnes
        for (source, target), tonnes in self.moved.items():
            matrix[place[target], place[target]] += tonnes
            matrix[place[target], place[source]] -= tonnes
        # A pool that nothing came into but dust would leave the system singular.
        mix = np.linalg.solve(matrix + np.eye(len(pools)) * TOLERANCE, made) if pools else made
        links = dict(self.links)
        for pool, target, earths in self.drawn:
            shares = np.clip(mix[place[pool]], 0.0, None)
            whole = shares.sum()
            for origin in np.flatnonzero(shares > TOLERANCE * whole) if whole > 0 else ():
                pair = (points[origin], target)
                links[pair] = links.get(pair, 0.0) + earths * float(shares[origin] / whole)
        return links


def _sums(table: pd.DataFrame, fields: list[Column], what: Column = Shipments.tonnes) -> list[Any]:
    """Sums over everything but some fields, as tuples."""
    return list(table.groupby(fields, sort=True)[what].sum().reset_index().itertuples(index=False, name=None))


class Links(Columns):
    """Columns of `chain`."""

    from_step = word("step they leave")
    from_ = word("its place")
    to_step = word("step they go to")
    to = word("its place")
    tonnes = number("t", "amount of rare earths contained, as metal")


class Lanes(Columns):
    """Columns of `lanes`."""

    from_ = word("site, or a country where the site's place is not known or the goods are pooled")
    to = word("the same of where they go")
    stage = word("stage of the goods")
    mode = Shipments.mode
    tonnes = Shipments.tonnes


def chain(written: Tabled, scenario: str, answer: str) -> pd.DataFrame:
    """Rare earths on their way from the mine to the buyer's plants, over the horizon.

    Parameters
    ----------
    written : Tabled
    scenario, answer : str
        A certified answer.

    Returns
    -------
    DataFrame
        Columns of `Links`. A step's place is a country, of the last step a site; the first step is what was in stock or
        under way on the first day, and its place where that was made. Goods that meet in one place are told apart pro
        rata.
    """
    tables = {
        name: written.table(name, scenario, answer)
        for name in ("purchases", "shipments", "consumption", "production", "deliveries")
    }
    links = _Chain(written.case, tables).solve()
    rows = sorted(
        (ORDER.index(above), ORDER.index(below), one, other, tonnes)
        for ((above, one), (below, other)), tonnes in links.items()
        if tonnes > TOLERANCE and ORDER.index(above) < ORDER.index(below)
    )
    cells = [(ORDER[above], one, ORDER[below], other, tonnes) for above, below, one, other, tonnes in rows]
    return Links.of(dict(zip(Links.columns(), row, strict=True)) for row in cells)


def lanes(written: Tabled, scenario: str, answer: str) -> pd.DataFrame:
    """Goods moved between places over the horizon.

    Parameters
    ----------
    written : Tabled
    scenario, answer : str
        A certified answer.

    Returns
    -------
    DataFrame
        Columns of `Lanes`, most tonnes first.
    """
    it, sent = Lanes, Shipments
    stage = {name: row.stage for name, row in written.case.by.materials.items()}
    table = written.table("shipments", scenario, answer)
    known = places(written.case)
    sides = ((it.from_, sent.origin, sent.from_country), (it.to, sent.destination, sent.to_country))
    ends = {
        side: [place if place in known else country for place, country in zip(table[end], table[where], strict=True)]
        for side, end, where in sides
    }
    both = table.assign(**{it.stage: table[sent.material].map(stage)}, **ends)
    both = both.assign(**{it.mode: both[it.mode].fillna("")})
    found = both[both[it.from_] != both[it.to]].groupby([it.from_, it.to, it.stage, it.mode], sort=True)[it.tonnes]
    return it.frame(found.sum().reset_index()).sort_values(it.tonnes, ascending=False, kind="stable", ignore_index=True)


def places(case: Case) -> dict[str, tuple[float, float]]:
    """Longitude and latitude of the sites whose row has them."""
    return {
        row.site: (row.longitude, row.latitude)
        for row in case.tables.sites
        if row.longitude is not None and row.latitude is not None
    }
