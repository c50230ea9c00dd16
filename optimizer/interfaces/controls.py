"""`lodestar controls`: every control of a case as it stands on a day."""

from __future__ import annotations

import datetime as dt
import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

DAY = "%Y-%m-%d"


def controls(
    case: Annotated[str, typer.Argument(help="A bundled case by name, or the folder of your own.")] = "ev-motors",
    on: Annotated[dt.datetime | None, typer.Option(formats=[DAY], help="The day; today by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON and nothing else.")] = False,
) -> None:
    """Show which controls are in force on a day, what changes next, and which flows of a case they touch."""
    from optimizer.analysis.controls import controls as controls_on
    from optimizer.case.load import load_case
    from optimizer.case.network import Network

    day = on.date() if on is not None else dt.date.today()
    table = controls_on(Network.of(load_case(case)), day)
    if as_json:
        print(json.dumps([_record(row) for row in table.to_dict(orient="records")], indent=1, default=str))
    else:
        from rich.console import Console

        from optimizer.interfaces.cli import WIDTH

        print_controls(Console() if sys.stdout.isatty() else Console(width=WIDTH), table, case, day)


def _record(row: dict[Any, Any]) -> dict[str, Any]:
    """A row for JSON: dates as text, what is not stated as null."""
    return {str(name): None if value is None or value != value else value for name, value in row.items()}


def print_controls(console: Console, table: pd.DataFrame, case: str, day: dt.date) -> None:
    """Print the controls of a case on a day, state by state."""
    from optimizer.analysis.controls import STATES

    counts = {state: int((table["state"] == state).sum()) for state in STATES}
    said = ", ".join(f"{count} {state}" for state, count in counts.items() if count) or "none"
    console.print(f"[bold]Controls on {day}[/bold], {case}: {said}\n", highlight=False)
    for state in STATES:
        if counts[state]:
            _print_state(console, state, table[table["state"] == state])
    console.print(
        "Approval is the share licensed, days those from application to licence, both as a plan takes them and not as "
        "they were\non that day; a note has neither, it is listed for its dates. Touches counts the lanes, plants and "
        "demands in scope,\nwhatever the day. The dates are those of the tables, without scenarios. This is planning "
        "data, not legal advice.",
        highlight=False,
    )


def _print_state(console: Console, state: str, rows: pd.DataFrame) -> None:
    """The controls in one state."""
    from rich.table import Table

    shown = Table(
        title=state[0].upper() + state[1:], title_justify="left", title_style="bold", box=None, pad_edge=False
    )
    for heading in ("control", "number and authority", "kind", "scope", "approval", "days", "touches", "next"):
        shown.add_column(
            heading, justify="right" if heading in ("approval", "days") else "left", no_wrap=heading == "control"
        )
    for row in rows.to_dict(orient="records"):
        note = row["kind"] == "note"
        shown.add_row(
            row["control"],
            " ".join(filter(None, (row["number"], row["authority"]))),
            row["kind"],
            row["scope"] + (f"; see {row['carried_by']}" if row["carried_by"] else ""),
            "-" if note else f"{row['approval']:.0%}",
            "-" if note else f"{row['processing_days']:.0f}",
            _touches(row),
            f"{row['next']} {row['next_event']}" if row["next_event"] else "none known",
        )
    console.print(shown, highlight=False, markup=False)
    console.print()


def _touches(row: dict[Any, Any]) -> str:
    """Counts of what a control touches, and examples."""
    counts = [
        f"{row[kind]} {kind if row[kind] > 1 else kind[:-1]}" for kind in ("lanes", "plants", "demands") if row[kind]
    ]
    if not counts:
        return "-"
    return f"{', '.join(counts)}: {'; '.join(row['examples'])}"
