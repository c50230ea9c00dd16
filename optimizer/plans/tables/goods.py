"""What is made of what."""

from __future__ import annotations

from typing import Any

import pandas as pd

from optimizer.plans.outcome import TOLERANCE, Outcome
from optimizer.plans.schema import (
    COUNTRY,
    EXPOSURE,
    MATERIAL,
    PERIOD,
    PRICE,
    RECIPE,
    SITE,
    TONNES,
    Columns,
    number,
    word,
)


class Production(Columns):
    """Columns of `production`."""

    site = SITE
    recipe = RECIPE
    exposure = EXPOSURE
    period = PERIOD
    activity_t = number("t", "activity")
    process = word("process of the recipe")
    country = COUNTRY
    price_usd_per_t = PRICE


def production(outcome: Outcome) -> pd.DataFrame:
    """Activity of every plant."""
    it, structure = Production, outcome.frame.structure
    table = outcome.variable("run", it.activity_t)
    more = {
        it.process: [structure.by.process_of[recipe] for recipe in table[it.recipe]],
        it.country: [structure.country[site] for site in table[it.site]],
    }
    table = table.assign(**more)
    return it.frame(outcome.with_parameter(table, [it.site, it.process], "conversion_price", it.price_usd_per_t))


class Consumption(Columns):
    """Columns of `consumption`."""

    site = SITE
    recipe = RECIPE
    lot = word("exposure class of the lot they go into")
    material = MATERIAL
    exposure = EXPOSURE
    period = PERIOD
    tonnes = TONNES


def consumption(outcome: Outcome) -> pd.DataFrame:
    """What plants consume, by the exposure of the input and of the lot it goes into."""
    it, structure = Consumption, outcome.frame.structure
    rows = []
    runs: Any = outcome.variable("run").itertuples()
    for line in runs:
        lot = (line.site, line.recipe, line.exposure)
        for material, tonnes in structure.by.recipes[line.recipe].items():
            if tonnes < 0:
                rows.append((*lot, material, structure.draws[(*lot, material)], line.period, -tonnes * line.tonnes))
    dilutions: Any = outcome.variable("dilute").itertuples()
    for line in dilutions:
        lot = (line.site, line.recipe, line.lot)
        drawn = structure.draws[(*lot, line.material)]
        rows.append((*lot, line.material, drawn, line.period, -line.tonnes))
        rows.append((*lot, line.material, line.exposure, line.period, line.tonnes))
    fields = [it.site, it.recipe, it.lot, it.material, it.exposure, it.period]
    table = pd.DataFrame(rows, columns=pd.Index([*fields, it.tonnes]))
    table = table.groupby(fields, sort=True)[it.tonnes].sum().reset_index()
    return it.frame(table[table[it.tonnes] > TOLERANCE].reset_index(drop=True))
