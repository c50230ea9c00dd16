"""One row per scenario and answer: what a planner reads first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from optimizer.plans.flows import STAGES
from optimizer.plans.outcome import TOLERANCE, Outcome
from optimizer.plans.tables import limits
from optimizer.program.answer import Answer
from optimizer.world.scenario import Scenario

COUNTRY = "CN"
"""The country whose share the summary follows."""


Key = tuple[str, str]
"""Scenario and answer."""


def summarise(
    scenarios: Sequence[Scenario], outcomes: Mapping[Key, Outcome], failed: Mapping[Key, Answer]
) -> pd.DataFrame:
    """Summarise every answer.

    Parameters
    ----------
    scenarios : sequence of Scenario
        As they were planned.
    outcomes : mapping of (scenario, answer) to Outcome
        Certified answers.
    failed : mapping of (scenario, answer) to Answer
        Answers that are not certified.

    Returns
    -------
    DataFrame
        Scenario by scenario, the base first; an answer that is not certified has no numbers.
    """
    base = outcomes.get(("base", "base"))
    rows: list[dict[str, Any]] = []
    order = ["base", *(scenario.name for scenario in scenarios)]
    keys = sorted({*outcomes, *failed}, key=lambda key: (order.index(key[0]), key[1] != "react"))
    titles = {scenario.name: scenario.title for scenario in scenarios}
    for scenario, answer in keys:
        outcome = outcomes.get((scenario, answer))
        found = failed[scenario, answer] if outcome is None else outcome.answer
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
