"""Figures likely in another unit, and rows of one name that are about different things."""

from __future__ import annotations

import datetime as dt
import pickle
from pathlib import Path

import pytest

from optimizer.errors import CaseError, ScenarioError
from optimizer.faults import Finding
from optimizer.network.windows import rows_in_force
from optimizer.plans.choose import choose
from optimizer.plans.plan import Planner
from optimizer.world.load import load_case
from optimizer.world.plausible import case_findings
from tests.helpers.paths import CASES
from tests.helpers.planned import plan
from tests.helpers.small import scenario, small

MATERIALS = "material,stage,unit_value,content\nmagnet,magnet,50,NdPr=0.3\nalloy,alloy,40,NdPr=0.31\ncoke,alloy,1,"
ORIGINS = "offer,material,country,tonnes\nspot,alloy,CN,{}"
RECIPES = "recipe,process,material,tonnes\npress,press,alloy,-{}\npress,press,magnet,1"


def codes(folder: Path) -> list[str]:
    """Codes of all findings of a case."""
    return [found.code for found in case_findings(load_case(folder))]


@pytest.mark.parametrize(("rate", "said"), [(1.0, []), (1.01, ["rate-above-one"]), (2.2, ["rate-above-one"])])
def test_a_duty_above_the_whole_value_is_said(rate: float, said: list[str], tmp_path: Path) -> None:
    duties = f"duty,goods,origin,destination,rate,from\nx,magnet,CN,DE,{rate},2026-01-01"
    assert codes(small(tmp_path / "mini", duties=duties)) == said


@pytest.mark.parametrize(("tonnes", "said"), [(1.1, False), (19, False), (20, True), (1100, True)])
def test_tonnes_that_elements_do_not_allow_are_said(tonnes: float, said: bool, tmp_path: Path) -> None:
    for name, table in (("origins", ORIGINS), ("recipes", RECIPES)):
        folder = small(tmp_path / name, materials=MATERIALS, **{name: table.format(tonnes)})
        found = [some for some in case_findings(load_case(folder)) if some.code == "tonnes-above-content"]
        assert bool(found) == said
        assert all(("kilograms (1.1 t)" in str(some)) == (tonnes == 1100) for some in found)


def test_goods_that_share_no_element_are_not_compared(tmp_path: Path) -> None:
    assert (
        codes(small(tmp_path / "mini", materials=MATERIALS, origins="offer,material,country,tonnes\nspot,coke,CN,99"))
        == []
    )


LIMIT = "limit,measure,sense,value,stage,by,member,window,from,until\n"
FIRST = "cap,share,at_most,0.5,magnet,country,CN,period,2027-01-01,\n"


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ("cap,volume,at_most,1,magnet,country,CN,period,2027-07-01,", "measure: expected share as in mini/limits.csv, row 2"),
        ("cap,share,at_least,0.5,magnet,country,CN,period,2027-07-01,", "sense: expected at_most"),
        ("cap,share,at_most,0.5,magnet,country,each,period,2027-07-01,", "member: expected CN"),
        ("cap,share,at_most,0.5,magnet,country,CN,year,2027-07-01,", "window: expected period"),
        ("cap,share,at_most,0.4,magnet,country,CN,period,2027-07-01,2027-10-01", ""),
    ],
)  # fmt: skip
def test_rows_of_one_limit_are_about_one_thing(other: str, said: str, tmp_path: Path) -> None:
    folder = small(tmp_path / "mini", limits=LIMIT + FIRST + other)
    if not said:
        load_case(folder)
        return
    with pytest.raises(CaseError) as caught:
        load_case(folder)
    assert said in str(caught.value)


def test_rows_of_one_duty_are_exempt_alike(tmp_path: Path) -> None:
    duties = (
        "duty,goods,origin,destination,exempt,rate,from\nx,magnet,*,DE,,0.1,2026-01-01\nx,magnet,*,DE,JP,0.1,2027-07-01"
    )
    with pytest.raises(CaseError, match=r"exempt: expected nothing as in mini/duties\.csv, row 2"):
        load_case(small(tmp_path / "mini", duties=duties))


def test_after_its_end_an_earlier_row_of_a_limit_does_not_come_back(tmp_path: Path) -> None:
    """Half until July, 40 % until October, then nothing: by the programme, and by the audit on its own clock."""
    folder = small(
        tmp_path / "mini", limits=LIMIT + FIRST + FIRST.replace("0.5", "0.4").replace("01-01,", "07-01,2027-10-01")
    )
    case = load_case(folder)
    held = {window: row.value for (_, window), (_, row, _) in rows_in_force(case).items()}
    starts = [case.calendar.bounds[period] for period in case.calendar.periods]
    expected = {
        case.calendar.label(period): 0.5 if start < dt.date(2027, 7, 1) else 0.4
        for period, start in enumerate(starts)
        if start < dt.date(2027, 10, 1)
    }
    assert held == expected


def test_plans_pickle() -> None:
    plans = plan(CASES / "toy", [])
    again = pickle.loads(pickle.dumps(plans))  # noqa: S301 - what was just made
    assert again.summary.equals(plans.summary)
    assert again.outcome().cost == plans.outcome().cost


CONTRACTS = (
    "contract,offer,price,floor,reservation_fee,max_volume,take_or_pay,from,until\n"
    "fixed,spot,50000,,0,10,0.5,2027-01-01,2028-01-01\nshared,spot,,40000,0,10,0.5,2027-01-01,2028-01-01"
)
CONTROLS = (
    "control,kind,authority,citation,origin,stages,effective,approval\n"
    "law,note,Ministry,No. 1,CN,magnet,2026-01-01,1\nban,export,Ministry,No. 2,CN,magnet,2026-01-01,1"
)
PROJECTS = (
    "project,kind,site,capacity,cost,lead,done_from\n"
    "running,qualify,maker,100,1000,6,2027-03-01\nplanned,qualify,other,100,1000,6,"
)
EVENT = "  - what: x\n    table: {}\n    where: {}\n    set: {}\n    from: 2027-02-01\n"


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (("contracts", "{}", "{floor: 45000}"), "set.floor changes nothing in 1 of 2 rows selected: mini/contracts.csv, row 2 (it is empty)"),
        (("controls", "{}", "{approval: 0.5}"), "1 of 2 rows selected: mini/controls.csv, row 2 (a note restricts nothing)"),
        (("projects", "{}", "{lead: 12}"), "mini/projects.csv, row 2 (it is under way and done on 2027-03-01)"),
    ],
)  # fmt: skip
def test_an_event_says_row_by_row_where_it_changes_nothing(event: tuple[str, ...], said: str, tmp_path: Path) -> None:
    assert any(said in str(finding) for finding in events(tmp_path, event))


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (("contracts", "{contract: fixed}", "{floor: 45000}"), "nothing reads floor of any row selected (it is empty)"),
        (("controls", "{control: law}", "{approval: 0.5}"), "nothing reads approval of any row selected (a note"),
        (("controls", "{control: ban}", "{threshold: 0}"), "a control of kind 'export' has no threshold"),
        (("projects", "{project: running}", "{lead: 12}"), "(it is under way and done on 2027-03-01)"),
    ],
)
def test_what_nothing_reads_cannot_be_changed(event: tuple[str, ...], said: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        events(tmp_path, event)
    assert said in str(caught.value)


def events(folder: Path, event: tuple[str, ...]) -> list[Finding]:
    """What is said of a scenario of one event, in a case with two rows of many tables."""
    case = small(
        folder / "mini",
        contracts=CONTRACTS,
        controls=CONTROLS,
        projects=PROJECTS,
        sites="site,company,country,owner\nmaker,Maker Co,CN,CN\nother,Other Co,CN,CN\nbuyer,Buyer SE,DE,DE",
        offers="offer,site,material,price,capacity\nspot,maker,magnet,50000,1000\nmore,other,magnet,50000,10",
    )
    planner = Planner(load_case(case))
    own = scenario(folder / "own.yaml", EVENT.format(*event))
    return choose(planner.network, planner.selector, [own]).findings
