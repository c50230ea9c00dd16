"""What is kept, how long it lasts, and what of it is missing."""

from __future__ import annotations

import pandas as pd

from optimizer.plans.outcome import Outcome
from optimizer.plans.schema import COST, EXPOSURE, KIND, MATERIAL, PERIOD, PRODUCT, SITE, TONNES, Columns, number


class Stock(Columns):
    """Columns of `stock`."""

    site = SITE
    material = MATERIAL
    exposure = EXPOSURE
    period = PERIOD
    tonnes = TONNES


def stock(outcome: Outcome) -> pd.DataFrame:
    """Stock at the end of each period."""
    return Stock.frame(outcome.variable("stock"))


class Allocated(Columns):
    """Columns of `allocated`."""

    site = SITE
    product = PRODUCT
    material = MATERIAL
    period = PERIOD
    tonnes = number("t", "of this material in stock, counted in the cover of that product and of no other")


def allocated(outcome: Outcome) -> pd.DataFrame:
    """What of a stock counts in the cover of a product, its own or that of what it may stand in for."""
    return Allocated.frame(outcome.variable("allocated"))


class StockGaps(Columns):
    """Columns of `stock_gaps`."""

    kind = KIND
    site = SITE
    material = MATERIAL
    period = PERIOD
    tonnes = TONNES
    cost_usd = COST


def stock_gaps(outcome: Outcome) -> pd.DataFrame:
    """Stock missing from covers, reserves and terminal stock."""
    it, parts = StockGaps, []
    for kind in ("cover", "reserve", "terminal"):
        table = outcome.fined(f"{kind}_breach").rename(columns={"product": it.material})
        if kind == "terminal":
            table = table.assign(**{it.period: outcome.frame.structure.periods[-1]})
        parts.append(it.frame(table.assign(**{it.kind: kind})))
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def cover(outcome: Outcome) -> pd.DataFrame:
    """How long the stock of a product lasts from the end of each period on, by what is wanted then.

    Substitutes count up to their share; a stock that may stand in for several products counts here for each.
    """
    return outcome.cover
