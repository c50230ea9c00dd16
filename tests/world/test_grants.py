"""Licences that are granted by steps: what passes by day, against the same told in another way."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from optimizer.audit.passing import passing_by_day
from optimizer.case.case import Case
from optimizer.case.granting import Grant
from optimizer.case.topics.licences import Control
from optimizer.errors import CaseError
from optimizer.world.apply import apply_scenario
from optimizer.world.controls import through
from optimizer.world.events import Event
from optimizer.world.load import load_case
from optimizer.world.scenario import Scenario
from optimizer.world.select import Selector
from optimizer.world.timeline import Timelines
from tests.helpers.paths import CASES
from tests.helpers.two_destinations import case as hand_case

TOY = load_case(CASES / "toy")
SAID = {"source": "test", "confidence": "assumption"}
STEPS = ((26.0, 0.5), (63.0, 0.9))
FIRST = 400
"""Place of 1 January 2027 on the axis."""


def world(steps: tuple[tuple[float, float], ...] = STEPS, **fields: object) -> Timelines:
    """The toy case with one export control, whose licences are granted by steps."""
    terms = {"origin": "AD", "stages": "magnet", "effective": "2027-01-01", "approval": 0.4, **fields}
    row = Control.model_validate({"control": "c", "kind": "export", "authority": "a", "citation": "n", **terms, **SAID})
    grants = tuple(Grant.model_validate({"control": "c", "days": d, "share": s, **SAID}) for d, s in steps)
    tables = TOY.tables.replaced(controls=(row,), grants=grants, approvals=(), trade=())
    places = {"controls": ("controls 1",), "grants": tuple(f"grants {n}" for n in range(len(grants)))}
    return Timelines(Case(TOY.file, tables, {**TOY.places, **places}))


def happens(before: Timelines, since: str, until: str | None = None, table: str = "controls", **to: float) -> Timelines:
    """What is set from a day on."""
    event = {"what": "w", "where": {}, "table": table, "set": to, "from": since, "until": until}
    told = {"title": "t", "probability": 0.1, "announced": dt.date(2026, 1, 1), "source": "x"}
    scenario = Scenario(name="s", events=(Event.model_validate(event),), **told)  # type: ignore[arg-type]
    return apply_scenario(scenario, before, Selector(before.case))


def assert_shares(some: Timelines, told: dict[int, float]) -> None:
    """Share that passes from a day of 2027 on, until the next one told."""
    ends = [*list(told)[1:], 365]
    for (day, share), end in zip(told.items(), ends, strict=True):
        np.testing.assert_allclose(some.through[0, FIRST + day : FIRST + end], share, atol=1e-12, err_msg=str(day))


def test_so_much_passes_as_is_granted_by_now_of_the_first_application() -> None:
    assert_shares(world(), {0: 0, 26: 0.4 * 0.5, 63: 0.4 * 0.9})
    assert world().passing[0, 0] == pytest.approx(0.4 * (0.5 * 37 + 0.9 * 27) / 90)
    assert_shares(world(((0, 0.25), (10, 1.0))), {0: 0.1, 10: 0.4})


def test_the_order_of_the_rows_and_a_day_that_is_cut_do_not_matter() -> None:
    assert_shares(world(STEPS[::-1]), {0: 0, 26: 0.2, 63: 0.36})
    assert_shares(world(((26.25, 0.5), (26.5, 1.0))), {0: 0, 26: 0.4 * (0.25 * 0.5 + 0.5), 27: 0.4})


def test_each_spell_of_days_in_force_begins_anew() -> None:
    some = world(suspended_from="2027-02-10", suspended_until="2027-03-02")
    assert_shares(some, {0: 0, 26: 0.2, 40: 1, 60: 0, 86: 0.2, 123: 0.36})


def test_a_control_that_is_long_in_force_has_granted_all_it_will() -> None:
    assert_shares(world(effective="2025-04-04"), {0: 0.36})


def test_approval_is_that_of_the_day() -> None:
    assert_shares(happens(world(), "2027-03-02", approval=1.0), {0: 0, 26: 0.2, 60: 0.5, 63: 0.9})


def test_in_days_added_to_processing_the_clock_of_the_steps_stands_still() -> None:
    """On day 40 processing grows by 50 days: nothing passes on them, and the second step comes 50 days later."""
    assert_shares(happens(world(), "2027-02-10", processing_days=50), {0: 0, 26: 0.2, 40: 0, 90: 0.2, 113: 0.36})
    assert_shares(happens(world(), "2026-12-01", processing_days=50), {0: 0, 76: 0.2, 113: 0.36})
    assert_shares(
        happens(world(), "2027-02-10", "2027-02-20", processing_days=50), {0: 0, 26: 0.2, 40: 0, 90: 0.2, 113: 0.36}
    )


def test_a_scenario_may_change_what_is_granted() -> None:
    """A share below that of fewer days counts as that one."""
    assert_shares(happens(world(), "2027-03-02", table="grants", share=1.0), {0: 0, 26: 0.2, 60: 0.4})
    assert_shares(happens(world(((26, 0.5), (27, 0.75))), "2027-03-02", table="grants", share=0.0), {27: 0.3, 60: 0})


@pytest.mark.parametrize("days", [0.0, 1.0, 21.0, 10.5])
def test_one_step_of_all_is_processing_days(days: float) -> None:
    dates = {"suspended_from": "2027-05-01", "suspended_until": "2027-07-01"}
    one = world(((days, 1.0),), **dates)
    np.testing.assert_allclose(one.through, world((), processing_days=days, **dates).through, atol=1e-12)


Floats = NDArray[np.float64]


def told_at_random(seed: int) -> tuple[NDArray[np.bool_], Floats, Floats, list[tuple[float, Floats]]]:
    """A rule of 300 days that comes and goes, is approved and takes longer or shorter, and steps of its grants."""
    rng = np.random.default_rng(seed)
    force = np.repeat(rng.random(10) < 0.7, 30)[None]
    approval = np.repeat(rng.random(20), 15)[None]
    waits = np.repeat(rng.choice([0.0, 0.0, 7.0, 10.5, 33.25], 20), 15)[None]
    days = np.round(rng.uniform(0, 60, int(rng.integers(1, 5))), int(rng.integers(0, 3)))
    return force, approval, waits, [(float(day), np.repeat(rng.random(20), 15)) for day in days]


@pytest.mark.parametrize("seed", range(30))
def test_the_audit_finds_the_same_by_another_way(seed: int) -> None:
    force, approval, waits, steps = told_at_random(seed)
    shares = np.array([share for _, share in steps])
    days = np.broadcast_to(np.array([[day] for day, _ in steps]), shares.shape)
    found = through(force, approval, waits, {0: (days, shares)})
    np.testing.assert_allclose(found, passing_by_day(force, approval, waits, {0: steps}), atol=1e-12)


CONTROL = "control,kind,authority,citation,origin,stages,destinations,effective,approval,processing_days"
GRANTS = "control,approval,destination,days,share"
APPROVAL = "approval,control,customer,share,processing_days,from\nlisted,to-us,us,0.5,{},2027-01-01"
FAULTS = [
    ("to-us,,,26,0.5\nto-us,,,63,0.4", "row 3: share: expected a share of at least 0.5, that of fewer days, found 0.4"),
    ("to-us,,,26,1.5", "row 2: share: "),
    ("to-us,,,-1,1", "row 2: days: "),
    ("to-us,,DE,26,1", "row 2: destination: expected a country that to-us restricts, found DE"),
    ("to-us,listed,US,26,1", "row 2: destination: expected nothing with an approval, which says whom, found US"),
    ("to-us,liste,,26,1", "row 2: approval: no such approval of to-us: 'liste'. Known: listed. Did you mean 'listed'?"),
    ("to-as,,,26,1", "row 2: control: no such control: 'to-as'."),
    ("slow,,,26,1", "row 2: days: expected slow to have processing_days 0 beside steps of grants, found 21"),
    (
        "skill,,,26,1",
        "row 2: control: expected one of kind 'export' or 'content' or 'end_use', found 'skill' of 'technology'",
    ),
    ("to-us,,,26,0.5\nto-us,,,26,1", "expected each key of grants once"),
]


@pytest.mark.parametrize(("rows", "said"), FAULTS)
def test_faults(rows: str, said: str, tmp_path: Path) -> None:
    controls = "\n".join(
        [
            CONTROL,
            "to-us,export,a,c,CN,magnet,US,2027-01-01,0.1,0",
            "slow,export,a,c,CN,magnet,US,2027-01-01,0.1,21",
            "skill,technology,a,c,CN,magnet,US,2027-01-01,0.1,0",
        ]
    )
    folder = hand_case(tmp_path, controls=controls, approvals=APPROVAL.format(0), grants=f"{GRANTS}\n{rows}")
    with pytest.raises(CaseError, match=r"grants\.csv") as caught:
        load_case(folder)
    assert said in str(caught.value)


def test_an_approval_with_steps_has_no_processing_days(tmp_path: Path) -> None:
    folder = hand_case(tmp_path, approvals=APPROVAL.format(9), grants=f"{GRANTS}\nto-us,listed,,26,1")
    with pytest.raises(CaseError, match="expected listed to have processing_days 0 beside steps of grants, found 9"):
        load_case(folder)
