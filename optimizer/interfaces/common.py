"""What the commands share: their arguments, loading a case, planning with a progress bar."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from optimizer.errors import CaseError, Fault, InputError

if TYPE_CHECKING:
    from optimizer.analysis.choose import Chosen
    from optimizer.analysis.plan import Plans
    from optimizer.case.load import Case

DEFAULT_CASE = "ev-motors"
FINDINGS = 20
"""Findings said before a plan; `lodestar check` says all."""

CaseName = Annotated[str, typer.Argument(help="A bundled case by name, or the folder of your own.", show_default=True)]
ScenarioNames = Annotated[
    list[str] | None,
    typer.Option("--scenario", "-s", help="A bundled scenario by name, or a YAML file by its path; repeat for more."),
]
PackNames = Annotated[
    list[str] | None, typer.Option("--pack", help="A policy pack to switch on, by name; repeat for more.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer, or the faults, as JSON and nothing else.")]


def print_faults(error: InputError, as_json: bool) -> None:
    """Print the faults of an input and what was found beside them, a line each; as JSON too where it was asked for."""
    for fault in error.faults:
        print(f"{type(error).__name__}: {fault}", file=sys.stderr)
    for finding in error.findings:
        print(f"Finding: {finding}", file=sys.stderr)
    if as_json:
        faults, findings = ([some.record() for some in found] for found in (error.faults, error.findings))
        print(json.dumps({"faults": faults, "findings": findings}, indent=1))


def load(case: str, packs: list[str] | None) -> Case:
    """Load a case; a scenario in its place is told where it belongs."""
    from optimizer.case.load import find_case, load_case
    from optimizer.case.scenario import find_scenarios

    try:
        find_case(case)
    except CaseError:
        if Path(case).suffix in (".yaml", ".yml") or case in find_scenarios():
            what = f"no such case. A scenario follows -s, as in `lodestar plan -s {case}`"
            raise CaseError([Fault(case, what, code="unknown-name", found=case)]) from None
        raise
    return load_case(case, packs or ())


def make_plans(
    case: Case,
    scenarios: list[str] | None,
    workers: int | None = None,
    time_limit: float = 300.0,
    answers: Sequence[str] = ("react", "foresight"),
    notice: Callable[[Chosen], None] | None = None,
) -> Plans:
    """Plan with a progress bar that shows answers done and time left."""
    from optimizer.analysis.plan import plan as plan_case

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("answers,"),
        TimeElapsedColumn(),
        TextColumn("gone,"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("planning", total=None)
        return plan_case(
            case,
            scenarios,
            answers=answers,
            workers=workers,
            time_limit=time_limit,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
            notice=notice,
        )


def say_findings(chosen: Chosen) -> None:
    """Say what can hardly be meant, before anything is solved."""
    for finding in chosen.findings[:FINDINGS]:
        print(f"Finding: {finding}", file=sys.stderr)
    if (more := len(chosen.findings) - FINDINGS) > 0:
        print(f"and {more} more finding{'s' * (more > 1)}: `lodestar check` says all.", file=sys.stderr)


def say_failed(plans: Plans) -> None:
    """Name the answers that are not certified, and end with 3 if there are any."""
    for (name, answer), found in plans.failed.items():
        print(f"{name} ({answer}): {found.status}, no certified plan", file=sys.stderr)
    if plans.failed:
        raise typer.Exit(3)
