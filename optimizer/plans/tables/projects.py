"""What is started."""

from __future__ import annotations

import pandas as pd

from optimizer.network.numbers.projects import begun_on
from optimizer.plans.outcome import Outcome
from optimizer.plans.schema import PERIOD, SHARE, Columns, word


class Projects(Columns):
    """Columns of `projects`."""

    project = word("project")
    period = PERIOD
    begun = word("day on which it is begun, from which its lead counts")
    share = SHARE


def projects(outcome: Outcome) -> pd.DataFrame:
    """Projects started, as a share of the whole."""
    it, table = Projects, outcome.variable("start", Projects.share)
    days = [
        str(begun_on(outcome.network, project, period))
        for project, period in zip(table[it.project], table[it.period], strict=True)
    ]
    return it.frame(table.assign(**{it.begun: days}))
