"""A maker that may stop for a quarter, and a buyer who can keep goods ahead: a hedge that is worked out by hand."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.small import small

KEPT = 92 * 1000 * (91 + 92) / 2 / 365
"""92 t over the turn of the quarter, half of each, at 1000 USD a tonne and year."""
YEAR = 365 * 50_100
"""What a year costs without a stop, USD."""


def stop(first: str = "2027-07-01", until: str = "2027-10-01") -> str:
    """The event: the maker delivers nothing from a day until another."""
    return f"""  - what: the maker stops for a quarter
    table: offers
    where: {{offer: spot}}
    set: {{capacity: 0}}
    from: {first}
    until: {until}
"""


def folder(at: Path) -> Path:
    """The case, in which stock costs something to hold."""
    return small(at, stocks="site,material,opening,capacity,holding\nbuyer,magnet,0,1000,1000")
