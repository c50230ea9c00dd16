"""What happens on the last day and after it: nothing that comes later serves anybody."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.audit.audit import audit_plan
from optimizer.plans.plan import Plans, plan
from optimizer.plans.tables import long_tables
from tests.helpers.small import small

ROUTE = "from_country,to_country,freight,transit\nCN,DE,100,{}"
DEMAND = "site,product,end_use,from,tonnes,penalty\nbuyer,magnet,civil,2027-01-01,365,1000000"


def base(folder: Path) -> Plans:
    """The base plan of a case, to which an auditor has nothing to object."""
    plans = plan(str(folder), [], workers=1)
    assert audit_plan(plans.planner.case, long_tables(plans.outcome())) == []
    return plans


def cost(plans: Plans) -> float:
    """What the base plan costs."""
    proof = plans.outcome().answer.certificate
    assert proof is not None
    return proof.objective


def test_goods_that_arrive_after_the_last_day_serve_nobody(tmp_path: Path) -> None:
    """120 days and 180 of transit: a tonne a day goes short."""
    case = "periods: [{count: 4, months: 1}]"
    plans = base(small(tmp_path, case, demand=DEMAND, routes=ROUTE.format(180)))
    assert cost(plans) == pytest.approx(120e6)


@pytest.mark.parametrize(("periods", "short"), [("{count: 1, months: 12}", 20), ("{count: 12, months: 1}", 20)])
def test_the_last_period_sees_its_transit(periods: str, short: float, tmp_path: Path) -> None:
    """Nothing can arrive in the first 20 days; from then on the tonne a day that is on offer does, whatever the periods."""
    offer = "offer,site,material,price,capacity\nspot,maker,magnet,50000,365"
    folder = small(tmp_path, f"periods: [{periods}]", demand=DEMAND, routes=ROUTE.format(20), offers=offer)
    plans = base(folder)
    assert long_tables(plans.outcome())["shortages"]["tonnes"].sum() == pytest.approx(short)


def test_an_auditor_sees_goods_of_after_the_last_day(tmp_path: Path) -> None:
    """All that leaves in the last month, said to be there: mass that comes from nowhere."""
    offer = "offer,site,material,price,capacity\nspot,maker,magnet,50000,365"
    plans = base(
        small(tmp_path, "periods: [{count: 12, months: 1}]", demand=DEMAND, routes=ROUTE.format(20), offers=offer)
    )
    tables = long_tables(plans.outcome())
    wrong = tables["deliveries"].assign(tonnes=lambda table: table["tonnes"] * 31 / 11)
    found = audit_plan(plans.planner.case, {**tables, "deliveries": wrong})
    assert any("mass that does not close" in str(fault) for fault in found)
