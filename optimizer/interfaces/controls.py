"""What `lodestar controls` prints: every control of a case as it stands on a day."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pandas as pd
from rich.console import Console

from optimizer.interfaces.render import say
from optimizer.questions.controls import STATES


def controls_json(table: pd.DataFrame) -> str:
    """The controls as JSON: dates as text, what is not stated as null."""
    rows = [
        {str(name): None if value is None or value != value else value for name, value in row.items()}
        for row in table.to_dict(orient="records")
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
    counts = {state: int((table["state"] == state).sum()) for state in STATES}
    said = ", ".join(f"{count} {state}" for state, count in counts.items() if count) or "none"
    say(console, f", {case}: {said}", bold=f"Controls on {day}")
    for state in STATES:
        if counts[state]:
            say(console, "", bold=f"\n{state[0].upper()}{state[1:]}")
        for row in table[table["state"] == state].to_dict(orient="records"):
            _print_control(console, row)
    say(
        console,
        "\nApproval is the share licensed, days those from application to licence, both as a plan takes them and not "
        "as they were on that day; a note has neither, it is listed for its dates. Touches counts the lanes, plants "
        "and demands in scope, whatever the day. The dates are those of the tables, without scenarios. This is "
        "planning data, not legal advice.",
    )


def _print_control(console: Console, row: dict[Any, Any]) -> None:
    """One control: what it is, and below it what it does here, as far as there is anything to say."""
    issued = " ".join(filter(None, (row["number"], row["authority"])))
    say(console, f"  {row['kind']}; {issued}", bold=row["control"], indent=4)
    lines = [row["scope"] + (f"; see {row['carried_by']}" if row["carried_by"] else "")]
    if row["kind"] != "note":
        lines.append(f"approval {row['approval']:.0%}, {row['processing_days']:.0f} days; touches {_touches(row)}")
    if row["next_event"]:
        lines.append(f"next: {row['next']} {row['next_event']}")
    for line in lines:
        say(console, f"  {line}", indent=4)


def _touches(row: dict[Any, Any]) -> str:
    """Counts of what a control touches, and examples."""
    counts = [
        f"{row[kind]} {kind if row[kind] > 1 else kind[:-1]}" for kind in ("lanes", "plants", "demands") if row[kind]
    ]
    return f"{', '.join(counts)}: {'; '.join(row['examples'])}" if counts else "nothing"
