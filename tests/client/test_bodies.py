"""Cases and scenarios arrive as they are where they were loaded, whatever they are given as."""

from __future__ import annotations

from pathlib import Path

import pytest

import optimizer
from optimizer.client import Client, ServiceError
from optimizer.client.bodies import case_body, scenario_body
from optimizer.world.scenario import find_scenarios
from tests.helpers.paths import ROOT, TESTS
from tests.helpers.service import quiet_scenario

TOY = TESTS / "cases" / "toy"


@pytest.mark.parametrize("folder", [TOY, ROOT / "models" / "ev-motors"], ids=lambda folder: folder.name)
def test_a_loaded_case_is_the_same_case(folder: Path) -> None:
    case = optimizer.load_case(folder)
    for given in (case, folder, f"{folder}/"):
        assert optimizer.case_from(**case_body(given)).digest() == case.digest()


def test_every_bundled_scenario_is_the_same_whole() -> None:
    for name in find_scenarios():
        scenario = optimizer.load_scenario(name)
        assert scenario_body(scenario) == name
        assert optimizer.scenario_from(scenario_body(scenario, whole=True)).digest() == scenario.digest()


def test_a_name_is_a_name() -> None:
    assert case_body("ev-motors") == {"ref": "ev-motors"}
    assert scenario_body("full-embargo") == "full-embargo"
    assert scenario_body(ROOT / "scenarios" / "full-embargo.yaml")["name"] == "full-embargo"


def test_cases_are_kept_under_a_name(client: Client) -> None:
    made = client.put_case("mine", TOY)
    assert optimizer.case_from(**client.case("mine")).digest() != optimizer.load_case(TOY).digest()  # its name
    assert [case["name"] for case in client.cases() if not case["bundled"]] == ["mine"]
    body = client.case("mine", made["revision"])
    body["settings"]["title"] = "Another"
    again = client.put_case("mine", body, revision=made["revision"])
    assert again["number"] == made["number"] + 1
    with pytest.raises(ServiceError) as raised:
        client.put_case("mine", body | {"settings": body["settings"] | {"title": "x"}}, revision=made["revision"])
    assert raised.value.status == 412
    client.delete_case("mine")


def test_scenarios_are_kept_under_a_name(client: Client) -> None:
    client.put_scenario("mine", quiet_scenario("other"))
    assert client.scenario("mine")["name"] == "mine"
    client.put_scenario("embargo-of-mine", "full-embargo")
    mine = {scenario["name"] for scenario in client.scenarios() if not scenario["bundled"]}
    assert mine == {"embargo-of-mine", "mine"}
    assert not client.check(TOY, ["mine", quiet_scenario()]).faults
    client.delete_scenario("mine")
