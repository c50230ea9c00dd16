"""Load once, solve many: the only file that runs HiGHS; what it is given and gives back is in `solver`.

The base is solved by the interior point method with crossover. A scenario starts from the base basis by dual simplex
where its change disturbs the base plan little, and from scratch by interior point where it disturbs it much; the base
basis only, never the previous scenario's, so that order cannot matter. No answer leaves without its certificate.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Literal, cast

import highspy
import numpy as np

from optimizer.engine.basic import basic_solution
from optimizer.engine.before import check_numbers, disturbance
from optimizer.engine.deadline import NEVER, Deadline
from optimizer.engine.solver import Silent, basis_of, highs_basis, highs_lp, unit_of
from optimizer.errors import NumbersError, SolveError
from optimizer.program.answer import Answer, Basis, Start, Status
from optimizer.program.certificate import certify
from optimizer.program.program import Arrays, Floats

HOT = "hot simplex"
"""A solve that goes on where the solver stands."""
ROWS_DISTURBED = 0.02
"""Largest sum by which the base plan may break a scenario's rows for a warm start, as a share of the sum of equality
sides (mostly demand); where prices are wrong too, their shares of what is allowed add up to at most 1."""
PRICES_DISTURBED = 0.016
"""Largest number of wrong-signed prices at the base basis for a warm start, as a share of the columns. Both were fitted
on half of 238 answers of the default case on quarters and checked on the other half; rows, and the sum, on the 50
answers of its calendar of months, where none with more than this ended from the base basis."""
WARM_STEPS, CLEAN_UP = 1 / 14, 1 / 4
"""Most simplex iterations before another method, for each column: of a warm start, and after an interior point's
crossover. A programme from scratch takes as long as the first; of the second, answers on months took up to a fifth."""
OTHER_UNITS = -4
"""Power of two by which tonnes are scaled, where the first interior point ended in a basis that could not be mended.
Whether one can is luck: of six programmes on months two could not as they stand, two in these units, one in both."""
SHARP = 1e-9
"""Tolerance on prices, in the solver's money, and on tonnes; its own 1e-7 left answers that proved nothing."""
STEPS = 2_000
"""As many are taken in any case."""
UNLIMITED = 2_147_483_647


class Session:
    """One HiGHS instance for one program.

    Parameters
    ----------
    arrays : Arrays
        The programme to load; later ones must share its pattern.
    solve_limit : float
        Seconds one solve may take, all its methods together.
    deadline : Deadline
        When everything must end.
    sharp : bool
        Whether the prices of every answer are worked out more exactly, and not only where they prove nothing.
    """

    def __init__(
        self, arrays: Arrays, solve_limit: float = 300.0, deadline: Deadline = NEVER, *, sharp: bool = False
    ) -> None:
        check_numbers(arrays)
        self.arrays, self.sharp = arrays, sharp
        self.solve_limit = solve_limit
        self.deadline = deadline
        self.due = math.inf
        """When the run of HiGHS that is going on must have ended, on the monotonic clock."""
        self._basis: tuple[Basis, highspy.HighsBasis] | None = None
        self._unit = unit_of(arrays)
        """USD in a unit of the solver's money."""
        self._highs = Silent()  # type: ignore[no-untyped-call]
        for option, value in (
            ("threads", 1),
            ("parallel", "off"),
            ("dual_feasibility_tolerance", SHARP),
            ("primal_feasibility_tolerance", SHARP),
        ):
            self._highs.setOptionValue(option, value)
        self._must(self._highs.passModel(highs_lp(arrays, self._unit)), "loading the programme")
        self._all_columns = np.arange(len(arrays.cost), dtype=np.int32)

    def base(self) -> Start:
        """Solve the programme as loaded.

        Returns
        -------
        Start
            From which scenarios start.

        Raises
        ------
        SolveError
            If there is no certified answer.
        """
        return self.start(self.solve(self.arrays))

    def start(self, answer: Answer) -> Start:
        """An answer of the programme now loaded, as something to start from.

        Raises
        ------
        SolveError
            If it is not certified.
        """
        if not answer.certified:
            hints = {
                "infeasible": "is infeasible; `lodestar why-infeasible` says why",
                "time limit": "was not found in the time that one solve may take; allow more (--solve-limit)",
            }
            raise SolveError(f"the base plan {hints.get(answer.status, f'is {answer.status}')}")
        return Start(self.arrays, answer)

    def solve(self, arrays: Arrays, start: Start | None = None, *, warm: bool | None = None) -> Answer:
        """Solve a programme of the same pattern.

        Parameters
        ----------
        arrays : Arrays
            The programme.
        start : Start, optional
            The base, for a warm start.
        warm : bool, optional
            Whether to start from the base basis; by default, predicted from how much of the base plan is disturbed.

        Returns
        -------
        Answer
            The first certified one down the ladder of methods; else what is known.
        """
        self._update(arrays)
        looked = time.perf_counter()
        ladder = ["ipx", "ipx in other units", "ipx without presolve", "simplex", "simplex without presolve"]
        if start is not None and (self._near(arrays, start) if warm is None else warm and self._look(start)):
            ladder.insert(0, "warm simplex")
        spent, best = time.perf_counter() - looked, Answer("uncertified")
        claims: list[Status | Literal["unknown"]] = []
        for method in ladder:
            began = time.perf_counter()
            status = self._run(method, spent)
            spent += time.perf_counter() - began
            claims.append(status)
            if status == "optimal":
                best = self._answer(arrays, method, spent)
                if best.certified:
                    return best
            # A claim of infeasible or unbounded counts once a second method makes it too.
            twice = status in ("infeasible", "unbounded") and claims.count(status) > 1
            if twice or status == "time limit":
                return Answer(cast("Status", status), method=method, seconds=spent)
        return best if best.certificate else Answer("uncertified", seconds=spent)

    def again(self, arrays: Arrays, answer: Answer) -> Answer:
        """Solve a programme that differs little from the one just solved, from where that ended.

        Parameters
        ----------
        arrays : Arrays
        answer : Answer
            What was just found; its time is added.

        Returns
        -------
        Answer
        """
        found = self.solve(arrays, self.start(answer), warm=True)
        return replace(found, seconds=found.seconds + answer.seconds, iterations=found.iterations + answer.iterations)

    def onward(self, arrays: Arrays) -> Answer:
        """Solve a programme that goes on from the one just solved: other costs, bounds and sides, or rows more below.

        The solver goes on where it stands; where that proves nothing, from scratch.

        Parameters
        ----------
        arrays : Arrays
            What stood in the programme has the entries that it had.

        Returns
        -------
        Answer
        """
        self._update(arrays)
        began = time.perf_counter()
        if self._run(HOT, 0.0) == "optimal":
            found = self._answer(arrays, HOT, time.perf_counter() - began)
            if found.certified:
                return found
        return self.solve(arrays)

    def _near(self, arrays: Arrays, start: Start) -> bool:
        """Whether a programme is so little disturbed that the simplex method is the faster from the base basis."""
        equal = arrays.row_lower == arrays.row_upper
        allowed = ROWS_DISTURBED * np.abs(arrays.row_lower[equal]).sum()
        broken = disturbance(start.answer.x, arrays)
        if broken > allowed:
            return False
        self._look(start)
        wrong = self._highs.getInfo().num_dual_infeasibilities / (PRICES_DISTURBED * len(arrays.cost))
        return bool(wrong + (broken / allowed if broken else 0.0) <= 1.0)

    def _look(self, start: Start) -> bool:
        """Stand at the base basis without taking a step; a warm start goes on from there."""
        highs = self._highs
        highs.clearSolver()
        highs.setOptionValue("solver", "simplex")
        highs.setOptionValue("simplex_iteration_limit", 0)
        if self._basis is None or self._basis[0] is not start.basis:
            self._basis = start.basis, highs_basis(start.basis)
        self._must(highs.setBasis(self._basis[1]), "setting the basis")
        self._go(0.0)
        return True

    def _go(self, spent: float) -> None:
        """Run HiGHS for what is left of the solve's time, or of all time."""
        left = max(0.0, min(self.solve_limit - spent, self.deadline.left))
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + left)
        self.due = time.monotonic() + left
        self._highs.run()
        self.due = math.inf

    def _answer(self, arrays: Arrays, method: str, seconds: float) -> Answer:
        """Fetch what the solver calls optimal and certify it; where that fails, its basis worked out more exactly."""
        solution = self._highs.getSolution()
        info = self._highs.getInfo()
        values, y = np.array(solution.col_value, float), np.array(solution.row_dual, float) * self._unit
        x = np.clip(values, arrays.column_lower, arrays.column_upper)
        certificate = certify(arrays, x, y)
        count = int(info.simplex_iteration_count + info.ipm_iteration_count)
        basis, basic = basis_of(self._highs, arrays, solution, values, y)
        if (self.sharp or not certificate.holds) and len(basic):
            began = time.perf_counter()
            more_x, more_y = basic_solution(arrays, basis, basic, x, self._solved, self._solved_transposed)
            more_x = np.clip(more_x, arrays.column_lower, arrays.column_upper)
            refined = certify(arrays, more_x, more_y)
            seconds += time.perf_counter() - began
            if refined.holds:
                method = method if certificate.holds else f"{method}, refined"
                x, y, certificate = more_x, more_y, refined
        holds = certificate.holds
        status: Status = "optimal" if holds else "uncertified"
        return Answer(status, x, y, certificate, method, seconds, count, basis=basis if holds else None)

    def _solved(self, right: Floats) -> Floats:
        """The solution z of B z = b with the factors of the basis."""
        return np.asarray(self._highs.getBasisSolve(right)[1])  # type: ignore[attr-defined]

    def _solved_transposed(self, right: Floats) -> Floats:
        """The solution z of B' z = b with the factors of the basis."""
        return np.asarray(self._highs.getBasisTransposeSolve(right)[1])  # type: ignore[attr-defined]

    def _run(self, method: str, spent: float) -> Status | Literal["unknown"]:
        """Run one method, some seconds being spent; say what the solver claims."""
        highs = self._highs
        warm = method in ("warm simplex", HOT)
        if not warm:
            highs.clearSolver()
        interior = method.startswith("ipx")
        highs.setOptionValue("user_bound_scale", OTHER_UNITS if method.endswith("in other units") else 0)
        highs.setOptionValue("solver", "ipx" if interior else "simplex")
        highs.setOptionValue("run_crossover", "on")
        highs.setOptionValue("presolve", "off" if method.endswith("without presolve") else "on")
        steps = max(STEPS, int((WARM_STEPS if warm else CLEAN_UP) * len(self.arrays.cost)))
        highs.setOptionValue("simplex_iteration_limit", steps if warm or interior else UNLIMITED)
        # From a basis near the answer, as crossover gives, shaken costs only have to be put right again.
        highs.setOptionValue("dual_simplex_cost_perturbation_multiplier", 0.0 if warm or interior else 1.0)
        self._go(spent)
        status = highs.getModelStatus()
        names: dict[object, Status] = {
            highspy.HighsModelStatus.kOptimal: "optimal",
            highspy.HighsModelStatus.kInfeasible: "infeasible",
            highspy.HighsModelStatus.kUnbounded: "unbounded",
            highspy.HighsModelStatus.kTimeLimit: "time limit",
        }
        return names.get(status, "unknown")

    def _update(self, arrays: Arrays) -> None:
        """Send what differs from the programme now loaded."""
        check_numbers(arrays)
        if len(arrays.row_lower) > len(self.arrays.row_lower):
            self._grow(arrays)
        highs, now = self._highs, self.arrays
        if ((arrays.values == 0) != (now.values == 0)).any():
            # HiGHS drops zeros and appends what comes back: sums would go by the order of what was solved before.
            self._unit = unit_of(arrays)
            self._must(highs.passModel(highs_lp(arrays, self._unit)), "loading the programme")
            self.arrays = arrays
            return
        self._charge(arrays)
        if not (
            np.array_equal(arrays.column_lower, now.column_lower)
            and np.array_equal(arrays.column_upper, now.column_upper)
        ):
            self._must(
                highs.changeColsBounds(
                    len(self._all_columns), self._all_columns, arrays.column_lower, arrays.column_upper
                ),
                "changing column bounds",
            )
        changed = np.flatnonzero((arrays.row_lower != now.row_lower) | (arrays.row_upper != now.row_upper)).astype(
            np.int32
        )
        if len(changed):
            self._must(
                highs.changeRowsBounds(  # type: ignore[attr-defined]
                    len(changed), changed, arrays.row_lower[changed], arrays.row_upper[changed]
                ),
                "changing row bounds",
            )
        for entry in np.flatnonzero(arrays.values != now.values):
            self._must(
                highs.changeCoeff(int(arrays.rows[entry]), int(arrays.columns[entry]), float(arrays.values[entry])),
                "changing a coefficient",
            )
        self.arrays = arrays

    def _charge(self, arrays: Arrays) -> None:
        """Send the costs that differ from those now loaded, in the unit of money that is theirs."""
        unit = unit_of(arrays)
        changed = np.flatnonzero((arrays.cost != self.arrays.cost) | (unit != self._unit)).astype(np.int32)
        if len(changed):
            costs = arrays.cost[changed] / unit
            self._must(self._highs.changeColsCost(len(changed), changed, costs), "changing costs")
        self._unit = unit

    def _grow(self, arrays: Arrays) -> None:
        """Send the rows that stand below those now loaded."""
        now, had = self.arrays, len(self.arrays.row_lower)
        entries = np.flatnonzero(arrays.rows >= had)
        entries = entries[np.argsort(arrays.rows[entries], kind="stable")]
        low, high = arrays.row_lower[had:], arrays.row_upper[had:]
        starts = np.searchsorted(arrays.rows[entries], had + np.arange(len(low))).astype(np.int32)
        at = arrays.columns[entries].astype(np.int32)
        added = self._highs.addRows(len(low), low, high, len(at), starts, at, arrays.values[entries])
        self._must(added, "adding rows")
        sides = {"row_lower": np.concatenate([now.row_lower, low]), "row_upper": np.concatenate([now.row_upper, high])}
        lower, upper = now.column_lower, now.column_upper
        self.arrays = replace(arrays, cost=now.cost, column_lower=lower, column_upper=upper, **sides)

    @staticmethod
    def _must(status: highspy.HighsStatus, doing: str) -> None:
        """Stop where HiGHS refuses; it warns of zeros it leaves out, which is what we want."""
        if status == highspy.HighsStatus.kError:
            raise NumbersError(f"HiGHS refused {doing}")
