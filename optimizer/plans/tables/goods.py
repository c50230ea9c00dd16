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
    lines,
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
    it, run, structure = Consumption, Production, outcome.frame.structure
    rows: list[tuple[Any, ...]] = []
    for line in lines(outcome.variable("run", run.activity_t)):
        lot = (line[run.site], line[run.recipe], line[run.exposure])
        for material, tonnes in structure.by.recipes[line[run.recipe]].items():
            if tonnes < 0:
                drawn, eaten = structure.draws[(*lot, material)], -tonnes * line[run.activity_t]
                rows.append((*lot, material, drawn, line[run.period], eaten))
    for line in lines(outcome.variable("dilute")):
        lot, period, tonnes = (line[it.site], line[it.recipe], line[it.lot]), line[it.period], line[it.tonnes]
        material = line[it.material]
        rows.append((*lot, material, structure.draws[(*lot, material)], period, -tonnes))
        rows.append((*lot, material, line[it.exposure], period, tonnes))
    fields = [it.site, it.recipe, it.lot, it.material, it.exposure, it.period]
    table = pd.DataFrame(rows, columns=pd.Index([*fields, it.tonnes]))
    table = table.groupby(fields, sort=True)[it.tonnes].sum().reset_index()
    return it.frame(table[table[it.tonnes] > TOLERANCE].reset_index(drop=True))
