"""Plain tables on standard output."""

from __future__ import annotations

from collections.abc import Sequence

Cell = str | float | int | None


def cell(value: Cell) -> str:
    """A value as it is printed: floats to three digits or so, integers in full, a dash for nothing."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return f"{value:,}"
    if value == 0 or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 0.1 else f"{value:.2f}"


def table(title: str, headings: Sequence[str], rows: Sequence[Sequence[Cell]], note: str = "") -> None:
    """Print a table: its first column to the left, the others to the right.

    Parameters
    ----------
    title : str
    headings : sequence of str
    rows : sequence of sequences
        One cell per heading.
    note : str
        Printed below.
    """
    lines = [list(headings), *([cell(value) for value in row] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(headings))]
    print(f"\n{title}")
    for number, line in enumerate(lines):
        first, *rest = (
            text.ljust(width) if place == 0 else text.rjust(width)
            for place, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        print("  ".join([first, *rest]).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))
    if note:
        print(note)
