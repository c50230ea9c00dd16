"""Designs: which values the factors of a study take in each of its rows.

A row follows from its number alone, so that any process makes it by itself.
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Sequence
from math import prod
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from optimizer.case.kinds import Day, Number, Whole
from optimizer.faults import Fault
from optimizer.studies.distributions import rounded
from optimizer.studies.draws import Floats, correlated, share, sobol, stratum
from optimizer.studies.factors import Factor

Values = dict[str, float]
"""Values of factors in one row; a factor that is not there is left as it is."""
LOSSES = ("lost", "days", "from")
"""Columns that say who is lost, for how many days, and from when."""
MOST_ROWS = 10_000_000
"""Most rows that a design may have."""


class Correlation(BaseModel):
    """How far two factors go together."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    between: Annotated[tuple[str, str], Field(min_length=2, max_length=2)]
    """The two factors."""
    value: Annotated[Number, Field(gt=-1, lt=1)]
    """Correlation of the normal numbers behind their draws (Gaussian copula)."""


class _Design(BaseModel, ABC):
    """What all designs share."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    @abstractmethod
    def count(self, factors: Sequence[Factor]) -> int:
        """How many rows it has."""

    @abstractmethod
    def row(self, number: int, factors: Sequence[Factor], seed: int) -> Values:
        """Values of the factors in a row."""

    def faults(self, factors: Sequence[Factor], place: str) -> list[Fault]:
        """What keeps it from being made of these factors."""
        return []


def _lacking(factors: Sequence[Factor], field: str, design: str, place: str) -> list[Fault]:
    """Factors without what a design takes."""
    if not factors:
        return [Fault(place, f"factors: expected at least one with design {design}", code="missing-rows")]
    return [
        Fault(place, f"factors: expected {field} with design {design}, found none of {some.name}", code="missing-value")
        for some in factors
        if getattr(some, field) is None
    ]


class Grid(_Design):
    """Every value of each factor with every value of all others; the last factor changes fastest."""

    kind: Literal["grid"]
    """Its kind."""

    def count(self, factors: Sequence[Factor]) -> int:
        """See `_Design.count`."""
        return prod(len(some.values or ()) for some in factors)

    def row(self, number: int, factors: Sequence[Factor], seed: int) -> Values:
        """See `_Design.row`."""
        found: Values = {}
        for some in reversed(factors):
            values = some.values or ()
            number, place = divmod(number, len(values))
            found[some.name] = values[place]
        return {some.name: found[some.name] for some in factors}

    def faults(self, factors: Sequence[Factor], place: str) -> list[Fault]:
        """See `_Design.faults`."""
        return _lacking(factors, "values", self.kind, place)


class OneAtATime(_Design):
    """First nothing is changed, then each value of each factor, all others as they are."""

    kind: Literal["one-at-a-time"]
    """Its kind."""

    def count(self, factors: Sequence[Factor]) -> int:
        """See `_Design.count`."""
        return 1 + sum(len(some.values or ()) for some in factors)

    def row(self, number: int, factors: Sequence[Factor], seed: int) -> Values:
        """See `_Design.row`."""
        left = number - 1
        for some in factors:
            values = some.values or ()
            if 0 <= left < len(values):
                return {some.name: values[left]}
            left -= len(values)
        return {}

    def faults(self, factors: Sequence[Factor], place: str) -> list[Fault]:
        """See `_Design.faults`."""
        return _lacking(factors, "values", self.kind, place)


class Sample(_Design):
    """Draws from the distributions of the factors."""

    kind: Literal["sample"]
    """Its kind."""
    draws: Annotated[Whole, Field(ge=1, le=MOST_ROWS)]
    """How many."""
    method: Literal["random", "latin-hypercube", "sobol"] = "random"
    """How they are drawn; a Latin hypercube cannot be extended."""
    correlations: tuple[Correlation, ...] = ()
    """Factors that go together; all others are independent."""

    def count(self, factors: Sequence[Factor]) -> int:
        """See `_Design.count`."""
        return self.draws

    def row(self, number: int, factors: Sequence[Factor], seed: int) -> Values:
        """See `_Design.row`."""
        if self.method == "sobol":
            shares = sobol(seed, len(factors), number).tolist()
        elif self.method == "latin-hypercube":
            shares = [stratum(seed, some.name, number, self.draws) for some in factors]
        else:
            shares = [share(seed, some.name, number) for some in factors]
        if self.correlations:
            shares = correlated(shares, np.asarray(np.linalg.cholesky(self.matrix(factors)), float))
        return drawn(factors, shares)

    def matrix(self, factors: Sequence[Factor]) -> Floats:
        """The correlation matrix, shape (factors, factors)."""
        place = {some.name: number for number, some in enumerate(factors)}
        found = np.eye(len(factors))
        for some in self.correlations:
            one, other = (place[name] for name in some.between)
            found[one, other] = found[other, one] = some.value
        return found

    def faults(self, factors: Sequence[Factor], place: str) -> list[Fault]:
        """See `_Design.faults`."""
        found = _lacking(factors, "distribution", self.kind, place)
        names = [some.name for some in factors]
        pairs = [frozenset(some.between) for some in self.correlations]
        for some in self.correlations:
            for name in some.between:
                if name not in names:
                    found.append(Fault.unknown(place, "correlations", "factor", name, names))
            if len(set(some.between)) == 1 or pairs.count(frozenset(some.between)) > 1:
                shown = " and ".join(some.between)
                found.append(Fault.of(place, "correlations", "each pair of two factors once", shown, "repeated"))
        if not found and self.correlations and np.linalg.eigvalsh(self.matrix(factors)).min() <= 0:
            what = "correlations: expected such as can hold together, found some that contradict each other"
            found.append(Fault(place, what, code="inconsistent", column="correlations"))
        return found


class SobolIndices(_Design):
    """Rows from which Sobol's indices are estimated (Saltelli 2010): n base draws, each in factors + 2 rows."""

    kind: Literal["sobol-indices"]
    """Its kind."""
    draws: Annotated[Whole, Field(ge=2, le=MOST_ROWS)]
    """Base draws; a power of two keeps the sequence balanced."""

    def count(self, factors: Sequence[Factor]) -> int:
        """See `_Design.count`."""
        return self.draws * (len(factors) + 2)

    def row(self, number: int, factors: Sequence[Factor], seed: int) -> Values:
        """See `_Design.row`."""
        draw, which = divmod(number, len(factors) + 2)
        point = sobol(seed, 2 * len(factors), draw)
        shares, others = point[: len(factors)].tolist(), point[len(factors) :].tolist()
        if which == len(factors) + 1:
            shares = others
        elif which > 0:
            shares[which - 1] = others[which - 1]
        return drawn(factors, shares)

    def faults(self, factors: Sequence[Factor], place: str) -> list[Fault]:
        """See `_Design.faults`."""
        return _lacking(factors, "distribution", self.kind, place)


class Table(_Design):
    """Rows that are written down: a CSV file with a column for each factor; an empty cell leaves it as it is."""

    kind: Literal["table"]
    """Its kind."""
    file: str = ""
    """The file, by its path from the study's file."""
    rows: tuple[dict[str, Number], ...] = ()
    """What stands there, filled in when the study is read; or the rows themselves, instead of a file."""

    def count(self, factors: Sequence[Factor]) -> int:
        """See `_Design.count`."""
        return len(self.rows)

    def row(self, number: int, factors: Sequence[Factor], seed: int) -> Values:
        """See `_Design.row`."""
        return dict(self.rows[number])

    def faults(self, factors: Sequence[Factor], place: str) -> list[Fault]:
        """See `_Design.faults`."""
        names = [some.name for some in factors]
        unknown = dict.fromkeys(name for row in self.rows for name in row if name not in names)
        return [Fault.unknown(place, "rows", "factor", name, names) for name in unknown]


class LoseEach(_Design):
    """Each supplier, site or country is lost in turn, for some days from some day."""

    kind: Literal["lose-each"]
    """Its kind."""
    what: Literal["suppliers", "sites", "countries"]
    """What is lost: a company with all its sites, one site, or all of a country."""
    days: Annotated[tuple[Annotated[Whole, Field(ge=1, le=36500)], ...], Field(min_length=1)]
    """For how long."""
    from_: Annotated[tuple[Day, ...], Field(alias="from", min_length=1)]
    """From when; it is news on that day."""
    members: tuple[str, ...] = ()
    """Those that the case has; filled in when the study is read with its case."""

    def count(self, factors: Sequence[Factor]) -> int:
        """See `_Design.count`."""
        return len(self.members) * len(self.days) * len(self.from_)

    def row(self, number: int, factors: Sequence[Factor], seed: int) -> Values:
        """See `_Design.row`: nothing of factors; see `loss`."""
        return {}

    def loss(self, number: int) -> tuple[str, int, dt.date]:
        """Who is lost in a row, for how many days, and from when."""
        number, day = divmod(number, len(self.from_))
        member, length = divmod(number, len(self.days))
        return self.members[member], self.days[length], self.from_[day]

    def faults(self, factors: Sequence[Factor], place: str) -> list[Fault]:
        """See `_Design.faults`."""
        if factors:
            what = f"factors: expected none with design {self.kind}, found {factors[0].name}"
            return [Fault(place, what, code="inconsistent", column="factors")]
        return []


Design = Annotated[Grid | OneAtATime | Sample | SobolIndices | Table | LoseEach, Field(discriminator="kind")]
"""Any of them, told by its `kind`."""


def drawn(factors: Sequence[Factor], shares: Sequence[float]) -> Values:
    """Values of factors at shares of their chance.

    Parameters
    ----------
    factors : sequence of Factor
        With distributions.
    shares : sequence of float
        Each above 0, below 1.
    """
    return {
        some.name: rounded(some.distribution.quantile(at))
        for some, at in zip(factors, shares, strict=True)
        if some.distribution is not None
    }
