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


DAY = dt.date.fromisoformat


@pytest.mark.parametrize(
    ("days", "bounds"),
    [
        (["2027-11-15"], ["2027-10-01", "2027-11-15", "2028-01-01"]),
        (["2027-09-28"], ["2027-09-28", "2028-01-01"]),
        (["2027-12-28", "2028-01-04"], ["2027-10-01", "2028-01-01"]),
        (["2027-11-15", "2027-11-18"], ["2027-10-01", "2027-11-15", "2028-01-01"]),
        (["2027-10-01", "2026-12-01", "2040-01-01"], ["2027-10-01", "2028-01-01"]),
        (["2027-10-05", "2027-10-09"], ["2027-10-05", "2028-01-01"]),
        (["2027-09-28", "2027-10-01"], ["2027-10-01", "2028-01-01"]),
    ],
)
def test_a_cut_leaves_no_sliver(days: list[str], bounds: list[str]) -> None:
    found = YEARS.cut([DAY(day) for day in days])
    assert [str(bound) for bound in found.bounds[found.bounds.index(DAY(bounds[0])) :]][: len(bounds)] == bounds
    assert len(found.bounds) == len(YEARS.bounds) + len(bounds) - 2
    assert (found.lengths > 5).all()


def test_no_cut_moves_the_first_day_of_a_limit() -> None:
    assert YEARS.cut([DAY("2027-09-28")], kept=[DAY("2027-10-01")]).bounds == YEARS.bounds


def test_parts_of_periods_are_gathered_into_quarters_or_what_they_were_cut_from() -> None:
    cut = YEARS.cut([DAY("2027-11-15"), DAY("2029-02-10"), DAY("2029-05-20"), DAY("2029-06-28")])
    assert [cut.gathered(period) for period in cut.periods][3:12] == [
        "2027Q4", "2027Q4", "2028Q1", "2028Q2", "2028Q3", "2028Q4", "2029H1", "2029H1", "2029H1"
    ]  # fmt: skip
    months = Calendar.of(DAY("2027-01-01"), [1] * 12).cut([DAY("2027-03-28")])
    assert [months.gathered(period) for period in months.periods] == [f"2027Q{quarter}" for quarter in "111222333444"]


MONTHS = Calendar.of(dt.date(2027, 1, 1), [1] * 30 + [3] * 6).cut([dt.date(2027, 10, 9), dt.date(2028, 4, 3)])


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("2027-02", ["2027-02"]),
        ("2027Q4", ["2027-10-01", "2027-10-09", "2027-11", "2027-12"]),
        ("2027-10", ["2027-10-01", "2027-10-09"]),
        ("2027-10-12", ["2027-10-09"]),
        ("2028-04-03", ["2028-04-03"]),
        ("2030Q4", ["2030Q4"]),
        ("2030-11", ["2030Q4"]),
        ("2030H2", ["2030Q3", "2030Q4"]),
        ("2031", []),
        ("2027Q5", []),
        ("2027-13", []),
        ("2027-02-30", []),
        ("Q1", []),
    ],
)
def test_a_name_stands_for_the_periods_in_it(name: str, found: list[str]) -> None:
    assert [MONTHS.label(period) for period in MONTHS.within(name)] == found


def test_periods_are_told_in_a_line() -> None:
    assert YEARS.told() == "2027Q1 to 2028Q4, 2029H1 to 2030H2"
    assert MONTHS.told() == "2027-01 to 2029-06, 2029Q3 to 2030Q4; cut on 2027-10-09, 2028-04-03"
    assert Calendar.of(dt.date(2027, 1, 1), [12]).told() == "2027"


PAIRS = Calendar.of(dt.date(2027, 1, 1), [1] * 30 + [2] * 9).cut([dt.date(2027, 10, 9), dt.date(2030, 12, 9)])


@pytest.mark.parametrize(
    ("calendar", "months", "names"),
    [
        (MONTHS, 3, [f"{year}Q{part}" for year in range(2027, 2031) for part in range(1, 5)]),
        (MONTHS, 6, [f"{year}H{part}" for year in range(2027, 2031) for part in (1, 2)]),
        (MONTHS, 12, ["2027", "2028", "2029", "2030"]),
        (PAIRS, 3, [f"{y}Q{q}" for y in (2027, 2028) for q in range(1, 5)] + ["2029H1", "2029H2", "2030H1", "2030H2"]),
        (PAIRS, 6, [f"{year}H{part}" for year in range(2027, 2031) for part in (1, 2)]),
        (YEARS, 3, [YEARS.label(period) for period in YEARS.periods]),
        (Calendar.of(dt.date(2027, 1, 1), [3, 9]), 3, ["2027Q1", "2027-04-01"]),
        (Calendar.of(dt.date(2027, 1, 1), [1, 1, 10]), 3, ["2027-01", "2027-02", "2027-03-01"]),
        (Calendar.of(dt.date(2027, 1, 1), [1, 1, 1, 9]), 3, ["2027Q1", "2027-04-01"]),
        (Calendar.of(dt.date(2027, 2, 1), [1] * 5), 3, ["2027Q1", "2027Q2"]),
        (Calendar.of(dt.date(2027, 12, 1), [2, 1]), 3, ["2027-12-01", "2028-02"]),
    ],
)
def test_periods_are_gathered(calendar: Calendar, months: int, names: list[str]) -> None:
    """Into quarters or longer parts, all of whose periods they hold and nothing else."""
    assert list(dict.fromkeys(calendar.gathered(period, months) for period in calendar.periods)) == names


def test_two_months_have_a_name_and_are_found_by_it() -> None:
    last = [PAIRS.label(period) for period in PAIRS.periods][-3:]
    assert last == ["2030-09/10", "2030-11-01", "2030-12-09"]
    assert [PAIRS.label(period) for period in PAIRS.within("2030-09/10")] == ["2030-09/10"]
    assert [PAIRS.label(period) for period in PAIRS.within("2030-10")] == ["2030-09/10"]
    assert PAIRS.told() == "2027-01 to 2029-06, 2029-07/08 to 2030-11/12; cut on 2027-10-09, 2030-12-09"
