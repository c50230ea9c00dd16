"""Days inside a period between which a demand is seen by the day: how many there are, and what comes between them.

A period says how much comes and is used in it, not on which day. So a long one could be served in January by goods of
April. For each demand some days inside a long period are watched, those on which goods begin or cease to come; where
they fall in a world is found in `by_day`. What they bound is a stretch: from the first day of the period, or a watched
day, to a later one, or the end.
"""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

from optimizer.case.calendar import Calendar

MONTH, HALF_YEAR = 31, 184
"""Days of the longest month, and of the longer half of a year."""
WATCHED = 2
"""Days that are watched inside a period longer than a month, up to half a year; in a longer one it is twice that."""
FIRST, END = "start", "end"


class Stretch(NamedTuple):
    """A stretch of the days of a period, as a demand sees it."""

    site: str
    product: str
    end_use: str
    stretch: str


class StretchFlow(NamedTuple):
    """A flow that may bring something for a demand in a stretch of the days of a period, by its number."""

    site: str
    product: str
    end_use: str
    stretch: str
    flow: int
    period: int


def watched(calendar: Calendar, period: int) -> int:
    """How many days are watched inside a period; none where it is no longer than a month.

    Parameters
    ----------
    calendar : Calendar
    period : int
    """
    days = calendar.lengths[period]
    if days <= MONTH:
        return 0
    return WATCHED if days <= HALF_YEAR else 2 * WATCHED


def stretches(watched: int) -> list[tuple[int, int]]:
    """The stretches between the first day (0), days that are watched (1, ...), and the end; not all of the period.

    Parameters
    ----------
    watched : int
        How many days are.
    """
    return [pair for pair in combinations(range(watched + 2), 2) if pair != (0, watched + 1)]


def named(stretch: tuple[int, int], watched: int, *, at_most: bool = False) -> str:
    """What a stretch is called: `start to day 1`, `day 1 to day 2`, `day 2 to end`, and the same `at capacity`.

    Parameters
    ----------
    stretch : tuple of int
        As `stretches` gives it.
    watched : int
    at_most : bool, optional
        Whether all that could be made and sold for it counts in place of what the plan brings.
    """
    first, last = stretch
    name = f"{f'day {first}' if first else FIRST} to {f'day {last}' if last <= watched else END}"
    return f"{name} at capacity" if at_most else name


def stretch_names(calendar: Calendar) -> list[tuple[int, str, bool]]:
    """Every stretch: its period, what it is called, and whether it is one at capacity.

    Parameters
    ----------
    calendar : Calendar
    """
    return [
        (period, named(pair, days, at_most=at_most), at_most)
        for period in calendar.periods
        if (days := watched(calendar, period))
        for pair in stretches(days)
        for at_most in (False, True)
    ]


def begins(stretch: str) -> bool:
    """Whether a stretch begins with its period.

    Parameters
    ----------
    stretch : str
        As `named` gives it.
    """
    return stretch.startswith(FIRST)


def ends(stretch: str) -> bool:
    """Whether a stretch ends with its period.

    Parameters
    ----------
    stretch : str
        As `named` gives it.
    """
    return END in stretch.split()
