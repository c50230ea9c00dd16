"""Of all plans of one cost the one that is kept: stage by stage on what is still open, proved again at the end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.engine.always import always_held
from optimizer.engine.deadline import NEVER, Deadline
from optimizer.engine.even import least_squares
from optimizer.engine.face import Open, face, opened
from optimizer.engine.session import Session
from optimizer.program.answer import Answer
from optimizer.program.certificate import certify
from optimizer.program.order import Order
from optimizer.program.program import Arrays, Floats

SLIGHT = 1e-3
"""Weight of the squares of single flows beside those of rates."""
KEPT = 9e-8
"""Largest violation of a row: what is decided of a plan is held, and the solver takes up to 1e-7 for none."""
CHOSEN = ", in order"
"""What stands behind the method of an answer that all stages have chosen."""


def chosen(
    arrays: Arrays, answer: Answer, order: Order, solve_limit: float = 300.0, deadline: Deadline = NEVER
) -> Answer:
    """The one of the cheapest plans that an order keeps.

    Parameters
    ----------
    arrays : Arrays
    answer : Answer
        One of them, certified.
    order : Order
    solve_limit : float
        Seconds one stage may take.
    deadline : Deadline
        When everything must end.

    Returns
    -------
    Answer
        With the prices and the basis of the one that was found, and its own certificate; as far as the stages came,
        where one of them could not be proved.
    """
    left = opened(face(arrays, answer.y), answer.x)
    best, complete = answer, True
    for worth in order.largest:
        found = _largest(left, worth[left.columns], solve_limit, deadline)
        if found is None:
            complete = False
            break
        left, seconds = found
        best = _proved(arrays, best, left.x, seconds)
    if complete and len(left.columns):
        left = _with_inside(left, solve_limit, deadline)
    if complete and len(left.columns):
        even = _even(left, order)
        complete = even is not None
        if even is not None:
            last = _proved(arrays, best, left.whole(even), 0.0)
            best, complete = last, last.x is not best.x
    return replace(best, method=best.method + CHOSEN) if complete else best


def _proved(arrays: Arrays, answer: Answer, x: Floats, seconds: float) -> Answer:
    """A plan of the same cost in the place of another, if the same prices prove it; else that."""
    certificate, activity = certify(arrays, x, answer.y), arrays.times(x)
    broken = np.maximum(arrays.row_lower - activity, activity - arrays.row_upper)
    seconds += answer.seconds
    if not certificate.holds or float(broken.max(initial=0.0)) > KEPT:
        return replace(answer, seconds=seconds)
    return replace(answer, x=x, certificate=certificate, seconds=seconds)


def _largest(left: Open, worth: Floats, solve_limit: float, deadline: Deadline) -> tuple[Open, float] | None:
    """What stays open once a sum is as large as it can be, and the seconds that took; None where that is not proved."""
    if not worth.any():
        return left, 0.0
    arrays = replace(left.arrays, cost=-worth)
    answer = Session(arrays, solve_limit, deadline, sharp=True).solve(arrays)
    if not answer.certified:
        return None
    more = opened(face(arrays, answer.y), answer.x)
    return left.within(more), answer.seconds


def _with_inside(left: Open, solve_limit: float, deadline: Deadline) -> Open:
    """What is open once all that only seems to be is closed."""
    x = left.x[left.columns]
    held = always_held(left.arrays, x, np.maximum(np.abs(x), 1.0), solve_limit, deadline)
    return left.within(opened(held, x))


def _even(left: Open, order: Order) -> Floats | None:
    """Columns that are open, at the least sum of squares of rates and, slightly, of single flows."""
    rates, x = order.rates, left.x
    place = np.full(len(x), -1)
    place[left.columns] = np.arange(len(left.columns))
    at, capacity = place[rates.column], rates.capacity
    free = at >= 0
    fixed = np.bincount(rates.rate, weights=np.where(free, 0.0, x[rates.column]), minlength=len(capacity)) / capacity
    number = np.bincount(rates.rate, weights=free, minlength=len(capacity))
    usual, years = order.usual[left.columns], order.years[left.columns]
    weights = np.where(np.isfinite(usual), SLIGHT * years / usual**2, 0.0)
    sizes = np.where(np.isfinite(usual), usual, np.maximum(np.abs(x[left.columns]), 1.0))
    np.minimum.at(sizes, at[free], capacity[rates.rate[free]])
    alone = free & (number == 1)[rates.rate] & (fixed == 0.0)[rates.rate]
    weights[at[alone]] += (rates.years / capacity**2)[rates.rate[alone]]
    summed = np.flatnonzero((number > 0) & ~((number == 1) & (fixed == 0.0)))
    row = np.full(len(capacity), -1)
    row[summed] = np.arange(len(summed))
    some = free & (row[rates.rate] >= 0)
    arrays = _with_sums(left.arrays, row[rates.rate[some]], at[some], (1 / capacity)[rates.rate[some]], -fixed[summed])
    begins = np.concatenate([x[left.columns], np.zeros(len(summed))])
    begins[len(left.columns) :] = fixed[summed] + np.bincount(
        row[rates.rate[some]], weights=begins[at[some]] / capacity[rates.rate[some]], minlength=len(summed)
    )
    found = least_squares(
        arrays,
        np.concatenate([weights, rates.years[summed]]),
        np.concatenate([sizes, np.ones(len(summed))]),
        begins,
    )
    return None if found is None else found[: len(left.columns)]


def _with_sums(arrays: Arrays, row: np.ndarray, column: np.ndarray, value: Floats, side: Floats) -> Arrays:
    """A programme with columns behind that are sums of others."""
    width, height, more = len(arrays.cost), len(arrays.row_lower), len(side)
    none, own = np.zeros(more), np.arange(more)
    return arrays.more(
        (none, none - np.inf, none + np.inf),
        (side, side),
        (
            np.concatenate([column, width + own]),
            np.concatenate([height + row, height + own]),
            np.concatenate([value, none - 1.0]),
        ),
    )
