"""Results: every long table and the summary, with the columns that they state."""

from __future__ import annotations

from collections.abc import Iterable

from docs.generator.markdown import head, joined, said, table
from optimizer.plans.long_tables import TABLES
from optimizer.plans.schema import Column
from optimizer.plans.summary import SUMMARY


def page() -> str:
    """The page on results."""
    parts = [head("results"), "## summary.csv", _columns(SUMMARY)]
    for name, some in TABLES.items():
        parts += [f"## {name}.csv", said(some.meaning), _columns(some.columns)]
    return joined(parts)


def _columns(columns: Iterable[Column]) -> str:
    """The columns of a table."""
    return table(["column", "unit", "meaning"], [(f"`{name}`", name.unit, name.meaning) for name in columns])
