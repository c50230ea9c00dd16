"""Keys of the index sets of routes."""

from __future__ import annotations

from typing import NamedTuple


class RouteKey(NamedTuple):
    """A route between two countries: how goods go, and which."""

    from_country: str
    to_country: str
    mode: str
    goods: str


class Transit(NamedTuple):
    """A route, and the periods in which goods leave and arrive."""

    from_country: str
    to_country: str
    mode: str
    goods: str
    leaves: int
    arrives: int


class Crossing(NamedTuple):
    """A material between two countries."""

    from_country: str
    to_country: str
    material: str


class Market(NamedTuple):
    """A material in a country."""

    country: str
    material: str
