"""`lodestar back-test`: foretell April 2025 again from the committed inputs, and score tables against what came."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from optimizer.interfaces.common import AsJson

app = typer.Typer(
    help="Foretell the months after 4 April 2025 from what was known, and score that against what came; see "
    "docs/back-test.md."
)
Workers = Annotated[int | None, typer.Option(min=1, help="Processes; one per core by default.")]


@app.callback(invoke_without_command=True)
def back_test(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option(help="Folder for the tables as CSV.")] = None,
    edition: Annotated[int | None, typer.Option(min=1, help="Which edition; the newest by default.")] = None,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Run all of it again from the committed inputs; every answer is certified."""
    if context.invoked_subcommand is not None:
        return
    from optimizer.backtest.design import load_backtest, load_editions
    from optimizer.backtest.inputs import check_inputs, later_pages
    from optimizer.backtest.record import first_run, record
    from optimizer.backtest.run import run
    from optimizer.backtest.scores import means
    from optimizer.engine.pool import Pool
    from optimizer.interfaces.backtest_answers import print_record
    from optimizer.interfaces.render import answers
    from optimizer.world.change import changed
    from optimizer.world.load import load_case

    began = time.monotonic()
    backtest = load_backtest()
    case = load_case(backtest.design.case)
    check_inputs(backtest.inputs, case, backtest.design.rule)
    later_ones = load_editions()
    number = max(later_ones, default=1) if edition is None else edition
    if number > 1 and number not in later_ones:
        raise typer.BadParameter(f"expected 1 to {max(later_ones, default=1)}", param_hint="--edition")
    made = later_ones.get(number)
    if made is not None:
        case = changed(case, made.changes)
    with Pool(workers) as pool:
        runs = run(backtest, case, pool)
    found = record(backtest, runs, means(case))
    if out is not None:
        found.write(out)
    if as_json:
        print(json.dumps(found.tables, indent=1))
        return
    console = answers()
    print_record(console, found, first_run(), made)
    later = len(later_pages(backtest.inputs))
    print(
        f"{runs.answers:,} answers, each certified, in {time.monotonic() - began:.0f} s. Of the {len(backtest.inputs)} "
        f"inputs {later} were read on a page later than {backtest.design.day} of what could be known by then."
    )


@app.command()
def forward(
    out: Annotated[Path | None, typer.Option(help="File for the table as CSV.")] = None,
    workers: Workers = None,
    as_json: AsJson = False,
) -> None:
    """Foretell April 2026 to March 2027 again from the committed inputs; every answer is certified."""
    from optimizer.backtest.design import load_backtest
    from optimizer.backtest.forward import forecast
    from optimizer.backtest.record import write_rows
    from optimizer.engine.pool import Pool
    from optimizer.interfaces.backtest_answers import print_rows
    from optimizer.interfaces.render import answers
    from optimizer.world.load import load_case

    backtest = load_backtest()
    with Pool(workers) as pool:
        found = forecast(backtest, load_case(backtest.design.case), pool)
    if out is not None:
        write_rows(found, out)
    if as_json:
        print(json.dumps(found, indent=1))
    else:
        print_rows(answers(), "Magnets from China, t a month", found)


@app.command()
def score(
    file: Annotated[
        Path, typer.Argument(help="Tonnes by month: month,destination,tonnes.", metavar="FILE.csv", show_default=False)
    ],
    as_json: AsJson = False,
) -> None:
    """Score the committed forecasts against a monthly table of what left China, such as of customs."""
    from optimizer.backtest.forward import scored
    from optimizer.interfaces.backtest_answers import print_rows
    from optimizer.interfaces.render import answers

    found = scored(file)
    if as_json:
        print(json.dumps(found, indent=1))
    else:
        print_rows(answers(), "Forecasts beside what came", found)
