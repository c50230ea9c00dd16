"""The long tables of a plan, with the same key names as the case: one list of them all, in their order."""

from __future__ import annotations

import pandas as pd

from optimizer.plans.assumed import Assumed, assumed
from optimizer.plans.awards import Awards, awards
from optimizer.plans.call_offs import CallOffs, Frames, call_offs, frames
from optimizer.plans.concentration import Concentration, concentration
from optimizer.plans.cost import Costs
from optimizer.plans.decisions import Decisions, decisions
from optimizer.plans.discarded import Discarded, discarded
from optimizer.plans.lasting import Cover
from optimizer.plans.outcome import Outcome, Prices, Shares
from optimizer.plans.schema import Table
from optimizer.plans.tables.content import Reclassified, reclassified
from optimizer.plans.tables.contracts import (
    CarriedOver,
    Contracts,
    MissedOrders,
    NotTaken,
    carried_over,
    contracts,
    missed_orders,
    not_taken,
)
from optimizer.plans.tables.demand import Deliveries, Shortages, deliveries, shortages
from optimizer.plans.tables.goods import Consumption, Production, consumption, production
from optimizer.plans.tables.licences import Licences, Quotas, Reference, licences, quotas, reference
from optimizer.plans.tables.limits import Attribution, Limits, LimitUse, attribution, limit_use, limits
from optimizer.plans.tables.projects import Projects, projects
from optimizer.plans.tables.rules import prices
from optimizer.plans.tables.sales import Sales, Wanted, sales, wanted
from optimizer.plans.tables.stock import Allocated, Stock, StockGaps, allocated, cover, stock, stock_gaps
from optimizer.plans.tables.supply import Purchases, purchases
from optimizer.plans.tables.transport import Shipments, shipments


def shares(outcome: Outcome) -> pd.DataFrame:
    """Shares at every stage, looked through."""
    return outcome.shares


def costs(outcome: Outcome) -> pd.DataFrame:
    """Cost by term."""
    return outcome.costs


TABLES: dict[str, Table[Outcome]] = {
    make.__name__: Table(make.__name__, record, make)
    for record, make in (
        (Decisions, decisions),
        (Frames, frames),
        (CallOffs, call_offs),
        (Purchases, purchases),
        (Contracts, contracts),
        (NotTaken, not_taken),
        (CarriedOver, carried_over),
        (MissedOrders, missed_orders),
        (Production, production),
        (Consumption, consumption),
        (Reclassified, reclassified),
        (Shipments, shipments),
        (Sales, sales),
        (Wanted, wanted),
        (Discarded, discarded),
        (Stock, stock),
        (Allocated, allocated),
        (StockGaps, stock_gaps),
        (Awards, awards),
        (Deliveries, deliveries),
        (Shortages, shortages),
        (Projects, projects),
        (Shares, shares),
        (Concentration, concentration),
        (Limits, limits),
        (LimitUse, limit_use),
        (Attribution, attribution),
        (Cover, cover),
        (Reference, reference),
        (Licences, licences),
        (Quotas, quotas),
        (Costs, costs),
        (Prices, prices),
        (Assumed, assumed),
    )
}
"""The long tables of a plan, in the order in which they are written and documented."""


def long_tables(outcome: Outcome) -> dict[str, pd.DataFrame]:
    """Every long table of a plan, by name: sorted, its periods named."""
    return {name: outcome.labelled(table.make(outcome)).reset_index(drop=True) for name, table in TABLES.items()}


def joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Tables of the same columns below each other; those without rows, whose columns have no type, say nothing."""
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
