"""One row per scenario and answer: what a planner reads first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from optimizer.analysis.flows import STAGES
from optimizer.analysis.outcome import TOLERANCE, Outcome
from optimizer.analysis.tables import limits

if TYPE_CHECKING:
    from optimizer.analysis.plan import Plans

COUNTRY = "CN"
"""The country whose share the summary follows."""


def summarise(plans: Plans) -> pd.DataFrame:
    """Summarise every answer.

    Parameters
    ----------
    plans : Plans

    Returns
    -------
    DataFrame
        Scenario by scenario, the base first; an answer that is not certified has no numbers.
    """
    base = plans.outcomes.get(("base", "base"))
    rows: list[dict[str, Any]] = []
    order = ["base", *(scenario.name for scenario in plans.scenarios)]
    keys = sorted({*plans.outcomes, *plans.failed}, key=lambda key: (order.index(key[0]), key[1] != "react"))
    titles = {scenario.name: scenario.title for scenario in plans.scenarios}
    for scenario, answer in keys:
        outcome = plans.outcomes.get((scenario, answer))
        found = plans.failed[scenario, answer] if outcome is None else outcome.answer
        row: dict[str, Any] = {
            "scenario": scenario,
            "answer": answer,
            "status": found.status,
            "certified": found.certified,
            "title": titles.get(scenario, "The world as the rules in force stand"),
        }
        if outcome is not None and base is not None:
            worst, level = outcome.worst_demand()
            days, when = outcome.lowest_cover()
            row |= {
                "cost_usd": outcome.cost,
                "cash_usd": outcome.cash,
                "penalties_usd": outcome.penalties,
                "change_usd": outcome.cost - base.cost,
                "service_level": outcome.service_level,
                "short_t": outcome.short,
                "worst_demand": worst,
                "worst_service_level": level,
                "limits_broken": ", ".join(limits_broken(outcome)),
            }
            for stage in STAGES:
                member, share = outcome.largest(stage)
                row |= {
                    f"{stage}_{COUNTRY}_share": outcome.share_of(stage, COUNTRY),
                    f"{stage}_largest": member,
                    f"{stage}_largest_share": share,
                    f"{stage}_hhi": outcome.hhi(stage),
                }
            row |= {"lowest_stock_days": days, "lowest_stock_where": when}
            row["binding"] = ", ".join(f"{rule} {count}" for rule, count in sorted(outcome.binding().items()))
        row |= {"method": found.method, "seconds": found.seconds}
        rows.append(row)
    return pd.DataFrame(rows)


def limits_broken(outcome: Outcome) -> list[str]:
    """Names of the limits that are broken at a price, in the order of the case."""
    table = limits(outcome)
    return list(dict.fromkeys(table.loc[table["breach"] > TOLERANCE, "limit"]))
