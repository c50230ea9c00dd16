"""An offer in price blocks, by hand: rows of one seller and material, each with its price and the tonnes at it."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.audit.audit import audit_plan
from optimizer.plans.long_tables import long_tables
from tests.helpers.planned import plan
from tests.helpers.small import scenario, small

OFFERS = (
    "offer,site,material,price,capacity\n"
    "spot-1,maker,magnet,50000,100\nspot-2,maker,magnet,60000,100\nspot-3,maker,magnet,90000,100"
)
DEMAND = "site,product,from,tonnes,penalty\nbuyer,magnet,2027-01-01,{},1000000"
YEAR = "periods: [{count: 1, months: 12}]"
FREIGHT = 100


def steps(wanted: float, left: float = 1.0) -> float:
    """What so many tonnes cost, the cheapest first; what there is none of is short."""
    cost = 0.0
    for price in (50_000, 60_000, 90_000):
        taken = min(wanted, 100 * left)
        cost, wanted = cost + taken * (price + FREIGHT), wanted - taken
    return cost + wanted * 1_000_000


@pytest.mark.parametrize("wanted", [50, 100, 130, 250, 320])
def test_the_cheapest_block_goes_first_and_the_last_one_sets_the_price(tmp_path: Path, wanted: float) -> None:
    """130 t are 100 at 50,000 and 30 at 60,000, and another tonne costs 60,000."""
    plans = plan(small(tmp_path, YEAR, offers=OFFERS, demand=DEMAND.format(wanted)))
    outcome = plans.outcome()
    assert outcome.cost == pytest.approx(steps(wanted))
    assert audit_plan(plans.planner.case, long_tables(outcome), None) == []


@pytest.mark.parametrize("left", [0.8, 0.5, 0.0])
def test_rivals_who_want_the_same_tonnes_make_the_price_climb(tmp_path: Path, left: float) -> None:
    """An event leaves this buyer less of every block: at half, 130 t are 50 at each price, and the rest of 30 at the last."""
    folder = small(
        tmp_path / "case",
        YEAR,
        offers=OFFERS,
        demand=DEMAND.format(130),
        availability="stage,country,share\nmagnet,*,1",
    )
    what = f"- {{what: rivals, table: availability, where: {{stage: magnet}}, scale: {{share: {left}}}, from: 2027-01-01}}\n"
    plans = plan(folder, [scenario(tmp_path / "rivals.yaml", what)])
    outcome = plans.outcome("rivals", "foresight")
    assert outcome.cost == pytest.approx(steps(130, left))
    assert audit_plan(plans.planner.case, long_tables(outcome), plans.scenarios[0], plans.scenarios) == []
