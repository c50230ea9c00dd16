"""Text that a spreadsheet would take for a formula, marked as text on the way into a table and read back as it was."""

from __future__ import annotations

FIRST = ("=", "+", "-", "@", "\t", "\r", "'")
"""What a text begins with that a spreadsheet runs, drops or takes for the mark itself."""


def marked(text: str) -> str:
    """A text as it stands in a table: behind a ``'`` where a spreadsheet would not show it as it is."""
    return f"'{text}" if text.startswith(FIRST) else text


def unmarked(cell: str) -> str:
    """The text that a cell stands for; a ``'`` that no mark needs belongs to the text."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FIRST) else cell
