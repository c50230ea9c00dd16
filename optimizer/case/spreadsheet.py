"""Values as the text of a cell; what a spreadsheet would take for a formula is marked, and read back as it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FIRST = ("=", "+", "-", "@", "\t", "\r", "'")
"""What a text begins with that a spreadsheet runs, drops or takes for the mark itself."""


def marked(text: str) -> str:
    """A text as it stands in a table: behind a ``'`` where a spreadsheet would not show it as it is."""
    return f"'{text}" if text.startswith(FIRST) else text


def unmarked(cell: str) -> str:
    """The text that a cell stands for; a ``'`` that no mark needs belongs to the text."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FIRST) else cell


def as_text(value: Any) -> str:
    """A value as the text of a cell, in the spelling of tables.

    Parameters
    ----------
    value : object
        Of a field of a record; not None.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "; ".join(f"{name}={share!r}" for name, share in value.items())
    return "; ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
