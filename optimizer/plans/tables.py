"""The long tables of a plan, with the same key names as the case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from optimizer.plans.concentration import concentration
from optimizer.plans.discarded import discarded
from optimizer.plans.outcome import TOLERANCE, Outcome


def long_tables(outcome: Outcome) -> dict[str, pd.DataFrame]:
    """Every long table of a plan, by name: sorted, its periods named."""
    return {name: outcome.labelled(make(outcome)).reset_index(drop=True) for name, make in TABLES.items()}


def supply(outcome: Outcome) -> pd.DataFrame:
    """Who supplies what to the buyer's plants: tonnes by period of dispatch, and what is missing as from `SHORT`.

    Parameters
    ----------
    outcome : Outcome

    Returns
    -------
    DataFrame
        Columns `to`, `material`, `from`, one per period by its name, and `all`; tonnes.
    """
    buyers = {site for site, _, _ in outcome.frame.structure.index["demands"]}
    shipped = outcome.variable("ship")
    shipped = shipped[shipped["destination"].isin(buyers)].rename(columns={"destination": "to", "origin": "from"})
    missing = outcome.service.rename(columns={"site": "to", "product": "material", "short": "tonnes"})
    missing = missing[missing["tonnes"] > 0].assign(**{"from": "SHORT"})
    both = pd.concat([shipped, missing])[["to", "material", "from", "period", "tonnes"]]
    wide = both.pivot_table(
        index=["to", "material", "from"], columns="period", values="tonnes", aggfunc="sum", fill_value=0
    )
    wide = wide.reindex(columns=range(len(outcome.frame.labels)), fill_value=0)
    wide.columns = pd.Index(outcome.frame.labels)
    return wide.assign(all=wide.sum(axis=1)).reset_index()


def _with_price(outcome: Outcome, table: pd.DataFrame, fields: list[str], parameter: str, name: str) -> pd.DataFrame:
    """Add a parameter, matched on fields and period."""
    prices = outcome.values_by_key(parameter)
    keys = zip(*(table[field] for field in [*fields, "period"]), strict=True)
    return table.assign(**{name: [prices[key] for key in keys]})


def purchases(outcome: Outcome) -> pd.DataFrame:
    """Goods bought, on the spot (no contract) and under contract."""
    structure = outcome.frame.structure
    spot = _with_price(outcome, outcome.variable("buy"), ["offer"], "offer_price", "price_usd_per_t").assign(
        contract=""
    )
    taken = _with_price(outcome, outcome.variable("take"), ["contract"], "contract_price", "price_usd_per_t")
    offer_of = {row.contract: row.offer for row in structure.case.tables.contracts}
    taken = taken.assign(offer=[offer_of[contract] for contract in taken["contract"]])
    table = pd.concat([part for part in (spot, taken) if len(part)] or [spot])
    rows = structure.offer_rows
    table = table.assign(
        site=[rows[offer].site for offer in table["offer"]],
        material=[rows[offer].material for offer in table["offer"]],
        exposure=[structure.offer_class[offer] for offer in table["offer"]],
        spend_usd=table["tonnes"] * table["price_usd_per_t"],
    )
    fields = ["offer", "contract", "site", "material", "exposure", "period", "tonnes", "price_usd_per_t", "spend_usd"]
    return table[fields]


def contracts(outcome: Outcome) -> pd.DataFrame:
    """Volume reserved, taken and paid for without being taken, by contract."""
    reserved = outcome.variable("reserve", "reserved_t_per_year").drop(columns="period", errors="ignore")
    taken = outcome.variable("take").groupby("contract")["tonnes"].sum()
    unpaid = outcome.variable("unpaid").groupby("contract")["tonnes"].sum()
    return reserved.assign(
        taken_t=reserved["contract"].map(taken).fillna(0.0).astype(float),
        paid_not_taken_t=reserved["contract"].map(unpaid).fillna(0.0).astype(float),
    )


def not_taken(outcome: Outcome) -> pd.DataFrame:
    """Contracted goods paid for and not taken."""
    return _with_price(outcome, outcome.variable("unpaid"), ["contract"], "contract_price", "price_usd_per_t")


def consumption(outcome: Outcome) -> pd.DataFrame:
    """What plants consume, by the exposure of the input and of the lot it goes into."""
    structure = outcome.frame.structure
    rows = []
    runs: Any = outcome.variable("run").itertuples()
    for line in runs:
        lot = (line.site, line.recipe, line.exposure)
        for material, tonnes in structure.recipes[line.recipe].items():
            if tonnes < 0:
                rows.append((*lot, material, structure.draws[(*lot, material)], line.period, -tonnes * line.tonnes))
    dilutions: Any = outcome.variable("dilute").itertuples()
    for line in dilutions:
        lot = (line.site, line.recipe, line.lot)
        drawn = structure.draws[(*lot, line.material)]
        rows.append((*lot, line.material, drawn, line.period, -line.tonnes))
        rows.append((*lot, line.material, line.exposure, line.period, line.tonnes))
    fields = ["site", "recipe", "lot", "material", "exposure", "period"]
    table = pd.DataFrame(rows, columns=[*fields, "tonnes"]).groupby(fields, sort=True)["tonnes"].sum().reset_index()
    return table[table["tonnes"] > TOLERANCE].reset_index(drop=True)


def reclassified(outcome: Outcome) -> pd.DataFrame:
    """Goods of a cleaner class used as goods of a more exposed one."""
    return outcome.variable("downgrade")


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
        from_country=[country[place] for place in table["origin"]],
        to_country=[country[place] for place in table["destination"]],
    )


def stock(outcome: Outcome) -> pd.DataFrame:
    """Stock at the end of each period."""
    return outcome.variable("stock")


def stock_gaps(outcome: Outcome) -> pd.DataFrame:
    """Stock missing from covers, reserves and terminal stock."""
    parts = []
    for kind in ("cover", "reserve", "terminal"):
        table = outcome.fined(f"{kind}_breach")
        if kind == "terminal":
            table = table.assign(period=outcome.frame.structure.periods[-1])
        table.insert(0, "kind", kind)
        parts.append(table)
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def deliveries(outcome: Outcome) -> pd.DataFrame:
    """What serves each demand."""
    return outcome.variable("serve")


def shortages(outcome: Outcome) -> pd.DataFrame:
    """Demand not met."""
    return _with_price(
        outcome, outcome.fined("short"), ["site", "product", "end_use"], "shortage_penalty", "penalty_usd_per_t"
    )


def projects(outcome: Outcome) -> pd.DataFrame:
    """Projects started, as a share of the whole."""
    return outcome.variable("start", "share")


def shares(outcome: Outcome) -> pd.DataFrame:
    """Shares at every stage, looked through."""
    return outcome.shares


def limits(outcome: Outcome) -> pd.DataFrame:
    """Every limit in every window: what it bounds, its bound, by how much it is broken, and what that costs."""
    columns, x = outcome.frame.place_of, outcome.answer.x
    paid = outcome.frame.program.costs["policy_breach"](outcome.parameters) * x
    bounds = outcome.values_by_key("limit_value")
    squares: dict[Any, float] = defaultdict(float)
    for window in outcome.frame.structure.windows:
        if window.is_square:
            squares[window.limit, window.label] += x[columns["member", window.key]] ** 2
    rows = []
    for window in outcome.frame.structure.windows:
        if window.is_square:
            continue
        row, key = window.row, window.key
        total = x[columns["volume", (window.limit, window.label)]]
        amount = x[columns["member", key]]
        if row.measure == "hhi":
            amount = squares[window.limit, window.label] / total if total > 0 else 0.0
        place = columns["breach", key] if row.penalty is not None else None
        broken = (0.0, 0.0) if place is None else (x[place], paid[place])
        rows.append((*key, row.measure, row.sense, total, amount, bounds[key], *broken))
    names = ["limit", "member", "window", "measure", "sense", "total", "amount", "bound", "breach", "cost_usd"]
    return pd.DataFrame(rows, columns=names)


def cover(outcome: Outcome) -> pd.DataFrame:
    """Days of stock."""
    return outcome.cover


def licences(outcome: Outcome) -> pd.DataFrame:
    """What each licence that restricts lets through, to all or to some applicants, and how much of it is used."""
    structure, x = outcome.frame.structure, outcome.answer.x
    who = structure.applicants
    place_of = outcome.frame.place_of
    weight = outcome.values_by_key("counted")

    def counted(control: str, lane: tuple[str, ...], period: int) -> float:
        return weight[control, who.of[control, lane], period] if (control, lane) in who.of else 1.0

    rows = []
    for kind in ("export", "content"):
        for key, licensed in outcome.values_by_key(f"{kind}_licensed").items():
            if np.isfinite(licensed):
                control, place, group, period = key
                lanes = structure.governs[kind][control, place, group]
                used = sum(x[place_of["ship", (*lane, period)]] * counted(control, lane, period) for lane in lanes)
                rows.append((kind, control, place, group, "", period, licensed, used))
        for key, licensed in outcome.values_by_key(f"{kind}_licensed_to").items():
            if np.isfinite(licensed):
                used = sum(x[place_of["ship", (*lane, key[-1])]] for lane in who.lanes[kind][key[:-1]])
                rows.append((kind, *key, licensed, used))
    fields = ["kind", "control", "place", "group", "applicants", "period", "licensed_t", "used_t"]
    return pd.DataFrame(rows, columns=fields)


def costs(outcome: Outcome) -> pd.DataFrame:
    """Cost by term."""
    return outcome.costs


def prices(outcome: Outcome) -> pd.DataFrame:
    """Shadow prices by rule and key."""
    return outcome.prices


TABLES: dict[str, Callable[[Outcome], pd.DataFrame]] = {
    make.__name__: make
    for make in (
        purchases,
        contracts,
        not_taken,
        production,
        consumption,
        reclassified,
        shipments,
        discarded,
        stock,
        stock_gaps,
        deliveries,
        shortages,
        projects,
        shares,
        concentration,
        limits,
        cover,
        licences,
        costs,
        prices,
    )
}
"""The long tables of a plan."""
UNITS = {
    "tonnes": "t",
    "price_usd_per_t": "USD/t, not discounted",
    "spend_usd": "USD, not discounted",
    "value_usd": "USD, not discounted",
    "activity_t": "t",
    "reserved_t_per_year": "t/year",
    "taken_t": "t",
    "paid_not_taken_t": "t",
    "penalty_usd_per_t": "USD/t, not discounted",
    "share": "0 to 1",
    "total": "t or USD",
    "amount": "t or USD",
    "bound": "share, t or USD",
    "breach": "t or USD",
    "days": "days of use",
    "licensed_t": "t",
    "used_t": "t",
    "cost_usd": "USD, discounted to the first day",
    "usd_per_unit": "USD per unit of the row, discounted to the first day",
    "service_level": "0 to 1",
    "short_t": "t",
    "seconds": "s",
    "members": "count",
    "hhi": "0 to 1",
    "hhi_10000": "0 to 10 000",
}
"""Units of the columns that hold numbers."""
