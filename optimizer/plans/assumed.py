"""What was assumed for a planner who left it out, and what of a plan's cost hangs on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import pandas as pd

from optimizer.plans.amounts import money
from optimizer.plans.outcome import Outcome
from optimizer.plans.schema import Columns, lines, number, word
from optimizer.plans.sections import Field, Section, amount
from optimizer.plans.sections import number as number_field
from optimizer.plans.weights import Weights
from optimizer.world.assumed import Taken, taken


class Assumed(Columns):
    """Columns of `assumed`."""

    table = word("table of the case")
    row = word("key of its row, its fields separated by ` / `, without a day")
    column = word("`freight`, `transit`, `holding` or `penalty`")
    figure = number("by `unit`", "what was assumed")
    unit = word("its unit")
    why = word("how it was found")
    hangs_usd = number(
        "USD, discounted to the first day",
        "what of the cost hangs on it, by the answer's own prices: were it a tenth more, the plan would be dearer by a "
        "tenth of this, to first order; empty: prices do not say",
        empty=True,
    )


def assumed(outcome: Outcome) -> pd.DataFrame:
    """What the case left out and asked to have assumed, and what of the cost hangs on it."""
    it = Assumed
    by_column: dict[tuple[str, str], list[Taken]] = defaultdict(list)
    for some in taken(outcome.network.case):
        by_column[some.table, some.column].append(some)
    if not by_column:
        return it.of(())
    weights, rows = Weights(outcome), []
    for (table, column), found in by_column.items():
        for some, usd in zip(found, weights.hanging(table, column, [one.numbers for one in found]), strict=True):
            named = {it.table: table, it.row: some.of, it.column: column, it.figure: some.value}
            rows.append({**named, it.unit: some.unit, it.why: some.why, it.hangs_usd: usd})
    return it.of(rows)


def assumed_section(tables: Mapping[str, pd.DataFrame]) -> Section | None:
    """What was assumed, and what of the cost hangs on it in the base plan and where it is most; none if nothing was.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Columns of `Assumed` at least, by scenario; the base plan first. All have the same rows.
    """
    it = Assumed
    base, *_ = tables.values()
    if base.empty:
        return None
    scale = money(*(usd for table in tables.values() for usd in table[it.hangs_usd] if usd == usd))
    rows = []
    for place, line in enumerate(lines(base)):
        costs = {name: float(table[it.hangs_usd].iloc[place]) for name, table in tables.items()}
        worst = max(costs, key=lambda name: abs(costs[name]) if costs[name] == costs[name] else -1.0)
        figure = f"{line[it.column]} {line[it.row]}"
        values = (figure, f"{line[it.figure]:,.6g}", line[it.unit], line[it.why], line[it.hangs_usd])
        rows.append((*values, costs[worst], worst) if len(tables) > 1 else values)
    return Section(
        "assumed",
        "Assumed for you: what the case left out",
        (
            Field("figure", least=20),
            number_field("assumed", "by the figure"),
            Field("unit"),
            Field("how", rank=1, least=16),
            amount(f"hangs on it\n{scale.unit}", scale),
            *((amount(f"most of all\n{scale.unit}", scale), Field("in")) if len(tables) > 1 else ()),
        ),
        tuple(rows),
        says="Put your figures in their place. Hangs on it: were the figure a tenth more, the plan would be dearer by "
        "a tenth of this, by its own prices and to first order; a dash where they do not say. `lodestar sources` "
        "solves the heaviest again.",
    )
