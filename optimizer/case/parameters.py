"""The registry of the formulation's parameters: every number per period, one function each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from optimizer.case.network import Network, Structure

Key = tuple[Any, ...]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Parameter:
    """A parameter of the formulation.

    Parameters
    ----------
    name, unit, meaning : str
        What it is called, its unit, and what it says.
    over : str
        The index set it ranges over.
    timed : bool
        Whether a period follows.
    reads : frozenset of str
        Columns its numbers come from, as `table.column`; where a scenario changes none, they are those of the base.
    compute : callable
        Its numbers in a world, shape (n,) or (n, T), in the order of the index set.
    """

    name: str
    unit: str
    meaning: str
    over: str
    timed: bool
    reads: frozenset[str]
    compute: Callable[[Network], Floats]

    def keys(self, structure: Structure) -> list[Key]:
        """Keys in the order of the numbers."""
        return structure.timed(self.over) if self.timed else structure.index[self.over]


PARAMETERS: dict[str, Parameter] = {}
"""Every parameter, by name."""


def parameter(
    unit: str, over: str, *, reads: str, timed: bool = True
) -> Callable[[Callable[..., Floats]], Callable[..., Floats]]:
    """Register a function as a parameter; its docstring says what the parameter means."""

    def register(compute: Callable[..., Floats]) -> Callable[..., Floats]:
        meaning = (compute.__doc__ or "").strip().splitlines()[0]
        columns = frozenset(reads.split())
        PARAMETERS[compute.__name__] = Parameter(compute.__name__, unit, meaning, over, timed, columns, compute)
        return compute

    return register
