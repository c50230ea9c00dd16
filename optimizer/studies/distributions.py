"""Distributions of a factor: where a share of its chance lies."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from statistics import NormalDist
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from optimizer.case.kinds import Number
from optimizer.faults import WrongError

DIGITS = 12
"""Significant digits of a draw: the last ones of a logarithm are not the same on every machine."""
STANDARD = NormalDist()
SHARES_SUM = 1e-9
"""By how much chances of values may miss 1."""


class _Distribution(BaseModel, ABC):
    """What all distributions share."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    @abstractmethod
    def quantile(self, share: float) -> float:
        """The value below which that share of all draws lies.

        Parameters
        ----------
        share : float
            Above 0, below 1.
        """


class Uniform(_Distribution):
    """Every value between two is as likely."""

    kind: Literal["uniform"]
    """Its kind."""
    low: Number
    """The least value."""
    high: Number
    """The largest."""

    @model_validator(mode="after")
    def _in_order(self) -> Uniform:
        if self.low > self.high:
            raise WrongError.of("high", f"{self.low:g} or more (low)", self.high, "wrong-order")
        return self

    def quantile(self, share: float) -> float:
        """See `_Distribution.quantile`."""
        return self.low + share * (self.high - self.low)


class Triangular(_Distribution):
    """Likeliest at one value, impossible at the least and the largest."""

    kind: Literal["triangular"]
    """Its kind."""
    low: Number
    """The least value."""
    mode: Number
    """The likeliest."""
    high: Number
    """The largest."""

    @model_validator(mode="after")
    def _in_order(self) -> Triangular:
        if not self.low <= self.mode <= self.high:
            raise WrongError.of("mode", f"from {self.low:g} (low) to {self.high:g} (high)", self.mode, "wrong-order")
        return self

    def quantile(self, share: float) -> float:
        """See `_Distribution.quantile`."""
        width, left = self.high - self.low, self.mode - self.low
        if share * width <= left:
            return self.low + math.sqrt(share * width * left)
        return self.high - math.sqrt((1 - share) * width * (self.high - self.mode))


class Normal(_Distribution):
    """The normal distribution."""

    kind: Literal["normal"]
    """Its kind."""
    mean: Number
    """Its mean."""
    deviation: Annotated[Number, Field(ge=0)]
    """Its standard deviation."""

    def quantile(self, share: float) -> float:
        """See `_Distribution.quantile`."""
        return self.mean + self.deviation * STANDARD.inv_cdf(share)


class Lognormal(_Distribution):
    """Its logarithm is normal."""

    kind: Literal["lognormal"]
    """Its kind."""
    median: Annotated[Number, Field(gt=0)]
    """The value that half of all draws lie below."""
    spread: Annotated[Number, Field(ge=1)]
    """The factor between the median and the value that 84 % lie below: e to the deviation of the logarithm."""

    def quantile(self, share: float) -> float:
        """See `_Distribution.quantile`."""
        return self.median * math.exp(math.log(self.spread) * STANDARD.inv_cdf(share))


class Discrete(_Distribution):
    """Some values, each with its chance."""

    kind: Literal["discrete"]
    """Its kind."""
    values: Annotated[tuple[Number, ...], Field(min_length=1)]
    """What may come."""
    chances: tuple[Annotated[Number, Field(ge=0)], ...] | None = None
    """How likely each is; they sum to 1. Empty: all alike."""

    @model_validator(mode="after")
    def _one_chance_each(self) -> Discrete:
        if self.chances is None:
            return self
        if len(self.chances) != len(self.values):
            raise WrongError.of("chances", f"one for each of {len(self.values)} values", len(self.chances))
        if abs(sum(self.chances) - 1) > SHARES_SUM:
            raise WrongError.of("chances", "a sum of 1", sum(self.chances), "out-of-range")
        return self

    def quantile(self, share: float) -> float:
        """See `_Distribution.quantile`."""
        count = len(self.values)
        if self.chances is None:
            return self.values[min(int(share * count), count - 1)]
        place = int(np.searchsorted(np.cumsum(self.chances), share, side="left"))
        return self.values[min(place, count - 1)]


class Empirical(_Distribution):
    """Values that were seen, each as likely as every other, and evenly between two that follow one another."""

    kind: Literal["empirical"]
    """Its kind."""
    file: str = ""
    """A CSV file, by its path from the study's file."""
    column: str = ""
    """The column of it that holds them."""
    seen: tuple[Number, ...] = ()
    """What stands there, filled in when the study is read; or the values themselves, instead of a file."""

    def quantile(self, share: float) -> float:
        """See `_Distribution.quantile`."""
        return float(np.quantile(np.array(self.seen), share))


Distribution = Annotated[Uniform | Triangular | Normal | Lognormal | Discrete | Empirical, Field(discriminator="kind")]
"""Any of them, told by its `kind`."""


def rounded(value: float) -> float:
    """A draw to so many digits that it is the same on every machine."""
    return float(f"{value:.{DIGITS}g}")
