"""How the cost of an answer follows its figures, by its own prices: nothing is solved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.network.numbers import PARAMETERS
from optimizer.plans.outcome import Outcome
from optimizer.program.program import Affine, Floats, blocks, dot

STEP = 1e-5
"""Part by which a figure is moved to read its weight off the answer's prices."""
JUMP = 1e-2
"""Part of its largest by which a number must not move then; a smooth one moves by some `STEP`."""
ROOM = 1e-9
"""Part of a row within which it counts as kept."""


class Weights:
    """What figures that hold over time weigh in the cost of an answer.

    Parameters
    ----------
    outcome : Outcome
    """

    def __init__(self, outcome: Outcome) -> None:
        self.outcome, self.program = outcome, outcome.frame.program
        self.places = blocks([name for name, _ in self.program.parameter_names])
        self.gradient = _gradient(outcome)

    @cached_property
    def sums(self) -> Floats:
        """What every row adds up to, shape (rows,)."""
        return self.program.arrays(self.outcome.parameters).times(self.outcome.answer.x)

    def hanging(self, table: str, column: str, figures: Iterable[tuple[int, ...]]) -> list[float]:
        """What of the cost hangs on each figure, USD: so much dearer if it were twice as high, to first order.

        Parameters
        ----------
        table, column : str
            A column that an event may change.
        figures : iterable of tuple of int
            Rows of each figure.

        Returns
        -------
        list of float
            Not a number where prices do not say: where a number jumps if the figure is moved ever so little, or a row
            bounds that did not before.
        """
        read = [name for name, some in PARAMETERS.items() if f"{table}.{column}" in some.reads and name in self.places]
        # Moved down, as a share may stand at its largest.
        sides = ((self._moved(read, table, column, rows, -STEP), rows) for rows in figures)
        return [usd if usd == usd else self._moved(read, table, column, rows, STEP) for usd, rows in sides]

    def _moved(self, read: Sequence[str], table: str, column: str, rows: tuple[int, ...], by: float) -> float:
        """The change of cost by a figure that is moved by a part, all of it told from that part."""
        network, change, bounds = self.outcome.network, 0.0, False
        series = times(self.outcome, table, column, rows, 1 + by)
        world, told = network.patched(network.timelines.changed({(table, column): series}, {})), self.outcome.parameters
        for name in read:
            before, now, weight = (
                network.value(name).ravel(),
                world.value(name).ravel(),
                self.gradient[self.places[name]],
            )
            finite = np.isfinite(before)
            if (self._jumps(before, now) & (weight != 0)).any():
                return float("nan")
            both = finite & np.isfinite(now)
            change += dot(weight[both], now[both] - before[both])
            if (~finite & np.isfinite(now)).any():
                told, bounds = told.copy() if told is self.outcome.parameters else told, True
                told[self.places[name]] = now
        return float("nan") if bounds and self._breaks(told) else change / by

    @staticmethod
    def _jumps(before: Floats, now: Floats) -> NDArray[np.bool_]:
        """Which numbers move by more than a small step explains, or end."""
        finite = np.isfinite(before)
        size = np.abs(before[finite]).max(initial=0.0)
        moved = np.where(finite, now, 0.0) - np.where(finite, before, 0.0)
        return np.asarray(finite & ~(np.abs(moved) <= JUMP * size))

    def _breaks(self, parameters: Floats) -> bool:
        """Whether the answer breaks a row that bounds nothing yet."""
        low, now = (self.program.row_lower(some) for some in (self.outcome.parameters, parameters))
        high, then = (self.program.row_upper(some) for some in (self.outcome.parameters, parameters))
        below = ~np.isfinite(low) & (self.sums < now - ROOM * (1 + np.abs(self.sums)))
        above = ~np.isfinite(high) & (self.sums > then + ROOM * (1 + np.abs(self.sums)))
        return bool(below.any() or above.any())


def times(outcome: Outcome, table: str, column: str, rows: Iterable[int], by: float) -> Floats:
    """A column over time, with some of its rows times a number.

    Parameters
    ----------
    outcome : Outcome
    table, column : str
    rows : iterable of int
    by : float

    Returns
    -------
    array, shape (rows of the table, days)
    """
    series = outcome.network.timelines.series(table, column).copy()
    series[list(rows)] *= by
    return series


def _gradient(outcome: Outcome) -> Floats:
    """Change of the answer's cost by every parameter: its prices times what rows would lack, shape (parameters,)."""
    program, x, y = outcome.frame.program, outcome.answer.x, outcome.answer.y
    at = program.arrays(outcome.parameters)
    found = np.zeros(len(program.parameter_names))

    def add(part: Affine, weights: Floats) -> None:
        np.add.at(found, part.parameter, part.coefficient * weights[part.at])

    for term in program.costs.values():
        add(term, x)
    add(program.values, -y[at.rows] * x[at.columns])
    add(program.row_lower, np.where((y > 0) & np.isfinite(at.row_lower), y, 0.0))
    add(program.row_upper, np.where((y < 0) & np.isfinite(at.row_upper), y, 0.0))
    return found
