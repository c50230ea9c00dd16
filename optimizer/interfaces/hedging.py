"""The command that shows one set of decisions for all scenarios, and what being prepared is worth."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from optimizer.engine.deadline import Deadline
from optimizer.interfaces import signals
from optimizer.interfaces.common import (
    DEFAULT_CASE,
    AsJson,
    CaseName,
    ExactDays,
    PackNames,
    ScenarioNames,
    age,
    load,
    make_plans,
    say_failed,
    say_stopped,
    write,
)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(hedge)


def hedge(
    context: typer.Context,
    case: CaseName = DEFAULT_CASE,
    scenario: ScenarioNames = None,
    pack: PackNames = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the tables as CSV and a manifest.")] = None,
    premium: Annotated[
        str | None,
        typer.Option(
            metavar="1%",
            help="Most that the hedge may cost above the base plan if nothing happens, of what that costs.",
        ),
    ] = None,
    exact_days: ExactDays = False,
    as_json: AsJson = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; one per core by default.")] = None,
    time_limit: Annotated[float | None, typer.Option(min=1, help="Seconds everything may take.")] = None,
    solve_limit: Annotated[float, typer.Option(min=1, help="Seconds one solve may take.")] = 3600.0,
) -> None:
    """Show what to commit to before it is known which scenario comes: one plan for all, its premium and its worth."""
    cap = None if premium is None else _part(premium)
    deadline = Deadline(None if time_limit is None else time_limit - age())
    with deadline.alarm():
        from optimizer.folder.target import target
        from optimizer.interfaces.plans import print_head
        from optimizer.interfaces.render import answers, print_section
        from optimizer.plans.asked import KNOWN
        from optimizer.questions.commitments import MOST, commitments, records, weighed
        from optimizer.questions.commitments import section as table
        from optimizer.questions.frontier import frontier
        from optimizer.questions.frontier import records as points_of
        from optimizer.questions.frontier import section as curve
        from optimizer.questions.hedge import hedge_of, record, section, values

        place = context.with_resource(target(out)) if out is not None else None
        loaded = load(case, pack)
    left = None if time_limit is None else deadline.left
    head = None if as_json else partial(print_head, answers(), loaded)
    how: dict[str, Any] = {"time_limit": left, "solve_limit": solve_limit, "exact_days": exact_days, "premium": cap}
    plans = make_plans(loaded, scenario or None, workers, KNOWN, **how, head=head)
    held = hedge_of(plans)
    told = [] if held is None or plans.stopped else commitments(plans, held)
    lines = [weighed(plans, held, some) for some in told[:MOST]] if held is not None else []
    points = [] if held is None or plans.stopped else frontier(plans, held)
    with signals.held():
        if place is not None:
            write(plans, place)
        if as_json:
            found = record(plans)
            print(
                json.dumps(found and {**found, "commitments": records(lines), "frontier": points_of(points)}, indent=1)
            )
        elif (shown := section(plans)) is not None:
            print_section(answers(), shown)
            print_section(answers(), table(lines, len(told)))
            if held is not None and (drawn := curve(points, values(plans, held).value_of_hedging.middle)) is not None:
                print_section(answers(), drawn)
        if out is not None and not as_json:
            print(f"Tables and manifest: {out}")
        sys.stdout.flush()
    say_stopped(plans, "no hedge is shown" if held is None else "it is shown")
    say_failed(plans)


def _part(text: str) -> float:
    """A part of a cost, as `1%` or `0.01`."""
    try:
        found = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        found = -1.0
    if not 0 <= found < float("inf"):
        raise typer.BadParameter(
            f"expected a part of what the base plan costs, as 1%, found {text!r}", param_hint="--premium"
        )
    return found
