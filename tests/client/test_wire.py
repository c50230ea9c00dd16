"""Requests that are lost, put off or doubled: one job comes of them, or one clear error."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from optimizer.client import Client, Progress, ServiceError, UnreachableError
from optimizer.errors import CaseError, OutOfTime
from optimizer.faults import Fault

STATUS = {"id": "0" * 26, "kind": "plan", "state": "queued", "done": 0, "total": 0}
Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr(time, "sleep", found.append)
    return found


def client_of(answers: list[Answer], seen: list[httpx.Request], patience: float = 60) -> Client:
    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answers.pop(0)(request) if answers else httpx.Response(200, json=STATUS)

    return Client("http://service", "ls_key", transport=httpx.MockTransport(answer), patience=patience)


def lost(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("connection reset", request=request)


def problem(status: int, kind: str, **headers: str) -> Answer:
    said = {"type": f"urn:lodestar:problem:{kind}", "title": kind, "status": status, "detail": "said so"}
    return lambda _: httpx.Response(status, json=said, headers={"Content-Type": "application/problem+json", **headers})


def test_a_job_is_submitted_again_under_the_same_key(slept: list[float]) -> None:
    seen: list[httpx.Request] = []
    job = client_of([lost, lost], seen).plan("ev-motors", ["full-embargo"], answers=["react"])
    assert job.id == STATUS["id"]
    assert len({request.headers["Idempotency-Key"] for request in seen}) == 1
    assert len(seen) == 3
    assert json.loads(seen[0].content) == json.loads(seen[2].content)
    assert json.loads(seen[0].content)["case"] == {"ref": "ev-motors"}


def test_what_is_deleted_by_a_request_that_got_lost_is_deleted(slept: list[float]) -> None:
    client_of([lost, problem(404, "not-found")], []).delete_case("mine")
    with pytest.raises(ServiceError, match="said so"):
        client_of([problem(404, "not-found")], []).delete_case("mine")


class Broken(httpx.SyncByteStream):
    """A stream that breaks off."""

    def __iter__(self) -> Iterator[bytes]:
        yield b"id: 1\nevent: queued\ndata: {}\n\n: still here\n\nid: 2\nevent: progress\n"
        yield b'data: {"at": "now", "stage": "base", "done": 0, "total": 1}\n\nid: 3\nevent: progr'
        raise httpx.ReadError("connection reset")


def test_a_stream_that_breaks_is_gone_on_with(slept: list[float]) -> None:
    seen: list[httpx.Request] = []
    rest = b'id: 3\nevent: progress\ndata: {"stage": "results", "done": 1, "total": 1}\n\nid: 4\nevent: succeeded\ndata: {}\n\n'
    over = {**STATUS, "state": "succeeded"}
    answers: list[Answer] = [
        lambda _: httpx.Response(200, json=STATUS),
        lambda _: httpx.Response(200, stream=Broken()),
        lambda _: httpx.Response(200, content=rest),
        *[lambda _: httpx.Response(200, json=over)] * 3,
    ]
    told: list[Progress] = []
    job = client_of(answers, seen).plan("ev-motors").wait(progress=told.append)
    assert job.state == "succeeded"
    assert [one.stage for one in told] == ["base", "results"]
    assert [request.headers["Last-Event-ID"] for request in seen if request.url.path.endswith("/events")] == ["0", "2"]


def test_a_job_that_goes_on_for_too_long(slept: list[float]) -> None:
    running = {**STATUS, "state": "running"}
    client = client_of([lambda _: httpx.Response(200, json=running)] * 5, [])
    with pytest.raises(OutOfTime, match="goes on: 0 of 0"):
        client.plan("ev-motors").wait(timeout=0)


def test_why_a_job_failed_is_the_error_of_the_interface(slept: list[float]) -> None:
    fault = Fault("case", "wrong", code="circle")
    said = {"type": "urn:lodestar:problem:input", "status": 422, "faults": [fault.record()], "error": "CaseError"}
    failed = {**STATUS, "state": "failed", "problem": said}
    client = client_of([lambda _: httpx.Response(200, json=failed)] * 3, [])
    with pytest.raises(CaseError) as raised:
        client.plan("ev-motors").wait()
    assert raised.value.faults == (fault,)


def test_two_jobs_have_two_keys(slept: list[float]) -> None:
    seen: list[httpx.Request] = []
    client = client_of([], seen)
    client.plan("ev-motors")
    client.plan("ev-motors")
    assert len({request.headers["Idempotency-Key"] for request in seen}) == 2


def test_it_waits_as_long_as_the_service_says(slept: list[float]) -> None:
    client_of([problem(429, "cap-reached", **{"Retry-After": "7"})], []).plan("ev-motors")
    assert slept == [7.0]


def test_it_waits_for_a_twin_of_its_own(slept: list[float]) -> None:
    client_of([lost, problem(409, "twin-in-flight")], []).plan("ev-motors")
    assert len(slept) == 2


def test_what_does_not_help_is_not_done_again(slept: list[float]) -> None:
    for status, kind in ((429, "cap-reached"), (401, "no-key"), (409, "conflict"), (500, "internal")):
        seen: list[httpx.Request] = []
        with pytest.raises(ServiceError, match="said so") as raised:
            client_of([problem(status, kind)], seen).plan("ev-motors")
        assert (raised.value.kind, len(seen)) == (kind, 1)


def test_it_does_not_wait_for_ever(slept: list[float]) -> None:
    with pytest.raises(ServiceError, match="said so"):
        client_of([problem(503, "unavailable", **{"Retry-After": "3600"})], [], patience=10).plan("ev-motors")
    with pytest.raises(UnreachableError, match="http://service: no answer"):
        client_of([lost] * 3, [], patience=0).plan("ev-motors")
    assert not slept


def test_an_answer_of_something_else(slept: list[float]) -> None:
    page: Answer = lambda _: httpx.Response(404, text="<html>nginx</html>")  # noqa: E731
    with pytest.raises(ServiceError, match="answered 404, not as a Lodestar service does"):
        client_of([page], []).about()


def test_an_address_that_is_none() -> None:
    with pytest.raises(UnreachableError):
        Client("nowhere", "ls_key").about()
