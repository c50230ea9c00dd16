"""Factors of A D A' + R for one sparse A and many diagonals D and R: the order of elimination is found once."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from optimizer.program.program import Floats, Ints

MERGED = 24
"""A front of at most so many pivots is put into the one that follows, where that adds few zeros."""
ZEROS = 0.3
"""Most of the entries of a merged front that may be zeros which come by merging."""
SMALLEST = 1e-13
"""Relative size of what is added to a diagonal that rounding has left without a square root."""
LEAST = 1e-300
"""What a diagonal of nothing is measured by."""


@dataclass(frozen=True)
class _Front:
    """Rows eliminated together, and those that they are tied to, all by their place in the order."""

    first: int
    pivots: int
    rows: Ints
    """Places of the pivots and behind them of what follows, shape (size,)."""
    children: tuple[tuple[int, Ints], ...]
    """Fronts whose remainders are added here, and where: their rows within this one."""
    entries: slice
    """Which entries of the matrix stand here."""
    at: Ints
    """Where they stand in the flattened front."""


class Cholesky:
    """A symmetric positive definite A D A' + R, factored anew for every D and R.

    Parameters
    ----------
    rows, columns : arrays of int, shape (entries,)
        Where A has entries.
    values : array, shape (entries,)
    height, width : int
        Rows and columns of A.

    Notes
    -----
    Multifrontal elimination: Duff, I. S. and Reid, J. K. (1983). The multifrontal solution of indefinite sparse
    symmetric linear equations. ACM Transactions on Mathematical Software 9(3). The order is by approximate minimum
    degree: Amestoy, P. R., Davis, T. A. and Duff, I. S. (1996). SIAM Journal on Matrix Analysis and Applications 17(4).
    """

    def __init__(self, rows: Ints, columns: Ints, values: Floats, height: int, width: int) -> None:
        by_column = np.lexsort((rows, columns))
        rows, columns, values = rows[by_column], columns[by_column], values[by_column]
        groups = _merged(*_eliminated(rows, columns, height, width))
        order = np.array([row for pivots, _, _ in groups for row in pivots], np.int64)
        self._order, place = order, np.empty(height, np.int64)
        place[order] = np.arange(height)
        # Entries of A D A': every pair of entries of a column, the diagonal included.
        counts = np.bincount(columns, minlength=width)
        firsts = np.concatenate([[0], np.cumsum(counts)])[columns]
        times = np.arange(len(rows)) - firsts + 1
        one = np.repeat(np.arange(len(rows)), times)
        other = np.arange(len(one)) - np.repeat(np.cumsum(times) - times, times) + np.repeat(firsts, times)
        low, high = np.minimum(place[rows[one]], place[rows[other]]), np.maximum(place[rows[one]], place[rows[other]])
        cells, self._cell = np.unique(
            np.concatenate([low * height + high, np.arange(height) * (height + 1)]), return_inverse=True
        )
        self._product, self._of = values[one] * values[other], columns[one]
        self._cells = len(cells)
        self._fronts = _fronts(groups, place, cells // height, cells % height)
        self._factors: list[tuple[Floats, Floats]] = []

    def factor(self, weights: Floats, diagonal: Floats) -> None:
        """Factor the matrix at D and R.

        Parameters
        ----------
        weights : array, shape (width,)
            Diagonal of D, at least 0.
        diagonal : array, shape (height,)
            Diagonal of R, at least 0.
        """
        terms = np.concatenate([self._product * weights[self._of], diagonal[self._order]])
        cells = np.bincount(self._cell, weights=terms, minlength=self._cells)
        remainders: dict[int, Floats] = {}
        self._factors = []
        for number, front in enumerate(self._fronts):
            size, pivots = len(front.rows), front.pivots
            matrix = np.zeros((size, size))
            matrix.ravel()[front.at] = cells[front.entries]
            for child, at in front.children:
                matrix[at[:, None], at] += remainders.pop(child)
            upper = np.triu(matrix[:pivots, :pivots])
            inverse = _inverse_root(upper + np.triu(upper, 1).T)
            tied = inverse @ matrix[:pivots, pivots:]
            self._factors.append((inverse, tied))
            if size > pivots:
                remainders[number] = np.triu(matrix[pivots:, pivots:] - tied.T @ tied)

    def solve(self, right: Floats) -> Floats:
        """The solution z of (A D A' + R) z = b, shape (height,)."""
        found = right[self._order]
        for front, (inverse, tied) in zip(self._fronts, self._factors, strict=True):
            own = slice(front.first, front.first + front.pivots)
            found[own] = inverse @ found[own]
            if len(tied.T):
                found[front.rows[front.pivots :]] -= tied.T @ found[own]
        for front, (inverse, tied) in zip(reversed(self._fronts), reversed(self._factors), strict=True):
            own = slice(front.first, front.first + front.pivots)
            found[own] = inverse.T @ (found[own] - tied @ found[front.rows[front.pivots :]])
        solution = np.empty_like(found)
        solution[self._order] = found
        return solution


def _inverse_root(matrix: Floats) -> Floats:
    """The inverse of the lower triangular root of a small matrix, its rows measured by their diagonals."""
    scale = 1.0 / np.sqrt(np.maximum(np.abs(matrix.diagonal()), LEAST))
    matrix = matrix * scale[:, None] * scale
    shift = 0.0
    while True:
        try:
            return np.asarray(np.linalg.inv(np.linalg.cholesky(matrix + shift * np.eye(len(matrix)))) * scale)
        except np.linalg.LinAlgError:
            shift = max(100 * shift, SMALLEST)


Group = tuple[list[int], set[int], int]
"""Rows eliminated together, rows they are tied to, and the number of the group that comes next; -1 if none does."""


def _eliminated(rows: Ints, columns: Ints, height: int, width: int) -> tuple[list[Group], int]:
    """Groups of rows in an order that leaves few entries, by approximate minimum degree; and how many rows."""
    elements: dict[int, set[int]] = {}
    of_row: list[set[int]] = [set() for _ in range(height)]
    bounds = np.searchsorted(columns, np.arange(width + 1)).tolist()
    listed = rows.tolist()
    for column in range(width):
        some = listed[bounds[column] : bounds[column + 1]]
        if len(some) > 1:
            elements[column] = set(some)
            for row in some:
                of_row[row].add(column)
    degree = [sum(len(elements[one]) - 1 for one in some) for some in of_row]
    heap = [(some, row) for row, some in enumerate(degree)]
    heapq.heapify(heap)
    done = [False] * height
    groups: list[Group] = []
    while heap:
        some, row = heapq.heappop(heap)
        if done[row] or some != degree[row]:
            continue
        consumed, new = of_row[row], width + len(groups)
        tied: set[int] = set().union(*(elements[one] for one in consumed)) - {row}
        for one in consumed:
            del elements[one]
            if one >= width:
                groups[one - width] = (*groups[one - width][:2], new - width)
        pivots, beyond = [row], dict[int, int]()
        for other in tied:
            left = of_row[other]
            left -= consumed
            for one in left:
                beyond[one] = beyond.get(one, len(elements[one])) - 1
        for other in sorted(tied):
            left = of_row[other]
            for one in [one for one in left if not beyond[one]]:
                left.discard(one)
                if elements.pop(one, None) is not None and one >= width:
                    groups[one - width] = (*groups[one - width][:2], new - width)
            if not left:
                pivots.append(other)
        struct = tied.difference(pivots)
        elements[new] = struct
        for one in pivots:
            done[one] = True
        for other in struct:
            left = of_row[other]
            degree[other] = len(struct) - 1 + sum(beyond[one] for one in left)
            left.add(new)
            heapq.heappush(heap, (degree[other], other))
        groups.append((pivots, struct, -1))
    return groups, height


def _merged(groups: list[Group], height: int) -> list[Group]:
    """The same with small groups put into the one that follows, in an order in which all stand before it."""
    pivots = [list(some) for some, _, _ in groups]
    struct = [some for _, some, _ in groups]
    after = [number for _, _, number in groups]
    gone = [False] * len(groups)
    for number, follows in enumerate(after):
        if follows < 0:
            continue
        # What follows holds all that is tied, as pivots or behind them; groups stand in the order of elimination.
        one, two, tied = len(pivots[number]), len(pivots[follows]), len(struct[number])
        size, more = two + len(struct[follows]), one * (two + len(struct[follows]) - tied)
        if more == 0 or (one <= MERGED and more <= ZEROS * (one + size) ** 2):
            pivots[follows] = pivots[number] + pivots[follows]
            gone[number] = True

    def last(number: int) -> int:
        while number >= 0 and gone[number]:
            number = after[number]
        return number

    kept = [number for number in range(len(groups)) if not gone[number]]
    places = {number: place for place, number in enumerate(kept)}
    places[-1] = -1
    return [(pivots[number], struct[number], places[last(after[number])]) for number in kept]


def _fronts(groups: list[Group], place: Ints, low: Ints, high: Ints) -> list[_Front]:
    """Groups as fronts, the entries of the matrix at (low, high), in their order, told among them."""
    fronts: list[_Front] = []
    children: list[list[int]] = [[] for _ in groups]
    first = 0
    for number, (pivots, struct, follows) in enumerate(groups):
        tied = np.sort(place[np.fromiter(struct, np.int64, len(struct))])
        rows = np.concatenate([np.arange(first, first + len(pivots)), tied])
        begins, ends = np.searchsorted(low, [first, first + len(pivots)])
        at = (low[begins:ends] - first) * len(rows) + np.searchsorted(rows, high[begins:ends])
        held = tuple((one, np.searchsorted(rows, fronts[one].rows[fronts[one].pivots :])) for one in children[number])
        fronts.append(_Front(first, len(pivots), rows, held, slice(begins, ends), at))
        if follows >= 0 and len(struct):
            children[follows].append(number)
        first += len(pivots)
    return fronts
