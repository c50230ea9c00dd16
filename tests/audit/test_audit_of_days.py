"""Errors planted in how outages, prices by the day and rows that events add are planned are each refused by the audit.

The programme is built with the error, here as where a folder is verified: only the second bookkeeping can see it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.audit.audit import audit_plan
from optimizer.audit.verify import verify
from optimizer.faults import Fault
from optimizer.folder.write import write_plans
from optimizer.network.network import PARAMETERS
from optimizer.network.numbers import projects
from optimizer.network.rows import gather
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import Plans, plan
from optimizer.world import apply
from optimizer.world.scenario import load_scenario
from optimizer.world.timeline import KEPT, Timelines
from tests.helpers.seeds import a_few
from tests.helpers.small import scenario, small

Patch = pytest.MonkeyPatch

GROWN = {
    "materials": "material,stage,unit_value\nmagnet,magnet,50\nalloy,alloy,30",
    "offers": "offer,site,material,price,capacity\nalloy,maker,alloy,1000,100000",
    "recipes": "recipe,process,material,tonnes\npress,press,alloy,-1\npress,press,magnet,1",
    "plants": "site,process,capacity,cost,from\nmaker,press,100,1000,2020-01-01",
    "availability": "stage,country,share\nmagnet,*,1\nalloy,*,1",
}
DONE = "project,kind,site,process,capacity,cost,lead,done_from\nmore,expand,maker,press,265,1000,0,2026-01-01"
BEGUN = "project,kind,site,process,capacity,cost,lead\nmore,expand,maker,press,265,1000,2"
FIRE = "  - {{what: x, table: {}, where: {{}}, {}, from: 2027-04-01, until: 2027-12-01}}\n"
ROW = "  - {{what: x, table: {}, add_row: {{{}}}, from: 2027-07-01}}\n"
DUTY = 'duty: own, goods: magnet, origin: "*", destination: DE, rate: 0.1'
LAW = "control: law, kind: export, authority: x, citation: x, origin: CN, stages: magnet, approval: 0"
CAP = "limit: cap, measure: volume, sense: at_most, value: 100, stage: magnet, by: country, member: CN, window: period"
Case = tuple[dict[str, str], str]
"""Tables of a case, and events."""


def spare_what_projects_add(patch: Patch) -> None:
    patch.setattr(apply, "_kept", lambda _scenario, world, _events: world.series("plants", KEPT))


def begin_where_nothing_stands(patch: Patch) -> None:
    patch.setattr(projects, "_added", lambda world, rows: world.timelines.series("projects", "capacity")[rows])


def spare_what_others_leave(patch: Patch) -> None:
    series = Timelines.series

    def mutant(self: Timelines, table: str, column: str) -> Any:
        found = series(self, table, column)
        return np.ones_like(found) if (table, column) == ("availability", KEPT) else found

    patch.setattr(Timelines, "series", mutant)


def mean_of_all_days(name: str, over: str, table: str, fields: tuple[str, ...], column: str) -> Callable[[Patch], None]:
    """A price is the mean over all days of a period, whatever can flow on them."""

    def mutant(world: Any) -> Any:
        return gather(world, over, table, fields, world.calendar.mean(world.timelines.series(table, column)))

    return lambda patch: patch.setitem(PARAMETERS, name, replace(PARAMETERS[name], compute=mutant))


def keep_rows_of_others(patch: Patch) -> None:
    patch.setattr(Timelines, "absent", lambda self, table: frozenset())


def forget_added_rows(patch: Patch) -> None:
    patch.setattr(apply, "rows_of", lambda _case, _scenario: {})


DEAR = FIRE.format("offers", "scale: {price: 3}") + FIRE.format("offers", "scale: {capacity: 0.2}")
SHORT = FIRE.format("demand", "scale: {penalty: 3}") + FIRE.format("demand", "scale: {tonnes: 0.2}")
SCARCE = {"offers": "offer,site,material,price,capacity\nspot,maker,magnet,50000,100"}
YEAR = "periods: [{count: 1, months: 12}]"
MUTANTS: dict[str, tuple[Callable[[Patch], None], Case]] = {
    "an outage that spares what projects have added": (
        spare_what_projects_add,
        ({**GROWN, "projects": DONE}, FIRE.format("plants", "scale: {capacity: 0.1}")),
    ),
    "a plant set to nothing that its project runs on in": (
        spare_what_projects_add,
        ({**GROWN, "projects": DONE}, FIRE.format("plants", "set: {capacity: 20}")),
    ),
    "projects begun and open where a plant has burnt": (
        begin_where_nothing_stands,
        ({**GROWN, "projects": BEGUN}, FIRE.format("plants", "scale: {capacity: 0}")),
    ),
    "others who leave nothing but what a project added": (
        spare_what_others_leave,
        ({**GROWN, "projects": DONE}, FIRE.format("availability", "scale: {share: 0.1}")),
    ),
    "a price of days on which little is offered": (
        mean_of_all_days("offer_price", "offers", "offers", ("offer",), "price"),
        ({}, DEAR),
    ),
    "a penalty of days on which little is wanted": (
        mean_of_all_days("shortage_penalty", "demands", "demand", ("site", "product", "end_use"), "penalty"),
        (SCARCE, SHORT),
    ),
    "a toll of days on which little can be made": (
        mean_of_all_days("conversion_price", "plants", "plants", ("site", "process"), "cost"),
        (GROWN, FIRE.format("plants", "scale: {cost: 3}") + FIRE.format("plants", "scale: {capacity: 0.2}")),
    ),
    "a duty that is in force in every plan": (keep_rows_of_others, ({}, ROW.format("duties", DUTY))),
    "a limit that binds every plan": (keep_rows_of_others, ({}, ROW.format("limits", CAP))),
    "a duty that is in force nowhere": (forget_added_rows, ({}, ROW.format("duties", DUTY))),
    "a control that is in force nowhere": (forget_added_rows, ({}, ROW.format("controls", LAW))),
    "a limit that binds nowhere": (forget_added_rows, ({}, ROW.format("limits", CAP))),
}


def planned(folder: Path, case: Case) -> Plans:
    tables, events = case
    case_folder = small(folder / "case", "" if "add_row" in events else YEAR, **tables)
    own = load_scenario(scenario(folder / "own.yaml", events))
    own._bundled = "add_row" not in events  # else its days are cut in, and nothing is averaged
    return plan(str(case_folder), [own], workers=1)


def objections(plans: Plans) -> list[Fault]:
    happens = {some.name: some for some in plans.scenarios}
    return [
        fault
        for (name, _), outcome in plans.outcomes.items()
        for fault in audit_plan(plans.planner.case, long_tables(outcome), happens.get(name), plans.scenarios)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", a_few(MUTANTS))
def test_a_planted_error_is_refused(name: str, monkeypatch: Patch, tmp_path: Path) -> None:
    mutant, case = MUTANTS[name]
    assert objections(planned(tmp_path / "right", case)) == []
    with monkeypatch.context() as patch:
        mutant(patch)
        plans = planned(tmp_path / "wrong", case)
        assert [fault for fault in objections(plans) if not fault.where.startswith("audit of ")]
        write_plans(plans, tmp_path / "out")
        report = verify(tmp_path / "out")
    found = [fault for answer in report.answers for fault in answer.faults]
    assert [fault for fault in found if fault.where.startswith("audit of ")]
