"""What is started."""

from __future__ import annotations

import pandas as pd

from optimizer.plans.outcome import Outcome
from optimizer.plans.schema import PERIOD, SHARE, Columns, word


class Projects(Columns):
    """Columns of `projects`."""

    project = word("project")
    period = PERIOD
    share = SHARE


def projects(outcome: Outcome) -> pd.DataFrame:
    """Projects started, as a share of the whole."""
    return Projects.frame(outcome.variable("start", Projects.share))
