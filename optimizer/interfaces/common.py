"""What the commands share: their arguments, loading a case, planning with a progress bar."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from optimizer.errors import CaseError, InputError, ScenarioError
from optimizer.faults import Fault
from optimizer.interfaces import signals

if TYPE_CHECKING:
    import pandas as pd

    from optimizer.case.case import Case
    from optimizer.engine.pool import Pool
    from optimizer.folder.target import Target
    from optimizer.plans.asked import Progress as PlanProgress
    from optimizer.plans.plan import Plans

DAY = "%Y-%m-%d"
"""How a day is spelled."""
DEFAULT_CASE = "ev-motors"

CaseName = Annotated[
    str, typer.Argument(help="A bundled case by name, or the folder or workbook of your own.", show_default=True)
]
ScenarioNames = Annotated[
    list[str] | None,
    typer.Option("--scenario", "-s", help="A bundled scenario by name, or a YAML file by its path; repeat for more."),
]
PackNames = Annotated[
    list[str] | None, typer.Option("--pack", help="A policy pack to switch on, by name; repeat for more.")
]
Answers = Annotated[
    str,
    typer.Option("--answers", help="Answers to each scenario, with commas between: of react, foresight and hedge."),
]
ExactDays = Annotated[
    bool,
    typer.Option("--exact-days", help="Plan a scenario whose day is not known on the first of its days alone."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer, or the faults, as JSON and nothing else.")]


def print_faults(error: InputError, as_json: bool) -> None:
    """Print the faults of an input and what was found beside them, a line each; as JSON too where it was asked for.

    Parameters
    ----------
    error : InputError
    as_json : bool
    """
    for fault in error.faults:
        print(f"{type(error).__name__}: {fault}", file=sys.stderr)
    for finding in error.findings:
        print(f"Finding: {finding}", file=sys.stderr)
    if not as_json and (pages := dict.fromkeys(filter(None, (_page(error, fault) for fault in error.faults)))):
        print(f"See {', '.join(pages)}.", file=sys.stderr)
    if as_json:
        faults, findings = ([some.record() for some in found] for found in (error.faults, error.findings))
        print(json.dumps({"faults": faults, "findings": findings}, indent=1))


def _page(error: InputError, fault: Fault) -> str | None:
    """Page of the documentation that says what should stand where a fault is; none where no page says more than it."""
    from optimizer.case.folder import SETTINGS
    from optimizer.case.tables import TABLES

    file = Path(fault.file or str(fault.where))
    if fault.table in TABLES:
        return f"docs/formats.md#{fault.table}"
    if fault.code in ("cannot-be-read", "cannot-be-written", "not-a-file") or (fault.row is None and not fault.column):
        return None  # of the file itself
    if file.suffix.lower() in WORKBOOKS:
        return "docs/workbook.md"
    if file.name == SETTINGS:
        return "docs/formats.md#the-case-caseyaml"
    return "docs/formats.md#scenarios" if isinstance(error, ScenarioError) else None


WORKBOOKS = (".xlsx", ".xlsm", ".xltx", ".xltm", ".xls", ".xlsb", ".ods")
"""What files end in that spreadsheets write."""


def is_workbook(case: str) -> bool:
    """Whether a case is named by a file that a spreadsheet wrote, and not by a folder."""
    return Path(case).suffix.lower() in WORKBOOKS and not Path(case).is_dir()


def load(case: str, packs: list[str] | None) -> Case:
    """Load a case; a scenario in its place is told where it belongs.

    Parameters
    ----------
    case : str
        A bundled case by name, or the folder of one.
    packs : list of str or None
        Policy packs to switch on, by name.
    """
    from optimizer.world.load import find_case, load_case
    from optimizer.world.scenario import find_scenarios

    if is_workbook(case):
        from optimizer.interfaces.sheets import load_sheets

        return load_sheets(Path(case), packs or ())
    try:
        find_case(case)
    except CaseError:
        if Path(case).suffix in (".yaml", ".yml") or case in find_scenarios():
            what = f"no such case. A scenario follows -s, as in `lodestar plan -s {case}`"
            raise CaseError([Fault(case, what, code="unknown-name", found=case)]) from None
        raise
    return load_case(case, packs or ())


def age() -> float:
    """Seconds since this process was started, imports and all; 0 where the system does not say."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        began = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - began)
    return 0.0


def make_plans(
    case: Case,
    scenarios: list[str] | None,
    workers: int | None = None,
    answers: Sequence[str] = ("react", "foresight"),
    *,
    time_limit: float | None = None,
    solve_limit: float = 300.0,
    pool: Pool | None = None,
    head: Callable[[], None] | None = None,
    exact_days: bool = False,
    premium: float | None = None,
) -> Plans:
    """Plan with a progress bar that shows answers done and time left; a large case is said to be one.

    Parameters
    ----------
    case : Case
    scenarios : list of str or None
        Names or files; None for all bundled ones that fit the case.
    workers : int, optional
        Processes; one per core by default.
    answers : sequence of str, optional
        Of `react`, `foresight` and `hedge`.
    time_limit : float, optional
        Seconds planning may take; no limit by default.
    solve_limit : float, optional
        Seconds one solve may take.
    pool : Pool, optional
        Workers to use, where there are some already.
    head : callable, optional
        Prints what stands before everything, once the input is found to be sound and before anything is solved.
    exact_days : bool, optional
        Whether a scenario whose day is not known is planned on the first of its days alone.
    premium : float, optional
        Most that the hedge may cost above the base plan if nothing happens, as a part of what that costs.
    """
    from optimizer.plans.plan import plan as plan_case

    with _bar(head) as progress:
        return plan_case(
            case,
            scenarios,
            answers=answers,
            workers=workers,
            time_limit=time_limit,
            solve_limit=solve_limit,
            notice=lambda line: print(line, file=sys.stderr),
            progress=progress,
            pool=pool,
            exact_days=exact_days,
            premium=premium,
        )


DOING = {"ready": "the base plan", "base": "scenarios", "scenario": "scenarios"}
"""What is worked at after each stage."""


@contextmanager
def _bar(head: Callable[[], None] | None) -> Iterator[Callable[[PlanProgress], None]]:
    """A bar on the error stream that follows a plan, where somebody looks at one; the head is printed before it."""

    def begin(progress: PlanProgress) -> None:
        if progress.stage == "ready" and head is not None:
            head()
            sys.stdout.flush()

    if not sys.stderr.isatty():
        yield begin
        return
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
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=None)

        def follow(progress: PlanProgress) -> None:
            if progress.stage == "ready":
                bar.stop()  # what is printed under a bar goes to its stream
                begin(progress)
                bar.start()
            bar.update(task, completed=progress.done, total=progress.total, description=DOING[progress.stage])

        yield follow


def write(plans: Plans, place: Target, ledger: pd.DataFrame | None = None) -> None:
    """Write plans, and anew the report that the folder holds, so that none of an older plan lies in it.

    Parameters
    ----------
    plans : Plans
    place : Target
        The folder, held for writing.
    ledger : DataFrame, optional
        Of the base plan, where it is made.
    """
    from optimizer.folder.write import write_plans

    write_plans(plans, place, ledger)
    if place.has_report:
        from optimizer.report.page import renew_report

        renew_report(place.folder)


def add_ledger(plans: Plans, place: Target, workers: int | None) -> None:
    """Write plans again with the ledger of the base plan; until it is made, what was written stays.

    Parameters
    ----------
    plans : Plans
    place : Target
        The folder, held for writing.
    workers : int or None
        Processes; None for one per core.
    """
    from optimizer.engine.pool import cores
    from optimizer.questions.ledger import ledger
    from optimizer.questions.probe import Probe

    with plans.planner.deadline.alarm():
        table = ledger(Probe(plans, workers=workers or cores()))
    with signals.held():
        write(plans, place, table)


def say_stopped(plans: Plans, where: str) -> None:
    """Say that not everything is finished, and end with the code of what it was stopped by.

    Parameters
    ----------
    plans : Plans
    where : str
        What became of the answers, such as `shown and written`.
    """
    if plans.stopped is not None:
        name_failed(plans)
        finished = "1 answer is" if len(plans.outcomes) == 1 else f"{len(plans.outcomes)} answers are"
        stopped = str(plans.stopped).capitalize()
        print(f"{stopped} before the end: {finished} finished, and {where}.", file=sys.stderr)
        raise typer.Exit(plans.stopped.code)


def name_failed(plans: Plans) -> None:
    """Name the answers that are not certified, and why."""
    from optimizer.plans.refusal import said

    for (name, answer), found in plans.failed.items():
        print(f"{name} ({answer}): {said(found)}, no certified plan", file=sys.stderr)


def say_failed(plans: Plans) -> None:
    """Name the answers that are not certified, and end with 3 if there are any.

    Raises
    ------
    Stopped
        If planning was stopped: what comes next has nothing to go by.
    """
    name_failed(plans)
    if plans.stopped is not None:
        raise plans.stopped
    if plans.failed:
        raise typer.Exit(3)
