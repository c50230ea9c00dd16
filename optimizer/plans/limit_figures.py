"""Three figures for every limit: what its row counts where it binds, what is used pro rata, and what is bought."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from optimizer.plans.schema import Columns, flag, number
from optimizer.plans.tables.limits import Limits, LimitUse

SWING = 30.0
"""Days of use by which stock changes over a window from which it is said: the share of purchases is then another."""
MEASURE = "share, t or USD"
"""Unit of a bound, and of what is held against it."""


class Figures(Columns):
    """Columns of `figures`."""

    limit = Limits.limit
    member = Limits.member
    window = Limits.window
    measure = Limits.measure
    sense = Limits.sense
    bound = Limits.bound
    binds = Limits.binds
    breach = Limits.breach
    counted = number(MEASURE, "what its row counts; none where it is used that counts and the limit does not bind")
    used = number(MEASURE, "what is used, pro rata; none of spend")
    bought = number(MEASURE, "what is made or bought; none of spend")
    swing = number("days of use", "change of stock over the window, of its goods and of what holds them")
    nearest = flag("whether no other member of the limit is nearer to its bound in the window")


def figures(limits: pd.DataFrame, use: pd.DataFrame) -> pd.DataFrame:
    """What can be held against every limit, of one answer.

    Parameters
    ----------
    limits, use : DataFrame
        Its tables `limits` and `limit_use`.

    Returns
    -------
    DataFrame
        Columns of `Figures`, in the order of the table of limits.
    """
    it, of = Figures, LimitUse
    key = [it.limit, it.member, it.window]
    renamed = use.rename(columns={of.used: "_used", of.bought: "_bought"})
    table = limits.merge(renamed, on=key, how="left")
    part = table[it.measure].isin(["share", "hhi"])

    def held(amount: str, total: str) -> Any:
        shares = (table[amount] / table[total].where(table[total] > 0)).fillna(0.0).where(table[amount].notna())
        return table[amount].where(~part, shares)

    counted = held(Limits.amount, Limits.total)
    table = table.assign(
        **{
            it.counted: counted.where(table[it.binds] | (table[Limits.basis] != "use")),
            it.used: held("_used", of.used_total),
            it.bought: held("_bought", of.bought_total),
            it.swing: (table[of.stock_after] - table[of.stock_before]).fillna(0.0),
        }
    )
    seen = table[it.counted].fillna(table[it.used])
    room = (table[it.bound] - seen).where(table[it.sense] == "at_most", seen - table[it.bound])
    first = room.groupby([table[it.limit], table[it.window]]).transform("min")
    table = table.assign(**{it.nearest: np.isclose(room, first, rtol=0.0, atol=1e-12)})
    return it.frame(table[list(it.columns())])
