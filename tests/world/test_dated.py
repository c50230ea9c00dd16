"""What a limit asks for on a day: steps on a law's days, ramps by the month, in whole windows and inside periods."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from optimizer.audit.audit import audit_plan
from optimizer.audit.books import Books
from optimizer.audit.dated import over_days
from optimizer.errors import CaseError
from optimizer.network.build import network_of
from optimizer.network.used_rows import rows_in_use
from optimizer.plans.long_tables import long_tables
from optimizer.world.dated import limits_by_day
from optimizer.world.load import load_case
from tests.helpers.command import lodestar_here
from tests.helpers.cost import least_cost
from tests.helpers.planned import plan
from tests.helpers.small import small

HEAD = "limit,measure,sense,value,stage,by,member,window,path,penalty,from,until\n"
MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
YEAR, QUARTERS = "periods: [{count: 1, months: 12}]", "periods: [{count: 4, months: 3}]"


def rows(*steps: tuple[str, float], path: str = "step", window: str = "year", measure: str = "volume") -> str:
    """A limit on what the one maker sells, its values by their days."""
    cells = "\n".join(
        f"law,{measure},at_most,{value},magnet,supplier,maker,{window},{path},,{day}," for day, value in steps
    )
    return HEAD + cells


def bounds(folder: Path, case: str, limits: str) -> list[float]:
    """Bounds of a limit, window by window, as the programme and as the auditor reads them."""
    case_read = load_case(str(small(folder, case, limits=limits)))
    network, books = network_of(case_read), Books(case_read, {})
    found = network.value("limit_value").tolist()
    for window, bound in zip(network.structure.windows, found, strict=True):
        mine = over_days(books, "value", window.limit, window.periods, per_year=window.row.per_year)
        assert mine == pytest.approx(bound, rel=1e-12)
    return found  # type: ignore[no-any-return]


def test_a_step_inside_a_window_counts_from_its_day(tmp_path: Path) -> None:
    """181 days at 200 t a year, 184 at 100."""
    limits = rows(("2027-01-01", 200), ("2027-07-01", 100))
    bound = (181 * 200 + 184 * 100) / 365
    assert bounds(tmp_path / "year", YEAR, limits) == pytest.approx([bound])
    folder = small(tmp_path / "plan", YEAR, limits=limits)
    assert least_cost(load_case(str(folder))) == pytest.approx(bound * 50_100 + (365 - bound) * 1_000_000)


def test_a_step_inside_a_period_counts_from_its_day(tmp_path: Path) -> None:
    limits = rows(("2027-01-01", 0.6), ("2027-02-10", 0.3), window="period", measure="share")
    assert bounds(tmp_path, QUARTERS, limits) == pytest.approx([(40 * 0.6 + 50 * 0.3) / 90, 0.3, 0.3, 0.3])


def test_a_rate_per_year_is_summed_by_the_days_of_each_year(tmp_path: Path) -> None:
    """100 t in 2027 and 200 t in the leap year 2028 are 300 t, each of its days worth a 366th."""
    limits = rows(("2027-01-01", 100), ("2028-01-01", 200), window="horizon")
    assert bounds(tmp_path, "periods: [{count: 2, months: 12}]", limits) == pytest.approx([300], rel=1e-12)


def test_a_ramp_moves_an_equal_part_every_month(tmp_path: Path) -> None:
    """From 120 to 0 t a year within a year: 120 in January, 110 in February, 10 in December."""
    limits = rows(("2027-01-01", 120), ("2028-01-01", 0), path="ramp")
    bound = sum(days * (120 - 10 * month) for month, days in enumerate(MONTHS)) / 365
    assert bounds(tmp_path / "year", YEAR, limits) == pytest.approx([bound])
    folder = small(tmp_path / "plan", YEAR, limits=limits)
    assert least_cost(load_case(str(folder))) == pytest.approx(bound * 50_100 + (365 - bound) * 1_000_000)
    monthly = rows(("2027-01-01", 0.6), ("2028-01-01", 0), path="ramp", window="period", measure="share")
    found = bounds(tmp_path / "months", "periods: [{count: 12, months: 1}]", monthly)
    assert found == pytest.approx([0.6 - 0.05 * month for month in range(12)])


def test_the_months_of_a_ramp_are_counted_from_its_own_day(tmp_path: Path) -> None:
    """From the last of January: February's last day, March's, April's, and 15 of 31 days more."""
    limits = rows(
        ("2026-12-01", 1), ("2027-01-31", 0.8), ("2027-05-15", 0), path="ramp", window="period", measure="share"
    )
    case = load_case(str(small(tmp_path / "case", QUARTERS, limits=limits)))
    said = limits_by_day(network_of(case).timelines, "value")["law"]
    months = 3 + 15 / 31
    for day, value in {
        dt.date(2026, 12, 31): 1.0,
        dt.date(2027, 1, 1): 1 - 0.2 / (1 + 30 / 31),
        dt.date(2027, 1, 31): 0.8,
        dt.date(2027, 2, 27): 0.8,
        dt.date(2027, 2, 28): 0.8 * (1 - 1 / months),
        dt.date(2027, 4, 29): 0.8 * (1 - 2 / months),
        dt.date(2027, 4, 30): 0.8 * (1 - 3 / months),
        dt.date(2027, 5, 15): 0.0,
    }.items():
        assert said.values[case.calendar.day(day)] == pytest.approx(value, abs=1e-12), day
    bounds(tmp_path / "both", QUARTERS, limits)


def test_a_limit_that_ends_counts_no_day_after_it(tmp_path: Path) -> None:
    """The window that begins before the end goes by the days on which the limit says something."""
    ended = HEAD + "law,share,at_most,0.5,magnet,supplier,maker,year,step,,2027-01-01,2027-04-01"
    assert bounds(tmp_path, YEAR, ended) == pytest.approx([0.5])


def test_a_penalty_goes_by_steps_also_on_a_ramp(tmp_path: Path) -> None:
    limits = HEAD + "\n".join(
        f"law,share,at_most,{value},magnet,supplier,maker,year,ramp,{penalty},{day},"
        for day, value, penalty in (("2027-01-01", 0.5, 1000), ("2027-07-01", 0.4, 3000))
    )
    case = load_case(str(small(tmp_path, YEAR, limits=limits)))
    assert network_of(case).value("breach_price") == pytest.approx([(181 * 1000 + 184 * 3000) / 365])


def test_rows_that_replace_others_within_a_window_are_in_use(tmp_path: Path) -> None:
    """On a ramp also the one after the last day; on steps not."""
    steps = (("2027-01-01", 200.0), ("2027-07-01", 100.0), ("2029-01-01", 50.0))
    for path, used in (("step", {0, 1}), ("ramp", {0, 1, 2})):
        case = load_case(str(small(tmp_path / path, YEAR, limits=rows(*steps, path=path))))
        assert rows_in_use(network_of(case).structure, "limits") == used


def test_a_ramp_that_leads_nowhere_is_a_fault(tmp_path: Path) -> None:
    folder = small(tmp_path / "one", YEAR, limits=rows(("2027-01-01", 120), path="ramp"))
    with pytest.raises(
        CaseError, match=r"limits\.csv, row 2: path: expected a later row of law that its ramp leads to"
    ):
        load_case(str(folder))
    mixed = rows(("2027-01-01", 120)) + "\nlaw,volume,at_most,60,magnet,supplier,maker,year,ramp,,2027-07-01,"
    with pytest.raises(CaseError, match=r"limits\.csv, row 3: path: expected step as in .*limits\.csv, row 2"):
        load_case(str(small(tmp_path / "mixed", YEAR, limits=mixed)))
    other = lodestar_here(
        "check", str(small(tmp_path / "word", YEAR, limits=rows(("2027-01-01", 1), path="slope"))), code=2
    )
    assert "path: expected one of the known words, found 'slope'. Known: ramp, step." in other.stderr


def test_the_auditor_reads_days_and_not_first_rows(tmp_path: Path) -> None:
    """Of 365 t, 149.6 may come from the maker; a plan that says it went by the first row alone is refused."""
    plans = plan(str(small(tmp_path, YEAR, limits=rows(("2027-01-01", 200), ("2027-07-01", 100)))), [])
    tables = long_tables(plans.outcome())
    assert audit_plan(plans.planner.case, tables) == []
    wrong = tables["limits"].assign(bound=200.0)
    assert any(
        "as its table says" in str(fault) for fault in audit_plan(plans.planner.case, {**tables, "limits": wrong})
    )
