"""What is sold of what is left over or must be treated, and what is made because it is wanted."""

from __future__ import annotations

import pandas as pd

from optimizer.plans.outcome import Outcome
from optimizer.plans.schema import EXPOSURE, MATERIAL, MODE, PERIOD, TONNES, Columns, number, word


class Sales(Columns):
    """Columns of `sales`."""

    material = MATERIAL
    place = word("where the buyer takes it: a place or a country")
    buyer = word("who takes it, where several do", empty=True)
    at = word("place that the goods leave")
    exposure = EXPOSURE
    period = PERIOD
    tonnes = TONNES
    sale_usd_per_t = number("USD/t", "what the buyer pays; below 0, what treating it costs")
    income_usd = number("USD, not discounted", "amount times that")


def sales(outcome: Outcome) -> pd.DataFrame:
    """Goods sold, and goods treated."""
    it = Sales
    sold = outcome.with_parameter(
        outcome.variable("sell"), [it.material, it.place, it.buyer], "sale_price", it.sale_usd_per_t
    )
    return it.frame(sold.assign(**{it.income_usd: sold[it.tonnes] * sold[it.sale_usd_per_t]}))


class Wanted(Columns):
    """Columns of `wanted`."""

    place = word("site where they are made, or place that they leave or are kept at")
    to = word("place that they go to; empty: they are made or kept", empty=True)
    mode = MODE
    recipe = word("recipe that they are made by; empty: they are moved or kept", empty=True)
    material = MATERIAL
    period = PERIOD
    tonnes = TONNES


def wanted(outcome: Outcome) -> pd.DataFrame:
    """Of goods that by-products fall with: what is made, moved and kept because it is wanted.

    It is one way to say so where there are several. What falls beside what is made may be sold.
    """
    it, recipes = Wanted, outcome.frame.structure.by.recipes
    made = outcome.variable("wanted").rename(columns={"site": it.place})
    tonnes = [
        recipes[recipe][name] * activity
        for recipe, name, activity in zip(made[it.recipe], made[it.material], made[it.tonnes], strict=True)
    ]
    made = made.assign(**{it.tonnes: pd.Series(tonnes, index=made.index, dtype=float)})
    moved = outcome.variable("wanted_move").rename(columns={"origin": it.place, "destination": it.to})
    words = (it.to, it.mode, it.recipe)
    parts = [
        part.assign(**{name: "" for name in words if name not in part.columns})
        for part in (made, moved, outcome.variable("wanted_stock"))
    ]
    return it.frame(pd.concat([part for part in parts if len(part)] or parts[:1]))
