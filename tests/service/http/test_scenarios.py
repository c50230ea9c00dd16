"""Scenarios over HTTP: written whole, checked, with those of the tenant that they include."""

from __future__ import annotations

import httpx

from tests.helpers.service import own_scenario


def test_a_scenario_comes_back_as_it_was_written(one: httpx.Client) -> None:
    written = one.put("/v1/scenarios/mine", json=own_scenario("mine"))
    assert written.status_code == 201, written.text
    assert written.json()["events"] == len(one.get("/v1/scenarios/full-embargo").json()["events"])
    read = one.get(written.headers["Location"])
    assert (read.json(), read.headers["ETag"]) == (own_scenario("mine"), written.headers["ETag"])
    assert one.put("/v1/scenarios/mine", json=own_scenario("mine")).status_code == 200
    assert one.get("/v1/scenarios/mine", headers={"If-None-Match": written.headers["ETag"]}).status_code == 304
    late = one.put("/v1/scenarios/mine", json=own_scenario("mine", title="2"), headers={"If-Match": '"no"'})
    assert late.status_code == 412
    assert "mine" in [item["name"] for item in one.get("/v1/scenarios").json()["items"]]
    assert one.delete("/v1/scenarios/mine", headers={"If-Match": '"no"'}).status_code == 412
    assert one.delete("/v1/scenarios/mine").status_code == 204
    assert one.get("/v1/scenarios/mine").status_code == one.delete("/v1/scenarios/mine").status_code == 404


def test_a_scenario_includes_those_of_its_tenant(one: httpx.Client, other: httpx.Client) -> None:
    one.put("/v1/scenarios/part", json=own_scenario("part"))
    whole = own_scenario("whole", includes=["part"])
    assert one.put("/v1/scenarios/whole", json=whole).status_code == 201
    refused = other.put("/v1/scenarios/whole", json=whole)
    (fault,) = refused.json()["faults"]
    assert (refused.status_code, fault["code"], fault["found"]) == (422, "unknown-name", "part")
    circle = one.put("/v1/scenarios/part", json=own_scenario("part", includes=["whole"]))
    assert [fault["code"] for fault in circle.json()["faults"]] == ["circle"]


def test_all_faults_come_at_once_and_nothing_is_kept(one: httpx.Client) -> None:
    refused = one.put("/v1/scenarios/faulty", json=own_scenario("faulty", probability=2, titel="x", title=3))
    assert refused.status_code == 422
    assert {fault["column"] for fault in refused.json()["faults"]} >= {"probability", "titel", "title"}
    assert one.get("/v1/scenarios/faulty").status_code == 404
    other_name = one.put("/v1/scenarios/faulty", json=own_scenario("fine"))
    assert [fault["column"] for fault in other_name.json()["faults"]] == ["name"]
    assert one.put("/v1/scenarios/faulty", json=[1]).status_code == 422


def test_bundled_scenarios_are_only_read(one: httpx.Client) -> None:
    assert one.get("/v1/scenarios/full-embargo").json()["name"] == "full-embargo"
    assert one.put("/v1/scenarios/full-embargo", json=own_scenario("full-embargo")).status_code == 409
    assert one.put("/v1/scenarios/base", json=own_scenario("base")).status_code == 409
    assert one.delete("/v1/scenarios/full-embargo").status_code == 409
