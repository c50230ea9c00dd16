"""What charts are drawn from: a case, and the tables of its answers, written or in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import pandas as pd

from optimizer.case.case import Case
from optimizer.plans.long_tables import TABLES
from optimizer.plans.outcome import Outcome


class Tabled(Protocol):
    """A case and the tables of its answers, as `optimizer.folder.read.Written` has them."""

    @property
    def case(self) -> Case:
        """As it was planned."""

    def table(self, name: str, scenario: str, answer: str) -> pd.DataFrame:
        """The rows of a long table that belong to one answer."""


@dataclass(frozen=True)
class InMemory:
    """One answer that nobody has written; its tables are made when they are asked for.

    Parameters
    ----------
    outcome : Outcome
    """

    outcome: Outcome
    _made: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)

    @property
    def case(self) -> Case:
        """As it was planned."""
        return self.outcome.network.case

    def table(self, name: str, scenario: str, answer: str) -> pd.DataFrame:
        """A long table of the answer, whatever it is called."""
        if name not in self._made:
            self._made[name] = self.outcome.labelled(TABLES[name].make(self.outcome))
        return self._made[name]
