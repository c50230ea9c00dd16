"""Where in the space of factors something happens: boxes by the patient rule induction method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
PEELED = 0.05
"""Part of the rows of a box that one step takes away."""
LEAST = 0.05
"""Part of all rows that a box holds at least."""


@dataclass(frozen=True)
class Box:
    """Ranges of some factors.

    Parameters
    ----------
    ranges : dict of str to (float, float)
        The factors that it narrows, and from where to where.
    coverage : float
        Part of all cases that lie in it.
    density : float
        Part of its rows that are cases.
    mass : float
        Part of all rows that lie in it.
    """

    ranges: dict[str, tuple[float, float]]
    coverage: float
    density: float
    mass: float


def box(names: Sequence[str], values: Floats, cases: NDArray[np.bool_]) -> Box:
    """The box in which cases are dense: peeled from outside, then pasted back where that takes nothing from it.

    Parameters
    ----------
    names : sequence of str
        Factors.
    values : array, shape (rows, factors)
    cases : array of bool, shape (rows,)
        Rows in which it happens; at least one.

    Notes
    -----
    Friedman, J. H. and Fisher, N. I. (1999). Bump hunting in high-dimensional data. Statistics and Computing 9. The
    box is the one of the peeling at which density times coverage is largest; coverage and density as Bryant, B. P. and
    Lempert, R. J. (2010), Technological Forecasting and Social Change 77.
    """
    lower, upper = values.min(axis=0), values.max(axis=0)
    inside: NDArray[np.bool_] = np.ones(len(values), bool)
    best = (float(cases.mean()), lower.copy(), upper.copy())
    while inside.sum() > max(LEAST * len(values), 1):
        step = _peel(values, cases, inside)
        if step is None:
            break
        place, is_upper, bound = step
        (upper if is_upper else lower)[place] = bound
        inside = np.asarray(((values >= lower) & (values <= upper)).all(axis=1))
        worth = float(cases[inside].mean()) * float(cases[inside].sum() / cases.sum())
        if worth > best[0]:
            best = worth, lower.copy(), upper.copy()
    _, lower, upper = best
    lower, upper = _pasted(values, cases, lower, upper)
    inside = np.asarray(((values >= lower) & (values <= upper)).all(axis=1))
    whole = values.min(axis=0), values.max(axis=0)
    ranges = {
        name: (float(lower[place]), float(upper[place]))
        for place, name in enumerate(names)
        if lower[place] > whole[0][place] or upper[place] < whole[1][place]
    }
    found = float(cases[inside].sum())
    return Box(ranges, found / float(cases.sum()), found / float(inside.sum()), float(inside.mean()))


def _peel(values: Floats, cases: NDArray[np.bool_], inside: NDArray[np.bool_]) -> tuple[int, bool, float] | None:
    """The side whose outermost rows to take away, so that what is left is densest; None where none can be."""
    here, hits = values[inside], cases[inside]
    found: tuple[float, tuple[int, bool, float]] | None = None
    for place in range(values.shape[1]):
        levels = np.unique(here[:, place])
        if len(levels) < 2:
            continue
        for is_upper in (False, True):
            edge = float(np.quantile(here[:, place], 1 - PEELED if is_upper else PEELED))
            kept = levels[levels <= edge] if is_upper else levels[levels >= edge]
            kept = kept[kept < levels[-1]] if is_upper and kept[-1] == levels[-1] else kept
            kept = kept[kept > levels[0]] if not is_upper and kept[0] == levels[0] else kept
            if not len(kept):
                continue
            bound = float(kept[-1] if is_upper else kept[0])
            rest = here[:, place] <= bound if is_upper else here[:, place] >= bound
            if not rest.any():
                continue
            density = float(hits[rest].mean())
            if found is None or density > found[0]:
                found = density, (place, is_upper, bound)
    return None if found is None else found[1]


def _pasted(values: Floats, cases: NDArray[np.bool_], lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """The box without the bounds that make it no denser."""
    whole = values.min(axis=0), values.max(axis=0)

    def density(low: Floats, high: Floats) -> float:
        inside = ((values >= low) & (values <= high)).all(axis=1)
        return float(cases[inside].mean())

    for place in range(values.shape[1]):
        for bounds, widest in ((lower, whole[0]), (upper, whole[1])):
            before, kept = density(lower, upper), bounds[place]
            bounds[place] = widest[place]
            if density(lower, upper) < before:
                bounds[place] = kept
    return lower, upper


def interval(found: int, of: int) -> tuple[float, float]:
    """A chance with 95 % confidence, of so many cases among so many draws (Wilson 1927).

    Parameters
    ----------
    found, of : int
    """
    z = 1.959963984540054
    share, spread = found / of, z * np.sqrt(found * (of - found) / of + z * z / 4) / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = spread / (1 + z * z / of)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))
