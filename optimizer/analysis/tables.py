"""The long tables of a plan, with the same key names as the case."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from optimizer.analysis.outcome import Outcome


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
    """Goods bought on the spot."""
    table = _with_price(outcome, outcome.variable("buy"), ["offer"], "offer_price", "price_usd_per_t")
    rows = outcome.frame.structure.offer_rows
    return table.assign(
        site=[rows[offer].site for offer in table["offer"]],
        material=[rows[offer].material for offer in table["offer"]],
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
        from_country=[country[place] for place in table["origin"]],
        to_country=[country[place] for place in table["destination"]],
    )


def stock(outcome: Outcome) -> pd.DataFrame:
    """Stock at the end of each period."""
    return outcome.variable("stock")


def deliveries(outcome: Outcome) -> pd.DataFrame:
    """What serves each demand."""
    return outcome.variable("serve")


def shortages(outcome: Outcome) -> pd.DataFrame:
    """Demand not met."""
    return _with_price(
        outcome, outcome.variable("short"), ["site", "product", "end_use"], "shortage_penalty", "penalty_usd_per_t"
    )


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
    make.__name__: make
    for make in (
        purchases,
        contracts,
        production,
        shipments,
        stock,
        deliveries,
        shortages,
        projects,
        shares,
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
    "activity_t": "t",
    "reserved_t_per_year": "t/year",
    "taken_t": "t",
    "paid_not_taken_t": "t",
    "penalty_usd_per_t": "USD/t, not discounted",
    "share": "0 to 1",
    "days": "days of use",
    "licensed_t": "t",
    "used_t": "t",
    "cost_usd": "USD, discounted to the first day",
    "usd_per_unit": "USD per unit of the row, discounted to the first day",
    "service_level": "0 to 1",
    "short_t": "t",
    "seconds": "s",
}
"""Units of the columns that hold numbers."""
