"""The `lodestar` command."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from optimizer import __version__
from optimizer.engine.deadline import Deadline
from optimizer.interfaces import (
    backtest,
    endings,
    examples,
    hedging,
    keys,
    questions,
    replanning,
    serving,
    signals,
    starting,
    studies,
    today,
    workbooks,
)
from optimizer.interfaces.common import (
    DAY,
    DEFAULT_CASE,
    Answers,
    AsJson,
    CaseName,
    ExactDays,
    PackNames,
    ScenarioNames,
    add_ledger,
    age,
    load,
    make_plans,
    say_failed,
    say_stopped,
    write,
)

if TYPE_CHECKING:
    from optimizer.case.case import Case
    from optimizer.plans.plan import Plans

app = typer.Typer(
    help="Plan the sourcing of rare earths and permanent magnets under export controls, in every disruption scenario. "
    "Begin with `lodestar new my-case`, `lodestar check my-case`, `lodestar plan my-case`; see docs/first-case.md.",
    epilog=endings.CODES,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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


@app.command()
def plan(
    context: typer.Context,
    case: CaseName = DEFAULT_CASE,
    scenario: Annotated[
        list[str] | None,
        typer.Option(
            "--scenario",
            "-s",
            help="A bundled scenario by name, a YAML file by its path, or base alone; repeat for more. "
            "All bundled ones that fit the case by default.",
        ),
    ] = None,
    pack: PackNames = None,
    asked: Answers = "react,foresight",
    out: Annotated[Path | None, typer.Option(help="Folder for the tables as CSV and a manifest.")] = None,
    workbook: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write what is said, and its tables, as a workbook.")
    ] = None,
    ledger: Annotated[
        bool, typer.Option("--ledger", help="Write the ledger of the base plan too (with --out).")
    ] = False,
    fine: Annotated[
        bool, typer.Option("--fine", help="Plan one scenario again with weeks from its announcement for five months.")
    ] = False,
    interval: Annotated[
        bool,
        typer.Option("--interval", help="Say how much less react could cost after another base plan as cheap."),
    ] = False,
    cells: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="CELL=VALUE", help="Another value, as offers.price[cn-dy-oxide]=350000; repeat."),
    ] = None,
    sweep: Annotated[
        str | None,
        typer.Option(metavar="CELL=A:B:STEP", help="Plan the base, and scenarios named (-s), at each value of a cell."),
    ] = None,
    exact_days: ExactDays = False,
    as_json: AsJson = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; one per core by default.")] = None,
    time_limit: Annotated[
        float | None, typer.Option(min=1, help="Seconds everything may take; what is finished by then is kept.")
    ] = None,
    solve_limit: Annotated[float, typer.Option(min=1, help="Seconds one solve may take.")] = 300.0,
) -> None:
    """Plan a case in every disruption scenario, or in those named."""
    if sweep is not None and (out is not None or fine):
        raise typer.BadParameter("expected without --out and --fine: it prints a table", param_hint="--sweep")
    if fine and len([name for name in scenario or () if name != "base"]) != 1:
        raise typer.BadParameter("expected one scenario (-s), as it is planned again by weeks", param_hint="--fine")
    deadline = Deadline(None if time_limit is None else time_limit - age())
    with deadline.alarm():
        from optimizer.folder.target import target
        from optimizer.interfaces.plans import Found, print_head, put, say_blurred
        from optimizer.interfaces.render import answers
        from optimizer.interfaces.studies import print_sweep
        from optimizer.plans.cutting import weekly
        from optimizer.questions.interval import intervals
        from optimizer.studies.sweep import with_cells
        from optimizer.world.load import find_cases

        # Held until the command ends: it is refused before anything is solved, and no other run writes to it meanwhile.
        place = context.with_resource(target(out)) if out is not None else None
        if workbook is not None:
            workbooks.for_answer(workbook)
        loaded = with_cells(load(case, pack), cells) if cells else load(case, pack)
    deadline.check()
    if sweep is not None:
        print_sweep(loaded, sweep, scenario or (), as_json)
        return

    def planned(some: Case, head: Callable[[], None] | None = None) -> Plans:
        left = None if time_limit is None else deadline.left
        limits: dict[str, Any] = {"time_limit": left, "solve_limit": solve_limit}
        return make_plans(some, scenario, workers, asked.split(","), **limits, head=head, exact_days=exact_days)

    plans = planned(loaded, None if as_json else partial(print_head, answers(), loaded))
    weeks = None
    if fine and plans.scenarios and not plans.interrupted:
        weeks = planned(weekly(plans.planner.case, plans.scenarios[0]))
    found = Found(plans, weeks, intervals(plans, asked=interval, workers=workers), asked=interval)
    with signals.held():
        if place is not None:
            write(plans, place)
        if workbook is not None:
            workbooks.put_answer(workbook, found.summary)
        put(found, out, as_json)
    if not as_json and case not in find_cases() and deadline.left > 1:
        say_blurred(plans, scenario, workers, deadline)
    say_stopped(plans, "shown" if out is None else "shown and written")
    if place is not None and ledger:
        add_ledger(plans, place, workers)
    say_failed(plans)


@app.command()
def check(
    case: CaseName,
    scenario: ScenarioNames = None,
    size: Annotated[
        bool,
        typer.Option("--size", help="Also count the programme, and what each limit adds to it; nothing is solved."),
    ] = False,
    seconds: Annotated[
        bool,
        typer.Option("--seconds", help="The same, and solve the base with and without each limit, to time it."),
    ] = False,
    pack: PackNames = None,
    as_json: AsJson = False,
) -> None:
    """Check a case, and scenarios against it; say everything that is wrong, or can hardly be meant, at once."""
    from optimizer.interfaces.render import answers, print_section
    from optimizer.interfaces.show import print_check
    from optimizer.plans.choose import check_record
    from optimizer.plans.plan import Planner
    from optimizer.questions.size import sized, solve_seconds

    loaded = load(case, pack)
    chosen = Planner(loaded).choose(scenario or [])
    if not as_json:
        print_check(case, loaded, chosen)
    found = sized(planner := Planner(loaded)) if size or seconds else None
    if found is not None and not as_json:
        for section in found.sections():
            print_section(answers(), section)
    took = solve_seconds(planner, partial(typer.echo, err=True)) if seconds else None
    if as_json:
        record = check_record(loaded, chosen)
        print(json.dumps(record if found is None else {**record, "size": found.record(took)}, indent=1))
    elif took is not None and took.limits:
        print_section(answers(), took.section())


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="A folder written by lodestar plan --out.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Check a written folder again from its files alone: certificates, tables and an audit, without the solver."""
    from optimizer.audit.verify import verify as verify_folder
    from optimizer.interfaces.verify import exit_code, print_report, report_record

    report = verify_folder(folder)
    if as_json:
        print(json.dumps(report_record(report), indent=1))
    else:
        print_report(report)
    if code := exit_code(report):
        raise typer.Exit(code)


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
    from optimizer.engine.pool import Pool
    from optimizer.interfaces.render import answers
    from optimizer.interfaces.trace import print_trace

    loaded = load(case, pack)
    with Pool() as pool:
        plans = make_plans(loaded, [scenario] if scenario else [], answers=["react"], pool=pool)
        say_failed(plans)
        print_trace(answers(), plans, pool, by_period=by_period)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder written by `lodestar plan --out`.")],
    out: Annotated[Path | None, typer.Option(help="File to write; report.html in the folder by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a written plan as one HTML page to read, send and print."""
    from optimizer.report.page import write_report

    path = write_report(folder, out)
    print(json.dumps({"report": str(path)}) if as_json else f"Report: {path}")


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
    capacity: Annotated[
        bool, typer.Option("--capacity", help="Show the shares of countries in the capacity of a case's world instead.")
    ] = False,
    on: Annotated[dt.datetime | None, typer.Option(formats=[DAY], help="The day; today (with --capacity).")] = None,
) -> None:
    """Show a case, or what a scenario changes in one: every old and new value."""
    from optimizer.interfaces.render import answers
    from optimizer.interfaces.show import called, print_capacity, print_case_or_scenario

    if capacity:
        loaded, day = load(name, pack), on.date() if on is not None else dt.date.today()
        print_capacity(answers(), loaded, called(name, loaded.name), day)
        return
    print_case_or_scenario(answers(), name, case, pack or ())


@app.command()
def controls(
    case: CaseName = DEFAULT_CASE,
    on: Annotated[dt.datetime | None, typer.Option(formats=[DAY], help="The day; today by default.")] = None,
    as_json: AsJson = False,
    pack: PackNames = None,
) -> None:
    """Show which controls are in force on a day, what changes next, and which flows of a case they touch."""
    from optimizer.interfaces.controls import controls_json, print_controls
    from optimizer.interfaces.render import answers
    from optimizer.interfaces.show import called
    from optimizer.network.build import network_of
    from optimizer.questions.controls import controls as controls_on

    day = on.date() if on is not None else dt.date.today()
    loaded = load(case, pack)
    table = controls_on(network_of(loaded), day)
    if as_json:
        print(controls_json(table))
    else:
        print_controls(answers(), table, called(case, loaded.name), day)


starting.register(app)
workbooks.register(app)
questions.register(app)
replanning.register(app)
today.register(app)
hedging.register(app)
serving.register(app)
app.add_typer(keys.app, name="keys")
app.add_typer(studies.app, name="study")
app.add_typer(backtest.app, name="back-test")
examples.show_examples(app)
