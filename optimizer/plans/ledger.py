"""The ledger as it is shown: what costs something, and the names of what costs nothing."""

from __future__ import annotations

from typing import Any

import pandas as pd

from optimizer.plans.amounts import PROVED, money, price
from optimizer.plans.sections import Field, Section, amount, number
from optimizer.plans.tables.rules import Ledger

HOW = (
    "Saved: planned again without the rule. One unit more: by plans at {}; an interval where the two differ. A "
    "demand's saving is what serving it costs."
)
"""How the figures were found; from which values is to be filled in."""


def costs_something(table: pd.DataFrame, cost: float) -> pd.Series[bool]:
    """Which rules of a ledger cost more than the proofs of a plan of this cost, USD, leave open.

    Parameters
    ----------
    table : DataFrame
        Columns of `Ledger`.
    cost : float
        Of the plan.

    Returns
    -------
    Series of bool
        One per row of the table.
    """
    return table[Ledger.cost_usd] > PROVED * (1 + cost)


def ledger_section(table: pd.DataFrame, cost: float) -> Section:
    """What each rule costs.

    Parameters
    ----------
    table : DataFrame
        Columns of `Ledger`; those of the values checked may be missing, and are then not shown.
    cost : float
        Of the plan, USD.

    Returns
    -------
    Section
        Kind, rule, what it says, penalty paid, what the plan would save without it, what one unit more costs, the unit,
        and the values at which that was checked.
    """
    costly = table[costs_something(table, cost)]
    scale = money(*costly[Ledger.paid_usd], *costly[Ledger.cost_usd])
    each = price(*costly[Ledger.price_low], *costly[Ledger.price_high])
    checked = Ledger.checked_from in table
    rows = []
    lines: list[dict[Any, Any]] = costly.to_dict(orient="records")
    for line in lines:
        low, high = each.cell(line[Ledger.price_low]), each.cell(line[Ledger.price_high])
        said = (line[Ledger.kind], line[Ledger.rule], line[Ledger.what], line[Ledger.paid_usd], line[Ledger.cost_usd])
        at = (f"{line[Ledger.checked_from]:,.4g} to {line[Ledger.checked_to]:,.4g}",) if checked else ()
        rows.append((*said, low if low == high else f"{low} to {high}", line[Ledger.unit], *at))
    free = table.drop(costly.index)[Ledger.rule]
    return Section(
        "ledger",
        "What each rule costs",
        (
            Field("kind"),
            Field("rule"),
            Field("says", rank=2, least=20),
            amount(f"penalty\npaid {scale.unit}", scale, rank=1),
            amount(f"without it\nsaves {scale.unit}", scale),
            number("one unit more\ncosts USD", "USD"),
            Field("unit"),
            *((Field("checked at", rank=3),) if checked else ()),
        ),
        tuple(rows),
        says=HOW.format("both values checked"),
        legend=(f"Cost nothing, which the plan's own proof shows: {', '.join(free)}.",) if len(free) else (),
    )
