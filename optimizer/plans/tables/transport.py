"""What is moved."""

from __future__ import annotations

import pandas as pd

from optimizer.plans.outcome import Outcome
from optimizer.plans.schema import EXPOSURE, MATERIAL, MODE, PERIOD, TONNES, Columns, word


class Shipments(Columns):
    """Columns of `shipments`."""

    origin = word("place the goods leave")
    destination = word("place they go to")
    material = MATERIAL
    exposure = EXPOSURE
    period = PERIOD
    tonnes = TONNES
    from_country = word("its country")
    to_country = word("its country")
    mode = MODE


def shipments(outcome: Outcome) -> pd.DataFrame:
    """Goods moved, by the period they leave in."""
    it = Shipments
    table = outcome.variable("ship")
    country = outcome.frame.structure.country
    ends = {
        it.from_country: [country[place] for place in table[it.origin]],
        it.to_country: [country[place] for place in table[it.destination]],
    }
    return it.frame(table.assign(**ends))
