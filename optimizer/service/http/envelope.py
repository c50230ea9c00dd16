"""What every exchange gets, whatever route answers: an id, safe headers, a line in the log, a count, no bare error."""

from __future__ import annotations

import json
import logging
import secrets
import time
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote

from optimizer.service.http.bodies import GoneError
from optimizer.service.http.metrics import Metrics
from optimizer.service.http.settings import Settings
from optimizer.service.problems import MEDIA_TYPE, Problem

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
log = logging.getLogger("lodestar.http")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Headers of every response that does not set its own."""
ASKED = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Prefer"
SHOWN = "ETag, Idempotent-Replayed, Location, Preference-Applied, RateLimit, Retry-After, X-Request-Id"
"""Headers that pages of other origins may send, and those they may see, where an origin is named."""


GONE = 499
"""What is counted where the caller had gone before there was an answer."""


class _EnoughError(OSError):
    """The head of a response is all that was asked for."""


class Envelope:
    """Middleware around all routes.

    Parameters
    ----------
    app : ASGI application
    settings : Settings
    metrics : Metrics
    """

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self.app = app
        self.cors = frozenset(settings.cors)
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One exchange."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        await _Exchange(self, scope, receive, send).run()


class _Exchange:
    """One request and what is said to it."""

    def __init__(self, around: Envelope, scope: Scope, receive: Receive, send: Send) -> None:
        self.around = around
        self.scope = scope
        self.receive = receive
        self.forward = send
        self.id = secrets.token_hex(8)
        self.began = time.perf_counter()
        self.method: str = scope["method"]
        self.status = 0
        self.bytes = 0
        self.over = False
        scope.setdefault("state", {})["request_id"] = self.id
        origin = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"), None)
        self.origin = origin if origin in around.cors else None

    async def run(self) -> None:
        """Answer, count and log."""
        try:
            if self.origin and self.method == "OPTIONS":
                await self.preflight()
                return
            if self.method == "HEAD":  # whatever can be got has a head
                self.scope = {**self.scope, "method": "GET"}
            await self.around.app(self.scope, self.receive, self.send)
        except (GoneError, _EnoughError):
            pass
        except Exception as error:
            await self.broken(error)
        finally:
            self.told()

    async def send(self, message: Message) -> None:
        """Pass on a part of the response; of one to HEAD only the first."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.add_headers(message)
        elif self.method == "HEAD":
            if not self.over:
                self.over = True
                await self.forward({"type": "http.response.body", "body": b""})
            if message.get("more_body"):
                raise _EnoughError
            return
        else:
            self.bytes += len(message.get("body", b""))
        await self.forward(message)

    def add_headers(self, message: MutableMapping[str, Any]) -> None:
        """The headers that every response has."""
        given = {name.lower() for name, _ in message.get("headers", ())}
        more = {name: value for name, value in SAFE.items() if name.lower().encode() not in given}
        more["X-Request-Id"] = self.id
        if self.scope.get("scheme") == "https":
            more["Strict-Transport-Security"] = "max-age=31536000"
        if self.around.cors:
            more["Vary"] = "Origin"
        if self.origin:
            more["Access-Control-Allow-Origin"] = self.origin
            more["Access-Control-Expose-Headers"] = SHOWN
            more["Cross-Origin-Resource-Policy"] = "cross-origin"
        made = [(name.lower().encode(), value.encode("latin-1")) for name, value in more.items()]
        message["headers"] = [*message.get("headers", ()), *made]

    async def preflight(self) -> None:
        """Tell a page of an origin that is named what it may send."""
        headers = [
            (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, DELETE"),
            (b"access-control-allow-headers", ASKED.encode()),
            (b"access-control-max-age", b"600"),
        ]
        await self.send({"type": "http.response.start", "status": 204, "headers": headers})
        await self.send({"type": "http.response.body", "body": b""})

    async def broken(self, error: Exception) -> None:
        """Say an id that the log has, and nothing of the inside; the log names places in the code, and no data."""
        log.error("broken", extra={"fields": {"request": self.id, "error": _chain(error)}})
        if self.status:
            raise RuntimeError(f"response broken off, request {self.id}") from None
        said = f"a fault of the service; its log has it as {self.id}"
        problem = Problem("internal", said, more={"id": self.id}).document(instance_of(self.scope))
        body = json.dumps(problem).encode()
        headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
        await self.send({"type": "http.response.start", "status": 500, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})

    def told(self) -> None:
        """A line of the log and a count; of the address only the route, as names may be confidential."""
        seconds, status = time.perf_counter() - self.began, self.status or GONE
        route = getattr(self.scope.get("route"), "path", None) or "none"
        method = self.method if self.method in METHODS else "other"
        self.around.metrics.count(method, route, status, seconds)
        fields = {
            "request": self.id,
            "method": method,
            "route": route,
            "status": status,
            "ms": round(1000 * seconds, 1),
            "bytes": self.bytes,
            "tenant": self.scope["state"].get("tenant"),
        }
        log.info("request", extra={"fields": fields})


def instance_of(scope: Scope) -> str:
    """The address that was asked for, without its query, as a problem names it."""
    return quote(str(scope.get("path", "")), safe="/-._~:@!$&'()*+,;=", errors="replace")[:500]


def _chain(error: BaseException) -> list[dict[str, Any]]:
    """Kinds and places of an error and of those it came from; their messages may hold data."""
    found: list[dict[str, Any]] = []
    while error is not None and len(found) < 10:
        frames = [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
        ]
        found.append({"kind": f"{type(error).__module__}.{type(error).__qualname__}", "frames": frames[-30:]})
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    return found
