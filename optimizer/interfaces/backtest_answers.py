"""Prints what the back-test says."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from optimizer.backtest.design import Edition
from optimizer.backtest.record import Record, Rows
from optimizer.interfaces.render import Column, print_table, say

MONTHS = ("month", "observed", "foretold", "low", "high", "inside", "ex_post_a", "ex_post_b")
STOPS = ("buyer", "observed", "first_day", "last_day", "foretold", "earliest", "latest", "ex_post_a")
SCORES = ("run", "score", "median", "worst", "bar", "verdict", "verdict_at_worst")


def print_record(console: Console, found: Record, first: Record | None, edition: Edition | None) -> None:
    """Print the tables of a run, and what differs from the first.

    Parameters
    ----------
    console : Console
    found : Record
    first : Record or None
        Of the first run.
    edition : Edition or None
        A later one, which says why it differs.
    """
    tables = found.tables
    say(console, "The world's magnets from China, t a month: foretold on 3 April 2025 (80 % interval), and what came.")
    _table(console, "Months", tables["months"], MONTHS)
    _table(console, "First day short, from 4 April 2025", tables["stops"], STOPS)
    _table(console, "Scores: the median over the grid decides, the worst stands beside", tables["scores"], SCORES)
    _table(console, "Forecasts to beat", tables["naive"], tuple(tables["naive"][0]))
    _table(console, "Shown apart", tables["apart"], tuple(tables["apart"][0]))
    if first is None:
        return
    moved = [
        (f"{new['run']}, {new['score']}", old["median"], new["median"])
        for new, old in zip(tables["scores"], first.tables["scores"], strict=False)
        if (new["median"], new["worst"]) != (old["median"], old["worst"])
    ]
    if not moved:
        say(console, "All scores are those of the first run.")
        return
    print_table(
        console, "Moved since the first run", [Column("score"), Column("then", True), Column("now", True)], moved
    )


def print_rows(console: Console, title: str, rows: Rows) -> None:
    """Print a table with all its columns.

    Parameters
    ----------
    console : Console
    title : str
    rows : list of dict
    """
    _table(console, title, rows, tuple(rows[0]))


def _table(console: Console, title: str, rows: Rows, columns: Sequence[str]) -> None:
    """Print some columns of a table."""
    heads = [Column(name.replace("_", "\n"), right=number > 0) for number, name in enumerate(columns)]
    print_table(console, title, heads, [tuple(row[name] for name in columns) for row in rows])
