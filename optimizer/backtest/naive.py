"""Forecasts that anybody could make, to be beaten."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from optimizer.backtest.design import WORLD, Backtest, Observed


@dataclass(frozen=True)
class Naive:
    """A forecast that anybody could make.

    Parameters
    ----------
    name : str
    tonnes : dict
        The world's, by month.
    """

    name: str
    tonnes: dict[tuple[str, str], float]


def naive(backtest: Backtest, normal: Mapping[str, float]) -> list[Naive]:
    """Forecasts to beat: the mean of the year before, the last month known, the same month a year before, one line.

    Parameters
    ----------
    backtest : Backtest
    normal : mapping of str to float
        Tonnes a month of the year before.
    """
    came, months = backtest.came(), backtest.months

    def world(name: str, tonnes: Callable[[str], float]) -> Naive:
        return Naive(name, {(month, WORLD): tonnes(month) for month in months})

    known = max(row.month for row in _before(backtest) if _told(row, backtest))
    found = [
        world("mean of the year before", lambda _: normal[WORLD]),
        world(f"last month known ({known})", lambda _: came[known]),
        world("same month a year before", lambda month: came[f"{int(month[:4]) - 1}{month[4:]}"]),
    ]
    for share in backtest.design.grid.shares:
        passes = {months[0]: 3 / 30, months[1]: 0.0, months[2]: 20 / 30}
        line = {month: normal[WORLD] * (1 - share + share * passes.get(month, 1.0)) for month in months}
        found.append(world(f"statute, share {share:g}, all pass from 11 June", line.__getitem__))
    return found


def _before(backtest: Backtest) -> list[Observed]:
    """The world's months of the time before."""
    return [row for row in backtest.observed if row.use == "before" and row.destination == WORLD]


def _told(row: Observed, backtest: Backtest) -> bool:
    """Whether customs had published a month by the day: they do on the 20th of the next."""
    year, month = map(int, row.month.split("-"))
    published = (year + month // 12, month % 12 + 1, 20)
    day = backtest.design.day
    return published <= (day.year, day.month, day.day)
