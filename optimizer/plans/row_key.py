"""Which row of a rule a cell of the results names: written and read here, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from optimizer.formulation.rules import RULES
from optimizer.network.sets import Key

BETWEEN = " / "
"""What stands between the parts of a key in a cell; no name and no period holds it."""


@dataclass(frozen=True)
class RowKey:
    """A row of a rule, as results name it.

    Parameters
    ----------
    rule : str
    parts : tuple of str
        One for each field of the rule's key: names, a period by its label, `tangent N` for a slot.
    """

    rule: str
    parts: tuple[str, ...]

    @classmethod
    def of(cls, rule: str, key: Key, labels: Sequence[str]) -> RowKey:
        """The row of a programme.

        Parameters
        ----------
        rule : str
        key : Key
            As it stands in the index set of the rule, the period last where one follows.
        labels : sequence of str, shape (T,)
            Name of each period.
        """
        told: dict[str, Callable[[Any], str]] = {"period": labels.__getitem__, "slot": "tangent {}".format}
        parts = (told.get(field, str)(part) for field, part in zip(RULES[rule].fields, key, strict=True))
        return cls(rule, tuple(parts))

    @classmethod
    def read(cls, rule: str, cell: str) -> RowKey:
        """The row that two cells of a table of results name.

        Parameters
        ----------
        rule : str
        cell : str
            As `str` of a key gives it; empty for a rule of one row.
        """
        return cls(rule, tuple(cell.split(BETWEEN)) if cell else ())

    def __str__(self) -> str:
        return BETWEEN.join(self.parts)

    @property
    def by_field(self) -> dict[str, str]:
        """Its parts by the fields of the rule's key."""
        return dict(zip(RULES[self.rule].fields, self.parts, strict=True))
