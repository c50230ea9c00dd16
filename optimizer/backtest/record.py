"""What a run says, as tables: months, stops, scores; written to files, and read from those of the first run."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from optimizer.backtest.design import WORLD, Backtest, files, months
from optimizer.backtest.naive import naive
from optimizer.backtest.run import Runs, mean
from optimizer.backtest.scores import (
    Judged,
    Score,
    cells_error,
    interval,
    judged,
    scores,
    stop_of,
    stops,
    world_error,
)

Rows = list[dict[str, str]]
TABLES = ("months", "cells", "stops", "scores", "naive", "apart")
FIRST = "first-run"
"""Folder of the tables of the first run, which never change."""


@dataclass(frozen=True)
class Record:
    """The tables of a run, by name; every cell is as it is written.

    Parameters
    ----------
    tables : dict of str to list
    """

    tables: dict[str, Rows]

    def write(self, folder: Path) -> None:
        """Write each table as CSV.

        Parameters
        ----------
        folder : Path
            Made where it is not there.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in self.tables.items():
            write_rows(rows, folder / f"{name}.csv")

    @staticmethod
    def read(folder: Path) -> Record:
        """Read the tables of a run."""
        found = {}
        for name in TABLES:
            with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
                found[name] = list(csv.DictReader(file))
        return Record(found)


def write_rows(rows: Rows, path: Path) -> None:
    """Write a table as CSV.

    Parameters
    ----------
    rows : list of dict
    path : Path
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def first_run() -> Record | None:
    """The tables of the first run; None before it."""
    folder = files() / FIRST
    return Record.read(folder) if folder.is_dir() else None


def record(backtest: Backtest, runs: Runs, normal: Mapping[str, float]) -> Record:
    """The tables of a run.

    Parameters
    ----------
    backtest : Backtest
    runs : Runs
    normal : mapping of str to float
        Tonnes a month of the year before, by buyer and for the world.
    """
    found = scores(backtest, runs, normal)
    return Record(
        {
            "months": _months(backtest, runs),
            "cells": _cells(backtest, runs, normal),
            "stops": _stops(backtest, runs),
            "scores": _scores(backtest, found),
            "naive": _naive(backtest, normal),
            "apart": _apart(backtest, runs, normal),
        }
    )


def _said(value: float | None, digits: int = 0) -> str:
    """A number as it is written; nothing where there is none."""
    return "" if value is None or not math.isfinite(value) else f"{value:.{digits}f}"


def _months(backtest: Backtest, runs: Runs) -> Rows:
    """The world's tonnes by month."""
    design, came = backtest.design, backtest.came()
    middle = design.middle
    told = mean(backtest, runs.ex_ante[middle])
    every = [mean(backtest, branches) for branches in runs.ex_ante.values()]
    rows: Rows = []
    for month in months(design.first, design.shown):
        cell = (month, WORLD)
        low, high = interval(backtest, runs, middle.multiple, middle.ramp, month)
        values = [some.get(cell, 0.0) for some in every]
        row = {"month": month, "observed": _said(came.get(month)), "foretold": _said(told.get(cell))}
        row |= {"low": _said(low), "high": _said(high)}
        row["inside"] = "" if month not in came else "true" if low <= came[month] <= high else "false"
        row |= {"grid_least": _said(min(values)), "grid_median": _said(median(values)), "grid_most": _said(max(values))}
        row |= {name: _said(some.tonnes.get(cell)) for name, some in runs.ex_ante[middle].items()}
        row["ex_post_a"] = _said(runs.seen[middle].tonnes.get(cell))
        row["ex_post_b"] = _said(runs.fitted[middle][1].tonnes.get(cell))
        rows.append(row)
    return rows


def _cells(backtest: Backtest, runs: Runs, normal: Mapping[str, float]) -> Rows:
    """Cells of destinations, at the middle."""
    middle = backtest.design.middle
    told = mean(backtest, runs.ex_ante[middle])
    return [
        {
            "month": row.month,
            "destination": row.destination,
            "observed": _said(row.tonnes),
            "mean_2024": _said(normal[row.destination]),
            "ex_ante": _said(told.get((row.month, row.destination), 0.0)),
            "ex_post_a": _said(runs.seen[middle].tonnes.get((row.month, row.destination), 0.0)),
            "ex_post_b": _said(runs.fitted[middle][1].tonnes.get((row.month, row.destination), 0.0)),
        }
        for row in backtest.observed
        if row.use in ("cell", "india")
    ]


def _stops(backtest: Backtest, runs: Runs) -> Rows:
    """First day short of every buyer."""
    rows: Rows = []
    middle = backtest.design.middle
    for stop in backtest.stops:
        days = [stop_of(backtest, branches, stop.buyer) for branches in runs.ex_ante.values()]
        there = [day for day in days if day is not None]
        seen = runs.seen[middle].stops.get(stop.buyer)
        row = {"buyer": stop.buyer, "observed": "yes" if stop.stop else "none found"}
        row |= {
            "first_day": _said(stop.first_day) if stop.stop else "",
            "last_day": _said(stop.last_day) if stop.stop else "",
        }
        row["foretold"] = _said(stop_of(backtest, runs.ex_ante[middle], stop.buyer))
        row |= {"earliest": _said(min(there, default=None)), "latest": _said(max(there, default=None))}
        row |= {"points_with_a_stop": str(len(there)), "points": str(len(days))}
        row |= {"ex_post_a": _said(seen), "ex_post_b": _said(runs.fitted[middle][1].stops.get(stop.buyer))}
        rows.append(row)
    return rows


def _scores(backtest: Backtest, found: Iterable[Score]) -> Rows:
    """Every score, those with bars beside theirs."""
    some = list(found)
    bars: dict[tuple[str, str], list[Judged]] = {}
    for one in judged(backtest, some):
        bars.setdefault((one.bar.run, one.bar.score), []).append(one)
    rows: Rows = []
    for score in some:
        of = bars.get((score.run, score.score), [])
        verdict = "" if not of else "passes" if all(one.passed for one in of) else "fails"
        worst = "" if not of else "passes" if all(one.passed_at_worst for one in of) else "fails"
        digits = 3 if score.score.endswith("_error") and score.score.split("_")[0] in ("cells", "india") else 1
        rows.append(
            {
                "run": score.run,
                "score": score.score,
                "median": _said(score.median, digits),
                "worst": _said(score.worst, digits),
                "points": str(score.of),
                "bar": "; ".join(f"{one.bar.sense.replace('_', ' ')} {one.bar.value:g}" for one in of),
                "bar_number": str(of[0].bar.bar) if of else "",
                "verdict": "gross failure" if any(one.gross for one in of) else verdict,
                "verdict_at_worst": worst,
            }
        )
    return rows


def _naive(backtest: Backtest, normal: Mapping[str, float]) -> Rows:
    """Forecasts to beat."""
    cells = {(month, name): some for month in backtest.months for name, some in normal.items()}
    came = backtest.came()
    true = {(m, name): some * came[m] / normal[WORLD] for m in backtest.months for name, some in normal.items()}
    rows = [
        {
            "forecast": some.name,
            "world_error_apr_jun": _said(world_error(backtest, some.tonnes, backtest.months[:3])),
            "world_error": _said(world_error(backtest, some.tonnes)),
            "cells_error": "",
        }
        for some in naive(backtest, normal)
    ]
    rows[0]["cells_error"] = _said(cells_error(backtest, cells, normal), 3)
    name = "true ratio of the world for every buyer (hindsight)"
    told = {"forecast": name, "world_error_apr_jun": "", "world_error": "", "cells_error": ""}
    return [*rows, {**told, "cells_error": _said(cells_error(backtest, true, normal), 3)}]


def _apart(backtest: Backtest, runs: Runs, normal: Mapping[str, float]) -> Rows:
    """What is shown apart: holds, demand, the fitted number, and the plan without the reaction."""
    middle = backtest.design.middle

    def row(name: str, tonnes: Mapping[tuple[str, str], float], right: int, short: float) -> dict[str, str]:
        june = _said(world_error(backtest, tonnes, backtest.months[:3]))
        told = {"run": name, "world_error_apr_jun": june, "world_error": _said(world_error(backtest, tonnes))}
        cells = _said(cells_error(backtest, tonnes, normal), 3)
        return {**told, "cells_error": cells, "buyers_right": str(right), "short_t": _said(short)}

    weights = {branch.name: branch.probability for branch in backtest.branches}
    groups = [("scored, at the middle", runs.ex_ante[middle])]
    groups += [(f"customs hold free goods {weeks} weeks", some) for weeks, some in runs.holds.items()]
    groups += [(f"demand {demand:g} times that of 2024", some) for demand, some in runs.demands.items()]
    groups.append(("without the reaction", runs.waits))
    rows = [
        row(
            name,
            mean(backtest, some),
            stops(backtest, some).right,
            sum(weights[branch] * one.short for branch, one in some.items()),
        )
        for name, some in groups
    ]
    for point, (days, one) in runs.fitted.items():
        name = f"ex post B, share {point.share:g}: {days} days of hold, fitted"
        rows.append(row(name, one.tonnes, stops(backtest, {"seen": one}).right, one.short))
    return rows
