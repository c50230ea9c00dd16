"""Requests that are lost, put off or doubled: one job comes of them, or one clear error."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from optimizer.client import Client, ServiceError, UnreachableError, wire

STATUS = {"id": "0" * 26, "kind": "plan", "state": "queued", "done": 0, "total": 0}
Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr(wire.time, "sleep", found.append)
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
