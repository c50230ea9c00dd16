"""Requests that hold only at some revision: strong ETags, `If-Match` and `If-None-Match`."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Header, Request

from optimizer.service.http.bodies import XLSX, ZIP
from optimizer.service.problems import ProblemError

ENDINGS = {ZIP: ".zip", XLSX: ".xlsx"}
"""Of ETags of other media types than JSON."""
TAG = re.compile(r'\s*(W/)?"([^"]*)"\s*(?:,|$)')
IfMatch = Annotated[
    str | None,
    Header(
        max_length=2000,
        description="ETags, one of which the thing must still have; `*`: it must be there. Else 412.",
        examples=['"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"'],
    ),
]
IfNoneMatch = Annotated[
    str | None,
    Header(
        max_length=2000, description="To read: ETags that the caller has (304). To write: `*`, nothing is there yet."
    ),
]


def etag(revision: str, media: str) -> str:
    """The strong ETag of a thing at a revision, in a media type: other bytes have another one.

    Parameters
    ----------
    revision, media : str
    """
    return f'"{revision}{ENDINGS.get(media, "")}"'


def _tags(header: str, *, weak: bool) -> set[str]:
    """Revisions that a header names; of weak tags only where these count."""
    found = TAG.findall(header)
    return {tag if weak else _revision(tag) for mark, tag in found if weak or not mark}


def _revision(tag: str) -> str:
    """The revision that a tag is of, whatever the media type."""
    for ending in ENDINGS.values():
        tag = tag.removesuffix(ending)
    return tag


def not_modified(request: Request, tag: str) -> bool:
    """Whether the caller has what would be sent.

    Parameters
    ----------
    request : Request
    tag : str
        ETag of what would be sent.
    """
    header = ", ".join(request.headers.getlist("if-none-match"))
    return header.strip() == "*" or tag.strip('"') in _tags(header, weak=True)


def check(if_match: str | None, if_none_match: str | None, revision: str | None) -> str | None:
    """What a change expects, held against what there is.

    Parameters
    ----------
    if_match, if_none_match : str or None
        The headers.
    revision : str or None
        What there is now; None for nothing.

    Returns
    -------
    str or None
        The revision that there must still be when the change is written; empty for none at all, None for any.

    Raises
    ------
    ProblemError
        If there is something else.
    """
    if if_none_match is not None and (
        (if_none_match.strip() == "*" and revision is not None) or revision in _tags(if_none_match, weak=True)
    ):
        raise ProblemError("changed-meanwhile", f"expected If-None-Match not to hold, found revision {revision}")
    if if_match is None:
        return "" if if_none_match is not None and revision is None else None
    if revision is None:
        raise ProblemError("changed-meanwhile", "If-Match: expected something to be there, found nothing")
    if if_match.strip() != "*" and revision not in _tags(if_match, weak=False):
        raise ProblemError("changed-meanwhile", f"If-Match: expected another revision, found {revision}")
    return revision
