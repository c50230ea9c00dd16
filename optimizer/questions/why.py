"""Why a tonne is short, late or dear: its price followed down the bill of materials to what binds.

By duality, what one more tonne costs at a place is what the way it comes by costs: that way's own prices, what its
inputs are worth where they are taken from, and the rents of everything scarce it uses. A way in use balances exactly,
so the price of a tonne splits into prices paid and rents without a rest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from optimizer.errors import InputError
from optimizer.faults import Fault
from optimizer.formulation.rules import COST_TERMS
from optimizer.plans.schema import Column, Columns, count, number, records, word
from optimizer.plans.words import column_words, row_words
from optimizer.program.program import Floats
from optimizer.questions.probe import Probe
from optimizer.world.timeline import Timelines
from optimizer.world.unreached import Unreached, unreached
from optimizer.world.ways import Ways

SMALLEST = 1e-4
"""USD per tonne below which a part of a price is left out."""
DEEPEST = 200
"""Most steps of a chain."""
BALANCE = "material_balance"


@dataclass(frozen=True)
class Step:
    """One way by which a marginal tonne comes.

    Parameters
    ----------
    depth : int
        Steps from the demand.
    way : str
        In words.
    tonnes : float
        How much the plan moves this way now.
    needed : float
        Of this, per tonne of the demand.
    worth : float
        USD per tonne of what it brings, at the day it is brought.
    """

    depth: int
    way: str
    tonnes: float
    needed: float
    worth: float


@dataclass(frozen=True)
class Part:
    """A part of the price of a tonne.

    Parameters
    ----------
    kind : str
        `price`, `rent` (of something scarce), `credit` (of what is made beside), or `gap` (by which the cheapest way
        is dearer than the tonne is worth).
    what : str
        In words.
    rule : str
        Rule of a rent; empty for others.
    row : int
        Row of a rent; -1 for others.
    usd_per_t : float
        Of the price of a tonne demanded.
    own : float
        Of a price, what a unit costs on its day, as the offer or plant states it: USD, not discounted. NaN for others.
    """

    kind: str
    what: str
    rule: str
    row: int
    usd_per_t: float
    own: float = math.nan


class PriceParts(Columns):
    """Columns of what the price of a tonne is made of, parts that say the same added up."""

    kind = word("`price`, `rent`, `credit` or `gap`, as those of `Part`")
    what = word("in words")
    rule = word("rule of a rent; empty for others", empty=True)
    row = count("row", "row of a rent; -1 for others")
    own = number("USD, not discounted", "of a price, what a unit costs on its day, as the case states it", empty=True)
    usd_per_t = number("USD/t, on the day of the demand", "part of the price of a tonne demanded")
    amount = number("units per t", "how many of it a tonne demanded takes")


@dataclass(frozen=True)
class Why:
    """What a tonne of a demand costs in a period, and why.

    Parameters
    ----------
    demand : str
    wanted, short : float
        Tonnes in the period.
    price : float
        What one more tonne demanded would cost, USD at mid-period.
    steps : list of Step
    parts : DataFrame
        Columns of `PriceParts`, which add up to the price; the largest first.
    blocked : list of (str, float)
        Ways that would save that much per tonne, USD, and cannot grow.
    reacts : bool
        Whether some of it was decided before an announcement: it is the reaction to a scenario.
    unreached : str
        Why no seller, maker or stock reaches it, in words; empty where one does.
    """

    demand: str
    wanted: float
    short: float
    price: float
    steps: list[Step]
    parts: pd.DataFrame
    blocked: list[tuple[str, float]]
    reacts: bool
    unreached: str = ""

    def record(self) -> dict[str, Any]:
        """The same as JSON holds it; what is not a number is null."""
        parts = records(self.parts.drop(columns=PriceParts.row))
        return {**vars(self), "parts": parts, "steps": [vars(step) for step in self.steps]}


class Chain:
    """Follows prices through the programme of one answer."""

    def __init__(self, probe: Probe) -> None:
        self.probe, self.program = probe, probe.program
        self.arrays = probe.arrays_of(probe.as_it_is)
        self.x, self.y = probe.outcome.answer.x, probe.outcome.answer.y
        self.reduced = self.arrays.cost - self.arrays.transposed_times(self.y)
        self.order = np.argsort(self.arrays.rows, kind="stable")
        self.first = np.searchsorted(self.arrays.rows[self.order], np.arange(len(self.arrays.row_lower) + 1))
        self.labels = probe.outcome.frame.labels
        self.terms = self.program.cost_by_term(probe.outcome.parameters)
        self.period_of = probe.outcome.frame.period_of
        self.discount = discounts(probe)
        self.steps: list[Step] = []
        self.blocked: dict[int, float] = {}
        self._known: dict[int, dict[Part, float]] = {}

    def entries(self, column: int) -> Iterator[tuple[int, float]]:
        """Rows of a column and its entries in them."""
        for place in range(self.arrays.starts[column], self.arrays.starts[column + 1]):
            yield int(self.arrays.rows[place]), float(self.arrays.values[place])

    def into(self, row: int) -> list[tuple[int, float]]:
        """Columns that bring to a row, and how much a unit of each brings."""
        places = self.order[self.first[row] : self.first[row + 1]]
        found = [(int(self.arrays.columns[place]), float(self.arrays.values[place])) for place in places]
        return [(column, value) for column, value in found if value > 0]

    def way(self, row: int) -> tuple[int, float] | None:
        """The way by which one more tonne comes: in use and free to grow, else the cheapest that is free to grow."""
        open_ = [
            (column, value)
            for column, value in self.into(row)
            if (self.arrays.column_upper[column] > self.x[column] + 1e-9 or abs(self.reduced[column]) < SMALLEST)
            and self.program.column_names[column][0] != "short"
        ]
        for column, value in self.into(row):
            if self.reduced[column] < -SMALLEST:
                self.blocked[column] = -float(self.reduced[column]) / value
        if not open_:
            return None
        return min(open_, key=lambda way: (round(max(0.0, self.reduced[way[0]]) / way[1], 4), -self.x[way[0]] * way[1]))

    def row_words(self, row: int) -> str:
        """A row in words."""
        rule, key = self.program.row_names[row]
        return row_words(rule, key, self.labels)

    def column_words(self, column: int) -> str:
        """A column in words."""
        name, key = self.program.column_names[column]
        return column_words(name, key, self.labels)

    def split(self, column: int, brings: int) -> tuple[list[Part], list[tuple[int, float]]]:
        """What a unit of a column costs beside the row it brings to: its parts, and what it takes from balances.

        Parameters
        ----------
        column : int
            Place of the column.
        brings : int
            Place of the row.

        Returns
        -------
        list of Part
            At USD per unit of the column, discounted to the first day.
        list of (int, float)
            Places of balances, and tonnes that a unit of the column takes from each.
        """
        parts, taken = [], []
        period = int(self.period_of[column])
        for term, prices in self.terms.items():
            if paid := float(prices[column]):
                own = paid / float(self.discount[period]) if period >= 0 else math.nan
                parts.append(Part("price", f"{COST_TERMS[term].words}: {self.column_words(column)}", "", -1, paid, own))
        for row, value in self.entries(column):
            worth = -value * float(self.y[row])
            rule = self.program.row_names[row][0]
            if row == brings or worth == 0:
                continue
            if rule == BALANCE and value < 0:
                taken.append((row, -value))
            else:
                kind = "rent" if worth > 0 else "credit"
                parts.append(Part(kind, self.row_words(row), rule, row, worth))
        if self.reduced[column] > SMALLEST:
            parts.append(Part("gap", f"too dear by now: {self.column_words(column)}", "", -1, -self.reduced[column]))
        elif self.reduced[column] < -SMALLEST:
            what = f"no more can be {self.column_words(column)}"
            parts.append(Part("rent", what, "", -1, -float(self.reduced[column])))
        return parts, taken

    def follow(self, row: int, needed: float, depth: int) -> dict[Part, float]:
        """Parts of what a tonne is worth in a balance, each with how often it counts; steps are noted on the way.

        Parameters
        ----------
        row : int
            Place of the balance.
        needed : float
            Tonnes in it per tonne of the demand.
        depth : int
            Steps from the demand.
        """
        if row in self._known:
            return self._known[row]
        worth = float(self.y[row])
        found = self.way(row) if worth > 0 else None
        if found is None or depth > DEEPEST:
            return {Part("rent", f"no more can come: {self.row_words(row)}", "", row, worth): 1.0} if worth else {}
        # Scrap goes round: what is met again on its own way counts as it is worth.
        self._known[row] = {Part("rent", self.row_words(row), BALANCE, row, worth): 1.0}
        column, brought = found
        self.steps.append(Step(depth, self.column_words(column), float(self.x[column]), needed / brought, worth))
        parts: dict[Part, float] = {}
        own, taken = self.split(column, row)
        for part in own:
            parts[part] = parts.get(part, 0.0) + 1 / brought
        for place, amount in taken:
            for part, times in self.follow(place, needed * amount / brought, depth + 1).items():
                parts[part] = parts.get(part, 0.0) + times * amount / brought
        self._known[row] = parts
        return parts


def why(probe: Probe, site: str, product: str, period: str, end_use: str | None = None) -> Why:
    """Explain what a tonne of a demand costs in a period.

    Parameters
    ----------
    probe : Probe
        Of the answer asked about.
    site, product : str
        The demand.
    period : str
        By its name, such as ``2028Q3``.
    end_use : str, optional
        Needed where there are several.

    Returns
    -------
    Why

    Raises
    ------
    InputError
        If there is no such demand or period, with the nearest known name.
    """
    chain = Chain(probe)
    key = _demand(probe, site, product, end_use, period)
    row = chain.program.row_at("demand_met", key)
    discount = float(chain.discount[key[-1]])
    table = _table(chain.follow(row, 1.0, 0), discount)
    return Why(
        " / ".join(key[:3]),
        probe.outcome.values_by_key("quantity")[key],
        float(chain.x[chain.program.column_at("short", key)]),
        float(chain.y[row]) / discount,
        [Step(s.depth, s.way, s.tonnes, s.needed, s.worth / discount) for s in chain.steps],
        table.sort_values(PriceParts.usd_per_t, ascending=False, kind="stable", ignore_index=True),
        sorted(
            ((chain.column_words(column), usd / discount) for column, usd in chain.blocked.items()),
            key=lambda way: -way[1],
        ),
        probe.fixed is not None and bool(probe.fixed.any()),
        "; ".join(some.text for some in out_of_reach(probe.outcome.network.timelines, site, product, key[2])),
    )


def out_of_reach(timelines: Timelines, site: str, product: str, end_use: str | None = None) -> list[Unreached]:
    """Why no seller, maker or stock reaches a demand; empty where one does. Needs no plan.

    Parameters
    ----------
    timelines : Timelines
        The case, or the world of a scenario.
    site, product : str
    end_use : str, optional
        All by default.

    Returns
    -------
    list of Unreached
    """
    found = unreached(Ways(timelines.case, timelines))
    return [some for some in found if (some.site, some.product) == (site, product) and end_use in (None, some.end_use)]


def discounts(probe: Probe) -> Floats:
    """What a USD of each period is worth on the first day, shape (T,)."""
    case = probe.planner.case
    return np.asarray(case.calendar.discount(case.file.discount_rate))


def _table(parts: dict[Part, float], discount: float) -> pd.DataFrame:
    """Parts that say the same added up, at the money of the day of the demand."""
    it = PriceParts
    rows: list[dict[Column, Any]] = [
        {
            it.kind: part.kind,
            it.what: part.what,
            it.rule: part.rule,
            it.row: part.row,
            it.own: part.own,
            it.usd_per_t: part.usd_per_t * times / discount,
            it.amount: times,
        }
        for part, times in parts.items()
    ]
    fields = [it.kind, it.what, it.rule, it.row, it.own]
    table = it.of(rows).groupby(fields, sort=False, dropna=False)[[it.usd_per_t, it.amount]].sum().reset_index()
    return it.frame(table[table[it.usd_per_t].abs() > SMALLEST])


def _demand(probe: Probe, site: str, product: str, end_use: str | None, period: str) -> tuple[Any, ...]:
    """The key of a demand in a period."""
    demands = probe.outcome.frame.structure.index["demands"]
    labels = probe.outcome.frame.labels
    faults = []
    found = [key for key in demands if (key.site, key.product) == (site, product) and end_use in (None, key.end_use)]
    shown = " / ".join(filter(None, (site, product, end_use)))
    if not found:
        faults.append(Fault.near(shown, None, "no such demand", shown, {" / ".join(key) for key in demands}))
    elif len(found) > 1:
        uses = [key.end_use for key in found]
        what = f"expected one end use of {', '.join(uses)}, found none"
        faults.append(Fault(shown, what, code="missing-value", expected="an end use", known=tuple(uses)))
    if period not in labels:
        faults.append(Fault.near(period, None, "no such period", period, labels))
    if faults:
        raise InputError(faults)
    return (*found[0], labels.index(period))
