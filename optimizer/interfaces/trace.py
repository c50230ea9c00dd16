"""What `lodestar trace` prints: exposed content of what is delivered, what carries it, and what cleaning would cost."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from optimizer.analysis.plan import Plans
from optimizer.analysis.tracing import carriers, clean_down, trace
from optimizer.interfaces.show import make_table

CARRIERS = 12
"""Carriers listed."""


def print_trace(console: Console, plans: Plans, *, by_period: bool) -> None:
    """Print the content of the base plan's deliveries, and the cheapest clean-down of each demand.

    Parameters
    ----------
    console : Console
    plans : Plans
        The base plan.
    by_period : bool
        Clean each period by itself.
    """
    outcome = plans.outcome()
    found = trace(outcome)
    if found.empty:
        console.print("No content rule reaches anything in this case.")
        return
    table = make_table(
        "Exposed share of the value of what is delivered",
        [
            ("rule", "left"),
            ("to", "left"),
            ("product", "left"),
            ("served with", "left"),
            ("class", "left"),
            ("t", "right"),
            ("lowest share", "right"),
            ("highest share", "right"),
            ("threshold", "right"),
            ("reached in", "right"),
        ],
        caption="An average over a class, a place and a period; at the threshold counts as reaching it.\n",
    )
    for key, some in found.groupby(["rule", "site", "product", "material", "exposure"], sort=True):
        fields: Any = key
        periods = f"{some.loc[some['crosses'], 'period'].nunique()} of {some['period'].nunique()} periods"
        low, high = some["exposed_share"].min(), some["exposed_share"].max()
        table.add_row(
            *fields,
            f"{some['tonnes'].sum():,.0f}",
            f"{low:.3%}",
            f"{high:.3%}",
            f"{some['threshold'].iloc[0]:.2%}",
            periods,
        )
    console.print(table, highlight=False)
    table = make_table(
        "What carries it (exposed value that goes into lots, over the horizon)",
        [
            ("rule", "left"),
            ("site", "left"),
            ("country", "left"),
            ("recipe", "left"),
            ("input", "left"),
            ("MUSD", "right"),
        ],
        caption="\n",
    )
    lines: Any = carriers(outcome).head(CARRIERS).itertuples(index=False)
    for line in lines:
        table.add_row(*line[:5], f"{line.exposed_usd / 1e6:,.1f}")
    console.print(table, highlight=False)
    table = make_table(
        "The cheapest clean-down: solved again with no exposed delivery to a demand",
        [
            ("rule", "left"),
            ("to", "left"),
            ("product", "left"),
            ("end use", "left"),
            ("period", "left"),
            ("exposed now t", "right"),
            ("extra MUSD", "right"),
            ("of it shortage", "right"),
            ("short t", "right"),
            ("USD/kg", "right"),
        ],
        caption="Where tonnes go short, it cannot be done in full with what the case holds. This is not legal advice.",
    )
    lines = clean_down(plans, by_period=by_period).itertuples(index=False)
    for line in lines:
        money = (f"{round(usd / 1e6, 1) + 0.0:,.1f}" for usd in (line.extra_usd, line.of_it_shortage_usd))
        table.add_row(
            *line[:5], f"{line.exposed_t:,.0f}", *money, f"{line.short_t:,.0f}", f"{abs(line.usd_per_kg):,.1f}"
        )
    console.print(table, highlight=False)
