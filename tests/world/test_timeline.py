"""Controls, steps and events as daily series."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from optimizer.case.case import Case
from optimizer.case.topics.licences import Control
from optimizer.network.build import network_of
from optimizer.world.apply import apply_scenario
from optimizer.world.events import Event
from optimizer.world.load import load_case
from optimizer.world.scenario import Scenario
from optimizer.world.select import Selector
from optimizer.world.timeline import Timelines
from tests.helpers.paths import CASES

TOY = load_case(CASES / "toy")
SAID = {"source": "test case for dates", "confidence": "assumption"}


def control(**fields: object) -> Timelines:
    """The toy case with one export control."""
    row = Control.model_validate(
        {
            "control": "c",
            "kind": "export",
            "authority": "a",
            "citation": "n",
            "origin": "AD",
            "stages": "magnet",
            "effective": "2026-01-01",
            "approval": 0.4,
            **SAID,
            **fields,
        }
    )
    return Timelines(Case(TOY.file, TOY.tables.replaced(controls=(row,)), {**TOY.places, "controls": ("controls 1",)}))


def scenario(**event: object) -> Scenario:
    """One event."""
    return Scenario(
        name="s",
        title="t",
        probability=0.1,
        announced=dt.date(2026, 1, 1),
        source="x",
        events=(Event.model_validate({"what": "w", "where": {}, **event}),),
    )


def test_approval_holds_while_in_force() -> None:
    assert control().passing[0] == pytest.approx([0.4, 0.4])


def test_nothing_is_restricted_before_effect_or_in_suspension() -> None:
    assert control(effective="2027-04-01").passing[0] == pytest.approx([1.0, 0.4])
    assert control(suspended_from="2026-06-01").passing[0] == pytest.approx([1.0, 1.0])
    assert control(suspended_from="2026-06-01", suspended_until="2027-04-01").passing[0] == pytest.approx([1.0, 0.4])
    assert control(expires="2027-04-01").passing[0] == pytest.approx([0.4, 1.0])


def test_nothing_passes_for_the_processing_days_then_the_approved_share() -> None:
    """30 of 90 days pass nothing, then 0.4."""
    assert control(effective="2027-01-01", processing_days=30).passing[0, 0] == pytest.approx(0.4 * 60 / 90)
    assert control(effective="2026-12-22", processing_days=30).passing[0, 0] == pytest.approx(0.4 * 70 / 90)
    assert control(effective="2027-02-01", processing_days=20).passing[0, 0] == pytest.approx((31 + 0.4 * 39) / 90)


def test_a_longer_process_blocks_only_the_added_days() -> None:
    before = control(processing_days=20)
    after = apply_scenario(
        scenario(table="controls", set={"processing_days": 50}, **{"from": "2027-01-11"}), before, Selector(before.case)
    )
    assert after.passing[0, 0] == pytest.approx(0.4 * 60 / 90)


def test_a_suspended_rule_can_be_put_in_force() -> None:
    before = control(suspended_from="2026-06-01")
    after = apply_scenario(
        scenario(table="controls", set={"in_force": 1}, **{"from": "2027-04-01"}), before, Selector(before.case)
    )
    assert after.passing[0] == pytest.approx([1.0, 0.4])


def test_an_event_scales_while_it_lasts_and_fades() -> None:
    base = network_of(TOY)
    changed = apply_scenario(
        scenario(
            table="offers",
            scale={"price": 3.0},
            until="2027-02-15",
            recovery={"months": 1},
            **{"from": "2027-01-01", "where": {"offer": "aa-nd"}},
        ),
        base.timelines,
        Selector(TOY),
    )
    number = [row.offer for row in TOY.tables.offers].index("aa-nd")
    series = changed.series("offers", "price")[number] / 20000
    day = changed.calendar.day
    assert series[day(dt.date(2027, 1, 1)) : day(dt.date(2027, 2, 15))] == pytest.approx(3.0)
    fading = series[day(dt.date(2027, 2, 15)) : day(dt.date(2027, 3, 15))]
    assert (np.diff(fading) < 0).all()
    assert fading.mean() == pytest.approx(2.0)
    assert series[day(dt.date(2027, 3, 15)) :] == pytest.approx(1.0)


def test_a_plant_step_can_come_later_but_not_one_already_there() -> None:
    base = network_of(TOY)
    changed = apply_scenario(
        scenario(table="plants", shift={"from": 2}, **{"from": "2027-02-01"}), base.timelines, Selector(TOY)
    )
    plants = TOY.tables.plants
    assert [plants[n].from_.isoformat() for n in range(3)] == ["2020-01-01", "2020-01-01", "2027-10-01"]
    before, after = (some.active("plants")[2].argmax() for some in (base.timelines, changed))
    assert after - before == (dt.date(2027, 12, 1) - dt.date(2027, 10, 1)).days
    assert changed.active("plants")[:2].argmax(axis=1).tolist() == [0, 0]


def test_capacity_follows_its_steps() -> None:
    """40 t/year for 183 days, then 80 t/year for 92."""
    network = network_of(TOY)
    numbers = dict(zip(network.structure.timed("plants"), network.values["capacity"], strict=True))
    assert numbers["bb-press", "press", 1] == pytest.approx((40 * 183 + 80 * 92) / 365)


def test_goods_arrive_by_the_day() -> None:
    """45 days of transit on a quarter of 90: half arrives in the same quarter; what leaves in the last 45 days of all arrives in none."""
    network = network_of(TOY)
    numbers = dict(zip(network.structure.index["transits"], network.values["arriving"], strict=True))
    assert numbers["AD", "CC", "", "", 0, 0] == pytest.approx(0.5)
    assert numbers["AD", "CC", "", "", 0, 1] == pytest.approx(0.5)
    assert numbers["AD", "CC", "", "", 1, 1] == pytest.approx(230 / 275)


def test_duties_add_up_and_begin_on_their_day() -> None:
    """2 % and, from April, 10 % more, on a magnet worth 100 USD/kg."""
    network = network_of(TOY)
    keys = [(*key, period) for key in network.structure.index["dutied"] for period in network.structure.periods]
    numbers = dict(zip(keys, network.values["duty_per_tonne"], strict=True))
    assert numbers["AD", "CC", "magnet", 0] == pytest.approx(2000)
    assert numbers["AD", "CC", "magnet", 1] == pytest.approx(12000)
    assert numbers["BB", "CC", "magnet", 1] == pytest.approx(2000)


def test_a_floor_price_shares_the_upside() -> None:
    rows = TOY.tables.contracts
    floor = rows[0].model_copy(update={"price": None, "floor": 80000.0, "upside": 0.3})
    case = Case(TOY.file, TOY.tables.replaced(contracts=(floor,)), TOY.places)
    assert network_of(case).values["contract_price"] == pytest.approx(80000 + 0.3 * 10000)
