"""Webhooks over HTTP, and from the end of a job to the receiver."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from optimizer.service.http.webhooks import MOST
from optimizer.service.webhooks import sender
from optimizer.service.webhooks.sender import PAUSES, Sender
from optimizer.service.webhooks.signing import signature
from tests.helpers.receiver import receiving, status
from tests.helpers.served import Served, serving

PLAN = {"kind": "plan", "case": {"ref": "ev-motors"}}
URL = "https://tool.example/lodestar"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("service"), checkers=0, allow_private_webhooks=True) as found:
        yield found


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("strict"), checkers=0) as found:
        yield found


@pytest.fixture
def caller(served: Served, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """A tenant of the test's own."""
    with served.caller(request.node.name) as found:
        yield found


def problem(found: httpx.Response, code: int) -> dict[str, Any]:
    assert found.status_code == code, found.text
    assert found.headers["content-type"] == "application/problem+json"
    return dict(found.json())


def test_the_secret_is_said_once(caller: httpx.Client) -> None:
    made = caller.put("/v1/webhooks/tool", json={"url": URL, "kinds": ["job.failed"]})
    assert (made.status_code, made.headers["location"]) == (201, "/v1/webhooks/tool")
    assert made.json()["secret"].startswith("whsec_")
    assert len(made.json()["secret"]) > 40
    again = caller.put("/v1/webhooks/tool", json={"url": f"{URL}/2"})
    assert (again.status_code, again.json()["secret"]) == (200, None)
    read = caller.get("/v1/webhooks/tool").json()
    assert (read["url"], read["kinds"], read["deliveries"]) == (f"{URL}/2", [], [])
    for found in (caller.get("/v1/webhooks/tool"), caller.get("/v1/webhooks"), again):
        assert made.json()["secret"] not in found.text


def test_a_tenant_has_no_more_webhooks_than_may_be(caller: httpx.Client) -> None:
    for number in range(MOST):
        assert caller.put(f"/v1/webhooks/w{number}", json={"url": URL}).status_code == 201
    problem(caller.put("/v1/webhooks/more", json={"url": URL}), 409)
    assert caller.put("/v1/webhooks/w0", json={"url": f"{URL}/2"}).status_code == 200


def test_webhooks_are_listed_and_deleted(served: Served, caller: httpx.Client) -> None:
    for name in ("b", "c", "a"):
        caller.put(f"/v1/webhooks/{name}", json={"url": URL})
    page = caller.get("/v1/webhooks?limit=2").json()
    assert [one["name"] for one in page["items"]] == ["a", "b"]
    rest = caller.get("/v1/webhooks", params={"cursor": page["next"]}).json()
    assert ([one["name"] for one in rest["items"]], rest["next"]) == (["c"], None)
    with served.caller("stranger") as stranger:
        problem(stranger.get("/v1/webhooks/a"), 404)
        problem(stranger.delete("/v1/webhooks/a"), 404)
        assert stranger.get("/v1/webhooks").json()["items"] == []
    assert caller.delete("/v1/webhooks/a").status_code == 204
    problem(caller.delete("/v1/webhooks/a"), 404)
    problem(caller.get("/v1/webhooks/a"), 404)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"url": "http://tool.example/"}, "https://"),
        ({"url": "https://10.0.0.7/"}, "private"),
        ({"url": "https://localhost/"}, "private"),
        ({"url": "https://me:secret@tool.example/"}, "no name or password"),
        ({"url": URL, "kinds": ["job.done"]}, "job.done"),
        ({"url": URL, "secret": "mine"}, "secret"),
        ({}, "url"),
    ],
)
def test_webhooks_that_may_not_be(strict: Served, body: dict[str, Any], said: str) -> None:
    with strict.caller(f"tenant-{time.monotonic_ns()}") as caller:
        found = problem(caller.put("/v1/webhooks/tool", json=body), 422)
        assert said in " ".join(fault["text"] for fault in found["faults"])
        assert caller.get("/v1/webhooks").json()["items"] == []


def ended(served: Served, caller: httpx.Client) -> str:
    """Id of a job that has ended."""
    made = caller.post("/v1/jobs", json=PLAN).json()
    served.finish(served.claim(), {"summary.json": b"{}"}, not_certified=2)
    return str(made["id"])


def attempt(served: Served, *, private: bool = True) -> None:
    """One attempt of all that is due."""
    webhooks = served.stores.webhooks
    for delivery in webhooks.due(limit=10):
        asyncio.run(Sender(webhooks, private=private).send(delivery))


def test_a_receiver_is_told_and_can_tell_that_it_is_true(served: Served, caller: httpx.Client) -> None:
    with receiving(status(204)) as receiver:
        secret = caller.put("/v1/webhooks/tool", json={"url": receiver.url()}).json()["secret"]
        caller.put("/v1/webhooks/deaf", json={"url": receiver.url("/deaf"), "kinds": ["job.failed"]})
        job = ended(served, caller)
        stop = threading.Event()
        thread = threading.Thread(target=Sender(served.stores.webhooks, private=True).run, args=[stop])
        thread.start()
        deadline = time.monotonic() + 10
        while not (told := caller.get("/v1/webhooks/tool").json()["deliveries"]) or told[0]["state"] == "waiting":
            assert time.monotonic() < deadline
            time.sleep(0.02)
        stop.set()
        thread.join(10)
    ((path, headers, body),) = receiver.came
    said = json.loads(body)
    assert (path, said["kind"], said["job"], said["not_certified"]) == ("/hook", "job.succeeded", job, 2)
    assert headers["Lodestar-Signature"] == signature(secret, int(headers["Lodestar-Timestamp"]), body)
    assert headers["Lodestar-Delivery"] == said["id"] == told[0]["id"]
    assert (told[0]["state"], told[0]["attempts"], told[0]["error"]) == ("delivered", 1, None)


def test_a_delivery_is_tried_again_and_given_up_in_sight(
    served: Served, caller: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "PAUSES", (0.0,) * len(PAUSES))
    with receiving(status(503)) as receiver:
        caller.put("/v1/webhooks/tool", json={"url": receiver.url()})
        ended(served, caller)
        attempt(served)
        (told,) = caller.get("/v1/webhooks/tool").json()["deliveries"]
        assert (told["state"], told["attempts"], told["error"]) == ("waiting", 1, "answered 503")
        assert told["due"] is not None
        for _ in range(len(PAUSES) + 3):
            attempt(served)
    (told,) = caller.get("/v1/webhooks/tool").json()["deliveries"]
    assert (told["state"], told["attempts"], told["due"]) == ("given up", len(PAUSES) + 1, None)
    assert len(receiver.came) == len(PAUSES) + 1
    assert len({headers["Lodestar-Delivery"] for _, headers, _ in receiver.came}) == 1


def test_an_address_that_turned_private_is_not_connected_to(served: Served, caller: httpx.Client) -> None:
    with receiving(status(200)) as receiver:
        caller.put("/v1/webhooks/tool", json={"url": receiver.url()})
        ended(served, caller)
        attempt(served, private=False)
    (told,) = caller.get("/v1/webhooks/tool").json()["deliveries"]
    assert "private" in told["error"]
    assert receiver.came == []
