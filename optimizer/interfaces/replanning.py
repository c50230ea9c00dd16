"""The command that plans on from what has come of a plan."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from optimizer.interfaces.common import DAY, AsJson, PackNames, load, make_plans, say_failed
from optimizer.interfaces.questions import Workers, print_json


def replan(
    case: Annotated[str, typer.Argument(help="The case of the plan before.", show_default=False)],
    actuals: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="What is so on the day, as comma-separated values.", show_default=False),
    ],
    on: Annotated[
        dt.datetime,
        typer.Option(formats=[DAY], help="The day from which to plan on, the first of a period.", show_default=False),
    ],
    out: Annotated[Path | None, typer.Option(help="Write the case that goes on from the day to a folder.")] = None,
    pack: PackNames = None,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Plan on from what was counted, shipped, ordered, signed and begun; say what changes and why."""
    from optimizer.engine.pool import Pool
    from optimizer.interfaces.render import answers, print_section
    from optimizer.questions.actuals import period_of, read_actuals
    from optimizer.questions.replan import replan as go_on
    from optimizer.questions.replan import replan_sections
    from optimizer.world.kit import write_copy

    loaded, day = load(case, pack), on.date()
    told = read_actuals(actuals)
    period_of(loaded, day)
    with Pool(workers) as pool:
        plans = make_plans(loaded, [], answers=["react"], pool=pool)
        say_failed(plans)
        found = go_on(plans, day, told, pool)
    if out is not None:
        write_copy(found.case, out)
    if as_json:
        print_json(found.record())
        return
    for section in replan_sections(found):
        print_section(answers(), section)
    if out is not None:
        print(f"The case from {day} on: {out}. Next: lodestar plan {out}")


def register(app: typer.Typer) -> None:
    """Add the command to the others."""
    app.command()(replan)
