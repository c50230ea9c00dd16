"""What rules cost: at the margin, and in the ledger that is made of a plan where it is asked for."""

from __future__ import annotations

import pandas as pd

from optimizer.plans.outcome import Outcome
from optimizer.plans.schema import Columns, number, word


def prices(outcome: Outcome) -> pd.DataFrame:
    """Shadow prices by rule and key."""
    return outcome.prices


class Ledger(Columns):
    """Columns of the ledger, which `optimizer.questions.ledger` fills."""

    kind = word("`limit`, `control`, `cover`, `reserve`, `terminal` or `demand`")
    rule = word("its name")
    what = word("what it says")
    paid_usd = number("USD, discounted to the first day", "penalties paid for breaking it")
    cost_usd = number("USD, discounted to the first day", "what the plan would save without it")
    price_low = number("USD per unit, discounted to the first day", "least rise of the cost when it rises by one unit")
    price_high = number("USD per unit, discounted to the first day", "largest rise of the cost")
    unit = word("what one unit of it is")
    value = number("units of the rule", "what it says now")
    checked_from = number("units of the rule", "least value at which that was checked by solving again")
    checked_to = number("units of the rule", "largest such value")
