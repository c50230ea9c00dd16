"""What a plan of the case foretells: tonnes that leave China by month and buyer, and on which day each runs short."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from optimizer.backtest.design import WORLD, Backtest, month_of
from optimizer.backtest.grid import CONTROLLED, FREE, YEAR, buyer_of
from optimizer.case.case import Case
from optimizer.network.network import Network
from optimizer.plans.outcome import Outcome
from optimizer.plans.tables.demand import Deliveries, Shortages, deliveries, shortages
from optimizer.plans.tables.transport import Shipments, shipments
from optimizer.world.holding import queue_of

ORIGIN = "CN"
SMALL = 1e-6
EARLY = "2025-09"
"""Last month by which nothing can count on what was begun after the day."""


@dataclass(frozen=True)
class Foretold:
    """What one plan foretells.

    Parameters
    ----------
    tonnes : dict of (month, destination) to float
        That leave China, by buyer and for the world.
    stops : dict of str to float
        Day on which the first sub-buyer of a buyer runs short, from the rule on; those that do not are left out.
    stopped : int
        Sub-buyers that run short.
    short : float
        Tonnes missing.
    outside : float
        Tonnes from outside China.
    early : float
        Tonnes, to the third quarter, of sites that open or are qualified only after the day.
    """

    tonnes: dict[tuple[str, str], float]
    stops: dict[str, float]
    stopped: int
    short: float
    outside: float
    early: float


def foretold(case: Case, backtest: Backtest, outcome: Outcome) -> Foretold:
    """Read a plan.

    Parameters
    ----------
    case : Case
        At a point of the grid.
    backtest : Backtest
    outcome : Outcome
        Its plan in a branch.
    """
    sent, it = outcome.labelled(shipments(outcome)), Shipments
    known = {row.country: buyer_of(row.site) for row in case.tables.sites if buyer_of(row.site) in _buyers(case)}
    leaves = sent[(sent[it.from_country] == ORIGIN) & (sent[it.to_country] != ORIGIN)]
    leaves = leaves.groupby([it.period, it.to_country, it.material])[it.tonnes].sum().reset_index()
    tonnes: dict[tuple[str, str], float] = {}
    for month, country, material, some in zip(
        leaves[it.period], leaves[it.to_country], leaves[it.material], leaves[it.tonnes], strict=True
    ):
        for later, share in _leaving(outcome.network, country, material, month, outcome.frame.labels):
            for cell in ((later, known[country]), (later, WORLD)):
                tonnes[cell] = tonnes.get(cell, 0.0) + share * float(some)
    outside = sent[(sent[it.from_country] != ORIGIN)][it.tonnes].sum()
    soon = sent[sent[it.origin].isin(_opened(case, backtest.design.day)) & (sent[it.period] <= EARLY)]
    missing = outcome.labelled(shortages(outcome))
    missing = missing[missing[Shortages.period] <= backtest.design.shown]
    days = _days_short(case, outcome, missing, backtest.design.rule)
    stops: dict[str, float] = {}
    for site, day in days.items():
        buyer = buyer_of(site)
        stops[buyer] = min(day, stops.get(buyer, day))
    short = float(missing[Shortages.tonnes].sum())
    return Foretold(tonnes, stops, len(days), short, float(outside), float(soon[it.tonnes].sum()))


def _leaving(
    world: Network, country: str, material: str, month: str, labels: Sequence[str]
) -> Iterator[tuple[str, float]]:
    """In which months goods leave that come to the border in one: their own, unless customs hold them."""
    case, place, bounds = world.case, labels.index(month), world.calendar.offsets
    held = [
        number
        for number, row in enumerate(case.tables.holds)
        if material == FREE and country in case.by.controls[row.control].destinations
    ]
    queue = queue_of(world.timelines, held)
    gone = 0.0
    for later in range(place, len(labels)):
        by_then = queue.gone(slice(int(bounds[place]), int(bounds[place + 1])), float(bounds[later + 1]))
        if by_then > gone:
            yield labels[later], by_then - gone
        gone = by_then
        if gone >= 1:
            return


def _opened(case: Case, day: dt.date) -> set[str]:
    """Sites that sell, make or are qualified only after a day."""
    sell = {row.site for row in case.tables.offers if row.from_ is not None and row.from_ > day}
    make = {row.site for row in case.tables.plants if row.from_ > day}
    return sell | make | {row.site for row in case.tables.projects}


def _buyers(case: Case) -> set[str]:
    """Buyers of a case."""
    return {buyer_of(row.site) for row in case.tables.demand}


def _days_short(case: Case, outcome: Outcome, missing: pd.DataFrame, rule: dt.date) -> dict[str, float]:
    """Day, from the rule on, on which each site runs short that misses more than a day of use in a month."""
    daily = {row.site: row.tonnes / YEAR for row in case.tables.demand if row.product == CONTROLLED}
    found: dict[str, float] = {}
    some = missing[missing[Shortages.product] == CONTROLLED]
    for site, rows in some.groupby(Shortages.site):
        months = rows.loc[rows[Shortages.tonnes] > daily[str(site)], Shortages.period]
        if len(months):
            day = _first_day(case, outcome, str(site), str(months.min()), daily[str(site)])
            found[str(site)] = float((day - rule).days)
    return found


def _first_day(case: Case, outcome: Outcome, site: str, month: str, daily: float) -> dt.date:
    """First day of a month on which stock and what has come are less than what has been used.

    What is not on a day of the table of arrivals comes evenly over the month, and free grades stand in evenly.
    """
    labels = list(outcome.frame.labels)
    place, first = labels.index(month), dt.date.fromisoformat(f"{month}-01")
    length = (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - first
    stock = outcome.labelled(outcome.variable("stock"))
    kept = stock[(stock["site"] == site) & (stock["material"] == CONTROLLED)].set_index("period")["tonnes"]
    held = next(row for row in case.tables.stocks if row.site == site and row.material == CONTROLLED)
    opening = float(kept.get(labels[place - 1], 0.0)) if place else held.opening
    it, served = Deliveries, outcome.labelled(deliveries(outcome))
    served = served[(served[it.site] == site) & (served[it.product] == CONTROLLED) & (served[it.period] == month)]
    own = float(served.loc[served[it.material] == CONTROLLED, it.tonnes].sum())
    other = float(served[it.tonnes].sum()) - own
    come = np.zeros(length.days)
    for row in case.tables.arrivals:
        if row.site == site and row.material == CONTROLLED and month_of(row.on) == month:
            come[row.on.day - 1] += row.tonnes
    rest = max(0.0, own + float(kept.get(month, 0.0)) - opening - float(come.sum()))
    there = opening + np.cumsum(come + rest / length.days)
    used = np.arange(1, length.days + 1) * (daily - other / length.days)
    short = np.flatnonzero(there < used - SMALL)
    return first + dt.timedelta(days=int(short[0]) if len(short) else length.days - 1)
