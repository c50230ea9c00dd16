"""Nothing of the forecast was known only afterwards, and what was read on a later page is listed and counted."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from optimizer.backtest.design import Backtest, load_backtest
from optimizer.backtest.inputs import check_inputs, later_pages
from optimizer.case.case import Case
from optimizer.errors import CaseError
from optimizer.network.build import network_of
from optimizer.plans.choose import choose
from optimizer.world.load import find_cases, load_case
from optimizer.world.select import Selector


@pytest.fixture(scope="module")
def backtest() -> Backtest:
    return load_backtest()


@pytest.fixture(scope="module")
def case(backtest: Backtest) -> Case:
    return load_case(backtest.design.case)


def faults(backtest: Backtest, case: Case, place: int = 0, **cells: Any) -> str:
    """What is said of the inputs with one row changed."""
    rows = list(backtest.inputs)
    rows[place] = rows[place].model_copy(update=cells)
    with pytest.raises(CaseError) as caught:
        check_inputs(rows, case, backtest.design.rule)
    return str(caught.value)


def test_the_forecast_rests_on_what_was_known(backtest: Backtest, case: Case) -> None:
    check_inputs(backtest.inputs, case, backtest.design.rule)
    assert backtest.design.rule - backtest.design.day == dt.timedelta(days=1)


def test_pages_of_a_later_day_are_counted_and_each_says_why(backtest: Backtest) -> None:
    later = later_pages(backtest.inputs)
    assert len(later) == 20
    assert all(row.why for row in later)


def test_hindsight_is_refused_in_the_forecast(backtest: Backtest, case: Case) -> None:
    assert "found hindsight" in faults(backtest, case, known="hindsight")
    known = next(number for number, row in enumerate(backtest.inputs) if row.page_date == backtest.design.rule)
    assert "expected a day to 2025-04-04" in faults(backtest, case, known, page_date=dt.date(2025, 4, 5))
    late = next(number for number, row in enumerate(backtest.inputs) if row.known.startswith("later"))
    assert "expected why" in faults(backtest, case, late, why="")
    assert "after 2025-04-04" in faults(backtest, case, late, page_date=dt.date(2025, 3, 1))


def test_a_row_of_the_case_that_no_input_tells_of_is_a_fault(backtest: Backtest, case: Case) -> None:
    place = next(number for number, row in enumerate(backtest.inputs) if row.table == "availability")
    said = faults(backtest, case, place, rows="other")
    assert "no row of the inputs says where 'magnet / CN / *' comes from" in said
    assert "no row of availability of april-2025 is called 'other'" in said


def test_only_what_is_fed_with_hindsight_has_any(backtest: Backtest) -> None:
    hindsight = [row for row in backtest.inputs if row.known == "hindsight"]
    assert hindsight
    assert {row.used for row in hindsight} == {"ex-post"}
    assert {row.rows for row in hindsight if row.table == "branches"} == {backtest.seen.name}


def test_months_that_no_page_gives_stay_empty(backtest: Backtest) -> None:
    assert max(row.month for row in backtest.observed) == "2026-03"
    assert sum(row.use == "cell" for row in backtest.observed) == 21
    assert [row.month for row in backtest.observed if row.use == "world"] == backtest.months
    assert not any("http" not in row.source for row in backtest.observed if row.confidence == "sourced")


def test_weights_add_up_and_the_branches_begin_with_the_rule(backtest: Backtest) -> None:
    assert sum(branch.probability for branch in backtest.branches) == pytest.approx(1)
    for branch in backtest.branches:
        assert all(event.from_ in (backtest.design.rule, dt.date(2025, 10, 4)) for event in branch.events)


def test_it_is_not_listed_and_no_bundled_scenario_is_tried_on_it(case: Case) -> None:
    assert case.name not in find_cases()
    network, selector = network_of(case), Selector(case)
    chosen = choose(network, selector, None)
    assert (chosen.fits, chosen.misfits) == ([], [])
