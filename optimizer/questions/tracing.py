"""How much of what is delivered is exposed content, what carries it, and what it would cost to be rid of it.

A value share is traced through the plan's own flows: goods made in a rule's country and within its scope are exposed
whole; what is made elsewhere holds the exposed value of its inputs, spread over its outputs by value. Goods of one
class at one place mix over a period, and with what was in stock. The share is therefore an average over a class, a
place and a period, as in the formulation; a single piece may hold more or less.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

import numpy as np
import pandas as pd

from optimizer.engine.pool import Pool, solve_all
from optimizer.network.exposure import counts
from optimizer.plans.amounts import change
from optimizer.plans.cost import Costs
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
from optimizer.plans.tables.content import Reclassified
from optimizer.plans.tables.demand import Deliveries
from optimizer.plans.tables.goods import Consumption, Production, consumption
from optimizer.plans.tables.stock import Stock
from optimizer.plans.tables.supply import Purchases
from optimizer.plans.tables.transport import Shipments
from optimizer.program.variant import Entries, Variant

ROUNDS = 500
"""Most rounds of mixing: scrap goes round, so shares settle rather than follow in order."""
SETTLED = 1e-12
"""Change of any share at which they have settled."""
Node = tuple[str, str, str, int]


class _Mixing:
    """Inflows of every place, material, class and period: tonnes that come with a share known, or another node's."""

    def __init__(self, outcome: Outcome, rule: str) -> None:
        self.structure = outcome.frame.structure
        self.control = self.structure.exposures.rules[rule]
        self.links = outcome.frame.links
        self.known: dict[Node, float] = defaultdict(float)
        self.tonnes: dict[Node, float] = defaultdict(float)
        self.parts: list[tuple[Node, Node, float]] = []
        self._supply(outcome, rule)
        self._moves(outcome)
        self._lots(outcome)

    def whole(self, site: str, material: str) -> bool:
        """Whether a site's output is exposed by where it is made.

        Parameters
        ----------
        site, material : str
        """
        country = self.structure.country[site]
        return country in self.control.origin and counts(self.control, self.structure.by.materials[material])

    def _enter(self, node: Node, tonnes: float, share: float) -> None:
        self.tonnes[node] += tonnes
        self.known[node] += tonnes * share

    def _move(self, node: Node, source: Node, tonnes: float) -> None:
        """Tonnes of one node come to another."""
        self.tonnes[node] += tonnes
        self._pass(node, source, tonnes)

    def _pass(self, node: Node, source: Node, tonnes: float, ratio: float = 1.0) -> None:
        """Tonnes whose share is another node's, times a ratio of values."""
        self.parts.append((node, source, tonnes * ratio))

    def _supply(self, outcome: Outcome, rule: str) -> None:
        s = self.structure
        for (place, material, cls, period), tonnes in self.links.inflow.items():
            self._enter((place, material, cls, period), tonnes, float(rule in cls.split("+")))
        it = Purchases
        bought = [(line[it.offer], line) for line in lines(outcome.variable("buy"))]
        bought += [(s.by.contracts[line[it.contract]].offer, line) for line in lines(outcome.variable("take"))]
        for offer, line in bought:
            row = s.by.offers[offer]
            node = (s.place[row.site, row.material], row.material, s.offer_class[offer], line[it.period])
            self._enter(node, line[it.tonnes], self._declared(offer))

    def _declared(self, offer: str) -> float:
        """Value share of exposed content that an offer's seller declares, or all of it by where it is sold from."""
        row = self.structure.by.offers[offer]
        if self.whole(row.site, row.material):
            return 1.0
        values = self.structure.by.materials
        inside = sum(
            some.tonnes * values[some.material].unit_value
            for some in self.structure.case.tables.origins
            if some.offer == offer
            and some.country in self.control.origin
            and counts(self.control, values[some.material])
        )
        return float(min(1.0, inside / values[row.material].unit_value))

    def _moves(self, outcome: Outcome) -> None:
        s, last = self.structure, len(self.structure.periods) - 1
        arriving = outcome.values_by_key("arriving")
        sent = Shipments
        for line in lines(outcome.variable("ship")):
            leaves, tonnes, kind = line[sent.period], line[sent.tonnes], (line[sent.material], line[sent.exposure])
            pair = s.country[line[sent.origin]], s.country[line[sent.destination]]
            for arrives in range(leaves, last + 1):
                share = arriving.get((*pair, leaves, arrives), 0.0)
                if share > 0:
                    source = (line[sent.origin], *kind, leaves)
                    self._move((line[sent.destination], *kind, arrives), source, share * tonnes)
        kept = Stock
        for line in lines(outcome.variable("stock")):
            period, kind = line[kept.period], (line[kept.material], line[kept.exposure])
            if period < last:
                place = s.place[line[kept.site], line[kept.material]]
                self._move((place, *kind, period + 1), (place, *kind, period), line[kept.tonnes])
        used = Reclassified
        for line in lines(outcome.variable("downgrade")):
            goods, period = (line[used.place], line[used.material]), line[used.period]
            self._move((*goods, line[used.used_as], period), (*goods, line[used.exposure], period), line[used.tonnes])

    def _lots(self, outcome: Outcome) -> None:
        s = self.structure
        value = {name: row.unit_value for name, row in s.by.materials.items()}
        eaten: dict[Any, list[tuple[Node, float]]] = defaultdict(list)
        it = Consumption
        for line in lines(consumption(outcome)):
            site, material, period = line[it.site], line[it.material], line[it.period]
            node = (s.place[site, material], material, line[it.exposure], period)
            eaten[site, line[it.recipe], line[it.lot], period].append((node, line[it.tonnes]))
        self.eaten = eaten
        run = Production
        for line in lines(outcome.variable("run", run.activity_t)):
            lot = site, recipe, _ = line[run.site], line[run.recipe], line[run.exposure]
            period, activity = line[run.period], line[run.activity_t]
            made = {i: t for i, t in s.by.recipes[recipe].items() if t > 0}
            worth = sum(t * value[i] for i, t in made.items()) * activity
            for material, tonnes in made.items():
                node = (s.place[site, material], material, s.produces[(*lot, material)], period)
                amount = tonnes * activity
                if self.whole(site, material):
                    self._enter(node, amount, 1.0)
                    continue
                self.tonnes[node] += amount
                for source, consumed in eaten[(*lot, period)]:
                    self._pass(node, source, amount, consumed * value[source[1]] / worth)

    def shares(self) -> dict[Node, float]:
        """Exposed share of value at every node."""
        nodes = list(self.tonnes)
        place = {node: number for number, node in enumerate(nodes)}
        tonnes = np.array([self.tonnes[node] for node in nodes])
        known = np.array([self.known[node] for node in nodes])
        parts = [(place[node], place[source], amount) for node, source, amount in self.parts if source in place]
        into, out_of, amount = (
            (np.array(some) for some in zip(*parts, strict=True)) if parts else (np.zeros(0, int),) * 3
        )
        share = np.zeros(len(nodes))
        for _ in range(ROUNDS):
            mixed = known + np.bincount(into, weights=amount * share[out_of], minlength=len(nodes))
            moved = np.minimum(1.0, mixed / np.maximum(tonnes, 1e-300))
            if np.max(np.abs(moved - share), initial=0.0) < SETTLED:
                break
            share = moved
        return dict(zip(nodes, share.tolist(), strict=True))


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
    rows: list[dict[Column, Any]] = []
    for rule, control in s.exposures.rules.items():
        shares = _Mixing(outcome, rule).shares()
        for line in lines(outcome.variable("serve")):
            site, material = line[served.site], line[served.material]
            share = shares.get((s.place[site, material], material, line[served.exposure], line[served.period]), 0.0)
            rows.append(
                {
                    it.rule: rule,
                    it.site: site,
                    it.product: line[served.product],
                    it.end_use: line[served.end_use],
                    it.material: material,
                    it.exposure: line[served.exposure],
                    it.period: line[served.period],
                    it.tonnes: line[served.tonnes],
                    it.exposed_share: share,
                    it.threshold: control.threshold,
                    it.crosses: share >= control.threshold and share > 0,
                }
            )
    return it.of(rows)


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
    s, it = outcome.frame.structure, Carriers
    rows = []
    for rule in s.exposures.rules:
        mixing = _Mixing(outcome, rule)
        shares = mixing.shares()
        for (site, recipe, _, _), inputs in mixing.eaten.items():
            for node, tonnes in inputs:
                worth = tonnes * s.by.materials[node[1]].unit_value * 1000 * shares.get(node, 0.0)
                rows.append((rule, site, s.country[site], recipe, node[1], worth))
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
    fixed, held = (None, None) if happens is None else ((news := planner.news(happens)).decided, news.held)
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
                    variants.append(Variant(name, parameters, fixed, column_upper=upper, held=held))
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
