"""Bodies at their bounds: bytes, rows, nesting, and JSON that is none."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from optimizer.errors import InputError
from optimizer.service.http.bodies import parse
from optimizer.service.http.settings import Limits
from optimizer.service.problems import ProblemError
from tests.helpers.service import Service, own_case, serving

SMALL = Limits(body_bytes=60_000, body_seconds=1, rows=120, depth=8)


@pytest.fixture(scope="module")
def bounded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("bounded"), limits=SMALL, checkers=1) as running:
        yield running


def kind(raw: bytes, limits: Limits = SMALL) -> str | None:
    """What is said against a body, if anything."""
    try:
        parse(raw, limits)
    except ProblemError as error:
        return error.problem.kind
    return None


def test_a_body_as_large_as_it_may_be_is_read_and_a_larger_one_is_not(bounded: Service) -> None:
    caller = bounded.caller()
    frame = b'{"case": {"ref": "ev-motors"}, "packs": ["%s"]}'
    for size, status in ((SMALL.body_bytes, 422), (SMALL.body_bytes + 1, 413)):
        body = frame % (b"x" * (size - len(frame) + 2))
        assert len(body) == size
        assert caller.post("/v1/checks", content=body).status_code == status
        assert caller.post("/v1/checks", content=iter([body[:1000], body[1000:]])).status_code == status  # in chunks


def test_a_body_is_refused_by_its_length_before_it_is_sent(bounded: Service) -> None:
    key = bounded.caller().headers["Authorization"]
    head = f"POST /v1/checks HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\nContent-Length: {{}}\r\n\r\n"
    port = int(bounded.url.rpartition(":")[2])
    for length in ("60001", "9" * 15):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
            raw.sendall(head.format(length).encode())
            assert b" 413 " in raw.recv(200)


def test_a_body_without_end_is_cut_off(bounded: Service) -> None:
    key = bounded.caller().headers["Authorization"]
    head = f"PUT /v1/cases/x HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\nTransfer-Encoding: chunked\r\n\r\n"
    port = int(bounded.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
        raw.sendall(head.encode())
        sent = 0
        try:
            while sent < 50 * SMALL.body_bytes:
                raw.sendall(b"1000\r\n" + b" " * 0x1000 + b"\r\n")
                sent += 0x1000
        except OSError:
            pass
        assert sent < 50 * SMALL.body_bytes or b" 413 " in raw.recv(200)


def test_a_body_that_does_not_come_is_not_waited_for(bounded: Service) -> None:
    key = bounded.caller().headers["Authorization"]
    port = int(bounded.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
        raw.sendall(
            f"POST /v1/checks HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\nContent-Length: 9\r\n\r\n{{".encode()
        )
        assert b" 408 " in raw.recv(200)


def test_a_caller_who_goes_away_breaks_nothing(bounded: Service) -> None:
    key = bounded.caller().headers["Authorization"]
    port = int(bounded.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
        raw.sendall(
            f"PUT /v1/cases/x HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\nContent-Length: 100\r\n\r\n{{".encode()
        )
    time.sleep(0.1)
    assert bounded.caller().get("/v1").status_code == 200


def test_no_case_has_more_rows_than_it_may(bounded: Service) -> None:
    caller = bounded.caller()
    body = own_case("rows")
    assert sum(map(len, body["rows"].values())) < SMALL.rows
    assert caller.put("/v1/cases/rows", json=body).status_code == 201
    row = body["rows"]["sites"][0]
    more = {**body, "rows": {**body["rows"], "sites": [{**row, "site": f"s{number}"} for number in range(SMALL.rows)]}}
    assert caller.put("/v1/cases/rows", json=more).status_code == 413
    checked = caller.post("/v1/checks", json={"case": more})
    assert checked.status_code == 413
    assert checked.json()["type"].endswith("too-large")


@pytest.mark.slow
def test_lists_within_lists_are_bounded_before_they_are_made() -> None:
    deep = 4_000_000
    for raw in (b"[" * deep, b'{"a":' * deep, b"[" * 9 + b"]" * 9, b'[{"a":[{"a":[{"a":[{"a":[]}]}]}]}]'):
        assert kind(raw) == "too-large"
    assert kind(b"[" * 8 + b"]" * 8) is None
    assert kind(json.dumps("[" * 1000).encode()) is None
    assert kind(json.dumps('\\"[' * 1000).encode()) is None
    assert kind(b"[" + b"[]," * 2000 + b"[]]") == "too-large"
    assert kind(b"]" * 100 + b"[" * 100) in ("too-large", "malformed")


def test_what_is_looked_at_once_takes_no_time_to_speak_of() -> None:
    for raw in (b'"' + b'\\"' * 3_000_000, b'"' * 2_000_001, b"\\" * 3_000_000, b'"\\' * 2_000_000, b"[]" * 2_000_000):
        began = time.process_time()
        assert kind(raw) in ("malformed", "too-large")
        assert time.process_time() - began < 3


@pytest.mark.parametrize(
    "raw",
    [
        b"", b" ", b"{", b"{]", b"[1,]", b"nul", b"'a'", b"{a: 1}", b'{"a": 1} x', b"\xff\xfe{}", b'{"a": "\xe9"}', b"\xef\xbb\xbf{}",
        b'{"a": NaN}', b'{"a": Infinity}', b'{"a": -Infinity}', b'{"a": 1, "a": 2}', b'{"a": "\\ud800"}', b'{"\\udc00": 1}', b'{"a": "\\uD800x"}', b'{"a": "\x00"}',
    ],
)  # fmt: skip
def test_json_that_is_none_is_refused(raw: bytes) -> None:
    assert kind(raw) == "malformed"


def test_numbers_are_ones_that_a_file_may_hold() -> None:
    for number in (b"1e999", b"-1e999", b"9" * 5000, b"1000000000000001", b"-1000000000000001"):
        with pytest.raises(InputError):
            parse(b'{"a": ' + number + b"}", SMALL)
    assert parse(b"[1000000000000000, -1000000000000000, 1e300]", SMALL) == [10**15, -(10**15), 1e300]


def test_json_that_is_some_is_read() -> None:
    for content in ({"a": "\U0001f600 \\ud83d"}, [1e308, -5, 0.1, True, None, "\u202e"], "x", {"a" * 1000: [[]]}):
        assert parse(json.dumps(content).encode(), SMALL) == content
    assert parse(b'{"a": "\\ud83d\\ude00"}', SMALL) == {"a": "\U0001f600"}


@pytest.mark.parametrize(
    "content", [None, 1, "x", [], [{}], True, {"case": None}, {"case": [1]}, {"settings": {}, "rows": []}]
)
def test_json_of_another_shape_is_a_fault(one: httpx.Client, content: Any) -> None:
    for method, path in (("POST", "/v1/checks"), ("PUT", "/v1/cases/x"), ("PUT", "/v1/scenarios/x")):
        refused = one.request(method, path, content=json.dumps(content).encode())
        assert refused.status_code == 422, (path, refused.text)
        assert refused.json()["faults"]


def test_hidden_characters_are_faults_wherever_they_stand(one: httpx.Client) -> None:
    for letter in ("\u202e", "\u0000", "\u001b", "\u2028"):
        for body in (own_case("hidden", title=f"a{letter}b"), own_case("hidden", **{f"a{letter}b": 1})):
            refused = one.put("/v1/cases/hidden", json=body)
            assert refused.json()["faults"][0]["code"] == "hidden-character", refused.text
            assert letter not in refused.json()["faults"][0]["text"]


def test_limits_are_told(one: httpx.Client, service: Service, tmp_path: Path) -> None:
    assert one.get("/v1").json()["limits"] == service.app.state.settings.limits.record()
