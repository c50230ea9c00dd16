"""A linear programme as arrays that are affine in its parameters: compiled once, evaluated for every scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Key = tuple[Any, ...]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def dot(left: Floats, right: Floats) -> float:
    """The sum of products of two vectors of one length, added up the same way on every machine.

    `@` leaves it to a library whose sums go by the number of cores, and whose threads then take a core from a worker.

    Parameters
    ----------
    left, right : arrays, shape (n,) each
    """
    return float(np.einsum("i,i->", left, right))


@dataclass(frozen=True)
class Affine:
    """A vector that is ``constant + M @ parameters``, with M kept as its entries.

    Parameters
    ----------
    constant : array, shape (n,)
    at, parameter, coefficient : arrays, shape (k,)
        Entry `coefficient` of row `at` and column `parameter` of M.
    """

    constant: Floats
    at: Ints
    parameter: Ints
    coefficient: Floats

    def __call__(self, parameters: Floats) -> Floats:
        """Evaluate at a parameter vector, shape (n,)."""
        if not len(self.at):
            return self.constant
        weights = self.coefficient * parameters[self.parameter]
        return np.asarray(self.constant + np.bincount(self.at, weights=weights, minlength=len(self.constant)))


@dataclass(frozen=True)
class Arrays:
    """A linear programme: minimise ``cost @ x`` with ``row_lower <= A x <= row_upper`` and bounds on x.

    Parameters
    ----------
    cost, column_lower, column_upper : arrays, shape (columns,)
    row_lower, row_upper : arrays, shape (rows,)
    starts : array, shape (columns + 1,)
        Where each column's entries begin.
    rows, values : arrays, shape (entries,)
        Row and value of every entry, column by column.
    """

    cost: Floats
    column_lower: Floats
    column_upper: Floats
    row_lower: Floats
    row_upper: Floats
    starts: Ints
    rows: Ints
    values: Floats

    @cached_property
    def columns(self) -> Ints:
        """Column of every entry, shape (entries,)."""
        return np.repeat(np.arange(len(self.cost)), np.diff(self.starts))

    def part(self, rows: NDArray[np.bool_], columns: NDArray[np.bool_]) -> Arrays:
        """The programme of some rows and columns alone.

        Parameters
        ----------
        rows, columns : array of bool
            Those that stay.
        """
        stays = columns[self.columns] & rows[self.rows]
        counts = np.bincount(self.columns[stays], minlength=len(columns))[columns]
        return Arrays(
            cost=self.cost[columns],
            column_lower=self.column_lower[columns],
            column_upper=self.column_upper[columns],
            row_lower=self.row_lower[rows],
            row_upper=self.row_upper[rows],
            starts=np.concatenate([[0], np.cumsum(counts)]),
            rows=(np.cumsum(rows) - 1)[self.rows[stays]],
            values=self.values[stays],
        )

    def more(
        self, columns: tuple[Floats, Floats, Floats], rows: tuple[Floats, Floats], entries: tuple[Ints, Ints, Floats]
    ) -> Arrays:
        """The programme with columns behind and rows below.

        Parameters
        ----------
        columns : tuple of arrays
            Cost, lower and upper bounds of the columns behind.
        rows : tuple of arrays
            Lower and upper sides of the rows below.
        entries : tuple of arrays
            Column, row and value of each entry more, in the columns behind or the rows below.
        """
        at = np.concatenate([self.columns, entries[0]])
        row = np.concatenate([self.rows, entries[1]]).astype(self.rows.dtype)
        order = np.lexsort((row, at))
        return Arrays(
            cost=np.concatenate([self.cost, columns[0]]),
            column_lower=np.concatenate([self.column_lower, columns[1]]),
            column_upper=np.concatenate([self.column_upper, columns[2]]),
            row_lower=np.concatenate([self.row_lower, rows[0]]),
            row_upper=np.concatenate([self.row_upper, rows[1]]),
            starts=np.concatenate([[0], np.cumsum(np.bincount(at, minlength=len(self.cost) + len(columns[0])))]),
            rows=row[order],
            values=np.concatenate([self.values, entries[2]])[order],
        )

    def scaled(self, sizes: Floats) -> Arrays:
        """The same polyhedron, its columns measured by some sizes and every row by its largest entry then.

        Parameters
        ----------
        sizes : array, shape (columns,)
            Above 0.
        """
        entries = self.values * sizes[self.columns]
        largest = np.zeros(len(self.row_lower))
        np.maximum.at(largest, self.rows, np.abs(entries))
        largest[largest == 0.0] = 1.0
        return Arrays(
            cost=self.cost * sizes,
            column_lower=self.column_lower / sizes,
            column_upper=self.column_upper / sizes,
            row_lower=self.row_lower / largest,
            row_upper=self.row_upper / largest,
            starts=self.starts,
            rows=self.rows,
            values=entries / largest[self.rows],
        )

    @property
    def sides(self) -> tuple[Floats, Floats]:
        """Lower and upper sides of columns, and of rows behind them, shape (columns + rows,) each."""
        low = np.concatenate([self.column_lower, self.row_lower])
        return low, np.concatenate([self.column_upper, self.row_upper])

    def times(self, x: Floats) -> Floats:
        """A x, shape (rows,)."""
        return np.bincount(self.rows, weights=self.values * x[self.columns], minlength=len(self.row_lower)).astype(
            float
        )

    def gross(self, x: Floats) -> Floats:
        """Sum of the sizes of what A x adds up in each row, shape (rows,)."""
        weights = np.abs(self.values * x[self.columns])
        return np.bincount(self.rows, weights=weights, minlength=len(self.row_lower)).astype(float)

    def transposed_times(self, y: Floats) -> Floats:
        """A' y, shape (columns,)."""
        return np.bincount(self.columns, weights=self.values * y[self.rows], minlength=len(self.cost)).astype(float)

    def transposed_gross(self, y: Floats) -> Floats:
        """Sum of the sizes of what A' y adds up in each column, shape (columns,)."""
        weights = np.abs(self.values * y[self.rows])
        return np.bincount(self.columns, weights=weights, minlength=len(self.cost)).astype(float)


@dataclass(frozen=True)
class Squares:
    """A sum of squares over a volume, drawn by tangents whose places are parameters.

    Parameters
    ----------
    volume : int
        Column of the volume.
    members, squares : arrays of int, shape (n,)
        Columns of each member's amount and of its square.
    slopes, drops : arrays of int, shape (n, slots)
        Places of each tangent's parameters: twice the share it touches at, and that share squared.
    """

    volume: int
    members: Ints
    squares: Ints
    slopes: Ints
    drops: Ints


@dataclass(frozen=True)
class Program:
    """The compiled formulation of one structure.

    Parameters
    ----------
    column_names, row_names : tuple of (str, tuple)
        Variable and key of each column; rule and key of each row.
    parameter_names : tuple of (str, tuple)
        Parameter and key of each entry of the parameter vector.
    costs : mapping of str to Affine
        Cost of every column, by term.
    row_lower, row_upper, values : Affine
    column_lower, column_upper : arrays, shape (columns,)
    starts, rows : arrays
        Pattern of the matrix, column by column; no parameter changes it.
    squares : tuple of Squares
        Sums of squares that tangents approach from outside.
    shares : tuple of int
        First of the parameters that say what a clean lot may hold, and the first behind them; they stand together.
    """

    column_names: tuple[tuple[str, Key], ...]
    row_names: tuple[tuple[str, Key], ...]
    parameter_names: tuple[tuple[str, Key], ...]
    costs: Mapping[str, Affine]
    row_lower: Affine
    row_upper: Affine
    column_lower: Floats
    column_upper: Floats
    values: Affine
    starts: Ints
    rows: Ints
    squares: tuple[Squares, ...] = ()
    shares: tuple[int, int] = (0, 0)

    def with_shares(self, parameters: Floats, parts: Floats | None) -> Floats:
        """A parameter vector in which clean lots may hold parts of what its rules let them.

        Parameters
        ----------
        parameters : array, shape (parameters,)
            Left as it is.
        parts : array, shape (shares,), optional
            0 to 1, one for each share; none: all of it.
        """
        if parts is None or not len(parts):
            return parameters
        changed = parameters.copy()
        changed[slice(*self.shares)] *= parts
        return changed

    def arrays(self, parameters: Floats) -> Arrays:
        """The programme at a parameter vector."""
        return Arrays(
            cost=np.asarray(sum(term(parameters) for term in self.costs.values())),
            column_lower=self.column_lower,
            column_upper=self.column_upper,
            row_lower=self.row_lower(parameters),
            row_upper=self.row_upper(parameters),
            starts=self.starts,
            rows=self.rows,
            values=self.values(parameters),
        )

    def cost_by_term(self, parameters: Floats) -> dict[str, Floats]:
        """Cost of every column in each term, shape (columns,) each."""
        return {name: term(parameters) for name, term in self.costs.items()}

    @cached_property
    def column_places(self) -> Mapping[tuple[str, Key], int]:
        """Column of every variable and key."""
        return {name: place for place, name in enumerate(self.column_names)}

    @cached_property
    def row_places(self) -> Mapping[tuple[str, Key], int]:
        """Row of every rule and key."""
        return {name: place for place, name in enumerate(self.row_names)}

    def column_at(self, variable: str, key: Key) -> int:
        """Column of a variable at a key.

        Parameters
        ----------
        variable : str
        key : Key
            As it stands in the index set of the variable, the period last where one follows.

        Raises
        ------
        KeyError
            If there is none.
        """
        return self.column_places[variable, key]

    def row_at(self, rule: str, key: Key) -> int:
        """Row of a rule at a key.

        Parameters
        ----------
        rule : str
        key : Key
            As it stands in the index set of the rule, the period last where one follows.

        Raises
        ------
        KeyError
            If there is none.
        """
        return self.row_places[rule, key]

    def columns_at(self, variable: str, *beginning: Any) -> Iterator[tuple[int, Key]]:
        """Columns and keys of a variable whose keys begin like this; none where it has no columns."""
        return _block(self.column_names, self.columns_of.get(variable), beginning)

    def rows_at(self, rule: str, *beginning: Any) -> Iterator[tuple[int, Key]]:
        """Rows and keys of a rule whose keys begin like this; none where it has no rows."""
        return _block(self.row_names, self.rows_of.get(rule), beginning)

    @cached_property
    def columns_of(self) -> dict[str, slice]:
        """Columns of each variable; they stand together."""
        return blocks([name for name, _ in self.column_names])

    @cached_property
    def rows_of(self) -> dict[str, slice]:
        """Rows of each rule; they stand together."""
        return blocks([name for name, _ in self.row_names])


def _block(names: tuple[tuple[str, Key], ...], block: slice | None, beginning: Key) -> Iterator[tuple[int, Key]]:
    """Places and keys in a block of names whose keys begin like this."""
    for place in range(block.start, block.stop) if block is not None else ():
        key = names[place][1]
        if key[: len(beginning)] == beginning:
            yield place, key


def blocks(names: list[str]) -> dict[str, slice]:
    """Where each run of equal names begins and ends."""
    found: dict[str, slice] = {}
    for number, name in enumerate(names):
        first = found[name].start if name in found else number
        found[name] = slice(first, number + 1)
    return found
