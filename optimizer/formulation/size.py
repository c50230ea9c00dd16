"""How large a programme will be, counted from its index sets before any of it is written."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.formulation.links import Links
from optimizer.formulation.registry import keys_of
from optimizer.formulation.rules import RULES, VARIABLES
from optimizer.network.memory import shown
from optimizer.network.size import COLUMN_BYTES
from optimizer.network.structure import Structure

LARGE = 300_000
"""Rows and columns from which on a programme is said to be large."""


@dataclass(frozen=True)
class Size:
    """Size of a programme.

    Parameters
    ----------
    rows, columns : int
        At most: some rules have no row for some members.
    """

    rows: int
    columns: int

    @classmethod
    def of(cls, structure: Structure) -> Size:
        """The size of what a structure will be written as."""
        links = Links(structure)
        periods = len(structure.periods)

        def count(over: str, timed: bool) -> int:
            return len(keys_of(structure, links, over, timed=False)) * (periods if timed else 1)

        return cls(
            sum(count(rule.over, rule.timed) for rule in RULES.values()),
            sum(count(some.over, some.timed) for some in VARIABLES.values()),
        )

    @property
    def need(self) -> float:
        """Bytes that writing and solving it takes, about."""
        return float((self.rows + self.columns) * COLUMN_BYTES)

    @property
    def large(self) -> bool:
        """Whether it will take long."""
        return self.rows + self.columns >= LARGE

    def __str__(self) -> str:
        return f"up to {self.rows:,} rows and {self.columns:,} columns, about {shown(self.need)} of memory"
