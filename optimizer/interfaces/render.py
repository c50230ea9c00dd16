"""Tables and lines of text, fitted to the width they are printed at, without blanks at their ends."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.segment import Segment, Segments
from rich.table import Table
from rich.text import Text

from optimizer.plans.sections import Section

WIDTH = 150
"""Columns printed where the output is not a terminal."""
GAP = 2
"""Blanks between columns."""


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    heading : str
        Its lines.
    right : bool
        Whether it is set to the right, as numbers are.
    rank : int
        Where the table is too wide, the columns of the highest rank are left out first, together; those of rank 0
        stay.
    least : int, optional
        Width down to which it may be wrapped; by default it is not.
    """

    heading: str
    right: bool = False
    rank: int = 0
    least: int | None = None

    def width(self, cells: Iterable[str]) -> int:
        """Width it cannot go below."""
        widest = max(cell_len(line) for text in (self.heading, *cells) for line in text.split("\n"))
        return widest if self.least is None else min(widest, self.least)


def answers() -> Console:
    """Where answers are printed."""
    return Console() if sys.stdout.isatty() else Console(width=WIDTH)


def put(console: Console, thing: RenderableType) -> None:
    """Print anything, its lines without blanks at their ends.

    Parameters
    ----------
    console : Console
    thing : renderable
        What rich can draw.
    """
    kept: list[Segment] = []
    for line in console.render_lines(thing, pad=False):
        while line and not line[-1].text.strip():
            line.pop()
        if line:
            line[-1] = Segment(line[-1].text.rstrip(), line[-1].style)
        kept += [*line, Segment.line()]
    console.print(Segments(kept), end="")


def say(console: Console, text: str, *, bold: str = "", indent: int = 0) -> None:
    """Print text, wrapped at words and as it stands, after a part in bold; `indent` holds from the second line on.

    Parameters
    ----------
    console : Console
    text : str
    bold : str, optional
    indent : int, optional
        Blanks.
    """
    whole = Text.assemble((bold, "bold"), text)
    if not indent:
        put(console, whole)
        return
    first, *others = whole.wrap(console, console.width - indent)
    put(console, first)
    for line in others:
        put(console, Padding(line, (0, 0, 0, indent)))


def fits(console: Console, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a table can be printed without leaving columns out.

    Parameters
    ----------
    console : Console
    columns : sequence of Column
    rows : sequence of sequence of str
        Cells, one per column.
    """
    return _width(columns, rows) <= console.width


def _width(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> int:
    """Width a table cannot go below."""
    cells = zip(*rows, strict=True) if rows else [()] * len(columns)
    return sum(column.width(some) + GAP for column, some in zip(columns, cells, strict=True)) - GAP


def print_table(
    console: Console,
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    caption: str = "",
    elsewhere: str = "",
) -> None:
    """Print a table after an empty line, as many of its columns as fit.

    Parameters
    ----------
    console : Console
    title : str
        Printed above it.
    columns : sequence of Column
    rows : iterable of sequence
        Cells, one per column.
    caption : str
        Printed below it.
    elsewhere : str
        What shows the columns left out, such as ``lodestar plan --out``.
    """
    cells = [[str(cell) for cell in row] for row in rows]
    kept = list(range(len(columns)))
    for rank in sorted({column.rank for column in columns} - {0}, reverse=True):
        if not fits(console, [columns[i] for i in kept], [[row[i] for i in kept] for row in cells]):
            kept = [i for i in kept if columns[i].rank < rank]
    whole = fits(console, [columns[i] for i in kept], [[row[i] for i in kept] for row in cells])
    console.print()
    say(console, "", bold=title)
    table = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    for column in (columns[i] for i in kept):
        table.add_column(
            Text(column.heading),
            justify="right" if column.right else "left",
            overflow="fold",
            no_wrap=column.least is None and whole,
        )
    for row in cells:
        table.add_row(*(Text(row[i]) for i in kept))
    put(console, table)
    if caption:
        say(console, caption)
    missing = [columns[i].heading.replace("\n", " ") for i in range(len(columns)) if i not in kept]
    if missing:
        say(
            console, f"Left out at this width: {', '.join(missing)}" + (f"; see {elsewhere}" if elsewhere else "") + "."
        )


def print_section(console: Console, section: Section) -> None:
    """Print a section: its table, in the widest form that fits, what it says and its notes.

    Parameters
    ----------
    console : Console
    section : Section
    """
    columns, cells = _columns(section), section.cells()
    while section.narrower is not None and not fits(console, columns, cells):
        section = section.narrower
        columns, cells = _columns(section), section.cells()
    if section.fields:
        print_table(console, section.title, columns, cells, caption=section.says, elsewhere=section.elsewhere)
    elif section.says:
        say(console, section.says)
    else:
        console.print()
    for line in section.legend:
        say(console, line)
    for line in section.notes:
        say(console, line, indent=2)


def _columns(section: Section) -> list[Column]:
    """The columns of a section as they are printed."""
    return [Column(some.heading, some.is_number, some.rank, some.least) for some in section.fields]
