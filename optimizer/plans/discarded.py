"""What a plan throws away: goods that come in at a place and neither leave it, nor are used, nor kept.

A balance says that at least as much comes in as goes out; what it is left with is its row's activity above its bound.
Goods that nothing can use or move on have no balance at all: whatever is made or lies there is left over.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pandas as pd

from optimizer.plans.outcome import TOLERANCE, Outcome
from optimizer.plans.schema import EXPOSURE, MATERIAL, PERIOD, PLACE, TONNES, Columns, number

BALANCE = "material_balance"


class Discarded(Columns):
    """Columns of `discarded`."""

    place = PLACE
    material = MATERIAL
    exposure = EXPOSURE
    period = PERIOD
    tonnes = TONNES
    value_usd = number("USD, not discounted", "amount times the unit value of the material")


def discarded(outcome: Outcome) -> pd.DataFrame:
    """Goods left over, which vanish: what comes in at a place less what leaves it, is used and is kept.

    Parameters
    ----------
    outcome : Outcome

    Returns
    -------
    DataFrame
        Columns `place`, `material`, `exposure`, `period`, `tonnes` and `value_usd`, at the unit value of the table of
        materials and not discounted.
    """
    left: dict[Any, float] = {}
    program = outcome.frame.program
    if BALANCE in program.rows_of:
        rows = program.rows_of[BALANCE]
        arrays = program.arrays(outcome.parameters)
        over = arrays.times(outcome.answer.x)[rows] - arrays.row_lower[rows]
        left = dict(zip((key for _, key in program.row_names[rows]), over.tolist(), strict=True))
    for key, tonnes in _without_balance(outcome).items():
        left[key] = tonnes
    lines = [(*key, tonnes) for key, tonnes in left.items() if tonnes > TOLERANCE]
    it, materials = Discarded, outcome.frame.structure.by.materials
    table = pd.DataFrame(lines, columns=pd.Index([it.place, it.material, it.exposure, it.period, it.tonnes]))
    worth = [1000.0 * materials[str(name)].unit_value for name in table[it.material]]
    value = table[it.tonnes].astype(float) * pd.Series(worth, index=table.index, dtype=float)
    return it.frame(table.assign(**{it.value_usd: value}))


def thrown_away(outcome: Outcome) -> pd.DataFrame:
    """What vanishes by material, that worth most first: `material`, `tonnes`, `value_usd`, discounted to the start."""
    calendar, rate = outcome.frame.calendar, outcome.frame.structure.case.file.discount_rate
    it, table = Discarded, discarded(outcome)
    today = table[it.value_usd] * calendar.discount(rate)[table[it.period].astype(int)]
    table = table.assign(**{it.value_usd: today})
    sums = table.groupby(it.material, sort=True)[[it.tonnes, it.value_usd]].sum().reset_index()
    return sums.sort_values(it.value_usd, ascending=False, kind="stable", ignore_index=True)


def _without_balance(outcome: Outcome) -> dict[Any, float]:
    """Tonnes of goods that have no balance, by place, material, class and period: nothing can use or move them."""
    frame = outcome.frame
    structure = frame.structure
    balanced = set(structure.index["balances"])
    left: dict[Any, float] = defaultdict(float)
    for key, tonnes in frame.links.inflow.items():
        if key[:-1] not in balanced:
            left[key] += tonnes
    for node, lots in frame.links.made.items():
        if node not in balanced:
            for lot, tonnes in lots:
                for period in structure.periods:
                    place = frame.program.column_at("run", (*lot, period))
                    left[(*node, period)] += tonnes * float(outcome.answer.x[place])
    return left
