"""The registry of the formulation's parameters: every number per period, one function each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from optimizer.case.network import Structure
    from optimizer.case.timeline import Timelines

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
        Tables its numbers come from; where a scenario changes none of them, they are those of the base.
    compute : callable
        Its numbers from a structure and timelines, shape (n,) or (n, T), in the order of the index set.
    """

    name: str
    unit: str
    meaning: str
    over: str
    timed: bool
    reads: frozenset[str]
    compute: Callable[[Structure, Timelines], Floats]

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
        tables = frozenset(reads.split())
        PARAMETERS[compute.__name__] = Parameter(compute.__name__, unit, meaning, over, timed, tables, compute)
        return compute

    return register


def period_values(
    structure: Structure, timelines: Timelines, base: Mapping[str, Floats] | None = None
) -> dict[str, Floats]:
    """Compute every parameter.

    Parameters
    ----------
    structure : Structure
        What there is to decide.
    timelines : Timelines
        The tables over time.
    base : mapping of str to array, optional
        Numbers of the world without changes, kept where nothing they are read from has changed.

    Returns
    -------
    dict of str to array
        Flat numbers of every parameter, in the order of its keys.
    """
    touched = timelines.touched
    return {
        name: base[name]
        if base is not None and not some.reads & touched
        else some.compute(structure, timelines).ravel()
        for name, some in PARAMETERS.items()
    }
