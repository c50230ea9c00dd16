"""What a solve found, with its proof and the basis it ends in, from which another may start."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import SolveError
from optimizer.program.certificate import Certificate
from optimizer.program.program import Arrays, Floats

Status = Literal["optimal", "infeasible", "unbounded", "time limit", "uncertified", "refused", "failed"]

AT_LOWER, BASIC, AT_UPPER, FREE = range(4)
"""Statuses of a column or row in a basis, as HiGHS numbers them."""


@dataclass(frozen=True)
class Basis:
    """A simplex basis as plain numbers, so that it can travel between processes.

    Parameters
    ----------
    columns, rows : arrays of int
        Status of each column and row as HiGHS numbers them.
    """

    columns: NDArray[np.int8]
    rows: NDArray[np.int8]


@dataclass(frozen=True)
class Answer:
    """What a solve found.

    Parameters
    ----------
    status : str
        `optimal` only with a certificate that holds.
    x, y : arrays
        Columns and row prices; empty where there is no answer.
    certificate : Certificate or None
    method : str
        What found it: `warm simplex`, `ipx`, `ipx in other units`, `ipx without presolve`, `simplex` or
        `simplex without presolve`, with `, refined` behind where its basis had to be worked out more exactly, and
        `, in order` where it is the one that is kept of all plans of its cost (docs/formulation); `none` where what it
        starts from is it.
    seconds : float
        Time in the solver.
    iterations : int
        Of the method that found it.
    tangents : array
        Parameters of its tangents, where the programme has sums of squares; see `refine`.
    reason : str
        Why there is none, where its numbers were `refused` or its solve `failed`.
    basis : Basis, optional
        In which it ends, where there is one: what is asked next may start from it.
    shares : array, shape (shares,)
        What part of the content shares of its rules clean lots may hold in it, where that was tightened.
    loose : Answer, optional
        The best plan without that, where it costs less: no plan that keeps the rules costs less than it.
    over : bool
        Whether goods declared clean hold more than a rule lets them, counted over all stages: no plan was found in
        which they do not.
    """

    status: Status
    x: Floats = field(default_factory=lambda: np.zeros(0))
    y: Floats = field(default_factory=lambda: np.zeros(0))
    certificate: Certificate | None = None
    method: str = ""
    seconds: float = 0.0
    iterations: int = 0
    tangents: Floats = field(default_factory=lambda: np.zeros(0))
    reason: str = ""
    basis: Basis | None = None
    shares: Floats = field(default_factory=lambda: np.zeros(0))
    loose: Answer | None = None
    over: bool = False

    @property
    def certified(self) -> bool:
        """Whether the answer is proved."""
        return self.certificate is not None and self.certificate.holds

    @property
    def cost(self) -> float:
        """What it costs, USD; not a number where nothing proves it."""
        return self.certificate.objective if self.certificate is not None else float("nan")

    def proof(self, otherwise: str) -> Certificate:
        """The certificate that holds.

        Raises
        ------
        SolveError
            If there is none: what is said otherwise, and the status.
        """
        if self.certificate is None or not self.certificate.holds:
            raise SolveError(f"{otherwise}: {self.status}")
        return self.certificate


@dataclass(frozen=True)
class Start:
    """Where a solve starts from: an answer with its basis, and its programme.

    Parameters
    ----------
    arrays : Arrays
    answer : Answer
    """

    arrays: Arrays
    answer: Answer

    @property
    def basis(self) -> Basis:
        """The basis of the answer.

        Raises
        ------
        SolveError
            If it has none, as one that was read from a file.
        """
        if self.answer.basis is None:
            raise SolveError("an answer without a basis is nothing to start from")
        return self.answer.basis
