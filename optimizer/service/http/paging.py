"""Pages of long lists: an opaque cursor says after what the next page begins."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Protocol, TypeVar

from fastapi import Query

from optimizer.errors import InputError
from optimizer.faults import Fault

After = TypeVar("After")
Item = TypeVar("Item")


class Named(Protocol):
    """What has a name."""

    name: str


NamedItem = TypeVar("NamedItem", bound=Named)
MOST = 500
"""Items on the longest page."""
Cursor = Annotated[
    str | None,
    Query(max_length=1000, pattern=r"^[A-Za-z0-9_-]+$", description="`next` of the page before; the first without it."),
]
Limit = Annotated[int, Query(ge=1, le=MOST, description="Items on a page.")]


def cursor_of(what: str, after: Any) -> str:
    """A cursor that begins after something.

    Parameters
    ----------
    what : str
        The list it is of and what it was narrowed to, so that it is used for no other.
    after : object
        What the store goes on from, as JSON can hold it.
    """
    content = json.dumps(after, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_mark(what, content) + content).decode().rstrip("=")


def after_of(what: str, cursor: str | None, read: Callable[[Any], After]) -> After | None:
    """What a cursor begins after; None for the first page.

    Parameters
    ----------
    what : str
        As it was when the cursor was made.
    cursor : str or None
    read : callable
        Makes what the store takes of what JSON gives; TypeError or ValueError where it cannot be.

    Raises
    ------
    InputError
        If it is no cursor of this list.
    """
    if cursor is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        if raw[:8] != _mark(what, raw[8:]):
            raise ValueError
        return read(json.loads(raw[8:]))
    except (ValueError, TypeError, KeyError, binascii.Error, RecursionError):
        said = "cursor: expected `next` of a page of this list, as it was given"
        raise InputError([Fault("query", said, code="invalid", column="cursor", found=cursor)]) from None


def page(what: str, items: Sequence[Item], limit: int, key: Callable[[Item], Any]) -> tuple[list[Item], str | None]:
    """A page, and the cursor of the next one.

    Parameters
    ----------
    what : str
        The list, as for `cursor_of`.
    items : sequence
        One more than a page holds, where there are more.
    limit : int
        Items on a page.
    key : callable
        What the next page begins after, of the last item.
    """
    shown = list(items[:limit])
    return shown, cursor_of(what, key(shown[-1])) if len(items) > limit else None


def by_name(
    what: str,
    cursor: str | None,
    limit: int,
    own: Callable[[str | None, int], Iterable[NamedItem]],
    bundled: Iterable[NamedItem],
) -> tuple[list[NamedItem], str | None]:
    """A page of what a tenant has and of what is bundled under other names, and the cursor of the next one.

    Parameters
    ----------
    what : str
        The list, as for `cursor_of`.
    cursor : str or None
    limit : int
        Items on a page.
    own : callable
        Gives so many of the tenant's, by name, after a name or from the first.
    bundled : iterable
    """
    after = after_of(what, cursor, str)
    found = {some.name: some for some in own(after, limit + 1)}
    others = {some.name: some for some in bundled if some.name > (after or "")}
    items = [some for _, some in sorted({**others, **found}.items())]
    return page(what, items, limit, lambda some: some.name)


def _mark(what: str, content: bytes) -> bytes:
    """Shows a cursor of another list, or a changed one; no secret, as every list is by tenant anyway."""
    return hashlib.sha256(what.encode() + b"\0" + content).digest()[:8]
