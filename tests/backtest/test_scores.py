"""Scores, by hand, and the forecasts that anybody could make."""

from __future__ import annotations

import math

import pytest

from optimizer.backtest.design import Backtest, load_backtest, months
from optimizer.backtest.foretold import Foretold
from optimizer.backtest.naive import naive
from optimizer.backtest.scores import (
    Score,
    cells_error,
    judged,
    means,
    peak_days,
    recovery,
    stop_of,
    stops,
    weighted,
    world_error,
)
from optimizer.world.load import load_case


@pytest.fixture(scope="module")
def backtest() -> Backtest:
    return load_backtest()


@pytest.fixture(scope="module")
def normal(backtest: Backtest) -> dict[str, float]:
    return means(load_case(backtest.design.case))


def said(**days: float) -> Foretold:
    return Foretold({}, days, len(days), 0.0, 0.0, 0.0)


def test_forecasts_that_anybody_could_make_have_the_errors_of_the_design(
    backtest: Backtest, normal: dict[str, float]
) -> None:
    found = {some.name: some.tonnes for some in naive(backtest, normal)}
    errors = {name: round(world_error(backtest, tonnes)) for name, tonnes in found.items()}
    assert errors == {
        "mean of the year before": 1498,
        "last month known (2025-02)": 1917,
        "same month a year before": 1349,
        "statute, share 0.35, all pass from 11 June": 1077,
        "statute, share 0.5, all pass from 11 June": 897,
        "statute, share 0.65, all pass from 11 June": 853,
    }


def test_what_came_has_no_error_and_the_peak_and_recovery_of_the_design(
    backtest: Backtest, normal: dict[str, float]
) -> None:
    came = backtest.came()
    assert world_error(backtest, {(month, "world"): tonnes for month, tonnes in came.items()}) == 0
    assert peak_days(came.__getitem__, backtest.months, normal["world"]) == pytest.approx(47, abs=0.1)
    assert recovery(came.__getitem__, backtest.months, 0.99 * normal["world"]) == 7
    true = {(row.month, row.destination): row.tonnes for row in backtest.observed}
    assert cells_error(backtest, true, normal) == 0


def test_a_month_of_the_next_year_is_later_and_none_is_never() -> None:
    some = months("2025-11", "2026-02")
    assert recovery({"2025-11": 9, "2025-12": 1, "2026-01": 4, "2026-02": 9}.__getitem__, some, 5) == 14
    assert recovery(lambda _: 1.0, some, 5) == 99


def test_weighted_percentiles_by_hand() -> None:
    values = [(30.0, 0.2), (10.0, 0.3), (20.0, 0.5)]
    assert [weighted(values, share) for share in (0.1, 0.3, 0.31, 0.8, 0.81)] == [10, 10, 20, 20, 30]


def test_a_stop_is_foretold_by_half_of_the_weight(backtest: Backtest) -> None:
    branches = {"statute": said(us=40, eu=50), "gallium": said(us=60), "us-denied": said(us=45, eu=55)}
    assert stop_of(backtest, branches, "us") == 45
    assert stop_of(backtest, branches, "eu") == 50
    assert stop_of(backtest, branches, "jp") is None
    assert stop_of(backtest, {"statute": said(), "gallium": said(kr=1), "us-denied": said()}, "kr") is None


def test_stops_hit_missed_and_false(backtest: Backtest) -> None:
    """The US on day 75, 18 after the last; the EU within; India missed; Korea a false alarm; Japan ten days early."""
    found = stops(backtest, {"seen": said(us=75, eu=50, kr=60, jp=42)})
    assert (found.right, found.hit, found.missed, found.false) == (2, 3, 1, 1)
    assert sorted(found.errors) == [0, 10, 18]
    assert found.error == 10
    assert stops(backtest, {"seen": said()}).error == math.inf
    assert stops(backtest, {"seen": said()}).right == 1


def test_a_bar_is_held_against_the_median_and_the_worst_is_told(backtest: Backtest) -> None:
    scores = [Score(bar.run, bar.score, bar.value, bar.value + 1000, 81) for bar in backtest.bars]
    first = next(one for one in judged(backtest, scores) if one.bar.bar == 1)
    assert (first.passed, first.passed_at_worst, first.gross) == (True, False, False)
