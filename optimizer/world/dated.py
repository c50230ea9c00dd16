"""What a limit's rows say on a day: each from its day on, or on a ramp that goes on to the next, month by month."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from optimizer.case.calendar import Calendar, add_months
from optimizer.world.steps import steps_of
from optimizer.world.timeline import Floats, Timelines

if TYPE_CHECKING:
    from optimizer.case.case import Case


@dataclass(frozen=True, eq=False)
class Dated:
    """A column of a limit by day.

    Parameters
    ----------
    values : array, shape (days,)
        In the column's unit; 0 on days on which nothing is said.
    said : array of bool, shape (days,)
        Days on which something is said.
    """

    values: Floats
    said: NDArray[np.bool_]

    def mean(self, calendar: Calendar, periods: tuple[int, ...], *, per_year: bool = False) -> float:
        """Mean over the days of some periods on which something is said; 0 where nothing is.

        Parameters
        ----------
        calendar : Calendar
        periods : tuple of int
            That follow one another.
        per_year : bool, optional
            Whether it is a rate per year: then it is summed over the years of the periods.
        """
        days = np.arange(calendar.offsets[periods[0]], calendar.offsets[periods[-1] + 1])
        days = days[self.said[days]]
        if not len(days):
            return 0.0
        values = self.values[days]
        weights = calendar.year_weights[days] if per_year else np.ones(len(days))
        # What never changes is told to the last digit.
        mean = values[0] if (values == values[0]).all() else values @ weights / weights.sum()
        return float(mean * (calendar.years[list(periods)].sum() if per_year else 1.0))


def limits_by_day(timelines: Timelines, column: str) -> dict[str, Dated]:
    """What limits say in a column on every day, by their name.

    Parameters
    ----------
    timelines : Timelines
    column : {'value', 'penalty'}
        A bound goes by the limit's path; a penalty by steps, and rows without one say nothing.
    """
    rows, series, active = timelines.case.tables.limits, timelines.series("limits", column), timelines.active("limits")
    found = {}
    for steps in steps_of(timelines.case, "limits"):
        values, said = np.zeros(timelines.calendar.days), np.zeros(timelines.calendar.days, bool)
        for here, after in zip(steps, [*steps[1:], None], strict=True):
            if getattr(rows[here], column) is None:
                continue
            value = series[here]
            if column == "value" and rows[here].path == "ramp" and after is not None:
                way = _way(timelines.calendar, rows[here].from_, rows[after].from_)
                value = value + way * (series[after] - value)
            values[active[here]], said[active[here]] = value[active[here]], True
        found[rows[steps[0]].limit] = Dated(values, said)
    return found


def _way(calendar: Calendar, first: dt.date, last: dt.date) -> Floats:
    """Part of the way from one day to another that is gone on every day, in steps of a month; 0 before it begins."""
    whole = (last.year - first.year) * 12 + last.month - first.month
    while add_months(first, whole) > last:
        whole -= 1
    reached, beyond = add_months(first, whole), add_months(first, whole + 1)
    months = whole + (last - reached).days / (beyond - reached).days
    way = np.zeros(calendar.days)
    for month in range(1, whole + 1):
        way[calendar.day(add_months(first, month)) :] = month / months
    return way


def rows_that_count(case: Case, number: int, periods: tuple[int, ...]) -> list[int]:
    """Rows of a limit whose values count in a window: the one it begins with, those that replace it within it.

    On a ramp the one counts too that it leads to.

    Parameters
    ----------
    case : Case
    number : int
        Row in force when the window begins.
    periods : tuple of int
        Of the window.
    """
    rows, end = case.tables.limits, case.calendar.bounds[periods[-1] + 1]
    steps = next(some for some in steps_of(case, "limits") if number in some)
    later = steps[steps.index(number) + 1 :]
    begun = [step for step in later if rows[step].from_ < end]
    return [number, *begun, *(later[len(begun) :][:1] if rows[number].path == "ramp" else ())]
