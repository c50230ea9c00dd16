"""The programme changed, as data: it can be sent to another process, and what it adds can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.program.answer import Basis
from optimizer.program.program import Arrays, Floats, Ints, Program


@dataclass(frozen=True)
class Entries:
    """Numbers of a vector that are others.

    Parameters
    ----------
    at : array of int, shape (n,)
        Their places.
    to : array, shape (n,)
        What they are.
    """

    at: Ints
    to: Floats

    def put(self, vector: Floats) -> Floats:
        """A vector with them in it."""
        changed = vector.copy()
        changed[self.at] = self.to
        return changed


@dataclass(frozen=True)
class Row:
    """A row to add.

    Parameters
    ----------
    columns : array of int, shape (n,)
        May be columns that are added too.
    values : array, shape (n,)
        Its entries, one for each of the columns.
    lower, upper : float
    """

    columns: Ints
    values: Floats
    lower: float
    upper: float


@dataclass(frozen=True)
class Column:
    """A column to add, from 0 on and free of cost.

    Parameters
    ----------
    rows : tuple of int
        Rows it enters, in order; may be rows that are added too.
    values : tuple of float
        Its entries, one for each of the rows.
    """

    rows: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Held:
    """What is done already of flows that go on, and what of their bounds has passed unused.

    Parameters
    ----------
    columns : array of int, shape (n,)
    least : array, shape (n,)
        What is done of them.
    rows : array of int, shape (m,)
    passed : array, shape (m,)
        What their upper side is less.
    done : array, shape (m,)
        What is done in them already: their upper side is no less than that.
    lasting : array of bool, shape (m,)
        Whether what of their upper side was not used is kept, so that none of it has passed.
    accounts : array of bool, shape (m,)
        Whether accounts stand in them beside the columns above, which alone are done.
    """

    columns: Ints
    least: Floats
    rows: Ints
    passed: Floats
    done: Floats
    lasting: NDArray[np.bool_]
    accounts: NDArray[np.bool_]

    def put(self, arrays: Arrays) -> Arrays:
        """A programme in which it is held."""
        lower, upper = arrays.column_lower.copy(), arrays.row_upper.copy()
        lower[self.columns] = np.maximum(lower[self.columns], self.least)
        upper[self.rows] = np.maximum(upper[self.rows] - self.passed, self.done)
        return replace(arrays, column_lower=lower, row_upper=upper)


@dataclass(frozen=True)
class Ordered:
    """What was ordered before and is still to come: it comes as far as it can, and no more of it does.

    Parameters
    ----------
    rows : array of int, shape (m,)
    passed : array, shape (m,)
        What their upper side is less: what was not ordered of it.
    done : array, shape (m,)
        What has come already: their upper side is no less than that.
    columns : array of int, shape (n,)
    least : array, shape (n,)
        What was ordered of them.
    within : array of int, shape (n,)
        Which of the rows holds each of them, alone and at its tonnes.
    """

    rows: Ints
    passed: Floats
    done: Floats
    columns: Ints
    least: Floats
    within: Ints

    def put(self, arrays: Arrays, plain: Arrays) -> Arrays:
        """A programme in which it comes, made of one in which all else is held.

        Parameters
        ----------
        arrays, plain : Arrays
            With and without what is held.
        """
        lower, upper = arrays.column_lower.copy(), arrays.row_upper.copy()
        left = np.maximum(plain.row_upper[self.rows] - self.passed, self.done)
        upper[self.rows] = np.minimum(upper[self.rows], left)
        comes = np.minimum(self.least, upper[self.rows[self.within]])
        lower[self.columns] = np.maximum(lower[self.columns], comes)
        return replace(arrays, column_lower=lower, row_upper=upper)


@dataclass(frozen=True)
class Variant:
    """One programme to solve: the compiled one at its numbers, and how it differs from that.

    Parameters
    ----------
    name : tuple of str
        What it answers.
    parameters : array, shape (parameters,)
        The parameter vector.
    fixed : array of bool, shape (columns,), optional
        Columns that keep their value in the answer it starts from.
    values : Entries, optional
        Entries of the programme's matrix that are others, by their places in it.
    column_upper, row_lower, row_upper : Entries, optional
        Upper bounds of columns and sides of rows that are others, of those added too.
    rows : tuple of Row
        Rows added below, numbered on from the programme's.
    columns : tuple of Column
        Columns added behind, numbered on from the programme's.
    cost : array, shape (columns + columns added,), optional
        Cost of every column, where it is not the programme's.
    warm : bool, optional
        Whether to start from the basis of the answer it starts from; by default, predicted from how near that is.
    held : Held, optional
        What is decided of a part of the programme.
    ordered : Ordered, optional
        What was ordered before and is still to come.
    shares : array, shape (shares,), optional
        What part of the content shares in its parameters clean lots may hold; all of it by default.
    opens : int, optional
        First period whose content shares may still be others; earlier ones are decided.
    basis : Basis, optional
        To start from, rather than that of the answer it starts from.
    """

    name: tuple[str, ...]
    parameters: Floats
    fixed: NDArray[np.bool_] | None = None
    values: Entries | None = None
    column_upper: Entries | None = None
    row_lower: Entries | None = None
    row_upper: Entries | None = None
    rows: tuple[Row, ...] = ()
    columns: tuple[Column, ...] = ()
    cost: Floats | None = None
    warm: bool | None = None
    held: Held | None = None
    ordered: Ordered | None = None
    shares: Floats | None = None
    opens: int = 0
    basis: Basis | None = None

    def arrays(self, program: Program, base: Floats) -> Arrays:
        """The programme as it is to be solved.

        Parameters
        ----------
        program : Program
        base : array, shape (columns,)
            Columns of the answer it starts from, at which fixed ones are held.
        """
        arrays = program.arrays(program.with_shares(self.parameters, self.shares))
        if self.fixed is not None:
            lower = np.where(self.fixed, base, arrays.column_lower)
            upper = np.where(self.fixed, base, arrays.column_upper)
            arrays = replace(arrays, column_lower=lower, column_upper=upper)
        plain = arrays
        if self.held is not None:
            arrays = self.held.put(arrays)
        if self.ordered is not None:
            arrays = self.ordered.put(arrays, plain)
        if self.values is not None:
            arrays = replace(arrays, values=self.values.put(arrays.values))
        if self.rows or self.columns:
            arrays = with_added(arrays, self.rows, self.columns)
        for name in ("column_upper", "row_lower", "row_upper"):
            entries = getattr(self, name)
            if entries is not None:
                arrays = replace(arrays, **{name: entries.put(getattr(arrays, name))})
        return arrays if self.cost is None else replace(arrays, cost=self.cost)

    def taken_back(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Columns and row prices of an answer as those of the programme, what was added left out.

        Parameters
        ----------
        x : array, shape (columns + columns added,)
        y : array, shape (rows + rows added,)

        Returns
        -------
        tuple of arrays, shapes (columns,) and (rows,)
        """
        return x[: len(x) - len(self.columns)], y[: len(y) - len(self.rows)]


def with_added(arrays: Arrays, added: Sequence[Row], columns: Sequence[Column]) -> Arrays:
    """The programme with columns behind and rows below.

    Parameters
    ----------
    arrays : Arrays
    added : sequence of Row
        Their columns may be added ones, numbered on from the programme's.
    columns : sequence of Column
        Their rows may be added ones, numbered on from the programme's.
    """
    height = len(arrays.row_lower)
    each: list[tuple[Any, Any, Any]] = [
        (np.full(len(some.rows), len(arrays.cost) + n), some.rows, some.values) for n, some in enumerate(columns)
    ]
    each += [(some.columns, np.full(len(some.columns), height + n), some.values) for n, some in enumerate(added)]
    at, rows, values = (np.concatenate([np.empty(0), *(some[n] for some in each)]) for n in range(3))
    none = np.zeros(len(columns))
    return arrays.more(
        (none, none, np.full(len(columns), np.inf)),
        (np.array([row.lower for row in added], float), np.array([row.upper for row in added], float)),
        (at.astype(np.int64), rows.astype(np.int64), values),
    )
