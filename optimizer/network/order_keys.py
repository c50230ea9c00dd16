"""Keys of the index sets of orders that today's plan has placed."""

from __future__ import annotations

from typing import NamedTuple


class Way(NamedTuple):
    """A supplier of a grade, and the place where it comes to the buyer."""

    supplier: str
    destination: str
    material: str


class Order(NamedTuple):
    """What leaves on a way in a period."""

    supplier: str
    destination: str
    material: str
    period: int

    @property
    def way(self) -> Way:
        """Its way."""
        return Way(*self[:3])
