"""Why not this supplier: what forcing a tonne from it costs, and the price at which it would come in by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.errors import InputError
from optimizer.faults import Fault
from optimizer.network.structure import Structure
from optimizer.plans.schema import Columns, number, word
from optimizer.program.program import Floats
from optimizer.program.variant import Row
from optimizer.questions.probe import Probe
from optimizer.questions.why import SMALLEST, Chain

FORCED = (1.0, 0.1)
"""Tonnes forced, over the horizon; the second only where the first leaves an interval."""
NEAR = 1e-4
"""Relative distance from either end of an interval at which it is checked by solving again."""
NOISE = 2e-9
"""Relative difference of two costs that their proofs leave open."""


class ForcedParts(Columns):
    """Columns of what a forced tonne costs and is worth, what it is worth most first."""

    kind = word("`worth`, `needs` (what it takes from others) or `price`")
    what = word("in words")
    usd_per_t = number("USD/t, discounted to the first day", "what it brings; negative: what it costs")


@dataclass(frozen=True)
class Entry:
    """What stands between a supplier and the plan.

    Parameters
    ----------
    supplier : str
    tonnes : float
        What it supplies in the plan, over the horizon.
    most : float
        Most it could supply over the horizon; known only where forcing a tonne fails, else infinite.
    premium_low, premium_high : float
        USD per tonne, discounted to the first day, by which it is too dear: at a price lower by less than the first it
        stays out, lower by more than the second it comes in. NaN where it cannot supply a tonne.
    stays_out_below, comes_in_above : bool
        Whether solving again at prices just past either end said so.
    forced_usd : float
        What one tonne more from it costs, USD.
    projects : list of str
        Projects that qualify it.
    parts : DataFrame
        What the forced tonne costs and what it is worth where it is forced: columns of `ForcedParts`; empty where it
        cannot supply one.
    """

    supplier: str
    tonnes: float
    most: float
    premium_low: float
    premium_high: float
    stays_out_below: bool
    comes_in_above: bool
    forced_usd: float
    projects: list[str]
    parts: pd.DataFrame


def why_not(probe: Probe, supplier: str) -> Entry:
    """Explain why a supplier has no part in a plan, or no larger one.

    Parameters
    ----------
    probe : Probe
        Of the answer asked about.
    supplier : str
        A site, or an offer.

    Returns
    -------
    Entry

    Raises
    ------
    InputError
        If there is no such supplier in the network, with the nearest known name.
    """
    columns, tonnes = _columns(probe, supplier)
    chain = Chain(probe)
    now = float(tonnes @ chain.x[columns])
    projects = [
        row.project for row in probe.planner.case.tables.projects if row.kind == "qualify" and row.site == supplier
    ]
    low, high, costs = 0.0, np.inf, []
    for tonnes_more in FORCED:
        line = Row(columns, tonnes, now + tonnes_more, np.inf)
        forced = probe.solve(probe.edited(rows=(line,), warm=True))
        if not forced.certified or forced.certificate is None:
            most = _most(probe, columns, tonnes)
            return Entry(supplier, now, most, np.nan, np.nan, False, False, np.nan, projects, ForcedParts.of([]))
        costs.append(forced.certificate.objective - probe.cost)
        high = max(0.0, costs[-1] / tonnes_more)
        # Where the price of the forced row accounts for all of the cost, the same prices prove the plan without it.
        if abs(float(forced.y[-1]) * tonnes_more - costs[-1]) <= NOISE * probe.cost + NEAR * abs(costs[-1]):
            low = high
            break
    grown = int(columns[np.argmax((forced.x[columns] - chain.x[columns]) * tonnes)])
    margin = NEAR * high + NOISE * probe.cost
    above, *less = _taken(probe, columns, tonnes, [high + margin, *([low - margin] if low > margin else [])])
    below = all(taken <= now + 1e-6 for taken in less)
    if not below:  # what the proofs leave open of a large cost hid a kink: only the interval holds
        low, below = 0.0, True
    return Entry(
        supplier,
        now,
        np.inf,
        low,
        high,
        below,
        above > now + 1e-9,
        costs[0],
        projects,
        _parts(chain, grown, forced.y[:-1]),
    )


def _columns(probe: Probe, supplier: str) -> tuple[NDArray[np.int64], Floats]:
    """Columns by which a supplier supplies, and the tonnes that a unit of each gives."""
    structure = probe.outcome.frame.structure
    found: list[tuple[int, float]] = []
    for name in ("buy", "take"):
        for place, key in probe.program.columns_at(name):
            offer = structure.by.offers[key[0]] if name == "buy" else structure.by.offer_of[key[0]]
            if supplier in (offer.offer, offer.site):
                found.append((place, 1.0))
    for place, key in probe.program.columns_at("run", supplier):
        found.append((place, _main_output(structure, key[1])))
    found.sort()
    if not found:
        known = {key.site for key in structure.index["plants"]} | {key.offer for key in structure.index["offers"]}
        known |= {offer.site for offer in structure.by.offers.values()}
        every = known | {row.site for row in probe.planner.case.tables.sites}
        said = "nothing it makes or sells can reach this buyer" if supplier in every else "no such site or offer"
        raise InputError([Fault.near(supplier, None, said, supplier, known)])
    return np.array([place for place, _ in found]), np.array([amount for _, amount in found])


def _main_output(structure: Structure, recipe: str) -> float:
    """Tonnes of a recipe's most valuable output per tonne of activity."""
    made = {material: tonnes for material, tonnes in structure.by.recipes[recipe].items() if tonnes > 0}
    return made[max(made, key=lambda material: made[material] * structure.by.materials[material].unit_value)]


def _most(probe: Probe, columns: NDArray[np.int64], tonnes: Floats) -> float:
    """Most a supplier could supply, whatever it costs."""
    cost = np.zeros(len(probe.program.column_names))
    cost[columns] = -tonnes
    return -probe.solve(probe.edited(cost=cost)).proof("the most a supplier could give was not found").objective


def _taken(probe: Probe, columns: NDArray[np.int64], tonnes: Floats, offs: Sequence[float]) -> list[float]:
    """Tonnes taken from a supplier whose price is lower by so much, USD per tonne, discounted; for each of some."""
    asked = []
    for off in offs:
        cost = probe.start.arrays.cost.copy()
        cost[columns] -= off * tonnes
        asked.append(probe.edited(cost=cost))
    taken = []
    for answer in probe.solve_all(asked):
        answer.proof("a supplier at another price")
        taken.append(float(tonnes @ answer.x[columns]))
    return taken


def _parts(chain: Chain, column: int, y: Floats) -> pd.DataFrame:
    """What a unit of a column costs and what it is worth, by the prices of the plan in which it is forced."""
    rows = []
    for row, value in chain.entries(column):
        worth = float(y[row]) * value
        if abs(worth) > SMALLEST:
            rows.append(("worth" if worth > 0 else "needs", chain.row_words(row), worth))
    rows += [("price", part.what, -part.usd_per_t) for part in chain.split(column, -1)[0] if part.kind == "price"]
    it = ForcedParts
    table = it.of({it.kind: kind, it.what: what, it.usd_per_t: usd} for kind, what, usd in rows)
    return table.sort_values(it.usd_per_t, ascending=False, kind="stable", ignore_index=True)
