"""An audit of a plan in plain pandas, written from the problem statement: it reads the case's tables and the plan's.

Nothing here comes from the model: exposure, arrival, capacity and need are worked out again from the rows of the case.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

import pandas as pd

from optimizer.case.load import Case

SLACK = 1e-4
"""Tonnes by which sums may differ: the tables leave out rows below a millionth."""


class Audit:
    """The figures of a case an auditor would want at hand."""

    def __init__(self, case: Case, tables: dict[str, pd.DataFrame]) -> None:
        self.case, self.tables = case, tables
        rows = case.tables
        self.material = {row.material: row for row in rows["materials"]}
        self.site = {row.site: row for row in rows["sites"]}
        self.bounds = case.calendar.bounds
        self.period = {case.calendar.label(n): n for n in range(len(self.bounds) - 1)}
        self.need: dict[str, dict[str, float]] = defaultdict(dict)
        for row in rows["recipes"]:
            self.need[row.recipe][row.material] = row.tonnes
        self.process = {row.recipe: row.process for row in rows["recipes"]}
        wanted = {row.end_use for row in rows["demand"]}
        scopes: dict[Any, str] = {}
        self.rules: dict[str, Any] = {}
        for row in rows["controls"]:
            if row.kind == "content" or (row.kind == "end_use" and wanted & set(row.end_uses)):
                scope = (row.origin, row.elements, row.stages, row.threshold)
                if scope not in scopes:
                    scopes[scope] = row.control
                    self.rules[row.control] = row

    def days(self, period: int) -> list[dt.date]:
        """The days of a period."""
        first, last = self.bounds[period], self.bounds[period + 1]
        return [first + dt.timedelta(days=n) for n in range((last - first).days)]

    def place(self, site: str, material: str) -> str:
        """Where a site keeps a material."""
        return f"{self.site[site].country} hub" if self.material[material].hub else site

    def reached(self, rule: Any, country: str, material: str) -> bool:
        """Whether a content rule reaches a material made in a country."""
        row = self.material[material]
        listed = not rule.elements or any(element in row.content for element in rule.elements)
        return country in rule.origin and row.stage in rule.stages and listed

    def exposure(self, country: str, material: str, before: str = "clean") -> str:
        """Exposure of a material made in a country from inputs of an exposure."""
        names = set(before.split("+")) - {"clean"}
        names |= {name for name, rule in self.rules.items() if self.reached(rule, country, material)}
        return "+".join(sorted(names)) or "clean"

    def offer_exposure(self, offer: Any) -> str:
        """Exposure of what is offered, by where it is sold and what its seller declares."""
        names = set(self.exposure(self.site[offer.site].country, offer.material).split("+")) - {"clean"}
        for name, rule in self.rules.items():
            declared = [row for row in self.case.tables["origins"] if row.offer == offer.offer]
            inside = sum(
                row.tonnes * self.material[row.material].unit_value
                for row in declared
                if self.reached(rule, row.country, row.material)
            )
            if inside > 0 and inside >= rule.threshold * self.material[offer.material].unit_value:
                names.add(name)
        return "+".join(sorted(names)) or "clean"

    def arrivals(self, origin: str, destination: str, leaves: int) -> dict[int, float]:
        """Share of what leaves evenly over a period that arrives in each later one; the last takes the rest."""
        route = next(
            row for row in self.case.tables["routes"] if (row.from_country, row.to_country) == (origin, destination)
        )
        zero = self.bounds[0]
        first = (self.bounds[leaves] - zero).days + route.transit
        last = (self.bounds[leaves + 1] - zero).days + route.transit
        shares = {}
        for arrives in range(leaves, len(self.bounds) - 1):
            begins = (self.bounds[arrives] - zero).days
            ends = (self.bounds[arrives + 1] - zero).days if arrives < len(self.bounds) - 2 else float("inf")
            overlap = min(last, ends) - max(first, begins)
            if overlap > 0:
                shares[arrives] = overlap / (last - first)
        return shares

    def country(self, place: str) -> str:
        """Country of a site or hub."""
        return place[:2] if place.endswith(" hub") else self.site[place].country

    def lines(self, table: str) -> Any:
        """Rows of a table of the plan, periods as numbers."""
        frame = self.tables[table]
        if "period" in frame.columns:
            frame = frame.assign(period=frame["period"].map(self.period))
        return frame.itertuples()


def mass_gaps(audit: Audit) -> pd.Series[float]:
    """What comes in less what goes out, for every place, material, exposure and period, t."""
    net: dict[Any, float] = defaultdict(float)
    for row in audit.case.tables["stocks"]:
        origin = row.origin or audit.site[row.site].country
        net[audit.place(row.site, row.material), row.material, audit.exposure(origin, row.material), 0] += row.opening
    for row in audit.case.tables["arrivals"]:
        period = max(n for n in range(len(audit.bounds) - 1) if audit.bounds[n] <= row.on)
        key = audit.place(row.site, row.material), row.material, audit.exposure(row.origin, row.material), period
        net[key] += row.tonnes
    offers = {row.offer: row for row in audit.case.tables["offers"]}
    for line in audit.lines("purchases"):
        offer = offers[line.offer]
        key = audit.place(offer.site, offer.material), offer.material, audit.offer_exposure(offer), line.period
        net[key] += line.tonnes
    for line in audit.lines("shipments"):
        net[line.origin, line.material, line.exposure, line.period] -= line.tonnes
        ways = audit.arrivals(audit.country(line.origin), audit.country(line.destination), line.period)
        for arrives, share in ways.items():
            net[line.destination, line.material, line.exposure, arrives] += share * line.tonnes
    for line in audit.lines("production"):
        for material, tonnes in audit.need[line.recipe].items():
            if tonnes > 0:
                made = audit.exposure(audit.site[line.site].country, material, line.exposure)
                net[audit.place(line.site, material), material, made, line.period] += tonnes * line.activity_t
    for line in audit.lines("consumption"):
        net[audit.place(line.site, line.material), line.material, line.exposure, line.period] -= line.tonnes
    for line in audit.lines("reclassified"):
        net[line.place, line.material, line.exposure, line.period] -= line.tonnes
        net[line.place, line.material, line.used_as, line.period] += line.tonnes
    for line in audit.lines("deliveries"):
        net[audit.place(line.site, line.material), line.material, line.exposure, line.period] -= line.tonnes
    for line in audit.lines("stock"):
        place = audit.place(line.site, line.material)
        net[place, line.material, line.exposure, line.period] -= line.tonnes
        if line.period + 1 < len(audit.bounds) - 1:
            net[place, line.material, line.exposure, line.period + 1] += line.tonnes
    return pd.Series(net)


def recipe_gaps(audit: Audit) -> pd.Series[float]:
    """What each lot consumed of each input less what its recipe needs, t."""
    gap: dict[Any, float] = defaultdict(float)
    for line in audit.lines("production"):
        for material, tonnes in audit.need[line.recipe].items():
            if tonnes < 0:
                gap[line.site, line.recipe, line.exposure, material, line.period] += tonnes * line.activity_t
    for line in audit.lines("consumption"):
        gap[line.site, line.recipe, line.lot, line.material, line.period] += line.tonnes
    return pd.Series(gap)


def content_excess(audit: Audit) -> pd.Series[float]:
    """Value share of exposed inputs in lots clean of a rule, less its threshold; above 0 is a fault."""
    inside: dict[Any, float] = defaultdict(float)
    for line in audit.lines("consumption"):
        for name in set(line.exposure.split("+")) - set(line.lot.split("+")) - {"clean"}:
            key = name, line.site, line.recipe, line.lot, line.period
            inside[key] += line.tonnes * audit.material[line.material].unit_value
    excess = {}
    for line in audit.lines("production"):
        worth = (
            max(t * audit.material[i].unit_value for i, t in audit.need[line.recipe].items() if t > 0) * line.activity_t
        )
        for name, rule in audit.rules.items():
            key = name, line.site, line.recipe, line.exposure, line.period
            if inside.get(key, 0.0) > SLACK * 100:
                excess[key] = inside[key] / worth - rule.threshold
    return pd.Series(excess, dtype=float)


def capacity_excess(audit: Audit) -> pd.Series[float]:
    """Activity of each plant less what it can give in each period, projects left out of the plants they expand, t."""
    left = {(row.stage, row.country): row.share for row in audit.case.tables["availability"]}
    expanded = {(row.site, row.process) for row in audit.case.tables["projects"] if row.kind == "expand"}
    used: dict[Any, float] = defaultdict(float)
    for line in audit.lines("production"):
        used[line.site, audit.process[line.recipe], line.period] += line.activity_t
    best = {}
    for row in audit.case.tables["recipes"]:
        worth = row.tonnes * audit.material[row.material].unit_value
        if row.recipe == next(r.recipe for r in audit.case.tables["recipes"] if r.process == row.process):
            best[row.process] = max(best.get(row.process, (0.0, "")), (worth, row.material))
    excess = {}
    for (site, process, period), activity in used.items():
        if (site, process) in expanded:
            continue
        steps = sorted(
            (row.from_, row.capacity)
            for row in audit.case.tables["plants"]
            if (row.site, row.process) == (site, process)
        )
        stage, country = audit.material[best[process][1]].stage, audit.site[site].country
        share = left.get((stage, country), left.get((stage, "*"), 1.0)) if left else 1.0
        able = 0.0
        for day in audit.days(period):
            capacity = [size for begins, size in steps if begins <= day]
            able += share * (capacity[-1] if capacity else 0.0) / (366 if day.year % 4 == 0 else 365)
        excess[site, process, period] = activity - able
    return pd.Series(excess, dtype=float)


def demand_gaps(audit: Audit) -> pd.Series[float]:
    """Tonnes demanded less served and short, for every demand and period."""
    ratio = {(row.product, row.material): row.ratio for row in audit.case.tables["substitutions"]}
    gap: dict[Any, float] = defaultdict(float)
    steps: dict[Any, list[Any]] = defaultdict(list)
    for row in audit.case.tables["demand"]:
        steps[row.site, row.product, row.end_use].append(row)
    for key, rows in steps.items():
        for period in range(len(audit.bounds) - 1):
            for day in audit.days(period):
                current = max((row for row in rows if row.from_ <= day), key=lambda row: row.from_)
                gap[(*key, period)] += current.tonnes / (366 if day.year % 4 == 0 else 365)
    for line in audit.lines("deliveries"):
        worth = ratio.get((line.product, line.material), 1.0)
        gap[line.site, line.product, line.end_use, line.period] -= worth * line.tonnes
    for line in audit.lines("shortages"):
        gap[line.site, line.product, line.end_use, line.period] -= line.tonnes
    return pd.Series(gap)


def audit_plan(case: Case, tables: dict[str, pd.DataFrame]) -> list[str]:
    """Everything an auditor would object to in a plan of the undisturbed case."""
    audit = Audit(case, tables)
    found = []
    for what, gaps, low, high in (
        ("mass does not close", mass_gaps(audit), -SLACK, float("inf")),
        ("a recipe is not kept", recipe_gaps(audit), -SLACK, SLACK),
        ("a clean lot holds too much", content_excess(audit), -float("inf"), 1e-6),
        ("a plant exceeds its capacity", capacity_excess(audit), -float("inf"), SLACK),
        ("a demand is not accounted for", demand_gaps(audit), -SLACK, SLACK),
    ):
        bad = gaps[(gaps < low) | (gaps > high)]
        found += [f"{what}: {key} {amount:.6g}" for key, amount in bad.items()]
    return found
