"""Media types: of what a request brings, and of those it would take the one to answer in."""

from __future__ import annotations

import re
from collections.abc import Callable

from fastapi import Request

from optimizer.case.text import brief
from optimizer.service.problems import ProblemError

PART = re.compile(r"\s*([\w!#$&^.+*-]+)/([\w!#$&^.+*-]+)\s*((?:;[^;]*)*)\s*", re.ASCII)
QUALITY = re.compile(r";\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*(?:;|$)", re.ASCII | re.IGNORECASE)


def media_type(request: Request) -> str:
    """The media type of the body, without parameters and in small letters; empty where it is not said.

    Raises
    ------
    ProblemError
        Where its letters are said to be others than those of UTF-8.
    """
    said = request.headers.get("content-type", "")
    kind, _, parameters = said.partition(";")
    charset = re.search(r"charset\s*=\s*\"?([\w-]*)", parameters, re.IGNORECASE)
    if charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise ProblemError("wrong-media-type", f"expected a body in UTF-8, found charset {brief(charset[1])}")
    return kind.strip().lower()


def chosen(accept: str, offered: tuple[str, ...]) -> str | None:
    """Of the media types offered the one that is liked best; the first offered of several; None where none will do.

    Parameters
    ----------
    accept : str
        The header; empty takes anything.
    offered : tuple of str
    """
    if not accept.strip():
        return offered[0]
    asked = [(found[1].lower(), found[2].lower(), _quality(found[3])) for found in _parts(accept)]

    def liked(media: str) -> float:
        kind, _, sub = media.partition("/")
        exact = [q for one, two, q in asked if (one, two) == (kind, sub)]
        like = [q for one, two, q in asked if (one, two) == (kind, "*")]
        other = [q for one, two, q in asked if (one, two) == ("*", "*")]
        return next((max(some) for some in (exact, like, other) if some), 0.0)

    best = max(offered, key=liked)
    return best if liked(best) > 0 else None


def _parts(accept: str) -> list[re.Match[str]]:
    """The media ranges of a header; what is none is passed over."""
    return [found for part in accept.split(",")[:50] if (found := PART.fullmatch(part))]


def _quality(parameters: str) -> float:
    """How well a media range is liked, from 0 to 1."""
    found = QUALITY.search(parameters)
    return min(1.0, float(found[1])) if found else 1.0


def offers(*media: str) -> Callable[[Request], str]:
    """A dependency that gives the media type to answer in, the first by default; 406 where the caller takes none.

    Parameters
    ----------
    *media : str
        Those to be had.
    """

    async def wanted(request: Request) -> str:
        found = chosen(", ".join(request.headers.getlist("accept")), media)
        if found is None:
            raise ProblemError("not-acceptable", f"expected Accept to take {' or '.join(media)}")
        return found

    return wanted  # type: ignore[return-value]
