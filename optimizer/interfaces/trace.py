"""What `lodestar trace` prints: exposed content of what is delivered, what carries it, and what cleaning would cost."""

from __future__ import annotations

from typing import Any

import pandas as pd
from rich.console import Console

from optimizer.engine.pool import Pool
from optimizer.interfaces.render import Column, print_table, say
from optimizer.plans.amounts import money, tonnes
from optimizer.plans.outcome import Outcome
from optimizer.plans.plan import Plans
from optimizer.plans.schema import lines
from optimizer.questions.tracing import Carriers, CleanDown, Traced, carriers, clean_down, in_force, trace

CARRIERS = 12
"""Carriers listed."""


def print_trace(console: Console, plans: Plans, pool: Pool, *, by_period: bool) -> None:
    """Print the content of one plan's deliveries, and the cheapest clean-down of each demand.

    Parameters
    ----------
    console : Console
    plans : Plans
        The base plan, and the reaction to a scenario if that is what is shown.
    pool : Pool
        Workers that clean it.
    by_period : bool
        Clean each period by itself.
    """
    scenario = plans.scenarios[0].name if plans.scenarios else "base"
    outcome = plans.outcome(scenario)
    found = trace(outcome)
    say(console, ": base plan" if scenario == "base" else f": {scenario} (react)", bold=plans.planner.case.name)
    if found.empty:
        say(console, "No content rule reaches anything in this case.")
        return
    for rule, some in found.groupby(Traced.rule, sort=True):
        _print_rule(console, outcome, str(rule), some)
    say(console, "A share is an average over a class, a place and a period; at the threshold counts as reaching it.")
    _print_carriers(console, outcome)
    _print_clean_down(console, clean_down(plans, scenario, by_period=by_period, pool=pool))


def _print_rule(console: Console, outcome: Outcome, rule: str, found: pd.DataFrame) -> None:
    """Exposed shares under one rule, and when it is in force."""
    rows, it = [], Traced
    for key, some in found.groupby([it.site, it.product, it.material, it.exposure], sort=True):
        fields: Any = key
        low, high = some[it.exposed_share].min(), some[it.exposed_share].max()
        reached = f"{some.loc[some[it.crosses], it.period].nunique()} of {some[it.period].nunique()}"
        rows.append((*fields, f"{some[it.tonnes].sum():,.0f}", f"{low:.3%}", f"{high:.3%}", reached))
    numbers = ("t", "lowest\nshare", "highest\nshare", "periods that\nreach it")
    print_table(
        console,
        f"{rule}: exposed share of the value of what is delivered; threshold {found[it.threshold].iloc[0]:.2%}",
        [
            *map(Column, ("to", "product", "served with", "class")),
            *(Column(heading, right=True, rank=heading.startswith("lowest")) for heading in numbers),
        ],
        rows,
        caption=_when(outcome, rule),
    )


def _when(outcome: Outcome, rule: str) -> str:
    """When a rule is in force in the horizon, in words."""
    calendar, stretches = outcome.frame.calendar, in_force(outcome, rule)
    if not stretches:
        control = outcome.frame.structure.exposures.rules[rule]
        why = f" (suspended since {control.suspended_from})" if control.suspended_from else ""
        return f"{rule} is not in force on any day of the horizon{why}: what reaches it needs no licence in this plan."
    if stretches == [(calendar.start, calendar.end)]:
        return f"{rule} is in force throughout the horizon."
    return f"{rule} is in force only from " + " and from ".join(f"{a} to before {b}" for a, b in stretches) + "."


def _print_carriers(console: Console, outcome: Outcome) -> None:
    """What brings the exposed content in."""
    it, table = Carriers, carriers(outcome).head(CARRIERS)
    scale = money(*table[it.exposed_usd])
    words = (it.rule, it.site, it.country, it.recipe, it.material)
    print_table(
        console,
        "What carries it (exposed value that goes into lots, over the horizon)",
        [
            *map(Column, ("rule", "site")),
            Column("country", rank=1),
            *map(Column, ("recipe", "input")),
            Column(scale.unit, right=True),
        ],
        [(*(line[name] for name in words), scale.cell(line[it.exposed_usd])) for line in lines(table)],
    )


def _print_clean_down(console: Console, table: pd.DataFrame) -> None:
    """What cleaning each demand would cost."""
    it, by_period = CleanDown, bool(table[CleanDown.period].any())
    scale, mass = money(*table[it.extra_usd]), tonnes(*table[it.exposed_t], *table[it.short_t])
    numbers = (f"exposed\nnow {mass.unit}", f"extra\n{scale.unit}", "of it\nshortage", f"short\n{mass.unit}", "USD/kg")
    columns = [
        *map(Column, ("rule", "to", "product")),
        Column("end use", rank=2),
        *([Column("period", rank=1)] if by_period else []),
        *(Column(heading, right=True, rank=heading.startswith("of it")) for heading in numbers),
    ]
    words = (it.rule, it.site, it.product, it.end_use, *((it.period,) if by_period else ()))
    rows = [
        (
            *(line[name] for name in words),
            mass.cell(line[it.exposed_t]),
            *(scale.cell(line[name]) for name in (it.extra_usd, it.of_it_shortage_usd)),
            mass.cell(line[it.short_t]),
            f"{abs(line[it.usd_per_kg]):,.1f}",
        )
        for line in lines(table)
    ]
    print_table(
        console,
        "The cheapest clean-down: solved again with no exposed delivery to a demand",
        columns,
        rows,
        caption="Where tonnes go short, it cannot be done in full with what the case holds. This is not legal advice.",
    )
