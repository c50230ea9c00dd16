"""The `lodestar` command."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from optimizer import __version__
from optimizer.errors import CaseError, Fault, InputError, LodestarError

if TYPE_CHECKING:
    from optimizer.analysis.plan import Plans
    from optimizer.case.load import Case

DEFAULT_CASE = "ev-motors"
DAY = "%Y-%m-%d"

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
PackNames = Annotated[
    list[str] | None, typer.Option("--pack", help="A policy pack to switch on, by name; repeat for more.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON and nothing else.")]


def _version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        print(f"lodestar {__version__}")
        raise typer.Exit()


@app.callback()
def _lodestar(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = (
        False
    ),
) -> None:
    pass


def _load(case: str, packs: list[str] | None) -> Case:
    """Load a case; a scenario in its place is told where it belongs."""
    from optimizer.case.load import find_case, load_case
    from optimizer.case.scenario import find_scenarios

    try:
        find_case(case)
    except CaseError:
        if Path(case).suffix in (".yaml", ".yml") or case in find_scenarios():
            what = f"no such case. A scenario follows -s, as in `lodestar plan -s {case}`"
            raise CaseError([Fault(case, what)]) from None
        raise
    return load_case(case, packs or ())


def _plans(
    case: Case,
    scenarios: list[str] | None,
    workers: int | None = None,
    time_limit: float = 300.0,
    answers: Sequence[str] = ("react", "foresight"),
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
        )


def _say_failed(plans: Plans) -> None:
    """Name the answers that are not certified, and end with 3 if there are any."""
    for (name, answer), found in plans.failed.items():
        print(f"{name} ({answer}): {found.status}, no certified plan", file=sys.stderr)
    if plans.failed:
        raise typer.Exit(3)


@app.command()
def plan(
    case: CaseName = DEFAULT_CASE,
    scenario: ScenarioNames = None,
    pack: PackNames = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the tables as CSV and a manifest.")] = None,
    as_json: AsJson = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; one per core by default.")] = None,
    time_limit: Annotated[float, typer.Option(min=1, help="Seconds each method may take on each solve.")] = 300.0,
) -> None:
    """Plan a case in every disruption scenario, or in those named."""
    from optimizer.analysis.files import check_target, write_plans
    from optimizer.interfaces.plans import print_plans
    from optimizer.interfaces.render import answers

    if out is not None:
        check_target(out)
    plans = _plans(_load(case, pack), scenario, workers, time_limit)
    if out is not None:
        write_plans(plans, out)
    if as_json:
        print(json.dumps(json.loads(plans.summary.to_json(orient="records")), indent=1))
    else:
        print_plans(answers(), plans)
        if out is not None:
            print(f"Tables and manifest: {out}")
    if plans.interrupted:
        print("Stopped before the end: what is finished is shown" + (" and written." if out else "."), file=sys.stderr)
        raise typer.Exit(130)
    _say_failed(plans)


@app.command()
def check(case: CaseName, scenario: ScenarioNames = None, pack: PackNames = None) -> None:
    """Check a case, and scenarios against it; say everything that is wrong at once."""
    from optimizer.analysis.plan import Planner, resolve
    from optimizer.interfaces.show import called

    loaded = _load(case, pack)
    chosen = resolve(scenario or [])
    Planner(loaded).worlds(chosen)
    rows = sum(len(table) for table in loaded.tables.values())
    fit = "1 scenario fits it" if len(chosen) == 1 else f"{len(chosen)} scenarios fit it"
    print(
        f"{called(case, loaded.name)}: {rows} rows in {sum(bool(t) for t in loaded.tables.values())} tables, "
        f"nothing wrong{f'; {fit}' if chosen else ''}"
    )


@app.command()
def trace(
    case: CaseName = DEFAULT_CASE,
    scenario: Annotated[
        str | None,
        typer.Option("--scenario", "-s", help="Trace the reaction to a scenario rather than the base plan."),
    ] = None,
    by_period: Annotated[bool, typer.Option(help="Clean each period by itself rather than all together.")] = False,
    pack: PackNames = None,
) -> None:
    """Show how much of what is delivered falls under a content rule, what carries it, and what cleaning would cost."""
    from optimizer.interfaces.render import answers
    from optimizer.interfaces.trace import print_trace

    plans = _plans(_load(case, pack), [scenario] if scenario else [], answers=["react"])
    _say_failed(plans)
    print_trace(answers(), plans, by_period=by_period)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder written by `lodestar plan --out`.")],
    out: Annotated[Path | None, typer.Option(help="File to write; report.html in the folder by default.")] = None,
) -> None:
    """Write a written plan as one HTML page to read, send and print."""
    from optimizer.interfaces.report.page import write_report

    print(f"Report: {write_report(folder, out)}")


@app.command(name="list")
def list_all() -> None:
    """List the bundled cases, scenarios and policy packs."""
    from optimizer.interfaces.render import answers
    from optimizer.interfaces.show import print_list

    print_list(answers())


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A case or a scenario, by name, folder or file.")],
    case: Annotated[str, typer.Option(help="The case a scenario is shown in.")] = DEFAULT_CASE,
    pack: PackNames = None,
) -> None:
    """Show a case, or what a scenario changes in one: every old and new value."""
    from optimizer.interfaces.render import answers
    from optimizer.interfaces.show import print_case_or_scenario

    print_case_or_scenario(answers(), name, case, pack or ())


@app.command()
def controls(
    case: CaseName = DEFAULT_CASE,
    on: Annotated[dt.datetime | None, typer.Option(formats=[DAY], help="The day; today by default.")] = None,
    as_json: AsJson = False,
    pack: PackNames = None,
) -> None:
    """Show which controls are in force on a day, what changes next, and which flows of a case they touch."""
    from optimizer.analysis.controls import controls as controls_on
    from optimizer.case.network import Network
    from optimizer.interfaces.controls import controls_json, print_controls
    from optimizer.interfaces.render import answers
    from optimizer.interfaces.show import called

    day = on.date() if on is not None else dt.date.today()
    loaded = _load(case, pack)
    table = controls_on(Network.of(loaded), day)
    if as_json:
        print(controls_json(table))
    else:
        print_controls(answers(), table, called(case, loaded.name), day)


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
