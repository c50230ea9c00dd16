"""What a check across tables is, and what it sees of a case: rows with their places, and the names that they define."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_
from typing import Any, Generic, TypeVar

from optimizer.case.calendar import Calendar
from optimizer.case.kinds import pool_of
from optimizer.case.references import Kind
from optimizer.case.rows import Row
from optimizer.case.settings import CaseFile
from optimizer.faults import Fault

Seen = TypeVar("Seen")
Said = TypeVar("Said")
Some = TypeVar("Some", bound=Row)


@dataclass(frozen=True)
class Known:
    """The names of one kind that a case defines.

    Parameters
    ----------
    names : frozenset of str
        Those that were read.
    whole : bool
        Whether these are all: false where a row that may define another could not be read.
    """

    names: frozenset[str]
    whole: bool = True

    def has(self, *names: str) -> bool:
        """Whether all of some names may be known: so it is of any name where not all were read."""
        return not self.whole or self.names.issuperset(names)

    def __or__(self, other: Known) -> Known:
        return Known(self.names | other.names, self.whole and other.whole)


@dataclass(frozen=True)
class Gaps:
    """What of a case could not be read, so that nothing is called missing that may stand there.

    Parameters
    ----------
    tables : frozenset of type
        Records of the tables that were not read in full.
    horizon : bool
        Whether the horizon is at fault, so that there is no calendar.
    """

    tables: frozenset[type[Row]] = frozenset()
    horizon: bool = False

    def and_of(self, tables: frozenset[type[Row]]) -> Gaps:
        """The same with more tables."""
        return Gaps(self.tables | tables, self.horizon)


NO_GAPS = Gaps()
"""All was read."""


@dataclass(frozen=True)
class Check(Generic[Seen, Said]):
    """One thing to look for across tables.

    Parameters
    ----------
    find : callable
        Says what it finds; the first sentence of its docstring is what the documentation says of it.
    needs : tuple of type
        Records of the tables that must have been read in full, lest it say of what is only unread that it is not there.
    horizon : bool
        Whether it needs the calendar.
    """

    find: Callable[[Seen], Iterator[Said]]
    needs: tuple[type[Row], ...] = ()
    horizon: bool = False

    def possible(self, gaps: Gaps) -> bool:
        """Whether enough was read for it."""
        return gaps.tables.isdisjoint(self.needs) and not (self.horizon and gaps.horizon)


@dataclass(frozen=True)
class Checked:
    """A case as its checks see it.

    Parameters
    ----------
    file : CaseFile
    by_record : mapping of type to tuple of Row
        The rows of every table, by their record; those that could not be read are not among them.
    places : mapping of type to tuple of str
        Where each of them stands.
    known : mapping of str to Known
        The names of every kind.
    """

    file: CaseFile
    by_record: Mapping[type[Row], tuple[Any, ...]]
    places: Mapping[type[Row], tuple[str, ...]]
    known: Mapping[Kind, Known] = field(default_factory=dict)

    @cached_property
    def calendar(self) -> Calendar:
        """Its periods; only a check that says so may ask for it."""
        return self.file.calendar

    @cached_property
    def hubs(self) -> Known:
        """The pools of the countries in which sites lie."""
        countries = self.names("countries")
        return Known(frozenset(pool_of(country) for country in countries.names), countries.whole)

    def names(self, *kinds: Kind) -> Known:
        """The names of some kinds."""
        return reduce(or_, (self.known[kind] for kind in kinds))

    def rows(self, record: type[Some]) -> tuple[Some, ...]:
        """The rows of a table."""
        return self.by_record[record]

    def placed(self, record: type[Some]) -> Iterator[tuple[Some, str]]:
        """The rows of a table with where they stand."""
        return zip(self.by_record[record], self.places[record], strict=True)


CaseCheck = Check[Checked, Fault]
"""A check of a case: what it finds is a fault."""


def are_known(case: Checked, kind: Kind, pairs: Iterable[tuple[str, str]]) -> bool:
    """Whether all pairs of a site and something of a kind are made of known names.

    Parameters
    ----------
    case : Checked
    kind : str
        Kind of the second of each pair, such as `materials`.
    pairs : iterable of (str, str)
    """
    sites, others = case.names("sites"), case.names(kind)
    return all(sites.has(site) and others.has(other) for site, other in pairs)


def other_than(place: str, column: str, expected: str, found: str, known: Iterable[str]) -> Fault:
    """A name that there is, but not one of those that can stand here.

    Parameters
    ----------
    place : str
        Where the name stands, as a person would find it.
    column : str
    expected : str
        What can stand there, in words.
    found : str
    known : iterable of str
        The names that can stand there.
    """
    said = f"expected {expected}, found {found!r}"
    return Fault.near(place, column, said, found, known, "inconsistent", expected=expected)
