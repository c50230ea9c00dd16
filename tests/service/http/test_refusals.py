"""Every refusal is a problem document, and says nothing of the inside."""

from __future__ import annotations

import json
import logging
import socket
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import APIRouter

from optimizer.errors import OutOfTime, SolveError, Stopped
from optimizer.service.http.logs import JsonLines
from optimizer.service.problems import KINDS, NAMESPACE, ProblemError, of_error
from optimizer.service.store.refusals import CapReachedError, KeyReusedError, StateError, TwinInFlightError
from tests.helpers.service import Service, own_case, serving

SECRET = "the price of dysprosium"


def problem(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    """The document of a refusal, which is of a status and a kind."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    said: dict[str, Any] = answer.json()
    assert (said["type"], said["status"], said["title"]) == (NAMESPACE + kind, status, KINDS[kind][1])
    assert said["instance"] == answer.request.url.raw_path.decode().partition("?")[0]
    assert said["detail"]
    return said


def test_nothing_is_done_without_a_key(service: Service) -> None:
    for header in (None, "", "Bearer", "Bearer ls_wrong", "Basic YTpi", "bearer  x", "Bearer \xe9"):
        headers = {} if header is None else {"Authorization": header.encode("latin-1")}
        answer = httpx.get(f"{service.url}/v1/cases", headers=headers, trust_env=False)
        problem(answer, 401, "no-key")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_key_does_what_its_scope_says(service: Service) -> None:
    body = own_case("scoped")
    reader, planner = service.caller("scoped", ["read"]), service.caller("scoped", ["plan"])
    assert reader.get("/v1").json()["scopes"] == ["read"]
    assert planner.get("/v1").json()["scopes"] == ["plan", "read"]
    for call in (("PUT", "/v1/cases/scoped"), ("DELETE", "/v1/cases/scoped"), ("POST", "/v1/checks")):
        refused = reader.request(*call, json=body)
        problem(refused, 403, "no-scope")
        assert 'scope="plan"' in refused.headers["WWW-Authenticate"]
    assert planner.put("/v1/cases/scoped", json=body).status_code == 201
    assert reader.get("/v1/cases/scoped").status_code == 200
    problem(service.caller("scoped", []).get("/v1"), 403, "no-scope")


def test_a_revoked_key_is_refused_within_the_seconds_stated(service: Service) -> None:
    client = service.caller("revoked")
    assert client.get("/v1").status_code == 200
    (key,) = service.stores.keys.list(service.tenant("revoked"))
    service.stores.keys.revoke(key.id)
    until = time.monotonic() + service.app.state.settings.key_seconds + 0.1
    while client.get("/v1").status_code == 200:
        assert time.monotonic() < until
        time.sleep(0.02)
    problem(client.get("/v1"), 401, "no-key")


@pytest.mark.parametrize(
    "path", ["/", "/v1/", "/v2", "/v1/cases/", "/v1/cases/a/b", "/v1/nope", "/docs", "/redoc", "/v1/cases//x"]
)
def test_what_is_not_there_is_said_so(one: httpx.Client, path: str) -> None:
    problem(one.get(path), 404, "not-found")


def test_methods_that_are_not_there_are_refused_and_the_others_named(one: httpx.Client) -> None:
    for method, path, allowed in (
        ("PATCH", "/v1/cases/x", {"GET", "HEAD", "PUT", "DELETE"}),
        ("DELETE", "/v1/cases", {"GET", "HEAD"}),
        ("GET", "/v1/checks", {"POST"}),
        ("OPTIONS", "/v1", {"GET", "HEAD"}),
        ("TRACE", "/healthz", {"GET", "HEAD"}),
        ("BREW", "/v1", {"GET", "HEAD"}),
        ("POST", "/openapi.json", {"GET", "HEAD"}),
    ):
        refused = one.request(method, path)
        problem(refused, 405, "wrong-method")
        assert set(refused.headers["Allow"].split(", ")) == allowed
    assert one.head("/v1/checks").status_code == 405


def test_head_is_get_without_its_body(one: httpx.Client) -> None:
    for path in (
        "/v1",
        "/v1/cases",
        "/v1/cases/ev-motors",
        "/v1/scenarios/full-embargo",
        "/v1/schema/case",
        "/healthz",
        "/v1/cases/no",
    ):
        got, head = one.get(path), one.head(path)
        assert (head.status_code, head.content) == (got.status_code, b"")
        for name in ("Content-Type", "Content-Length", "ETag"):
            assert head.headers.get(name) == got.headers.get(name), (path, name)


def test_an_answer_is_of_a_media_type_that_the_caller_takes(one: httpx.Client) -> None:
    for accept in ("text/html", "application/json;q=0", "image/*, text/plain", "nonsense"):
        problem(one.get("/v1/cases/ev-motors", headers={"Accept": accept}), 406, "not-acceptable")
    for accept, media in (
        ("*/*", "application/json"),
        ("", "application/json"),
        ("application/*", "application/json"),
        ("application/zip, application/json;q=0.5", "application/zip"),
        ("application/json;q=0.1, application/zip;q=0.2", "application/zip"),
        ("text/html, application/zip;q=0.5, */*;q=0.1", "application/zip"),
        ("APPLICATION/JSON", "application/json"),
    ):
        assert one.get("/v1/cases/ev-motors", headers={"Accept": accept}).headers["Content-Type"] == media, accept
    problem(one.get("/metrics", headers={"Accept": "application/json"}), 406, "not-acceptable")


def test_a_body_is_of_a_media_type_that_is_read(one: httpx.Client) -> None:
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json5",
        "x",
    ):
        for method, path in (("PUT", "/v1/cases/x"), ("PUT", "/v1/scenarios/x"), ("POST", "/v1/checks")):
            refused = one.request(method, path, content=b"{}", headers={"Content-Type": kind})
            problem(refused, 415, "wrong-media-type")
            assert "application/json" in refused.headers["Accept"]
    for headers in ({"Content-Type": "application/json; charset=utf-16"}, {"Content-Encoding": "gzip"}):
        problem(one.post("/v1/checks", content=b"{}", headers=headers), 415, "wrong-media-type")
    fine = one.post(
        "/v1/checks",
        content=b'{"case": {"ref": "ev-motors"}}',
        headers={"Content-Type": 'Application/JSON; Charset="UTF-8"'},
    )
    assert fine.status_code == 200


def test_queries_and_headers_are_held_to_bounds(one: httpx.Client) -> None:
    for query in ("limit=0", "limit=501", "limit=x", "cursor=", "cursor=!", "cursor=abcd", "cursor=" + "a" * 1001):
        said = problem(one.get(f"/v1/cases?{query}"), 422, "input")
        assert said["faults"][0]["column"] in ("limit", "cursor")
    cursor = one.get("/v1/scenarios?limit=1").json()["next"]
    problem(one.get("/v1/cases", params={"cursor": cursor}), 422, "input")
    problem(one.get("/v1/cases/ev-motors?revision=1"), 422, "input")


def test_a_misspelt_query_is_no_query_at_all(one: httpx.Client) -> None:
    said = problem(one.get("/v1/cases?limt=5&x=1"), 422, "input")
    assert [(fault["found"], fault["suggest"]) for fault in said["faults"]] == [("limt", "limit"), ("x", None)]
    for path in ("/v1", "/healthz", "/v1/cases/ev-motors", "/v1/jobs"):
        assert one.get(path, params={"no-such": "1"}).status_code == one.head(f"{path}?no-such").status_code == 422
    assert one.get("/v1/nope?x=1").status_code == 404


def _broken_routes() -> APIRouter:
    """Routes that fail in every way that routes of the service may."""
    router = APIRouter(prefix="/v1/broken")

    def fails(error: BaseException) -> Any:
        def route() -> None:
            try:
                raise KeyError(SECRET)
            except KeyError as first:
                raise error from first

        return route

    ways = {
        "fault": RuntimeError(SECRET),
        "cap": CapReachedError("queued jobs", 5, 2.3),
        "state": StateError("it has ended"),
        "key": KeyReusedError("used"),
        "twin": TwinInFlightError("in flight"),
        "database": sa.exc.ProgrammingError(SECRET, {}, Exception(SECRET)),
        "unique": ProblemError("unavailable", "full", headers={"Retry-After": "7"}),
    }
    for name, error in ways.items():
        router.get(f"/{name}")(fails(error))
    return router


def test_faults_of_ours_say_an_id_that_the_log_has_and_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "lodestar")
    caplog.handler.setFormatter(JsonLines())
    with serving(tmp_path, [_broken_routes()], checkers=1) as service:
        caller = service.caller()
        for way in ("fault", "database"):
            said = problem(caller.get(f"/v1/broken/{way}"), 500, "internal")
            assert said["id"] in said["detail"]
            lines = [json.loads(line) for line in caplog.text.splitlines()]
            (logged,) = [line for line in lines if line.get("request") == said["id"] and line["event"] == "broken"]
            assert [error["kind"] for error in logged["error"]][-1] == "builtins.KeyError"
            assert any("test_refusals.py" in frame for frame in logged["error"][0]["frames"])
        capped = caller.get("/v1/broken/cap")
        assert problem(capped, 429, "cap-reached")["cap"] == "queued jobs"
        assert (capped.headers["Retry-After"], capped.headers["RateLimit"]) == ("3", '"queued jobs";r=0;t=3')
        problem(caller.get("/v1/broken/state"), 409, "conflict")
        problem(caller.get("/v1/broken/key"), 422, "key-reused")
        problem(caller.get("/v1/broken/twin"), 409, "twin-in-flight")
        assert caller.get("/v1/broken/unique").headers["Retry-After"] == "7"
        caller.put(f"/v1/cases/nope?x={SECRET}", json={"settings": {SECRET: SECRET}, "rows": {}})
        caller.get("/v1/cases/confidential-name")
        assert SECRET not in caplog.text
        assert "confidential" not in caplog.text
        assert "ls_" not in caplog.text
        routes = {json.loads(line).get("route") for line in caplog.text.splitlines()}
        assert {"/v1/cases/{name}", "/v1/broken/fault"} <= routes


def test_a_database_that_is_away_is_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(tmp_path, checkers=1) as service:
        caller = service.caller()
        assert caller.get("/readyz").status_code == caller.get("/v1").status_code == 200

        def away(*_: Any, **__: Any) -> Any:
            raise sa.exc.OperationalError("SELECT", {}, Exception(SECRET))

        monkeypatch.setattr(service.stores.database._engine, "begin", away)
        for path in ("/readyz", "/v1/cases"):
            refused = caller.get(path)
            problem(refused, 503, "unavailable")
            assert refused.headers["Retry-After"]
            assert SECRET not in refused.text
        assert caller.get("/healthz").status_code == 200
        assert caller.get("/metrics").status_code == 200


def test_a_request_that_is_no_http_is_refused(service: Service) -> None:
    port = int(service.url.rpartition(":")[2])
    for raw in (b"nonsense\r\n\r\n", b"GET /v1/cases/\x00 HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as raw_socket:
            raw_socket.sendall(raw)
            assert raw_socket.recv(100).split()[1:2] in ([b"400"], [b"404"])


def test_every_answer_has_safe_headers_and_an_id(one: httpx.Client) -> None:
    ids = set()
    for path in ("/v1", "/v1/cases/ev-motors", "/nope", "/healthz", "/openapi.json", "/metrics"):
        headers = one.get(path).headers
        ids.add(headers["X-Request-Id"])
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["Cache-Control"]
        assert "Server" not in headers
    assert len(ids) == 6


def test_pages_of_other_origins_may_call_only_where_they_are_named(tmp_path: Path, one: httpx.Client) -> None:
    page = {"Origin": "https://desk.example"}
    asks = {**page, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization"}
    assert not [name for name in one.get("/v1", headers=page).headers if name.startswith("access-control")]
    assert one.options("/v1", headers=asks).status_code == 405
    with serving(tmp_path, cors=("https://desk.example",), checkers=1) as service:
        caller = service.caller()
        allowed = caller.options("/v1/cases/x", headers=asks)
        assert (allowed.status_code, allowed.headers["Access-Control-Allow-Origin"]) == (204, "https://desk.example")
        assert "Authorization" in allowed.headers["Access-Control-Allow-Headers"]
        for path in ("/v1", "/nope"):
            headers = caller.get(path, headers=page).headers
            assert headers["Access-Control-Allow-Origin"] == "https://desk.example"
            assert "ETag" in headers["Access-Control-Expose-Headers"]
            assert "Origin" in headers["Vary"]
        for origin in ("https://evil.example", "null", "https://desk.example.evil"):
            assert "Access-Control-Allow-Origin" not in caller.get("/v1", headers={"Origin": origin}).headers


def test_a_job_that_fails_says_why_as_a_problem() -> None:
    assert of_error(SolveError("no certified base plan")).document()["type"] == NAMESPACE + "not-certified"
    assert of_error(OutOfTime(SECRET)).kind == of_error(Stopped()).kind == "out-of-time"
    assert of_error(MemoryError()).kind == "out-of-memory"
    assert SECRET not in json.dumps(of_error(ValueError(SECRET)).document())
