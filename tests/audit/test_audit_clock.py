"""The audit has a clock of its own: a fault of the programme's clock, planned with and audited with, is objected to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.audit.audit import audit_plan
from optimizer.audit.verify import verify
from optimizer.case.calendar import Calendar
from optimizer.case.case import Case
from optimizer.case.check import check_references
from optimizer.case.tables import TABLES
from optimizer.faults import Fault
from optimizer.folder.write import write_plans
from optimizer.network import rows as numbers
from optimizer.network.ownership import Ownership
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import Plans
from optimizer.world import apply, timeline
from optimizer.world.events import Event
from optimizer.world.load import load_case
from optimizer.world.scenario import Scenario
from optimizer.world.select import Selector
from optimizer.world.timeline import Timelines
from tests.helpers.paths import CASES
from tests.helpers.planned import plan

TOY = CASES / "toy"
SAID = {"source": "test of the clock", "confidence": "assumption"}
Patch = pytest.MonkeyPatch


def rows(table: str, *found: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(TABLES[table].model_validate({**SAID, **row}) for row in found)


@cache
def dated() -> Case:
    """The toy case, in which also offers end, capacity is shared, and technology, suspensions and listings count."""
    toy = load_case(TOY)
    control = {"authority": "a", "citation": "n", "stages": "magnet", "origin": "AD"}
    own = {
        "offers": tuple(
            row.model_copy(update={"until": dt.date(2027, 6, 1)}) if row.offer == "aa-nd" else row
            for row in toy.tables.offers
        ),
        "plants": tuple(
            row.model_copy(update={"technology_origin": "AD"}) if row.site == "bb-press" else row
            for row in toy.tables.plants
        ),
        "sites": tuple(
            row.model_copy(update={"parent": "Holding", "parent_share": 0.6}) if row.site == "cc-plant" else row
            for row in toy.tables.sites
        ),
        "controls": (
            *(
                row.model_copy(update={"threshold": 0.9} if row.kind == "end_use" else {})
                for row in toy.tables.controls
            ),
            *rows(
                "controls",
                {**control, "control": "know-how", "kind": "technology", "effective": "2026-06-01", "approval": 0.5},
                {**control, "control": "paused", "kind": "export", "effective": "2026-01-01", "approval": 0.2}
                | {"suspended_from": "2026-06-01", "suspended_until": "2027-07-01", "expires": "2027-11-01"},
            ),
        ),
        "approvals": rows(
            "approvals",
            {"approval": "general", "control": "aa-export", "share": 1.0, "covers": 0.5, "from": "2026-01-01"}
            | {"until": "2027-02-15"},
            {"approval": "listed", "control": "aa-export", "customer": "Holding", "affiliates": 0.5, "share": 0.1}
            | {"from": "2027-03-01"},
        ),
        "availability": rows(
            "availability",
            {"stage": "magnet", "country": "*", "share": 0.8},
            {"stage": "oxide", "country": "*", "share": 0.6},
            {"stage": "oxide", "country": "BB", "share": 0.3},
        ),
    }
    tables = toy.tables.replaced(**own)
    case = Case(
        toy.file, tables, {name: tuple(f"{name} {n}" for n in range(len(found))) for name, found in tables.items()}
    )
    assert check_references(case, "dated") == []
    return case


def storm() -> Scenario:
    """Something of every operation, with and without an end and a recovery."""
    half = {"from": "2027-05-10", "until": "2027-08-20"}
    events = [
        {"table": "plants", "where": {"country": "AD"}, "scale": {"capacity": 0.02}, **half, "recovery": {"months": 3}},
        {"table": "plants", "where": {"not_country": "AD"}, "shift": {"from": 2}, "from": "2027-05-10"},
        {"table": "offers", "where": {"element": "Nd", "not_country": "BB"}, "add": {"price": 5000.0}, **half},
        {"table": "controls", "where": {"control": "aa-export"}, "set": {"approval": 0.4}, **half},
        {"table": "controls", "where": {"control": "aa-export"}, "add": {"processing_days": 30}, **half},
        {"table": "controls", "where": {"control": "paused"}, "set": {"in_force": 1}, "from": "2027-05-10"},
        {"table": "availability", "where": {"not_stage": "oxide"}, "scale": {"share": 0.7}, "from": "2027-06-10"},
    ]  # fmt: skip
    happens = tuple(Event.model_validate({"what": "storm", **event}) for event in events)
    return Scenario(
        name="storm", title="storm", probability=0.1, announced=dt.date(2027, 5, 1), source="test", events=happens
    )


def planned() -> Plans:
    return plan(dated(), [storm()], answers=("react",))


def objections(plans: Plans) -> Iterator[Fault]:
    happens = {"storm": storm()}
    for (name, _), outcome in plans.outcomes.items():
        yield from audit_plan(plans.planner.case, long_tables(outcome), happens.get(name))


def forget_controls(patch: Patch) -> None:
    patch.setattr(Timelines, "_in_force", lambda self: np.zeros_like(self.series("controls", "approval")))


def forget_suspensions(patch: Patch) -> None:
    in_force = Timelines._in_force
    plain = {"suspended_from": None, "suspended_until": None}
    patch.setattr(Timelines, "_in_force", lambda self: in_force(without(self, "controls", plain)))


def forget_expiries(patch: Patch) -> None:
    in_force = Timelines._in_force
    patch.setattr(Timelines, "_in_force", lambda self: in_force(without(self, "controls", {"expires": None})))


def without(world: Timelines, table: str, empty: dict[str, None]) -> Timelines:
    """A world whose rows of a table have some cells empty."""
    found = tuple(row.model_copy(update=empty) for row in world.case.tables.rows(table))
    return Timelines(
        Case(world.case.file, world.case.tables.replaced(**{table: found}), world.case.places), {}, world.starts
    )


def always_active(patch: Patch) -> None:
    patch.setattr(
        Timelines,
        "_find_active",
        lambda self, table: np.ones((len(self.case.tables.rows(table)), self.calendar.days), bool),
    )


def forget_until(patch: Patch) -> None:
    find = Timelines._find_active
    patch.setattr(Timelines, "_find_active", lambda self, table: find(without(self, table, {"until": None}), table))


def replace_nothing(patch: Patch) -> None:
    patch.setattr(timeline, "steps_of", lambda case, table: [])


def change_events(**changes: Callable[[Event], Any]) -> Callable[[Patch], None]:
    """Events hold as if their fields were others."""
    weights = apply.fullness

    def mutant(event: Event, world: Timelines) -> Any:
        return weights(event.model_copy(update={field: of(event) for field, of in changes.items()}), world)

    return lambda patch: patch.setattr(apply, "fullness", mutant)


def a_month_on(field: str) -> Callable[[Event], Any]:
    def later(event: Event) -> Any:
        day = getattr(event, field)
        return day and day + dt.timedelta(days=30)

    return later


def set_is_scale(patch: Patch) -> None:
    operation, changes = Event.operation, Event.changes
    patch.setattr(Event, "changes", property(lambda self: dict(self.set or changes.fget(self))))
    patch.setattr(Event, "operation", property(lambda self: "scale" if self.set else operation.fget(self)))


def shift_nothing(patch: Patch) -> None:
    patch.setattr(apply, "_shifted", lambda _scenario, world, table, _events, _faults: world.first_days(table))


def choose_all(patch: Patch) -> None:
    patch.setattr(Selector, "rows", lambda self, table, where: ([*range(len(self.case.tables.rows(table)))], []))


def exclude_nothing(patch: Patch) -> None:
    found = Selector.rows
    patch.setattr(
        Selector,
        "rows",
        lambda self, table, where: found(self, table, {k: v for k, v in where.items() if not k.startswith("not_")}),
    )


def forget_affiliates(patch: Patch) -> None:
    patch.setattr(Ownership, "reached", lambda self, row, rows: frozenset((row.customer,)))


def share_nothing(patch: Patch) -> None:
    patch.setattr(numbers, "_left_to_buyer", lambda world, table, rows: np.ones((len(rows), 1)))


def wait_for_nothing(patch: Patch) -> None:
    patch.setattr(timeline, "through", lambda force, approval, *_: np.where(force, approval, 1.0))


def forget_technology(patch: Patch) -> None:
    patch.setattr(Timelines, "granted", lambda self: {})


def count_the_last_day(patch: Patch) -> None:
    day = Calendar.day
    patch.setattr(Calendar, "day", lambda self, date, *, late=False: min(day(self, date, late=late) + late, self.days))


def years_of_banks(patch: Patch) -> None:
    patch.setattr(Calendar, "year_weights", property(lambda self: np.full(self.days, 1 / 360)))


def discount_from_the_end(patch: Patch) -> None:
    patch.setattr(Calendar, "discount", lambda self, rate: (1 + rate) ** -np.cumsum(self.years))


MUTANTS = {
    "controls forgotten": forget_controls,
    "everything always active": always_active,
    "until ignored": forget_until,
    "recovery ignored": change_events(recovery=lambda _: None),
    "events a month later": change_events(from_=a_month_on("from_"), until=a_month_on("until")),
    "set applied as scale": set_is_scale,
    "affiliates ignored": forget_affiliates,
    "availability ignored": share_nothing,
}
MORE = {
    "suspensions forgotten": forget_suspensions,
    "expiries forgotten": forget_expiries,
    "rows that replace nothing": replace_nothing,
    "events without an end": change_events(until=lambda _: None, recovery=lambda _: None),
    "shifts ignored": shift_nothing,
    "where ignored": choose_all,
    "exclusions ignored": exclude_nothing,
    "processing days ignored": wait_for_nothing,
    "technology forgotten": forget_technology,
    "last days counted twice": count_the_last_day,
    "years of 360 days": years_of_banks,
    "money of the end of a period": discount_from_the_end,
}


def test_without_a_fault_nothing_is_objected_to() -> None:
    plans = planned()
    assert len(plans.outcomes) == 2
    assert list(objections(plans)) == []


@pytest.mark.parametrize(
    "mutant",
    [
        pytest.param(mutant, id=name, marks=[pytest.mark.slow] * (n > 1))
        for n, (name, mutant) in enumerate(MUTANTS.items())
    ]
    + [pytest.param(mutant, id=name, marks=pytest.mark.slow) for name, mutant in MORE.items()],
)
def test_a_fault_of_the_clock_is_objected_to(mutant: Callable[[Patch], None], monkeypatch: Patch) -> None:
    mutant(monkeypatch)
    found = list(objections(planned()))
    assert [fault for fault in found if not fault.where.startswith("audit of ")]  # not only tables it cannot read


@pytest.mark.slow
@pytest.mark.parametrize("mutant", [forget_controls, always_active])
def test_a_written_folder_of_a_faulty_clock_is_refused(
    mutant: Callable[[Patch], None], monkeypatch: Patch, tmp_path: Path
) -> None:
    """The programme is built again with the same fault, so that nothing but the audit can see it."""
    mutant(monkeypatch)
    write_plans(planned(), tmp_path / "plans")
    report = verify(tmp_path / "plans")
    assert not report.faults
    found = [fault for answer in report.answers for fault in answer.faults]
    assert found
    assert all(fault.where.startswith("audit of ") for fault in found)
