"""What of a decision list may wait, and until when: planned again with it begun later, while that costs nothing."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from optimizer.errors import SolveError
from optimizer.plans.amounts import change
from optimizer.plans.decisions import Decisions
from optimizer.program.answer import Answer
from optimizer.program.variant import Entries, Variant
from optimizer.questions.moved import moved
from optimizer.questions.probe import Probe, proved_cost

WAITS = ("project", "order", "licence")
"""Kinds that may be begun later; a contract is signed on its day, and stock is there when it is."""


def waits(probe: Probe, told: Sequence[Mapping[str, Any]]) -> list[str]:
    """The latest day on which each line may first be done, everything else planned again, at the same least cost.

    Nothing of a line is done in any period before that day; one period later the least cost is proved to rise, or no
    plan is proved. To begin later never costs less, so that the day is found by halving. Two lines may not be able to
    wait together.

    Parameters
    ----------
    probe : Probe
        Of the base plan.
    told : sequence of mapping of Column to value
        Lines of the decision list.

    Returns
    -------
    list of str
        First day of a period; empty where a line cannot wait, or is none that may.
    """
    bounds = probe.outcome.frame.calendar.bounds
    last = len(bounds) - 2
    open_ = {number: (_begun(line, bounds), last) for number, line in enumerate(told) if line[Decisions.kind] in WAITS}
    begun = {number: first for number, (first, _) in open_.items()}
    step = dict.fromkeys(open_, 1)  # most cannot wait at all, which one plan shows
    while asked := {n: _next(low, high, step[n]) for n, (low, high) in open_.items() if low < high}:
        answers = probe.solve_all([_later(probe, told[number], period) for number, period in asked.items()])
        for (number, period), answer in zip(asked.items(), answers, strict=True):
            low, high = open_[number]
            step[number] *= 2
            open_[number] = (period, high) if _as_cheap(probe, answer) else (low, period - 1)
    return [
        str(bounds[open_[number][0]]) if number in open_ and open_[number][0] > begun[number] else ""
        for number in range(len(told))
    ]


def _next(low: int, high: int, step: int) -> int:
    """The period asked about: near first, then in the middle."""
    return min(low + step, low + (high - low + 1) // 2)


def _begun(line: Mapping[str, Any], bounds: Sequence[dt.date]) -> int:
    """The period in which a line is first done."""
    it = Decisions
    days = {"licence": it.there_on, "order": it.leaves_on}
    day = dt.date.fromisoformat(line[days.get(line[it.kind], it.act_on)])
    return bisect_right(bounds, day) - 1


def _later(probe: Probe, line: Mapping[str, Any], period: int) -> Variant:
    """The plan with nothing of a line before a period."""
    if line[Decisions.kind] == "project":
        every = [(place, key) for place, key in probe.program.columns_at("start") if key[0] == line[Decisions.what]]
    else:
        every = list(moved(probe, line))
    at = np.array([place for place, key in every if key[-1] < period], np.int64)
    return probe.edited(column_upper=Entries(at, np.zeros(len(at))))


def _as_cheap(probe: Probe, answer: Answer) -> bool:
    """Whether an answer is proved to cost what the plan does."""
    try:
        return change(proved_cost(answer), probe.cost) == 0
    except SolveError:
        return False
