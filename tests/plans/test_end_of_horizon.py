"""What happens on the last day and after it: nothing that comes later serves anybody."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.audit.audit import audit_plan
from optimizer.errors import CaseError
from optimizer.network.build import network_of
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import Plans, plan
from optimizer.world.load import load_case
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


PLANT = {
    "materials": "material,stage,unit_value\nmagnet,magnet,50\nalloy,alloy,30",
    "offers": "offer,site,material,price,capacity\nalloy,maker,alloy,1000,100000",
    "recipes": "recipe,process,material,tonnes\npress,press,alloy,-1\npress,press,magnet,1",
    "plants": "site,process,capacity,cost,from\nmaker,press,36.5,50000,2020-01-01",
}
MORE = "project,kind,site,process,capacity,cost,lead,life\nmore,expand,maker,press,365,3650000,{},{}"


@pytest.mark.parametrize(
    ("rate", "lead", "life", "part"),
    [
        (0, 0, "", 1.0),
        (0, 0, 4, 0.5),
        (0, 12, 4, 0.25),
        (0, 0, 1, 1.0),
        (0.1, 0, 10, (1 - 1.1**-2) / (1 - 1.1**-10)),
        (0.1, 6, 10, (1 - 1.1 ** -(1 + 184 / 365)) / (1 - 1.1**-10)),
    ],
)
def test_an_expansion_is_charged_for_its_years_within_the_horizon(
    rate: float, lead: int, life: object, part: float, tmp_path: Path
) -> None:
    """Of two years; the whole of it is worth its money, begun on the first day."""
    folder = small(tmp_path, demand=DEMAND, projects=MORE.format(lead, life), **PLANT)
    head = f"version: 1\nname: mini\ntitle: t\nstart: 2027-01-01\ndiscount_rate: {rate}\n"
    (folder / "case.yaml").write_text(f"{head}periods: [{{count: 8, months: 3}}]\n", encoding="utf-8")
    plans = base(folder)
    tables = long_tables(plans.outcome())
    started = tables["projects"].groupby("begun")["share"].sum()
    assert list(started.index) == ["2027-01-01"]
    paid = tables["costs"].set_index("term")["cost_usd"]["projects"]
    assert paid == pytest.approx(3_650_000 * part * started.iloc[0])
    wrong = tables["costs"].assign(
        cost_usd=lambda table: table["cost_usd"] * (1 + 1e-6 * (table["term"] == "projects"))
    )
    found = audit_plan(plans.planner.case, {**tables, "costs": wrong})
    assert any("cost, USD: projects" in str(fault) for fault in found)


def test_a_qualification_has_no_life(tmp_path: Path) -> None:
    projects = "project,kind,site,capacity,cost,lead,life\nmore,qualify,maker,365,1000,0,10"
    with pytest.raises(CaseError, match="life: expected with kind 'expand' only"):
        load_case(small(tmp_path, projects=projects))


STOCKS = "site,material,opening,capacity,holding,terminal,penalty\nbuyer,magnet,0,100,0,30,20000"


def offered(price: float) -> str:
    """A spot offer of 1,000 t a year."""
    return f"offer,site,material,price,capacity\nspot,maker,magnet,{price},1000"


@pytest.mark.parametrize(
    ("price", "worth"), [(40_000, 40_100), (60_000, 50_000)], ids=["cheaper than its value", "dearer than its value"]
)
def test_what_is_left_is_worth_the_lower_of_its_value_and_its_price(price: float, worth: float, tmp_path: Path) -> None:
    """30 t are bought beside what is used, and counted at the table's 50 USD/kg or what a tonne costs, if less."""
    folder = small(tmp_path, demand=DEMAND, stocks=STOCKS, offers=offered(price), routes=ROUTE.format(0))
    plans = base(folder)
    assert cost(plans) == pytest.approx(395 * (price + 100) - 30 * worth)
    terms = long_tables(plans.outcome())["costs"].set_index("term")["cost_usd"]
    assert terms["closing_worth"] == pytest.approx(-30 * worth)


def test_what_is_missing_costs_its_value_and_a_penalty_in_all(tmp_path: Path) -> None:
    """A tonne in stock saves 200,100 USD when used and 70,000 when left: all are used, and 30 t are missing."""
    stocks = STOCKS.replace("buyer,magnet,0,", "buyer,magnet,10,")
    demand = f"{DEMAND}\nbuyer,magnet,civil,2027-07-01,0,1000000"
    folder = small(tmp_path, demand=demand, stocks=stocks, offers=offered(200_000), routes=ROUTE.format(0))
    assert cost(base(folder)) == pytest.approx(171 * 200_100 + 30 * 20_000)


def test_goods_under_way_count_as_left(tmp_path: Path) -> None:
    """20 days of transit: of what leaves evenly 20 t are under way on the last day, none in stock."""
    offer = offered(50_000).replace(",1000", ",365")
    stocks = "site,material,opening,capacity,holding,terminal,penalty\nbuyer,magnet,0,20,0,20,20000"
    folder = small(
        tmp_path,
        "periods: [{count: 12, months: 1}]",
        demand=DEMAND,
        stocks=stocks,
        offers=offer,
        routes=ROUTE.format(20),
    )
    plans = base(folder)
    tables = long_tables(plans.outcome())
    assert tables["shortages"]["tonnes"].sum() == pytest.approx(20)
    assert not len(tables["stock_gaps"])
    assert tables["costs"].set_index("term")["cost_usd"]["closing_worth"] == pytest.approx(-20 * 50_000)
    fewer = tables["shipments"].assign(tonnes=lambda table: table["tonnes"] * (table["period"] != "2027-12"))
    found = audit_plan(plans.planner.case, {**tables, "shipments": fewer})
    assert any("stock and the gap in it" in str(fault) for fault in found)


@pytest.mark.parametrize(("open_", "worth"), [(0, 50_000.0), (1, 2_100.0)])
def test_what_is_left_is_worth_no_less_for_a_plant_that_sells_to_nobody(
    open_: int, worth: float, tmp_path: Path
) -> None:
    """Its own value, 50 USD/kg; or what it costs to have powder pressed and shipped, where the press is for sale."""
    tables = {
        "materials": "material,stage,unit_value\npowder,metal,10\nmagnet,magnet,50",
        "offers": "offer,site,material,price,capacity\nspot,maker,magnet,50000,1000\npowder,maker,powder,1000,1000",
        "plants": f"site,process,from,capacity,cost,open\nmaker,press,2020-01-01,1000,1000,{open_}",
        "recipes": "recipe,process,material,tonnes\npress,press,powder,-1\npress,press,magnet,1",
        "stocks": "site,material,opening,capacity,holding,terminal,penalty\nbuyer,magnet,10,100,0,10,1000000",
    }
    folder = small(tmp_path, **tables)
    network = network_of(load_case(folder))
    assert network.value("closing_value").tolist() == pytest.approx([worth])
    base(folder)
