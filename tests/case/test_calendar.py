"""Dates, lengths and rates: any period, any date inside it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from optimizer.case.calendar import PREROLL, Calendar, add_months

YEARS = Calendar.of(dt.date(2027, 1, 1), [3] * 8 + [6] * 4)


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        ("2027-01-31", 1, "2027-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2027-03-15", -3, "2026-12-15"),
        ("2027-11-01", 14, "2029-01-01"),
    ],
)
def test_months_are_added_by_the_calendar(day: str, months: int, then: str) -> None:
    assert add_months(dt.date.fromisoformat(day), months) == dt.date.fromisoformat(then)


def test_periods_cover_four_years_without_gap() -> None:
    assert (YEARS.start, YEARS.end) == (dt.date(2027, 1, 1), dt.date(2031, 1, 1))
    assert YEARS.lengths.sum() == (YEARS.end - YEARS.start).days
    assert YEARS.years.sum() == pytest.approx(4.0)
    assert [YEARS.label(period) for period in (0, 7, 8, 11)] == ["2027Q1", "2028Q4", "2029H1", "2030H2"]


def test_a_leap_year_is_one_year() -> None:
    assert YEARS.years[4:8].sum() == pytest.approx(1.0)


def test_a_rate_that_changes_inside_a_period_counts_by_the_day() -> None:
    rates = np.zeros((1, YEARS.days))
    rates[0, YEARS.day(dt.date(2027, 2, 1)) :] = 365.0
    assert YEARS.total(rates)[0, 0] == pytest.approx(59.0)
    assert YEARS.mean(rates)[0, 0] == pytest.approx(365 * 59 / 90)


def test_days_before_the_horizon_carry_no_weight() -> None:
    rates = np.zeros((1, YEARS.days))
    rates[0, :PREROLL] = 1e9
    assert YEARS.total(rates).sum() == 0


def test_money_is_discounted_to_the_first_day() -> None:
    factors = YEARS.discount(0.08)
    assert factors[0] == pytest.approx(1.08 ** -(YEARS.years[0] / 2))
    assert (np.diff(factors) < 0).all()
    assert (YEARS.discount(0.0) == 1).all()


@pytest.mark.parametrize(
    ("months", "label"), [(1, "2027-01"), (3, "2027Q1"), (6, "2027H1"), (12, "2027"), (5, "2027-01-01")]
)
def test_labels(months: int, label: str) -> None:
    assert Calendar.of(dt.date(2027, 1, 1), [months]).label(0) == label
