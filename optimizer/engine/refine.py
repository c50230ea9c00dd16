"""Solve a programme whose sums of squares are drawn from outside: cut where the answer is, and solve again.

Each square of a share is held above its tangents, ``w >= 2 a v - a^2 V``, so a solve gives a lower bound; a new tangent
at the answer's own share cuts it off. A tangent is true in every scenario, so those found in the base serve all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import replace

import numpy as np

from optimizer.engine.before import check_numbers
from optimizer.engine.deadline import NEVER, Deadline
from optimizer.engine.extend import extended
from optimizer.engine.session import STEPS, Session
from optimizer.engine.stages import chosen
from optimizer.errors import SolveError
from optimizer.program.answer import Answer, Start
from optimizer.program.certificate import certify
from optimizer.program.order import Order
from optimizer.program.program import Arrays, Floats, Ints, Program
from optimizer.program.variant import Variant

POINTS = 0.1
"""Percentage points to which a sum of squared shares is kept: shares that keep its bound exactly are no further off."""

TOLERANCE = (POINTS / 100) ** 2
"""Largest sum of squared shares by which the drawn squares may fall short of the true ones.

Its root is how far shares then are from some that keep the bound, at most: where all are equal, the sum is least.
"""

EXACT = 1e-12
"""Relative error of a tangent that still lies on its parabola."""

ALWAYS_NEAR = STEPS
"""Columns up to which a solve starts beside a known answer whatever it disturbs: its steps are plenty."""
SMALLEST_SHARE = 1e-4
"""Smallest share a tangent is drawn at: its square must not vanish from the matrix."""


def shortfall(program: Program, x: Floats) -> float:
    """By how much the drawn sums of squared shares fall short of the true ones, the largest over all sums.

    Parameters
    ----------
    program : Program
    x : array
        Values of the columns.

    Returns
    -------
    float
        Difference of sums of squared shares, 0 to 1 each; at least 0.
    """
    gaps = [0.0]
    for some in program.squares:
        volume = x[some.volume]
        if volume > 0:
            gaps.append(float(((x[some.members] / volume) ** 2 - x[some.squares] / volume).sum()))
    return max(gaps)


def with_tangents(program: Program, parameters: Floats, x: Floats) -> Floats:
    """Parameters with a tangent added at an answer's shares, in the first slot not used yet.

    Parameters
    ----------
    program : Program
    parameters : array
        One for each parameter of the programme; left as it is.
    x : array
        Values of the columns.

    Raises
    ------
    SolveError
        If all slots are used.
    """
    changed = parameters.copy()
    for some in program.squares:
        volume = x[some.volume]
        if volume <= 0:
            continue
        free = np.flatnonzero(changed[some.drops[0]] == 0.0)
        if not len(free):
            raise SolveError("a limit on the sum of squared shares did not settle; loosen it a little")
        shares = np.maximum(x[some.members] / volume, SMALLEST_SHARE)
        changed[some.slopes[:, free[0]]] = 2 * shares
        changed[some.drops[:, free[0]]] = shares**2
    return changed


def tangents_in(program: Program, parameters: Floats) -> Floats:
    """Slopes and drops of all tangents of a parameter vector, flat.

    Parameters
    ----------
    program : Program
    parameters : array
        One for each parameter of the programme.
    """
    return parameters[_places(program)]


def with_tangents_of(program: Program, parameters: Floats, tangents: Floats) -> Floats:
    """Parameters with the tangents of another vector, as `tangents_in` gives them.

    Parameters
    ----------
    program : Program
    parameters : array
        One for each parameter of the programme; left as it is.
    tangents : array
    """
    changed = parameters.copy()
    changed[_places(program)] = tangents
    return changed


def as_found(program: Program, parameters: Floats, answer: Answer) -> Floats:
    """Parameters with the tangents and the content shares with which an answer was found.

    Parameters
    ----------
    program : Program
    parameters : array
        One for each parameter of the programme; left as it is.
    answer : Answer
    """
    return program.with_shares(with_tangents_of(program, parameters, answer.tangents), answer.shares)


def at_answer(program: Program, variant: Variant, answer: Answer) -> Variant:
    """A variant at the tangents and the content shares with which an answer to it was found.

    Parameters
    ----------
    program : Program
    variant : Variant
    answer : Answer
    """
    parameters = with_tangents_of(program, variant.parameters, answer.tangents)
    return replace(variant, parameters=parameters, shares=answer.shares)


def wrong_shares(program: Program, shares: Floats) -> Iterator[str]:
    """Say what is wrong with the parts of content shares that an answer claims: they may only tighten.

    Parameters
    ----------
    program : Program
    shares : array
        Empty, or one for each content share.
    """
    if (count := program.shares[1] - program.shares[0]) != len(shares) > 0:
        yield f"shares: expected {count} numbers, found {len(shares)}"
    elif not ((shares >= 0) & (shares <= 1)).all():
        yield f"shares: expected 0 to 1, found {shares[~((shares >= 0) & (shares <= 1))][0]:g}"


def untrue(program: Program, tangents: Floats, x: Floats) -> Iterator[str]:
    """Say what is wrong with tangents: those that lie on no parabola, and sums of squares that are drawn too low.

    Parameters
    ----------
    program : Program
    tangents : array
        As `tangents_in` gives them.
    x : array
        Columns of the answer that they were drawn for.
    """
    vector = with_tangents_of(program, np.zeros(len(program.parameter_names)), tangents)
    for some in program.squares:
        slopes, drops = vector[some.slopes], vector[some.drops]
        wrong = ~(np.abs(slopes**2 / 4 - drops) <= EXACT * np.maximum(np.abs(drops), EXACT))
        if wrong.any():
            place = tuple(np.argwhere(wrong)[0])
            yield f"tangents: expected a drop of {slopes[place] ** 2 / 4:.12g}, found {drops[place]:.12g}"
            return
    if not (gap := shortfall(program, x)) <= TOLERANCE:
        yield f"sums of squared shares: expected to {POINTS:g} points of share, found {100 * gap**0.5:.3g}"


def _places(program: Program) -> Ints:
    """Where the tangents stand in a parameter vector: square by square, slopes before drops."""
    places = [some.ravel() for square in program.squares for some in (square.slopes, square.drops)]
    return np.concatenate([np.zeros(0, int), *places])


def settled(program: Program, parameters: Floats, answer: Answer, again: Callable[[Floats, Answer], Answer]) -> Answer:
    """Solve again with new tangents until the sums of squares are within tolerance.

    Parameters
    ----------
    program : Program
    parameters : array
        Those of the first answer.
    answer : Answer
    again : callable
        Solves at other parameters, from the answer just found.

    Returns
    -------
    Answer
        Of the last solve, with its tangents; the first that is not certified is the last.
    """
    while answer.certified and shortfall(program, answer.x) > TOLERANCE:
        parameters = with_tangents(program, parameters, answer.x)
        answer = again(parameters, answer)
    return replace(answer, tangents=tangents_in(program, parameters))


def solve_variant(
    session: Session, program: Program, variant: Variant, arrays: Arrays, start: Start, near: Answer | None = None
) -> Answer:
    """Solve a variant, its sums of squares to tolerance.

    Parameters
    ----------
    session : Session
        Of a programme of the variant's pattern.
    program : Program
    variant : Variant
    arrays : Arrays
        Of the variant, from that answer.
    start : Start
        The answer it starts from.
    near : Answer, optional
        An answer to one like it, to start from its basis instead; what is decided stays that of `start`.

    Returns
    -------
    Answer
        Of the last solve, with its tangents; its seconds are those of all. What the variant adds is in its `x` and `y`.
    """
    held = start.answer.x

    def again(parameters: Floats, answer: Answer) -> Answer:
        return session.again(replace(variant, parameters=parameters).arrays(program, held), answer)

    begins = extended(start, arrays) if variant.rows or variant.columns else start
    if near is not None:
        begins = Start(begins.arrays, near)
    if variant.basis is not None:
        begins = Start(begins.arrays, replace(begins.answer, basis=variant.basis))
    answer = session.solve(arrays, begins, warm=variant.warm)
    return settled(program, variant.parameters, answer, again)


def unchanged(program: Program, variant: Variant, arrays: Arrays, start: Start) -> Answer | None:
    """The answer a variant starts from, if by its own prices nothing is better in the variant either.

    Parameters
    ----------
    program : Program
    variant : Variant
    arrays : Arrays
        Of the variant, from that answer.
    start : Start

    Returns
    -------
    Answer or None
        Proved in the variant's own numbers.
    """
    if variant.rows or variant.columns:
        return None
    began = time.perf_counter()
    held = start.answer
    check_numbers(arrays)
    certificate = certify(arrays, held.x, held.y)
    if not certificate.holds or shortfall(program, held.x) > TOLERANCE:
        return None
    seconds, tangents = time.perf_counter() - began, tangents_in(program, variant.parameters)
    return Answer("optimal", held.x, held.y, certificate, "none", seconds, 0, tangents, basis=held.basis)


class Solver:
    """Solves variants of one programme, one after the other; none can disturb the next.

    Parameters
    ----------
    program : Program
    start : Start
        The answer they start from.
    solve_limit : float
        Seconds one solve may take.
    deadline : Deadline
        When everything must end.
    """

    def __init__(self, program: Program, start: Start, solve_limit: float = 300.0, deadline: Deadline = NEVER) -> None:
        self.program, self.start = program, start
        self.solve_limit, self.deadline = solve_limit, deadline
        self.session = Session(start.arrays, solve_limit, deadline)
        """The one that solves, or solved last."""
        self._plain = self.session

    def starting(self, start: Start) -> Solver:
        """The same, from another answer to the same programme; both share what solves.

        Parameters
        ----------
        start : Start
        """
        found = copy(self)
        found.start = start
        return found

    def solve(self, variant: Variant, near: Answer | None = None) -> Answer:
        """The best answer to a variant; what the solver claims if there is none.

        Parameters
        ----------
        variant : Variant
        near : Answer, optional
            A certified answer to a variant that adds nothing, as this one: where it holds here too, it is the answer,
            else its basis is what to start from.
        """
        self.session = self._plain
        arrays = variant.arrays(self.program, self.start.answer.x)
        if (same := unchanged(self.program, variant, arrays, self.start)) is not None:
            return same
        if variant.rows or variant.columns:
            self.session = Session(arrays, self.solve_limit, self.deadline)
        elif near is not None and near.basis is not None:
            return self._beside(variant, arrays, near)
        return solve_variant(self.session, self.program, variant, arrays, self.start)

    def _beside(self, variant: Variant, arrays: Arrays, near: Answer) -> Answer:
        """The answer to a variant beside one that is known."""
        program, held = self.program, self.start.answer.x
        alike = replace(variant, parameters=with_tangents_of(program, variant.parameters, near.tangents))
        if (same := unchanged(program, alike, alike.arrays(program, held), Start(arrays, near))) is not None:
            return same
        if len(arrays.cost) <= ALWAYS_NEAR:
            variant = replace(variant, warm=True)
        return solve_variant(self.session, program, variant, arrays, self.start, near)


def solve_base(
    program: Program,
    parameters: Floats,
    solve_limit: float = 300.0,
    session_made: Callable[[Session], None] | None = None,
    order: Order | None = None,
) -> Start:
    """Solve the base, its sums of squares to tolerance, and keep of all plans of its cost the one that an order says.

    Parameters
    ----------
    program : Program
    parameters : array
    solve_limit : float
        Seconds each solve may take.
    session_made : callable, optional
        Given the session as soon as there is one.
    order : Order, optional
        Without one it is the plan that the solver ends in.

    Returns
    -------
    Start
        The base plan, with the tangents it took.

    Raises
    ------
    SolveError
        If there is no certified answer.
    """
    session = Session(program.arrays(parameters), solve_limit, sharp=order is not None)
    if session_made is not None:
        session_made(session)

    def again(parameters: Floats, answer: Answer) -> Answer:
        return session.again(program.arrays(parameters), answer)

    answer = settled(program, parameters, session.base().answer, again)
    while order is not None:
        parameters = with_tangents_of(program, parameters, answer.tangents)
        kept = chosen(program.arrays(parameters), answer, order, solve_limit)
        if shortfall(program, kept.x) <= TOLERANCE:
            answer = kept
            break
        try:  # what the order keeps may lie where the squares are drawn too low
            parameters = with_tangents(program, parameters, kept.x)
        except SolveError:
            break
        more = settled(program, parameters, again(parameters, answer), again)
        if not more.certified:
            break
        answer = more
    return session.start(answer)
