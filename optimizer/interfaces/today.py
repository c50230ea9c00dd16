"""The command that sets the plan which the buyer runs today beside the best one."""

from __future__ import annotations

from typing import Annotated

import typer

from optimizer.interfaces.common import AsJson, PackNames, ScenarioNames, load, make_plans, say_failed
from optimizer.interfaces.questions import Workers, print_json


def today(
    case: Annotated[str, typer.Argument(help="A case with a table `today`.", show_default=False)],
    scenario: ScenarioNames = None,
    at_most: Annotated[
        list[float] | None,
        typer.Option(min=0, help="Tonnes that may change; repeat. A quarter, half and three quarters by default."),
    ] = None,
    suppliers: Annotated[
        list[int] | None, typer.Option(min=0, help="Suppliers of whom more or less may come; repeat.")
    ] = None,
    pack: PackNames = None,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Show what the plan that runs today costs, what the best plan changes of it, and what a smaller change saves."""
    from optimizer.engine.pool import Pool
    from optimizer.interfaces.render import answers, print_section
    from optimizer.questions.held import needed
    from optimizer.questions.probe import Probe
    from optimizer.questions.today import today as beside
    from optimizer.questions.today import today_sections

    loaded = load(case, pack)
    needed(loaded)
    with Pool(workers) as pool:
        plans = make_plans(loaded, scenario or [], answers=["react"], pool=pool)
        say_failed(plans)
        found = beside(plans, Probe(plans, pool=pool), at_most, suppliers or ())
    if as_json:
        print_json(found.record())
        return
    for section in today_sections(found):
        print_section(answers(), section)


def register(app: typer.Typer) -> None:
    """Add the command to the others."""
    app.command()(today)
