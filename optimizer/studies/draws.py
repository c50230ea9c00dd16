"""Random numbers by their place: draw i of a factor is the same in any block, order, process and machine."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from optimizer.studies.distributions import STANDARD

Floats = NDArray[np.float64]
BITS = 53
"""Bits of a number between 0 and 1."""
LEAST = 2.0**-BITS
"""How near to 0 and to 1 a number comes."""
PERMUTED = 0x9E37
"""Tells the stream that orders the strata of a Latin hypercube from the one that draws in them."""


def _key(seed: int, name: str) -> int:
    """A key of 64 bits for a seed and a name."""
    return int.from_bytes(hashlib.sha256(f"{seed} {name}".encode()).digest()[:8], "little")


def share(seed: int, name: str, number: int) -> float:
    """A number above 0 and below 1, of a stream's own counter (Philox 4x64, Salmon et al. 2011).

    Parameters
    ----------
    seed : int
        Of the study.
    name : str
        The stream: that of a factor.
    number : int
        Which of its numbers, from 0.
    """
    bits = np.random.Philox(key=_key(seed, name), counter=number).random_raw()
    return ((int(bits) >> (64 - BITS)) + 0.5) * LEAST


@cache
def _strata(seed: int, name: str, count: int) -> NDArray[np.int64]:
    """The strata of a Latin hypercube in the order in which they are drawn from, shape (count,)."""
    keys = np.random.Philox(key=_key(seed, name) ^ PERMUTED).random_raw(count)
    return np.argsort(keys, kind="stable")


def stratum(seed: int, name: str, number: int, count: int) -> float:
    """A number of a Latin hypercube (McKay, Beckman and Conover 1979): one in each of `count` equal parts.

    Parameters
    ----------
    seed : int
    name : str
    number : int
        Which, from 0.
    count : int
        How many there are in all.
    """
    return float((_strata(seed, name, count)[number] + share(seed, name, number)) / count)


@cache
def _sobol(seed: int, dimensions: int, upto: int) -> Floats:
    """The first points of a Sobol sequence with a random shift, shape (upto, dimensions)."""
    from scipy.stats import qmc  # type: ignore[import-untyped]

    points = qmc.Sobol(dimensions, scramble=False).random(upto)
    shift = np.array([share(seed, f"sobol {place}", 0) for place in range(dimensions)])
    return np.asarray((points + shift) % 1.0)


def sobol(seed: int, dimensions: int, number: int) -> Floats:
    """Point of a Sobol sequence, shifted at random (Cranley and Patterson 1976), shape (dimensions,).

    Parameters
    ----------
    seed : int
    dimensions : int
    number : int
        Which, from 0.
    """
    point = _sobol(seed, dimensions, 1 << max(6, number.bit_length()))[number]
    return np.asarray(np.clip(point, LEAST, 1 - LEAST))


def correlated(shares: Sequence[float], factor: Floats) -> list[float]:
    """Numbers between 0 and 1 made to go together by a Gaussian copula.

    Parameters
    ----------
    shares : sequence of float
        Independent ones.
    factor : array, shape (n, n)
        Of the correlation matrix, by Cholesky.

    Returns
    -------
    list of float
        Each is uniform still.
    """
    normal = factor @ np.array([STANDARD.inv_cdf(some) for some in shares])
    return [min(max(STANDARD.cdf(float(some)), LEAST), 1 - LEAST) for some in normal]
