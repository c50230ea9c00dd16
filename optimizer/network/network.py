"""A case on its calendar: a structure and every number per period, one function each.

The structure is worked out once per case; the numbers follow from the timelines, so that a scenario changes numbers
only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from optimizer.case.calendar import Calendar
from optimizer.case.case import Case
from optimizer.network.sets import Index, Key, fields_of
from optimizer.network.structure import Structure
from optimizer.world.timeline import Timelines

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

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields of its keys."""
        return fields_of(self.over, self.timed)

    def keys(self, structure: Structure) -> list[Key]:
        """Keys in the order of the numbers."""
        return structure.timed(self.over) if self.timed else structure.members(self.over)


PARAMETERS: dict[str, Parameter] = {}
"""Every parameter, by name."""


def parameter(
    unit: str, over: str, *, reads: str, timed: bool = True
) -> Callable[[Callable[..., Floats]], Callable[..., Floats]]:
    """Register a function as a parameter; its docstring says what the parameter means.

    Parameters
    ----------
    unit : str
    over : str
        The index set it ranges over.
    reads : str
        Columns its numbers come from, as `table.column`, with spaces between them.
    timed : bool, optional
        Whether a period follows.
    """

    def register(compute: Callable[..., Floats]) -> Callable[..., Floats]:
        meaning = (compute.__doc__ or "").strip().splitlines()[0]
        columns = frozenset(reads.split())
        PARAMETERS[compute.__name__] = Parameter(compute.__name__, unit, meaning, over, timed, columns, compute)
        return compute

    return register


@dataclass(frozen=True, eq=False)
class Network:
    """A structure with its numbers.

    Parameters
    ----------
    structure : Structure
        What there is to decide.
    timelines : Timelines
        The tables over time, a scenario's changes included.
    base : Network, optional
        The world without those changes.
    """

    structure: Structure
    timelines: Timelines
    base: Network | None = None
    _values: dict[str, Floats] = field(default_factory=dict, repr=False)

    @property
    def case(self) -> Case:
        """The case behind it."""
        return self.structure.case

    @property
    def calendar(self) -> Calendar:
        """Its periods."""
        return self.structure.calendar

    @property
    def periods(self) -> range:
        """0 to T - 1."""
        return self.structure.calendar.periods

    @property
    def index(self) -> Index:
        """Its index sets."""
        return self.structure.index

    def value(self, name: str) -> Floats:
        """A parameter of the formulation, worked out once; shape (n,) or (n, T) in the order of its index set.

        Where a scenario changes nothing that the parameter is read from, its numbers are those of the base.
        """
        if name not in self._values:
            some = PARAMETERS[name]
            same = self.base is not None and not some.reads & self.timelines.touched
            self._values[name] = self.base.value(name) if self.base and same else some.compute(self)
        return self._values[name]

    @property
    def values(self) -> dict[str, Floats]:
        """Every parameter, by name, flat in the order of its keys."""
        return {name: self.value(name).ravel() for name in PARAMETERS}

    def patched(self, timelines: Timelines) -> Network:
        """The same structure with other numbers."""
        return Network(self.structure, timelines, self.base or self)
