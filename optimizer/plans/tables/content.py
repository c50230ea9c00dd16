"""Goods that are used as more exposed than they are."""

from __future__ import annotations

import pandas as pd

from optimizer.plans.outcome import Outcome
from optimizer.plans.schema import EXPOSURE, MATERIAL, PERIOD, PLACE, TONNES, Columns, word


class Reclassified(Columns):
    """Columns of `reclassified`."""

    place = PLACE
    material = MATERIAL
    exposure = EXPOSURE
    used_as = word("exposure class they are used as")
    period = PERIOD
    tonnes = TONNES


def reclassified(outcome: Outcome) -> pd.DataFrame:
    """Goods of a cleaner class used as goods of a more exposed one."""
    return Reclassified.frame(outcome.variable("downgrade"))
