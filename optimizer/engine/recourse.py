"""One part of a programme, once what it shares with the others is decided: what it costs, and cuts that bound that."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.engine.deadline import Deadline
from optimizer.engine.session import Session
from optimizer.program.answer import AT_LOWER, BASIC, Answer, Basis, Start
from optimizer.program.certificate import certify, counted
from optimizer.program.program import Arrays, Floats, Ints

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Cut:
    r"""What a part costs at least, :math:`\theta + t x \ge b`; without theta, what must hold so that it has an answer.

    Parameters
    ----------
    part : int
        Number of the part.
    costs : bool
        Whether it bounds the cost.
    y : array, shape (rows of the part,)
        The prices that it is made of, of a cost of weight 1.
    at : array of int, shape (n,)
        Columns of the whole that it holds.
    values : array, shape (n,)
        Their entries, USD a unit.
    least : float
        Its side, USD.
    """

    part: int
    costs: bool
    y: Floats
    at: Ints
    values: Floats
    least: float


class Recourse:
    r"""A part of a programme: :math:`Q(x) = \min d z` with :math:`l - T x \le W z \le u - T x` and bounds on z.

    Parameters
    ----------
    number : int
    arrays : Arrays
        The whole.
    rows, columns : array of bool
        The part's own.
    weight : float
        Of its cost in the whole; above 0.
    solve_limit : float
        Seconds one solve may take.
    deadline : Deadline
        When everything must end.
    """

    def __init__(
        self,
        number: int,
        arrays: Arrays,
        rows: Flags,
        columns: Flags,
        weight: float,
        solve_limit: float,
        deadline: Deadline,
    ) -> None:
        self.number, self.rows, self.columns = number, np.flatnonzero(rows), np.flatnonzero(columns)
        own = arrays.part(rows, columns)
        self.own = replace(own, cost=own.cost / weight)
        links = rows[arrays.rows] & ~columns[arrays.columns] & (arrays.values != 0)
        self._row = (np.cumsum(rows) - 1)[arrays.rows[links]]
        self._at, self._values = arrays.columns[links], arrays.values[links]
        self._limits = solve_limit, deadline
        self._session: Session | None = None

    def after(self, x: Floats) -> Arrays:
        """The part once the whole's columns are decided, shape (columns of the whole,); its own are not looked at."""
        done = np.bincount(self._row, weights=self._values * x[self._at], minlength=len(self.rows))
        return replace(self.own, row_lower=self.own.row_lower - done, row_upper=self.own.row_upper - done)

    def solved(self, x: Floats, hint: Basis | None = None) -> Answer:
        """Its best answer, proved; going on from the last one where there was one.

        Parameters
        ----------
        x : array, shape (columns of the whole,)
        hint : Basis, optional
            Of the whole's shape, to start the first solve from.
        """
        arrays = self.after(x)
        if self._session is not None:
            return self._session.onward(arrays)
        self._session = Session(arrays, *self._limits)
        if hint is None:
            return self._session.solve(arrays)
        begins = Start(arrays, Answer("optimal", basis=self._within(hint)))
        return self._session.solve(arrays, begins, warm=True)

    def _within(self, hint: Basis) -> Basis:
        """The part of a basis of the whole, with as many basic places as there are rows."""
        columns, rows = hint.columns[self.columns], hint.rows[self.rows]
        missing = len(rows) - int((columns == BASIC).sum() + (rows == BASIC).sum())
        if missing > 0:
            rows[np.flatnonzero(rows != BASIC)[:missing]] = BASIC
        elif missing < 0:
            left = -missing
            basic = np.flatnonzero(rows == BASIC)[:left]
            rows[basic] = AT_LOWER
            columns[np.flatnonzero(columns == BASIC)[: left - len(basic)]] = AT_LOWER
        return Basis(columns, rows)

    def cost_cut(self, answer: Answer) -> Cut:
        """What it costs at least whatever is decided, by the prices of an answer; as much as that costs where it is.

        Parameters
        ----------
        answer : Answer
            Certified.
        """
        return self._cut(self.own, answer.y, costs=True)

    def feasibility_cut(self, x: Floats) -> Cut | None:
        r"""What must hold so that it has an answer, where it has none; None where it has.

        The prices :math:`y` of :math:`\min \sum (s^+ + s^-)` with :math:`W z + s^+ - s^-` between the sides are a
        Farkas ray where that is above 0: no z is left of :math:`W z`, whatever x has the ray's sum of sides above 0.

        Parameters
        ----------
        x : array, shape (columns of the whole,)
        """
        arrays, height = self.after(x), len(self.rows)
        rows, ones = np.tile(np.arange(height), 2), np.ones(height)
        at = np.arange(2 * height) + len(self.own.cost)
        behind = (np.ones(2 * height), np.zeros(2 * height), np.full(2 * height, np.inf))
        none = np.zeros(0)
        loose = replace(arrays, cost=np.zeros(len(arrays.cost)))
        loose = loose.more(behind, (none, none), (at, rows, np.concatenate([ones, -ones])))
        answer = Session(loose, *self._limits).solve(loose)
        size = 1 + float(np.abs(answer.x).max(initial=0.0))
        if not answer.certified or answer.cost <= 1e-9 * size:
            return None
        return self._cut(replace(self.own, cost=np.zeros(len(self.own.cost))), answer.y, costs=False)

    def _cut(self, own: Arrays, prices: Floats, *, costs: bool) -> Cut:
        """The cut of some prices."""
        y = counted(own, prices)
        value = certify(own, np.zeros(len(own.cost)), y).dual_objective
        sums = np.bincount(self._at, weights=self._values * y[self._row]).astype(float)
        at = np.flatnonzero(sums)
        return Cut(self.number, costs, y, at, sums[at], value)
