"""What `lodestar controls` prints: every control of a case as it stands on a day."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
from rich.console import Console

from optimizer.interfaces.render import say
from optimizer.plans.schema import lines
from optimizer.questions.controls import STATES, Standing


def controls_json(table: pd.DataFrame) -> str:
    """The controls as JSON: dates as text, what is not stated as null."""
    rows = [
        {name: None if value is None or value != value else value for name, value in row.items()}
        for row in lines(table)
    ]
    return json.dumps(rows, indent=1, default=str)


def print_controls(console: Console, table: pd.DataFrame, case: str, day: dt.date) -> None:
    """Print the controls of a case on a day, state by state.

    Parameters
    ----------
    console : Console
    table : DataFrame
        As `controls` gives it for the day.
    case : str
        What it is called.
    day : date
    """
    counts = {state: int((table[Standing.state] == state).sum()) for state in STATES}
    said = ", ".join(f"{count} {state}" for state, count in counts.items() if count) or "none"
    say(console, f", {case}: {said}", bold=f"Controls on {day}")
    for state in STATES:
        if counts[state]:
            say(console, "", bold=f"\n{state[0].upper()}{state[1:]}")
        for row in lines(table[table[Standing.state] == state]):
            _print_control(console, row)
    say(
        console,
        "\nApproval is the share licensed (of export and content controls: of what is normally shipped, times their "
        "headroom), days those from application to licence, both as a plan takes them and not "
        "as they were on that day; a note has neither, it is listed for its dates. Touches counts the lanes, plants "
        "and demands in scope, whatever the day. The dates are those of the tables, without scenarios. This is "
        "planning data, not legal advice.",
    )


def _print_control(console: Console, row: Mapping[str, Any]) -> None:
    """One control: what it is, and below it what it does here, as far as there is anything to say."""
    it = Standing
    issued = " ".join(filter(None, (row[it.number], row[it.authority])))
    say(console, f"  {row[it.kind]}; {issued}", bold=row[it.control], indent=4)
    told = [row[it.scope] + (f"; see {row[it.carried_by]}" if row[it.carried_by] else "")]
    if row[it.kind] != "note":
        told.append(f"{_terms(row)}; touches {_touches(row)}")
    if row[it.next_event]:
        told.append(f"next: {row[it.next]} {row[it.next_event]}")
    for line in told:
        say(console, f"  {line}", indent=4)


def _terms(row: Mapping[str, Any]) -> str:
    """What is approved, after how long, and of an export or content control how much of what is normally shipped."""
    it = Standing
    days = row[it.grants] or f"{row[it.processing_days]:.0f} days"
    said = f"approval {row[it.approval]:.0%}, {days}"
    if row[it.kind] in ("export", "content"):
        said = f"approval {row[it.approval]:.0%} of {row[it.headroom]:.0%} of normal trade, "
        said += f"{days}, valid for {row[it.validity_days]}"
        said += f", {row[it.new_business]:g} t/year of new business" if row[it.new_business] else ""
        said += f", applying costs {row[it.application_cost]:,g} USD/t" if row[it.application_cost] else ""
    return said


def _touches(row: Mapping[str, Any]) -> str:
    """Counts of what a control touches, and examples."""
    it = Standing
    counts = [
        f"{row[kind]} {kind if row[kind] > 1 else kind[:-1]}" for kind in (it.lanes, it.plants, it.demands) if row[kind]
    ]
    return f"{', '.join(counts)}: {'; '.join(row[it.examples])}" if counts else "nothing"
