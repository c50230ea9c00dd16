"""Concentration where it is: the sum of squared shares at every stage, looked through to the mine."""

from __future__ import annotations

import pandas as pd

from optimizer.plans.outcome import Outcome, Shares
from optimizer.plans.schema import BY, STAGE, YEAR, Columns, count, number


class Concentration(Columns):
    """Columns of `concentration`."""

    stage = STAGE
    by = BY
    year = YEAR
    members = count("count", "how many have a share")
    hhi = number("0 to 1", "sum of squared shares; a lower bound where tonnes have no declared supplier")
    hhi_10000 = number("0 to 10 000", "the same on the other usual scale")


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
    it, shares = Concentration, outcome.shares
    squares = shares.assign(**{it.hhi: shares[Shares.share] ** 2}).groupby([it.stage, it.by, it.year], sort=True)
    table = squares.agg(**{it.members: (Shares.member, "size"), it.hhi: (it.hhi, "sum")}).reset_index()
    return it.frame(table.assign(**{it.hhi_10000: table[it.hhi] * 10_000}))
