"""The reference that licences are a share of: what the plan ships once export and content licences are lifted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.case.calendar import PREROLL, Calendar
from optimizer.network.structure import Structure

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Reference:
    """Trade of the plan that knows no licences, by calendar year; `trade` stands before it where it states a figure.

    Parameters
    ----------
    shipped : array, shape (licences, years)
        What goes under each licence, t/year; of a year that the horizon holds in part, at the rate of that part.
    part : array, shape (applicant licences, years)
        Share of their licence that goes to applicants: in the year, or over the horizon where nothing goes in it.
    planned : array, shape (licences, T), optional
        What the base plan ships under each licence in periods in which it restricts nothing there, t; 0 in others. On
        days on which a scenario leaves it so, that much may go too. None until there is a base plan.
    """

    shipped: Floats
    part: Floats
    planned: Floats | None = None

    @classmethod
    def of(cls, structure: Structure, shipped: Floats) -> Reference:
        """The reference that a plan is.

        Parameters
        ----------
        structure : Structure
        shipped : array, shape (lanes, T)
            What leaves on each lane, in the order of the index set, t.
        """
        licensing, number = structure.licensing, {lane: n for n, lane in enumerate(structure.index["lanes"])}
        year, whole = years_of(structure.calendar), structure.calendar.year_weights
        inside = np.arange(len(year)) >= structure.calendar.offsets[0]
        lasts = np.bincount(year, weights=whole * inside)

        def by_year(lanes: list[list[int]]) -> Floats:
            found = np.zeros((len(lanes), len(lasts)))
            for row, some in enumerate(lanes):
                found[row] = _by_year(structure.calendar, year, shipped[some].sum(axis=0), len(lasts))
            return np.where(found > NOTHING, found, 0.0)

        tonnes = by_year([[number[lane] for lane in some] for some in licensing.lanes.values()])
        theirs = by_year([[number[lane] for lane in some] for some in licensing.applicants.values()])
        licence = {key: n for n, key in enumerate(licensing.lanes)}
        of_all = [licence[licensing.whole(key)] for key in licensing.applicants]
        all_ = tonnes[of_all].reshape(theirs.shape)
        everybody = [
            len(set(some)) == len(set(licensing.lanes[licensing.whole(key)]))
            for key, some in licensing.applicants.items()
        ]
        ever = _share(theirs.sum(axis=1), all_.sum(axis=1), np.zeros(len(theirs)))
        part = _share(theirs, all_, np.broadcast_to(ever[:, None], theirs.shape))
        part[np.array(everybody, bool)] = 1.0
        return cls(_share(tonnes, np.broadcast_to(lasts, tonnes.shape), np.zeros_like(tonnes)), part)


def years_of(calendar: Calendar) -> NDArray[np.int64]:
    """Calendar year of each day of the axis, counted from that of the first, shape (days,)."""
    first = np.datetime64(calendar.start - dt.timedelta(days=PREROLL), "D")
    year = (first + np.arange(calendar.days)).astype("datetime64[Y]").astype(np.int64)
    return np.asarray(year - year[0], np.int64)


def first_year(calendar: Calendar) -> int:
    """The calendar year from which `years_of` counts."""
    return (calendar.start - dt.timedelta(days=PREROLL)).year


def _by_year(calendar: Calendar, year: NDArray[np.int64], tonnes: Floats, count: int) -> Floats:
    """Tonnes of each period, which leave evenly through it, by year."""
    daily = np.zeros(len(year))
    for period, (first, last) in enumerate(zip(calendar.offsets, calendar.offsets[1:], strict=False)):
        daily[first:last] = tonnes[period] / (last - first)
    return np.asarray(np.bincount(year, weights=daily, minlength=count), float)


def _share(some: Floats, all_: Floats, otherwise: Floats) -> Floats:
    """Some of all; what stands otherwise where all is nothing."""
    return np.where(all_ > NOTHING, some / np.where(all_ > NOTHING, all_, 1.0), otherwise)


NOTHING = 1e-9
"""Tonnes up to which nothing was shipped: what a solver leaves of a 0 is no trade, and new business is none of it."""
