"""What a plan misses at a price: limits broken, stock and demand short, by how much, and the penalty."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from optimizer.plans.amounts import mass, percent, usd
from optimizer.plans.schema import COST, Columns, number, word
from optimizer.plans.tables.contracts import MissedOrders
from optimizer.plans.tables.demand import Shortages
from optimizer.plans.tables.limits import Limits
from optimizer.plans.tables.stock import StockGaps


class Missed(Columns):
    """Columns of what is missed."""

    kind = word("`limit`, `cover`, `reserve`, `terminal`, `shortage` or `order`")
    what = word("what it is of")
    where = word("windows or periods", empty=True)
    by = word("by how much, in words")
    tonnes = number("t", "of stock, demand or orders", empty=True)
    cost_usd = COST


FIELDS = list(Missed.columns())
WORTH_SAYING = 1e-6
"""Tonnes, or USD, below which nothing is said to be broken."""


MANY = {"shortage": "demands", "order": "orders"}
"""What several of a kind are called whose tonnes add up over periods."""
SAID = {"shortage": "short", "order": "not kept"}
"""What is said of their tonnes."""


MISSED_IN = ("limits", "stock_gaps", "shortages", "missed_orders")
"""Tables of an answer in which what it misses stands."""


def missed(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """What one plan misses, that which costs most first within limits, stock and demand.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Those of `MISSED_IN` of one answer, at least.

    Returns
    -------
    DataFrame
        Columns of `Missed`.
    """
    rows = [*_limits(tables["limits"]), *_stock(tables["stock_gaps"]), *_shortages(tables["shortages"])]
    rows += _orders(tables["missed_orders"])
    return pd.DataFrame(rows, columns=FIELDS)


def gathered(table: pd.DataFrame) -> pd.DataFrame:
    """What is missed with all of one kind in one row, save for limits: how many of it there are, and the penalties."""
    rows: list[tuple[Any, ...]] = []
    it = Missed
    for kind, some in table.groupby(it.kind, sort=False):
        if kind == "limit" or len(some) == 1:
            rows += some.itertuples(index=False, name=None)
        else:
            many = f"of {len(some)} {MANY.get(str(kind), 'stocks')}"
            if kind in MANY:
                by, tonnes = f"{mass(some[it.tonnes].sum())} {SAID[str(kind)]}", some[it.tonnes].sum()
            else:
                by, tonnes = f"{mass(some[it.tonnes].max())} missing at most", some[it.tonnes].max()
            rows.append((kind, many, "", by, tonnes, some[it.cost_usd].sum()))
    return pd.DataFrame(rows, columns=FIELDS)


def _sorted(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows that cost most first."""
    return sorted(rows, key=lambda row: -row[-1])


def _listed(names: list[str]) -> str:
    """A few windows or periods by name; of many the first, the last and how many."""
    return ", ".join(names) if len(names) <= 3 else f"{names[0]} to {names[-1]}, {len(names)} in all"


def _limits(table: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Limits broken: each with its member, its windows, and by how much at the worst."""
    rows, it = [], Limits
    for (limit, member), some in table[table[it.breach] > WORTH_SAYING].groupby([it.limit, it.member], sort=False):
        worst = some.assign(over=some[it.breach] / some[it.total].where(some[it.total] > 0, 1.0))
        share = str(some[it.measure].iloc[0]) in ("share", "hhi")
        worst = worst.sort_values("over" if share else it.breach, ascending=False, kind="stable")
        line: dict[str, Any] = {str(name): value for name, value in worst.iloc[0].items()}
        where = _listed([str(window) for window in some[it.window]])
        most = " at most" if len(some) > 1 else ""
        rows.append(
            ("limit", f"{limit}: {member}", where, by_how_much(line) + most, math.nan, float(some[it.cost_usd].sum()))
        )
    return _sorted(rows)


def by_how_much(line: Mapping[str, Any]) -> str:
    """By how much a limit is broken in a window, in words."""
    it = Limits
    bound, amount, breach = float(line[it.bound]), float(line[it.amount]), float(line[it.breach])
    beyond = "over" if line[it.sense] == "at_most" else "under"
    if line[it.measure] == "share":
        points = 100 * breach / float(line[it.total])
        return f"{_points(points)} percentage points {beyond} {percent(bound, 1)}"
    if line[it.measure] == "hhi":
        return f"{breach / float(line[it.total]):.3g} {beyond} {bound:.3g}"
    told = usd if line[it.measure] == "spend" else mass
    return f"{told(breach)} {beyond} {told(bound)}" if amount or breach else ""


def _points(points: float) -> str:
    """Percentage points, small ones with the digits they need."""
    return f"{points:.1f}" if points >= 0.05 else f"{points:.2g}"


def _stock(table: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Stock missing from covers, reserves and on the last day: the most that is missing at once."""
    rows, it = [], StockGaps
    for (kind, site, material), some in table.groupby([it.kind, it.site, it.material], sort=False):
        most = " at most" if len(some) > 1 else ""
        where = _listed([str(period) for period in some[it.period]])
        largest = float(some[it.tonnes].max())
        by = f"{mass(largest)} missing{most}"
        rows.append((str(kind), f"{site} {material}", where, by, largest, float(some[it.cost_usd].sum())))
    return _sorted(rows)


def _shortages(table: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Demand that goes short, summed over the periods."""
    rows, it = [], Shortages
    for (site, product, end_use), some in table.groupby([it.site, it.product, it.end_use], sort=False):
        named = " ".join(str(part) for part in (site, product, end_use) if part != "civil")
        where = _listed([str(period) for period in some[it.period]])
        total = float(some[it.tonnes].sum())
        rows.append(("shortage", named, where, f"{mass(total)} short", total, float(some[it.cost_usd].sum())))
    return _sorted(rows)


def _orders(table: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Orders that are not kept, summed over the periods."""
    rows, it = [], MissedOrders
    for (supplier, to, material), some in table.groupby([it.supplier, it.destination, it.material], sort=False):
        where = _listed([str(period) for period in some[it.period]])
        total = float(some[it.tonnes].sum())
        named, by = f"{material} from {supplier} for {to}", f"{mass(total)} {SAID['order']}"
        rows.append(("order", named, where, by, total, float(some[it.cost_usd].sum())))
    return _sorted(rows)
