"""Ways to wait: one look for all, events that nobody misses, and no thread for anybody who waits."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from optimizer.service.http import waiting
from optimizer.service.http.waiting import Places, preferred
from tests.helpers.served import Served, serving

PLAN = {"kind": "plan", "case": {"ref": "ev-motors"}}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("service"), checkers=0) as found:
        yield found


@pytest.fixture
def caller(served: Served) -> Iterator[httpx.Client]:
    with served.caller() as found:
        yield found


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "PAUSE", 0.02)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([], None),
        (["wait=20"], 20),
        (["respond-async, wait=20"], 20),
        (["respond-async"], None),
        (["respond-async", "Wait = 5"], 5),
        (['wait="7"'], 7),
        (["wait=20; x=y, handling=lenient"], 20),
        (["wait=-1"], None),
        (["wait=1e9"], None),
        (["await=20"], None),
        (["wait=" + "9" * 40], None),
        (["wait"], None),
        (["return=minimal;wait=3"], 3),
    ],
)
def test_prefer(headers: list[str], seconds: int | None) -> None:
    assert preferred(headers) == seconds


def submitted(caller: httpx.Client, **headers: str) -> dict[str, Any]:
    return dict(caller.post("/v1/jobs", json=PLAN, headers=headers).json())


def later(seconds: float, what: Any) -> threading.Timer:
    timer = threading.Timer(seconds, what)
    timer.start()
    return timer


def ending(served: Served) -> None:
    served.finish(served.claim(), {"summary.json": b"{}"})


def test_submitting_waits_for_the_end(served: Served, caller: httpx.Client) -> None:
    timer = later(0.3, lambda: ending(served))
    start = time.monotonic()
    found = caller.post("/v1/jobs", json=PLAN, headers={"Prefer": "respond-async, wait=20"})
    assert time.monotonic() - start < 10
    timer.join()
    assert (found.status_code, found.json()["state"]) == (200, "succeeded")
    assert found.headers["preference-applied"] == "wait=20"
    assert found.headers["location"] == found.json()["links"]["self"]


def test_asking_waits_for_the_end_and_no_longer_than_wanted(served: Served, caller: httpx.Client) -> None:
    link = submitted(caller)["links"]["self"]
    start = time.monotonic()
    found = caller.get(link, headers={"Prefer": "wait=1"})
    assert 0.9 < time.monotonic() - start < 8
    assert (found.status_code, found.json()["state"]) == (200, "queued")
    timer = later(0.2, lambda: ending(served))
    assert caller.get(link, headers={"Prefer": "wait=20"}).json()["state"] == "succeeded"
    timer.join()
    assert caller.get(link, headers={"Prefer": "wait=60"}).json()["state"] == "succeeded"  # at once


def test_who_waits_for_a_job_that_is_deleted_is_told(served: Served, caller: httpx.Client) -> None:
    link = submitted(caller)["links"]["self"]

    def delete() -> None:
        with served.caller() as other:
            assert other.delete(link).status_code == 204

    timer = later(0.2, delete)
    assert caller.get(link, headers={"Prefer": "wait=20"}).status_code == 404
    timer.join()


def events(caller: httpx.Client, link: str, last: int | None = None) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Events as they come."""
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    with caller.stream("GET", f"{link}/events", headers=headers) as found:
        if found.status_code == 204:
            return
        assert found.status_code == 200
        assert found.headers["content-type"].startswith("text/event-stream")
        said: dict[str, str] = {}
        for line in found.iter_lines():
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                said[name] = value
            elif not line and "data" in said:
                yield int(said["id"]), said["event"], json.loads(said["data"])
                said = {}


def test_events_come_as_they_happen_and_end_with_the_job(served: Served, caller: httpx.Client) -> None:
    link = submitted(caller)["links"]["self"]
    stream = events(caller, link)
    assert next(stream)[:2] == (1, "queued")
    claim = served.claim()
    assert next(stream)[:2] == (2, "started")
    served.tell(claim, (1, 3), (2, 3))
    assert [(number, kind, body["done"]) for number, kind, body in (next(stream), next(stream))] == [
        (3, "progress", 1),
        (4, "progress", 2),
    ]
    served.finish(claim, {"summary.json": b"{}"}, not_certified=1)
    ((number, kind, body),) = list(stream)
    assert (number, kind, body["not_certified"]) == (5, "succeeded", 1)
    assert body["at"].endswith("Z")
    assert [number for number, *_ in events(caller, link, last=3)] == [4, 5]
    assert list(events(caller, link, last=5)) == []
    assert caller.get(f"{link}/events", headers={"Last-Event-ID": "5"}).status_code == 204
    assert caller.get(f"{link}/events", headers={"Last-Event-ID": "x"}).status_code == 422


def test_who_is_cut_off_misses_nothing(served: Served, caller: httpx.Client) -> None:
    link = submitted(caller)["links"]["self"]
    claim = served.claim()
    seen: list[int] = []
    for done in range(5):
        served.tell(claim, (done, 5))
        stream = events(caller, link, last=seen[-1] if seen else 0)
        seen.append(next(stream)[0])
        stream.close()  # type: ignore[attr-defined]
    served.finish(claim, {"summary.json": b"{}"})
    seen += [number for number, *_ in events(caller, link, last=seen[-1])]
    assert seen == list(range(1, 9))


def test_silence_is_broken_by_comments(served: Served, caller: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "HEARTBEAT", 0.05)
    link = submitted(caller)["links"]["self"]
    with caller.stream("GET", f"{link}/events") as found:
        comments = (line for line in found.iter_lines() if line.startswith(":"))
        assert next(comments)
        assert next(comments)
    ending(served)


def test_a_stream_ends_when_its_job_is_deleted(served: Served, caller: httpx.Client) -> None:
    link = submitted(caller)["links"]["self"]
    stream = events(caller, link)
    next(stream)
    with served.caller() as other:
        other.delete(link)
    assert list(stream) == []


def test_many_wait_without_threads(served: Served, caller: httpx.Client) -> None:
    link = submitted(caller)["links"]["self"]

    def wait(_: int) -> str:
        return str(caller.get(link, headers={"Prefer": "wait=25"}).json()["state"])

    with ThreadPoolExecutor(100) as threads:
        found = [threads.submit(wait, number) for number in range(100)]
        watch = served.watch
        deadline = time.monotonic() + 20
        while sum(map(len, watch._waiting.values())) < 100 and time.monotonic() < deadline:
            time.sleep(0.02)
        workers = [thread for thread in threading.enumerate() if "AnyIO" in thread.name]
        assert len(workers) < 45  # the pool that all requests share
        assert caller.get(link).status_code == 200  # and it is free
        ending(served)
        assert {one.result() for one in found} == {"succeeded"}
    assert watch._waiting == {}
    assert watch._tenants.total() == 0


@pytest.mark.parametrize("most", ["MOST", "OWN"])
def test_nobody_more_waits_than_may(
    served: Served, caller: httpx.Client, monkeypatch: pytest.MonkeyPatch, most: str
) -> None:
    monkeypatch.setattr(waiting, most, 0)
    made = submitted(caller, Prefer="wait=20")
    assert made["state"] == "queued"
    refused = caller.get(f"{made['links']['self']}/events")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
    ending(served)


def test_a_service_that_stops_lets_go(tmp_path_factory: pytest.TempPathFactory) -> None:
    with serving(tmp_path_factory.mktemp("stopping"), checkers=0) as stopping, stopping.caller() as caller:
        link = submitted(caller)["links"]["self"]
        stream = events(caller, link)
        next(stream)
        stopping.stop()
        start = time.monotonic()
        assert list(stream) == []
    assert time.monotonic() - start < 10


def test_places_are_counted_for_all_who_ask(
    served: Served, caller: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = served.tenants["acme"]
    queue = served.stores.queue
    made = [queue.submit(tenant, "plan", {}, {}, priority=priority).job for priority in (0, 5, 0)]
    assert [queue.places()[job.id] for job in made] == [queue.position(job) for job in made] == [2, 1, 3]
    places, asked = Places(queue), []
    counted = queue.places
    monkeypatch.setattr(queue, "places", lambda: asked.append(1) or counted())
    assert [places.of(job) for job in made for _ in range(10)] == [2] * 10 + [1] * 10 + [3] * 10
    assert len(asked) == 1
    later = queue.submit(tenant, "plan", {}, {}).job
    assert places.of(later) == 4
    for job in (*made, later):
        queue.cancel(tenant.id, job.id)
        assert places.of(queue.get(tenant.id, job.id)) is None
