"""What `lodestar sources` prints."""

from __future__ import annotations

import pandas as pd
from rich.console import Console

from optimizer.interfaces.render import Column, print_table, say
from optimizer.plans.amounts import usd
from optimizer.plans.schema import lines
from optimizer.questions.probe import Probe
from optimizer.questions.sources import SMALLEST, Sources, marks

WEIGHT = "{:+.4f}"


def print_sources(console: Console, probe: Probe, table: pd.DataFrame) -> None:
    """Print every figure that moves the cost, those that are not sourced first, and count the others.

    Parameters
    ----------
    console : Console
    probe : Probe
        Of the base plan.
    table : DataFrame
        As `sources` gives it.
    """
    count = marks(probe.planner.case)
    say(console, f": base plan, {usd(probe.cost)}", bold=probe.planner.case.name)
    say(
        console,
        f"Of {count['rows']} rows {count['sourced']} are sourced, {count['background']} background and "
        f"{count['assumption']} assumption.",
    )
    it = Sources
    moving, sourced = table[table[it.elasticity].abs() > SMALLEST], "sourced"
    for title, some in (
        ("Figures that are not sourced", moving[moving[it.confidence] != sourced]),
        ("Sourced figures", moving[moving[it.confidence] == sourced]),
    ):
        rows = [
            (
                f"{line[it.table]}: {line[it.row]}",
                line[it.column],
                f"{line[it.value]:,.10g}",
                line[it.confidence],
                WEIGHT.format(line[it.elasticity]),
                _sides(line[it.less], line[it.more]),
                line[it.source],
            )
            for line in lines(some)
        ]
        columns = [
            Column("figure", least=24),
            Column("column"),
            Column("value", right=True),
            Column("confidence", least=12),
            Column("elasticity", right=True),
            Column("solved again", right=True),
            Column("source", least=30),
        ]
        print_table(console, title, columns, rows)
    say(
        console,
        "Elasticity: percent by which the cost moves when the figure moves by one, from the answer's prices; the",
    )
    say(console, "heaviest are solved again with the figure one percent lower and higher.")
    say(console, f"{len(table) - len(moving)} more figures do not move the cost of this plan.")


def _sides(less: float, more: float) -> str:
    """What solving again found on either side, where it was."""
    if pd.isna(less) and pd.isna(more):
        return ""
    return " to ".join("none" if pd.isna(side) else WEIGHT.format(side) for side in (less, more))
