"""Ways by which goods come to where they are wanted: who can reach whom in which periods, and what the cheapest costs.

Read from the tables alone, so that it can also be said of a case that has faults elsewhere: rows that name what is not
there are passed over. Controls, limits and how much there is are left out, so that what is called out of reach is so in
every plan.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optimizer.world.timeline import Timelines

if TYPE_CHECKING:
    from optimizer.case.topics.projects import Project
from optimizer.case.case import Case

Bools = NDArray[np.bool_]
HUB = ":hub"
"""What the name of a hub ends in; no site can be called so."""


@dataclass(frozen=True)
class Source:
    """A place that gives a material to others.

    Parameters
    ----------
    place, material, country : str
    site : str
        Who sells or makes it.
    says : str
        The offer, the plant and its process, or the stock, in words.
    open : array of bool, shape (T,)
        Periods in which it can, as far as it is up to itself.
    inputs : tuple of str
        Materials it needs for that.
    """

    place: str
    material: str
    country: str
    site: str
    says: str
    open: Bools
    inputs: tuple[str, ...] = ()


class Ways:
    """Who can supply whom in a case.

    Parameters
    ----------
    case : Case
        May have faults, but for its calendar.
    timelines : Timelines, optional
        The tables over time, where a scenario has changed them.
    """

    def __init__(self, case: Case, timelines: Timelines | None = None) -> None:
        self.case = case
        self.calendar = case.calendar
        self.timelines = timelines or Timelines(case)
        tables = case.tables
        self.materials = case.by.materials
        self.country = dict(case.by.country)
        self.buyers = {row.site for row in tables.demand}
        self.routes: dict[tuple[str, str], list[int]] = defaultdict(list)
        """Routes between two countries, by their row."""
        for number, row in enumerate(tables.routes):
            self.routes[row.from_country, row.to_country].append(number)
        self.never = np.zeros(len(self.calendar.periods), bool)

    @cached_property
    def lands(self) -> dict[str, str]:
        """Country of every site and hub."""
        return self.country | {land + HUB: land for land in self.country.values()}

    def place(self, site: str, material: str) -> str:
        """Where a site keeps a material: with itself, or in the hub of its country.

        Parameters
        ----------
        site, material : str
            Known to the case.
        """
        return self.country[site] + HUB if self.materials[material].hub else site

    def rows(self, table: str) -> list[tuple[Any, str]]:
        """Rows of a table with where they stand."""
        return list(zip(self.case.tables.rows(table), self.case.where(table), strict=True))

    def known(self, site: str, material: str) -> bool:
        """Whether both are there.

        Parameters
        ----------
        site, material : str
        """
        return site in self.country and material in self.materials

    def periods_with(self, table: str, column: str = "") -> Bools:
        """Periods on some day of which a row holds and its column, if one is named, is above 0, shape (rows, T).

        Parameters
        ----------
        table : str
        column : str, optional
        """
        daily = self.timelines.active(table)
        if column:
            daily = daily & (self.timelines.series(table, column) > 0)
        return np.asarray(np.logical_or.reduceat(daily, self.calendar.offsets[:-1], axis=1))

    @cached_property
    def stands_in(self) -> dict[str, list[tuple[str, Any, Bools]]]:
        """For each product: materials that serve it, the row that says so, and the periods they may."""
        found: dict[str, list[tuple[str, Any, Bools]]] = defaultdict(list)
        rows = self.case.tables.substitutions
        for row, some in zip(rows, self.periods_with("substitutions", "max_share"), strict=True):
            if {row.product, row.material} <= self.materials.keys():
                found[row.product].append((row.material, row, some))
        return found

    @cached_property
    def _left(self) -> dict[tuple[str, str], Bools]:
        """Periods in which others leave this buyer anything, by stage and country; empty where none is stated."""
        rows, shares = self.case.tables.availability, self.periods_with("availability", "share")
        return {(row.stage, row.country): some for row, some in zip(rows, shares, strict=True)}

    def left(self, material: str | None, country: str) -> Bools:
        """Periods in which others leave this buyer anything of a material made in a country.

        Parameters
        ----------
        material : str or None
            None, or one that is not known, is left in every period.
        country : str

        Returns
        -------
        array of bool, shape (T,)
        """
        stage = self.materials[material].stage if material is not None and material in self.materials else ""
        everywhere = self._left.get((stage, "*"), ~self.never)
        return self._left.get((stage, country), everywhere)

    @cached_property
    def recipes(self) -> dict[str, list[dict[str, float]]]:
        """Recipes of each process whose materials are all known: tonnes per tonne of activity."""
        lines: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
        for row in self.case.tables.recipes:
            lines[row.process, row.recipe][row.material] = row.tonnes
        found: dict[str, list[dict[str, float]]] = defaultdict(list)
        for (process, _), some in lines.items():
            if some.keys() <= self.materials.keys():
                found[process].append(some)
        return found

    @cached_property
    def sources(self) -> dict[str, list[Source]]:
        """Sellers and makers of each material, and stock in a hub, which may be shipped on."""
        found: dict[str, list[Source]] = defaultdict(list)

        def add(site: str, name: str, says: str, some: Bools, inputs: tuple[str, ...] = ()) -> None:
            found[name].append(Source(self.place(site, name), name, self.country[site], site, says, some, inputs))

        for row, some in zip(self.case.tables.offers, self.periods_with("offers", "capacity"), strict=True):
            if self.known(row.site, row.material):
                add(
                    row.site, row.material, f"offer {row.offer}", some & self.left(row.material, self.country[row.site])
                )
        for signed, some in zip(self.case.tables.contracts, self.periods_with("contracts"), strict=True):
            offer = self.case.by.offers.get(signed.offer)
            if offer is not None and self.known(offer.site, offer.material) and signed.max_volume:
                add(offer.site, offer.material, f"contract {signed.contract}", some)
        for (site, process), some in self.plants.items():
            open_ = some & self.left(self.case.by.product_of.get(process), self.country[site])
            for lines in self.recipes.get(process, ()):
                inputs = tuple(name for name, tonnes in lines.items() if tonnes < 0)
                for name in (name for name, tonnes in lines.items() if tonnes > 0):
                    add(site, name, f"{process} at {site}", open_, inputs)
        for there in self.case.by.held:
            if self.known(there.site, there.material) and self.materials[there.material].hub:
                add(there.site, there.material, f"stock at {there.site}", self.never)
        return found

    @cached_property
    def plants(self) -> dict[tuple[str, str], Bools]:
        """Periods in which each plant has any capacity; what a project adds to it is there only then."""
        found: dict[tuple[str, str], Bools] = {}
        for row, some in zip(self.case.tables.plants, self.periods_with("plants", "capacity"), strict=True):
            if row.site in self.country:
                found[row.site, row.process] = found.get((row.site, row.process), self.never) | some
        return found

    def _opened(self, number: int, row: Project) -> Bools:
        """Periods in which what a project brings can be there."""
        if row.done_from is not None:
            first = float(self.calendar.day(row.done_from))
        else:
            begins = max(self.calendar.day(row.from_), int(self.calendar.offsets[0]))
            first = self.calendar.later(begins, float(self.timelines.series("projects", "lead")[number].min()))
        return np.asarray(self.calendar.offsets[1:] > first)

    @cached_property
    def qualified(self) -> dict[str, Bools]:
        """Periods in which a site that must be qualified may ship to the buyer's plants."""
        return {
            row.site: self._opened(number, row)
            for number, row in enumerate(self.case.tables.projects)
            if row.kind == "qualify"
        }

    def between(self, pair: tuple[str, str], material: str) -> list[int]:
        """Routes between two countries that a material may go, by their row.

        Parameters
        ----------
        pair : tuple of str
        material : str
            Known to the case.
        """
        stage, rows = self.materials[material].stage, self.case.tables.routes
        return [number for number in self.routes.get(pair, ()) if stage in rows[number].stages]

    @cached_property
    def open_routes(self) -> Bools:
        """Periods in which anything may go over each route, shape (routes, T)."""
        return self.periods_with("routes", "capacity")

    def _arrives(self, pair: tuple[str, str], material: str, leaves: Bools) -> Bools:
        """Periods in which goods of a material arrive that leave in some."""
        found, days = self.never, self.timelines.series("routes", "transit")
        for number in self.between(pair, material):
            found = found | self._by(float(days[number].min()), leaves & self.open_routes[number])
        return found

    def _by(self, lag: float, leaves: Bools) -> Bools:
        """Periods in which goods arrive that leave in some and are so many days on the way."""
        offsets = self.calendar.offsets
        first, end = offsets[:-1][leaves] + lag, offsets[1:][leaves] + lag
        return np.asarray(((first[:, None] < offsets[1:]) & (end[:, None] > offsets[:-1])).any(axis=0))

    def _held(self) -> dict[tuple[str, str], Bools]:
        """Periods in which stock or goods under way at the start give a place something."""
        found: dict[tuple[str, str], Bools] = {}
        for table in ("stocks", "arrivals"):
            for row in self.case.tables.rows(table):
                day = self.calendar.start if table == "stocks" else row.on
                if self.known(row.site, row.material) and (table == "arrivals" or row.opening > 0):
                    key = self.place(row.site, row.material), row.material
                    there = self.calendar.offsets[1:] > self.calendar.day(day)
                    exact = there & (self.calendar.offsets[:-1] <= self.calendar.day(day))
                    found[key] = found.get(key, self.never) | (there if key in self._stores else exact)
        return found

    @cached_property
    def _stores(self) -> set[tuple[str, str]]:
        """Places and materials that are stored there."""
        rows = self.case.tables.stocks
        return {
            (self.place(r.site, r.material), r.material) for r in rows if r.capacity and self.known(r.site, r.material)
        }

    @cached_property
    def here(self) -> dict[tuple[str, str], Bools]:
        """Periods in which a material can be at a place: bought or made there, in stock, or come over a route."""
        here = defaultdict(lambda: self.never, self._held())
        changed = True
        while changed:
            changed = False
            for place, material, some in list(self._round(here)):
                if (place, material) in self._stores and some.any():
                    some = np.logical_or.accumulate(some)
                if (some & ~here[place, material]).any():
                    here[place, material] = here[place, material] | some
                    changed = True
        return here

    def _round(self, here: dict[tuple[str, str], Bools]) -> Iterator[tuple[str, str, Bools]]:
        """What one step of making and one of moving brings to places."""
        for material, sources in self.sources.items():
            free: dict[str, Bools] = {}
            to_buyers: dict[str, Bools] = {}
            for source in sources:
                some = source.open
                for name in source.inputs:
                    some = some & here[self.place(source.site, name), name]
                yield source.place, material, some
                gives = some | here[source.place, material]
                free[source.country] = free.get(source.country, self.never) | gives
                if (allowed := self.qualified.get(source.place)) is not None:
                    gives = gives & allowed
                to_buyers[source.country] = to_buyers.get(source.country, self.never) | gives
            arrived: dict[tuple[str, bool], Bools] = {}
            for place in self.wanted.get(material, ()):
                key = self.lands[place], place in self.buyers
                if key not in arrived:
                    pairs = ((pair, (to_buyers if key[1] else free).get(pair[0])) for pair in self._into(key[0]))
                    parts = [
                        self._arrives(pair, material, some) for pair, some in pairs if some is not None and some.any()
                    ]
                    arrived[key] = np.any([self.never, *parts], axis=0)
                yield place, material, arrived[key]

    def _into(self, country: str) -> list[tuple[str, str]]:
        """Country pairs with a route into a country."""
        return [pair for pair in self.routes if pair[1] == country]

    @cached_property
    def used(self) -> dict[str, set[str]]:
        """Places where each material is demanded or goes into a process."""
        found: dict[str, set[str]] = defaultdict(set)
        for row in self.case.tables.demand:
            for name in (row.product, *(other for other, _, _ in self.stands_in.get(row.product, ()))):
                if self.known(row.site, name):
                    found[name].add(self.place(row.site, name))
        for plant in self.case.tables.plants:
            for lines in self.recipes.get(plant.process, ()) if plant.site in self.country else ():
                for name in (name for name, tonnes in lines.items() if tonnes < 0):
                    found[name].add(self.place(plant.site, name))
        return found

    @cached_property
    def wanted(self) -> dict[str, set[str]]:
        """Places where each material is used or stored."""
        found = defaultdict(set, {name: set(places) for name, places in self.used.items()})
        for row in self.case.tables.stocks:
            if self.known(row.site, row.material):
                found[row.material].add(self.place(row.site, row.material))
        return found
