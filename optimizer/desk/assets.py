"""What pages load: style, scripts and a font, from the package alone."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.resources import files

from fastapi import APIRouter, Request, Response

from optimizer.desk.pages import PageRoute
from optimizer.service.http.conditional import IfNoneMatch, not_modified
from optimizer.service.problems import ProblemError

KINDS = {
    "desk.css": "text/css; charset=utf-8",
    "theme.js": "text/javascript; charset=utf-8",
    **dict.fromkeys(
        ("desk.js", "figures.js", "blocks.js", "sheet.js", "grid.js", "case.js"), "text/javascript; charset=utf-8"
    ),
    "inter.woff2": "font/woff2",
}
"""Every file that is given out, and its media type."""
router = APIRouter(prefix="/assets", include_in_schema=False, route_class=PageRoute)


@cache
def body(name: str) -> tuple[bytes, str]:
    """A file, and its tag.

    Parameters
    ----------
    name : str
    """
    found = files("optimizer.desk").joinpath("static", name).read_bytes()
    return found, f'"{sha256(found).hexdigest()[:32]}"'


@router.get("/{name}")
async def asset(request: Request, name: str, if_none_match: IfNoneMatch = None) -> Response:
    """A file."""
    if name not in KINDS:
        raise ProblemError("not-found", f"no such file: {name[:60]}")
    found, tag = body(name)
    headers = {"ETag": tag, "Cache-Control": "public, no-cache"}
    if not_modified(request, tag):
        return Response(None, 304, headers)
    return Response(found, 200, headers, KINDS[name])
