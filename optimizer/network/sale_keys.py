"""Keys of what is sold, and of what is made because it is wanted."""

from __future__ import annotations

from typing import NamedTuple


class SaleKey(NamedTuple):
    """Who takes what is left over of a material, and where."""

    material: str
    place: str
    buyer: str


class Sold(NamedTuple):
    """Goods of one class that a buyer takes in one place."""

    material: str
    place: str
    buyer: str
    at: str
    exposure: str


class MaterialKey(NamedTuple):
    """A material."""

    material: str


class SiteRecipe(NamedTuple):
    """What a site runs, whatever the class of the lot."""

    site: str
    recipe: str


class WantedRun(NamedTuple):
    """What a site runs for one of the goods that it gives."""

    site: str
    recipe: str
    material: str


class WantedMove(NamedTuple):
    """Goods that go from place to place, of whatever class."""

    origin: str
    destination: str
    material: str
    mode: str
