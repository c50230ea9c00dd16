"""Amounts as they are printed: the unit is chosen by size, once for all the amounts that stand together."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

NONE = "-"
"""What is printed where there is no number."""
PROVED = 2e-9
"""Part of a cost by which two certified costs may differ and be the same."""


@dataclass(frozen=True)
class Scale:
    """A unit for amounts that stand together.

    Parameters
    ----------
    unit : str
        Its short name, as in the head of a column.
    size : float
        How much of the plain unit it is.
    digits : int
        Decimals.
    """

    unit: str
    size: float
    digits: int

    def cell(self, amount: Any, *, sign: bool = False) -> str:
        """An amount without its unit; a dash where there is none, and never a zero for what is not.

        Parameters
        ----------
        amount : float or None
            In the plain unit.
        sign : bool, optional
            Whether a plus is written; zero has none.
        """
        if amount is None or not math.isfinite(amount):
            return NONE
        least = 10.0**-self.digits
        value = float(amount) / self.size
        if 0 < abs(value) < 0.5 * least:
            before = "-" if value < 0 else "+" if sign else ""
            return f"{before}<{least:.{self.digits}f}"
        value = round(value, self.digits) + 0.0  # no minus before a zero
        return format(value, f"+,.{self.digits}f" if sign and value else f",.{self.digits}f")

    def counts(self, amount: Any) -> bool:
        """Whether an amount is large enough for the digits of this scale."""
        return amount is not None and abs(float(amount)) / self.size >= 0.5 * 10.0**-self.digits

    def told(self, amount: Any, *, sign: bool = False) -> str:
        """An amount with its unit.

        Parameters
        ----------
        amount : float or None
            In the plain unit.
        sign : bool, optional
            Whether a plus is written; zero has none.
        """
        return f"{self.cell(amount, sign=sign)} {self.unit}"


def _scale(amounts: Iterable[Any], steps: tuple[tuple[float, Scale], ...]) -> Scale:
    """The first step whose end the largest amount stays below; where there is nothing, the plain unit."""
    sizes = [abs(float(some)) for some in amounts if some is not None and math.isfinite(some)]
    if not (largest := max(sizes, default=0.0)):
        return next(scale for _, scale in steps if scale.size == 1.0 and not scale.digits)
    return next((scale for end, scale in steps if largest < end), steps[-1][1])


MONEY = (
    (1e4, Scale("USD", 1.0, 2)),
    (1e6, Scale("USD", 1.0, 0)),
    (1e7, Scale("MUSD", 1e6, 3)),
    (1e11, Scale("MUSD", 1e6, 1)),
    (math.inf, Scale("billion USD", 1e9, 1)),
)
"""Units of money, and the amount from which each is too small."""
TONNES = (
    (0.1, Scale("kg", 1e-3, 3)),
    (1.0, Scale("kg", 1e-3, 1)),
    (10.0, Scale("t", 1.0, 2)),
    (100.0, Scale("t", 1.0, 1)),
    (1e7, Scale("t", 1.0, 0)),
    (math.inf, Scale("kt", 1e3, 0)),
)
"""The same of tonnes."""


def money(*amounts: Any) -> Scale:
    """The unit for amounts of money in USD that stand together."""
    return _scale(amounts, MONEY)


def tonnes(*amounts: Any) -> Scale:
    """The unit for tonnes that stand together."""
    return _scale(amounts, TONNES)


def price(*amounts: Any) -> Scale:
    """The scale of prices in USD per unit that stand together: cents only where they are small."""
    largest = max((abs(some) for some in amounts if some is not None and math.isfinite(some)), default=0.0)
    return Scale("USD", 1.0, 2 if largest < 1e3 else 0)


def usd(amount: Any, *, sign: bool = False) -> str:
    """An amount of money by itself, in the unit of its size.

    Parameters
    ----------
    amount : float or None
        USD.
    sign : bool, optional
        Whether a plus is written; zero has none.
    """
    return money(amount).told(amount, sign=sign)


def spoken(amount: float) -> str:
    """An amount of money in a sentence, without its sign: millions and billions in words."""
    size = abs(amount)
    if size >= 1e9:
        return f"{size / 1e9:,.2f} billion USD"
    return f"{size / 1e6:,.1f} million USD" if size >= 1e6 else usd(size) if size else "0 USD"


def mass(amount: Any) -> str:
    """Tonnes by themselves, in the unit of their size."""
    return tonnes(amount).told(amount)


def percent(share: Any, digits: int = 0, *, sign: bool = False) -> str:
    """A share in per cent; a dash where there is none.

    Parameters
    ----------
    share : float or None
        1 is all.
    digits : int, optional
        Decimals of the per cent.
    sign : bool, optional
        Whether a plus is written.
    """
    if share is None or not math.isfinite(share):
        return NONE
    return format(share, f"{'+' if sign else ''}.{digits}%")


def change(after: float, before: float) -> float:
    """The difference of two certified costs, nothing where their proofs leave it open.

    Parameters
    ----------
    after, before : float
        USD.
    """
    found = after - before
    if not math.isfinite(found):
        return found  # no plan is found there
    return 0.0 if abs(found) <= PROVED * (1 + max(abs(after), abs(before))) else found
