"""Cover: what is wanted in the days that follow, whatever is known of them, and every tonne of a stock counted once."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from optimizer.audit.audit import audit_plan
from optimizer.audit.verify import verify
from optimizer.case.calendar import Calendar
from optimizer.folder.write import write_plans
from optimizer.plans.lasting import _days
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import Plans
from tests.helpers.planned import plan
from tests.helpers.small import scenario, small

DEMAND = "site,product,end_use,from,tonnes,penalty\n"
STOCK = "site,material,opening,capacity,holding,cover,penalty\n"
YEARS, QUARTERS = "periods: [{count: 2, months: 12}]", "periods: [{count: 4, months: 3}]"
STEP = f"{DEMAND}buyer,magnet,civil,2027-01-01,365,9000000\nbuyer,magnet,civil,2028-01-01,732,9000000"
"""A tonne a day in 2027, two a day in the leap year 2028."""


def planned(folder: Path, *scenarios: Path) -> Plans:
    """The plans of a case, to which an auditor has nothing to object, whether told which answer it is or not."""
    plans = plan(str(folder), [str(path) for path in scenarios])
    happens = {some.name: some for some in plans.scenarios}
    for (name, answer), outcome in plans.outcomes.items():
        for told in ("", answer):
            tables = long_tables(outcome)
            assert audit_plan(plans.planner.network.case, tables, happens.get(name), plans.scenarios, told) == []
    return plans


def cost(plans: Plans, scenario: str = "base", answer: str = "react") -> float:
    """What an answer costs."""
    return plans.outcome(scenario, answer).answer.proof("no plan").objective


def targets(plans: Plans, scenario: str = "base", answer: str = "react") -> list[float]:
    """Tonnes that the cover of the magnets asks for, period by period."""
    found = plans.outcome(scenario, answer).values_by_key("cover_target")
    return [tonnes for (_, product, _), tonnes in found.items() if product == "magnet"]


def test_a_step_in_demand_is_covered_before_it_comes(tmp_path: Path) -> None:
    """30 days at two tonnes are 60 t at the end of both years; 45 t fit, and what is missing costs a year's penalty."""
    stocks = f"{STOCK}buyer,magnet,0,45,0,30,1000000"
    plans = planned(small(tmp_path, YEARS, demand=STEP, stocks=stocks))
    assert targets(plans) == pytest.approx([60, 60])
    assert cost(plans) == pytest.approx((365 + 732 + 45) * 50_100 + 2 * 15 * 1_000_000)


def test_a_part_of_a_day_counts_and_the_last_rate_goes_on(tmp_path: Path) -> None:
    """Half a day at one tonne before the step, ten days beyond the end, all at the rates of those days."""
    late = STEP.replace("2028-01-01", "2028-01-11")
    plans = planned(small(tmp_path, YEARS, demand=late, stocks=f"{STOCK}buyer,magnet,0,900,0,10.5,1000000"))
    assert targets(plans) == pytest.approx([10 * 365 / 366 + 0.5 * 2, 10.5 * 2])


@pytest.mark.slow
def test_a_reaction_covers_what_was_known(tmp_path: Path) -> None:
    """Demand doubles on 1 July and is announced that day: until then 100 t are 100 days; foresight covers the surge."""
    stocks = f"{STOCK}buyer,magnet,0,900,0,100,1000000"
    folder = small(tmp_path / "case", QUARTERS, stocks=stocks)
    surge = scenario(
        tmp_path / "surge.yaml",
        "  - {what: x, table: demand, where: {}, scale: {tonnes: 2}, from: 2027-07-01}\n",
        announced="2027-07-01",
    )
    plans = planned(folder, surge)
    assert targets(plans) == pytest.approx([100, 100, 100, 100])
    assert targets(plans, "surge", "react") == pytest.approx([100, 100, 200, 200])
    assert targets(plans, "surge", "foresight") == pytest.approx([91 + 9 * 2, 200, 200, 200])
    bought = 181 + 2 * 184 + 200
    assert cost(plans, "surge", "react") == pytest.approx(bought * 50_100)
    assert cost(plans, "surge", "foresight") == pytest.approx(bought * 50_100)
    write_plans(plans, tmp_path / "out")
    assert not [fault for answer in verify(tmp_path / "out").answers for fault in answer.faults]


def test_news_inside_a_period_is_known_at_its_end(tmp_path: Path) -> None:
    folder = small(tmp_path / "case", QUARTERS, stocks=f"{STOCK}buyer,magnet,0,900,0,100,1000000")
    surge = scenario(
        tmp_path / "surge.yaml",
        "  - {what: x, table: demand, where: {}, scale: {tonnes: 2}, from: 2027-10-01}\n",
        announced="2027-08-15",
    )
    plans = planned(folder, surge)
    ends = plans.planner.network.calendar.bounds[1:]
    found = dict(zip(ends, targets(plans, "surge", "react"), strict=True))
    assert found[dt.date(2027, 7, 1)] == pytest.approx(100)
    assert found[dt.date(2027, 10, 1)] == pytest.approx(200)
    seen = dict(zip(ends, targets(plans, "surge", "foresight"), strict=True))
    assert seen[dt.date(2027, 7, 1)] == pytest.approx(92 + 8 * 2)


MATERIALS = "material,stage,unit_value\nmagnet,magnet,50\nother,magnet,50\nlean,magnet,50"
OFFERS = (
    "offer,site,material,price,capacity\nspot,maker,magnet,50000,9000\nmore,maker,other,50000,9000\n"
    "least,maker,lean,50000,9000"
)
TWO = f"{DEMAND}buyer,magnet,civil,2027-01-01,365,9000000\nbuyer,other,civil,2027-01-01,365,9000000"
STANDS_IN = "product,material,ratio,max_share,cost,from\nmagnet,lean,1,{},900000,\nother,lean,{},1,900000,{}"
HELD = f"{STOCK}buyer,magnet,0,900,0,40,1000000\nbuyer,other,0,900,0,40,1000000\nbuyer,lean,{{}},{{}},0,0,0"


@pytest.mark.parametrize(
    ("share", "ratio", "since", "lean", "own"),
    [
        (1, 1, "", 30, 80 - 30),  # counted once: not 10 t for each
        (0.5, 1, "", 100, 20),  # 20 t for the one, 40 t for the other
        (0.25, 1, "2029-01-01", 100, 30 + 40),  # 10 t for the one, none yet for the other
        (0.5, 2, "", 30, 30),  # 20 t stand for 40 t of the other, 10 t for as much of the one
    ],
)
def test_a_stock_that_may_stand_in_for_two_products_counts_once(
    share: float, ratio: float, since: str, lean: float, own: float, tmp_path: Path
) -> None:
    """40 t of cover each; what the stock of the third does not cover is bought and kept."""
    folder = small(
        tmp_path,
        QUARTERS,
        materials=MATERIALS,
        offers=OFFERS,
        demand=TWO,
        stocks=HELD.format(lean, lean),
        substitutions=STANDS_IN.format(share, ratio, since),
    )
    plans = planned(folder)
    assert cost(plans) == pytest.approx((730 + own) * 50_100)
    table = long_tables(plans.outcome())["allocated"]
    last = table[table["period"] == "2027Q4"]
    assert last[last["material"] == "lean"]["tonnes"].sum() <= lean + 1e-6


def test_days_of_stock_are_those_that_a_walk_finds() -> None:
    """A walk in hundredths of a day, with substitutes that run out, come late, and serve more than is wanted."""
    calendar, rng = Calendar.of(dt.date(2027, 1, 1), [3, 3]), np.random.default_rng(7)
    weights, end = calendar.year_weights, int(calendar.offsets[1])
    for _ in range(60):
        wanted = np.repeat(rng.uniform(0, 400, calendar.days // 10 + 1), 10)[: calendar.days]
        others = [
            (float(rng.uniform(0, 60)), np.where(np.arange(calendar.days) < rng.integers(end, end + 60), 0.0, share))
            for share in rng.uniform(0, 0.7, 2)
        ]
        own = float(rng.uniform(0, 60))
        hours = np.arange(0, 40_000) / 100
        place = np.minimum(end + hours.astype(int), calendar.days - 1)
        daily = wanted[place] * weights[place] / 100
        may = sum(np.minimum(tonnes, np.cumsum(share[place] * daily)) for tonnes, share in others)
        over = np.flatnonzero(np.cumsum(daily) > own + may)
        if len(over):
            assert _days(calendar, 0, wanted, own, others) == pytest.approx(hours[over[0]], abs=0.02)


def test_stock_lasts_for_ever_where_nothing_is_wanted(tmp_path: Path) -> None:
    """Then there is no row; before, it lasts until the need ends."""
    ends = f"{DEMAND}buyer,magnet,civil,2027-01-01,365,9000000\nbuyer,magnet,civil,2027-07-01,0,9000000"
    plans = planned(small(tmp_path, QUARTERS, demand=ends, stocks=f"{STOCK}buyer,magnet,5,90,0,0,0"))
    assert set(plans.outcome().cover["period"]) <= {0}
