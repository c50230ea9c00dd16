"""What a request may say, and what is said of one that means nothing."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.errors import InputError
from optimizer.service.jobs.request import read_request

CASE = {"ref": "ev-motors"}


def test_a_plan_is_asked_for_all_scenarios_and_both_answers() -> None:
    asked = read_request({"kind": "plan", "case": CASE})
    assert asked.scenarios is None
    assert asked.model_dump()["answers"] == ("react", "foresight")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ([], "expected a mapping of fields"),
        ({"case": CASE}, "kind: expected one of plan, why, compare, ledger"),
        ({"kind": "wy", "case": CASE}, "Did you mean 'why'?"),
        ({"kind": "plan", "case": {"ref": "../x"}}, "case.ref: expected letters"),
        ({"kind": "plan", "case": {"settings": {}}}, "settings and rows, found settings"),
        ({"kind": "plan", "case": CASE, "chang": []}, "Did you mean 'change'?"),
        ({"kind": "plan", "case": CASE, "change": [{"table": "offers"}]}, "change.1: expected exactly one of"),
        ({"kind": "plan", "case": CASE, "scenarios": ["a/b.yaml"]}, "scenarios.1: expected the name of a scenario"),
        ({"kind": "plan", "case": CASE, "answers": ["react", "react"]}, "each answer once"),
        ({"kind": "plan", "case": CASE, "limits": {"seconds": 0}}, "limits.seconds"),
        ({"kind": "plan", "case": CASE, "priority": 11}, "priority"),
        ({"kind": "why", "case": CASE}, "options: expected a value"),
        ({"kind": "ledger", "case": CASE, "scenarios": ["a", "b"]}, "scenarios: expected at most 1, found 2"),
    ],
)
def test_what_a_request_shows_by_itself_is_said_at_once(content: Any, what: str) -> None:
    with pytest.raises(InputError) as caught:
        read_request(content)
    assert what in str(caught.value)
