"""A case on its calendar: a structure and every number per period, one function each.

The structure is worked out once per case; the numbers follow from the timelines, so that a scenario changes numbers
only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from optimizer.case.calendar import Calendar
from optimizer.case.case import Case
from optimizer.network.reference import Reference
from optimizer.network.sets import Index, Key, fields_of
from optimizer.network.structure import Structure
from optimizer.world.timeline import Timelines

T = TypeVar("T")
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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
    begun : bool
        Whether they go by the day on which something is begun, so that news inside a period changes them.
    ahead : bool
        Whether they look past the end of a period: of one that is over when news comes they are those of the base.
    open : bool
        Whether they count what can still be decided: of a period that is over when news comes they are nothing.
    """

    name: str
    unit: str
    meaning: str
    over: str
    timed: bool
    reads: frozenset[str]
    compute: Callable[[Network], Floats]
    begun: bool = False
    ahead: bool = False
    open: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields of its keys."""
        return fields_of(self.over, self.timed)

    def keys(self, structure: Structure) -> list[Key]:
        """Keys in the order of the numbers."""
        return structure.timed(self.over) if self.timed else structure.members(self.over)


CONTROLS = ("controls.", "approvals.", "today.")
"""How columns begin whose numbers may restrict nothing in a world without a reference."""
PARAMETERS: dict[str, Parameter] = {}
"""Every parameter, by name."""


def parameter(
    unit: str,
    over: str,
    *,
    reads: str,
    timed: bool = True,
    begun: bool = False,
    ahead: bool = False,
    open: bool = False,
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
    begun : bool, optional
        Whether they go by the day on which something is begun.
    ahead : bool, optional
        Whether they look past the end of a period.
    open : bool, optional
        Whether they count what can still be decided.
    """

    def register(compute: Callable[..., Floats]) -> Callable[..., Floats]:
        meaning = (compute.__doc__ or "").strip().splitlines()[0]
        columns = frozenset(reads.split())
        some = Parameter(compute.__name__, unit, meaning, over, timed, columns, compute, begun, ahead, open)
        PARAMETERS[some.name] = some
        return compute

    return register


@dataclass(frozen=True)
class ByRow:
    """Numbers of every row of a table that parameters are made of, each row's from its own cells and those it reads.

    In a scenario only those rows are worked out again that read a cell which it changes.

    Parameters
    ----------
    name, table : str
    reads : frozenset of str
        Columns they come from, as `table.column`.
    compute : callable
        Those of some rows of the table in a world, shape (rows, ...).
    begun : bool
        As of a `Parameter`.
    """

    name: str
    table: str
    reads: frozenset[str]
    compute: Callable[[Network, Ints], Floats]
    begun: bool = False

    def __call__(self, world: Network) -> Floats:
        """Those of every row of the table, shape (rows, ...)."""
        return world.by_row(self)


def by_row(table: str, *, reads: str, begun: bool = False) -> Callable[[Callable[[Network, Ints], Floats]], ByRow]:
    """Make numbers of every row of a table of a function that works out those of some.

    Parameters
    ----------
    table : str
    reads : str
        Columns they come from, as `table.column`, with spaces between them; `Structure.readers` has to know which
        rows of the table read a row of each of theirs.
    begun : bool, optional
        Whether they go by the day on which something is begun.
    """

    def named(compute: Callable[[Network, Ints], Floats]) -> ByRow:
        return ByRow(f"{compute.__module__}.{compute.__name__}", table, frozenset(reads.split()), compute, begun)

    return named


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
    news : int, optional
        Day of the axis on which news came: before it nothing new is begun in the period in which it lies, and what
        looks ahead from a period that is over by then did not see it.
    untold : Network, optional
        The same world without that.
    reference : Reference, optional
        What licences are a share of; without one, export and content licences are lifted.
    started : frozenset of (str, int)
        Projects that the base plan begins, and the periods in which it does: news that comes later finds them begun.
    """

    structure: Structure
    timelines: Timelines
    base: Network | None = None
    news: int | None = None
    untold: Network | None = None
    reference: Reference | None = None
    started: frozenset[tuple[str, int]] = frozenset()
    _told: dict[int, Network] = field(default_factory=dict, repr=False)
    _values: dict[str, Floats] = field(default_factory=dict, repr=False)
    _by_row: dict[str, Floats] = field(default_factory=dict, repr=False)
    _apart: dict[str, list[int]] = field(default_factory=dict, repr=False)
    _shared: dict[str, Any] = field(default_factory=dict, repr=False)

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
        some = PARAMETERS[name]
        if self.untold is not None and self.news is not None and some.open:
            return np.where(self.calendar.offsets[1:] <= self.news, 0.0, self.untold.value(name))
        if self.untold is not None and some.ahead:
            return self._as_known(self.untold.value(name), name)
        if self.untold is not None and not (some.begun and self._within):
            return self.untold.value(name)
        if name not in self._values:
            same = self.base is not None and self.news is None and not some.reads & self.timelines.touched
            self._values[name] = self.base.value(name) if self.base and same else some.compute(self)
        return self._values[name]

    def shared(self, name: str, find: Callable[[Network], T]) -> T:
        """What several parameters are made of, worked out once.

        Parameters
        ----------
        name : str
        find : callable
            Works it out.
        """
        if name not in self._shared:
            self._shared[name] = find(self)
        found: T = self._shared[name]
        return found

    @property
    def _within(self) -> bool:
        """Whether news came inside a period."""
        return self.news is not None and self.news not in self.calendar.offsets

    def _as_known(self, found: Floats, name: str) -> Floats:
        """Numbers that look ahead, as they were known: in periods that are over when news comes, those of the base."""
        if self.base is None or self.news is None or found is (before := self.base.value(name)):
            return found
        return np.where(self.calendar.offsets[1:] <= self.news, before, found)

    def by_row(self, some: ByRow) -> Floats:
        """Numbers of every row of a table, worked out once, shape (rows, ...); see `ByRow`."""
        if self.untold is not None and not (some.begun and self._within):
            return self.untold.by_row(some)
        if some.name not in self._by_row:
            if self.base is None or self.news is not None:
                found = some.compute(self, np.arange(len(self.case.tables.rows(some.table))))
            else:
                found, rows = self.base.by_row(some), self._rows_apart(some, self.base)
                if len(rows):
                    found = found.copy()
                    found[rows] = some.compute(self, rows)
            self._by_row[some.name] = found
        return self._by_row[some.name]

    def _rows_apart(self, some: ByRow, base: Network) -> Ints:
        """Rows that read a cell which is another in this world."""
        found: set[int] = set()
        for name in some.reads & self.timelines.touched:
            table, column = name.split(".")
            if name not in self._apart:
                self._apart[name] = self.timelines.rows_apart(base.timelines, table, column).tolist()
            readers = self.structure.readers[table, some.table]
            found.update(reader for row in self._apart[name] for reader in readers[row])
        return np.array(sorted(found), np.int64)

    @property
    def values(self) -> dict[str, Floats]:
        """Every parameter, by name, flat in the order of its keys."""
        return {name: self.value(name).ravel() for name in PARAMETERS}

    def patched(self, timelines: Timelines) -> Network:
        """The same structure with other numbers."""
        base = self.base or self
        patched = Network(self.structure, timelines, base, reference=self.reference, started=self.started)
        return patched if self.news is None else patched._since(self.news)

    def referring(self, reference: Reference | None) -> Network:
        """The same world with licences that are shares of a reference; without one, with none.

        Parameters
        ----------
        reference : Reference, optional
        """
        return self._knowing(reference, self.started)

    def planned(self, shipped: Floats | None, started: frozenset[tuple[str, int]] = frozenset()) -> Network:
        """The same world with what its base plan does that scenarios know of.

        Parameters
        ----------
        shipped : array, shape (licences, T), optional
            Tonnes under licences, as `Reference` says; None: not planned yet.
        started : frozenset of (str, int), optional
            The projects that it begins, and in which period.
        """
        return self._knowing(None if self.reference is None else replace(self.reference, planned=shipped), started)

    def _knowing(self, reference: Reference | None, started: frozenset[tuple[str, int]]) -> Network:
        """The same world with something else that is known of plans."""
        found = Network(self.structure, self.timelines, self.base, self.news, self.untold, reference, started)
        kept = {name for name, some in PARAMETERS.items() if not any(read.startswith(CONTROLS) for read in some.reads)}
        found._values.update({name: some for name, some in self._values.items() if name in kept})
        found._by_row.update(self._by_row)
        return found

    def told(self, day: dt.date) -> Network:
        """The same world once news has come; itself where the day lies outside the horizon.

        Parameters
        ----------
        day : date
        """
        within = self.calendar.start < day < self.calendar.end
        return self._since(self.calendar.day(day)) if within else self

    def _since(self, news: int) -> Network:
        if news not in self._told:
            known = self.reference, self.started
            self._told[news] = Network(self.structure, self.timelines, self.base, news, self, *known)
        return self._told[news]
