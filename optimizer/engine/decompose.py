"""Programmes whose parts share only some columns, solved by parts: a master, and cuts that say what each part costs.

The multi-cut L-shaped method (Birge and Louveaux 1988), with the parts that matter most whole in the master (partial
Benders decomposition; Crainic, Hewitt, Maggioni and Rei 2021). What is found is proved on the whole: the multipliers
of a part's cuts weigh the prices they were made of into prices of its rows.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from optimizer.engine.before import SMALLEST
from optimizer.engine.deadline import NEVER, Deadline
from optimizer.engine.recourse import Cut, Flags, Recourse
from optimizer.engine.session import Session
from optimizer.program.answer import BASIC, Answer, Basis, Start, Status
from optimizer.program.certificate import certify
from optimizer.program.program import Arrays, Floats, Ints, dot

CUTS = "cuts"
"""The method of an answer that was found by parts."""
CLOSE = 1e-10
"""Part of the cost to which the bounds must meet."""
NEAR = 1e-2
"""Part of the cost between the bounds from which the master goes on where it stands: of one further off the interior
point method is the faster, as measured on the default case on twelve periods."""
ROUNDS = 200
"""Most rounds of cuts."""


class Parts:
    r"""A programme that falls into parts once some columns are decided.

    Parameters
    ----------
    arrays : Arrays
        The whole.
    owner : array of int, shape (columns,)
        Number of the part that a column belongs to, from 1 on; 0: it is shared. No row holds columns of two parts.
    weights : mapping of int to float
        By what the cost of each part that is not within the master is multiplied in the whole; above 0.
    within : collection of int
        Parts that stand whole in the master; where all do, the programme is solved as it is.
    solve_limit : float
        Seconds one solve may take.
    deadline : Deadline
        When everything must end.

    Notes
    -----
    With shared columns :math:`x`, parts :math:`s \in M` within the master and the others cut off,

    .. math::
        \min\ c x + \sum_{s \in M} w_s d_s z_s + \sum_{s \notin M} w_s \theta_s, \qquad
        \theta_s + (T_s' y) x \ge y b_s + r h_s

    for prices :math:`y` of a solve of part s at one x, :math:`r = d_s - W_s' y` and the sides b and bounds h that they
    belong to; where it has no answer, the same without theta for a Farkas ray. A cut does not go by the weights or by
    the cost of x: it serves whatever is asked of the same parts later.
    """

    def __init__(
        self,
        arrays: Arrays,
        owner: Ints,
        weights: Mapping[int, float],
        within: Collection[int],
        solve_limit: float = 300.0,
        deadline: Deadline = NEVER,
    ) -> None:
        self.outside = sorted(set(owner.tolist()) - {0, *within})
        """Parts that are cut off."""
        self.rounds, self.recourses = 0, 0
        """Rounds of cuts, and solves of parts, of all calls so far."""
        self._first = arrays, owner, weights
        self._limits, self._deadline = (solve_limit, deadline), deadline
        holder = np.zeros(len(arrays.row_lower), np.int64)
        entries = arrays.values != 0
        np.maximum.at(holder, arrays.rows[entries], owner[arrays.columns[entries]])
        self._columns, self._rows = ~np.isin(owner, self.outside), ~np.isin(holder, self.outside)
        self._parts = {
            number: Recourse(number, arrays, holder == number, owner == number, weights[number], *self._limits)
            for number in self.outside
        }
        self.cuts: list[Cut] = []
        """What was found of the parts so far."""
        self._units: dict[int, float] = {}
        self._basis: Basis | None = None

    def solve(
        self, arrays: Arrays, weights: Mapping[int, float], first: Floats | None = None, hint: Basis | None = None
    ) -> Answer:
        """The best answer to the whole.

        Parameters
        ----------
        arrays : Arrays
            The whole; of a part that is cut off only its weight may be another. Rows may stand below those of the
            first that hold no column of such a part.
        weights : mapping of int to float
            By what the cost of each part that is cut off is multiplied in it; above 0.
        first : array, shape (columns,), optional
            Decisions to begin with; those of the parts are not looked at.
        hint : Basis, optional
            Of the whole's shape: where the parts end after these.

        Returns
        -------
        Answer
            With a basis where nothing is cut off; not certified where cuts do not prove it.
        """
        began = time.perf_counter()
        if first is not None and not self.cuts:
            self._look(first.copy(), dict.fromkeys(self.outside, -np.inf), dict.fromkeys(self.outside, 0.0), hint)
        more = np.ones(len(arrays.row_lower) - len(self._rows), bool)
        found = self._met(arrays, np.concatenate([self._rows, more]), weights)
        return replace(found, seconds=time.perf_counter() - began)

    def as_one(self) -> Parts:
        """The same with every part in the master."""
        arrays, owner, weights = self._first
        return Parts(arrays, owner, weights, set(owner.tolist()), *self._limits)

    def _met(self, arrays: Arrays, rows: Flags, weights: Mapping[int, float]) -> Answer:
        """Solve the master and cut where it is too low, until the bounds meet."""
        core = arrays.part(rows, self._columns)
        width, height = len(core.cost), len(core.row_lower)
        master = self._master(core, weights)
        session = Session(master, *self._limits)
        found, best, least, afresh = self._begun(session, master, height), np.zeros(0), np.inf, False
        for _ in range(ROUNDS):
            if not found.certified:
                break
            self._keep(found, height)
            if not self.outside:
                return found
            self._deadline.check()
            self.rounds += 1
            low = found.cost
            before, bounds, x = len(self.cuts), len(self._units) == len(self.outside), np.zeros(len(arrays.cost))
            x[self._columns] = found.x[:width]
            step = CLOSE * (1 + abs(found.cost)) / len(self.outside)
            costs = self._look(
                x, self._lows(found.x[width:]), {number: step / weights[number] for number in self.outside}
            )
            if (cost := dot(arrays.cost, x)) < least and np.isfinite(costs).all():
                best, least = x, cost
            if (bounds and len(best) and least - found.cost <= CLOSE * (1 + abs(least))) or len(self.cuts) == before:
                answer = self._proved(arrays, rows, found, best if len(best) else x)
                if answer.certified or afresh:
                    return answer
                found, afresh = session.solve(master), True  # its prices left too much of a row open
                continue
            master = self._master(core, weights)
            found = (session.onward if least - low <= NEAR * (1 + abs(low)) else session.solve)(master)
        return Answer("uncertified" if found.certified else found.status, method=CUTS, iterations=self.rounds)

    def _look(
        self, x: Floats, lows: Mapping[int, float], steps: Mapping[int, float], hint: Basis | None = None
    ) -> Floats:
        """Solve every part after some decisions, put its columns among them, and cut where its cost is drawn too low.

        Gives what each costs; infinite where it has no answer.
        """
        costs = np.full(len(self.outside), np.inf)
        for n, (number, part) in enumerate(self._parts.items()):
            self.recourses += 1
            found = part.solved(x, hint)
            if found.certified:
                x[part.columns], costs[n] = found.x, found.cost
                cut = part.cost_cut(found) if found.cost - lows[number] > steps[number] else None
            else:
                cut = part.feasibility_cut(x)
            if cut is not None:
                self.cuts.append(cut)
                if cut.costs and number not in self._units:
                    self._units[number] = float(np.median(np.abs(cut.values))) if len(cut.values) else 1.0
        return costs

    def _lows(self, thetas: Floats) -> dict[int, float]:
        """What the master says that each part costs."""
        return {
            number: theta * self._units[number] if number in self._units else -np.inf
            for number, theta in zip(self.outside, thetas, strict=True)
        }

    def _unit(self, cut: Cut) -> float:
        """USD in which a cut is counted, so that its entries are near 1."""
        return self._units[cut.part] if cut.costs else float(np.abs(cut.values).max(initial=SMALLEST))

    def _master(self, core: Arrays, weights: Mapping[int, float]) -> Arrays:
        """The core with a column for the cost of each part that is cut off, and the cuts below."""
        width, height = len(core.cost), len(core.row_lower)
        place = np.cumsum(self._columns) - 1
        free = np.array([np.inf if number in self._units else 0.0 for number in self.outside])
        costs = np.array([weights[number] * self._units.get(number, 1.0) for number in self.outside])
        at, rows, values, sides = list[Ints](), list[Ints](), list[Floats](), np.zeros(len(self.cuts))
        for number, cut in enumerate(self.cuts):
            unit = self._unit(cut)
            kept = np.abs(cut.values) > SMALLEST * unit
            theta = [width + self.outside.index(cut.part)] if cut.costs else []
            at.append(np.concatenate([place[cut.at[kept]], theta]).astype(np.int64))
            values.append(np.concatenate([cut.values[kept] / unit, np.ones(len(theta))]))
            rows.append(np.full(len(at[-1]), height + number))
            sides[number] = cut.least / unit
        entries = (np.concatenate([np.zeros(0, np.int64), *at]), np.concatenate([np.zeros(0, np.int64), *rows]))
        return core.more(
            (costs, -free, free),
            (sides, np.full(len(sides), np.inf)),
            (*entries, np.concatenate([np.zeros(0), *values])),
        )

    def _begun(self, session: Session, master: Arrays, height: int) -> Answer:
        """The master solved first in a call: from where it ended in the last one, where there was one."""
        if self._basis is None:
            return session.solve(master)
        plain, kept = int(self._rows.sum()), self._basis.rows
        more = np.full(height - plain, BASIC, np.int8)
        newer = np.full(len(master.row_lower) - height - (len(kept) - plain), BASIC, np.int8)
        basis = Basis(self._basis.columns, np.concatenate([kept[:plain], more, kept[plain:], newer]))
        return session.solve(master, Start(master, Answer("optimal", basis=basis)), warm=True)

    def _keep(self, found: Answer, height: int) -> None:
        """Keep where the master ended, where it has no rows that only this call has."""
        if found.basis is not None and height == int(self._rows.sum()):
            self._basis = found.basis

    def _proved(self, arrays: Arrays, rows: Flags, found: Answer, x: Floats) -> Answer:
        """The answer to the whole of one to the master, proved by the prices that its cuts were made of."""
        y, height = np.zeros(len(rows)), int(rows.sum())
        y[rows] = found.y[:height]
        for price, cut in zip(found.y[height:], self.cuts, strict=False):  # the last cuts came after it
            y[self._parts[cut.part].rows] += max(0.0, price) / self._unit(cut) * cut.y
        certificate = certify(arrays, x, y)
        status: Status = "optimal" if certificate.holds else "uncertified"
        return Answer(status, x, y, certificate, CUTS, iterations=self.rounds)
