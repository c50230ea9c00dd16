"""One row per scenario and answer: what a planner reads first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from optimizer.case.stages import MEASURED
from optimizer.plans.cost import Amounts
from optimizer.plans.enforcement import marked
from optimizer.plans.lasting import Cover
from optimizer.plans.long_tables import TABLES
from optimizer.plans.outcome import TOLERANCE, Outcome, Shares
from optimizer.plans.schema import COST, Answered, AnswerKey, Column, Columns, flag, number, units, word
from optimizer.plans.tables.limits import Limits, limits
from optimizer.plans.tightening import content_kept
from optimizer.program.answer import Answer
from optimizer.world.scenario import Scenario

ORDER = ("base", "react", "foresight", "hedge")
"""Answers to a scenario, in the order in which they stand."""
COUNTRY = "CN"
"""The country whose share the summary follows."""


class Stated(Columns):
    """Columns of the summary that say what was asked, and whether it was answered."""

    scenario = word("name of the scenario")
    answer = Answered.answer
    status = word(
        "`optimal`, `infeasible`, `unbounded`, `time limit`, `uncertified`, "
        "`refused` (the solver cannot be given its numbers) or `failed` (two workers were lost over it)"
    )
    certified = flag("whether the answer is proved optimal; an answer that is not has no numbers")
    title = word("title of the scenario", empty=True)


class Found(Columns):
    """Columns of the summary that are there once an answer is certified, those of stages and stock apart."""

    cost_usd = Amounts.cost_usd
    cash_usd = Amounts.cash_usd
    penalties_usd = Amounts.penalties_usd
    lower_usd = number(
        COST.unit,
        "where content across stages was tightened, the cost of the best plan without that: "
        "no plan that keeps the content rules costs less",
        empty=True,
        listed=False,
    )
    content = word(
        "`tightened` or `undiluted`: how the content of lots was held below its thresholds across stages; `over`: no "
        "plan was found in which it is, and the cost is a lower bound; empty: nothing had to be done",
        empty=True,
    )
    mark = word(
        "`counts on non-enforcement` and of which content rules, where not all they reach is detected", empty=True
    )
    change_usd = number(COST.unit, "the cost less that of the base plan", empty=True, listed=False)
    service_level = number("0 to 1", "share of demand met over the horizon", empty=True)
    short_t = number("t", "tonnes missing over the horizon", empty=True)
    worst_demand = word("the demand with the lowest service level", empty=True)
    worst_service_level = number("0 to 1", "that level", empty=True, listed=False)
    limits_broken = word(
        "limits that are broken at a price; the table `limits` says by how much and at what penalty", empty=True
    )


class Lowest(Columns):
    """Columns of the summary on stock and on rules."""

    lowest_stock_days = number(
        Cover.days.unit,
        "fewest days of use in stock, of any product at the end of any period",
        empty=True,
        listed=False,
    )
    lowest_stock_where = word("where, of what and when", empty=True)
    binding = word("rules with a price, and in how many rows", empty=True)


class Solved(Columns):
    """Columns of the summary that say how an answer was found."""

    method = word("what found the answer", empty=True)
    seconds = number("s", "time in the solver", empty=True, compared=False)


class AtStage(NamedTuple):
    """Columns of the summary on one stage."""

    country_share: Column
    largest: Column
    largest_share: Column
    hhi: Column


def at_stage(stage: str) -> AtStage:
    """The columns of the summary on one stage."""
    share, hhi = f"share of {COUNTRY} at the stage {stage}", f"HHI of the suppliers at the stage {stage}"
    return AtStage(
        number(Shares.share.unit, f"{share}, looked through", empty=True, listed=False).named(
            f"{stage}_{COUNTRY}_share"
        ),
        word(f"largest supplier at the stage {stage}", empty=True).named(f"{stage}_largest"),
        number(Shares.share.unit, "its share", empty=True, listed=False).named(f"{stage}_largest_share"),
        number("0 to 1", hhi, empty=True, listed=False).named(f"{stage}_hhi"),
    )


CERTIFIED: tuple[Column, ...] = (
    *Found.columns(),
    *(column for stage in MEASURED for column in at_stage(stage)),
    *Lowest.columns(),
)
"""Columns of the summary that are there once an answer is certified."""
SUMMARY: tuple[Column, ...] = (*Stated.columns(), *CERTIFIED, *Solved.columns())
"""Every column of the summary."""
UNITS = units([*(column for table in TABLES.values() for column in table.columns), *SUMMARY])
"""Units of the columns that hold numbers, as the manifest lists them."""


def summarise(
    scenarios: Sequence[Scenario], outcomes: Mapping[AnswerKey, Outcome], failed: Mapping[AnswerKey, Answer]
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
    keys = sorted({*outcomes, *failed}, key=lambda key: (order.index(key[0]), ORDER.index(key[1])))
    titles = {scenario.name: scenario.title for scenario in scenarios}
    for scenario, answer in keys:
        outcome = outcomes.get((scenario, answer))
        found = failed[scenario, answer] if outcome is None else outcome.answer
        title = titles.get(scenario, "The world as the rules in force stand")
        stated = (scenario, answer, found.status, found.certified, title)
        row: dict[str, Any] = dict(zip(map(str, Stated.columns()), stated, strict=True))
        if outcome is not None and base is not None:
            row |= _found(outcome, base)
        row |= {Solved.method: found.method, Solved.seconds: found.seconds}
        rows.append(row)
    return pd.DataFrame(rows)


def _found(outcome: Outcome, base: Outcome) -> dict[str, Any]:
    """What the summary says of a certified answer."""
    worst, level = outcome.worst_demand()
    days, when = outcome.lowest_cover()
    row: dict[str, Any] = {
        **outcome.whole_cost.cells,
        Found.lower_usd: outcome.answer.loose.cost if outcome.answer.loose is not None else math.nan,
        Found.content: content_kept(outcome.frame, outcome.answer),
        Found.mark: marked(outcome.network.timelines),
        Found.change_usd: outcome.cost - base.cost,
        Found.service_level: outcome.service_level,
        Found.short_t: outcome.short,
        Found.worst_demand: worst,
        Found.worst_service_level: level,
        Found.limits_broken: ", ".join(limits_broken(outcome)),
    }
    for stage in MEASURED:
        at, (member, share) = at_stage(stage), outcome.largest(stage)
        row |= {
            at.country_share: outcome.share_of(stage, COUNTRY),
            at.largest: member,
            at.largest_share: share,
            at.hhi: outcome.hhi(stage),
        }
    binding = ", ".join(f"{rule} {count}" for rule, count in sorted(outcome.binding().items()))
    return row | {Lowest.lowest_stock_days: days, Lowest.lowest_stock_where: when, Lowest.binding: binding}


def limits_broken(outcome: Outcome) -> list[str]:
    """Names of the limits that are broken at a price, in the order of the case."""
    table = limits(outcome)
    return list(dict.fromkeys(table.loc[table[Limits.breach] > TOLERANCE, Limits.limit]))
