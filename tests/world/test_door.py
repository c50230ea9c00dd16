"""The door for data: what is made in memory is checked like what is read from files."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from optimizer.errors import ScenarioError
from optimizer.plans.choose import resolve
from optimizer.plans.plan import Planner
from optimizer.world.events import Event
from optimizer.world.load import load_case
from optimizer.world.scenario import Scenario, load_scenario, scenario_from
from tests.helpers.paths import CASES

TOY = CASES / "toy"
DROUGHT: dict[str, Any] = {
    "name": "drought",
    "title": "No water at the pits",
    "probability": 0.1,
    "announced": "2027-02-01",
    "source": "what if",
    "events": [
        {
            "what": "half of everything offered",
            "table": "offers",
            "where": {},
            "scale": {"capacity": 0.5},
            "from": "2027-03-01",
        }
    ],
}


def built(**changes: Any) -> Scenario:
    """A scenario made in code, past the door."""
    return Scenario.model_validate({**DROUGHT, **changes})


def test_data_gives_the_scenario_of_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "drought.yaml"
    lines = [f"{key}: {value!r}" for key, value in DROUGHT.items() if key not in ("events", "announced")]
    path.write_text(
        "\n".join(lines)
        + "\nannounced: 2027-02-01\nevents:\n  - what: half of everything offered\n    table: offers\n    where: {}\n"
        + "    scale: {capacity: 0.5}\n    from: 2027-03-01\n"
    )
    assert scenario_from(DROUGHT).model_dump() == load_scenario(path).model_dump()


def test_a_scenario_comes_back_from_json() -> None:
    whole = load_scenario("full-embargo")
    assert (
        scenario_from(whole.model_dump(mode="json", by_alias=True, exclude_none=True)).model_dump()
        == whole.model_dump()
    )


@pytest.mark.parametrize("make", [dict, built])
def test_what_is_included_is_merged(make: Any) -> None:
    both = {**DROUGHT, "name": "both", "announced": "2027-01-01", "includes": ["drought"], "events": []}
    whole = scenario_from(make(**both), {"drought": DROUGHT})
    assert [event.what for event in whole.events] == ["half of everything offered"]
    assert whole.includes == ()
    assert scenario_from(whole) == whole


def test_an_unmerged_scenario_is_merged_before_it_is_planned() -> None:
    """It used to be planned as the base plan under its own name."""
    embargo = load_scenario("full-embargo")
    (whole,) = resolve([built(announced=embargo.announced, includes=("full-embargo",), events=())])
    assert whole.events == embargo.events
    assert whole.place(2) == embargo.place(2)


def test_an_unmerged_scenario_goes_by_no_other_way() -> None:
    planner = Planner(load_case(TOY))
    with pytest.raises(ScenarioError, match="expected the events of demand-surge among its own"):
        planner.worlds([built(includes=("demand-surge",))])


FAULTS = [
    ({"name": "base"}, "name: expected another than 'base'"),
    ({"announced": "2500-01-01"}, "announced: expected a day from"),
    ({"announced": "2027-04-01"}, "from: expected on or after the day drought is announced"),
    ({"events": []}, "events: expected at least one"),
    ({"includes": ["drouhgt"]}, "includes: no such scenario 'drouhgt'"),
    ({"includes": ["../../etc/passwd"]}, "includes: no such scenario '../../etc/passwd'"),
    ({"includes": ["drought"]}, "includes: expected no circle, found drought > drought"),
]


@pytest.mark.parametrize(("changes", "expected"), FAULTS, ids=[str(changes) for changes, _ in FAULTS])
@pytest.mark.parametrize("make", [dict, built])
def test_data_is_held_to_what_files_are_held_to(make: Any, changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        scenario_from(make(**{**DROUGHT, **changes}), {"drought": DROUGHT})
    assert any(expected in str(fault) for fault in caught.value.faults)


NO_SCENARIOS: list[tuple[Any, str]] = [
    (None, "scenario: expected a mapping of fields, found None"),
    ("full-embargo", "scenario: expected a mapping of fields, found 'full-embargo'"),
    ({1: 2}, "expected a mapping of fields"),
    ({**DROUGHT, "title": "No \u202ewater"}, "drought, event 1"),
    ({**DROUGHT, "name": "\x1b[31m"}, "scenario: expected plain text, found U+001B"),
    ({**DROUGHT, "probability": True}, "drought: probability: expected a number"),
    ({**DROUGHT, "anounced": "2027-01-01"}, "anounced"),
]


@pytest.mark.parametrize(("content", "expected"), NO_SCENARIOS)
def test_what_is_no_scenario_is_refused_in_a_line(content: Any, expected: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        scenario_from(content)
    text = "\n".join(map(str, caught.value.faults))
    assert expected in text or "expected plain text, found U+202E" in text
    assert all("\n" not in str(fault) for fault in caught.value.faults)


def test_an_event_made_in_code_says_where_it_stands() -> None:
    scenario = built(events=(Event.model_validate({**DROUGHT["events"][0], "from": dt.date(2026, 1, 1)}),))
    with pytest.raises(ScenarioError) as caught:
        scenario_from(scenario)
    assert str(caught.value.faults[0]).startswith("drought, event 1: from:")
