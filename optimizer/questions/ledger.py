"""What each rule costs: now, against the plan without it, and at the margin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from optimizer.plans import schema
from optimizer.plans.tables.rules import Ledger
from optimizer.program.program import dot
from optimizer.program.variant import Entries, Variant
from optimizer.questions.probe import Probe, proved_cost
from optimizer.world.dated import rows_that_count

SAME = 1e-6
"""Relative difference of two slopes up to which they are one price."""
NOISE = 1e-9
"""Relative difference of two costs that the proofs leave open."""
UNITS = {
    "share": ("percentage point", 0.01),
    "hhi": ("point of 10,000", 1e-4),
    "volume": ("t/year", 1.0),
    "spend": ("USD/year", 1.0),
}
"""What one unit of a limit is called, by its measure, and how much of its bound it is."""


@dataclass(frozen=True)
class Item:
    """A rule of the ledger.

    Parameters
    ----------
    kind : str
        `limit`, `control`, `cover`, `reserve`, `terminal` or `demand`.
    rule, what, unit : str
        Its name, what it says, and what one unit of it is.
    value : float
        What it says now, in that unit.
    step : float
        Change at which its price is checked.
    at : callable
        The programme at a changed value; at None, without the rule.
    paid : float
        Penalties paid for breaking it, USD, discounted.
    most : float
        Largest value it can take.
    per : float
        How much of the numbers above one unit is: a share counts in percentage points, a sum of squares in 10,000ths.
    """

    kind: str
    rule: str
    what: str
    unit: str
    value: float
    step: float
    at: Callable[[float | None], Variant]
    paid: float = 0.0
    most: float = np.inf
    per: float = 1.0

    @property
    def sides(self) -> tuple[float, float]:
        """The values at which its price is checked."""
        return max(0.0, self.value - self.step), min(self.most, self.value + self.step)

    def told(self, value: float) -> float:
        """A value in units of the rule."""
        return round(value / self.per, 9) if self.per != 1.0 else value


def ledger(probe: Probe) -> pd.DataFrame:
    """What every limit, control, stock target and demand costs.

    Parameters
    ----------
    probe : Probe
        Of the answer asked about.

    Returns
    -------
    DataFrame
        Per rule: penalties paid, USD; what the plan would save without it, USD, by solving again; by how much the cost
        rises when it is raised by one unit, as an interval of the slopes to both sides; and the values between which
        that was checked by solving again. Where both ends of the interval are equal, the price holds all the way from
        `checked_from` to `checked_to`. A rule that the proof of the answer shows to cost nothing is
        not solved for.
    """
    listed: list[tuple[Item, list[float | None]]] = []
    costs = iter([proved_cost(answer) for answer in probe.solve_all(_questions(probe, listed))])
    table = Ledger.of(_entry(probe, item, {value: next(costs) for value in asked}) for item, asked in listed)
    order = [str(Ledger.cost_usd), str(Ledger.kind), str(Ledger.rule)]
    return table.sort_values(order, ascending=[False, True, True], ignore_index=True)


def _questions(probe: Probe, listed: list[tuple[Item, list[float | None]]]) -> Iterator[Variant]:
    """What is solved for, rule by rule, each noted with its values: nothing where the answer stays proved without."""
    for item in items(probe):
        without = item.at(None)
        asked: list[float | None] = []
        listed.append((item, asked))
        if probe.costs_nothing(without):
            continue
        asked.append(None)
        yield without
        for value in item.sides:
            if value != item.value:
                asked.append(value)
                yield item.at(value)


def _entry(probe: Probe, item: Item, costs: dict[float | None, float]) -> dict[schema.Column, Any]:
    """One row, of the least cost at each value that was solved for."""
    saved, least, most = 0.0, 0.0, 0.0
    low = high = item.value
    if costs:
        saved = probe.cost - costs[None]
        low, high = item.sides
        slopes = [(usd - probe.cost) / (value - item.value) for value, usd in costs.items() if value is not None]
        least, most = min(slopes), max(slopes)
        noise = NOISE * abs(probe.cost) / item.step
        if most - least <= SAME * max(abs(least), abs(most)) + noise:
            least = most = float(np.mean(slopes))
    return {
        Ledger.kind: item.kind,
        Ledger.rule: item.rule,
        Ledger.what: item.what,
        Ledger.paid_usd: item.paid,
        Ledger.cost_usd: saved,
        Ledger.price_low: least * item.per,
        Ledger.price_high: most * item.per,
        Ledger.unit: item.unit,
        Ledger.value: item.told(item.value),
        Ledger.checked_from: item.told(low),
        Ledger.checked_to: item.told(high),
    }


def items(probe: Probe) -> Iterator[Item]:
    """Every rule of the case that the ledger lists."""
    yield from _limits(probe)
    yield from _controls(probe)
    yield from _stocks(probe)
    yield from _terminals(probe)
    yield from _demands(probe)


def _paid(probe: Probe, variable: str, term: str, *key: str) -> float:
    """What an answer pays in one cost term for a variable's columns whose keys begin like this, USD."""
    program, x = probe.program, probe.outcome.answer.x
    chosen = [place for place, _ in program.columns_at(variable, *key)]
    if not chosen:
        return 0.0
    prices = program.costs[term](probe.outcome.parameters)
    return dot(prices[chosen], x[chosen])


def _series(probe: Probe, table: str, column: str, rows: list[int]) -> Callable[[Callable[[Any], Any]], Variant]:
    """The programme with some rows' daily values of a column changed."""
    now = probe.outcome.network.timelines.series(table, column)

    def at(change: Callable[[Any], Any]) -> Variant:
        changed = now.copy()
        changed[rows, probe.first_open_day :] = change(now[rows, probe.first_open_day :])
        return probe.changed({(table, column): changed})

    return at


def _moved(
    at: Callable[[Callable[[Any], Any]], Variant], value: float, without: float | Callable[[], Variant]
) -> Callable[..., Variant]:
    """The programme with daily values moved from what they are by as much as one value moves.

    Without the rule it is the one at a value that asks for nothing, or what a function gives.
    """

    def moved(wanted: float | None) -> Variant:
        if wanted is not None:
            return at(lambda now: np.maximum(0.0, now + (wanted - value)))
        return without() if callable(without) else at(lambda now: np.full_like(now, without))

    return moved


def _limits(probe: Probe) -> Iterator[Item]:
    """Limits, all their steps together; one that no window has is left out."""
    table = probe.planner.case.tables.limits
    windows = probe.outcome.frame.structure.windows
    used = {row for some in windows for row in rows_that_count(probe.planner.case, some.number, some.periods)}
    for name in dict.fromkeys(row.limit for row in table):
        rows = [number for number, row in enumerate(table) if row.limit == name and number in used]
        if not rows:
            continue
        row = table[rows[-1]]
        share = row.measure in ("share", "hhi")
        unit, per = UNITS[row.measure]
        at = _series(probe, "limits", "value", rows)
        loosest: float | Callable[[], Variant] = 0.0 if row.sense == "at_least" else np.inf
        if share and row.sense == "at_most":  # at 1 it may still bind: of what is left more counts than is wanted
            loosest = partial(_without_shares, probe, name)
        whom = row.member if row.member != "each" else f"each {row.by}"
        yield Item(
            "limit",
            name,
            f"{row.measure} of {whom} at {row.stage} {row.sense.replace('_', ' ')} {row.value:g}",
            unit,
            row.value,
            0.01 if share else max(1.0, 0.01 * row.value),
            _moved(at, row.value, loosest),
            _paid(probe, "breach", "policy_breach", name),
            1.0 if share else np.inf,
            per,
        )


def _without_shares(probe: Probe, limit: str) -> Variant:
    """The programme without a bound from above on shares, in every window that is not over by what is decided."""
    structure, program = probe.outcome.frame.structure, probe.program
    windows = [some for some in structure.windows if some.limit == limit]
    ends = {some.label: structure.calendar.offsets[some.periods[-1] + 1] for some in windows}
    rows = [
        place
        for rule in ("group_share", "hhi_limit")
        for place, key in program.rows_at(rule, limit)
        if ends[str(key[-1])] > probe.first_open_day
    ]
    return probe.edited(row_upper=Entries(np.array(rows, np.int64), np.full(len(rows), np.inf)))


def _controls(probe: Probe) -> Iterator[Item]:
    """Controls in force on some day of the horizon in the answer's world; one that approves all is left out."""
    timelines, calendar = probe.outcome.network.timelines, probe.planner.case.calendar
    force = timelines.series("controls", "in_force")[:, calendar.day(calendar.start) :]
    granting = {row.control for row in probe.planner.case.tables.grants}
    for number, row in enumerate(probe.planner.case.tables.controls):
        approval = float(timelines.series("controls", "approval")[number, -1])
        waits = row.control in granting or any(
            timelines.series("controls", name)[number].any() for name in ("processing_days", "application_cost")
        )
        if row.kind == "note" or not force[number].any() or (approval == 1 and not waits and row.quota is None):
            continue
        off = _series(probe, "controls", "in_force", [number])
        moved = _moved(_series(probe, "controls", "approval", [number]), approval, 1.0)

        def at(value: float | None, off: Any = off, moved: Any = moved) -> Variant:
            return off(np.zeros_like) if value is None else moved(value)  # type: ignore[no-any-return]

        words = f"{row.kind}, {row.number or row.citation}"
        yield Item("control", row.control, words, "percentage point", approval, 0.01, at, 0.0, 1.0, 0.01)


def _stocks(probe: Probe) -> Iterator[Item]:
    """Covers and reserves."""
    table = probe.planner.case.tables.stocks
    for column, unit in (("cover", "day"), ("reserve", "t")):
        for number, row in enumerate(table):
            value = float(getattr(row, column))
            if not value:
                continue
            at = _moved(_series(probe, "stocks", column, [number]), value, 0.0)
            paid = _paid(probe, f"{column}_breach", f"{column}_gap", row.site, row.material)
            step = 1.0 if column == "cover" else 0.01 * value
            yield Item(column, f"{row.site} / {row.material}", f"{value:g} {unit}", unit, value, step, at, paid)


def _terminals(probe: Probe) -> Iterator[Item]:
    """What must be left on the last day; where more is asked for, more of it is worth something."""
    stocks, left = probe.planner.case.by.stocks, {key: place for place, key in probe.program.columns_at("closing")}
    for place, key in probe.program.rows_at("terminal_stock"):
        value = stocks[key].terminal

        def at(wanted: float | None, place: int = place, closing: int = left[key]) -> Variant:
            lower = Entries(np.array([place]), np.array([wanted or 0.0]))
            upper = None if wanted is None else Entries(np.array([closing]), np.array([wanted]))
            return probe.edited(row_lower=lower, column_upper=upper)

        paid = _paid(probe, "terminal_breach", "terminal_gap", *key)
        yield Item("terminal", " / ".join(key), f"{value:g} t", "t", value, 0.01 * value, at, paid)


def _demands(probe: Probe) -> Iterator[Item]:
    """Demands: what serving one costs, and what one more of its tonnes would."""
    table = probe.planner.case.tables.demand
    for key in dict.fromkeys((row.site, row.product, row.end_use) for row in table):
        rows = [n for n, row in enumerate(table) if (row.site, row.product, row.end_use) == key]
        value = float(np.mean([table[n].tonnes for n in rows]))
        if not value:
            continue
        at = _series(probe, "demand", "tonnes", rows)

        def moved(wanted: float | None, at: Any = at, value: float = value) -> Variant:
            return at(lambda now: now * ((wanted or 0.0) / value))  # type: ignore[no-any-return]

        paid = _paid(probe, "short", "shortage", *key)
        yield Item("demand", " / ".join(key), f"{value:,.0f} t/year", "t/year", value, 0.01 * value, moved, paid)
