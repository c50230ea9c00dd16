"""`/v1/checks`: what `lodestar check` says, at once, in a process that is bounded."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import httpx
import pytest

from optimizer import load_case
from optimizer.network.build import network_of
from optimizer.plans.choose import check_record, choose
from optimizer.service.checks.checkers import (
    MOST_EACH,
    MOST_WAITING,
    BeyondLimitsError,
    BrokenError,
    BusyError,
    Checkers,
    TooManyError,
)
from optimizer.world.select import Selector
from tests.helpers.service import own_case, own_scenario


def checked(caller: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = caller.post("/v1/checks", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_check_says_what_the_command_says(one: httpx.Client) -> None:
    case = load_case("ev-motors")
    said = check_record(case, choose(network_of(case), Selector(case), ["full-embargo"]))
    found = checked(one, case={"ref": "ev-motors"}, scenarios=["full-embargo"])
    assert {name: found[name] for name in said} == json.loads(json.dumps(said))


def test_a_case_may_be_named_or_brought(one: httpx.Client) -> None:
    body = own_case("named")
    revision = one.put("/v1/cases/named", json=body).json()["revision"]
    brought = checked(one, case=body)
    assert checked(one, case={"ref": "named"}) == checked(one, case={"ref": "named", "revision": revision}) == brought
    assert brought["faults"] == []
    assert brought["rows"]["sites"] == len(body["rows"]["sites"])


def test_changes_are_checked_with_the_case(one: httpx.Client) -> None:
    body = own_case("changed")
    price = {"table": "offers", "where": {}, "set": {"price": -1}}
    faults = checked(one, case=body, change=[price])["faults"]
    assert {(fault["table"], fault["column"]) for fault in faults} == {("offers", "price")}
    faults = checked(one, case=body, change=[{"table": "offerz", "remove": True}])["faults"]
    assert faults[0]["suggest"] == "offers"


def test_faults_of_a_case_are_an_answer(one: httpx.Client) -> None:
    body = own_case("faulty", start="2027-01-02")
    (fault,) = checked(one, case=body)["faults"]
    assert (fault["code"], fault["column"]) == ("out-of-range", "start")


def test_scenarios_are_held_against_the_case(one: httpx.Client) -> None:
    one.put("/v1/scenarios/part", json=own_scenario("part"))
    whole = own_scenario("whole", includes=["part"])
    found = checked(one, case={"ref": "ev-motors"}, scenarios=["part", whole])
    assert [(fit["scenario"], fit["events"] > 0) for fit in found["scenarios"]] == [("part", True), ("whole", True)]
    unfit = own_scenario(
        "unfit", includes=[], events=[{"table": "sites", "where": {"site": "no"}, "set": {}, "from": "2028-01-01"}]
    )
    assert checked(one, case={"ref": "ev-motors"}, scenarios=[unfit])["faults"]


@pytest.mark.parametrize(
    ("body", "column"),
    [
        ({"case": {"ref": "ev-moters"}}, "case.ref"),
        ({"case": {"ref": "ev-motors", "revision": "sha256:" + "0" * 64}}, "case.revision"),
        ({"case": {"ref": "ev-motors"}, "scenarios": ["full-embarg"]}, "scenarios.1"),
        ({"case": {"ref": "../../etc/passwd"}}, "case.ref"),
        ({"case": {"ref": "ev-motors"}, "packs": ["../x"]}, "packs.1"),
        ({"case": {"ref": "ev-motors"}, "scenarios": ["/etc/passwd"]}, "scenarios.1"),
        ({"case": {}}, "case"),
        ({}, "case"),
        ({"case": {"ref": "ev-motors"}, "scenaros": []}, "scenaros"),
    ],
)
def test_a_request_that_means_nothing_is_refused(one: httpx.Client, body: dict[str, Any], column: str) -> None:
    refused = one.post("/v1/checks", json=body)
    assert refused.status_code == 422, refused.text
    assert [fault["column"] for fault in refused.json()["faults"]] == [column]


def test_a_pack_that_there_is_not_is_a_fault(one: httpx.Client) -> None:
    (fault,) = checked(one, case={"ref": "ev-motors"}, packs=["eu-crmb"])["faults"]
    assert fault["suggest"] == "eu-crma"


@pytest.mark.slow
def test_no_name_in_a_case_or_scenario_is_a_path(one: httpx.Client) -> None:
    for way in ("/etc/passwd", "../ev-motors", "..\\x", "models/ev-motors", "ev-motors/case.yaml"):
        for body in (own_case("x", shared=[way]), own_case("x", packs=[way])):
            assert checked(one, case=body)["faults"]
        assert checked(one, case={"ref": "ev-motors"}, scenarios=[own_scenario("x", includes=[way])])["faults"]


def test_a_check_that_takes_too_long_is_ended_and_the_next_one_works() -> None:
    checkers = Checkers(1, seconds=0.05, memory_mb=2048)
    try:
        with pytest.raises(BeyondLimitsError, match="s to check"):
            checkers.do("check", case={"bundled": "ev-motors"})
        checkers.seconds = 60
        assert checkers.do("check", case=own_case("x"))["faults"] == []
        with pytest.raises(BrokenError) as broken:
            checkers.do("zip", name="x", settings={}, rows={"nope": [{"secret": 1}]})
        assert broken.value.record["kind"] == "KeyError"
        assert "secret" not in str(broken.value.record)
        assert checkers.do("check", case=own_case("x"))["faults"] == []
        checker = checkers._idle.get()
        checkers.seconds = 0.05
        with pytest.raises(BusyError):
            checkers.do("check", case=own_case("x"))
        checkers._idle.put(checker)
    finally:
        checkers.close()


@pytest.mark.slow
def test_a_check_that_takes_too_much_memory_is_refused() -> None:
    checkers = Checkers(1, seconds=60, memory_mb=700)
    try:
        rows = [{"site": f"s{number}", "text": "x" * 1000} for number in range(20)]
        assert checkers.do("check", case={"settings": {}, "rows": {"sites": rows}})["faults"]
        checkers.memory_mb = 250  # less than the interpreter and its libraries take
        checkers.close()
        checkers._idle.put(None)
        with pytest.raises(BeyondLimitsError, match="memory"):
            checkers.do("check", case={"settings": {}, "rows": {"sites": [{"text": "x" * 10**6}] * 60}})
    finally:
        checkers.close()


def test_nobody_takes_every_place() -> None:
    checkers = Checkers(1, seconds=60, memory_mb=2048)
    try:
        with contextlib.ExitStack() as under_way:
            for _ in range(MOST_EACH):
                under_way.enter_context(checkers._place("one"))
            with pytest.raises(TooManyError):
                checkers.do("check", "one", case=own_case("x"))
            assert checkers.do("check", "two", case=own_case("x"))["faults"] == []
            for number in range(MOST_WAITING - MOST_EACH):
                under_way.enter_context(checkers._place(str(number)))
            with pytest.raises(BusyError):
                checkers.do("check", "two", case=own_case("x"))
        assert not checkers._under_way
        assert checkers.do("check", "one", case=own_case("x"))["faults"] == []
    finally:
        checkers.close()
