"""One answer as the tables a planner reads: sorted, typed, nothing below the tolerance."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_float_dtype

from optimizer.formulation.rules import RULES, VARIABLES
from optimizer.network.network import Network
from optimizer.network.numbers import PARAMETERS
from optimizer.network.sets import Key
from optimizer.plans.cost import PENALTIES, Cost, Costs, cost_of, proof_of
from optimizer.plans.flows import Who
from optimizer.plans.frame import Frame
from optimizer.plans.lasting import Cover, lasting
from optimizer.plans.row_key import RowKey
from optimizer.plans.schema import (
    BY,
    END_USE,
    MEMBER,
    PERIOD,
    PRODUCT,
    SHARE,
    SITE,
    STAGE,
    TONNES,
    YEAR,
    Column,
    Columns,
    number,
    word,
)
from optimizer.plans.shown import Drawn
from optimizer.program.answer import Answer
from optimizer.program.program import Floats, dot

TOLERANCE = 1e-9
"""Tonnes (or shares) below which a row is left out of a table: what is left out comes to less than a cent."""
PRICED = 1e-6
"""USD per unit of its bound below which a row has no price."""
PLAIN_RULES = {name for name, rule in RULES.items() if rule.plain}
"""Rules that hold by definition: a price of theirs is a value, not a restriction."""


class Shares(Columns):
    """Columns of `shares`."""

    stage = STAGE
    by = BY
    year = YEAR
    member = MEMBER
    tonnes = TONNES
    share = SHARE


class Service(Columns):
    """Columns of what is wanted and missing."""

    site = SITE
    product = PRODUCT
    end_use = END_USE
    period = PERIOD
    wanted = number("t", "tonnes wanted")
    short = number("t", "tonnes of it that are missing")


class Prices(Columns):
    """Columns of `prices`."""

    rule = word("rule of the formulation")
    key = word("row of the rule, its fields separated by ` / `, its period by name", empty=True)
    usd_per_unit = number(
        "USD per unit of the row, discounted to the first day",
        "by how much the cost rises when the row's bound rises by one unit; negative: it falls",
    )
    unit = word("that unit: tonnes, a percentage point of a share, a 10,000th of a sum of squared shares")


class Outcome(Drawn):
    """One certified answer of one case.

    Parameters
    ----------
    frame : Frame
        What all answers of the case share.
    network : Network
        The world it was solved in.
    parameters : array
        Its parameter vector.
    answer : Answer
    """

    def __init__(self, frame: Frame, network: Network, parameters: Floats, answer: Answer) -> None:
        self.frame, self.network, self.parameters, self.answer = frame, network, parameters, answer

    def value(self, name: str) -> Floats:
        """A parameter of the formulation, in the order of its keys."""
        return self.network.value(name).ravel()

    def values_by_key(self, name: str) -> dict[Any, float]:
        """A parameter of the formulation by key."""
        keys = PARAMETERS[name].keys(self.frame.structure)
        return dict(zip(keys, self.value(name).tolist(), strict=True))

    def variable(self, name: str, what: str = "tonnes") -> pd.DataFrame:
        """A variable as a table, rows below the tolerance left out.

        Parameters
        ----------
        name : str
        what : str, optional
            Name of the column of its values.
        """
        if name not in self.frame.keys:
            empty = {field: pd.Series(dtype=int if field == "period" else str) for field in VARIABLES[name].fields}
            return pd.DataFrame({**empty, what: pd.Series(dtype=float)})
        amounts = self.frame.column(name, self.answer.x)
        kept = amounts > TOLERANCE
        return self.frame.keys[name][kept].assign(**{what: amounts[kept]}).reset_index(drop=True)

    def fined(self, name: str) -> pd.DataFrame:
        """A variable that misses something, with its penalty in `cost_usd`, discounted to the start."""
        table = self.variable(name)
        if name not in self.frame.keys:
            return table.assign(cost_usd=pd.Series(dtype=float))
        amounts = self.frame.column(name, self.answer.x)
        paid = self.frame.column(name, self.frame.program.costs[PENALTIES[name]](self.parameters)) * amounts
        return table.assign(cost_usd=paid[amounts > TOLERANCE])

    def with_parameter(self, table: pd.DataFrame, fields: list[Column], parameter: str, name: Column) -> pd.DataFrame:
        """A table with a parameter as a column, matched on fields and period.

        Parameters
        ----------
        table : DataFrame
        fields : list of Column
            Those of the parameter's key, in their order, without the period.
        parameter : str
        name : Column
            Of the column that is added.
        """
        values = self.values_by_key(parameter)
        keys = zip(*(table[field] for field in [*fields, "period"]), strict=True)
        return table.assign(**{name: [values[key] for key in keys]})

    @cached_property
    def costs(self) -> pd.DataFrame:
        """Cost by term, USD, discounted to the start."""
        terms = self.frame.program.cost_by_term(self.parameters)
        paid = [dot(prices, self.answer.x) for prices in terms.values()]
        return Costs.frame({Costs.term: list(terms), Costs.cost_usd: paid})

    @cached_property
    def whole_cost(self) -> Cost:
        """What it costs, what of that is paid and what are penalties, with its proof."""
        return cost_of(self.costs, proof_of(self.answer))

    @property
    def cost(self) -> float:
        """Total cost, USD, discounted to the start."""
        return self.whole_cost.value

    @property
    def penalties(self) -> float:
        """What of it are penalties: of shortage, missing stock and broken limits. Nobody is paid them."""
        return self.whole_cost.penalty

    @property
    def cash(self) -> float:
        """What of it is paid: goods, work, freight, duties, stock, projects."""
        return self.whole_cost.cash

    @cached_property
    def service(self) -> pd.DataFrame:
        """Tonnes wanted and missing of every demand in every period."""
        it = Service
        fields = [it.site, it.product, it.end_use, it.period]
        keys = pd.DataFrame(self.frame.structure.timed("demands"), columns=pd.Index(fields))
        amounts = {it.wanted: self.value("quantity"), it.short: self.frame.column("short", self.answer.x)}
        return keys.assign(**amounts)

    @property
    def short(self) -> float:
        """Tonnes missing over the horizon."""
        return float(self.service[Service.short].sum())

    @property
    def service_level(self) -> float:
        """Share of demand met over the horizon."""
        wanted = self.service[Service.wanted].sum()
        return float(1 - self.short / wanted) if wanted else 1.0

    def worst_demand(self) -> tuple[str, float]:
        """The demand with the lowest service level over the horizon, and that level."""
        it = Service
        sums = self.service.groupby([it.site, it.product, it.end_use], sort=True)[[it.wanted, it.short]].sum()
        sums = sums[sums[it.wanted] > 0]
        if sums.empty:
            return "", 1.0
        level = 1 - sums[it.short] / sums[it.wanted]
        key: Any = level.idxmin()
        return " ".join(part for part in key if part != "civil"), float(level.min())

    @cached_property
    def shares(self) -> pd.DataFrame:
        """Share of each country and supplier at each stage, per calendar year and over the horizon (year `all`)."""
        it = Shares
        years = np.array([self.frame.calendar.bounds[period].year for period in self.frame.calendar.periods])
        tables = []
        for stage, flows in self.frame.stages.items():
            tonnes = flows.volumes(self.answer.x)
            who = flows.who.assign(**{it.tonnes: tonnes, it.year: years[flows.who[Who.period]].astype(str)})
            both = pd.concat([who, who.assign(**{it.year: "all"})])
            total = both.groupby(it.year)[it.tonnes].sum()
            for by in ("country", "supplier", "owner"):
                sums = both[both[by] != ""].groupby([it.year, by], sort=True)[it.tonnes].sum().reset_index()
                sums = sums[sums[it.tonnes] > TOLERANCE].rename(columns={by: it.member})
                share = sums[it.tonnes] / sums[it.year].map(total)
                tables.append(it.frame(sums.assign(**{it.stage: stage, it.by: by, it.share: share})))
        return pd.concat(tables, ignore_index=True) if tables else it.of([])

    def _whole(self, stage: str, by: str) -> pd.DataFrame:
        """Shares of a stage over the horizon, of one kind of member."""
        table, it = self.shares, Shares
        return table[(table[it.stage] == stage) & (table[it.by] == by) & (table[it.year] == "all")]

    def share_of(self, stage: str, country: str) -> float:
        """A country's share of a stage over the horizon; not a number where nothing passes it.

        Parameters
        ----------
        stage : str
        country : str
            By its code.
        """
        whole = self._whole(stage, "country")
        return float(whole.loc[whole[Shares.member] == country, Shares.share].sum()) if len(whole) else float("nan")

    def largest(self, stage: str) -> tuple[str, float]:
        """The largest supplier of a stage over the horizon, and its share."""
        whole = self._whole(stage, "supplier")
        if whole.empty:
            return "", float("nan")
        top = whole.sort_values([Shares.share, Shares.member]).iloc[-1]
        return str(top[Shares.member]), float(top[Shares.share])

    def hhi(self, stage: str) -> float:
        """Sum of squared shares of a stage's suppliers over the horizon; not a number where nothing passes it."""
        whole = self._whole(stage, "supplier")
        return float((whole[Shares.share] ** 2).sum()) if len(whole) else float("nan")

    @cached_property
    def cover(self) -> pd.DataFrame:
        """Days that the stock of every product lasts from the end of every period on; see `lasting`."""
        return lasting(self.network, self.variable("stock"))

    def lowest_cover(self) -> tuple[float, str]:
        """Fewest days of stock of any product, and where and when."""
        if self.cover.empty:
            return float("nan"), ""
        row, it = self.cover.sort_values(Cover.days, kind="stable").iloc[0], Cover
        return float(row[it.days]), f"{row[it.site]} {row[it.product]} {self.frame.labels[int(row[it.period])]}"

    @cached_property
    def prices(self) -> pd.DataFrame:
        """Shadow prices: rise in cost when a row's bound rises by one unit (negative: fall). USD, discounted.

        The bound of a share is a part of a volume: its price per tonne times the volume is the price of the share.
        """
        it, y = Prices, self.answer.y
        kept = np.flatnonzero(np.abs(y) > PRICED)
        senses: dict[Key, str] = {window.key: window.row.sense for window in self.frame.structure.windows}
        rows = []
        for row in kept:
            rule, key = self.frame.program.row_names[row]
            unit, part = RULES[rule].unit, RULES[rule].part
            usd = float(y[row])
            if part is not None:
                volume = float(self.answer.x[self.frame.program.column_at("volume", (key[0], key[2]))])
                usd = part * volume * (abs(usd) if senses[key] == "at_least" else -abs(usd))
            told = str(RowKey.of(rule, key, self.frame.labels))
            rows.append({it.rule: rule, it.key: told, it.usd_per_unit: usd, it.unit: unit})
        return Prices.of(rows)

    def binding(self) -> dict[str, int]:
        """Number of rows that bind, by rule: they have a price, and something flows through them.

        A licence that lets nothing through binds too; balances, definitions and demand are left out.
        """
        program = self.frame.program
        arrays = program.arrays(self.parameters)
        flow = np.bincount(
            arrays.rows, weights=np.abs(arrays.values * self.answer.x[arrays.columns]), minlength=len(arrays.row_lower)
        )
        counts: dict[str, int] = {}
        for rule, rows in program.rows_of.items():
            used = (flow[rows] > TOLERANCE) | rule.endswith("_licence")
            count = int((used & (np.abs(self.answer.y[rows]) > PRICED)).sum())
            if count and rule not in PLAIN_RULES:
                counts[rule] = count
        return counts

    def labelled(self, table: pd.DataFrame) -> pd.DataFrame:
        """A table with the names of its periods, sorted by its keys."""
        if "period" not in table.columns:
            return table
        if table.empty:
            return table.assign(period=pd.Series(dtype=str))
        table = table.sort_values(
            [name for name in table.columns if not is_float_dtype(table[name])],
            kind="stable",
            ignore_index=True,
        )
        names = [self.frame.labels[int(number)] for number in table["period"]]
        return table.assign(period=pd.Series(names, index=table.index, dtype=str))
