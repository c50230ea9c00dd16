"""Signing in with a key of the service, and out again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from optimizer.desk.pages import PageRoute, page, see
from optimizer.desk.visit import COOKIE, Form, Here, Visit, Visits, one

router = APIRouter(include_in_schema=False, route_class=PageRoute)


def _inside(address: str) -> str:
    """An address of this service; whatever else was given leads to the first page."""
    inside = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if inside else "/"


@router.get("/sign-in")
def ask(request: Request, here: Here, to: Annotated[str, Query(max_length=300)] = "/") -> Response:
    """The page that asks for a key."""
    if here.found is not None:
        return see(_inside(to))
    return page(request, here, "sign-in", to=_inside(to), wrong=False)


@router.post("/sign-in")
def sign_in(request: Request, here: Here, fields: Form) -> Response:
    """Take a key, and keep it in the cookie of the browser."""
    visits: Visits = request.app.state.visits
    secret, to = one(fields, "key") or "", _inside(one(fields, "to") or "/")
    found = visits.caller(secret)
    if found is None:
        return page(request, here, "sign-in", 401, to=to, wrong=True)
    made = see(to)
    Visit(secret, found, here.demo, fresh=True).keep(request, made)
    return made


@router.post("/sign-out")
def sign_out(here: Here, fields: Form) -> Response:
    """Forget the key."""
    made = see("/sign-in")
    made.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return made
