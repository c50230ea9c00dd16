"""One answer as the tables a planner reads: sorted, typed, nothing below the tolerance."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from optimizer.analysis.flows import StageFlows, flows_by_stage
from optimizer.case.network import Network
from optimizer.case.values import PARAMETERS
from optimizer.engine.session import Answer
from optimizer.formulation.program import Floats, Program

TOLERANCE = 1e-6
"""Tonnes (or shares, or USD per tonne) below which a row is left out of a table."""
KEYS: dict[str, tuple[str, ...]] = {
    "buy": ("offer",), "take": ("contract",), "unpaid": ("contract",), "reserve": ("contract",),
    "ship": ("origin", "destination", "material", "exposure"), "run": ("site", "recipe", "exposure"),
    "stock": ("site", "material", "exposure"), "serve": ("site", "product", "end_use", "material", "exposure"),
    "short": ("site", "product", "end_use"), "start": ("project",),
}
"""What the fields of a variable's keys are called in the tables."""


class Frame:
    """What every answer of one case shares: names, keys and stages.

    Parameters
    ----------
    network : Network
        The base.
    program : Program
        Compiled from it.
    """

    def __init__(self, network: Network, program: Program) -> None:
        self.network, self.program = network, program
        self.structure = network.structure
        self.calendar = network.structure.calendar
        self.labels = [self.calendar.label(period) for period in self.calendar.periods]
        self.stages: dict[str, StageFlows] = flows_by_stage(network, program)
        self.keys = {name: self._keys(name, fields) for name, fields in KEYS.items() if name in program.columns_of}
        self.row_keys = [(rule, " / ".join(str(part) for part in key)) for rule, key in program.row_names]

    def _keys(self, name: str, fields: tuple[str, ...]) -> pd.DataFrame:
        """Keys of a variable as columns; the period last where there is one."""
        keys = [key for _, key in self.program.column_names[self.program.columns_of[name]]]
        wide = len(keys[0]) > len(fields)
        return pd.DataFrame(keys, columns=[*fields, *(["period"] if wide else [])])

    def column(self, name: str, x: Floats) -> Floats:
        """Values of one variable."""
        where = self.program.columns_of.get(name)
        return x[where] if where is not None else np.zeros(0)

    @cached_property
    def period_of(self) -> Any:
        """Period of every column, -1 where it has none, shape (columns,)."""
        timed = {"start"} | {name for name in self.program.columns_of if name not in _UNTIMED}
        return np.array([int(str(key[-1])) if name in timed else -1 for name, key in self.program.column_names])


_UNTIMED = {"reserve", "start", "terminal_breach", "volume", "member", "breach"}


class Outcome:
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
        return self.network.values[name]

    def values_by_key(self, name: str) -> dict[Any, float]:
        """A parameter of the formulation by key."""
        keys = PARAMETERS[name].keys(self.frame.structure)
        return dict(zip(keys, self.value(name).tolist(), strict=True))

    def variable(self, name: str, what: str = "tonnes") -> pd.DataFrame:
        """A variable as a table, rows below the tolerance left out."""
        if name not in self.frame.keys:
            fields = KEYS[name]
            return pd.DataFrame(columns=[*fields, "period", what])
        amounts = self.frame.column(name, self.answer.x)
        kept = amounts > TOLERANCE
        return self.frame.keys[name][kept].assign(**{what: amounts[kept]}).reset_index(drop=True)

    @cached_property
    def costs(self) -> pd.DataFrame:
        """Cost by term, USD, discounted to the start."""
        terms = self.frame.program.cost_by_term(self.parameters)
        rows = [(name, float(prices @ self.answer.x)) for name, prices in terms.items()]
        return pd.DataFrame(rows, columns=["term", "cost_usd"])

    @cached_property
    def cost(self) -> float:
        """Total cost, USD, discounted to the start."""
        return float(self.costs["cost_usd"].sum())

    @cached_property
    def service(self) -> pd.DataFrame:
        """Tonnes wanted and missing of every demand in every period."""
        keys = pd.DataFrame(self.frame.structure.timed("demands"), columns=["site", "product", "end_use", "period"])
        return keys.assign(wanted=self.value("quantity"), short=self.frame.column("short", self.answer.x))

    @property
    def short(self) -> float:
        """Tonnes missing over the horizon."""
        return float(self.service["short"].sum())

    @property
    def service_level(self) -> float:
        """Share of demand met over the horizon."""
        wanted = self.service["wanted"].sum()
        return float(1 - self.short / wanted) if wanted else 1.0

    def worst_demand(self) -> tuple[str, float]:
        """The demand with the lowest service level over the horizon, and that level."""
        sums = self.service.groupby(["site", "product", "end_use"], sort=True)[["wanted", "short"]].sum()
        sums = sums[sums["wanted"] > 0]
        if sums.empty:
            return "", 1.0
        level = 1 - sums["short"] / sums["wanted"]
        key: Any = level.idxmin()
        return " ".join(part for part in key if part != "civil"), float(level.min())

    @cached_property
    def shares(self) -> pd.DataFrame:
        """Share of each country and supplier at each stage, per calendar year and over the horizon (year `all`)."""
        years = np.array([self.frame.calendar.bounds[period].year for period in self.frame.calendar.periods])
        tables = []
        for stage, flows in self.frame.stages.items():
            tonnes = flows.volumes(self.answer.x)
            who = flows.who.assign(tonnes=tonnes, year=years[flows.who["period"]].astype(str))
            both = pd.concat([who, who.assign(year="all")])
            total = both.groupby("year")["tonnes"].sum()
            for by in ("country", "supplier", "owner"):
                sums = both[both[by] != ""].groupby(["year", by], sort=True)["tonnes"].sum().reset_index()
                sums = sums[sums["tonnes"] > TOLERANCE].rename(columns={by: "member"})
                tables.append(sums.assign(stage=stage, by=by, share=sums["tonnes"] / sums["year"].map(total)))
        if not tables:
            return pd.DataFrame(columns=["stage", "by", "year", "member", "tonnes", "share"])
        return pd.concat(tables)[["stage", "by", "year", "member", "tonnes", "share"]].reset_index(drop=True)

    def share_of(self, stage: str, country: str) -> float:
        """A country's share of a stage over the horizon; not a number where nothing passes it."""
        table = self.shares
        whole = table[(table["stage"] == stage) & (table["by"] == "country") & (table["year"] == "all")]
        return float(whole.loc[whole["member"] == country, "share"].sum()) if len(whole) else float("nan")

    def largest(self, stage: str) -> tuple[str, float]:
        """The largest supplier of a stage over the horizon, and its share."""
        table = self.shares
        whole = table[(table["stage"] == stage) & (table["by"] == "supplier") & (table["year"] == "all")]
        if whole.empty:
            return "", float("nan")
        top = whole.loc[whole["share"].idxmax()]
        return str(top["member"]), float(top["share"])

    @cached_property
    def cover(self) -> pd.DataFrame:
        """Days of use in stock of every product at the end of every period, its substitutes counted."""
        structure = self.frame.structure
        ratio = {(product, product): 1.0 for _, product, _ in structure.index["demands"]}
        ratio |= {(row.product, row.material): row.ratio for row in structure.case.tables["substitutions"]}
        stock = self.variable("stock").groupby(["site", "material", "period"])["tonnes"].sum()
        held = stock.to_dict()
        wanted = self.service.groupby(["site", "product", "period"], sort=True)["wanted"].sum()
        kept = {(site, material) for site, material in structure.index["stock_sites"]}
        rows = []
        for (site, product, period), tonnes in wanted.items():  # type: ignore[misc]
            materials = [m for (p, m) in ratio if p == product and (site, m) in kept]
            if materials and tonnes > 0:
                total = sum(ratio[product, m] * held.get((site, m, period), 0.0) for m in materials)
                days = total / tonnes * self.frame.calendar.lengths[period]
                rows.append((site, product, period, total, days))
        return pd.DataFrame(rows, columns=["site", "product", "period", "tonnes", "days"])

    def lowest_cover(self) -> tuple[float, str]:
        """Fewest days of stock of any product, and where and when."""
        if self.cover.empty:
            return float("nan"), ""
        row = self.cover.loc[self.cover["days"].idxmin()]
        return float(row["days"]), f"{row['site']} {row['product']} {self.frame.labels[int(row['period'])]}"

    @cached_property
    def prices(self) -> pd.DataFrame:
        """Shadow prices: what one more unit of each row's bound would save (negative: cost), USD, discounted."""
        y = self.answer.y
        kept = np.flatnonzero(np.abs(y) > TOLERANCE)
        rows = [(*self.frame.row_keys[row], float(y[row])) for row in kept]
        return pd.DataFrame(rows, columns=["rule", "key", "usd_per_unit"])

    def binding(self) -> dict[str, int]:
        """Number of rows with a price, by rule; balances, definitions and demand left out."""
        counts = self.prices["rule"].value_counts()
        plain = {"material_balance", "demand_met", "volume_definition", "member_volume"}
        return {str(rule): int(count) for rule, count in counts.items() if rule not in plain}

    def labelled(self, table: pd.DataFrame) -> pd.DataFrame:
        """A table with the names of its periods, sorted by its keys."""
        if "period" not in table.columns:
            return table
        table = table.sort_values([name for name in table.columns if table[name].dtype == object or name == "period"],
                                  kind="stable", ignore_index=True)
        return table.assign(period=[self.frame.labels[int(number)] for number in table["period"]])

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every long table of the plan, by name."""
        return {name: self.labelled(make(self)).reset_index(drop=True) for name, make in TABLES.items()}


def _with_price(outcome: Outcome, table: pd.DataFrame, fields: list[str], parameter: str, name: str) -> pd.DataFrame:
    """Add a parameter, matched on fields and period."""
    prices = outcome.values_by_key(parameter)
    keys = zip(*(table[field] for field in [*fields, "period"]), strict=True)
    return table.assign(**{name: [prices[key] for key in keys]})


def purchases(outcome: Outcome) -> pd.DataFrame:
    """Goods bought on the spot."""
    table = _with_price(outcome, outcome.variable("buy"), ["offer"], "offer_price", "price_usd_per_t")
    rows = outcome.frame.structure.offer_rows
    return table.assign(
        site=[rows[offer].site for offer in table["offer"]], material=[rows[offer].material for offer in table["offer"]],
        spend_usd=table["tonnes"] * table["price_usd_per_t"],
    )


def contracts(outcome: Outcome) -> pd.DataFrame:
    """Volume reserved, taken and paid for without being taken, by contract."""
    reserved = outcome.variable("reserve", "reserved_t_per_year")
    taken = outcome.variable("take").groupby("contract")["tonnes"].sum()
    unpaid = outcome.variable("unpaid").groupby("contract")["tonnes"].sum()
    return reserved.drop(columns="period", errors="ignore").assign(
        taken_t=reserved["contract"].map(taken).fillna(0.0).astype(float),
        paid_not_taken_t=reserved["contract"].map(unpaid).fillna(0.0).astype(float),
    )


def production(outcome: Outcome) -> pd.DataFrame:
    """Activity of every plant."""
    table = outcome.variable("run", "activity_t")
    structure = outcome.frame.structure
    table = table.assign(
        process=[structure.process[recipe] for recipe in table["recipe"]],
        country=[structure.country[site] for site in table["site"]],
    )
    return _with_price(outcome, table, ["site", "process"], "conversion_price", "price_usd_per_t")


def shipments(outcome: Outcome) -> pd.DataFrame:
    """Goods moved, by the period they leave in."""
    table = outcome.variable("ship")
    country = outcome.frame.structure.country
    return table.assign(
        from_country=[country[place] for place in table["origin"]], to_country=[country[place] for place in table["destination"]]
    )


def stock(outcome: Outcome) -> pd.DataFrame:
    """Stock at the end of each period."""
    return outcome.variable("stock")


def deliveries(outcome: Outcome) -> pd.DataFrame:
    """What serves each demand."""
    return outcome.variable("serve")


def shortages(outcome: Outcome) -> pd.DataFrame:
    """Demand not met."""
    return _with_price(outcome, outcome.variable("short"), ["site", "product", "end_use"], "shortage_penalty", "penalty_usd_per_t")


def projects(outcome: Outcome) -> pd.DataFrame:
    """Projects started, as a share of the whole."""
    return outcome.variable("start", "share")


def shares(outcome: Outcome) -> pd.DataFrame:
    """Shares at every stage, looked through."""
    return outcome.shares


def cover(outcome: Outcome) -> pd.DataFrame:
    """Days of stock."""
    return outcome.cover


def licences(outcome: Outcome) -> pd.DataFrame:
    """What each licence that restricts lets through, and how much of it is used."""
    structure, x = outcome.frame.structure, outcome.answer.x
    rows = []
    ship = {key: place for place, (name, key) in enumerate(outcome.frame.program.column_names) if name == "ship"}
    for kind in ("export", "content"):
        for key, licensed in outcome.values_by_key(f"{kind}_licensed").items():
            if np.isfinite(licensed):
                *licence, period = key
                used = sum(x[ship[(*lane, period)]] for lane in structure.governs[kind][tuple(licence)])
                rows.append((kind, *key, licensed, used))
    return pd.DataFrame(rows, columns=["kind", "control", "place", "group", "period", "licensed_t", "used_t"])


def costs(outcome: Outcome) -> pd.DataFrame:
    """Cost by term."""
    return outcome.costs


def prices(outcome: Outcome) -> pd.DataFrame:
    """Shadow prices by rule and key."""
    return outcome.prices


TABLES: dict[str, Callable[[Outcome], pd.DataFrame]] = {
    make.__name__: make for make in (
        purchases, contracts, production, shipments, stock, deliveries, shortages, projects, shares, cover, licences, costs, prices,
    )
}
"""The long tables of a plan."""
UNITS = {
    "tonnes": "t", "price_usd_per_t": "USD/t, not discounted", "spend_usd": "USD, not discounted", "activity_t": "t",
    "reserved_t_per_year": "t/year", "taken_t": "t", "paid_not_taken_t": "t", "penalty_usd_per_t": "USD/t, not discounted",
    "share": "0 to 1", "days": "days of use", "licensed_t": "t", "used_t": "t", "cost_usd": "USD, discounted to the first day",
    "usd_per_unit": "USD per unit of the row, discounted to the first day", "service_level": "0 to 1", "short_t": "t",
    "seconds": "s",
}
"""Units of the columns that hold numbers."""
