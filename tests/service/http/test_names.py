"""Hostile names in addresses: none is a path, none is a fault of ours, none is kept."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.helpers.service import own_case, own_scenario

NAMES = [
    "..", ".", "...", "../x", "..%2fx", "../../../../etc/passwd", "/etc/passwd", "//x", "a/b", "a\\b", "..\\..\\x", "C:", "C:\\x",
    "\0", "a\0b", "a\nb", "a\r\nX: y", "\x1b[2J", "%", "%00", "%2e%2e", "a b", " ", "", "+", "?", "#", "a;b", "a'b", 'a"b', "<script>",
    "é", "e\u0301", "\u202eabc", "\uff41\uff42\uff43", "\u0430bc", "\ufeffa", "\U0001f600", "İ", "ß", "\u0000", "A", "EV-MOTORS", "ev_motors", "-a", "a" * 61,
    "a" * 5000, "ev-motors.csv", "case.yaml", "con", "nul.", "~", "$HOME", "{name}", "{{7*7}}", "%s", "' OR 1=1 --", "ev-motors/", "*",
]  # fmt: skip
RAW = [
    b"..%2f..%2fetc%2fpasswd",
    b"%2e%2e",
    b"%00",
    b"%",
    b"%zz",
    b"%ff%fe",
    b"%c0%ae%c0%ae",
    b"a%2fb",
    b"a%5cb",
    b"..;/x",
    b"%E2%80%AE",
]
NAMED = {"con", "case"}


def paths(base: str) -> list[bytes]:
    return [f"{base}/".encode() + name for name in [*(quote(name, safe="").encode() for name in NAMES), *RAW]]


def asked(caller: httpx.Client, method: str, path: bytes, body: Any) -> tuple[int, str | None, bytes]:
    """Status, media type and body of an answer; the address is sent as it is, which a client of today would not do."""
    connection = http.client.HTTPConnection(str(caller.base_url.host), caller.base_url.port or 80, timeout=30)
    headers = {"Authorization": caller.headers["Authorization"], "Content-Type": "application/json"}
    try:
        connection.request(method, path.decode(), json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type"), answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("base", ["/v1/cases", "/v1/scenarios", "/v1/schema"])
def test_no_name_is_a_path(one: httpx.Client, base: str) -> None:
    before = one.get("/v1/cases").content, one.get("/v1/scenarios").content
    for path in paths(base):
        for method in ("GET", "PUT", "DELETE"):
            name = path.rpartition(b"/")[2].decode()
            body = own_scenario(name) if "scenarios" in base else own_case(name)
            status, kind, content = asked(one, method, path, body if method == "PUT" else None)
            assert status in (404, 405, 422) or name in NAMED, (method, path, content)
            assert b"root:" not in content
            if status >= 400:
                assert (kind, json.loads(content)["status"]) == ("application/problem+json", status), (method, path)
    if (made := one.delete(f"{base}/con")).status_code == 204:
        assert made.content == b""
    assert (one.get("/v1/cases").content, one.get("/v1/scenarios").content) == before


def test_a_name_in_a_body_is_held_to_the_same(one: httpx.Client) -> None:
    for name in NAMES:
        answer = one.post("/v1/checks", json={"case": {"ref": name}, "scenarios": [name]})
        assert answer.status_code == 422, (name, answer.text)
        faults = one.post("/v1/checks", json={"case": own_case("x", name=name)}) if name not in NAMED else None
        assert faults is None or faults.json()["faults"], name
