"""The `lodestar` command."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from optimizer.errors import InputError, LodestarError
from optimizer.interfaces.controls import controls

if TYPE_CHECKING:
    from optimizer.analysis.plan import Plans

DEFAULT_CASE = "ev-motors"
WIDTH = 150
"""Columns printed where the output is not a terminal."""

app = typer.Typer(
    help="Plan the sourcing of rare earths and permanent magnets under export controls, in every disruption scenario.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
CaseName = Annotated[str, typer.Argument(help="A bundled case by name, or the folder of your own.", show_default=True)]
ScenarioNames = Annotated[
    list[str] | None,
    typer.Option("--scenario", "-s", help="A bundled scenario by name, or a YAML file; repeat for more."),
]


def _console() -> Console:
    """Where answers are printed."""
    return Console() if sys.stdout.isatty() else Console(width=WIDTH)


def _plans(
    case: str, scenarios: list[str] | None, workers: int | None, time_limit: float, packs: list[str] | None = None
) -> Plans:
    """Plan with a progress bar that shows answers done and time left."""
    from optimizer.analysis.plan import plan as plan_case
    from optimizer.case.load import load_case

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
            load_case(case, packs or ()),
            scenarios,
            workers=workers,
            time_limit=time_limit,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )


@app.command()
def plan(
    case: CaseName = DEFAULT_CASE,
    scenario: ScenarioNames = None,
    pack: Annotated[list[str] | None, typer.Option(help="A policy pack by name; repeat for more.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the tables as CSV and a manifest.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")] = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; one per core by default.")] = None,
    time_limit: Annotated[float, typer.Option(min=1, help="Seconds each method may take on each solve.")] = 300.0,
) -> None:
    """Plan a case in every disruption scenario, or in those named."""
    from optimizer.analysis.files import check_target, write_plans
    from optimizer.interfaces.show import print_plans

    if out is not None:
        check_target(out)
    plans = _plans(case, scenario, workers, time_limit, pack)
    if out is not None:
        write_plans(plans, out)
    if as_json:
        print(json.dumps(json.loads(plans.summary.to_json(orient="records")), indent=1))
    else:
        print_plans(_console(), plans)
        if out is not None:
            print(f"Tables and manifest: {out}")
    if plans.interrupted:
        print("Stopped before the end: what is finished is shown" + (" and written." if out else "."), file=sys.stderr)
        raise typer.Exit(130)
    if plans.failed:
        for (name, answer), found in plans.failed.items():
            print(f"{name} ({answer}): {found.status}, no certified plan", file=sys.stderr)
        raise typer.Exit(3)


@app.command()
def check(case: CaseName, scenario: ScenarioNames = None) -> None:
    """Check a case, and scenarios against it; say everything that is wrong at once."""
    from optimizer.analysis.plan import Planner, resolve
    from optimizer.case.load import load_case

    loaded = load_case(case)
    chosen = resolve(scenario or [])
    Planner(loaded).worlds(chosen)
    rows = sum(len(table) for table in loaded.tables.values())
    print(
        f"{loaded.name}: {rows} rows in {sum(bool(t) for t in loaded.tables.values())} tables, nothing wrong"
        + (f"; {len(chosen)} scenarios fit it" if chosen else "")
    )


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="A folder written by lodestar plan --out.", show_default=False)],
) -> None:
    """Check a written folder again from its files alone: certificates, tables and an audit, without the solver."""
    from optimizer.analysis.verify import verify as verify_folder
    from optimizer.interfaces.verify import print_report

    report = verify_folder(folder)
    print_report(report)
    if not report.holds:
        raise typer.Exit(3)


@app.command()
def trace(
    case: CaseName = DEFAULT_CASE,
    by_period: Annotated[bool, typer.Option(help="Clean each period by itself rather than all together.")] = False,
) -> None:
    """Show how much of what is delivered falls under a content rule, what carries it, and what cleaning would cost."""
    from optimizer.interfaces.trace import print_trace

    print_trace(_console(), _plans(case, [], None, 300.0), by_period=by_period)


@app.command(name="list")
def list_all() -> None:
    """List the bundled cases and scenarios."""
    from optimizer.interfaces.show import print_list

    print_list(_console())


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A case or a scenario, by name, folder or file.")],
    case: Annotated[str, typer.Option(help="The case a scenario is shown in.")] = DEFAULT_CASE,
) -> None:
    """Show a case, or what a scenario changes in one: every old and new value."""
    from optimizer.interfaces.show import print_case_or_scenario

    print_case_or_scenario(_console(), name, case)


app.command()(controls)


def main() -> None:
    """Run the command; a user's mistake ends in one clear message, never in a traceback."""
    try:
        app()
    except InputError as error:
        for fault in error.faults:
            print(f"{type(error).__name__}: {fault}", file=sys.stderr)
        sys.exit(2)
    except LodestarError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(3)
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        sys.exit(130)
