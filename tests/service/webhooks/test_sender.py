"""Deliveries to a real socket: what is sent, what is taken, what is tried again."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import shutil
import ssl
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from optimizer.service.store.records import Delivery
from optimizer.service.webhooks import connect, sender
from optimizer.service.webhooks.connect import RefusedError, post
from optimizer.service.webhooks.sender import PAUSES, Sender, pause_after
from tests.helpers.receiver import drips, floods, receiving, status

PUBLIC = ssl.create_default_context()


def one(url: str, id: str = "dlv_1") -> Delivery:
    """A delivery in its first attempt."""
    body = {"kind": "job.succeeded"}
    return Delivery(id, "acme", "tool", url, "whsec_x", "job.succeeded", body, 1, "token", 0.0)


@dataclass
class Kept:
    """Deliveries in memory."""

    waiting: list[Delivery] = field(default_factory=list)
    told: list[tuple[str, object, object]] = field(default_factory=list)

    def due(self, limit: int) -> list[Delivery]:
        found, self.waiting = self.waiting[:limit], self.waiting[limit:]
        return found

    def delivered(self, delivery: Delivery) -> None:
        self.told.append((delivery.id, "delivered", None))

    def failed(self, delivery: Delivery, retry_in: float | None, error: str) -> None:
        self.told.append((delivery.id, error, retry_in))


def sent(delivery: Delivery, *, private: bool = True) -> tuple[str, object, object]:
    """What became of a delivery."""
    kept = Kept()
    asyncio.run(Sender(kept, private=private).send(delivery))  # type: ignore[arg-type]
    (told,) = kept.told
    return told


def test_a_delivery_is_signed_over_time_and_body() -> None:
    with receiving(status(204)) as receiver:
        assert sent(one(receiver.url("/in?x=1"))) == ("dlv_1", "delivered", None)
    ((path, headers, body),) = receiver.came
    assert path == "/in?x=1"
    assert body == b'{"kind":"job.succeeded"}'
    assert headers["Content-Type"] == "application/json"
    assert headers["Lodestar-Delivery"] == "dlv_1"
    assert abs(int(headers["Lodestar-Timestamp"]) - time.time()) < 5
    signed = headers["Lodestar-Timestamp"].encode() + b"." + body
    assert headers["Lodestar-Signature"] == "v1=" + hmac.new(b"whsec_x", signed, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("code", [300, 400, 404, 410, 500, 503])
def test_what_is_not_taken_is_tried_again(code: int) -> None:
    with receiving(status(code)) as receiver:
        _, error, pause = sent(one(receiver.url()))
    assert str(error).startswith("answered ")
    assert isinstance(pause, float)


def test_a_redirect_is_not_followed() -> None:
    with receiving(status(200)) as inner, receiving(status(307, {"Location": inner.url("/secret")})) as receiver:
        _, error, _ = sent(one(receiver.url()))
    assert error == "answered 307, and redirects are not followed"
    assert inner.came == []


def test_pauses_grow_and_end() -> None:
    pauses = [pause_after(attempt) for attempt in range(1, len(PAUSES) + 2)]
    assert pauses[-1] is None
    found = [pause for pause in pauses if pause is not None]
    assert found == sorted(found)
    assert len(found) == len(PAUSES)


def test_an_address_inside_is_refused_when_connecting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the name stood for when the webhook was made."""
    with receiving(status(200)) as receiver:
        assert "private" in str(sent(one(receiver.url()), private=False)[1])
        assert "private" in str(sent(one(receiver.url(host="localhost")), private=False)[1])

        async def both(host: str, port: int) -> list[str]:
            return ["1.1.1.1", "127.0.0.1"]

        monkeypatch.setattr(connect, "addresses_of", both)
        assert "private" in str(sent(one(receiver.url(host="hooks.example")), private=False)[1])
    assert receiver.came == []


def test_the_address_looked_at_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the name stays in the request; an address that does not answer is passed over."""

    async def found(host: str, port: int) -> list[str]:
        assert host == "hooks.example"
        return ["127.0.0.2", "127.0.0.1"] if port != 1 else []

    monkeypatch.setattr(connect, "addresses_of", found)
    with receiving(status(200)) as receiver:
        assert asyncio.run(post(receiver.url(host="hooks.example"), {}, b"{}", PUBLIC, private=True)) == 200
    assert receiver.came[0][1]["Host"] == f"hooks.example:{receiver.port}"
    with pytest.raises(RefusedError, match="no address"):
        asyncio.run(post("http://hooks.example:1/", {}, b"{}", PUBLIC, private=True))


def test_a_name_that_is_unknown_is_said() -> None:
    assert sent(one("https://nothing.invalid/"), private=False)[1] == "its host has no address"


def test_no_answer_is_tried_again() -> None:
    with receiving(status(200)) as receiver:
        pass
    assert str(sent(one(receiver.url()))[1]).startswith("no connection")


@pytest.mark.parametrize("answer", [lambda handler: None, lambda handler: handler.wfile.write(b"nonsense\r\n\r\n")])
def test_an_answer_that_is_none_is_tried_again(answer: object) -> None:
    with receiving(answer) as receiver:  # type: ignore[arg-type]
        assert str(sent(one(receiver.url()))[1]).startswith("no connection")


def test_an_answer_that_drips_is_given_up() -> None:
    with receiving(drips) as receiver:
        start = time.monotonic()
        with pytest.raises(TimeoutError):
            asyncio.run(post(receiver.url(), {}, b"{}", PUBLIC, private=True, seconds=0.4))
        assert time.monotonic() - start < 2


def test_an_answer_that_is_huge_is_cut_off() -> None:
    with receiving(floods) as receiver:
        assert asyncio.run(post(receiver.url(), {}, b"{}", PUBLIC, private=True)) == 200
        deadline = time.monotonic() + 5
        while len(receiver.came) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
    assert receiver.came[-1][0] == "cut off"


def test_a_slow_receiver_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "REST", 0.02)
    kept, stop, free = Kept(), threading.Event(), threading.Event()
    with receiving(lambda handler: free.wait(5)) as slow, receiving(status(200)) as quick:
        kept.waiting = [one(slow.url(), id="slow"), one(quick.url(), id="quick")]
        thread = threading.Thread(target=Sender(kept, private=True).run, args=[stop])
        thread.start()
        deadline = time.monotonic() + 5
        while not kept.told and time.monotonic() < deadline:
            time.sleep(0.01)
        kept.waiting = [one(quick.url(), id="later")]
        while len(kept.told) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert [told[0] for told in kept.told] == ["quick", "later"]
        stop.set()
        free.set()
        thread.join(10)
    assert not thread.is_alive()
    assert {told[0] for told in kept.told} == {"slow", "quick", "later"}  # what was under way is finished


def test_a_database_that_does_not_answer_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sender, "REST", 0.02)
    kept, stop = Kept(), threading.Event()
    calls = iter([OSError("closed"), None])

    def due(limit: int) -> list[Delivery]:
        if error := next(calls, None):
            raise error
        stop.set()
        return []

    monkeypatch.setattr(kept, "due", due)
    Sender(kept).run(stop)
    assert "cannot be read" in caplog.text


@pytest.mark.skipif(shutil.which("openssl") is None, reason="certificates are made by openssl")
def test_the_certificate_is_checked_against_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=x -addext subjectAltName=DNS:hooks.example"
    subprocess.run([*made.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    names: list[str | None] = []
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    tls.sni_callback = lambda connection, name, context: names.append(name)

    async def found(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    monkeypatch.setattr(connect, "addresses_of", found)
    trust = ssl.create_default_context(cafile=str(certificate))
    with receiving(status(200), tls) as receiver:
        url = receiver.url(host="hooks.example", scheme="https")
        assert asyncio.run(post(url, {}, b"{}", trust, private=True)) == 200
        assert names == ["hooks.example"]
        with pytest.raises(httpx.ConnectError):  # another name than the certificate's
            asyncio.run(post(receiver.url(host="other.example", scheme="https"), {}, b"{}", trust, private=True))
        with pytest.raises(httpx.ConnectError):  # an authority that nobody trusts
            asyncio.run(post(url, {}, b"{}", PUBLIC, private=True))
    assert len(receiver.came) == 1
