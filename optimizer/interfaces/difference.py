"""What `lodestar diff` prints: inputs, what each change of them costs, decisions and outcomes of two plans."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
from rich.console import Console

from optimizer.interfaces.render import Column, print_table, say
from optimizer.plans.amounts import Scale, change, money, percent, tonnes
from optimizer.plans.schema import lines
from optimizer.questions.difference import Attribution, Decisions, Difference, Inputs, Outcomes, Shipped

INPUTS = 15
"""Changed inputs listed."""
DECISIONS = 15
"""Changed decisions listed."""
SIDES = [Column(heading, right=True) for heading in ("old", "new", "change")]


def print_difference(console: Console, found: Difference, old: str, new: str) -> None:
    """Print what changed from one plan to another.

    Parameters
    ----------
    console : Console
    found : Difference
    old, new : str
    """
    say(console, f"{old} to {new}", bold="Difference: ")
    _print_inputs(console, found.inputs)
    it, each = Attribution, money(*found.attribution[Attribution.cost_usd])
    print_table(
        console,
        "What each change costs",
        [Column("change", least=30), Column(each.unit, right=True)],
        [(line[it.change], each.cell(change(line[it.cost_usd], 0.0), sign=True)) for line in lines(found.attribution)],
        caption="The mean of what it costs as the first of all changes and as the last.",
    )
    _print_decisions(console, found.decisions)
    if len(found.dispatch):
        periods = [str(name) for name in found.dispatch.columns if name != Shipped.country]
        print_table(
            console,
            "Change of what is sent to the buyer's plants, tonnes by country and period of dispatch",
            [Column("from"), *(Column(name, right=True) for name in periods)],
            [
                (line[Shipped.country], *(f"{line[name]:+,.0f}" if abs(line[name]) >= 0.5 else "" for name in periods))
                for line in lines(found.dispatch)
            ],
        )
    _print_outcomes(console, found.outcomes)


def _print_inputs(console: Console, table: pd.DataFrame) -> None:
    """What differs between the cases, and what scenarios change in them."""
    it = Inputs
    rows = [
        (
            f"{line[it.table]}: {line[it.row]}" if line[it.row] else line[it.table],
            line[it.column],
            _day(line[it.from_]),
            _cell(line[it.old]),
            _cell(line[it.new]),
        )
        for line in lines(table)
    ]
    headings = (Column("row", least=20), Column("column"), Column("from", rank=1))
    print_table(
        console,
        "Inputs that differ",
        [*headings, Column("old", right=True, least=12), Column("new", right=True, least=12)],
        rows[:INPUTS] or [("none", "", "", "", "")],
        caption=f"and {len(rows) - INPUTS} more" if len(rows) > INPUTS else "",
    )


def _print_decisions(console: Console, table: pd.DataFrame) -> None:
    """What suppliers make or sell."""
    it, scale = Decisions, tonnes(*table[Decisions.old], *table[Decisions.new])
    print_table(
        console,
        f"Decisions: {'tonnes' if scale.unit == 't' else scale.unit} over the horizon, largest change first",
        [Column("stage"), Column("supplier"), *SIDES],
        [
            (line[it.stage], line[it.supplier], *(scale.cell(line[name]) for name in (it.old, it.new, it.change)))
            for line in lines(table.head(DECISIONS))
        ],
        caption=f"and {len(table) - DECISIONS} more" if len(table) > DECISIONS else "",
    )


def _print_outcomes(console: Console, table: pd.DataFrame) -> None:
    """Cost, service, shares and stock, each in its unit."""
    it = Outcomes
    costs = table[table[it.unit] == "USD"]
    scale = money(*costs[it.old], *costs[it.new])
    rows: list[tuple[str, ...]] = []
    for line in lines(table):
        what, unit, old, new, more = (line[name] for name in it.columns())
        if unit == "USD":
            cells = (scale.cell(old), scale.cell(new), scale.cell(change(new, old), sign=True))
            rows.append((f"{what}, {scale.unit}", *cells))
        elif unit == "share":
            rows.append((what, *(percent(n, 1) for n in (old, new)), percent(more, 1, sign=True)))
        else:
            told = tonnes(old, new) if unit == "t" else Scale(unit, 1.0, 0)
            rows.append((f"{what}, {told.unit}", *map(told.cell, (old, new, more))))
    print_table(console, "Outcomes", [Column("what"), *SIDES], rows)


def _day(value: Any) -> str:
    """A date, if there is one."""
    return str(value) if isinstance(value, dt.date) else ""


def _cell(value: Any) -> str:
    """A value of a table."""
    if isinstance(value, float):
        return f"{value:,.6g}" if abs(value) < 1e4 else f"{value:,.0f}"
    return "" if value is None else str(value)
