"""Jobs over HTTP: submitted once, listed, stopped, gone on with, deleted; other tenants see nothing of them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from optimizer.service.http.settings import Limits
from optimizer.service.http.submission import submit
from optimizer.service.jobs.request import read_request
from optimizer.service.problems import ProblemError
from optimizer.service.store.keys import Tenants
from optimizer.service.store.records import Caps, revision
from tests.helpers.served import Served, plan_parts, serving

PLAN: dict[str, Any] = {
    "kind": "plan",
    "case": {"ref": "ev-motors"},
    "scenarios": ["full-embargo"],
    "answers": ["react"],
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, address: str) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("service"), address, checkers=0) as found:
        yield found


@pytest.fixture
def caller(served: Served, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """A tenant of the test's own."""
    with served.caller(request.node.originalname) as found:
        yield found
    while served.stores.queue.counts()["queued"]:
        served.finish(served.claim(), {}, state="cancelled")


def submitted(caller: httpx.Client, **more: Any) -> dict[str, Any]:
    found = caller.post("/v1/jobs", json={**PLAN, **more})
    assert found.status_code == 202, found.text[:500]
    return dict(found.json())


def problem(found: httpx.Response, status: int) -> dict[str, Any]:
    assert found.status_code == status, found.text[:500]
    assert found.headers["content-type"] == "application/problem+json"
    return dict(found.json())


@pytest.mark.slow
def test_a_job_is_taken_in_and_says_where_it_is(caller: httpx.Client) -> None:
    found = caller.post("/v1/jobs", json=PLAN)
    job = found.json()
    assert found.status_code == 202
    assert found.headers["location"] == job["links"]["self"] == f"/v1/jobs/{job['id']}"
    assert int(found.headers["retry-after"]) >= 1
    assert (job["kind"], job["state"], job["position"]) == ("plan", "queued", 1)
    assert job["case"]["bundled"] == "ev-motors"
    assert job["case"]["revision"].startswith("sha256:")
    assert submitted(caller)["position"] == 2
    assert submitted(caller, priority=5)["position"] == 1
    again = caller.get(job["links"]["self"])
    assert again.json()["position"] == 2
    assert len(again.content) < 1500


def test_status_follows_the_job(served: Served, caller: httpx.Client) -> None:
    link = submitted(caller)["links"]["self"]
    claim = served.claim()
    served.tell(claim, (3, 10))
    job = caller.get(link).json()
    assert (job["state"], job["stage"], job["done"], job["total"], job["position"]) == (
        "running",
        "scenarios",
        3,
        10,
        None,
    )
    assert (job["scenario"], job["answer"], job["attempts"]) == ("embargo", "react", 1)
    served.finish(claim, plan_parts(served.folder, 10), not_certified=1)
    found = caller.get(link)
    job = found.json()
    assert (job["state"], job["not_certified"]) == ("succeeded", 1)
    assert "retry-after" not in found.headers
    for name, address in job["links"].items():
        if name not in ("events", "resume"):
            assert caller.get(address).status_code == 200, name


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"case": {"ref": "ev-motor"}}, "unknown-name", "Did you mean 'ev-motors'"),
        ({"case": {"ref": "ev-motors", "revision": "sha256:" + "0" * 64}}, "unknown-name", "revision"),
        ({"scenarios": ["full-embarg"]}, "unknown-name", "Did you mean 'full-embargo'"),
        ({"case": {"ref": "../ev-motors"}}, "wrong-spelling", "ref"),
        ({"case": {}}, "inconsistent", "expected ref"),
        ({"kind": "plans"}, "unknown-word", "Did you mean 'plan'"),
        ({"kind": None}, "missing-value", "kind"),
        ({"answers": ["reacts"]}, "unknown-word", "answers"),
        ({"scenario": ["full-embargo"]}, "unknown-column", "scenario"),
        ({"limits": {"seconds": -1}}, "out-of-range", "seconds"),
        ({"options": {"packs": ["eu-crm"]}}, "unknown-name", "Did you mean 'eu-crma'"),
        ({"change": [{"table": "offers", "set": {"price": 1}, "remove": True}]}, "inconsistent", "exactly one of"),
    ],
)
def test_shapes_and_names_are_refused_at_once(
    caller: httpx.Client, change: dict[str, Any], code: str, said: str
) -> None:
    found = problem(caller.post("/v1/jobs", json={**PLAN, **change}), 422)
    assert code in {fault["code"] for fault in found["faults"]}
    assert said in " ".join(fault["text"] for fault in found["faults"])
    assert caller.get("/v1/jobs").json()["items"] == []


def test_all_names_are_refused_together(caller: httpx.Client) -> None:
    wrong = {"case": {"ref": "nowhere"}, "scenarios": ["no-such", "full-embargo"], "options": {"packs": ["none"]}}
    found = problem(caller.post("/v1/jobs", json={**PLAN, **wrong}), 422)
    assert len(found["faults"]) == 3


def test_the_same_key_is_the_same_job(caller: httpx.Client) -> None:
    key = {"Idempotency-Key": "6f1c"}
    first = caller.post("/v1/jobs", json=PLAN, headers=key)
    assert first.status_code == 202
    assert "idempotent-replayed" not in first.headers
    spelled = {**dict(reversed(PLAN.items())), "priority": 0}
    for body in (PLAN, spelled):
        again = caller.post("/v1/jobs", json=body, headers=key)
        assert again.status_code == 200
        assert again.headers["idempotent-replayed"] == "true"
        assert again.headers["location"] == first.headers["location"]
        assert again.json()["id"] == first.json()["id"]
    found = problem(caller.post("/v1/jobs", json={**PLAN, "priority": 1}, headers=key), 422)
    assert found["type"].endswith("key-reused")
    assert len(caller.get("/v1/jobs").json()["items"]) == 1


def test_a_request_that_is_refused_uses_no_key(caller: httpx.Client) -> None:
    key = {"Idempotency-Key": "6f1c"}
    problem(caller.post("/v1/jobs", json={**PLAN, "case": {"ref": "nowhere"}}, headers=key), 422)
    assert caller.post("/v1/jobs", json=PLAN, headers=key).status_code == 202


def test_a_key_is_its_tenants(served: Served, caller: httpx.Client) -> None:
    key = {"Idempotency-Key": "6f1c"}
    assert caller.post("/v1/jobs", json=PLAN, headers=key).status_code == 202
    with served.caller("other") as other:
        assert other.post("/v1/jobs", json={**PLAN, "priority": 2}, headers=key).status_code == 202


def test_twins_make_one_job(caller: httpx.Client) -> None:
    """Each is the job, or is told that its twin is being looked at."""

    def post(_: int) -> httpx.Response:
        return caller.post("/v1/jobs", json=PLAN, headers={"Idempotency-Key": "twin"})

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(post, range(16)))
    assert {one.status_code for one in found} <= {200, 202, 409}
    assert [one.status_code for one in found].count(202) == 1
    assert len(caller.get("/v1/jobs").json()["items"]) == 1


def test_a_twin_in_flight_is_refused(served: Served, caller: httpx.Client) -> None:
    tenant = served.tenants["test_a_twin_in_flight_is_refused"]
    served.stores.queue.reserve(tenant, "twin", revision(read_request(PLAN).model_dump(mode="json")))
    found = problem(caller.post("/v1/jobs", json=PLAN, headers={"Idempotency-Key": "twin"}), 409)
    assert found["type"].endswith("twin-in-flight")


def test_jobs_are_listed_by_page_and_state(served: Served, caller: httpx.Client) -> None:
    made = [submitted(caller)["id"] for _ in range(5)]
    caller.post(f"/v1/jobs/{made[0]}/cancel")
    seen, cursor = [], None
    while True:
        page = caller.get("/v1/jobs", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [job["id"] for job in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert seen == made[::-1]
    assert [job["id"] for job in caller.get("/v1/jobs?state=cancelled").json()["items"]] == made[:1]
    both = caller.get("/v1/jobs?state=cancelled&state=queued&limit=2").json()
    assert len(both["items"]) == 2
    assert caller.get("/v1/jobs", params={"cursor": both["next"]}).status_code == 422  # it is of another list
    for wrong in ({"cursor": "AAAA"}, {"cursor": "!"}, {"limit": 0}, {"state": "done"}):
        problem(caller.get("/v1/jobs", params=wrong), 422)


def test_a_job_is_stopped_gone_on_with_and_deleted(served: Served, caller: httpx.Client) -> None:
    link = submitted(caller)["links"]["self"]
    stopped = caller.post(f"{link}/cancel")
    assert (stopped.status_code, stopped.json()["state"]) == (200, "cancelled")
    assert caller.post(f"{link}/cancel").status_code == 200
    again = caller.post(f"{link}/resume")
    assert (again.status_code, again.json()["state"], again.json()["position"]) == (202, "queued", 1)
    problem(caller.post(f"{link}/resume"), 409)
    claim = served.claim()
    problem(caller.delete(link), 409)
    asked = caller.post(f"{link}/cancel")
    assert (asked.status_code, asked.json()["cancel"]) == (202, True)
    assert served.stores.queue.beat(claim) == "cancel"
    served.finish(claim, {}, state="cancelled")
    assert caller.delete(link).status_code == 204
    for method in ("get", "delete"):
        problem(getattr(caller, method)(link), 404)
    problem(caller.post(f"{link}/resume"), 404)


def test_a_job_that_is_done_is_not_gone_on_with(served: Served, caller: httpx.Client) -> None:
    job = submitted(caller)
    served.finish(served.claim(), plan_parts(served.folder, 10))
    problem(caller.post(f"{job['links']['self']}/resume"), 409)


def test_a_failed_job_says_why(served: Served, caller: httpx.Client) -> None:
    job = submitted(caller)
    why = {
        "type": "urn:lodestar:problem:input",
        "title": "x",
        "status": 422,
        "detail": "The case has 1 fault",
        "faults": [],
    }
    assert served.stores.queue.fail(served.claim(), why, again=False)
    found = caller.get(job["links"]["self"]).json()
    assert (found["state"], found["problem"]["detail"]) == ("failed", "The case has 1 fault")
    refused = problem(caller.get(f"{job['links']['self']}/summary"), 409)
    assert "The case has 1 fault" in refused["detail"]


def test_caps_are_said_with_a_time_to_come_back(served: Served, caller: httpx.Client) -> None:
    name = "test_caps_are_said_with_a_time_to_come_back"
    Tenants(served.stores.database).allow(name, Caps(queued=1))
    submitted(caller)
    refused = caller.post("/v1/jobs", json=PLAN)
    problem(refused, 429)
    assert int(refused.headers["retry-after"]) >= 1
    assert "q=1" in refused.headers["ratelimit-policy"]


def test_names_are_pinned_when_a_job_is_taken_in(served: Served, caller: httpx.Client) -> None:
    """A case by its revision, scenarios whole, with those that they include."""
    name = "test_names_are_pinned_when_a_job_is_taken_in"
    tenant, stores = served.tenants[name].id, served.stores
    first = stores.cases.put(tenant, "mine", {"settings": {"name": "mine"}, "rows": {}})
    inner = {"name": "inner", "events": [], "title": "first"}
    stores.scenarios.put(tenant, "inner", inner)
    stores.scenarios.put(tenant, "other", {"name": "other", "events": []})
    outer = {"name": "outer", "includes": ["inner", "full-embargo"], "events": []}
    body = {**PLAN, "case": {"ref": "mine"}, "scenarios": ["inner", outer, "full-embargo"]}
    made = caller.post("/v1/jobs", json=body).json()
    stores.cases.put(tenant, "mine", {"settings": {"name": "mine", "version": 2}, "rows": {}})
    stores.scenarios.put(tenant, "inner", {**inner, "title": "second"})
    asked = stores.queue.request(tenant, made["id"])
    assert asked["case"] == made["case"] | {} == {"ref": "mine", "revision": first.revision}
    assert asked["scenarios"] == [inner, outer, "full-embargo"]
    assert asked["known"] == {"inner": inner}
    older = submitted(caller, case={"ref": "mine", "revision": first.revision})
    assert older["case"]["revision"] == first.revision


def test_compare_pins_both_sides(served: Served, caller: httpx.Client) -> None:
    tenant = served.tenants["test_compare_pins_both_sides"].id
    served.stores.scenarios.put(tenant, "mine", {"name": "mine", "events": []})
    inline = {"settings": {"name": "x"}, "rows": {}}
    against = {"case": inline, "scenario": "mine"}
    body = {"kind": "compare", "case": {"ref": "korea"}, "options": {"against": against}}
    made = caller.post("/v1/jobs", json=body)
    assert made.status_code == 202, made.text
    asked = served.stores.queue.request(tenant, made.json()["id"])
    assert asked["case"]["bundled"] == "korea"
    assert asked["scenarios"] is None
    assert asked["options"]["against"] == {"case": inline, "change": [], "scenario": {"name": "mine", "events": []}}
    problem(caller.post("/v1/jobs", json={**body, "options": {"against": {"case": {"ref": "kore"}}}}), 422)


def test_a_case_that_is_brought_stays_in_the_request(served: Served, caller: httpx.Client) -> None:
    inline = {"settings": {"name": "x"}, "rows": {"sites": [{"name": "a"}]}}
    made = submitted(caller, case=inline)
    assert set(made["case"]) == {"digest"}
    tenant = served.tenants["test_a_case_that_is_brought_stays_in_the_request"].id
    assert served.stores.queue.request(tenant, made["id"])["case"] == inline


def test_a_case_that_is_brought_has_no_more_rows_than_may_be(served: Served, caller: httpx.Client) -> None:
    inline = {"settings": {"name": "x"}, "rows": {"sites": [{"name": "a"}], "offers": [{"name": "b"}]}}
    for brought in (
        {"kind": "plan", "case": inline},
        {"kind": "compare", "case": {"ref": "korea"}, "options": {"against": {"case": inline}}},
    ):
        tenant = served.tenants["test_a_case_that_is_brought_has_no_more_rows_than_may_be"]
        with pytest.raises(ProblemError, match="at most 1 rows"):
            submit(served.stores, tenant, read_request(brought), "key", Limits(rows=1))
        submit(served.stores, tenant, read_request(brought), None, Limits(rows=2))


@pytest.mark.parametrize("key", ["", "a b", "\x7f", "x" * 201])
def test_keys_that_are_none(caller: httpx.Client, key: str) -> None:
    problem(caller.post("/v1/jobs", json=PLAN, headers={"Idempotency-Key": key}), 422)


def test_other_tenants_and_scopes(served: Served, caller: httpx.Client) -> None:
    link = submitted(caller)["links"]["self"]
    with served.caller("stranger") as stranger:
        asked = [
            stranger.get(link),
            stranger.get(f"{link}/events"),
            stranger.post(f"{link}/cancel"),
            stranger.delete(link),
        ]
        asked += [
            stranger.post(f"{link}/resume"),
            stranger.get(f"{link}/summary"),
            stranger.get(f"{link}/tables/purchases"),
        ]
        for found in asked:
            assert problem(found, 404)["type"].endswith("not-found")
        assert stranger.get("/v1/jobs").json()["items"] == []
    with served.caller("test_other_tenants_and_scopes", "read") as reader:
        assert reader.get(link).status_code == 200
        for found in (reader.post("/v1/jobs", json=PLAN), reader.post(f"{link}/cancel"), reader.delete(link)):
            problem(found, 403)
        problem(reader.get("/v1/webhooks"), 403)
    problem(httpx.get(f"{served.url}{link}"), 401)
