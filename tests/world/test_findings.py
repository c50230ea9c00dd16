"""What can hardly be meant is said, beside faults too, and stops nothing; what can be meant is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from optimizer.errors import CaseError
from optimizer.faults import Finding
from optimizer.network.idle_rows import IDLE_ROW
from optimizer.plans.choose import choose
from optimizer.plans.plan import Planner
from optimizer.world.load import load_case
from optimizer.world.plausible import case_findings
from tests.helpers.command import lodestar_here
from tests.helpers.paths import BUNDLED
from tests.helpers.small import CASES, scenario, small

DEMAND = "site,product,end_use,from,tonnes,penalty\nbuyer,magnet,civil,2027-01-01,365,{}"
OFFER = "offer,site,material,price,capacity\n"
STOCK = "site,material,opening,capacity,holding,cover,reserve,terminal,penalty\nbuyer,magnet,{}"
PLANTS = "site,process,capacity,cost,from\nmaker,press,1000,{},2020-01-01"
ALLOY = "material,stage,unit_value\nmagnet,magnet,50\nalloy,alloy,30"
PRESS = "recipe,process,material,tonnes\npress,press,alloy,-1.5\npress,press,magnet,1"

EXPAND = "project,kind,site,process,capacity,cost,lead\nmore,expand,maker,press,100,1000,0"


def found(folder: Path) -> list[Finding]:
    """The findings of a case."""
    return case_findings(load_case(folder))


# fmt: off
SAID = [
    # tables exchanged, code, where, what is said
    ({"offers": OFFER + "spot,maker,magnet,50,1000"}, "price-off-unit-value", "offers.csv, row 2", "Is it in USD/kg (50,000 USD/t)"),
    ({"offers": OFFER + "a,maker,magnet,50000,9\nb,maker,magnet,42,9"}, "price-off-unit-value", "offers.csv, row 3", "1,000 times less"),
    ({"offers": OFFER + "a,maker,magnet,5e7,9\nb,maker,magnet,50000,9"}, "price-off-unit-value", "offers.csv, row 2", "1,000 times more"),
    ({"materials": "material,stage,unit_value\nmagnet,magnet,50000", "offers": OFFER + "a,maker,magnet,50000,9\nb,maker,magnet,45000,9"},
     "price-off-unit-value", "materials.csv, row 2", "Is it in USD/t (50 USD/kg)"),
    ({"contracts": "contract,offer,price,reservation_fee,max_volume,take_or_pay,from,until\ncheap,spot,48,0,9,0,2027-01-01,2028-01-01"},
     "price-off-unit-value", "contracts.csv, row 2", "Is it in USD/kg (48,000 USD/t)"),
    ({"materials": ALLOY.replace("magnet,50", "magnet,50000"), "recipes": PRESS, "plants": PLANTS.format(1000),
      "offers": OFFER + "alloy,maker,alloy,30000,9000"}, "price-off-unit-value", "materials.csv, row 2", "46,000 USD/t, press at maker"),
    ({"demand": DEMAND.format(100)}, "penalty-below-price", "demand.csv, row 2", "50,100 USD/t, offer spot"),
    ({"demand": DEMAND.format(0)}, "penalty-below-price", "demand.csv, row 2", "nothing is bought."),
    ({"demand": DEMAND.format(50099)}, "penalty-below-price", "demand.csv, row 2", "50,100 USD/t"),
    ({"demand": DEMAND.format(50101), "duties": "duty,goods,origin,destination,from,rate\nd,magnet,*,DE,2020-01-01,0.02"},
     "penalty-below-price", "demand.csv, row 2", "51,100 USD/t"),
    ({"demand": DEMAND.format(46000), "materials": ALLOY, "recipes": PRESS, "plants": PLANTS.format(1000),
      "offers": OFFER + "alloy,maker,alloy,30000,9000"}, "penalty-below-price", "demand.csv, row 2", "46,100 USD/t, press at maker"),
    ({"routes": "from_country,to_country,freight,transit\nCN,DE,100,93"}, "transit-beyond-period", "routes.csv, row 2", "2027Q4, 92 days"),
    ({"stocks": STOCK.format("30,100,1,0,0,0,0")}, "stock-run-down", "stocks.csv, row 2", "use up the 30 t"),
    ({"stocks": STOCK.format("30,100,1,45,0,0,1000")}, "stock-run-down", "stocks.csv, row 2", "(30 t)?"),
    ({"arrivals": "site,material,origin,on,tonnes\nbuyer,magnet,CN,2027-12-30,400"},
     "arrivals-do-not-fit", "arrivals.csv, row 2", "308 t vanish"),
    ({"arrivals": "site,material,origin,on,tonnes\nbuyer,magnet,CN,2027-02-01,100\nbuyer,magnet,CN,2027-03-01,100"},
     "arrivals-do-not-fit", "arrivals.csv, row 2", "110 t vanish"),
    ({"stocks": STOCK.format("90,100,1,0,0,50,9e5"), "arrivals": "site,material,origin,on,tonnes\nbuyer,magnet,CN,2027-01-05,101"},
     "arrivals-do-not-fit", "arrivals.csv, row 2", "1 t vanish"),
    ({"materials": ALLOY, "recipes": PRESS, "plants": PLANTS.format(1000).replace("press,1000", "press,0"), "projects": EXPAND},
     "nothing-to-enlarge", "projects.csv, row 2", "has no capacity on any day"),
]
SILENT = [
    {"materials": ALLOY, "recipes": PRESS, "plants": PLANTS.format(1000), "offers": f"{OFFER}alloy,maker,alloy,40000,9000", "projects": EXPAND},
    {},
    {"offers": OFFER + "spot,maker,magnet,0,1000"},
    {"offers": OFFER + "spot,maker,magnet,5000,1000"},
    {"demand": DEMAND.format("")},
    {"demand": DEMAND.format(50100)},
    {"demand": "site,product,end_use,from,tonnes,penalty\nbuyer,magnet,civil,2027-01-01,0,0\nbuyer,magnet,civil,2027-11-15,365,1000000"},
    {"routes": "from_country,to_country,freight,transit\nCN,DE,100,89"},
    {"routes": "from_country,to_country,freight,transit\nCN,DE,100,93\nDE,DE,5,1",
     "offers": OFFER + "spot,maker,magnet,50000,1000\nhome,buyer,magnet,50000,1000"},
    {"stocks": STOCK.format("30,100,1,0,0,30,60000")},
    {"stocks": STOCK.format("30,100,1,45,0,0,400000")},
    {"stocks": STOCK.format("0,100,1,0,0,0,0")},
    {"stocks": STOCK.format("0,310,1,0,0,0,0"), "arrivals": "site,material,origin,on,tonnes\nbuyer,magnet,CN,2027-01-05,400"},
]
# fmt: on


@pytest.mark.parametrize(("tables", "code", "where", "said"), SAID)
def test_what_can_hardly_be_meant_is_said(
    tables: dict[str, str], code: str, where: str, said: str, tmp_path: Path
) -> None:
    (finding,) = [some for some in found(small(tmp_path / "mini", **tables)) if some.code == code]
    assert finding.where == f"mini/{where}"
    assert said in str(finding)


@pytest.mark.parametrize("tables", SILENT)
def test_what_can_be_meant_is_not(tables: dict[str, str], tmp_path: Path) -> None:
    assert found(small(tmp_path / "mini", **tables)) == []


@pytest.mark.parametrize("name", BUNDLED)
def test_the_bundled_cases_say_what_they_mean(name: str) -> None:
    planner = Planner(load_case(name))
    said = choose(planner.network, planner.selector, None).findings
    # These ship no magnets to the United States, so doubling the duty there is nothing to them.
    assert [some.where for some in said] == ["us-duties-doubled"] * (name in ("japan-motors", "korea"))


EVENTS = """
  - what: x
    table: {table}
    where: {where}
    {operation}: {{{change}}}
    from: {day}
"""
# fmt: off
DOUBTED = [
    ("offers", "{}", "set", "price: 60", "2027-02-01", "set-far-off", "is it in USD/kg?"),
    ("offers", "{}", "set", "price: 60000000", "2027-02-01", "set-far-off", "is it in thousand USD/t?"),
    ("offers", "{offer: spot}", "set", "capacity: 900000", "2027-02-01", "set-far-off", "The column is in t: is it in kg?"),
    ("demand", "{}", "set", "tonnes: 365000", "2027-02-01", "set-far-off", "is it in kg?"),
    ("demand", "{}", "set", "penalty: 1000", "2027-02-01", "set-far-off", "is it in USD/kg?"),
    ("duties", "{}", "set", "rate: 2.2", "2027-02-01", "set-far-off", "is it in per cent?"),
    ("routes", "{}", "set", "transit: 1", "2027-02-01", "set-far-off", "is it in months?"),
    ("stocks", "{}", "set", "cover: 1.5", "2027-02-01", "set-far-off", "is it in months?"),
    ("projects", "{}", "set", "lead: 180", "2027-02-01", "set-far-off", "is it in days?"),
    ("offers", "{}", "scale", "price: 2", "2028-01-01", "event-outside-horizon", "after the last day of the case (2027-12-31)"),
    ("offers", "{offer: idle}", "scale", "price: 2", "2027-02-01", "event-without-effect", "none of which a plan can use"),
    ("offers", "{offer: over}", "scale", "price: 2", "2027-04-01", "event-without-effect", "none of which holds on the days"),
    ("duties", "{duty: elsewhere}", "scale", "rate: 2", "2027-02-01", "event-without-effect", "1 row of duties"),
]
MEANT = [
    ("offers", "{}", "set", "price: 150000", "2027-02-01"),
    ("offers", "{offer: spot}", "set", "capacity: 0", "2027-02-01"),
    ("duties", "{duty: d}", "set", "rate: 0.25", "2027-02-01"),
    ("routes", "{}", "set", "transit: 60", "2027-02-01"),
    ("offers", "{offer: over}", "scale", "price: 2", "2027-02-01"),
]
# fmt: on


def of_event(folder: Path, *event: str) -> list[Finding]:
    """What is said of a scenario of one event."""
    case = small(
        folder / "mini",
        materials="material,stage,unit_value\nmagnet,magnet,50\nscrap,scrap,5",
        offers="offer,site,material,price,capacity,until\nspot,maker,magnet,50000,1000,\n"
        "idle,maker,scrap,5000,9,\nover,maker,magnet,51000,9,2027-04-01",
        routes="from_country,to_country,freight,transit\nCN,DE,100,30",
        duties="duty,goods,origin,destination,from,rate\nd,magnet,*,DE,2020-01-01,0.022\n"
        "elsewhere,magnet,*,US,2020-01-01,0.02",
        stocks=STOCK.format("45,100,1,45,0,45,30000"),
        projects="project,kind,site,capacity,cost,lead\nq,qualify,maker,900,10000,6",
    )
    fields = dict(zip(("table", "where", "operation", "change", "day"), event, strict=True))
    planner = Planner(load_case(case))
    own = scenario(folder / "own.yaml", EVENTS.format(**fields))
    # Some of the rows reach nothing, which is what their events are about.
    return [some for some in choose(planner.network, planner.selector, [own]).findings if some.code != IDLE_ROW]


@pytest.mark.parametrize("event", DOUBTED)
def test_an_event_that_can_hardly_be_meant_is_said(event: tuple[str, ...], tmp_path: Path) -> None:
    (finding,) = of_event(tmp_path, *event[:5])
    assert finding.code == event[5]
    assert "/own.yaml, event 1" in finding.where
    assert event[6] in str(finding)


@pytest.mark.parametrize("event", MEANT)
def test_an_event_that_can_be_meant_is_not(event: tuple[str, ...], tmp_path: Path) -> None:
    assert of_event(tmp_path, *event) == []


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ("scale: {capacity: 0}, from: 2027-04-01", []),
        ("scale: {capacity: 0.5}, from: 2027-04-01", ["contract-runs-on"]),
        ("add: {capacity: -10}, from: 2027-04-01", ["contract-runs-on"]),
        ("scale: {capacity: 2}, from: 2027-04-01", []),
        ("scale: {capacity: 0}, from: 2027-07-01", []),
        ("scale: {price: 0.5}, from: 2027-04-01", []),
    ],
)
def test_a_contract_on_what_is_not_offered_any_more_runs_on(event: str, said: list[str], tmp_path: Path) -> None:
    """The contract ends on the last day of June."""
    terms = "contract,offer,price,reservation_fee,max_volume,take_or_pay,from,until\n"
    folder = small(tmp_path / "case", contracts=f"{terms}frame,spot,40000,0,100,0,2027-01-01,2027-07-01")
    path = scenario(tmp_path / "stop.yaml", f"- {{what: x, table: offers, where: {{}}, {event}}}\n")
    planner = Planner(load_case(folder))
    findings = choose(planner.network, planner.selector, [str(path)]).findings
    assert [some.code for some in findings] == said
    assert all("frame runs on" in some.text for some in findings)


def test_findings_stand_beside_faults(tmp_path: Path) -> None:
    limits = (
        "limit,measure,sense,value,stage,by,member,window,from\nl,share,at_most,0.5,magnet,country,XQ,year,2027-01-01"
    )
    with pytest.raises(CaseError) as caught:
        load_case(small(tmp_path / "mini", demand=DEMAND.format(100), limits=limits))
    assert len(caught.value.faults) == 1
    assert [some.code for some in caught.value.findings] == ["penalty-below-price"]
    done = lodestar_here("check", str(tmp_path / "mini"), code=2)
    assert "Finding: mini/demand.csv, row 2: penalty: 100 USD/t" in done.stderr


def test_nothing_is_said_of_what_could_not_be_read(tmp_path: Path) -> None:
    """A seller whose site is misspelt is a fault; that nobody sells is not said too."""
    with pytest.raises(CaseError) as caught:
        load_case(small(tmp_path / "mini", offers=OFFER + "spot,makr,magnet,50000,1000"))
    assert caught.value.findings == ()


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("penalty-below-price", "penalty: 100 USD/t is below the cheapest magnet that reaches buyer (50,100 USD/t"),
        ("arrivals-over-capacity", "210 t vanish"),
    ],
)
def test_check_and_plan_say_it_and_go_on(case: str, said: str) -> None:
    folder = CASES / case
    assert said in lodestar_here("check", ".", cwd=folder).stdout
    (finding,) = json.loads(lodestar_here("check", ".", "--json", cwd=folder).stdout)["findings"]
    assert said in finding["text"]
    assert finding["row"] == 2
    done = lodestar_here("plan", ".", "-s", "base", "--json", "--workers", "1", cwd=folder)
    assert said in done.stderr
    assert [row["scenario"] for row in json.loads(done.stdout)] == ["base"]
