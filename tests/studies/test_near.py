"""Rows beside one another: their order, what is inherited, and that nothing found that way costs anything else."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.engine.pool import Pool
from optimizer.plans.solving import base_plan
from optimizer.program.answer import Answer
from optimizer.studies.near import REMEMBERED, Neighbours
from optimizer.studies.rows import Found, RowPlanner
from optimizer.studies.start import ready_for
from optimizer.world.load import load_case
from tests.helpers.studies import PRICE, SAMPLE, STOP, TOY, factor, study


def places(*rows: dict[str, float]) -> Neighbours:
    """Rows of two factors as they are written down."""
    return Neighbours(study({"kind": "table", "rows": list(rows)}, factor("a"), factor("b")), range(len(rows)))


def test_each_row_follows_the_nearest_to_it() -> None:
    rows = places({"a": 0, "b": 0}, {"a": 10, "b": 1}, {"a": 1, "b": 0}, {"a": 9, "b": 1}, {"b": 0})
    assert [row for row in rows.order() if row != 4] == [0, 2, 3, 1]
    assert sorted(rows.order()) == list(range(5))
    nothing = Neighbours(study({"kind": "grid"}, factor("a", values=[1])), ())
    assert nothing.order() == []


def test_the_nearest_answer_of_its_kind_is_given() -> None:
    rows = places(*({"a": n, "b": 0} for n in range(40)))
    react, base = ("news", "react"), ("base", "base")
    assert rows.nearest(3, react) is None
    answers = [Answer("optimal", seconds=n) for n in range(40)]
    for n in (1, 30):
        rows.add(n, react, answers[n])
    assert rows.nearest(3, react) is answers[1]
    assert rows.nearest(20, react) is answers[30]
    assert rows.nearest(3, base) is None
    for n in range(30, 30 - REMEMBERED, -1):
        rows.add(n, react, answers[n])
    assert rows.nearest(1, react) is answers[31 - REMEMBERED], "the oldest are forgotten"


def test_the_losses_of_one_follow_one_another() -> None:
    some = study(
        {"kind": "lose-each", "what": "sites", "days": [30, 90], "from": ["2027-02-10"], "members": ["x", "y"]}
    )
    assert Neighbours(some, range(4)).order() == [0, 1, 3, 2]


def planned(beside: bool, **fields: Any) -> dict[tuple[int, str, str], Found]:
    """Every answer of a study of the toy."""
    some = study(fields["design"], *fields["factors"], seed=3)
    ready = ready_for(some, load_case(TOY), [])
    with Pool(1) as pool:
        ready.planner.start = base_plan(ready.planner, pool)
    rows = RowPlanner(ready.planner, ready.study, ready.scenarios)
    order = rows.begin(range(some.rows)) if beside else range(some.rows)
    return {(row, found.scenario, found.answer): found for row in order for found in rows.row(row)}


OTHER = {"name": "other", "table": "offers", "where": {"offer": "bb-nd"}, "scale": "price", "from": "2027-02-15"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "fields",
    [
        SAMPLE,
        {"design": {"kind": "grid"}, "factors": [{**PRICE, "values": [1, 1.5]}, {**STOP, "values": [0, 0.5, 1]}]},
    ],
)
def test_answers_cost_what_they_cost_by_themselves(fields: dict[str, Any]) -> None:
    alone, beside = planned(False, **fields), planned(True, **fields)
    assert alone.keys() == beside.keys()
    for key, found in beside.items():
        assert found.result.certified
        assert found.result.cost == pytest.approx(alone[key].result.cost, rel=1e-9), key


@pytest.mark.slow
def test_a_factor_that_touches_nothing_in_use_is_inherited() -> None:
    """The dearer of two offers grows dearer still: what the row beside it does stays best, though not what the base does."""
    factors = [{**STOP, "values": [0.2, 0.6]}, {**OTHER, "values": [1, 1.3, 1.6, 2]}]
    found = planned(True, design={"kind": "grid"}, factors=factors)
    alone = planned(False, design={"kind": "grid"}, factors=factors)
    inherited = [key for key, some in found.items() if some.result.iterations == 0]
    assert len(inherited) > sum(some.result.iterations == 0 for some in alone.values())
