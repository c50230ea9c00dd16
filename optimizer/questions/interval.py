"""Where react depends on which of several equally cheap base plans is kept: how much less it could cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from optimizer.engine.either import either
from optimizer.engine.pool import Pool
from optimizer.engine.refine import at_answer
from optimizer.plans.amounts import PROVED, money, usd
from optimizer.plans.plan import Plans
from optimizer.plans.sections import Field, Section, amount
from optimizer.plans.summary import Stated
from optimizer.program.variant import Variant

SMALL = 5_000
"""Columns of a programme up to which intervals are worked out unasked: it takes about as long as planning."""
BEST = "best_base_usd"
"""What the lower end is called in JSON."""


@dataclass(frozen=True)
class Interval:
    """Least costs of reacting to one scenario, USD.

    Parameters
    ----------
    scenario : str
    best : float
        After the best of all base plans that cost as little as the kept one: proved that it is not below.
    kept : float
        After the kept one.
    """

    scenario: str
    best: float
    kept: float


def intervals(plans: Plans, *, asked: bool = True, workers: int | None = None) -> list[Interval]:
    """The interval of every reaction that rests on a base plan of which there are others as cheap.

    Parameters
    ----------
    plans : Plans
    asked : bool
        Otherwise only where the programme is small, and of reactions that cost more than foresight.
    workers : int, optional
        Processes; one per core by default.

    Returns
    -------
    list of Interval
        In the order of the scenarios. Where the base plan has no other way before the news there is none, nor where
        the lower end could not be certified.
    """
    planner = plans.planner
    if plans.interrupted or (not asked and len(planner.program.column_names) > SMALL):
        return []
    variants = list(_open(plans, asked))
    found: dict[str, float] = {}
    if variants:
        with Pool(workers, planner.solve_limit, planner.deadline) as pool:
            for variant, answer in pool.solve(planner.program, planner.start, variants):
                if answer.certificate is not None and answer.certified:
                    found[variant.name[0]] = answer.certificate.dual_objective
    costs = {name: plans.outcomes[name, "react"].cost for name in found}
    return [
        Interval(some.name, min(found[some.name], costs[some.name]), costs[some.name])
        for some in plans.scenarios
        if some.name in found
    ]


def _open(plans: Plans, asked: bool) -> Iterator[Variant]:
    """The solves that leave the base plan open, of scenarios where that can matter."""
    planner = plans.planner
    for scenario in plans.scenarios:
        outcome, known = (plans.outcomes.get((scenario.name, answer)) for answer in ("react", "foresight"))
        if outcome is None or (news := planner.news(scenario)).is_open:
            continue
        if not asked and not (known is not None and outcome.cost - known.cost > PROVED * (1 + abs(known.cost))):
            continue
        told = at_answer(planner.program, planner.reaction(scenario, outcome.network), outcome.answer)
        if (some := either(planner.program, planner.start, told, news.elapsed)) is not None:
            yield replace(some, name=(scenario.name, "either"))


def between(found: list[Interval]) -> Section:
    """Intervals as they are said.

    Parameters
    ----------
    found : list of Interval
    """
    if not found:
        return Section("interval", says="No other base plan as cheap decides anything else before the news.")
    scale = money(*(end for some in found for end in (some.best, some.kept)))
    apart = max(found, key=lambda some: some.kept - some.best)
    says = "Each reaction costs the same after any of them."
    if apart.kept - apart.best > PROVED * (1 + abs(apart.kept)):
        says = f"Largest in {apart.scenario}: {usd(apart.kept - apart.best)} less after another base plan."
    return Section(
        "interval",
        "React, where other base plans are as cheap as the kept one",
        (
            Field("scenario"),
            amount(f"best over them\n{scale.unit}", scale),
            amount(f"after the kept\n{scale.unit}", scale),
        ),
        tuple((some.scenario, some.best, some.kept) for some in found),
        says=says,
        legend=(
            "The kept base plan has the most days of stock, then the most even use (docs/formulation.md). The lower "
            "end is proved; what the worst of them would cost is not.",
        ),
    )


def with_best(records: list[dict[str, Any]], found: list[Interval]) -> list[dict[str, Any]]:
    """Rows of the summary for JSON, those of reactions with the lower end of their interval.

    Parameters
    ----------
    records : list of dict
    found : list of Interval
    """
    best = {(some.scenario, "react"): some.best for some in found}
    keys = [(row[Stated.scenario], row[Stated.answer]) for row in records]
    return [{**row, BEST: best[key]} if key in best else row for row, key in zip(records, keys, strict=True)]
