"""How much of what is delivered is exposed content, what carries it, and what it would cost to be rid of it.

A value share is traced through the plan's own flows; see `plans.mixing`.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from optimizer.engine.pool import Pool, solve_all
from optimizer.network.numbers.content import thresholds_of
from optimizer.plans.amounts import change
from optimizer.plans.cost import Costs
from optimizer.plans.mixing import Mixing
from optimizer.plans.outcome import Outcome
from optimizer.plans.plan import Plans
from optimizer.plans.schema import (
    COUNTRY,
    END_USE,
    EXPOSURE,
    PRODUCT,
    RECIPE,
    SITE,
    TONNES,
    Column,
    Columns,
    count,
    flag,
    lines,
    number,
    word,
)
from optimizer.plans.tables.demand import Deliveries
from optimizer.plans.tables.goods import Consumption, consumption
from optimizer.program.variant import Entries, Variant


class Traced(Columns):
    """Columns of `trace`."""

    rule = word("content rule")
    site = SITE
    product = PRODUCT
    end_use = END_USE
    material = word("material that serves it")
    exposure = EXPOSURE
    period = count("periods", "number of the period, from 0")
    tonnes = TONNES
    exposed_share = number("0 to 1", "exposed share of value")
    threshold = number("0 to 1", "share from which the rule holds")
    crosses = flag("whether the share reaches it; at the threshold counts as reaching")


def trace(outcome: Outcome) -> pd.DataFrame:
    """Exposed content of everything delivered.

    Parameters
    ----------
    outcome : Outcome

    Returns
    -------
    DataFrame
        Columns of `Traced`: for each content rule a row of every delivery.
    """
    s, it, served = outcome.frame.structure, Traced, Deliveries
    thresholds = thresholds_of(outcome.network)
    rows: list[dict[Column, Any]] = []
    for at, rule in enumerate(s.exposures.rules):
        mixing = mixing_of(outcome, rule)
        for line in lines(outcome.variable("serve")):
            site, material, period = line[served.site], line[served.material], line[served.period]
            share = mixing.share_of(s.place[site, material], material, line[served.exposure], period)
            threshold = float(thresholds[at, period])
            rows.append(
                {
                    it.rule: rule,
                    it.site: site,
                    it.product: line[served.product],
                    it.end_use: line[served.end_use],
                    it.material: material,
                    it.exposure: line[served.exposure],
                    it.period: period,
                    it.tonnes: line[served.tonnes],
                    it.exposed_share: share,
                    it.threshold: threshold,
                    it.crosses: share >= threshold and share > 0,
                }
            )
    return it.of(rows)


def mixing_of(outcome: Outcome, rule: str) -> Mixing:
    """Shares of a content rule at every place and lot of a plan.

    Parameters
    ----------
    outcome : Outcome
    rule : str
    """
    return Mixing(outcome.frame.pattern, rule, outcome.answer.x, outcome.value("arriving"))


class Carriers(Columns):
    """Columns of `carriers`."""

    rule = word("content rule")
    site = SITE
    country = COUNTRY
    recipe = RECIPE
    material = word("input of the recipe")
    exposed_usd = number("USD", "exposed value that it brought in, over the horizon")


def carriers(outcome: Outcome) -> pd.DataFrame:
    """Which inputs carry exposed content into finished goods, and through which sites.

    Parameters
    ----------
    outcome : Outcome

    Returns
    -------
    DataFrame
        Columns of `Carriers`, what brings most first.
    """
    s, it, eaten = outcome.frame.structure, Carriers, Consumption
    rows = []
    for rule in s.exposures.rules:
        mixing = mixing_of(outcome, rule)
        for line in lines(consumption(outcome)):
            site, material = line[eaten.site], line[eaten.material]
            share = mixing.share_of(s.place[site, material], material, line[eaten.exposure], line[eaten.period])
            worth = line[eaten.tonnes] * s.by.materials[material].unit_value * 1000 * share
            rows.append((rule, site, s.country[site], line[eaten.recipe], material, worth))
    table = it.of(dict(zip(it.columns(), row, strict=True)) for row in rows)
    fields = [it.rule, it.site, it.country, it.recipe, it.material]
    table = it.frame(table.groupby(fields, sort=True)[it.exposed_usd].sum().reset_index())
    table = table[table[it.exposed_usd] > 1.0]
    return table.sort_values(it.exposed_usd, ascending=False, kind="stable", ignore_index=True)


def in_force(outcome: Outcome, rule: str) -> list[tuple[dt.date, dt.date]]:
    """Days of the horizon on which a control is in force in the world of an answer.

    Parameters
    ----------
    outcome : Outcome
    rule : str
        Name of a control.

    Returns
    -------
    list of (date, date)
        First day and first day no longer of each stretch.
    """
    timelines = outcome.network.timelines
    calendar = timelines.calendar
    row = next(n for n, some in enumerate(timelines.case.tables.controls) if some.control == rule)
    force = timelines.series("controls", "in_force")[row, calendar.day(calendar.start) :] > 0.5
    turns = np.flatnonzero(np.diff(force.astype(int), prepend=0, append=0)).tolist()
    days = [calendar.start + dt.timedelta(days=turn) for turn in turns]
    return list(zip(days[::2], days[1::2], strict=True))


class CleanDown(Columns):
    """Columns of `clean_down`; not a number where no certified answer was found."""

    rule = word("content rule")
    site = SITE
    product = PRODUCT
    end_use = END_USE
    period = word("period by its name; empty: the horizon", empty=True)
    exposed_t = number("t", "tonnes delivered under the rule that can still change")
    extra_usd = number("USD, discounted to the first day", "what it costs more to deliver none", empty=True)
    of_it_shortage_usd = number("USD, discounted to the first day", "what of that is penalty of shortage", empty=True)
    short_t = number("t", "tonnes that would go short", empty=True)
    usd_per_kg = number("USD/kg, discounted to the first day", "what a kilogram of it costs more", empty=True)


def clean_down(
    plans: Plans,
    scenario: str = "base",
    *,
    by_period: bool = False,
    workers: int | None = None,
    pool: Pool | None = None,
) -> pd.DataFrame:
    """What it would cost at least to deliver each demand clean of each content rule, by solving again without.

    Parameters
    ----------
    plans : Plans
    scenario : str
        The plan that is cleaned: the base plan, or the reaction to a scenario from its announcement on.
    by_period : bool
        One answer per period rather than one for the horizon.
    workers : int, optional
        Processes; one per core by default.
    pool : Pool, optional
        Workers to use, where there are some already.

    Returns
    -------
    DataFrame
        Columns of `CleanDown`, a row for each rule and demand (and period) under which something is delivered.
    """
    planner, base = plans.planner, plans.outcome(scenario)
    program, parameters = planner.program, base.parameters
    happens = next((some for some in plans.scenarios if some.name == scenario), None)
    news = None if happens is None else planner.news(happens)
    fixed, held, ordered = (None, None, None) if news is None else (news.decided, news.held, news.ordered)
    block = program.columns_of["serve"]
    keys = [key for _, key in program.columns_at("serve")]
    variants: list[Variant] = []
    exposed: dict[tuple[str, ...], float] = {}
    for rule in planner.network.structure.exposures.rules:
        for demand in planner.network.structure.index["demands"]:
            for period in planner.network.structure.periods if by_period else (None,):
                hit = np.array(
                    [k[:3] == demand and rule in k[4].split("+") and period in (None, k[5]) for k in keys], dtype=bool
                )
                if fixed is not None:
                    hit &= ~fixed[block]
                now = float(base.answer.x[block][hit].sum())
                if now > 0:
                    name = (rule, *demand, "" if period is None else base.frame.labels[period])
                    closed = block.start + np.flatnonzero(hit)
                    upper = Entries(closed, np.zeros(len(closed)))
                    variants.append(Variant(name, parameters, fixed, column_upper=upper, held=held, ordered=ordered))
                    exposed[name] = now
    rows: list[tuple[Any, ...]] = []
    limit = planner.solve_limit
    solved = solve_all(program, planner.start, variants, workers=workers, solve_limit=limit, pool=pool)
    for variant, answer in solved:
        if not answer.certified:
            rows.append((*variant.name, exposed[variant.name], *[float("nan")] * 4))
            continue
        found = Outcome(base.frame, base.network, parameters, answer)
        after, before = (
            some.costs.loc[some.costs[Costs.term] == "shortage", Costs.cost_usd].sum() for some in (found, base)
        )
        extra, short = change(found.cost, base.cost), found.short - base.short
        rows.append(
            (*variant.name, exposed[variant.name], extra, after - before, short, extra / exposed[variant.name] / 1000)
        )
    it = CleanDown
    table = it.of(dict(zip(it.columns(), row, strict=True)) for row in rows)
    order = [it.rule, it.site, it.product, it.end_use, it.period]
    return table.sort_values(order, kind="stable", ignore_index=True)
