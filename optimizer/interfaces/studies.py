"""Commands of studies: run, look at, take up, extend, and read what they found."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from optimizer.errors import SolveError
from optimizer.interfaces import signals
from optimizer.interfaces.common import AsJson
from optimizer.interfaces.extras import needs

if TYPE_CHECKING:
    from optimizer.case.case import Case
    from optimizer.studies.run import Status

app = typer.Typer(
    help="Plan one case in thousands of what-ifs: grids, samples, one factor at a time, every supplier lost in turn.",
    no_args_is_help=True,
)
PACKAGES = ("duckdb", "scipy")
"""What the extra brings."""
Scheduler = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Work blocks out on the Dask cluster of this scheduler.")
]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder of lodestar study run.", show_default=False)]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes; one per core by default.")]
PartOf = Annotated[
    str, typer.Option("--part", metavar="I/N", help="Only part I of N, as in an array job; all parts share DIR.")
]


@app.callback()
def _needs_the_extra() -> None:
    needs("study", "study", PACKAGES)


@contextmanager
def _bar() -> Iterator[Callable[[Status], None]]:
    """A bar on the error stream that follows a study; nothing where nobody looks at one."""
    if not sys.stderr.isatty():
        yield lambda at: None
        return
    left = TextColumn("{task.fields[left]}")
    columns = (TextColumn("rows"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("gone,"), left)
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("study", total=None, left="")

        def show(at: Status) -> None:
            left = "" if at.seconds_left is None else f"about {at.seconds_left:,.0f} s left"
            bar.update(task, completed=at.rows_done, total=at.rows, left=left)

        yield show


def _part(text: str) -> tuple[int, int]:
    """`2/8` as numbers."""
    one, slash, of = text.partition("/")
    if slash and one.isdecimal() and of.isdecimal() and 1 <= int(one) <= int(of):
        return int(one), int(of)
    raise typer.BadParameter("expected such as 2/8, the second of eight parts", param_hint="--part")


def _run(folder: Path, workers: int | None, part: str, as_json: bool, scheduler: str | None = None) -> None:
    """Work out what is not there yet, and say how far it is."""
    if scheduler is not None:
        needs("--scheduler", "cluster", ("distributed",), along="study")
        from optimizer.studies.cluster import run_on

        with _bar() as progress:
            run_on(scheduler, folder, progress)
    else:
        from optimizer.engine.pool import Pool
        from optimizer.studies.run import WORKER, run

        with _bar() as progress, Pool(workers, module=WORKER) as pool:
            run(folder, pool, _part(part), progress)
    _say(folder, as_json)


def _say(folder: Path, as_json: bool) -> None:
    """Say how far a study is; an answer without a certificate is no success."""
    from optimizer.studies.run import status
    from optimizer.studies.tables import counted

    at, answers = status(folder), counted(folder)
    with signals.held():
        if as_json:
            said = {"rows": at.rows, "rows_done": at.rows_done, "blocks": at.blocks, "blocks_done": at.blocks_done}
            print(json.dumps({**said, **answers}, indent=1))
        else:
            print(f"{at.rows_done:,} of {at.rows:,} rows done ({at.blocks_done:,} of {at.blocks:,} blocks).")
            print(
                f"{answers['answers']:,} answers, {answers['uncertified']:,} of them not certified: no numbers there; "
                f"{answers['inherited']:,} inherited."
            )
            if at.rows_done < at.rows:
                print(f"Take it up with: lodestar study resume {folder}")
        sys.stdout.flush()
    if answers["uncertified"]:
        raise SolveError(f"{answers['uncertified']} answers are not certified")


@app.command()
def run(
    file: Annotated[Path, typer.Argument(help="A study, as YAML; see docs/studies.md.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Folder of its figures; where it is there, what is missing is worked out.")],
    workers: Workers = None,
    part: PartOf = "1/1",
    scheduler: Scheduler = None,
    as_json: AsJson = False,
) -> None:
    """Run a study, or go on with it: every row is planned once, whatever happens in between."""
    from optimizer.engine.pool import Pool
    from optimizer.studies.file import read_study
    from optimizer.studies.start import laid_out, made_ready

    _part(part)
    ready = made_ready(read_study(file), file.absolute().parent)
    with Pool(1) as pool:
        record = laid_out(ready, out, pool)
    if not as_json:
        print(
            f"{record.study.name}: {record.study.rows:,} rows, {record.answers_a_row} answers each, "
            f"in {record.blocks:,} blocks; base plan {record.base_usd / 1e6:,.1f} MUSD.",
            flush=True,
        )
    _run(out, workers, part, as_json, scheduler)


@app.command()
def status(folder: Folder, as_json: AsJson = False) -> None:
    """Say how far a study is."""
    _say(folder, as_json)


@app.command()
def resume(
    folder: Folder,
    workers: Workers = None,
    part: PartOf = "1/1",
    scheduler: Scheduler = None,
    as_json: AsJson = False,
) -> None:
    """Work out what is missing in a study's folder."""
    _run(folder, workers, part, as_json, scheduler)


@app.command()
def extend(
    folder: Folder,
    draws: Annotated[int, typer.Option(min=1, help="Draws there shall be in all.")],
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Draw further; what is there stays as it is."""
    from optimizer.studies.run import extended

    extended(folder, draws)
    _run(folder, workers, "1/1", as_json)


@app.command()
def report(
    folder: Folder,
    out: Annotated[Path | None, typer.Option(help="File of the page; report.html in DIR by default.")] = None,
) -> None:
    """Say what the figures say: their spread, what moves the cost, where goods go short; write it as a page, too."""
    from optimizer.interfaces.render import answers, print_section
    from optimizer.report.study import write_study_page
    from optimizer.studies.findings import findings

    console = answers()
    for section in findings(folder):
        print_section(console, section)
    print(f"Page: {write_study_page(folder, out)}")


@app.command()
def row(
    folder: Folder,
    number: Annotated[int, typer.Argument(metavar="ROW", help="Its number, from 0.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Folder to make.")],
) -> None:
    """Write a row as a case and scenarios of its own, and say how to plan it in full."""
    from optimizer.studies.handover import handed_over

    scenarios = handed_over(folder, number, out)
    asked = " ".join(f"-s {path}" for path in scenarios) or "-s base"
    print(f"Row {number}: lodestar plan {out / 'case'} {asked} --out {out / 'plan'}")


@app.command()
def export(
    folder: Folder,
    file: Annotated[Path, typer.Argument(help="File to write: .csv or .parquet.", show_default=False)],
    table: Annotated[str, typer.Option(help="Figures (rows), or a long table that the study keeps.")] = "rows",
) -> None:
    """Write a table of a study as one file."""
    from optimizer.studies.tables import exported

    exported(folder, table, file)
    print(f"Written: {file}")


@app.command()
def sql(
    folder: Folder,
    query: Annotated[str, typer.Argument(help="In SQL; the table `rows` holds the figures.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Ask a study's tables in SQL."""
    from optimizer.studies.tables import asked

    found = asked(folder, query)
    if as_json:
        print(found.to_json(orient="records", indent=1, double_precision=15))
    else:
        print(found.to_csv(index=False), end="")


def print_sweep(case: Case, text: str, scenarios: Sequence[str], as_json: bool) -> None:
    """Plan a case at each value of a cell, and print what it costs.

    Parameters
    ----------
    case : Case
    text : str
        The cell and its values, as typed.
    scenarios : sequence of str
    as_json : bool
        As JSON and nothing else.
    """
    from optimizer.engine.pool import Pool
    from optimizer.interfaces.render import answers, print_section
    from optimizer.studies.sweep import swept

    with Pool(1) as pool:
        section = swept(case, text, [name for name in scenarios if name != "base"], pool)
    if as_json:
        names = ("value", "scenario", "answer", "cost_usd", "", "short_t")
        rows = [{name: cell for name, cell in zip(names, row, strict=True) if name} for row in section.rows]
        print(json.dumps(rows, indent=1))
    else:
        print_section(answers(), section)
