"""Forecasts of months that no page gave when they were made, and their score once customs have published them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, cast

from pydantic import Field, ValidationError

from optimizer.backtest.design import WORLD, Backtest, Month, Part, Point, files, months
from optimizer.backtest.grid import case_at, with_multiple
from optimizer.backtest.record import FIRST, Rows
from optimizer.backtest.run import Branches, Teller
from optimizer.backtest.scores import weighted
from optimizer.case.case import Case
from optimizer.case.document import read_yaml
from optimizer.case.kinds import Amount, Day, Number, Whole
from optimizer.case.read import explain, read_table
from optimizer.case.rows import Row
from optimizer.engine.pool import Pool
from optimizer.errors import CaseError
from optimizer.faults import Fault
from optimizer.world.scenario import load_scenario

NAME = "forward"


class Points(Part):
    """Points of the grid of a forecast, at every share."""

    stocks: tuple[str, ...]
    """Points of the table of stocks."""
    multiple: Number
    """Of a backlog, over the daily reference."""
    ramp: Whole
    """Months; over when the horizon begins."""


class Forward(Part):
    """``forward.yaml``: the second horizon."""

    start: Day
    """Its first day."""
    known: Day
    """Day up to which approvals were known."""
    first: Month
    """First month foretold."""
    last: Month
    """Last month foretold."""
    branches: tuple[str, ...]
    """Scenarios, weighted by their probability."""
    points: Points
    """What is tried."""


class Published(Row):
    """What customs published of a month."""

    key: ClassVar[tuple[str, ...]] = ("month", "destination")

    month: Month
    """The month."""
    destination: Annotated[str, Field(min_length=1)] = WORLD
    """A buyer, or `world`."""
    tonnes: Amount
    """Tonnes of HS 85051110 that left China."""


def load_forward() -> Forward:
    """Read what is foretold of the second horizon."""
    content = read_yaml(files() / f"{NAME}.yaml", f"{NAME}.yaml")
    try:
        return Forward.model_validate(content)
    except ValidationError as error:
        raise CaseError(explain(error, content, Forward)) from None


def forecast(backtest: Backtest, case: Case, pool: Pool) -> Rows:
    """Foretell the second horizon: each month's mean over branches, shares and stocks, and its 80 % interval.

    Parameters
    ----------
    backtest : Backtest
    case : Case
        As it is committed; its horizon is moved.
    pool : Pool
        Workers.

    Returns
    -------
    list of dict
        By month and destination.
    """
    forward = load_forward()
    moved = Case(case.file.model_copy(update={"start": forward.start}), case.tables, case.places)
    branches = [load_scenario(files() / NAME / f"{name}.yaml") for name in forward.branches]
    asked = forward.points
    told: list[tuple[float, Mapping[tuple[str, str], float]]] = []
    for share in backtest.design.grid.shares:
        for stock in asked.stocks:
            point = Point(share=share, stock=stock, multiple=asked.multiple, ramp=asked.ramp)
            made = [with_multiple(branch, forward.start, asked.multiple) for branch in branches]
            found: Branches = Teller(backtest, case_at(moved, backtest, point, seen=True), pool).tell(made)
            told += [(some.probability, found[some.name].tonnes) for some in made]
    low, high = backtest.design.interval
    rows: Rows = []
    for month in months(forward.first, forward.last):
        for destination in (WORLD, *backtest.buyers):
            values = [(tonnes.get((month, destination), 0.0), weight) for weight, tonnes in told]
            mean = sum(value * weight for value, weight in values) / sum(weight for _, weight in values)
            ends = {"low": f"{weighted(values, low):.0f}", "high": f"{weighted(values, high):.0f}"}
            rows.append({"month": month, "destination": destination, "foretold": f"{mean:.0f}", **ends})
    return rows


def deposited() -> Rows:
    """The forecasts as they were committed; of the months scored before, those of the first run."""
    found: Rows = []
    with (files() / FIRST / "months.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            ends = {name: row[name] for name in ("foretold", "low", "high")}
            found.append({"month": row["month"], "destination": WORLD, **ends})
    with (files() / f"{NAME}.csv").open(encoding="utf-8", newline="") as file:
        return [*found, *csv.DictReader(file)]


def scored(path: Path) -> Rows:
    """Score the committed forecasts against a monthly table.

    Parameters
    ----------
    path : Path
        A CSV with `month` (2026-04), `tonnes` and, unless all is of the world, `destination` (`world` or a buyer).

    Returns
    -------
    list of dict
        Each month and destination, and as the last rows the mean absolute error and the months in the interval.

    Raises
    ------
    CaseError
        With every fault of the table, and of months and destinations that nothing is foretold of.
    """
    rows, places, faults = read_table(path, path.name, Published)
    forecasts = {(row["month"], row["destination"]): row for row in deposited()}
    known: dict[str, set[str]] = {"month": {m for m, _ in forecasts}, "destination": {d for _, d in forecasts}}
    twice: set[tuple[str, str]] = set()
    found: Rows = []
    for place, row in zip(places, cast(list[Published], rows), strict=True):
        cell = row.month, row.destination
        wrong = [column for column in known if getattr(row, column) not in known[column]]
        faults += [
            Fault.unknown(place, column, f"{column} of a forecast", getattr(row, column), known[column])
            for column in wrong
        ]
        if not wrong and cell not in forecasts:
            what = f"destination: nothing is foretold of {row.destination} in {row.month}, only of the world"
            faults.append(Fault(place, what, code="unknown-name", column="destination", found=row.destination))
        elif cell in twice:
            faults.append(Fault(place, f"month: {row.month} stands twice", code="repeated", column="month"))
        elif not wrong:
            found.append(_beside(row, forecasts[cell]))
        twice.add(cell)
    if faults:
        raise CaseError(faults)
    return [*found, *_whole(found)]


def _beside(row: Published, told: Mapping[str, str]) -> dict[str, str]:
    """What came beside what was foretold."""
    inside = float(told["low"]) <= row.tonnes <= float(told["high"])
    cells: dict[str, Any] = {"month": row.month, "destination": row.destination, "observed": f"{row.tonnes:.0f}"}
    cells |= {name: told[name] for name in ("foretold", "low", "high")}
    return {**cells, "inside": "true" if inside else "false", "error": f"{row.tonnes - float(told['foretold']):.0f}"}


def _whole(found: Rows) -> Rows:
    """Mean absolute error and coverage, by destination."""
    rows: Rows = []
    for destination in dict.fromkeys(row["destination"] for row in found):
        some = [row for row in found if row["destination"] == destination]
        missed = sum(abs(float(row["observed"]) - float(row["foretold"])) for row in some) / len(some)
        inside = sum(row["inside"] == "true" for row in some)
        cells = {"month": "all", "destination": destination, "observed": "", "foretold": "", "low": "", "high": ""}
        rows.append({**cells, "inside": f"{inside} of {len(some)}", "error": f"{missed:.0f} mean absolute"})
    return rows
