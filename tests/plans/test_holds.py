"""Goods that a control leaves free wait at the border, by hand: they share a customs code with what it names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.audit import holds as audited_holds
from optimizer.audit.audit import audit_plan
from optimizer.errors import CaseError
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import Plans
from optimizer.world import holding
from optimizer.world.load import load_case
from tests.helpers.planned import plan
from tests.helpers.small import scenario, small

MATERIALS = "material,stage,unit_value,content,hub\noxide,oxide,100,Nd=0.8,true\nmagnet,magnet,50,Nd=0.3,false"
CONTROLS = (
    "control,kind,authority,citation,origin,elements,stages,destinations,effective,approval\n"
    "law,export,a,c,CN,Dy,magnet,*,{},1"
)
HOLDS = "control,stage,destination,days,lasts\n"
DEMAND = "site,product,from,tonnes,penalty\nbuyer,magnet,2027-01-01,365,1000000"
OFFERS = "offer,site,material,price,capacity\nspot,maker,magnet,50000,365"
ROUTES = "from_country,to_country,freight,transit\nCN,DE,100,{}"
MONTHS = "periods: [{count: 12, months: 1}]"


def held(
    folder: Path, holds: str, *events: Path, effective: str = "2027-01-01", transit: float = 0, **other: str
) -> Plans:
    """A buyer of a tonne a day, whose goods hold no element that the law names, and no stock; the audit agrees."""
    tables = {"materials": MATERIALS, "controls": CONTROLS.format(effective), "holds": HOLDS + holds}
    tables |= {"demand": DEMAND, "offers": OFFERS, "routes": ROUTES.format(transit)} | other
    plans = plan(small(folder, MONTHS, **tables), [*events])
    happens = {some.name: some for some in plans.scenarios}
    for (name, _), outcome in plans.outcomes.items():
        assert audit_plan(plans.planner.case, long_tables(outcome), happens.get(name), plans.scenarios) == []
    return plans


def short(plans: Plans, name: str = "base", answer: str = "foresight") -> list[float]:
    """Tonnes missing by period."""
    outcome = plans.outcome(name, answer)
    short = long_tables(outcome)["shortages"].groupby("period")["tonnes"].sum()
    return [float(short.get(period, 0.0)) for period in outcome.frame.labels]


@pytest.mark.parametrize(
    ("rows", "missing"),
    [
        ("law,magnet,,10,", {0: 10}),  # a tonne a day: nothing for ten days, then the pipeline is full
        ("law,magnet,,42,", {0: 31, 1: 11}),
        ("law,magnet,,42,40", {0: 31}),  # what waits is let go when the hold ends, on 10 February: too late for January
        ("law,magnet,DE,10,\nlaw,magnet,,42,", {0: 10}),  # the row of the country stands in place of that of all
        ("law,magnet,FR,42,", {}),
        ("law,magnet,,0,", {}),
    ],
)
def test_nothing_comes_while_it_waits_and_nothing_is_lost(tmp_path: Path, rows: str, missing: dict[int, float]) -> None:
    plans = held(tmp_path, rows)
    assert short(plans) == pytest.approx([missing.get(n, 0.0) for n in range(12)])
    assert long_tables(plans.outcome())["deliveries"]["tonnes"].sum() == pytest.approx(365 - sum(missing.values()))
    shipped = long_tables(plans.outcome())["shipments"]["tonnes"].sum()
    assert shipped <= 365 + 1e-9


def test_what_is_sent_before_the_control_is_in_force_is_not_held(tmp_path: Path) -> None:
    """From 1 February on 20 days of waiting: what was sent in January came, February waits 20 days."""
    assert short(held(tmp_path, "law,magnet,,20,", effective="2027-02-01")) == pytest.approx([0, 20] + [0] * 10)


def test_goods_leave_in_order_of_time(tmp_path: Path) -> None:
    """40 days from 1 January, none from 11 January: what came on the first ten days is let go on the eleventh."""
    assert short(held(tmp_path, "law,magnet,,40,10", transit=5)) == pytest.approx([5] + [0] * 11)


def test_goods_of_the_control_itself_and_of_other_stages_do_not_wait(tmp_path: Path) -> None:
    named = MATERIALS.replace("Nd=0.3,false", "Nd=0.3; Dy=0.01,false")
    assert sum(short(held(tmp_path, "law,magnet,,20,", materials=named))) == pytest.approx(0)


def test_an_event_changes_the_days(tmp_path: Path) -> None:
    """Nobody waits in the base; on the news of 1 March goods wait 30 days, and in the other from 11 March on none."""
    what = "- {{what: w, table: holds, where: {{control: law}}, set: {{days: 30}}, from: 2027-03-01{}}}\n"
    files = [
        scenario(tmp_path / "always.yaml", what.format(""), "2027-03-01"),
        scenario(tmp_path / "brief.yaml", what.format(", until: 2027-03-11"), "2027-03-01"),
    ]
    plans = held(tmp_path / "case", "law,magnet,,0,", *files)
    for name, missing in (("always", [10, 20]), ("brief", [10, 0])):
        for answer in ("react", "foresight"):
            assert short(plans, name, answer)[2:5] == pytest.approx([*missing, 0]), (name, answer)
    assert sum(short(plans)) == 0


def test_no_stage_of_the_control_is_a_fault(tmp_path: Path) -> None:
    rows = {
        "law,oxide,,10,": "stage: expected a stage of law (magnet), found 'oxide'",
        "law,magnet,CN,10,": "destination: expected a country that law restricts, found CN",
        "law,magnet,,91,": "days",
        "low,magnet,,10,": "low",
    }
    for number, (row, said) in enumerate(rows.items()):
        folder = small(tmp_path / str(number), MONTHS, materials=MATERIALS, controls=CONTROLS.format("2027-01-01"))
        with pytest.raises(CaseError, match=r"holds\.csv, row 2") as caught:
            load_case(small(folder, MONTHS, holds=HOLDS + row))
        assert said in str(caught.value)


def at_once(timelines: Any, rows: Any) -> Any:
    """A network in which nobody waits."""
    axis = np.arange(timelines.calendar.days, dtype=float)
    return holding.Queue(0 * axis, axis)


def test_the_audit_refuses_goods_that_did_not_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.network.numbers.transport.queue_of", at_once)
    with pytest.raises(AssertionError, match="mass that does not close"):
        held(tmp_path / "none", "law,magnet,,10,")


def test_the_audit_refuses_goods_let_go_out_of_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = holding.queue_of

    def overtaken(timelines: Any, rows: Any) -> Any:
        found = queue(timelines, rows)
        return holding.Queue(found.wait, np.arange(len(found.wait)) + found.wait)

    monkeypatch.setattr("optimizer.network.numbers.transport.queue_of", overtaken)
    with pytest.raises(AssertionError, match="mass that does not close"):
        held(tmp_path / "some", "law,magnet,,42,20")


def test_two_ways_to_say_what_has_left_agree() -> None:
    """The queue of a plan from its end, that of the audit from its beginning, on days drawn at random."""
    chance = np.random.default_rng(4)
    for _ in range(50):
        wait = np.where(chance.random(120) < 0.7, np.round(chance.random(120) * 40, 1), 0.0)
        leaves = np.minimum.accumulate((np.arange(120) + wait)[::-1])[::-1]
        queue = holding.Queue(wait, leaves)
        for _ in range(20):
            first, length, moment = int(chance.integers(0, 80)), int(chance.integers(1, 40)), chance.random() * 119
            gone = min(max(audited_holds.let_go(wait, moment), first), first + length)
            assert queue.gone(slice(first, first + length), moment) == pytest.approx((gone - first) / length)
