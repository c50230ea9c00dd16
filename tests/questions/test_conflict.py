"""Cases made infeasible on purpose: the conflict named is real and minimal, and the value suggested is exact."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from optimizer.case.case import Case
from optimizer.case.settings import CaseFile
from optimizer.case.topics.limits import Limit
from optimizer.engine.session import Session
from optimizer.errors import SolveError
from optimizer.formulation.compile import parameter_vector
from optimizer.plans.plan import Planner
from optimizer.questions.conflict import diagnose
from optimizer.questions.diagnosis import Policy
from optimizer.world.load import load_case
from tests.helpers.networks import random_case
from tests.helpers.paths import CASES
from tests.helpers.seeds import a_fifth

TOY = load_case(CASES / "toy")
CLOSE = 1e-6


def hard(**fields: Any) -> Limit:
    """A limit on purchases without a penalty, over the horizon."""
    said = {
        "limit": "hard",
        "basis": "purchases",
        "window": "horizon",
        "from": dt.date(2027, 1, 1),
        "source": "x",
        "confidence": "assumption",
    }
    return Limit.model_validate({**said, **fields})


def with_rows(case: Case, table: str, *rows: Any) -> Case:
    """The case with rows added to a table."""
    places = (*case.places[table], *(f"{table} added" for _ in rows))
    return Case(
        case.file, case.tables.replaced(**{table: (*case.tables.rows(table), *rows)}), {**case.places, table: places}
    )


def must(case: Case, times: float = 1.0) -> Case:
    """The case with all demand to be met, and so many times as much of it."""
    rows = tuple(row.model_copy(update={"penalty": None, "tonnes": row.tonnes * times}) for row in case.tables.demand)
    return Case(case.file, case.tables.replaced(demand=rows), case.places)


def floor_too_high(seed: int) -> Case:
    """More tonnes than anybody could make, from one country."""
    limit = {"measure": "volume", "sense": "at_least", "stage": "magnet", "by": "country", "member": "AD"}
    return with_rows(random_case(seed), "limits", hard(value=9e4, **limit))


def demand_too_high(seed: int) -> Case:
    """More demand than capacity, all of it to be met."""
    return must(random_case(seed), 50)


def share_too_low(seed: int) -> Case:
    """A floor on the tonnes of one country, and a lower ceiling on its share than they can be had with."""
    volume = {
        "measure": "volume",
        "sense": "at_least",
        "stage": "magnet",
        "by": "country",
        "member": "BB",
        "value": 4.0,
    }
    share = {"measure": "share", "sense": "at_most", "stage": "magnet", "by": "country", "member": "BB", "value": 0.001}
    return with_rows(random_case(seed), "limits", hard(**{**volume, "limit": "floor"}), hard(**share))


def infeasible(planner: Planner, *, without: list[Policy], only: list[Policy] | None = None) -> bool:
    """Whether the solver calls a case infeasible without some policies, or with no others than some."""
    program = planner.program
    arrays = program.arrays(parameter_vector(planner.network))
    lower, upper = arrays.row_lower.copy(), arrays.row_upper.copy()
    column_upper = arrays.column_upper.copy()
    kept = None if only is None else {(policy.rule == "demand", policy.place) for policy in only}
    soft = {row.limit for row in planner.case.tables.limits if row.penalty is not None}
    for place, (rule, key) in enumerate(program.row_names):
        hard_row = rule in ("group_share", "group_volume", "group_spend", "hhi_limit") and key[0] not in soft
        dropped = any(policy.rule != "demand" and policy.place == place for policy in without)
        if hard_row and (dropped or (kept is not None and (False, place) not in kept)):
            lower[place], upper[place] = -np.inf, np.inf
    for place, (name, key) in enumerate(program.column_names):
        if name == "short" and key[:-1] in planner.network.structure.must:
            dropped = any(policy.rule == "demand" and policy.place == place for policy in without)
            if dropped or (kept is not None and (True, place) not in kept):
                column_upper[place] = np.inf
    changed = replace(arrays, row_lower=lower, row_upper=upper, column_upper=column_upper)
    status = Session(changed).solve(changed).status
    assert status in ("optimal", "uncertified", "infeasible")
    return (
        status != "optimal"
    )  # a hair beyond what there is a plan for, neither is found: no plan nor that there is none


MADE = [
    *a_fifth((floor_too_high, seed) for seed in range(22)),
    *a_fifth((demand_too_high, seed) for seed in range(22)),
    # In other networks BB makes magnets that nobody else is needed for, or none at all.
    *a_fifth((share_too_low, seed) for seed in (2, 12, 13, 16, 18, 19, 26, 27, 31, 33)),
]


@pytest.mark.slow
@pytest.mark.parametrize(("make", "seed"), MADE, ids=lambda some: getattr(some, "__name__", str(some)))
def test_the_conflict_is_real_minimal_and_its_repair_exact(make: Any, seed: int) -> None:
    planner = Planner(make(seed))
    assert infeasible(planner, without=[])
    with pytest.raises(SolveError):
        _ = planner.start
    diagnosis = diagnose(planner)
    assert diagnosis.conflicts
    assert diagnosis.together
    for conflict in diagnosis.conflicts:
        assert infeasible(planner, without=[], only=conflict.policies)
        for policy in conflict.policies:
            assert not infeasible(planner, without=[policy], only=conflict.policies), policy
    others = [policy for conflict in diagnosis.conflicts[1:] for policy in conflict.policies]
    for repair in diagnosis.conflicts[0].repairs:
        assert repair.cost > 0
        assert_exact(planner, repair.policy, repair.value, others)


def assert_exact(planner: Planner, policy: Policy, value: float, others: list[Policy]) -> None:
    """A plan exists at the value, and none a little nearer to the policy's own."""
    step = CLOSE * max(1.0, abs(value))
    nearer = value - step if policy.sense == "at_most" else value + step
    assert not infeasible(moved(planner, policy, value + (value - nearer) * 1e-2), without=others)
    assert infeasible(moved(planner, policy, nearer), without=others), (policy, value)


def moved(planner: Planner, policy: Policy, value: float) -> Planner:
    """The case with one policy at another bound, compiled anew."""
    case = planner.case
    if policy.rule != "demand":
        years = planner.network.calendar.years.sum() if policy.unit != "of share" else 1.0
        rows = tuple(
            row.model_copy(update={"value": max(0.0, value / years)}) if row.limit == policy.name else row
            for row in case.tables.limits
        )
        return Planner(Case(case.file, case.tables.replaced(limits=rows), case.places))
    changed = Planner(case)
    place = changed.program.column_names[policy.place]
    at = changed.program.parameter_names.index(("quantity", place[1]))
    network = changed.network
    flat = network.value("quantity").ravel()
    start = changed.program.parameter_names.index(("quantity", network.structure.timed("demands")[0]))
    network.value("quantity")  # worked out, so that it can be replaced
    numbers = flat.copy()
    numbers[at - start] = value
    network._values["quantity"] = numbers.reshape(network.value("quantity").shape)
    return changed


def test_demand_against_capacity_across_five_periods() -> None:
    """100 t/year can be made and kept; 90 t/year are wanted for four quarters and 160 in the fifth: 5 t too many.

    Whatever is left out of the four could be made for the fifth instead, so all five demands stand against the
    capacity of five quarters, and any one of them lowered by what is missing gives a plan.
    """
    file = CaseFile.model_validate(
        {**TOY.file.model_dump(), "start": dt.date(2026, 1, 1), "periods": [{"count": 5, "months": 3}], "groups": {}}
        | {"frozen_until": None}
    )
    base = next(row for row in TOY.tables.demand if row.end_use == "civil")
    rows = [base.model_copy(update={"penalty": None, "tonnes": 90.0, "from_": dt.date(2026, 1, 1)})]
    rows.append(rows[0].model_copy(update={"tonnes": 160.0, "from_": dt.date(2027, 1, 1)}))
    plant = next(row for row in TOY.tables.plants if row.site == "bb-press")
    tables = TOY.tables.replaced(
        **dict.fromkeys(
            ("controls", "approvals", "trade", "limits", "projects", "contracts", "substitutions", "arrivals"), ()
        ),
        demand=tuple(rows),
        plants=(plant.model_copy(update={"capacity": 100.0, "ramp": None, "running": None}),),
        offers=tuple(
            row.model_copy(update={"capacity": 1e4, "lead": 0, "ordered": 0.0})
            for row in TOY.tables.offers
            if row.material in ("nd-oxide", "dy-oxide")
        ),
        routes=tuple(row.model_copy(update={"transit": 0.0}) for row in TOY.tables.routes),
        stocks=tuple(
            row.model_copy(update={"opening": 0.0, "capacity": 1e4, "cover": 0.0, "reserve": 0.0, "terminal": 0.0})
            for row in TOY.tables.stocks
            if row.material == "magnet"
        ),
    )
    places = {name: tuple(f"{name} {n}" for n in range(len(found))) for name, found in tables.items()}
    planner = Planner(Case(file, tables, places))
    diagnosis = diagnose(planner)
    (conflict,) = diagnosis.conflicts
    wanted = 90 * 365 / 365 + 160 * 90 / 365
    missing = wanted - 100 * (365 + 90) / 365
    assert missing > 0
    assert sorted(policy.window for policy in conflict.policies) == ["2026Q1", "2026Q2", "2026Q3", "2026Q4", "2027Q1"]
    assert len([what for what, _ in conflict.with_ if "the capacity of bb-press" in what]) == 5
    assert len(conflict.repairs) == 5
    for repair in conflict.repairs:
        assert repair.policy.value - repair.value == pytest.approx(missing, rel=CLOSE)
    ((policy, value),) = diagnosis.together
    assert policy.value - value == pytest.approx(missing, rel=CLOSE)


def test_a_case_with_a_plan_has_no_conflict() -> None:
    assert diagnose(Planner(TOY)).conflicts == []
