"""Every rule on the toy network: its rows as text, one point that satisfies it and one that breaks it."""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
from pyomo.environ import Var, value

from optimizer.formulation.model import build_model
from optimizer.formulation.rules import COST_TERMS, RULES, VARIABLES
from optimizer.plans.news import ACCOUNTS, ATTRIBUTION
from optimizer.world.load import load_case
from tests.helpers.paths import CASES, TESTS
from tests.helpers.points import POINTS
from tests.helpers.referred import referred

TOY = CASES / "toy"
GOLDEN = TESTS / "golden"


@pytest.fixture(scope="module")
def toy() -> Any:
    """The toy network as a Pyomo model."""
    return build_model(referred(load_case(TOY)))


def rows_as_text(model: Any, rule: str) -> str:
    """A rule's rows in the last period (or all, where it has none), one a line, long sums broken."""
    lines = []
    last = model.structure.periods[-1]
    for key, data in getattr(model, rule).items():
        if not RULES[rule].timed or key[-1] == last:
            text = re.sub(r"(?<=\S)\s+([-+]) ", r"\n    \1 ", str(data.expr))
            lines.append(f"{rule}[{', '.join(map(str, key if isinstance(key, tuple) else (key,)))}]\n    {text}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("rule", RULES)
def test_golden_rows(toy: Any, rule: str) -> None:
    """To accept a change on purpose: ``GOLDEN=write pytest tests/test_rules.py``, then read the diff."""
    text = rows_as_text(toy, rule)
    path = GOLDEN / f"{rule}.txt"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def test_no_rule_lacks_its_tests() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(RULES)
    assert set(POINTS) == set(RULES)


def place(model: Any, point: dict[tuple[Any, ...], float]) -> None:
    """Set the variables of a point; all others are 0."""
    for variable in model.component_data_objects(Var):
        variable.set_value(0.0)
    for (name, *key), amount in point.items():
        assert name in VARIABLES
        getattr(model, name)[tuple(key) if len(key) > 1 else key[0]].set_value(amount)


def holds(data: Any) -> bool:
    """Whether a row holds at the point placed."""
    low, body, high = data.to_bounded_expression(evaluate_bounds=True)
    at = value(body)
    return (low is None or at >= low - 1e-9) and (high is None or at <= high + 1e-9)


@pytest.mark.parametrize("rule", RULES)
def test_a_point_inside_and_one_outside(toy: Any, rule: str) -> None:
    key, inside, outside = POINTS[rule]
    data = getattr(toy, rule)[key]
    place(toy, inside)
    assert holds(data), f"{rule} should hold"
    place(toy, outside)
    assert not holds(data), f"{rule} should break"


@pytest.mark.parametrize("name", [*RULES, *COST_TERMS])
def test_every_rule_and_cost_says_what_it_means_and_its_equation(name: str) -> None:
    function = RULES[name].write if name in RULES else COST_TERMS[name].price
    text = function.__doc__ or ""
    assert len(text.splitlines()[0]) > 15, "one sentence of meaning"
    assert ".. math::" in text


def test_every_variable_but_the_internal_ones_has_a_price() -> None:
    free = {
        "downgrade",
        "dilute",
        "volume",
        "member",
        "square",
        "coming",
        "allocated",
        "wanted",
        "wanted_move",
        *ATTRIBUTION,
    }
    free |= set(ACCOUNTS)
    assert {term.variable for term in COST_TERMS.values()} == set(VARIABLES) - free
