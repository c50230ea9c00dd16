"""The case at points of the grid, and what a plan of it foretells, by a branch made up for the test."""

from __future__ import annotations

import datetime as dt

import pytest

from optimizer.backtest.design import Backtest, load_backtest, months
from optimizer.backtest.foretold import Foretold
from optimizer.backtest.grid import afloat, buyer_of, case_at, with_hold, with_multiple, without_reaction
from optimizer.backtest.run import Teller, points
from optimizer.case.case import Case
from optimizer.engine.pool import Pool
from optimizer.world.load import load_case
from optimizer.world.scenario import Scenario, scenario_from

STOP = {
    "what": "nothing is granted to September",
    "table": "grants",
    "where": {"days": [0, 61, 68]},
    "set": {"share": 0},
    "from": "2025-04-04",
    "until": "2025-09-01",
}


@pytest.fixture(scope="module")
def backtest() -> Backtest:
    return load_backtest()


@pytest.fixture(scope="module")
def case(backtest: Backtest) -> Case:
    return load_case(backtest.design.case)


@pytest.fixture(scope="module")
def told(backtest: Backtest, case: Case) -> dict[str, Foretold]:
    """A plan of a made-up branch, of it without the reaction, and with free goods held for four weeks."""
    content = {
        "name": "toy",
        "title": "t",
        "probability": 1,
        "announced": "2025-04-01",
        "source": "s",
        "events": [STOP],
    }
    toy: Scenario = with_multiple(scenario_from(content), backtest.design.rule, 1.5)
    rule = backtest.design.rule
    with Pool(1) as pool:
        teller = Teller(backtest, case_at(case, backtest, backtest.design.middle), pool)
        return teller.tell([toy, without_reaction(toy, rule), with_hold(toy, rule, 28)])


def test_the_middle_is_the_case_as_it_is_committed(backtest: Backtest, case: Case) -> None:
    made = case_at(case, backtest, backtest.design.middle)
    for table, rows in case.tables.items():
        for row, other in zip(rows, made.tables.rows(table), strict=True):
            for field, cell in row.model_dump().items():
                found = getattr(other, field)
                assert found == (pytest.approx(cell, rel=1e-3, abs=1e-3) if isinstance(cell, float) else cell), row


def test_a_share_moves_tonnes_and_leaves_their_sum(backtest: Backtest, case: Case) -> None:
    for point in points(backtest):
        if (point.multiple, point.ramp) != (1.0, 1):
            continue
        made = case_at(case, backtest, point)
        tonnes = {
            p: sum(row.tonnes for row in made.tables.demand if row.product == p) for p in ("dytb-magnet", "free-magnet")
        }
        assert tonnes["dytb-magnet"] == pytest.approx(58152 * point.share)
        assert sum(tonnes.values()) == pytest.approx(58152)
        assert sum(row.tonnes for row in made.tables.trade) == pytest.approx(tonnes["dytb-magnet"])
        (ramp,) = {row.ramp_days for row in made.tables.substitutions}
        assert ramp == 30


def test_stocks_are_days_of_use_and_goods_afloat_are_the_transit(backtest: Backtest, case: Case) -> None:
    point = backtest.design.middle.model_copy(update={"stock": "high", "share": 0.65})
    made = case_at(case, backtest, point)
    daily = {row.site: row.tonnes / 365 for row in made.tables.demand if row.product == "dytb-magnet"}
    days = {row.site: row.opening / daily[row.site] for row in made.tables.stocks if row.material == "dytb-magnet"}
    assert days["eu-1"] == pytest.approx(20)
    assert days["jp-3"] == pytest.approx(60)
    water: dict[str, float] = {}
    for row in made.tables.arrivals:
        if row.material == "dytb-magnet":
            water[row.site] = water.get(row.site, 0.0) + row.tonnes / daily[row.site]
    assert {buyer_of(site): round(some) for site, some in water.items()} == {
        "eu": 38, "us": 28, "kr": 7, "in": 25, "jp": 9, "row": 28,
    }  # fmt: skip
    assert list(afloat(1.0, 10, dt.date(2025, 4, 1))) == [(dt.date(2025, 4, 1), 7), (dt.date(2025, 4, 8), 3)]
    seen = case_at(case, backtest, backtest.design.middle, seen=True)
    assert {row.cover for row in seen.tables.stocks if row.site == "kr-3"} == {365}


@pytest.mark.slow
def test_tonnes_are_of_the_month_in_which_they_leave(told: dict[str, Foretold]) -> None:
    """Of free goods that are held 28 days from the fourth of April on, what comes by the third leaves in April."""
    plain, held = told["toy-150"].tonnes, told["toy-150-hold-28"].tonnes
    assert held["2025-04", "world"] < plain["2025-04", "world"] / 2
    for some in (plain, held):
        for month in months("2025-04", "2026-03"):
            buyers = sum(some.get((month, buyer), 0.0) for buyer in ("eu", "us", "kr", "in", "jp", "row"))
            assert some.get((month, "world"), 0.0) == pytest.approx(buyers)


def test_a_reaction_stops_nobody_who_would_not_stop_without(told: dict[str, Foretold]) -> None:
    reacts, waits = told["toy-150"], told["toy-150-waits"]
    assert reacts.short < waits.short
    assert reacts.stopped <= waits.stopped
    assert waits.outside <= 23750 * 0.05 * 3 / 365 < reacts.outside  # the three days before the rule
    assert reacts.early == 0


def test_the_day_of_a_stop_is_when_stock_and_what_is_on_the_water_are_used(told: dict[str, Foretold]) -> None:
    """Of the United States the first sub-buyer has 28 days afloat, 10 in stock, and the three days before the rule."""
    assert 35 <= told["toy-150-waits"].stops["us"] <= 45
    assert told["toy-150-waits"].stops["us"] <= told["toy-150"].stops["us"]
