"""Scores of forecasts against what came: by point of the grid, their median and worst, and the forecasts to beat."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from optimizer.backtest.design import WORLD, Backtest, Bar
from optimizer.backtest.foretold import Foretold
from optimizer.backtest.grid import buyer_of
from optimizer.backtest.run import Runs, mean
from optimizer.case.case import Case

Tonnes = Mapping[tuple[str, str], float]
"""By month and destination."""
YEAR = 12
NEVER = 99.0
CAME = {"peak_days": 47.0, "recovery_month": 7.0}
"""What came, of scores whose worst is the farthest from it."""
MORE_IS_BETTER = ("coverage", "buyers_right")


@dataclass(frozen=True)
class Score:
    """A score over the grid.

    Parameters
    ----------
    run : str
    score : str
    median, worst : float
    of : int
        Points of the grid.
    """

    run: str
    score: str
    median: float
    worst: float
    of: int


@dataclass(frozen=True)
class Judged:
    """A score beside its bar: the median decides, the worst is told."""

    bar: Bar
    score: Score

    @property
    def passed(self) -> bool:
        """Whether the median passes."""
        return self.bar.passed(self.score.median)

    @property
    def passed_at_worst(self) -> bool:
        """Whether the worst passes too."""
        return self.bar.passed(self.score.worst)

    @property
    def gross(self) -> bool:
        """Whether it is a gross failure."""
        return self.bar.gross is not None and self.score.median > self.bar.gross


def means(case: Case) -> dict[str, float]:
    """Tonnes a month of the year before, by buyer and for the world.

    Parameters
    ----------
    case : Case
        As it is committed.
    """
    found: dict[str, float] = {}
    for row in case.tables.demand:
        buyer = buyer_of(row.site)
        found[buyer] = found.get(buyer, 0.0) + row.tonnes / YEAR
    return {**found, WORLD: sum(found.values())}


def world_error(backtest: Backtest, tonnes: Tonnes, months: Sequence[str] | None = None) -> float:
    """Mean absolute error of the world's tonnes a month.

    Parameters
    ----------
    backtest : Backtest
    tonnes : mapping of (str, str) to float
        What is foretold, by month and destination, t.
    months : sequence of str, optional
        Those scored by default.
    """
    came = backtest.came()
    some = backtest.months if months is None else months
    return sum(abs(tonnes.get((month, WORLD), 0.0) - came[month]) for month in some) / len(some)


def cells_error(backtest: Backtest, tonnes: Tonnes, normal: Mapping[str, float], use: str = "cell") -> float:
    """Mean absolute error of destination cells, over the mean of what these buyers got a month of the year before.

    Parameters
    ----------
    backtest : Backtest
    tonnes : mapping of (str, str) to float
        What is foretold, by month and destination, t.
    normal : mapping of str to float
        Tonnes a month of the year before.
    use : str
        Which cells.
    """
    cells = [row for row in backtest.observed if row.use == use]
    missed = sum(abs(tonnes.get((row.month, row.destination), 0.0) - row.tonnes) for row in cells)
    return missed / sum(normal[row.destination] for row in cells)


def peak_days(tonnes: Callable[[str], float], months: Sequence[str], normal: float) -> float:
    """Largest sum over months of what is normal less what leaves, in days of it.

    Parameters
    ----------
    tonnes : callable
        What is foretold of a month, t.
    months : sequence of str
        In order.
    normal : float
        Tonnes a month of the year before.
    """
    gap, peak = 0.0, 0.0
    for month in months:
        gap += normal - tonnes(month)
        peak = max(peak, gap)
    return peak / (normal * YEAR / 365)


def recovery(tonnes: Callable[[str], float], months: Sequence[str], enough: float) -> float:
    """First month after the lowest in which enough leaves, from 1; months of the next year are 13 and on.

    Parameters
    ----------
    tonnes : callable
        What is foretold of a month, t.
    months : sequence of str
        In order.
    enough : float
        Tonnes.
    """
    lowest = min(range(len(months)), key=lambda place: tonnes(months[place]))
    year = int(months[0][:4])
    for month in months[lowest + 1 :]:
        if tonnes(month) >= enough:
            return float(int(month[5:]) + YEAR * (int(month[:4]) - year))
    return NEVER


def weighted(values: Iterable[tuple[float, float]], share: float) -> float:
    """Smallest of weighted values at which a share of the weight is reached.

    Parameters
    ----------
    values : iterable of (float, float)
        Values and weights.
    share : float
    """
    some = sorted(values)
    goal, reached = share * sum(weight for _, weight in some), 0.0
    for value, weight in some:
        reached += weight
        if reached >= goal - 1e-9:
            return value
    return math.nan


def interval(backtest: Backtest, runs: Runs, multiple: float, ramp: int, month: str) -> tuple[float, float]:
    """The interval of the world's tonnes in a month: over branches by weight, shares and stocks equally.

    Parameters
    ----------
    backtest : Backtest
    runs : Runs
    multiple : float
        Of the daily reference.
    ramp : int
        Months.
    month : str
    """
    weights = {branch.name: branch.probability for branch in backtest.branches}
    values = [
        (some.tonnes.get((month, WORLD), 0.0), weights[name])
        for point, branches in runs.ex_ante.items()
        if (point.multiple, point.ramp) == (multiple, ramp)
        for name, some in branches.items()
    ]
    low, high = backtest.design.interval
    return weighted(values, low), weighted(values, high)


def coverage(backtest: Backtest, runs: Runs) -> list[float]:
    """Months that lie in their interval, at every multiple and ramp.

    Parameters
    ----------
    backtest : Backtest
    runs : Runs
    """
    grid, came = backtest.design.grid, backtest.came()
    found = []
    for multiple in grid.multiples:
        for ramp in grid.ramps:
            ends = {month: interval(backtest, runs, multiple, ramp, month) for month in backtest.months}
            found.append(float(sum(low <= came[month] <= high for month, (low, high) in ends.items())))
    return found


def stop_of(backtest: Backtest, branches: Mapping[str, Foretold], buyer: str) -> float | None:
    """Day on which a buyer's stop is foretold, the median by weight; none where most of the weight has none.

    Parameters
    ----------
    backtest : Backtest
    branches : mapping of str to Foretold
        By branch.
    buyer : str
    """
    weights = {branch.name: branch.probability for branch in backtest.branches}
    whole = sum(weights.get(name, 1.0) for name in branches)
    days = [(some.stops[buyer], weights.get(name, 1.0)) for name, some in branches.items() if buyer in some.stops]
    if sum(weight for _, weight in days) < backtest.design.half * whole - 1e-9:
        return None
    return weighted(days, 0.5)


@dataclass(frozen=True)
class StopScore:
    """Stops of all buyers: how many are right, and the errors of those that were hit, in days."""

    right: int
    hit: int
    missed: int
    false: int
    errors: tuple[float, ...]

    @property
    def error(self) -> float:
        """Median error of those hit; infinite where none was."""
        return median(self.errors) if self.errors else math.inf


def stops(backtest: Backtest, branches: Mapping[str, Foretold]) -> StopScore:
    """Foretold stops against those that came.

    Parameters
    ----------
    backtest : Backtest
    branches : mapping of str to Foretold
        By branch.
    """
    right = missed = false = 0
    errors: list[float] = []
    for row in backtest.stops:
        day = stop_of(backtest, branches, row.buyer)
        if row.stop and day is not None:
            errors.append(max(0.0, row.first_day - day, day - row.last_day))
            right += errors[-1] <= backtest.design.right_days
        else:
            missed += row.stop
            false += not row.stop and day is not None
            right += not row.stop and day is None
    return StopScore(right, len(errors), missed, false, tuple(errors))


def _score(run: str, name: str, values: Sequence[float]) -> Score:
    """Median and worst of a score."""
    if name in CAME:
        worst = max(values, key=lambda value: abs(value - CAME[name]))
    else:
        worst = min(values) if name in MORE_IS_BETTER else max(values)
    return Score(run, name, median(values), worst, len(values))


def scores(backtest: Backtest, runs: Runs, normal: Mapping[str, float]) -> list[Score]:
    """Every score of every run.

    Parameters
    ----------
    backtest : Backtest
    runs : Runs
    normal : mapping of str to float
        Tonnes a month of the year before, by buyer and for the world.
    """
    told = {point: mean(backtest, branches) for point, branches in runs.ex_ante.items()}
    found = [*_of_tonnes(backtest, "ex ante", list(told.values()), normal)]
    found.append(_score("ex ante", "coverage", coverage(backtest, runs)))
    found += _of_stops("ex ante", [stops(backtest, branches) for branches in runs.ex_ante.values()])
    found += _of_reaction(backtest, runs)
    for name, some in (
        ("ex post A", list(runs.seen.values())),
        ("ex post B", [one for _, one in runs.fitted.values()]),
    ):
        found += _of_tonnes(backtest, name, [one.tonnes for one in some], normal)
        found += _of_stops(name, [stops(backtest, {"seen": one}) for one in some])
    return found


def _of_tonnes(backtest: Backtest, run: str, told: Sequence[Tonnes], normal: Mapping[str, float]) -> list[Score]:
    """Scores of tonnes."""
    held = [row.month for row in backtest.observed if row.use == WORLD and row.held_out]
    months, enough = backtest.months, backtest.design.recovery * normal[WORLD]
    made: dict[str, list[float]] = {
        "world_error": [world_error(backtest, some) for some in told],
        "world_error_apr_jun": [world_error(backtest, some, months[:3]) for some in told],
        "world_error_held_out": [world_error(backtest, some, held) for some in told],
        "cells_error": [cells_error(backtest, some, normal) for some in told],
        "india_error": [cells_error(backtest, some, normal, "india") for some in told],
        "peak_days": [peak_days(_world(some), months, normal[WORLD]) for some in told],
        "recovery_month": [recovery(_world(some), months, enough) for some in told],
    }
    return [_score(run, name, values) for name, values in made.items()]


def _world(tonnes: Tonnes) -> Callable[[str], float]:
    """The world's tonnes by month."""
    return lambda month: tonnes.get((month, WORLD), 0.0)


def _of_stops(run: str, some: Sequence[StopScore]) -> list[Score]:
    """Scores of stops."""
    return [
        _score(run, "buyers_right", [float(one.right) for one in some]),
        _score(run, "stop_error_days", [one.error for one in some]),
        _score(run, "stops_missed", [float(one.missed) for one in some]),
        _score(run, "stops_false", [float(one.false) for one in some]),
    ]


def _of_reaction(backtest: Backtest, runs: Runs) -> list[Score]:
    """What the reaction uses too early, and how many sub-buyers stop more with it than without; the largest counts."""
    middle = runs.ex_ante[backtest.design.middle]
    early = max(some.early for some in middle.values())
    more = float(max(middle[name].stopped - some.stopped for name, some in runs.waits.items()))
    return [
        Score("ex ante", name, some, some, len(middle))
        for name, some in (("too_early_tonnes", early), ("more_stops", more))
    ]


def judged(backtest: Backtest, found: Iterable[Score]) -> list[Judged]:
    """Every bar beside its score.

    Parameters
    ----------
    backtest : Backtest
    found : iterable of Score
    """
    by = {(score.run, score.score): score for score in found}
    return [Judged(bar, by[bar.run, bar.score]) for bar in backtest.bars]
