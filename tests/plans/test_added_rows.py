"""A scenario that adds a row costs, with foresight, what a case costs that holds the row from that day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from optimizer.audit.audit import audit_plan
from optimizer.case.case import Case
from optimizer.plans.plan import Plans, plan
from optimizer.plans.tables import long_tables
from optimizer.world.door import case_from
from optimizer.world.scenario import Scenario, scenario_from
from tests.helpers.networks import random_case

DAYS = {"duties": ("from", None), "export_charges": ("from", None), "controls": ("effective", "expires"),
        "limits": ("from", "until")}  # fmt: skip
LIMIT = {"stage": "magnet", "by": "country", "member": "each", "window": "period", "penalty": 5000.0}
CONTROL = {"authority": "x", "citation": "x", "elements": ""}
ROWS: list[tuple[str, dict[str, Any]]] = [
    ("duties", {"duty": "own", "goods": "magnet", "origin": "*", "destination": "{home}", "rate": 0.2}),
    ("export_charges", {"charge": "own", "goods": "magnet", "origin": "{abroad}", "rate": 0.15}),
    ("limits", {"limit": "own", "measure": "share", "sense": "at_most", "value": 0.3, **LIMIT}),
    ("limits", {"limit": "own", "measure": "volume", "sense": "at_most", "value": 5.0, **LIMIT}),
    ("limits", {"limit": "own", "measure": "spend", "sense": "at_most", "value": 1000.0, **LIMIT, "penalty": 2.0}),
    ("limits", {"limit": "own", "measure": "hhi", "sense": "at_most", "value": 0.4, **LIMIT}),
    ("limits", {"limit": "own", "measure": "share", "sense": "at_least", "value": 0.9, **LIMIT, "member": "{home}"}),
    ("controls", {"control": "own", "kind": "export", "origin": "{abroad}", "stages": "magnet; oxide; metal; alloy",
                  "approval": 0.1, "processing_days": 20, **CONTROL}),
    ("controls", {"control": "own", "kind": "export", "origin": "{abroad}", "stages": "magnet; oxide; metal; alloy",
                  "approval": 1, "quota": 3.0, **CONTROL}),
    ("controls", {"control": "own", "kind": "content", "origin": "{abroad}", "stages": "oxide; metal; alloy; magnet",
                  "threshold": 0.001, "approval": 0, **CONTROL}),
    ("controls", {"control": "own", "kind": "end_use", "origin": "{abroad}", "stages": "oxide; metal; alloy; magnet",
                  "end_uses": "military", "threshold": 0.001, "approval": 0.2, **CONTROL}),
    ("controls", {"control": "own", "kind": "technology", "origin": "{abroad}",
                  "stages": "oxide; metal; alloy; magnet", "approval": 0.2, **CONTROL}),
]  # fmt: skip


def placed(case: Case, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with the countries of a case: where the buyer is, and where most others are."""
    home = case.by.sites[case.tables.demand[0].site].country
    others = [site.country for site in case.tables.sites if site.country != home]
    abroad = max(sorted(set(others)), key=others.count)
    return {
        name: cell.format(home=home, abroad=abroad) if isinstance(cell, str) else cell for name, cell in row.items()
    }


def adding(case: Case, table: str, row: Mapping[str, Any], first: str, until: str | None, **more: Any) -> Scenario:
    """A scenario, announced on the first day, that adds a row."""
    event = {"what": "x", "table": table, "add_row": dict(row), "from": first, "until": until}
    head = {"name": "adds", "title": "t", "probability": 0.1, "announced": str(case.file.start), "source": "invented"}
    return scenario_from({**head, **more, "events": [event]})


def holding(case: Case, table: str, row: Mapping[str, Any], first: str, until: str | None) -> Case:
    """The case with the row in its table."""
    begins, ends = DAYS[table]
    cells = {**row, "source": "invented", "confidence": "assumption", begins: first}
    rows = [{**cells, ends: until}] if ends else [cells]
    if ends is None and until is not None:
        rows.append({**cells, "from": until, "rate": 0})
    tables = {name: list(some) for name, some in case.tables.items()}
    tables[table] += rows
    return case_from(case.file, tables)


def cost(plans: Plans, *key: str) -> float:
    return plans.outcome(*key).answer.proof("no plan").objective


def sound(plans: Plans) -> None:
    """An auditor has nothing to object to any of the plans."""
    happens = {some.name: some for some in plans.scenarios}
    for (name, _), outcome in plans.outcomes.items():
        assert audit_plan(plans.planner.case, long_tables(outcome), happens.get(name), plans.scenarios) == []


@pytest.mark.parametrize("number", range(len(ROWS)))
@pytest.mark.parametrize("until", [None, "2028-02-15"])
def test_an_added_row_is_as_one_of_the_case(number: int, until: str | None) -> None:
    table, content = ROWS[number]
    moved = []
    for seed in (1, 4, 7):
        case = random_case(seed)
        row, first = placed(case, content), case.calendar.bounds[1].isoformat()
        scenario = adding(case, table, row, first, until)
        plans = plan(case, [scenario], workers=1)
        sound(plans)
        base, same = cost(plans), cost(plan(case, [], workers=1))
        assert base == pytest.approx(same, rel=1e-9)
        expected = cost(plan(holding(case, table, row, first, until), [], workers=1))
        assert cost(plans, "adds", "foresight") == pytest.approx(expected, rel=1e-9)
        moved.append(abs(expected - base))
    assert max(moved) > 1
