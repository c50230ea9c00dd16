"""Figures likely in another unit, and rows of one name that are about different things."""

from __future__ import annotations

import datetime as dt
import pickle
from pathlib import Path

import pytest

from optimizer.errors import CaseError
from optimizer.network.windows import rows_in_force
from optimizer.plans.plan import plan
from optimizer.world.load import load_case
from optimizer.world.plausible import case_findings
from tests.helpers.paths import CASES
from tests.helpers.small import small

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
