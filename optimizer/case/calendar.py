"""The calendar: dates and yearly rates turned into periods of any length."""

from __future__ import annotations

import calendar as months_of
import datetime as dt
import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

PREROLL = 400
"""Days before the horizon that the daily axis also covers, so that rules already running are seen."""
TRANSIT_ROOM = 60
"""Days by which a scenario may lengthen a transit: arrivals that late are built, and no later ones."""

SLIVER = 5
"""Days: a cut no farther than that from another bound moves it, or is taken to be that day; no period is so short."""


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day of the month so many months later (earlier if negative); the last day where there is none.

    Parameters
    ----------
    day : date
    months : int
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, months_of.monthrange(year, month + 1)[1]))


@dataclass(frozen=True)
class Calendar:
    """Periods of a case.

    Parameters
    ----------
    bounds : tuple of date
        First day of every period, and the day after the last one; T + 1 days.
    plain : tuple of date
        The same before anything was cut; the bounds, where it is left out.
    """

    bounds: tuple[dt.date, ...]
    plain: tuple[dt.date, ...] = ()

    @classmethod
    def of(cls, start: dt.date, lengths: list[int]) -> Calendar:
        """A calendar from its first day and the length of each period in months.

        Parameters
        ----------
        start : date
        lengths : list of int, shape (T,)
            Months in each period.
        """
        bounds = [start]
        for months in lengths:
            bounds.append(add_months(bounds[-1], months))
        return cls(tuple(bounds))

    def cut(self, days: Iterable[dt.date], kept: Iterable[dt.date] = ()) -> Calendar:
        """The calendar with periods cut in two on some days; days outside the horizon cut nothing.

        A day within `SLIVER` days of one bound moves it there. The first and the last day, the first of a year and
        days to keep stay where they are, as do cuts: then the bound stands for the day.

        Parameters
        ----------
        days : iterable of date
        kept : iterable of date, optional
            Bounds that do not move, as limits begin and end on them.
        """
        asked = set(days)
        bounds, movable = list(self.bounds), set(self.bounds[1:-1]) - set(kept) - asked
        movable -= {bound for bound in movable if (bound.month, bound.day) == (1, 1)}
        for day in sorted(asked - set(bounds)):
            if not self.start < day < self.end:
                continue
            near = [bound for bound in bounds if abs((bound - day).days) <= SLIVER]
            if len(near) == 1 and near[0] in movable:
                bounds.remove(near[0])
            if not near or near[0] not in bounds:
                bounds = sorted([*bounds, day])
        return Calendar(tuple(bounds), self.plain or self.bounds)

    @property
    def start(self) -> dt.date:
        """The first day."""
        return self.bounds[0]

    @property
    def end(self) -> dt.date:
        """The day after the last."""
        return self.bounds[-1]

    @property
    def periods(self) -> range:
        """0 to T - 1."""
        return range(len(self.bounds) - 1)

    @cached_property
    def lengths(self) -> NDArray[np.float64]:
        """Days in each period, shape (T,)."""
        return np.diff([bound.toordinal() for bound in self.bounds]).astype(float)

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        """Daily index of each bound, shape (T + 1,)."""
        return np.array([self.day(bound) for bound in self.bounds])

    @cached_property
    def parts(self) -> NDArray[np.float64]:
        """What part of a period of the case each one is, at most 1, shape (T,): less only where that is cut."""
        plain = np.array([bound.toordinal() for bound in self.plain or self.bounds])
        middles = np.array([bound.toordinal() for bound in self.bounds[:-1]]) + self.lengths / 2
        place = np.clip(np.searchsorted(plain, middles, side="right"), 1, len(plain) - 1)
        return np.asarray(np.minimum(1.0, self.lengths / (plain[place] - plain[place - 1])))

    @cached_property
    def days(self) -> int:
        """Length of the daily axis, the days before the horizon included."""
        return PREROLL + (self.end - self.start).days

    def day(self, date: dt.date | None, *, late: bool = False) -> int:
        """Place of a date on the daily axis, clipped to it; None is the first day, or the last if `late`.

        Parameters
        ----------
        date : date or None
        late : bool, optional
            Only matters where there is no date.
        """
        if date is None:
            return self.days if late else 0
        return max(0, min((date - self.start).days + PREROLL, self.days))

    def later(self, day: int, months: float) -> float:
        """Place of the same day of the month so many months after a day, or of its last; not clipped to the axis.

        A part of a month is that part of the days to the month after.

        Parameters
        ----------
        day : int
            Place on the daily axis.
        months : float
        """
        date, whole = self.start + dt.timedelta(days=day - PREROLL), int(months)
        first, after = add_months(date, whole), add_months(date, whole + 1)
        return day + (first - date).days + (months - whole) * (after - first).days

    @cached_property
    def year_weights(self) -> NDArray[np.float64]:
        """Share of its calendar year that each day is, shape (days,): a rate per year times this sums to tonnes."""
        first = self.start - dt.timedelta(days=PREROLL)
        years = [(first + dt.timedelta(days=day)).year for day in range(self.days)]
        return np.array([1 / (366 if months_of.isleap(year) else 365) for year in years])

    @cached_property
    def years(self) -> NDArray[np.float64]:
        """Length of each period in years, shape (T,)."""
        return np.asarray(self.total(np.ones((1, self.days)))[0])

    def total(self, rates: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sum of a daily rate per year over each period: (n, days) -> (n, T)."""
        return np.asarray(np.add.reduceat(rates * self.year_weights, self.offsets[:-1], axis=1))

    def mean(self, values: NDArray[np.float64] | NDArray[np.bool_]) -> NDArray[np.float64]:
        """Mean of a daily value over each period: (n, days) -> (n, T)."""
        return np.asarray(np.add.reduceat(np.asarray(values, float), self.offsets[:-1], axis=1) / self.lengths)

    def discount(self, rate: float) -> NDArray[np.float64]:
        """Factor that brings money of mid-period back to the start, shape (T,)."""
        ends = np.cumsum(self.years)
        return np.asarray((1 + rate) ** -(ends - self.years / 2))

    def discount_of(self, rate: float, day: int) -> float:
        """Factor that brings money of a day of the horizon back to the start.

        Parameters
        ----------
        rate : float
            Per year, as a share.
        day : int
            Place on the daily axis.
        """
        return float((1 + rate) ** -self.year_weights[PREROLL:day].sum())

    def label(self, period: int) -> str:
        """Name of a period: 2027-03, 2027-03/04, 2027Q1, 2029H1, 2030, or its first day where it is none of these."""
        return _label(self.bounds[period], self.bounds[period + 1])

    def gathered(self, period: int, months: int = 3) -> str:
        """Name of the quarter, or of the longer part of a year or period, that most of a period lies in.

        What is shorter than a quarter is gathered into quarters where those of its year end where periods do, before
        any was cut; else, such as pairs of months, into half-years, or into the year.

        Parameters
        ----------
        period : int
        months : int, optional
            Of half-years, with 6, instead of quarters; of years, with 12.
        """
        plain = self.plain or self.bounds
        middle = self.bounds[period] + (self.bounds[period + 1] - self.bounds[period]) / 2
        place = min(bisect_right(plain, middle), len(plain) - 1)
        first, last = plain[place - 1], plain[place]
        pairs = [(a, b) for a, b in pairwise(plain) if a.year == first.year]
        short = [pair for pair in pairs if _months(*pair) < months]
        if (first, last) in short:
            for length in (some for some in PARTS if some >= months):
                parts = {_part(pair[0], length) for pair in short}
                begun, ended = {part[0] for part in parts}, {part[1] for part in parts}
                whole = {day for day in begun | ended if plain[0] < day < plain[-1]} <= set(plain)
                alone = all(pair in short for pair in pairs if _part(pair[0], length) in parts)
                if whole and alone:
                    return _label(*_part(first, length))
        return _label(first, last)

    def told(self) -> str:
        """Its periods in words: of several of one length the first and the last, and the days that were cut in."""
        plain = Calendar(self.plain or self.bounds)
        months = [_months(plain.bounds[period], plain.bounds[period + 1]) for period in plain.periods]
        runs = [[place for place, _ in run] for _, run in groupby(enumerate(months), key=lambda one: one[1])]
        names = [" to ".join(plain.label(place) for place in dict.fromkeys((run[0], run[-1]))) for run in runs]
        days = [str(bound) for bound in self.bounds if bound not in plain.bounds]
        return ", ".join(names) + (f"; cut on {', '.join(days)}" if days else "")

    def within(self, name: str) -> list[int]:
        """Periods that a name stands for: the one of that name, else those in a year, half, quarter or month of it.

        A day stands for the period that it lies in. Nothing where there is no such name, or no such period.

        Parameters
        ----------
        name : str
            Such as 2028, 2028H1, 2028Q3, 2028-08 or 2028-08-15.
        """
        if own := [period for period in self.periods if self.label(period) == name]:
            return own
        if (span := _span(name)) is None:
            return []
        first, last = span
        return [period for period in self.periods if self.bounds[period] < last and first < self.bounds[period + 1]]


PARTS = (3, 6, 12)
"""Months of the parts of a year that shorter periods are gathered into."""


def _part(day: dt.date, months: int) -> tuple[dt.date, dt.date]:
    """First day of the part of a year that a day lies in, and the day after its last."""
    first = dt.date(day.year, day.month - (day.month - 1) % months, 1)
    return first, add_months(first, months)


NAME = re.compile(r"(\d{4})(?:H([12])|Q([1-4])|-(\d{2})(?:-(\d{2}))?)?")
"""A year, half-year, quarter, month or day as periods are named."""


def _span(name: str) -> tuple[dt.date, dt.date] | None:
    """First day of what a name stands for, and the day after its last; None where it is no such name."""
    if (found := NAME.fullmatch(name)) is None:
        return None
    year, half, quarter, month, day = (int(part) if part else 0 for part in found.groups())
    length = 6 if half else 3 if quarter else 1 if month else 12
    try:
        first = dt.date(year, month or (max(half, quarter, 1) - 1) * length + 1, day or 1)
        return first, first + dt.timedelta(days=1) if day else add_months(first, length)
    except ValueError:
        return None


def _months(first: dt.date, last: dt.date) -> int:
    """Months from the month of one day to that of another."""
    return (last.year - first.year) * 12 + last.month - first.month


def _label(first: dt.date, last: dt.date) -> str:
    """Name of the days from one to before another."""
    months = _months(first, last)
    aligned = first.day == 1 and last.day == 1 and (first.month - 1) % max(months, 1) == 0
    part = (first.month - 1) // max(months, 1) + 1
    names = {
        1: f"{first:%Y-%m}",
        2: f"{first:%Y-%m}/{first.month + 1:02}",
        3: f"{first.year}Q{part}",
        6: f"{first.year}H{part}",
        12: f"{first.year}",
    }
    return names[months] if aligned and months in names else first.isoformat()
