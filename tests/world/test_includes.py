"""Scenarios that include others: each event once, own events first."""

from __future__ import annotations

from typing import Any

import pytest

from optimizer.errors import ScenarioError
from optimizer.world.load import load_case
from optimizer.world.scenario import load_scenario, scenario_from
from optimizer.world.select import Selector
from tests.helpers.paths import CASES


def content(name: str, *includes: str, price: float | None = None) -> dict[str, Any]:
    """A scenario as data, with one event if there is a price."""
    event = {"what": name, "table": "offers", "where": {}, "scale": {"price": price}, "from": "2027-03-01"}
    return {
        "name": name,
        "title": name,
        "probability": 0.1,
        "announced": "2027-01-01",
        "source": "invented",
        "includes": list(includes),
        "events": [event] if price else [],
    }


def test_an_event_reached_by_two_ways_is_one() -> None:
    both = load_scenario(CASES / "include-diamond" / "both.yaml")
    assert [both.place(number) for number in range(1, 4)] == [
        "include-diamond/port.yaml, event 1, line 8",
        "include-diamond/spike.yaml, event 1, line 7",
        "include-diamond/strike.yaml, event 1, line 8",
    ]


def test_own_events_come_first_then_those_included_in_their_order() -> None:
    known = {name: content(name, *others, price=price) for name, others, price in [
        ("a", ("c",), 2), ("b", ("c", "a"), 3), ("c", (), 4),
    ]}  # fmt: skip
    events = scenario_from(content("whole", "b", "a", "c", price=5), known).events
    assert [event.what for event in events] == ["whole", "b", "c", "a"]


def test_events_that_say_the_same_in_two_scenarios_are_two() -> None:
    known = {name: content(name, price=2) for name in ("a", "b")}
    known["b"]["events"][0]["what"] = known["a"]["events"][0]["what"]
    assert len(scenario_from(content("whole", "a", "b"), known).events) == 2


def test_a_circle_ends_whichever_way_it_is_entered() -> None:
    known = {"a": content("a", "b", price=2), "b": content("b", "a", price=2)}
    with pytest.raises(ScenarioError, match="no circle"):
        scenario_from(content("whole", "a", "b"), known)


@pytest.mark.parametrize("wanted", [100, 100.0, "100"])
def test_a_number_is_found_however_it_is_spelled(wanted: Any) -> None:
    case = load_case(CASES / "toy")
    opening = tuple(row.model_copy(update={"opening": 100.0}) for row in case.tables.stocks)
    changed = type(case)(case.file, case.tables.replaced(stocks=opening), case.places)
    rows, faults = Selector(changed).rows("stocks", {"opening": wanted})
    assert not faults
    assert rows == list(range(len(opening)))
