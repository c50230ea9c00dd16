"""How much runs when: a few of each by `make test`, more by `make test-slow` (a dozen of hundreds), all by `make test-all`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import pytest

FIFTH = 5
DOZEN = 12
QUICK = 1


def a_fifth(cases: Iterable[Any], *, quick: int = QUICK) -> list[Any]:
    """Cases for `parametrize`.

    Parameters
    ----------
    cases : iterable
        Values, or tuples of values where a test has several parameters; the first fifth of them,
        but at most a dozen, runs in one of the two.
    quick : int, optional
        How many of those `make test` runs, which is to end in minutes; `make test-slow` runs the others.
    """
    found = [case if isinstance(case, tuple) else (case,) for case in cases]
    default = min(DOZEN, math.ceil(len(found) / FIFTH))
    some = min(quick, default)
    marks = [[]] * some + [[pytest.mark.slow]] * (default - some) + [[pytest.mark.exhaustive]] * (len(found) - default)
    return [pytest.param(*case, marks=mark) for case, mark in zip(found, marks, strict=True)]


def a_few(cases: Iterable[Any], *, quick: int = 2) -> list[Any]:
    """Cases for `parametrize`, of which `make test` runs so many and `make test-slow` the others."""
    found = [case if isinstance(case, tuple) else (case,) for case in cases]
    return [pytest.param(*case, marks=[pytest.mark.slow] * (number >= quick)) for number, case in enumerate(found)]


def seeds(count: int, *, quick: int = QUICK, first: int = 0) -> list[Any]:
    """So many seeds for `parametrize`, from the first on; see `a_fifth`."""
    return a_fifth(range(first, first + count), quick=quick)
