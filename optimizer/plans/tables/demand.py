"""What serves demand, and what of it is not met."""

from __future__ import annotations

import pandas as pd

from optimizer.plans.outcome import Outcome
from optimizer.plans.schema import (
    COST,
    END_USE,
    EXPOSURE,
    MATERIAL,
    PERIOD,
    PRODUCT,
    SITE,
    TONNES,
    Columns,
    number,
)


class Deliveries(Columns):
    """Columns of `deliveries`."""

    site = SITE
    product = PRODUCT
    end_use = END_USE
    material = MATERIAL
    exposure = EXPOSURE
    period = PERIOD
    tonnes = TONNES


def deliveries(outcome: Outcome) -> pd.DataFrame:
    """What serves each demand."""
    return Deliveries.frame(outcome.variable("serve"))


class Shortages(Columns):
    """Columns of `shortages`."""

    site = SITE
    product = PRODUCT
    end_use = END_USE
    period = PERIOD
    tonnes = TONNES
    cost_usd = COST
    penalty_usd_per_t = number("USD/t, not discounted", "penalty of a missing tonne")


def shortages(outcome: Outcome) -> pd.DataFrame:
    """Demand not met."""
    it, short = Shortages, outcome.fined("short")
    keys = [it.site, it.product, it.end_use]
    return it.frame(outcome.with_parameter(short, keys, "shortage_penalty", it.penalty_usd_per_t))
