"""One solve among many: the numbers it is at, and what is already decided."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.program.program import Arrays, Floats, Program


@dataclass(frozen=True)
class Task:
    """One solve.

    Parameters
    ----------
    name : tuple of str
        What it answers.
    parameters : array
        The parameter vector.
    fixed : array of bool, shape (columns,), optional
        Columns that keep their value in the base plan.
    closed : array of bool, shape (columns,), optional
        Columns held at zero.
    """

    name: tuple[str, ...]
    parameters: Floats
    fixed: NDArray[np.bool_] | None = None
    closed: NDArray[np.bool_] | None = None


def task_arrays(program: Program, task: Task, base: Floats) -> Arrays:
    """The programme of a task, its fixed columns held at the base plan and its closed ones at zero."""
    arrays = program.arrays(task.parameters)
    lower, upper = arrays.column_lower, arrays.column_upper
    if task.fixed is not None:
        lower, upper = np.where(task.fixed, base, lower), np.where(task.fixed, base, upper)
    if task.closed is not None:
        upper = np.where(task.closed, 0.0, upper)
    return replace(arrays, column_lower=lower, column_upper=upper)
