"""Keys of the index sets of limits."""

from __future__ import annotations

from typing import NamedTuple


class LimitSpan(NamedTuple):
    """A limit in a window."""

    limit: str
    window: str


class LimitMember(NamedTuple):
    """A limit and a member that it binds."""

    limit: str
    member: str


class LimitWindow(NamedTuple):
    """A limit on a member in a window."""

    limit: str
    member: str
    window: str


class Tangent(NamedTuple):
    """A tangent of a member's square."""

    limit: str
    member: str
    window: str
    slot: int


class Claim(NamedTuple):
    """A flow out of a place (`ship`, `stock`, `eat`, `serve`; `to` and `mode` where shipped), in a limit's account."""

    limit: str
    member: str
    flow: str
    place: str
    to: str
    material: str
    mode: str
    period: int


class ClaimedFlow(NamedTuple):
    """The same, whoever claims it."""

    limit: str
    flow: str
    place: str
    to: str
    material: str
    mode: str
    period: int


class MixedGoods(NamedTuple):
    """A material at a place, in a limit's account of a member, and a period."""

    limit: str
    member: str
    place: str
    material: str
    period: int


class Chain(NamedTuple):
    """A limit's account of a member, and a period."""

    limit: str
    member: str
    period: int


class Held(NamedTuple):
    """A material at the end of a period."""

    material: str
    period: int
