"""What limits bound, and what is broken at a price."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pandas as pd

from optimizer.plans.outcome import Outcome
from optimizer.plans.schema import COST, MEMBER, Columns, number, word


class Limits(Columns):
    """Columns of `limits`."""

    limit = word("limit")
    member = MEMBER
    window = word("window: a period, a year, or `horizon`")
    measure = word("what it bounds: `share`, `volume`, `spend` or `hhi`")
    sense = word("`at_most` or `at_least`")
    total = number("t or USD", "what passes the stage in the window, of everybody; of `spend`, all that is paid there")
    amount = number("t or USD", "the member's part of it; of `hhi`, the sum of squared tonnes over the total")
    bound = number("share, t or USD", "bound of the limit in the window: of a share or an `hhi`, of the total")
    breach = number("t or USD", "by how much it is broken, at its penalty")
    cost_usd = COST


def limits(outcome: Outcome) -> pd.DataFrame:
    """Every limit in every window: what it bounds, its bound, by how much it is broken, and what that costs."""
    it, columns, x = Limits, outcome.frame.place_of, outcome.answer.x
    paid = outcome.frame.program.costs["policy_breach"](outcome.parameters) * x
    bounds = outcome.values_by_key("limit_value")
    squares: dict[Any, float] = defaultdict(float)
    for window in outcome.frame.structure.windows:
        if window.is_square:
            squares[window.limit, window.label] += x[columns["member", window.key]] ** 2
    rows = []
    absent = outcome.network.timelines.absent("limits")
    for window in outcome.frame.structure.windows:
        if window.is_square or window.number in absent:
            continue
        row, key = window.row, window.key
        total = x[columns["volume", (window.limit, window.label)]]
        amount = x[columns["member", key]]
        if row.measure == "hhi":
            amount = squares[window.limit, window.label] / total if total > 0 else 0.0
        place = columns["breach", key] if row.penalty is not None else None
        rows.append(
            {
                **dict(zip((it.limit, it.member, it.window), key, strict=True)),
                it.measure: row.measure,
                it.sense: row.sense,
                it.total: total,
                it.amount: amount,
                it.bound: bounds[key],
                it.breach: 0.0 if place is None else x[place],
                it.cost_usd: 0.0 if place is None else paid[place],
            }
        )
    return it.of(rows)
