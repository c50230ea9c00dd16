"""Concentration where it is: the sum of squared shares at every stage, looked through to the mine."""

from __future__ import annotations

import pandas as pd

from optimizer.plans.outcome import Outcome


def concentration(outcome: Outcome) -> pd.DataFrame:
    """Sum of squared shares (HHI) of suppliers, countries and owners at every stage, per year and over the horizon.

    Parameters
    ----------
    outcome : Outcome

    Returns
    -------
    DataFrame
        Columns `stage`, `by`, `year`, `members` (how many have a share), `hhi` (0 to 1) and `hhi_10000`. Tonnes whose
        supplier is not declared count in the volume and in nobody's share, so the figure is then a lower bound.
    """
    shares = outcome.shares
    squares = shares.assign(hhi=shares["share"] ** 2).groupby(["stage", "by", "year"], sort=True)
    table = squares.agg(members=("member", "size"), hhi=("hhi", "sum")).reset_index()
    return table.assign(hhi_10000=table["hhi"] * 10_000)
