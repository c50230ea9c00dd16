"""Licences granted by steps, by hand, on the case of two destinations: a tenth of 100 t a year is licensed to one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from optimizer.audit.audit import audit_plan
from optimizer.plans.long_tables import long_tables
from optimizer.questions.licences import price_of_reference
from optimizer.world import timeline
from tests.helpers.planned import plan
from tests.helpers.two_destinations import case, cost, event, least, moved, planned

GRANTS = "control,approval,destination,days,share"
STEPS = f"{GRANTS}\nto-us,,,26,0.5\nto-us,,,63,1"
PASSING = (0.5 * 37 + 302) / 365
"""Of a year, half from day 26 to day 63 and all on the 302 days that are left."""
APPROVAL = "approval,control,exporter,customer,share,covers,from"
CONTROL = "control,kind,authority,citation,origin,stages,destinations,effective,approval"
TRADE = "control,origin,destination,customer,group,tonnes"


@pytest.mark.parametrize("periods", ["{count: 1, months: 12}", "{count: 4, months: 3}", "{count: 12, months: 1}"])
def test_so_much_is_licensed_as_is_granted_by_now(periods: str, tmp_path: Path) -> None:
    """Half of what is applied for is granted on day 26, all on day 63: what was missed early on is not made up for."""
    plans = planned(case(tmp_path, periods, grants=STEPS))
    assert cost(plans) == pytest.approx(least(10 * PASSING), rel=1e-9)
    assert long_tables(plans.outcome())["licences"]["licensed_t"].sum() == pytest.approx(10 * PASSING)


def test_a_single_step_is_a_shift_and_a_last_share_below_1_stays_below(tmp_path: Path) -> None:
    shift = case(
        tmp_path / "shift", controls=f"{CONTROL},processing_days\nto-us,export,a,c,CN,magnet,US,2027-01-01,0.1,63"
    )
    step = case(tmp_path / "step", grants=f"{GRANTS}\nto-us,,,63,1")
    assert cost(planned(step)) == pytest.approx(cost(planned(shift)), rel=1e-12)
    never = case(tmp_path / "never", grants=f"{GRANTS}\nto-us,,,63,0.6")
    assert cost(planned(never)) == pytest.approx(least(10 * 0.6 * 302 / 365), rel=1e-9)


def test_steps_of_a_destination_stand_in_place_of_those_of_all(tmp_path: Path) -> None:
    """Also for a customer that `trade` counts by itself, as far as its sites lie there."""
    rows = f"{GRANTS}\nto-us,,,300,1\nto-us,,US,65,1"
    assert cost(planned(case(tmp_path / "a", grants=rows))) == pytest.approx(least(10 * 300 / 365), rel=1e-9)
    trade = f"{TRADE}\nto-us,CN,,us,magnet,100"
    assert cost(planned(case(tmp_path / "b", grants=rows, trade=trade))) == pytest.approx(
        least(10 * 300 / 365), rel=1e-9
    )
    other = f"{GRANTS}\nto-all,,DE,65,1\nto-all,,US,300,1"
    control = f"{CONTROL}\nto-all,export,a,c,CN,magnet,*,2027-01-01,1"
    plans = planned(case(tmp_path / "c", controls=control, grants=other))
    chinese = 100 * (300 + 65) / 365
    assert cost(plans) == pytest.approx(chinese * 100 + (200 - chinese) * 10_000, rel=1e-9)


def test_a_named_customer_has_steps_of_its_own(tmp_path: Path) -> None:
    """An approval of a fifth for `us` alone, of which half is granted on day 26; the control's own steps do not count."""
    approved = f"{APPROVAL}\nnamed,to-us,*,us,0.2,1,2020-01-01"
    rows = f"{GRANTS}\nto-us,,,300,1\nto-us,named,,26,0.5\nto-us,named,,63,1"
    assert cost(planned(case(tmp_path, approvals=approved, grants=rows))) == pytest.approx(
        least(20 * PASSING), rel=1e-9
    )


def test_a_general_licence_takes_along_what_has_been_granted_of_it(tmp_path: Path) -> None:
    """On days on which half of it is granted a tenth of the other half passes like that of all others."""
    approved = f"{APPROVAL}\ngeneral,to-us,cn,*,1,1,2020-01-01"
    folder = case(tmp_path, approvals=approved, grants=f"{GRANTS}\nto-us,general,,65,0.5\nto-us,general,,165,1")
    chinese = (100 * (0.1 * 65 + (0.5 + 0.1 * 0.5) * 100 + 200)) / 365
    assert cost(planned(folder)) == pytest.approx(least(chinese), rel=1e-9)


def test_a_scenario_that_lengthens_processing_stops_the_clock_of_the_steps(tmp_path: Path) -> None:
    """From day 31 on 50 days are added: half passes from day 26 to 31 and from day 81 to 113, then all."""
    slow = "  - {what: w, table: controls, where: {}, set: {processing_days: 50}, from: 2027-02-01}\n"
    less = "  - {what: w, table: grants, where: {days: 63}, set: {share: 0.75}, from: 2027-01-01}\n"
    files = [event(tmp_path / "slow.yaml", slow), event(tmp_path / "less.yaml", less)]
    plans = planned(case(tmp_path, grants=STEPS), *files)
    assert cost(plans, "slow") == pytest.approx(least(10 * (0.5 * (5 + 32) + 252) / 365), rel=1e-9)
    assert cost(plans, "less") == pytest.approx(least(10 * (0.5 * 37 + 0.75 * 302) / 365), rel=1e-9)


@pytest.mark.slow
def test_the_cost_is_a_straight_line_in_the_approval(tmp_path: Path) -> None:
    shares = np.linspace(0, 1, 6)
    files = [moved(tmp_path / f"a{number}.yaml", share) for number, share in enumerate(shares)]
    plans = planned(case(tmp_path, grants=STEPS), *files)
    for share, file in zip(shares, files, strict=True):
        assert cost(plans, file.stem) == pytest.approx(least(100 * share * PASSING), rel=1e-9)


def test_the_price_of_the_reference_knows_no_steps(tmp_path: Path) -> None:
    rows = f"{TRADE}\nto-us,CN,US,,magnet,60"
    assert price_of_reference(planned(case(tmp_path, grants=STEPS, trade=rows))) == pytest.approx(40 * 9_900, abs=1e-3)


def forget(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(timeline, "steps_of_grants", lambda some: {})


def go_on_in_days_added(patch: pytest.MonkeyPatch) -> None:
    through = timeline.through
    patch.setattr(timeline, "through", lambda on, share, wait, steps=None: through(on, share, 0 * wait, steps))


def everywhere_alike(patch: pytest.MonkeyPatch) -> None:
    steps = timeline.Timelines._steps
    patch.setattr(timeline.Timelines, "_steps", lambda self, control, approval, _="": steps(self, control, approval))


@pytest.mark.parametrize("fault", [forget, go_on_in_days_added, everywhere_alike])
def test_the_audit_refuses(
    fault: Callable[[pytest.MonkeyPatch], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = "  - {what: w, table: controls, where: {}, set: {processing_days: 50}, from: 2027-02-01}\n"
    file = event(tmp_path / "slow.yaml", slow)
    folder = case(tmp_path, grants=f"{STEPS}\nto-us,,US,20,1")
    fault(monkeypatch)
    plans = plan(str(folder), [str(file)])
    found = [
        audit_plan(plans.planner.case, long_tables(outcome), {"slow": plans.scenarios[0]}.get(name), plans.scenarios)
        for (name, _), outcome in plans.outcomes.items()
    ]
    assert any("licensed as its table says" in some.text for faults in found for some in faults)
