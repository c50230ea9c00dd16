"""One solve among many: the numbers it is at, and what is already decided."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.formulation.program import Arrays, Floats, Program


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
    """

    name: tuple[str, ...]
    parameters: Floats
    fixed: NDArray[np.bool_] | None = None


def task_arrays(program: Program, task: Task, base: Floats) -> Arrays:
    """The programme of a task, its fixed columns held at the base plan."""
    arrays = program.arrays(task.parameters)
    if task.fixed is None:
        return arrays
    return replace(
        arrays,
        column_lower=np.where(task.fixed, base, arrays.column_lower),
        column_upper=np.where(task.fixed, base, arrays.column_upper),
    )
