"""Programmes that share what is decided before they part, as one: the extensive form of a decision in stages.

One programme goes on as long as nothing is heard, the trunk. Each branch is a programme of the same columns and rows;
what is decided before its news is the trunk's, everything else is its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
        self.branches = list(branches)
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
