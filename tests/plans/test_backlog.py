"""What waits at the exporter until licences are granted, by hand, on the case of two destinations: to one 100 t a year."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.audit.audit import audit_plan
from optimizer.errors import CaseError
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import Plans
from optimizer.world.controls import caught_up
from optimizer.world.load import load_case
from tests.helpers.planned import plan
from tests.helpers.two_destinations import case, event, planned

HEAD = "control,kind,authority,citation,origin,stages,destinations,effective,approval,processing_days,validity_days"
ROW = "to-us,export,a,c,CN,magnet,US,2027-01-01"
MONTHS = "{count: 12, months: 1}"
DAY = 100 / 365
"""Tonnes a day that are normally shipped."""


def waiting(
    path: Path,
    *events: Path,
    approval: float = 1,
    days: float = 59,
    waits: str = "at_exporter",
    multiple: float = 1.5,
    **tables: str,
) -> Plans:
    """Nothing is granted for some days, here January and February; the audit agrees to every plan."""
    row = f"{HEAD},waits,multiple\n{ROW},{approval},{days},1,{waits},{multiple}"
    return planned(case(path, MONTHS, controls=row, **tables), *events)


def licensed(plans: Plans, name: str = "base") -> list[float]:
    """Tonnes licensed by month."""
    table = long_tables(plans.outcome(name, "foresight"))["licences"]
    return table[table["destination"] == "US"]["licensed_t"].tolist()


def test_what_waited_leaves_on_top_until_it_has_caught_up(tmp_path: Path) -> None:
    """59 days wait; from 1 March on 1.5 times the daily tonnes leave, for 118 days to 26 June; then the daily ones."""
    lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    extra = [0, 0, 15.5, 15, 15.5, 13, 0, 0, 0, 0, 0, 0]
    found = licensed(waiting(tmp_path))
    assert found == pytest.approx(
        [DAY * ((n + e) if m > 1 else 0) for m, (n, e) in enumerate(zip(lengths, extra, strict=True))]
    )
    assert sum(found) == pytest.approx(100)


def test_made_later_is_the_default_and_what_waited_never_leaves(tmp_path: Path) -> None:
    later = licensed(waiting(tmp_path / "later", waits="made_later", multiple=1))
    assert sum(later) == pytest.approx(DAY * 306)
    assert licensed(waiting(tmp_path / "one", multiple=1)) == pytest.approx(later)


@pytest.mark.parametrize("approval", [0.0, 0.3, 0.9])
def test_what_is_refused_waits_no_longer(tmp_path: Path, approval: float) -> None:
    """Of what is decided the approved share leaves; the rest is refused and is never applied for again."""
    assert sum(licensed(waiting(tmp_path, approval=approval))) == pytest.approx(100 * approval)


def test_a_buyer_refills_its_cover_from_what_waited(tmp_path: Path) -> None:
    """Stock of 59 days bridges the wait and is empty then; half a day's tonnes more a day fill it again in 118 days."""
    stocks = f"site,material,opening,capacity,holding,cover,penalty\nus,goods,{59 * DAY},50,0,59,100"
    trade = "control,origin,destination,customer,group,tonnes\nto-us,CN,US,,magnet,100"
    for waits, filled in (("at_exporter", [31, 0, 15.5, 30.5, 46, 59, 59]), ("made_later", [28, 0, 0, 0, 0, 0, 0])):
        multiple = 1.5 if waits == "at_exporter" else 1
        plans = waiting(tmp_path / waits, waits=waits, multiple=multiple, stocks=stocks, trade=trade)
        table = long_tables(plans.outcome())["stock"].set_index("period")["tonnes"]
        months = [float(table.get(month, 0.0)) / DAY for month in plans.outcome().frame.labels]
        assert months[1:7] == pytest.approx(filled[1:], abs=1e-6)


def test_by_steps_so_much_is_decided_as_is_granted(tmp_path: Path) -> None:
    """Half of it from day 31 on, all from day 59: 28 x 0.75 days in February, then 1.5 a day for what is left of 38 days."""
    steps = "control,approval,destination,days,share\nto-us,,,31,0.5\nto-us,,,59,1"
    found = licensed(waiting(tmp_path, days=0, grants=steps))
    assert found[:4] == pytest.approx([0, DAY * 28 * 0.75, DAY * 31 * 1.5, DAY * 30 * 1.5])
    assert sum(found) == pytest.approx(100)


def test_an_event_changes_the_multiple_and_an_end_lets_all_go(tmp_path: Path) -> None:
    what = "  - {{what: w, table: controls, where: {{}}, set: {{multiple: {}}}, from: 2027-01-01}}\n"
    none = event(tmp_path / "none.yaml", what.format(1))
    twice = event(tmp_path / "twice.yaml", what.format(2))
    plans = waiting(tmp_path / "case", none, twice)
    assert sum(licensed(plans, "none")) == pytest.approx(DAY * 306)
    assert licensed(plans, "twice")[2:5] == pytest.approx([DAY * 62, DAY * 58, DAY * 31])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (f"{ROW},1,59,1,made_later,1.5", "multiple: expected only with waits 'at_exporter'"),
        (f"{ROW},1,59,1,at_exporter,0.9", "multiple"),
        (ROW.replace("export", "content", 1) + ",1,0,1,at_exporter,1.5", "waits: expected only with kind 'export'"),
        (f"{ROW},1,59,1,exporter,1.5", "waits"),
    ],
)
def test_a_fault_says_what_was_expected(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(CaseError, match=r"controls\.csv, row 2") as caught:
        load_case(case(tmp_path, MONTHS, controls=f"{HEAD},waits,multiple\n{row}"))
    assert said in str(caught.value)


def all_at_once(force: Any, arrives: Any, most: Any, begins: int) -> Any:
    """All that waits leaves on the first day on which anything does."""
    return caught_up(force, arrives, np.where(most > 0, np.inf, 0.0), begins)


def never(force: Any, arrives: Any, most: Any, begins: int) -> Any:
    return np.minimum(arrives, most)


@pytest.mark.parametrize("fault", [all_at_once, never])
def test_the_audit_refuses(fault: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.network.licensed.caught_up", fault)
    row = f"{HEAD},waits,multiple\n{ROW},1,59,1,at_exporter,1.5"
    plans = plan(str(case(tmp_path, MONTHS, controls=row)), [])
    found = audit_plan(plans.planner.case, long_tables(plans.outcome()), None)
    assert any("licensed as its table says" in str(some) for some in found)


def test_it_leaves_in_order_of_time_and_never_before_it_comes() -> None:
    chance = np.random.default_rng(3)
    for _ in range(100):
        arrives, force = chance.random(200), chance.random(200) < 0.97
        most = arrives * (chance.random(200) < 0.6) * (1 + chance.random())
        force[0] = False
        found = caught_up(force, arrives, most, 50)
        assert (found <= most + 1e-12).all()
        for first in np.flatnonzero(force & ~np.roll(force, 1)):
            days = slice(first, first + int(np.argmin(np.append(force[first:], False))))
            assert (np.cumsum(found[days]) <= np.cumsum(arrives[days]) + 1e-9).all()
