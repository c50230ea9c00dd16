"""Who looks at the page: the cookie of a browser, whose key it holds, and the token that its forms must bring."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import Depends, Header, Request, Response
from fastapi.concurrency import run_in_threadpool

from optimizer.service.http.bodies import read_bytes
from optimizer.service.http.caller import IMPLIED, Caller, KnownKeys
from optimizer.service.http.settings import Limits
from optimizer.service.problems import ProblemError
from optimizer.service.store.records import Tenant

COOKIE = "lodestar"
TOKEN = "csrf"  # noqa: S105  the name of a field
VISITOR = "v_"
"""What the cookie of somebody begins with who has not signed in; that of somebody who has is their key."""
FORM = "application/x-www-form-urlencoded"
FOREIGN = "this did not come from a page of this service that you have open; load it again"
LARGEST = Limits(body_bytes=200_000)
"""What a form may bring."""


class SignInError(Exception):
    """A page that is for those who have signed in."""


class Visits:
    """Tells who looks at the page.

    Parameters
    ----------
    keys : KnownKeys
    demo : Tenant or None
        In whose name everybody looks where no key is asked for.
    """

    def __init__(self, keys: KnownKeys, demo: Tenant | None) -> None:
        self.keys = keys
        self.kept: dict[tuple[str, str], dict[str, Any]] = {}
        """What was said of bundled cases, by what was asked and their revision."""
        self.demo = None if demo is None else Caller(demo, "", frozenset(IMPLIED["plan"]))

    def caller(self, secret: str) -> Caller | None:
        """Whose a cookie is; None for nobody's.

        Parameters
        ----------
        secret : str
            What the cookie holds.
        """
        if self.demo is not None:
            return self.demo
        if secret.startswith(VISITOR):
            return None
        return self.keys.remembered(secret) or self.keys.find(secret)


@dataclass(frozen=True)
class Visit:
    """One look at the page.

    Parameters
    ----------
    secret : str
        What the cookie holds.
    found : Caller or None
        Whose it is.
    demo : bool
        Whether no key is asked for.
    fresh : bool
        Whether the browser has yet to be given the cookie.
    """

    secret: str
    found: Caller | None
    demo: bool
    fresh: bool

    @property
    def token(self) -> str:
        """What a form must bring: only a page of ours, read by this browser, can know it."""
        return hmac.new(self.secret.encode("utf-8", "surrogateescape"), b"form", hashlib.sha256).hexdigest()

    def expect(self, token: str) -> None:
        """Refuse what was not sent by a page of ours.

        Parameters
        ----------
        token : str
            That came with it.

        Raises
        ------
        ProblemError
            If it is not that of this browser.
        """
        if self.fresh or not hmac.compare_digest(token.encode(), self.token.encode()):
            raise ProblemError("no-scope", FOREIGN)

    def keep(self, request: Request, response: Response) -> None:
        """Give the browser its cookie, which no script can read and no other site has sent along.

        Parameters
        ----------
        request : Request
        response : Response
        """
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, self.secret, httponly=True, samesite="strict", secure=secure, path="/")


async def visit(request: Request) -> Visit:
    """Who looks; for pages that anybody may see."""
    visits: Visits = request.app.state.visits
    secret = request.cookies.get(COOKIE, "")
    fresh = not secret
    secret = secret or VISITOR + secrets.token_urlsafe(24)
    found = await run_in_threadpool(visits.caller, secret)
    if found is not None:
        request.state.tenant = found.tenant.id
    return Visit(secret, found, visits.demo is not None, fresh)


async def signed_in(here: Annotated[Visit, Depends(visit)]) -> Caller:
    """Who looks; for pages that are a tenant's own.

    Raises
    ------
    SignInError
        If nobody has signed in.
    ProblemError
        If the key may not read.
    """
    if here.found is None:
        raise SignInError
    return _may(here.found, "read")


Here = Annotated[Visit, Depends(visit)]
Reader = Annotated[Caller, Depends(signed_in)]


def _may(caller: Caller, scope: str) -> Caller:
    """A caller whose key is good for something."""
    if scope not in caller.scopes:
        raise ProblemError("no-scope", f"expected a key of scope {scope}")
    return caller


async def form(request: Request, here: Here) -> dict[str, list[str]]:
    """The fields of a form that a page of ours sent.

    Parameters
    ----------
    request : Request
    here : Visit

    Raises
    ------
    ProblemError
        If it is no form, or its token is not that of the page.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() != FORM:
        raise ProblemError("wrong-media-type", f"expected {FORM}")
    body = await read_bytes(request, LARGEST)
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=2000)
    here.expect(fields.pop(TOKEN, [""])[0])
    return fields


Form = Annotated[dict[str, list[str]], Depends(form)]


async def planning(reader: Reader, fields: Form) -> Caller:
    """Who sends a form that changes something; its token is looked at first.

    Parameters
    ----------
    reader : Caller
    fields : dict
        Of the form.

    Raises
    ------
    SignInError, ProblemError
        If nobody has signed in, or the key may only read.
    """
    return _may(reader, "plan")


Planner = Annotated[Caller, Depends(planning)]


async def scripting(
    here: Here, reader: Reader, token: Annotated[str, Header(alias="X-CSRF", max_length=100)] = ""
) -> Caller:
    """Whose script sends something that may change something; its token comes as a header.

    Parameters
    ----------
    here : Visit
    reader : Caller
    token : str, optional

    Raises
    ------
    SignInError, ProblemError
        If nobody has signed in, the token is not that of the page, or the key may only read.
    """
    here.expect(token)
    return _may(reader, "plan")


Script = Annotated[Caller, Depends(scripting)]


def one(fields: dict[str, list[str]], name: str) -> Any:
    """A field of a form; None where it is empty or missing.

    Parameters
    ----------
    fields : dict
    name : str
    """
    return next(iter(fields.get(name, ())), "").strip() or None
