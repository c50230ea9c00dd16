"""How many seeds run when: all by `make test-all`, a fifth but at most a dozen by `make test`, a few by `pytest` alone."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import pytest

FIFTH = 5
DOZEN = 12


def a_fifth(cases: Iterable[Any], *, quick: int | None = None) -> list[Any]:
    """Cases for `parametrize`.

    Parameters
    ----------
    cases : iterable
        Values, or tuples of values where a test has several parameters; the first fifth of them,
        but at most a dozen, runs by default.
    quick : int, optional
        How many of those `pytest` alone runs; by default all of them.
    """
    found = [case if isinstance(case, tuple) else (case,) for case in cases]
    default = min(DOZEN, math.ceil(len(found) / FIFTH))
    some = default if quick is None else min(quick, default)
    marks = [[]] * some + [[pytest.mark.slow]] * (default - some) + [[pytest.mark.exhaustive]] * (len(found) - default)
    return [pytest.param(*case, marks=mark) for case, mark in zip(found, marks, strict=True)]


def seeds(count: int, *, quick: int | None = None, first: int = 0) -> list[Any]:
    """So many seeds for `parametrize`, from the first on; see `a_fifth`."""
    return a_fifth(range(first, first + count), quick=quick)
