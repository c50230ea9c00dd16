"""Technology controls hold back the steps of plants that depend on an origin's technology; goods carry it too."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from optimizer.audit.audit import audit_plan
from optimizer.case.case import Case
from optimizer.case.topics.licences import Control
from optimizer.case.topics.supply import Plant
from optimizer.network.build import network_of
from optimizer.network.exposure import Exposures
from optimizer.network.network import Network
from optimizer.plans.long_tables import long_tables
from optimizer.questions.controls import controls
from optimizer.world.apply import apply_scenario
from optimizer.world.events import Event
from optimizer.world.load import load_case
from optimizer.world.scenario import Scenario
from optimizer.world.select import Selector
from tests.helpers.paths import BUNDLED, CASES
from tests.helpers.planned import plan

TOY = load_case(CASES / "toy")
"""BB presses 40 t/year, and 80 from October 2027; the second period has 275 days, 92 of them after the step."""
SAID = {"source": "test case for technology", "confidence": "assumption"}
FIRST, SECOND = 183, 92
"""Days of the second period before the step and from it on."""


def rows(control: dict[str, Any] | None, plant: dict[str, Any], *more: dict[str, Any]) -> Case:
    """The toy case with one technology control, and its plants at BB changed."""
    base = {"control": "c", "kind": "technology", "authority": "a", "citation": "n", "origin": "AD", "stages": "magnet"}
    base |= {"effective": "2026-01-01", "approval": 1.0, **SAID}
    controls = [Control.model_validate({**base, **control})] if control is not None else []
    plants = [
        row.model_copy(update=plant) if row.site == "bb-press" else row
        for row in (*TOY.tables.plants, *(Plant.model_validate({**SAID, **some}) for some in more))
    ]
    tables = TOY.tables.replaced(plants=tuple(plants), controls=(*TOY.tables.controls, *controls))
    places = {name: tuple(f"{name} {n}" for n in range(len(found))) for name, found in tables.items()}
    return Case(TOY.file, tables, places)


def with_control(plant: dict[str, Any] | None = None, /, *more: dict[str, Any], **control: Any) -> Case:
    """The same; BB's plants depend on technology of AD unless said otherwise."""
    return rows(control, {"technology_origin": "AD"} if plant is None else plant, *more)


def capacity(network: Network, site: str = "bb-press") -> float:
    """Tonnes BB can press in the second period, times 365."""
    numbers = dict(zip(network.structure.timed("plants"), network.values["capacity"], strict=True))
    return numbers[site, "press", 1] * 365


def in_scenario(case: Case, **event: Any) -> Network:
    """The network of a case in which one event happens."""
    base = network_of(case)
    happens = Event.model_validate({"what": "w", **event})
    scenario = Scenario(
        name="s", title="t", probability=0.1, announced=dt.date(2026, 1, 1), source="x", events=(happens,)
    )
    return base.patched(apply_scenario(scenario, base.timelines, Selector(case)))


FULL = 40 * FIRST + 80 * SECOND


def test_a_step_that_begins_in_force_comes_later() -> None:
    assert capacity(network_of(with_control(processing_days=30))) == pytest.approx(40 * (FIRST + 30) + 80 * 62)
    assert capacity(network_of(with_control(processing_days=10.5))) == pytest.approx(40 * 193.5 + 80 * 81.5)
    assert capacity(network_of(with_control(processing_days=200))) == pytest.approx(40 * 275)


def test_only_the_approved_share_of_what_it_adds_comes() -> None:
    assert capacity(network_of(with_control(approval=0.25))) == pytest.approx(40 * FIRST + 50 * SECOND)
    later = with_control(approval=0.25, processing_days=30)
    assert capacity(network_of(later)) == pytest.approx(40 * (FIRST + 30) + 50 * 62)


def test_a_denied_step_adds_nothing_and_what_ran_runs_on() -> None:
    assert capacity(network_of(with_control(approval=0))) == pytest.approx(40 * 275)


@pytest.mark.parametrize(
    ("plant", "control"),
    [
        ({"technology_origin": "CC"}, {}),
        ({}, {}),
        (None, {"stages": "oxide; metal"}),
        (None, {"destinations": "CC; DE"}),
        (None, {"origin": "AD; BB"}),
        (None, {"effective": "2027-10-02"}),
        (None, {"expires": "2027-10-01"}),
        (None, {"suspended_from": "2027-09-01", "suspended_until": "2027-10-02"}),
        (None, {"suspended_from": "2026-06-01"}),
    ],
    ids=["other origin", "no origin", "other stage", "other place", "at home", "before", "after", "lapse", "suspended"],
)
def test_not_reached(plant: dict[str, Any] | None, control: dict[str, Any]) -> None:
    network = network_of(with_control(plant, approval=0, **control))
    assert capacity(network) == pytest.approx(FULL)
    without = network_of(rows(None, {}))
    np.testing.assert_array_equal(network.values["capacity"], without.values["capacity"])


@pytest.mark.parametrize("day", ["2027-10-01", "2026-01-01"])
def test_reached_from_the_day_it_takes_effect(day: str) -> None:
    assert capacity(network_of(with_control(approval=0, effective=day))) == pytest.approx(40 * 275)


def test_a_control_that_applies_again_reaches_steps_from_that_day() -> None:
    again = with_control(approval=0, suspended_from="2026-06-01", suspended_until="2027-10-01")
    assert capacity(network_of(again)) == pytest.approx(40 * 275)


def test_steps_already_there_are_facts() -> None:
    """The step of 2020 stays, though a control of 2019 denies all."""
    assert capacity(network_of(with_control(approval=0, effective="2019-01-01"))) == pytest.approx(40 * 275)


def test_of_two_controls_the_smaller_share_and_the_later_day_count() -> None:
    case = with_control(approval=0.5, processing_days=20)
    second = case.tables.controls[-1].model_copy(update={"control": "d", "approval": 0.75, "processing_days": 40.0})
    tables = case.tables.replaced(controls=(*case.tables.controls, second))
    both = Case(case.file, tables, {**case.places, "controls": (*case.places["controls"], "controls d")})
    assert capacity(network_of(both)) == pytest.approx(40 * (FIRST + 40) + 60 * 52)


def test_a_step_down_takes_first_what_never_came() -> None:
    """80, of which 60 came; 70, of which those 60 stay; 50; then 90, after the control has ended."""
    step = {"site": "bb-press", "process": "press", "cost": 3000, "technology_origin": "AD", "ramp": 0.5, "running": 8}
    case = with_control(
        None,
        {**step, "from": "2027-11-01", "capacity": 70},
        {**step, "from": "2027-12-01", "capacity": 50},
        {**step, "from": "2027-12-16", "capacity": 90},
        approval=0.5,
        expires="2027-11-15",
    )
    assert capacity(network_of(case)) == pytest.approx(40 * FIRST + 60 * 61 + 50 * 15 + 90 * 16)


def test_a_plant_is_held_back_and_its_twin_is_not() -> None:
    """AD presses at home with its own technology."""
    network = network_of(with_control(approval=0))
    assert capacity(network, "aa-press") == pytest.approx(100 * 275)


def test_scenarios_change_it_like_any_control() -> None:
    case = with_control(suspended_from="2026-06-01")
    where = {"table": "controls", "where": {"control": "c"}}
    again = {"in_force": 1, "approval": 0.25, "processing_days": 30}
    changed = in_scenario(case, **where, set=again, **{"from": "2027-09-01"})
    assert capacity(changed) == pytest.approx(40 * (FIRST + 30) + 50 * 62)
    too_late = in_scenario(case, **where, set=again, **{"from": "2027-10-02"})
    assert capacity(too_late) == pytest.approx(FULL)
    lifted = in_scenario(with_control(approval=0), **where, set={"in_force": 0}, **{"from": "2027-01-01"})
    assert capacity(lifted) == pytest.approx(FULL)


def test_the_terms_are_those_of_the_day_the_step_begins() -> None:
    """An approval that changes a day later, or a control that ends, does not reopen the case."""
    where = {"table": "controls", "where": {"control": "c"}}
    after = in_scenario(with_control(approval=0), **where, set={"approval": 1}, **{"from": "2027-10-02"})
    assert capacity(after) == pytest.approx(40 * 275)


def test_a_step_shifted_past_the_end_of_a_control_is_free() -> None:
    shift = {"table": "plants", "where": {"site": "bb-press"}, "shift": {"from": 1}, "from": "2027-01-01"}
    assert capacity(in_scenario(with_control(approval=0, expires="2027-10-15"), **shift)) == pytest.approx(
        40 * (FIRST + 31) + 80 * 61
    )
    assert capacity(in_scenario(with_control(approval=0, expires="2027-11-15"), **shift)) == pytest.approx(40 * 275)


def test_an_outage_of_a_plant_held_back_leaves_nothing() -> None:
    outage = {"table": "plants", "where": {"site": "bb-press"}, "set": {"capacity": 0}, "from": "2027-04-01"}
    assert capacity(in_scenario(with_control(approval=0.5), **outage)) == 0


def exposed(technology: bool, plant: dict[str, Any]) -> Case:
    """The toy case whose content control counts technology, or not."""
    controls = [
        row.model_copy(update={"technology": technology}) if row.kind == "content" else row
        for row in TOY.tables.controls
    ]
    case = rows(None, plant)
    return Case(case.file, case.tables.replaced(controls=tuple(controls)), TOY.places)


def classes(case: Case) -> set[str]:
    """Exposure classes of the magnets BB ships."""
    lanes = network_of(case).structure.index["lanes"]
    return {cls for origin, _, material, cls, _ in lanes if (origin, material) == ("bb-press", "magnet")}


def test_goods_made_with_the_technology_are_exposed() -> None:
    assert "clean" in classes(exposed(False, {"technology_origin": "AD"}))
    made = classes(exposed(True, {"technology_origin": "AD"}))
    assert made
    assert all("aa-content" in cls.split("+") for cls in made)


@pytest.mark.parametrize("plant", [{"technology_origin": "CC"}, {}], ids=["other origin", "none"])
def test_goods_made_with_other_technology_are_not(plant: dict[str, Any]) -> None:
    assert "clean" in classes(exposed(True, plant))


def test_rules_of_one_scope_stay_one_until_a_plant_depends_on_technology() -> None:
    """Else every case would carry two classes for the same goods."""
    assert len(Exposures.of(exposed(True, {})).rules) == len(Exposures.of(TOY).rules) == 1
    apart = Exposures.of(exposed(True, {"technology_origin": "AD"}))
    assert set(apart.rules) == {"aa-content", "aa-military"}


def test_technology_controls_and_notes_govern_no_goods() -> None:
    for kind in ("technology", "note"):
        structure = network_of(with_control(kind=kind, stages="oxide; magnet")).structure
        plain = network_of(TOY).structure
        assert structure.governs == plain.governs
        assert structure.serves_under == plain.serves_under
        assert structure.index["rules"] == plain.index["rules"]


def test_plants_in_scope_are_counted_and_named() -> None:
    day = dt.date(1999, 1, 1)
    table = controls(network_of(with_control()), day).set_index("control")
    assert table.loc["c", ["lanes", "plants", "demands"]].tolist() == [0, 1, 0]
    assert table.loc["c", "examples"] == ("bb-press: press",)
    assert controls(network_of(with_control({})), day)["plants"].sum() == 0


def test_bundled_plants_on_chinese_know_how_have_no_step_to_hold_back_and_say_that_it_is_assumed() -> None:
    """The catalogue of 2023 would hold steps back in every plan; what is announced since then has what it needs."""
    for name in BUNDLED:
        case = load_case(name)
        assert {row.control for row in case.tables.controls if row.kind == "technology"} == {
            "cn-technology-2023",
            "cn-56-2025",
            "cn-62-2025",
        }
        reached = [row for row in case.tables.plants if row.technology_origin == "CN"]
        assert {row.site for row in reached} == {"vietnam-metal", "thai-metal"}
        assert all(row.from_.year == 2015 and "technology_origin" in row.assumed for row in reached)


def opened(network: Network) -> float:
    """Days of the second period in which the buyer's expansion of BB's press is open, if started in the first."""
    place = network.index["openings"].index(("expand-bb", 0, 1))
    return float(network.value("opens")[place] / 20 * 365)


def test_a_project_that_expands_such_a_plant_is_held_back_too() -> None:
    """It may start on 1 February and takes four months, to 1 June: 214 of the 275 days are left."""
    assert opened(network_of(rows(None, {"technology_origin": "AD"}))) == pytest.approx(214)
    assert opened(network_of(with_control({}, approval=0.5, processing_days=30))) == pytest.approx(214)
    assert opened(network_of(with_control(approval=0.5, processing_days=30))) == pytest.approx(0.5 * 184)
    assert opened(network_of(with_control(approval=0.5, effective="2027-06-04"))) == pytest.approx(214)
    assert opened(network_of(with_control(approval=0.0))) == 0.0


def test_what_two_controls_hold_back_comes_once_both_licences_are_there() -> None:
    """The least share is approved, and after the longer wait: for a step of a plant as for what a project adds."""
    one = with_control(approval=0.5, processing_days=10)
    other = one.tables.controls[-1].model_copy(update={"control": "d", "approval": 0.8, "processing_days": 30.0})
    tables = one.tables.replaced(controls=(*one.tables.controls, other))
    case = Case(one.file, tables, {**one.places, "controls": (*one.places["controls"], "controls 9")})
    timelines = network_of(case).timelines
    count = len(tables.controls)
    due = timelines.calendar.day(dt.date(2027, 10, 1))
    assert timelines.held_back([count - 2, count - 1], float(due)) == (due + 30, 0.5)
    (step,) = (n for n, row in enumerate(tables.plants) if row.site == "bb-press" and row.from_ == dt.date(2027, 10, 1))
    expected = np.where(np.arange(timelines.calendar.days) >= due + 30, 0.5, 0.0)
    np.testing.assert_allclose(timelines.granted()[step], expected)


def test_lines_that_run_stand_once_parts_have_not_come_for_long_enough() -> None:
    """In force from 1 January 2026 (day 35 of the axis): 40 t/year run for 500 days, of which 90 + 46 are planned."""
    said = {"running_days": 500, "approval": 0.25}
    stood = dt.date(2026, 1, 1) + dt.timedelta(days=500)
    network = network_of(with_control(**said))
    days = [dt.date(2027, 4, 1) + dt.timedelta(days=n) for n in range(FIRST + SECOND)]
    whole = [40 + (0.25 * 40 if day >= dt.date(2027, 10, 1) else 0) for day in days]
    run = [0.25 if day >= stood else 1.0 for day in days]
    assert capacity(network) == pytest.approx(sum(a * b for a, b in zip(whole, run, strict=True)))
    assert capacity(network_of(with_control(approval=0.25))) == pytest.approx(sum(whole))
    assert capacity(network_of(with_control({}, **said))) == pytest.approx(FULL)  # stands on nobody's technology


def test_a_break_lets_lines_run_on() -> None:
    """Suspended for a day in May 2027, the days are counted anew: 200 of them are over on 18 November."""
    pause = {"table": "controls", "where": {"control": "c"}, "set": {"in_force": 0}}
    case = with_control(running_days=200, approval=0, processing_days=0)
    assert capacity(network_of(case)) == pytest.approx(0)
    network = in_scenario(case, **pause, **{"from": "2027-05-01", "until": "2027-05-02"})
    open_days = (dt.date(2027, 11, 18) - dt.date(2027, 5, 1)).days
    assert capacity(network) == pytest.approx(40 * open_days)


def test_days_without_parts_are_of_technology_controls_only() -> None:
    with pytest.raises(ValueError, match="running_days: expected only with kind 'technology'"):
        with_control(kind="export", running_days=30)


def test_an_auditor_counts_the_days_without_parts_anew() -> None:
    """A plan of a case in which lines may run for 700 days is objected to where they may for 500."""
    long, short = (with_control(running_days=days, approval=0, processing_days=0) for days in (550, 250))
    tables = long_tables(plan(long, []).outcome())
    assert audit_plan(long, tables) == []
    assert any("plant" in str(fault) for fault in audit_plan(short, tables))
    assert audit_plan(short, long_tables(plan(short, []).outcome())) == []
