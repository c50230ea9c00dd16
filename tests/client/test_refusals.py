"""What a service refuses is the error that the Python interface raises, with equal faults."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

import optimizer
from optimizer.client import Client, ServiceError
from optimizer.client.problems import error_of, fault_of, finding_of
from optimizer.errors import CaseError, InputError, OutOfTime, ScenarioError, SolveError
from optimizer.faults import Fault, Finding, Place, Source
from tests.helpers.faulty import TABLES
from tests.helpers.service import own_case, own_scenario

NUMBERS = Source("a: b/offers.csv", "offers", ("offer", "price"), {"price": "USD/t"})
FAULTS = [
    Fault("case", "no such case"),
    Fault.of(Place("a: b/offers.csv, row 4", NUMBERS, 4), "price", "0 or more", -3.0, "out-of-range"),
    Fault.unknown("small/sites.csv, row 2", "site", "site", "pti: x", ["pit", "pot"]),
    Fault.near("--pack", None, "no such pack", "eu", []),
    Fault("\x1b[31mred", "no: such\x07 thing", found={"a": (1, float("inf"))}),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_fault_comes_back_equal(fault: Fault) -> None:
    back = fault_of(fault.record())
    assert back == fault
    assert hash(back) == hash(fault)
    assert back.record() == fault.record()


@pytest.mark.parametrize("fault", FAULTS[:4], ids=str)
def test_its_place_is_told_from_what_is_said(fault: Fault) -> None:
    back = fault_of(fault.record())
    assert (back.where, back.what) == (fault.where, fault.what)


def test_faults_that_say_other_things_are_not_equal() -> None:
    assert Fault("a", "b") != Fault("a", "c")
    assert Fault("a", "b", code="circle") != Fault("a", "b")
    assert Fault("a", "b") != "a: b"


def test_a_finding_comes_back_equal() -> None:
    finding = Finding(
        "far", Place("c/offers.csv, row 3", NUMBERS, 3), "far off", "offers", "price", 1.0, 2.0, "t", "Less?"
    )
    bare = Finding("far", "case", "far off")
    for one in (finding, bare):
        assert finding_of(one.record()) == one
    assert finding_of(bare.record()).record() == bare.record()


def test_faults_of_a_case_are_those_of_the_python_interface(client: Client) -> None:
    body: dict[str, Any] = deepcopy(own_case("broken"))
    body["rows"]["sites"][0]["country"] = "Atlantis"
    body["rows"]["demand"][0]["tonnes"] = "many"
    with pytest.raises(CaseError) as here:
        optimizer.case_from(body["settings"], body["rows"])
    with pytest.raises(CaseError) as there:
        client.put_case("broken", body)
    assert set(there.value.faults) == set(here.value.faults)
    assert len(there.value.faults) > 1
    assert set(client.check(body).faults) == set(here.value.faults)


def test_faults_of_a_scenario_are_those_of_the_python_interface(client: Client) -> None:
    document = own_scenario("mine", announced="soon")
    with pytest.raises(ScenarioError) as here:
        optimizer.scenario_from(document)
    with pytest.raises(ScenarioError) as there:
        client.put_scenario("mine", document)
    assert there.value.faults == here.value.faults


def test_a_folder_is_read_here(client: Client, tmp_path: Any) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / "case.yaml").write_text("version: 1\nname: small\n")
    (folder / "sites.csv").write_text(TABLES["materials"].lstrip())
    with pytest.raises(CaseError) as here:
        optimizer.load_case(folder)
    with pytest.raises(CaseError) as there:
        client.plan(folder)
    assert there.value.faults == here.value.faults


def test_names_that_there_are_not(client: Client) -> None:
    with pytest.raises(InputError, match="Did you mean 'ev-motors'"):
        client.plan("ev-motor")
    with pytest.raises(InputError, match="Did you mean 'full-embargo'"):
        client.plan("ev-motors", ["full-embarg"])
    with pytest.raises(ServiceError) as raised:
        client.case("nothing")
    assert (raised.value.status, raised.value.kind) == (404, "not-found")


def test_a_wrong_key(client: Client) -> None:
    with Client(client._wire.url, "ls_wrong") as stranger, pytest.raises(ServiceError) as raised:
        stranger.about()
    assert (raised.value.status, raised.value.kind) == (401, "no-key")


def test_problems_without_faults_are_the_errors_of_the_interface() -> None:
    kinds = {"not-certified": SolveError, "out-of-time": OutOfTime, "worker-died": ServiceError, "input": ServiceError}
    for kind, error in kinds.items():
        assert type(error_of({"type": f"urn:lodestar:problem:{kind}", "detail": "x", "status": 500})) is error
