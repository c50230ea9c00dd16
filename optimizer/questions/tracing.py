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
from optimizer.plans.tables.goods import consumption
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

    def _pass(self, node: Node, source: Node, tonnes: float, ratio: float = 1.0) -> None:
        """Tonnes whose share is another node's, times a ratio of values."""
        self.parts.append((node, source, tonnes * ratio))

    def _supply(self, outcome: Outcome, rule: str) -> None:
        s = self.structure
        for (place, material, cls, period), tonnes in self.links.inflow.items():
            self._enter((place, material, cls, period), tonnes, float(rule in cls.split("+")))
        lines: Any = pd.concat([outcome.variable("buy"), outcome.variable("take")]).itertuples()
        for line in lines:
            offer = getattr(line, "offer", None)
            if not isinstance(offer, str):
                offer = self.structure.by.contracts[line.contract].offer
            row = s.by.offers[offer]
            node = (s.place[row.site, row.material], row.material, s.offer_class[offer], line.period)
            self._enter(node, line.tonnes, self._declared(offer))

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
        lines: Any = outcome.variable("ship").itertuples()
        for line in lines:
            pair = s.country[line.origin], s.country[line.destination]
            source = (line.origin, line.material, line.exposure, line.period)
            for arrives in range(line.period, last + 1):
                share = arriving.get((*pair, line.period, arrives), 0.0)
                if share > 0:
                    node = (line.destination, line.material, line.exposure, arrives)
                    self.tonnes[node] += share * line.tonnes
                    self._pass(node, source, share * line.tonnes)
        lines = outcome.variable("stock").itertuples()
        for line in lines:
            if line.period < last:
                place = s.place[line.site, line.material]
                node = (place, line.material, line.exposure, line.period + 1)
                self.tonnes[node] += line.tonnes
                self._pass(node, (place, line.material, line.exposure, line.period), line.tonnes)
        lines = outcome.variable("downgrade").itertuples()
        for line in lines:
            node = (line.place, line.material, line.used_as, line.period)
            self.tonnes[node] += line.tonnes
            self._pass(node, (line.place, line.material, line.exposure, line.period), line.tonnes)

    def _lots(self, outcome: Outcome) -> None:
        s = self.structure
        value = {name: row.unit_value for name, row in s.by.materials.items()}
        eaten: dict[Any, list[tuple[Node, float]]] = defaultdict(list)
        lines: Any = consumption(outcome).itertuples()
        for line in lines:
            node = (s.place[line.site, line.material], line.material, line.exposure, line.period)
            eaten[line.site, line.recipe, line.lot, line.period].append((node, line.tonnes))
        self.eaten = eaten
        lines = outcome.variable("run").itertuples()
        for line in lines:
            made = {i: t for i, t in s.by.recipes[line.recipe].items() if t > 0}
            worth = sum(t * value[i] for i, t in made.items()) * line.tonnes
            for material, tonnes in made.items():
                cls = s.produces[line.site, line.recipe, line.exposure, material]
                node = (s.place[line.site, material], material, cls, line.period)
                amount = tonnes * line.tonnes
                if self.whole(line.site, material):
                    self._enter(node, amount, 1.0)
                    continue
                self.tonnes[node] += amount
                for source, consumed in eaten[line.site, line.recipe, line.exposure, line.period]:
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


def trace(outcome: Outcome) -> pd.DataFrame:
    """Exposed content of everything delivered.

    Parameters
    ----------
    outcome : Outcome

    Returns
    -------
    DataFrame
        For each content rule, demand, material, class and period: tonnes, exposed share of value (0 to 1), the
        threshold, and whether the share reaches it (at the threshold counts as reaching).
    """
    s = outcome.frame.structure
    rows = []
    for rule, control in s.exposures.rules.items():
        shares = _Mixing(outcome, rule).shares()
        lines: Any = outcome.variable("serve").itertuples()
        for line in lines:
            node = (s.place[line.site, line.material], line.material, line.exposure, line.period)
            share = shares.get(node, 0.0)
            crosses = share >= control.threshold and share > 0
            rows.append((rule, *line[1:6], line.period, line.tonnes, share, control.threshold, crosses))
    fields = ["rule", "site", "product", "end_use", "material", "exposure", "period"]
    return pd.DataFrame(rows, columns=[*fields, "tonnes", "exposed_share", "threshold", "crosses"])


def carriers(outcome: Outcome) -> pd.DataFrame:
    """Which inputs carry exposed content into finished goods, and through which sites.

    Parameters
    ----------
    outcome : Outcome

    Returns
    -------
    DataFrame
        For each rule, site, recipe and input over the horizon: exposed value it brought in, USD.
    """
    s = outcome.frame.structure
    rows = []
    for rule in s.exposures.rules:
        mixing = _Mixing(outcome, rule)
        shares = mixing.shares()
        for (site, recipe, _, _), inputs in mixing.eaten.items():
            for node, tonnes in inputs:
                worth = tonnes * s.by.materials[node[1]].unit_value * 1000 * shares.get(node, 0.0)
                rows.append((rule, site, s.country[site], recipe, node[1], worth))
    fields = ["rule", "site", "country", "recipe", "material"]
    table = (
        pd.DataFrame(rows, columns=[*fields, "exposed_usd"])
        .groupby(fields, sort=True)["exposed_usd"]
        .sum()
        .reset_index()
    )
    return table[table["exposed_usd"] > 1.0].sort_values(
        "exposed_usd", ascending=False, kind="stable", ignore_index=True
    )


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
        For each rule, demand (and period): tonnes delivered under the rule that can still change, extra cost (USD,
        discounted), the part of it that is shortage penalty, tonnes that would go short, and extra cost per kilogram
        cleaned.
    """
    planner, base = plans.planner, plans.outcome(scenario)
    program, parameters = planner.program, base.parameters
    happens = next((some for some in plans.scenarios if some.name == scenario), None)
    fixed, held = (None, None) if happens is None else (planner.decided(happens), planner.held(happens))
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
    rows = []
    limit = planner.solve_limit
    solved = solve_all(program, planner.start, variants, workers=workers, solve_limit=limit, pool=pool)
    for variant, answer in solved:
        if not answer.certified:
            rows.append((*variant.name, exposed[variant.name], float("nan"), float("nan"), float("nan"), float("nan")))
            continue
        found = Outcome(base.frame, base.network, parameters, answer)
        after, before = (
            some.costs.loc[some.costs[Costs.term] == "shortage", Costs.cost_usd].sum() for some in (found, base)
        )
        extra, short = change(found.cost, base.cost), found.short - base.short
        rows.append(
            (*variant.name, exposed[variant.name], extra, after - before, short, extra / exposed[variant.name] / 1000)
        )
    fields = [
        "rule",
        "site",
        "product",
        "end_use",
        "period",
        "exposed_t",
        "extra_usd",
        "of_it_shortage_usd",
        "short_t",
        "usd_per_kg",
    ]
    return pd.DataFrame(rows, columns=fields).sort_values(fields[:5], kind="stable", ignore_index=True)
