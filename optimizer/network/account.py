"""The account that a limit on use keeps of a member: which goods it follows, where, and when they count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.case.inside import Inside, counts_at_once
from optimizer.case.topics.limits import Limit
from optimizer.network.limit_keys import LimitMember

FIELD = {"supplier": 0, "country": 1, "owner": 2}
"""What a member is, as the place in `Who` that says it."""


class Who(NamedTuple):
    """Whose goods are; empty where nobody is declared."""

    supplier: str
    country: str
    owner: str


@dataclass(frozen=True, eq=False)
class Account:
    """What a limit counts as used of one member.

    Parameters
    ----------
    limit, member : str
    row : Limit
        One of the limit's rows.
    names : frozenset of str, optional
        Suppliers, countries or owners that the member is made of; None for everybody.
    follows_rest : bool
        Whether it follows the goods of all but these, rather than theirs.
    inside : Inside
        The goods that count, and what of them stands inside others.
    windows : tuple of (str, tuple of int)
        Windows in which the limit binds the member, and their periods.
    reached : mapping of (str, str) to tuple of bool
        By place and material, whether goods that it follows can be there, and whether others can.
    """

    limit: str
    member: str
    row: Limit
    names: frozenset[str] | None
    follows_rest: bool
    inside: Inside
    windows: tuple[tuple[str, tuple[int, ...]], ...]
    reached: Mapping[tuple[str, str], tuple[bool, bool]] = field(default_factory=dict)

    @property
    def key(self) -> LimitMember:
        """Limit and member."""
        return LimitMember(self.limit, self.member)

    @property
    def shared(self) -> bool:
        """Whether the accounts of all members together make up every flow: a sum of squared shares needs it."""
        return self.row.measure == "hhi"

    @property
    def at_once(self) -> bool:
        """Whether its goods count where they are drawn."""
        return counts_at_once(self.row.stage)

    @property
    def has_chain(self) -> bool:
        """Whether its goods are followed into others."""
        return bool(self.inside.tonnes) and not self.shared

    def is_members(self, who: Who) -> bool:
        """Whether goods are the member's."""
        return self.names is None or who[FIELD[self.row.by]] in self.names

    def follows(self, who: Who) -> bool:
        """Whether goods are among those that it follows."""
        return self.is_members(who) != self.follows_rest

    def mixed(self, place: str, material: str) -> bool:
        """Whether goods that it follows and others can be there."""
        return self.reached.get((place, material)) == (True, True)

    def pure(self, place: str, material: str) -> bool:
        """Whether all goods there are among those that it follows."""
        return self.reached.get((place, material)) == (True, False)

    @property
    def of_member(self) -> bool:
        """Whether goods of the member can be anywhere."""
        return any(others if self.follows_rest else own for own, others in self.reached.values())

    @cached_property
    def periods(self) -> range:
        """From the first of the horizon to the last of its windows."""
        return range(1 + max(periods[-1] for _, periods in self.windows))

    @cached_property
    def within(self) -> tuple[int, ...]:
        """Periods of its windows."""
        return tuple(sorted({period for _, periods in self.windows for period in periods}))

    @cached_property
    def edges(self) -> tuple[int, ...]:
        """The last periods before its windows: where these begin, no claim is older than its days of stock."""
        before = {periods[0] - 1 for _, periods in self.windows} - {-1}
        return () if self.shared else tuple(sorted(before))

    def recent(self, edge: int, offsets: NDArray[np.int64]) -> list[int]:
        """Periods of the days of stock before a window, whole: up to the last one before it.

        Parameters
        ----------
        edge : int
            That last one.
        offsets : array of int
            Days on which periods begin, and the last ends.
        """
        since = offsets[edge + 1] - self.row.stock_days
        return [period for period in range(edge + 1) if offsets[period + 1] > since]
