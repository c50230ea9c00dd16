"""Write `docs/elasticities.csv`: how far the cost of each bundled base plan hangs on its figures.

It plans the bundled cases, so it runs by itself and not with the pages: ``python -m docs.elasticities``.
"""

from __future__ import annotations

import pandas as pd

from docs.generate import FOLDER
from optimizer.plans.plan import plan
from optimizer.questions.probe import Probe
from optimizer.questions.sources import sources
from optimizer.world.load import find_cases

LISTED = 20
"""Heaviest figures of each case that are kept."""


def main() -> None:
    """Plan, weigh and write."""
    parts = []
    for case in find_cases():
        table = sources(Probe(plan(case, [])), LISTED)
        heavy = table.loc[table["elasticity"].abs().sort_values(ascending=False, kind="stable").index].head(LISTED)
        parts.append(heavy.drop(columns="source").assign(case=case))
    whole = pd.concat(parts)
    columns = ["case", *whole.columns.drop("case")]
    for name in ("elasticity", "less", "more"):
        whole[name] = whole[name].round(3)
    whole[columns].to_csv(FOLDER / "elasticities.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
