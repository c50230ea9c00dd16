"""A substitute that firms go over to little by little: from a day, or from an event on, in a straight line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from optimizer.audit.audit import audit_plan
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import Plans
from tests.helpers.planned import plan
from tests.helpers.small import scenario, small

TABLES = {
    "materials": "material,stage,unit_value\nmagnet,magnet,50\nfree,magnet,50",
    "offers": "offer,site,material,price,capacity\nspot,maker,free,50000,1000",
    "demand": "site,product,from,tonnes,penalty\nbuyer,magnet,2027-01-01,365,1000000",
}
ROW = "product,material,max_share,from,ramp_days\nmagnet,free,{}"
MONTHS = "periods: [{count: 12, months: 1}]"
SHARES = [0.0] * 6 + [31 * (15.5 / 60), 29 * (45.5 / 60) + 2, 30, 31, 30, 31]
"""Days of a share that grows over 60 days from 1 July, by month, each in full: half of a day's growth at its middle."""


def served(plans: Plans, key: tuple[str, str]) -> list[float]:
    """Tonnes of the substitute delivered by month; the audit passes."""
    happens: dict[str, Any] = {some.name: some for some in plans.scenarios}
    tables = long_tables(plans.outcomes[key] if key in plans.outcomes else plans.outcome())
    assert audit_plan(plans.planner.case, tables, happens.get(key[0]), plans.scenarios) == []
    found = tables["deliveries"].groupby("period")["tonnes"].sum()
    return [float(found.get(f"2027-{month:02}", 0.0)) for month in range(1, 13)]


@pytest.mark.parametrize("most", [1.0, 0.5])
def test_a_share_grows_from_its_first_day(tmp_path: Path, most: float) -> None:
    """A tonne a day: 8.01 t in July, 23.99 in August, all from September on, times the share."""
    plans = plan(small(tmp_path, MONTHS, substitutions=ROW.format(f"{most},2027-07-01,60"), **TABLES))
    assert served(plans, ("base", "base")) == pytest.approx([most * days for days in SHARES], abs=1e-5)


def test_without_a_ramp_all_of_it_is_there_at_once(tmp_path: Path) -> None:
    plans = plan(small(tmp_path, MONTHS, substitutions=ROW.format("1,2027-07-01,"), **TABLES))
    assert served(plans, ("base", "base")) == pytest.approx([0] * 6 + [31, 31, 30, 31, 30, 31])


def test_a_ramp_that_began_before_the_case_goes_on(tmp_path: Path) -> None:
    """Begun on 12 December 2026, 20 of its 40 days are over: 10 + 5 are left of the next 20 days, then all."""
    plans = plan(small(tmp_path, MONTHS, substitutions=ROW.format("1,2026-12-12,40"), **TABLES))
    assert served(plans, ("base", "base"))[:2] == pytest.approx([15 + 11, 28])


def test_an_event_switches_it_on(tmp_path: Path) -> None:
    folder = small(tmp_path / "case", MONTHS, substitutions=ROW.format("0,,60"), **TABLES)
    event = "- {what: free, table: substitutions, where: {}, set: {max_share: 0.5}, from: 2027-07-01}\n"
    plans = plan(folder, [scenario(tmp_path / "over.yaml", event, "2027-07-01")])
    for answer in ("react", "foresight"):
        assert served(plans, ("over", answer)) == pytest.approx([0.5 * days for days in SHARES], abs=1e-5)
    assert sum(served(plans, ("base", "base"))) == 0
