"""Programmes that share what is decided before they part, as one: the extensive form of a decision in stages.

One programme goes on as long as nothing is heard, the trunk. Each branch is a programme of the same columns and rows;
what is decided before its news is the trunk's, everything else is its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.program.answer import Basis
from optimizer.program.program import Arrays, Floats, Ints

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Branch:
    """A programme that parts from the trunk.

    Parameters
    ----------
    arrays : Arrays
        Of the trunk's pattern.
    decided : array of bool, shape (columns,)
        Columns that are decided before it parts: they are the trunk's.
    weight : float
        Of its cost; above 0.
    """

    arrays: Arrays
    decided: Flags
    weight: float


class Extensive:
    r"""The extensive form of a trunk and its branches.

    Parameters
    ----------
    trunk : Arrays
    weight : float
        Of the trunk's cost. At 0 the trunk never goes on to its end: what no branch shares with it is left out.
    branches : sequence of Branch

    Notes
    -----
    With trunk columns :math:`x` and the columns :math:`x_s` of a branch that are not decided when it parts,

    .. math::
        \min\ w_0 c_0 x + \sum_s w_s (c_s^{decided} x + c_s^{own} x_s)
        \quad\text{with}\quad A_0 x \gtreqless b_0,\quad
        A_s^{decided} x + A_s^{own} x_s \gtreqless b_s

    A row of a branch that holds no column of its own is left out where it is the trunk's row: it holds there already.
    """

    def __init__(self, trunk: Arrays, weight: float, branches: Sequence[Branch]) -> None:
        self.width = len(trunk.cost)
        self.trunk, self.branches = trunk, list(branches)
        shared = np.zeros(self.width, bool)
        for branch in branches:
            shared |= branch.decided
        self.common: Flags = np.ones(self.width, bool) if weight > 0 else shared
        """Columns of the trunk that there are."""
        rows = np.ones(len(trunk.row_lower), bool)
        rows[trunk.rows[~self.common[trunk.columns] & (trunk.values != 0)]] = False
        self._parts: list[tuple[Arrays, float, Ints, Ints]] = []
        self._columns, self._rows = 0, 0
        at = self._numbered(self.common)
        self._place(trunk, weight, at, rows)
        for branch in branches:
            own = self._numbered(~branch.decided)
            self._place(branch.arrays, branch.weight, np.where(branch.decided, at, own), _of_its_own(branch, trunk))

    @property
    def owner(self) -> Ints:
        """Number of the branch that each column of the whole belongs to, from 1 on; 0: it is the trunk's."""
        found = np.zeros(self._columns, np.int64)
        for number, (branch, (*_, at, _)) in enumerate(zip(self.branches, self._parts[1:], strict=True), 1):
            found[at[~branch.decided]] = number
        return found

    def hint(self, trunk: Basis, branches: Sequence[Basis | None]) -> Basis:
        """Where the whole may end, of where each programme ended by itself.

        Parameters
        ----------
        trunk : Basis
        branches : sequence of Basis, optional
            That of the trunk stands in for one that is not known.
        """
        columns, rows = np.zeros(self._columns, np.int8), np.zeros(self._rows, np.int8)
        for (*_, at, places), some in reversed(list(zip(self._parts, [trunk, *branches], strict=True))):
            held = some or trunk
            columns[at[at >= 0]] = held.columns[at >= 0]
            rows[places[places >= 0]] = held.rows[places >= 0]
        return Basis(columns, rows)

    def _numbered(self, columns: Flags) -> Ints:
        """Places of columns in the whole, -1 where there is none."""
        found = np.full(self.width, -1, np.int64)
        found[columns] = self._columns + np.arange(int(columns.sum()))
        self._columns += int(columns.sum())
        return found

    def _place(self, arrays: Arrays, weight: float, at: Ints, rows: Flags) -> None:
        """Give a programme its rows in the whole."""
        places = np.full(len(rows), -1, np.int64)
        places[rows] = self._rows + np.arange(int(rows.sum()))
        self._rows += int(rows.sum())
        self._parts.append((arrays, weight, at, places))

    def arrays(self) -> Arrays:
        """The whole as one programme."""
        cost = np.zeros(self._columns)
        low, high = np.full(self._columns, -np.inf), np.full(self._columns, np.inf)
        row_low, row_high = np.zeros(self._rows), np.zeros(self._rows)
        entries: list[tuple[Ints, Ints, Floats]] = []
        for arrays, weight, at, places in self._parts:
            there, kept = at >= 0, places >= 0
            cost[at[there]] += weight * arrays.cost[there]
            low[at[there]] = np.maximum(low[at[there]], arrays.column_lower[there])
            high[at[there]] = np.minimum(high[at[there]], arrays.column_upper[there])
            row_low[places[kept]], row_high[places[kept]] = arrays.row_lower[kept], arrays.row_upper[kept]
            stays = kept[arrays.rows] & there[arrays.columns]
            entries.append((at[arrays.columns[stays]], places[arrays.rows[stays]], arrays.values[stays]))
        column, row, value = (np.concatenate([some[n] for some in entries]) for n in range(3))
        order = np.lexsort((row, column))
        starts = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=self._columns))])
        rows = row[order].astype(self._parts[0][0].rows.dtype)
        return Arrays(cost, low, high, row_low, row_high, starts, rows, value[order])

    def weighing(self, weights: Sequence[float]) -> Extensive:
        """The same at other weights, of the trunk and of each branch.

        Parameters
        ----------
        weights : sequence of float
            Each above 0 that was.
        """
        branches = [replace(some, weight=weight) for some, weight in zip(self.branches, weights[1:], strict=True)]
        return Extensive(self.trunk, weights[0], branches)

    def spread(self, x: Floats) -> Floats:
        """An answer to the trunk as one to the whole, every branch doing the same.

        Parameters
        ----------
        x : array, shape (columns,)
        """
        found = np.zeros(self._columns)
        for *_, at, _ in self._parts:
            found[at[at >= 0]] = x[at >= 0]
        return found

    def part(self, x: Floats, number: int, rest: Floats) -> Floats:
        """Columns of one programme in an answer to the whole.

        Parameters
        ----------
        x : array, shape (columns of the whole,)
        number : int
            0 is the trunk, then the branches in their order.
        rest : array, shape (columns,)
            What stands where the trunk has no columns.

        Returns
        -------
        array, shape (columns,)
        """
        at = self._parts[number][2]
        return np.where(at >= 0, x[at], rest)

    def at(self, number: int) -> Ints:
        """Places of one programme's columns in the whole, -1 where there is none.

        Parameters
        ----------
        number : int
            0 is the trunk, then the branches in their order.
        """
        return self._parts[number][2]


def _of_its_own(branch: Branch, trunk: Arrays) -> Flags:
    """Rows of a branch that hold a column of its own, or are not as the trunk's."""
    some = branch.arrays
    kept = (some.row_lower != trunk.row_lower) | (some.row_upper != trunk.row_upper)
    kept[some.rows[~branch.decided[some.columns] & (some.values != 0)]] = True
    kept[some.rows[some.values != trunk.values]] = True
    return np.asarray(kept)
