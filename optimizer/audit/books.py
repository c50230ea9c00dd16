"""The books an auditor works from: the rows of a case on their days, and the tables of a plan.

Nothing here, and nothing in the audits, comes from the network, the formulation or the arrays: exposure, arrival,
capacity and need are worked out again from the rows of the case, in plain sums over days.
"""

from __future__ import annotations

import calendar as months_of
import datetime as dt
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.audit.days import Days, with_added
from optimizer.faults import Fault

if TYPE_CHECKING:
    from optimizer.case.case import Case
    from optimizer.world.scenario import Scenario

SLACK = 1e-4
"""Tonnes by which sums may differ: the tables leave out rows below a millionth."""
INFINITE = float("inf")

Floats = NDArray[np.float64]
Frames = Mapping[str, pd.DataFrame]
Sums = Mapping[Any, float]


class Books:
    """The figures of a case an auditor would want at hand.

    Parameters
    ----------
    case : Case
    tables : dict of str to DataFrame
        The long tables of one answer.
    scenario : Scenario, optional
        What happens in it; by default, the rules in force stand.
    others : iterable of Scenario, optional
        All that were planned together.
    answer : {'', 'react', 'foresight'}, optional
        Which answer it is; where it is not said, what either may have known will do.
    """

    def __init__(
        self,
        case: Case,
        tables: Frames,
        scenario: Scenario | None = None,
        others: Iterable[Scenario] = (),
        answer: str = "",
    ) -> None:
        self.case, self.tables, self.answer = case, tables, answer
        self.told = scenario.announced if scenario is not None else None
        """The day on which a scenario is announced."""
        self._lines: dict[str, Sequence[Any]] = {}
        rows = self.rows = with_added(case.tables, scenario, others)[0]
        self.material = {row.material: row for row in rows.materials}
        self.site = {row.site: row for row in rows.sites}
        self._country_of_pool = {self._pool(row.country): str(row.country) for row in self.rows.sites}
        self.days = Days(case, scenario, self.stage_of, others)
        self.bounds = self.days.bounds
        self.periods = range(len(self.bounds) - 1)
        self.label = [case.calendar.label(period) for period in self.periods]
        self.period = {label: period for period, label in enumerate(self.label)}
        self.first = [self.days.place(bound) for bound in self.bounds]
        self.length = [b - a for a, b in zip(self.first, self.first[1:], strict=False)]
        self.need: dict[str, dict[str, float]] = {row.recipe: {} for row in rows.recipes}
        for row in rows.recipes:
            self.need[row.recipe][row.material] = row.tonnes
        self.process = {row.recipe: row.process for row in rows.recipes}
        self.offer = {row.offer: row for row in rows.offers}
        self.contract = {row.contract: row for row in rows.contracts}

    @cached_property
    def weight(self) -> Floats:
        """Part of its year that each day is."""
        years = [(self.days.zero + dt.timedelta(days=day)).year for day in range(self.days.count)]
        return np.array([1 / (366 if months_of.isleap(year) else 365) for year in years])

    @cached_property
    def years(self) -> Floats:
        """Length of each period in years."""
        return np.array([self.weight[a:b].sum() for a, b in zip(self.first, self.first[1:], strict=False)])

    @cached_property
    def discount(self) -> Floats:
        """What a USD of mid-period is worth on the first day."""
        rate = self.case.file.discount_rate
        return np.array([(1 + rate) ** -(self.years[:t].sum() + self.years[t] / 2) for t in self.periods])

    def begun(self, line: Any) -> dt.date:
        """The day on which a started project is said to be begun; the last that there is where that says no day."""
        day = pd.to_datetime(str(line.begun), format="%Y-%m-%d", errors="coerce")
        return dt.date.max if pd.isna(day) else day.date()

    def worth_on(self, day: dt.date) -> float:
        """What a USD of a day is worth on the first."""
        since = self.weight[self.first[0] : self.days.place(day)].sum()
        return float((1 + self.case.file.discount_rate) ** -since)

    def span(self, period: int) -> slice:
        """The days of a period.

        Raises
        ------
        IndexError
            If there is none of that number, as the tables name one that is no period.
        """
        if period not in self.periods:
            raise IndexError(f"period {period}")
        return slice(self.first[period], self.first[period + 1])

    def daily(self, table: str, column: str) -> Floats:
        """A column by row and day.

        Parameters
        ----------
        table, column : str
            Of the case.

        Returns
        -------
        array
            Shape (rows, days), from the first day of `days`; in the column's unit.
        """
        return self.days.figures(table, column)

    def active(self, table: str) -> Floats:
        """1 on the days on which a row holds, by row and day."""
        return self.days.holds(table)

    def summed(self, daily: Floats) -> Floats:
        """A daily figure summed by period."""
        return np.array([daily[:, a:b].sum(axis=1) for a, b in zip(self.first, self.first[1:], strict=False)]).T

    def per_year(self, table: str, column: str) -> Floats:
        """What a rate per year comes to in each period, on the days on which its row holds.

        Parameters
        ----------
        table, column : str
            Of the case; per year.

        Returns
        -------
        array
            Shape (rows, periods); the column's unit times years.
        """
        return self.summed(self.daily(table, column) * self.active(table) * self.weight)

    def average(self, table: str, column: str) -> Floats:
        """Mean of a column in each period, over the days on which its row holds (over all where it never does).

        Parameters
        ----------
        table, column : str
            Of the case.

        Returns
        -------
        array
            Shape (rows, periods); in the column's unit.
        """
        days, held = self.summed(self.active(table)), self.summed(self.daily(table, column) * self.active(table))
        plain = self.summed(self.daily(table, column)) / np.array(self.length)
        return np.asarray(np.where(days > 0, held / np.where(days > 0, days, 1.0), plain))

    def spread(self, table: str, column: str) -> Floats:
        """Mean of a column in each period over all its days, 0 on those on which the row does not hold.

        Parameters
        ----------
        table, column : str
            Of the case.
        """
        return np.asarray(self.summed(self.daily(table, column) * self.active(table)) / np.array(self.length))

    def weighed(self, table: str, column: str, fields: tuple[str, ...], *weights: Floats) -> dict[Any, float]:
        """Mean of a price by key and period, every day counted by the tonnes that can flow at it.

        Where there are none in a period, by the next of the weights, and at last by the days on which rows hold.

        Parameters
        ----------
        table, column : str
            Of the case.
        fields : tuple of str
            Fields of the row that make the key.
        *weights : array
            Tonnes a year, shape (rows, days).

        Returns
        -------
        dict of tuple to float
            By the fields and the period, in the column's unit; 0 where no row holds.
        """
        found: dict[Any, float] = {}
        held = self.active(table) * self.weight
        for weight in (*weights, np.ones_like(held)):
            tonnes = self.keyed(table, self.summed(held * weight), *fields)
            paid = self.keyed(table, self.summed(held * weight * self.daily(table, column)), *fields)
            found |= {key: paid[key] / tonnes[key] for key in tonnes if tonnes[key] > 0 and key not in found}
        return defaultdict(float, found)

    def keyed(self, table: str, figures: Floats, *fields: str) -> dict[Any, float]:
        """Figures by row and period summed by fields of the row, and period.

        Parameters
        ----------
        table : str
        figures : array
            Shape (rows, periods).
        *fields : str
            Fields of the row that make the key.
        """
        sums: dict[Any, float] = defaultdict(float)
        for number, row in enumerate(self.rows.rows(table)):
            for period in self.periods:
                sums[(*(getattr(row, field) for field in fields), period)] += float(figures[number, period])
        return sums

    def place(self, site: str, material: str) -> str:
        """Where a site keeps a material.

        Parameters
        ----------
        site, material : str

        Returns
        -------
        str
            The site, or for a material kept in a hub the pool of its country.
        """
        return self._pool(self.country(site)) if self.material[material].hub else site

    @staticmethod
    def _pool(country: str) -> str:
        """What the pool of a country is called."""
        return f"{country} hub"

    def country(self, place: str) -> str:
        """Country of a site or hub."""
        if place in self.site:
            return str(self.site[place].country)
        return self._country_of_pool[place]

    def lines(self, table: str) -> Sequence[Any]:
        """Rows of a table of the plan, periods as numbers; read once, as many limits and rules ask for them."""
        if table not in self._lines:
            frame: Any = self.tables[table]
            if "period" in frame.columns:
                frame = frame.assign(period=[self.period.get(str(label), -1) for label in frame["period"]])
            self._lines[table] = tuple(frame.itertuples())
        return self._lines[table]

    @cached_property
    def stage_of(self) -> dict[str, str]:
        """Stage of the main product of each process."""
        return {process: self.material[material].stage for process, material in self.product.items()}

    @cached_property
    def product(self) -> dict[str, str]:
        """Main product of each process: the output of its first recipe that is worth most."""
        best: dict[str, tuple[float, str]] = {}
        seen: dict[str, str] = {}
        for row in self.rows.recipes:
            if seen.setdefault(row.process, row.recipe) == row.recipe and row.tonnes > 0:
                worth = row.tonnes * self.material[row.material].unit_value
                if row.process not in best or worth > best[row.process][0]:
                    best[row.process] = worth, row.material
        return {process: material for process, (_, material) in best.items()}

    def left(self, material: str, country: str) -> Floats:
        """Share of a capacity that others leave to this buyer, by day: of a material, or what gives it mainly.

        Parameters
        ----------
        material, country : str
            What is sold or made, and where.

        Returns
        -------
        array
            Shape (days,); 1 where nothing is said.
        """
        number = self.leaving(material, country)
        return np.ones(self.first[-1]) if number is None else np.asarray(self.daily("availability", "share")[number])

    def taken_away(self, material: str, country: str) -> Floats:
        """What events leave of that share, by day, at most all.

        Parameters
        ----------
        material, country : str
            As those of `left`.
        """
        number = self.leaving(material, country)
        stated = 0.0 if number is None else self.rows.availability[number].share
        return np.minimum(1.0, self.left(material, country) / stated) if stated else np.ones(self.first[-1])

    def leaving(self, material: str, country: str) -> int | None:
        """Row of what others leave of a material in a country.

        Parameters
        ----------
        material, country : str
            A row that names them stands before one with `*`.

        Returns
        -------
        int or None
            Its number; None where nothing is said.
        """
        stage = self.material[material].stage
        for where in (country, "*"):
            for what in (material, "*"):
                for number, row in enumerate(self.rows.availability):
                    if (row.stage, row.country, row.material) == (stage, where, what):
                        return number
        return None

    @cached_property
    def wanted(self) -> dict[Any, float]:
        """Tonnes demanded, by site, product, end use and period."""
        return self.keyed("demand", self.per_year("demand", "tonnes"), "site", "product", "end_use")

    @cached_property
    def ratio(self) -> dict[tuple[str, str], float]:
        """Tonnes of product that a tonne of material serves."""
        own = {(row.product, row.product): 1.0 for row in self.rows.demand}
        return own | {(row.product, row.material): row.ratio for row in self.rows.substitutions}


def shown(key: Hashable) -> str:
    """A key as a message says it."""
    return " / ".join(str(part) for part in key) if isinstance(key, tuple) else str(key)


def at_most(what: str, found: Sums, bounds: Sums, slack: float = SLACK) -> Iterator[Fault]:
    """Figures above their bounds; what has no bound may be nothing. What is not a number is a fault.

    Parameters
    ----------
    what : str
        What is compared and its unit, as a fault says it.
    found, bounds : mapping of key to float
        In the same unit.
    slack : float, optional
        By how much a figure may be above, in that unit.
    """
    for key, amount in found.items():
        bound = bounds.get(key, 0.0)
        if not amount <= bound + slack:
            yield Fault(f"{what}: {shown(key)}", f"expected at most {bound:.9g}, found {amount:.9g}", code="disagrees")


def at_least(what: str, found: Sums, bounds: Sums, slack: float = SLACK) -> Iterator[Fault]:
    """Figures below their bounds; a figure that is missing is nothing. What is not a number is a fault.

    Parameters
    ----------
    what : str
        What is compared and its unit, as a fault says it.
    found, bounds : mapping of key to float
        In the same unit.
    slack : float, optional
        By how much a figure may be below, in that unit.
    """
    for key, bound in bounds.items():
        amount = found.get(key, 0.0)
        if not amount >= bound - slack:
            yield Fault(f"{what}: {shown(key)}", f"expected at least {bound:.9g}, found {amount:.9g}", code="disagrees")


def equal(what: str, found: Sums, expected: Sums, slack: float = SLACK, relative: float = 0.0) -> Iterator[Fault]:
    """Figures that are not what they should be; what is missing on either side is nothing.

    Parameters
    ----------
    what : str
        What is compared and its unit, as a fault says it.
    found, expected : mapping of key to float
        In the same unit.
    slack : float, optional
        By how much they may differ, in that unit.
    relative : float, optional
        Part of what is expected by which they may differ on top of it.
    """
    for key in dict.fromkeys([*expected, *found]):
        should, amount = expected.get(key, 0.0), found.get(key, 0.0)
        if not abs(amount - should) <= slack + relative * abs(should):
            yield Fault(f"{what}: {shown(key)}", f"expected {should:.9g}, found {amount:.9g}", code="disagrees")
