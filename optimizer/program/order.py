"""Which of several equally cheap plans is kept, as data: what is made largest in turn, and what is used evenly."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.program.program import Floats, Ints


@dataclass(frozen=True)
class Rates:
    """Sums of columns, each against what it can be at most.

    Parameters
    ----------
    rate, column : arrays of int, shape (n,)
        Which column belongs to which sum.
    capacity : array, shape (rates,)
        Above 0, in the unit of the columns.
    years : array, shape (rates,)
        How long each goes on.
    """

    rate: Ints
    column: Ints
    capacity: Floats
    years: Floats


@dataclass(frozen=True)
class Order:
    """What decides among plans of one cost, the first word to the first.

    Parameters
    ----------
    largest : tuple of arrays, shape (columns,) each
        What a unit of each column is worth: the sum is made as large as it can be, one after the other.
    rates : Rates
        Their squares, each times its years, sum up to the least.
    usual : array, shape (columns,)
        Amounts that single flows are measured by, where no capacity does; infinite where one does not count.
    years : array, shape (columns,)
        How long each goes on.
    """

    largest: tuple[Floats, ...]
    rates: Rates
    usual: Floats
    years: Floats
