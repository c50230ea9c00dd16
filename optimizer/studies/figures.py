"""Figures of an answer: the row that a study keeps of it, worked out from arrays that are made once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from optimizer.formulation.rules import RULES
from optimizer.plans.cost import PENALTIES
from optimizer.plans.frame import Frame
from optimizer.plans.outcome import TOLERANCE, Outcome
from optimizer.plans.schema import COST
from optimizer.plans.summary import COUNTRY
from optimizer.program.program import dot

NONE = float("nan")
LICENSED = "licence"
"""What the names of rules hold that let no more through than is licensed."""


@dataclass(frozen=True)
class Figure:
    """A figure of an answer.

    Parameters
    ----------
    name, unit, meaning : str
        Its column, the unit of its numbers, and one sentence.
    tied : bool
        Whether answers of equal cost may differ in it.
    """

    name: str
    unit: str
    meaning: str
    tied: bool = True

    def record(self) -> dict[str, Any]:
        """It for JSON."""
        return {"name": self.name, "unit": self.unit, "meaning": self.meaning, "tied": self.tied}


class Figures:
    """Works out the figures of answers to one case.

    Parameters
    ----------
    frame : Frame
        What all answers of the case share.
    """

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.terms = list(frame.program.costs)
        self.demands = frame.structure.index["demands"]
        self.sites = sorted({key.site for key in self.demands})
        self.products = sorted({key.product for key in self.demands})
        self.lengths = frame.calendar.lengths.astype(float)

    @cached_property
    def columns(self) -> tuple[Figure, ...]:
        """All of them, in their order."""
        return tuple(self._columns())

    def _columns(self) -> Iterator[Figure]:
        usd = COST.unit
        yield Figure("cost_usd", usd, "cost over the horizon, penalties included", tied=False)
        yield Figure("change_usd", usd, "the cost less that of the base plan of the row", tied=False)
        yield Figure("cash_usd", usd, "what of the cost is paid")
        yield Figure("penalty_usd", usd, "what of it are penalties, which nobody is paid")
        for term in self.terms:
            yield Figure(f"cost_{term}_usd", usd, f"cost term {term}")
        yield Figure("short_t", "t", "tonnes missing over the horizon")
        for product in self.products:
            yield Figure(f"short_{product}_t", "t", f"tonnes of {product} missing")
        for site in self.sites:
            yield Figure(f"short_at_{site}_t", "t", f"tonnes missing at {site}")
        yield Figure("service_level", "0 to 1", "share of demand met over the horizon")
        yield Figure(
            "first_short_days",
            "days",
            "days from the news (or the start) to the first period with a shortage",
        )
        yield Figure("short_days", "days", "days of the periods in which anything is short")
        yield Figure("lowest_cover_days", "days of use", "fewest days of use in stock of a product at a period's end")
        for stage in self.frame.stages:
            yield Figure(f"{stage}_{COUNTRY}_share", "0 to 1", f"share of {COUNTRY} at the stage {stage}")
            yield Figure(f"{stage}_largest_share", "0 to 1", f"share of the largest supplier at the stage {stage}")
            yield Figure(f"{stage}_hhi", "0 to 1", f"sum of squared shares of the suppliers at the stage {stage}")
        yield Figure("limits_broken", "limits", "limits that are broken at a price")
        yield Figure("licensed_usd", usd, "value at table prices of what leaves under a licence, undiscounted")

    def of(self, outcome: Outcome, base_cost: float, news: dt.date | None) -> list[float]:
        """Figures of an answer, in the order of `columns`.

        Parameters
        ----------
        outcome : Outcome
            Certified.
        base_cost : float
            Cost of the base plan of its row, USD.
        news : date or None
            The day of the announcement.
        """
        x, frame = outcome.answer.x, self.frame
        terms = [dot(prices, x) for prices in frame.program.cost_by_term(outcome.parameters).values()]
        penalty = sum(usd for term, usd in zip(self.terms, terms, strict=True) if term in PENALTIES.values())
        cost = float(sum(terms))
        found = [cost, cost - base_cost, cost - penalty, penalty, *terms]
        found += [*self._short(outcome, news), self._cover(outcome), *self._shares(x), *self._rules(x)]
        return [some + 0.0 for some in found]  # no zero is below zero

    def _short(self, outcome: Outcome, news: dt.date | None) -> Iterator[float]:
        """Tonnes missing, the service level, and days."""
        periods = len(self.lengths)
        short = self.frame.column("short", outcome.answer.x).reshape(-1, periods)
        short = np.where(short > TOLERANCE, short, 0.0)
        yield float(short.sum())
        for field, names in (("product", self.products), ("site", self.sites)):
            of = np.array([getattr(key, field) for key in self.demands])
            yield from (float(short[of == name].sum()) for name in names)
        wanted = float(outcome.value("quantity").sum())
        yield 1 - float(short.sum()) / wanted if wanted > 0 else 1.0
        late = np.flatnonzero(short.sum(axis=0) > TOLERANCE)
        calendar = self.frame.calendar
        heard = calendar.start if news is None else max(news, calendar.start)
        yield float(max(0, (calendar.bounds[late[0]] - heard).days)) if len(late) else NONE
        yield float(self.lengths[late].sum())

    @cached_property
    def _held(self) -> list[tuple[Any, Any, Any]]:
        """For every product at a site: its demands' places, and its stocks' columns and tonnes of it per tonne."""
        structure, periods = self.frame.structure, range(len(self.lengths))
        ratio = structure.by.ratio
        by_pair: dict[tuple[str, str], list[int]] = {}
        for place, key in enumerate(self.demands):
            by_pair.setdefault((key.site, key.product), []).append(place)
        names = self.frame.keys.get("stock")
        found = []
        for (site, product), places in by_pair.items():
            rates = {material: each for (some, material), each in ratio.items() if some == product}
            kept = [material for material in rates if (site, material) in structure.index["stock_sites"]]
            if not kept or names is None:
                continue
            here = names[(names["site"] == site) & names["material"].isin(kept)]
            where = [self.frame.program.columns_of["stock"].start + place for place in here.index]
            weight = np.zeros((len(periods), len(where)))
            weight[here["period"].to_numpy(), np.arange(len(where))] = [rates[name] for name in here["material"]]
            found.append((np.array(places), np.array(where, int), weight))
        return found

    def _cover(self, outcome: Outcome) -> float:
        """Fewest days of use in stock."""
        wanted = outcome.value("quantity").reshape(-1, len(self.lengths))
        least = NONE
        for places, where, weight in self._held:
            use = wanted[places].sum(axis=0)
            on = use > 0
            if on.any():
                days = (weight @ outcome.answer.x[where])[on] / use[on] * self.lengths[on]
                least = float(np.fmin(least, days.min()))
        return least

    @cached_property
    def _who(self) -> dict[str, tuple[Any, Any, int]]:
        """Of each stage: whether its flows are the country's, and their suppliers by number."""
        found = {}
        for stage, flows in self.frame.stages.items():
            named = sorted(set(flows.who["supplier"]) - {""})
            number = {name: place for place, name in enumerate(named)}
            suppliers = np.array([number.get(name, len(named)) for name in flows.who["supplier"]], int)
            found[stage] = (flows.who["country"].to_numpy() == COUNTRY, suppliers, len(named))
        return found

    def _shares(self, x: Any) -> Iterator[float]:
        """Shares of every stage."""
        for stage, flows in self.frame.stages.items():
            tonnes = flows.volumes(x)
            theirs, suppliers, count = self._who[stage]
            total = float(tonnes.sum())
            if total <= TOLERANCE:
                yield from (NONE, NONE, NONE)
                continue
            each = np.bincount(suppliers, tonnes, count + 1)[:count] / total
            yield float(tonnes[theirs].sum()) / total
            yield float(each.max()) if count else NONE
            yield float((each**2).sum())

    @cached_property
    def _breaches(self) -> dict[str, list[int]]:
        """Columns that say how far each limit is broken."""
        program = self.frame.program
        found: dict[str, list[int]] = {}
        for place, (limit, *_) in program.columns_at("breach"):
            found.setdefault(limit, []).append(place)
        return found

    @cached_property
    def _licensed(self) -> Any:
        """USD per tonne of every column that leaves under a licence, shape (columns,)."""
        program, structure = self.frame.program, self.frame.structure
        rules = [name for name in program.rows_of if LICENSED in name and name in RULES]
        rows = np.zeros(len(program.row_names), bool)
        for name in rules:
            rows[program.rows_of[name]] = True
        entries = np.repeat(np.arange(len(program.column_names)), np.diff(program.starts))
        columns = np.unique(entries[rows[program.rows]])
        usd = np.zeros(len(program.column_names))
        for place in columns:
            name, key = program.column_names[place]
            if name == "ship":
                usd[place] = 1000 * structure.by.materials[key[2]].unit_value
        return usd

    def _rules(self, x: Any) -> Iterator[float]:
        """Limits that are broken, and the value of what is licensed."""
        yield float(sum(bool((x[places] > TOLERANCE).any()) for places in self._breaches.values()))
        yield dot(self._licensed, x)
