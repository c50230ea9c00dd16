"""Licences are shares of a reference: by hand, on one exporter and two buyers, one of them in a restricted country.

A tonne from CN costs 100 USD and one from AU 10,000; each buyer takes 100 t a year.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimizer.errors import CaseError
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import Planner
from optimizer.world.scenario import Scenario
from tests.helpers.changes import changed
from tests.helpers.networks import START, random_case
from tests.helpers.planned import plan
from tests.helpers.seeds import a_few
from tests.helpers.two_destinations import case, cost, event, least, moved, planned

CONTROL = "control,kind,authority,citation,origin,stages,destinations,effective,approval"
TRADE = "control,origin,destination,customer,group,tonnes,from,basis,share,headroom"
DEMAND = "site,product,end_use,from,tonnes\nde,goods,civil,2027-01-01,100"
APPROVAL = "approval,control,exporter,customer,share,covers,from"


@pytest.mark.parametrize(
    "periods", a_few(["{count: 1, months: 12}", "{count: 4, months: 3}", "{count: 12, months: 1}"])
)
def test_an_approval_is_a_share_of_what_is_normally_shipped(periods: str, tmp_path: Path) -> None:
    """A straight line from 1,010,000 to 20,000 USD, whatever the periods are; no step where all is approved."""
    shares = (1.0, 0.999, 0.5, 0.25, 0.1, 0.0)
    scenarios = [moved(tmp_path / f"a{1000 * share:.0f}.yaml", share) for share in shares]
    plans = planned(case(tmp_path, periods), *scenarios)
    for share, path in zip(shares, scenarios, strict=True):
        assert cost(plans, path.stem) == pytest.approx(least(100 * share), rel=1e-9)


def test_trade_states_the_reference(tmp_path: Path) -> None:
    """A tenth of 800 t of a market of which a quarter is this buyer's; the table says so."""
    plans = planned(case(tmp_path, trade=f"{TRADE}\nto-us,CN,US,,magnet,800,2024-01-01,market,0.25,"))
    assert cost(plans) == pytest.approx(least(0.1 * 200), rel=1e-9)
    (line,) = long_tables(plans.outcome())["licences"].itertuples()
    assert line.basis == "trade"
    assert (line.reference_t, line.licensed_t, line.headroom) == pytest.approx((200, 20, 1))


def test_trade_of_a_customer_stands_beside_that_of_its_country(tmp_path: Path) -> None:
    """The company `us` gets a tenth of 50 t; nothing else goes to the country's 1,000 t."""
    rows = f"{TRADE}\nto-us,CN,,us,magnet,50,,,,\nto-us,CN,US,,magnet,1000,,,,"
    assert cost(planned(case(tmp_path, trade=rows))) == pytest.approx(least(5), rel=1e-9)


def test_trade_moves_with_the_demand_where_it_goes(tmp_path: Path) -> None:
    """Twice as much is wanted in US: twice as much is licensed. What is wanted in DE does not count."""
    double = "  - {{what: w, table: demand, where: {{site: {}}}, scale: {{tonnes: 2}}, from: 2027-01-01}}\n"
    scenarios = [event(tmp_path / f"{site}.yaml", double.format(site)) for site in ("us", "de")]
    plans = planned(case(tmp_path, trade=f"{TRADE}\nto-us,CN,US,,magnet,100,,,,"), *scenarios)
    assert cost(plans, "us") == pytest.approx(10_000 + 20 * 100 + 180 * 10_000, rel=1e-9)
    assert cost(plans, "de") == pytest.approx(least(10) + 10_000, rel=1e-9)


def test_what_the_plan_ships_does_not_move_with_a_scenario(tmp_path: Path) -> None:
    """Without a row the reference is the base case's: 100 t, however much a scenario wants."""
    double = "  - {what: w, table: demand, where: {site: us}, scale: {tonnes: 2}, from: 2027-01-01}\n"
    plans = planned(case(tmp_path), event(tmp_path / "more.yaml", double))
    assert cost(plans, "more") == pytest.approx(10_000 + 10 * 100 + 190 * 10_000, rel=1e-9)


@pytest.mark.parametrize(("own", "of_row", "factor"), [("", "", 1.0), ("1.5", "", 1.5), ("1.5", "3", 3.0)])
def test_headroom_is_of_the_control_unless_trade_says_otherwise(
    own: str, of_row: str, factor: float, tmp_path: Path
) -> None:
    control = f"{CONTROL},headroom\nto-us,export,a,c,CN,magnet,US,2027-01-01,0.1,{own}"
    folder = case(tmp_path, controls=control, trade=f"{TRADE}\nto-us,CN,US,,magnet,100,,,,{of_row}")
    assert cost(planned(folder)) == pytest.approx(least(10 * factor), rel=1e-9)


def test_new_business_where_nothing_is_normally_shipped(tmp_path: Path) -> None:
    """Nothing is licensed of a reference of 0, but for what the control says: half of 30 t a year."""
    for number, (said, chinese) in enumerate([("", 0), ("30", 15)]):
        control = f"{CONTROL},new_business\nto-us,export,a,c,CN,magnet,US,2027-01-01,0.5,{said}"
        folder = case(tmp_path / str(number), controls=control, trade=f"{TRADE}\nto-us,CN,US,,magnet,0,,,,")
        assert cost(planned(folder)) == pytest.approx(least(chinese), rel=1e-9)


@pytest.mark.parametrize(("days", "counted"), [("365", 365), ("90", 92 + 90), ("1", 92 + 1), ("181", 92 + 181)])
def test_unused_licences_are_carried_for_as_long_as_they_are_valid(days: str, counted: int, tmp_path: Path) -> None:
    """All 100 t are wanted in the last quarter, and 100 t/year are licensed: those of the days before it add up."""
    control = f"{CONTROL},validity_days\nto-us,export,a,c,CN,magnet,US,2027-01-01,1,{days}"
    demand = f"{DEMAND}\nus,goods,civil,2027-01-01,0\nus,goods,civil,2027-10-01,{100 * 365 / 92}"
    folder = case(tmp_path, "{count: 4, months: 3}", controls=control, demand=demand)
    assert cost(planned(folder)) == pytest.approx(least(100 * counted / 365), rel=1e-9)


def test_a_hypothetical_control_holds_only_below_1(tmp_path: Path) -> None:
    """At an approval of 1 a real one holds to a reference of 40 t, a hypothetical one to nothing; below, both do."""
    rows = f"{TRADE}\nto-us,CN,US,,magnet,40,,,,"
    for adopted, at_one in (("true", 40), ("false", 100)):
        control = f"{CONTROL},adopted\nto-us,export,a,c,CN,magnet,US,2027-01-01,1,{adopted}"
        folder = case(tmp_path / adopted, controls=control, trade=rows)
        half = moved(tmp_path / f"half{adopted}.yaml", 0.5)
        plans = planned(folder, half)
        assert cost(plans) == pytest.approx(least(at_one), rel=1e-9)
        assert cost(plans, half.stem) == pytest.approx(least(20), rel=1e-9)


def test_two_controls_on_a_flow_both_hold(tmp_path: Path) -> None:
    """Half of 100 t by the one, and a fifth of the 80 t of the other."""
    first = "to-us,export,a,c,CN,magnet,US,2027-01-01,0.5"
    second = "to-all,export,a,c,CN,magnet,*,2027-01-01,0.2"
    rows = f"{TRADE}\nto-us,CN,US,,magnet,100,,,,\nto-all,CN,US,,magnet,80,,,,\nto-all,CN,DE,,magnet,1000,,,,"
    assert cost(planned(case(tmp_path, controls=f"{CONTROL}\n{first}\n{second}", trade=rows))) == pytest.approx(
        least(16), rel=1e-9
    )


def test_a_control_that_begins_inside_a_period_lets_normal_trade_pass_before(tmp_path: Path) -> None:
    """181 of 365 days are free: their part of 100 t, and of what is licensed afterwards a tenth."""
    control = f"{CONTROL}\nto-us,export,a,c,CN,magnet,US,2027-07-01,0.1"
    chinese = 100 * 181 / 365 + 10 * 184 / 365
    assert cost(planned(case(tmp_path, controls=control))) == pytest.approx(least(chinese), rel=1e-9)


def test_licences_of_before_a_suspension_lapse(tmp_path: Path) -> None:
    """In force, a quarter off, in force again: of 184 t/year half is licensed from July on, and nothing comes back."""
    dates = "2027-01-01,0.5,2027-04-01,2027-07-01"
    control = f"{CONTROL},suspended_from,suspended_until\nto-us,export,a,c,CN,magnet,US,{dates}"
    demand = f"{DEMAND}\nus,goods,civil,2027-01-01,0\nus,goods,civil,2027-07-01,365"
    plans = planned(case(tmp_path, "{count: 4, months: 3}", controls=control, demand=demand))
    chinese = 0.5 * 184 * 184 / 365
    assert cost(plans) == pytest.approx(10_000 + 100 * chinese + 10_000 * (184 - chinese), rel=1e-9)


@pytest.mark.parametrize(("covers", "chinese"), [("1", 100), ("0.5", 55)])
def test_a_general_licence_takes_its_reference_along(covers: str, chinese: float, tmp_path: Path) -> None:
    """What it covers of 100 t is licensed in full, of the rest a tenth."""
    folder = case(tmp_path, approvals=f"{APPROVAL}\ngeneral,to-us,cn,*,1,{covers},2020-01-01")
    assert cost(planned(folder)) == pytest.approx(least(chinese), rel=1e-9)


@pytest.mark.parametrize(("quantity", "chinese"), [("30", 30 + 5), ("90", 50 + 5), ("0", 5), ("", 55)])
def test_a_quantity_caps_a_general_licence(quantity: str, chinese: float, tmp_path: Path) -> None:
    """Half of 100 t is covered, of which so much may go a year; of the other half a tenth."""
    rows = f"approval,control,exporter,customer,share,covers,quantity,from\ng,to-us,cn,*,1,0.5,{quantity},2020-01-01"
    plans = planned(case(tmp_path, "{count: 2, months: 6}", approvals=rows))
    assert cost(plans) == pytest.approx(least(chinese), rel=1e-9)


@pytest.mark.parametrize(("covers", "chinese"), [("1", 0), ("0.5", 25)])
def test_a_listed_customer_gets_nothing_that_is_covered(covers: str, chinese: float, tmp_path: Path) -> None:
    """Half of 100 t is licensed to all; of what is covered nothing."""
    control = f"{CONTROL}\nto-us,export,a,c,CN,magnet,US,2027-01-01,0.5"
    folder = case(tmp_path, controls=control, approvals=f"{APPROVAL}\nlisted,to-us,*,us,0,{covers},2020-01-01")
    assert cost(planned(folder)) == pytest.approx(least(chinese), rel=1e-9)


@pytest.mark.parametrize("announced", ["2027-05-16", "2027-07-01"])
def test_what_left_before_the_news_is_not_counted_against_a_licence(announced: str, tmp_path: Path) -> None:
    """A hypothetical control falls to 0 at the news: what was shipped by then, more than its reference, has left.

    Who knew of it ships no less on those days: to know is never dearer.
    """
    control = f"{CONTROL},adopted\nto-us,export,a,c,CN,magnet,US,2027-01-01,1,false"
    folder = case(tmp_path, "{count: 4, months: 3}", controls=control, trade=f"{TRADE}\nto-us,CN,US,,magnet,10,,,,")
    news = moved(tmp_path / "news.yaml", 0.0, announced)
    plans = planned(folder, news)
    days = (pd.Timestamp(announced) - pd.Timestamp("2027-01-01")).days
    assert cost(plans, "news", "react") == pytest.approx(least(100 * days / 365), rel=1e-6)
    assert cost(plans, "news", "foresight") == pytest.approx(least(100 * days / 365), rel=1e-6)


def test_the_cost_is_convex_in_the_approval_on_a_random_network() -> None:
    """As news on one base, in ten steps: monotone, and no step saves more than the one before."""
    terms = {"approval": 1.0, "processing_days": 0.0, "effective": START - dt.timedelta(days=99), "expires": None}
    some = changed(random_case(3), "controls", terms, kind="export")
    costs = sweep(some)
    assert (np.diff(costs) >= -1e-7 * abs(costs[0])).all()
    assert (np.diff(costs, 2) >= -1e-6 * abs(costs[0])).all()


def sweep(some: Any) -> list[float]:
    """Costs at approvals of all export controls from 1 to 0 in ten steps, known from the first day."""
    planner = Planner(some)
    said = {"title": "t", "probability": 0.1, "announced": "2027-01-01", "source": "invented"}
    scenarios = [
        Scenario.model_validate(
            {
                **said,
                "name": f"a{step}",
                "events": [
                    {
                        "what": "w",
                        "table": "controls",
                        "where": {"kind": "export"},
                        "set": {"approval": 1 - step / 10},
                        "from": "2027-01-01",
                    }
                ],
            }
        )
        for step in range(11)
    ]
    answers = planner.stream(scenarios, ["foresight"], workers=1)
    found = {one.scenario.name: one.answer.proof("no plan").objective for one in answers}
    return [found[f"a{step}"] for step in range(11)]


def refused(folder: Path) -> str:
    """What is wrong with a case."""
    with pytest.raises(CaseError) as error:
        plan(str(folder), [])
    return str(error.value)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("to-us,CN,US,,magnet,1,,,,\nto-us,CN,US,,magnet,2,,,,", "trade.csv, row 3"),
        ("to-us,CN,US,us,magnet,1,,,,", "destination: expected a destination or a customer, found both"),
        ("to-us,CN,,,magnet,1,,,,", "destination: expected a destination or a customer, found neither"),
        ("to-us,CN,US,,magnet,1,,market,,", "share: expected with basis 'market' and only there, found none"),
        ("to-us,CN,US,,magnet,1,,,0.5,", "share: expected with basis 'market' and only there, found 0.5"),
        ("to-us,AU,US,,magnet,1,,,,", "origin: expected an origin of to-us (CN), found AU"),
        ("to-us,CN,DE,,magnet,1,,,,", "destination: expected a country that to-us restricts, found DE"),
        ("to-us,CN,US,,oxide,1,,,,", "group: expected a stage of to-us (magnet), found"),
        ("to-as,CN,US,,magnet,1,,,,", "Did you mean 'to-us'?"),
        ("to-us,CN,,uss,magnet,1,,,,", "customer: no such site or company: 'uss'"),
        ("to-us,CN,US,,magnet,-1,,,,", "tonnes"),
    ],
)
def test_trade_that_cannot_be_meant_is_refused(rows: str, said: str, tmp_path: Path) -> None:
    assert said in refused(case(tmp_path, trade=f"{TRADE}\n{rows}"))
