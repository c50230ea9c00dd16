"""What is said of licences, by hand: on one exporter and two buyers, one of them in a restricted country."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from optimizer.questions.licences import licence_lines, price_of_reference
from tests.helpers.paths import CASES
from tests.helpers.planned import plan

TRADE = "control,origin,destination,group,tonnes,source,confidence\nto-us,CN,US,magnet,{},invented,assumption\n"


def case(path: Path, tonnes: float | None = None) -> str:
    """The hand case, its reference stated or not."""
    folder = path / "case"
    shutil.copytree(CASES / "licence-two-destinations", folder)
    if tonnes is not None:
        (folder / "trade.csv").write_text(TRADE.format(tonnes), encoding="utf-8")
    return str(folder)


def test_the_reference_and_what_binds_are_said(tmp_path: Path) -> None:
    first, second = licence_lines(plan(case(tmp_path), []))
    assert "1 of the plan without licences; headroom 1." in first
    assert "10 of 100 t normally shipped are licensed to US (magnet from CN) in 2027" in second
    assert "a tonne more saves 9,900.00 USD" in second


@pytest.mark.parametrize(("tonnes", "price"), [(60, 40 * 9_900), (100, 0), (300, 0)])
def test_what_a_reference_costs_at_full_approval(tonnes: float, price: float, tmp_path: Path) -> None:
    """Of 100 t that would come from CN without licences 60 may."""
    plans = plan(case(tmp_path, tonnes), [])
    assert price_of_reference(plans) == pytest.approx(price, abs=1e-3)
    assert "1 of the table trade" in licence_lines(plans)[0]


def test_where_nothing_is_normally_shipped_it_is_said(tmp_path: Path) -> None:
    lines = licence_lines(plan(case(tmp_path, 0), []))
    assert "under to-us CN to US (magnet): a tonne would save up to 9,900.00 USD" in lines[-1]


def test_nothing_is_said_where_no_licence_restricts() -> None:
    assert licence_lines(plan(str(CASES / "own-case-no-scenario"), [])) == []
