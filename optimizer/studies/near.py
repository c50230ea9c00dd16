"""Rows of a block beside one another: in which order they are planned, and which answer each may start from."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.program.answer import Answer
from optimizer.studies.file import StudyFile

Floats = NDArray[np.float64]
REMEMBERED = 20
"""Answers of each kind that are remembered, the last ones: rows are planned in an order in which neighbours follow."""


class Neighbours:
    """The rows of a block, and what has been found of them so far.

    All of it follows from the rows of the block, so that whoever works it out starts from the same answers.

    Parameters
    ----------
    study : StudyFile
    rows : sequence of int
        Those of the block.
    """

    def __init__(self, study: StudyFile, rows: Sequence[int]) -> None:
        self.places = dict(zip(rows, _places([study.told(row) for row in rows], study.columns), strict=True))
        self._found: dict[tuple[str, ...], deque[tuple[int, Answer]]] = {}

    def order(self) -> list[int]:
        """The rows from the first on, each the nearest to the one before of those that are left."""
        left, found = dict(self.places), list(self.places)[:1]
        for row in found:
            here = left.pop(row)
            if left:
                found.append(min(left, key=lambda some: (_apart(left[some], here), some)))
        return found

    def nearest(self, row: int, name: tuple[str, ...]) -> Answer | None:
        """Of the answers of a kind that are remembered that of the nearest row; None where there is none.

        Parameters
        ----------
        row : int
        name : tuple of str
            What is to be answered; see `Variant`.
        """
        here = self.places.get(row)
        known = self._found.get(name, ())
        if here is None or not known:
            return None
        return min(known, key=lambda some: (_apart(self.places[some[0]], here), some[0]))[1]

    def add(self, row: int, name: tuple[str, ...], answer: Answer) -> None:
        """Remember an answer.

        Parameters
        ----------
        row : int
        name : tuple of str
        answer : Answer
            Certified.
        """
        if row in self.places:
            self._found.setdefault(name, deque(maxlen=REMEMBERED)).append((row, answer))


def _places(values: Sequence[dict[str, Any]], factors: Sequence[str]) -> Floats:
    """Where rows lie, shape (rows, coordinates): each factor from 0 to 1; what is no number is apart from all else."""
    found: list[Floats] = []
    for name in factors if values else ():
        column = [some.get(name) for some in values]
        if any(isinstance(some, str) for some in column):
            words = sorted({str(some) for some in column})
            found += [np.array([float(some == word) for some in column]) for word in words]
            continue
        numbers = np.array([np.nan if some is None else float(some) for some in column])
        given = ~np.isnan(numbers)
        least, most = (numbers[given].min(), numbers[given].max()) if given.any() else (0.0, 0.0)
        scaled = (numbers - least) / (most - least) if most > least else np.where(given, 0.0, numbers)
        found += [np.where(given, scaled, 0.5), np.where(given, 0.0, 0.5)]
    return np.array(found).T if found else np.zeros((len(values), 0))


def _apart(one: Floats, other: Floats) -> float:
    """How far two rows are apart."""
    return float(np.abs(one - other).sum())
