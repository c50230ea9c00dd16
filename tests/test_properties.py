"""What must hold of controls and limits on any network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer.analysis.plan import Planner, plan
from optimizer.case.load import Case
from optimizer.engine.refine import solve_task
from optimizer.engine.session import Session
from optimizer.engine.task import Task
from tests.networks import random_case

SEEDS = range(25)
CLOSE = 1e-7


def changed(case: Case, table: str, update: dict[str, Any], *, kind: str | None = None) -> Case:
    """The case with fields of a table's rows replaced (of one kind of control only, if named)."""
    rows = tuple(
        row.model_copy(update={k: v(row) if callable(v) else v for k, v in update.items()})
        if kind is None or row.kind == kind
        else row
        for row in case.tables[table]
    )
    return Case(case.file, {**case.tables, table: rows}, case.places)


def without(case: Case, kind: str) -> Case:
    """The case without one kind of control."""
    kept = [n for n, row in enumerate(case.tables["controls"]) if row.kind != kind]
    rows, places = (tuple(some["controls"][n] for n in kept) for some in (case.tables, case.places))
    return Case(case.file, {**case.tables, "controls": rows}, {**case.places, "controls": places})


def cost(case: Case) -> float:
    """Least cost, USD."""
    return plan(case, []).outcome().cost


@pytest.mark.parametrize("seed", SEEDS)
def test_tightening_a_control_never_lowers_cost(seed: int) -> None:
    case = random_case(seed)
    costs = [
        cost(changed(case, "controls", {"approval": lambda row, f=factor: row.approval * f}))
        for factor in (1.0, 0.6, 0.2, 0.0)
    ]
    assert (np.diff(costs) >= -CLOSE * abs(costs[0])).all()


@pytest.mark.parametrize("kind", ["export", "content", "end_use"])
@pytest.mark.parametrize("seed", range(12))
def test_full_approval_is_no_control(seed: int, kind: str) -> None:
    """The classes of a content rule stay, but nothing keeps them apart."""
    case = random_case(seed)
    approved = changed(case, "controls", {"approval": 1.0, "processing_days": 0.0}, kind=kind)
    assert cost(approved) == pytest.approx(cost(without(case, kind)), rel=CLOSE)


@pytest.mark.parametrize("seed", range(12))
def test_no_approval_is_a_ban(seed: int) -> None:
    """Refusing every export licence costs what closing the lanes costs."""
    case = random_case(seed)
    refused = changed(
        case, "controls", {"approval": 0.0, "processing_days": 0.0, "suspended_from": None}, kind="export"
    )
    open_case = changed(refused, "controls", {"approval": 1.0}, kind="export")
    planner = Planner(open_case)
    banned = {lane for lanes in planner.network.structure.governs["export"].values() for lane in lanes}
    names = planner.program.column_names
    closed = np.array([name == "ship" and key[:-1] in banned for name, key in names])
    task = Task(("ban",), planner.parameters(planner.network), closed=closed)
    answer = solve_task(Session(planner.start.arrays), planner.program, task, planner.start)
    assert answer.certificate is not None
    assert answer.certificate.objective == pytest.approx(cost(refused), rel=CLOSE)


@pytest.mark.parametrize("seed", range(12))
def test_a_threshold_of_one_is_no_rule(seed: int) -> None:
    case = random_case(seed)
    free = changed(
        changed(case, "controls", {"threshold": 1.0}, kind="content"), "controls", {"threshold": 1.0}, kind="end_use"
    )
    assert cost(free) == pytest.approx(cost(without(without(case, "content"), "end_use")), rel=CLOSE)


@pytest.mark.parametrize("seed", range(12))
def test_a_lower_threshold_never_costs_less(seed: int) -> None:
    case = random_case(seed)
    costs = []
    for threshold in (0.3, 0.1, 0.01, 0.0):
        some = changed(case, "controls", {"threshold": threshold}, kind="content")
        costs.append(cost(changed(some, "controls", {"threshold": threshold}, kind="end_use")))
    assert (np.diff(costs) >= -CLOSE * abs(costs[0])).all()


@pytest.mark.parametrize("seed", [*SEEDS, *(pytest.param(n, marks=pytest.mark.slow) for n in range(25, 100))])
def test_a_looser_limit_never_costs_more(seed: int) -> None:
    case = random_case(seed)
    costs = []
    for loosening in (0.0, 0.5, 1.0):

        def moved(row: Any, by: float = loosening) -> float:
            top = 1.0 if row.measure == "share" else 3 * row.value
            return float(row.value + by * ((top if row.sense == "at_most" else 0.0) - row.value))

        costs.append(cost(changed(case, "limits", {"value": moved})))
    assert (np.diff(costs) <= CLOSE * abs(costs[0])).all()


@pytest.mark.parametrize("seed", range(12))
def test_a_suspended_rule_is_no_rule(seed: int) -> None:
    case = random_case(seed)
    asleep = changed(case, "controls", {"suspended_from": lambda row: row.effective})
    awake = without(without(without(case, "export"), "content"), "end_use")
    assert cost(asleep) == pytest.approx(cost(awake), rel=CLOSE)
