"""What moves a figure: each factor's elasticity and swing, and its part of the variance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RESAMPLED = 1000
"""Times that rows are drawn again for the confidence of an index."""
CONFIDENCE = 0.95
"""Of the intervals of indices."""


@dataclass(frozen=True)
class Pull:
    """How a factor moves a figure.

    Parameters
    ----------
    factor : str
    elasticity : float
        Percent by which the figure moves when the factor moves by one, at the means of both.
    swing : float
        By how much the figure moves from the factor's 10th to its 90th percentile, in its unit.
    """

    factor: str
    elasticity: float
    swing: float


def pulls(names: Sequence[str], values: Floats, figure: Floats) -> tuple[list[Pull], float]:
    """The pulls of all factors by least squares, the largest swing first, and the part of the variance they explain.

    Parameters
    ----------
    names : sequence of str
        Factors.
    values : array, shape (rows, factors)
    figure : array, shape (rows,)

    Returns
    -------
    tuple of list of Pull and float
        The second is the coefficient of determination; where it is low, the figure is no plane in the factors.
    """
    means = values.mean(axis=0)
    centred, moved = values - means, figure - figure.mean()
    slopes, *_ = np.linalg.lstsq(centred, moved, rcond=None)
    total = float((moved**2).sum())
    explained = 1 - float(((moved - centred @ slopes) ** 2).sum()) / total if total > 0 else 1.0
    spread = np.quantile(values, 0.9, axis=0) - np.quantile(values, 0.1, axis=0)
    middle = float(figure.mean())
    found = [
        Pull(name, float(slope * mean / middle) if middle else float("nan"), float(slope * width))
        for name, slope, mean, width in zip(names, slopes, means, spread, strict=True)
    ]
    return sorted(found, key=lambda some: -abs(some.swing)), explained


@dataclass(frozen=True)
class Index:
    """A factor's part of the variance of a figure.

    Parameters
    ----------
    factor : str
    first, first_low, first_high : float
        What it explains alone (Sobol's first-order index), and the ends of its interval.
    total, total_low, total_high : float
        What would be left if all others were known (total-order index), and the ends of its interval.
    """

    factor: str
    first: float
    first_low: float
    first_high: float
    total: float
    total_low: float
    total_high: float


def indices(names: Sequence[str], figure: Floats, seed: int = 0) -> list[Index]:
    """Sobol's indices of a figure, with intervals by resampling, the largest total first.

    Parameters
    ----------
    names : sequence of str
        Factors.
    figure : array, shape (draws * (factors + 2),)
        In the order of the rows of the design `sobol-indices`.
    seed : int, optional
        Of the resampling.

    Notes
    -----
    Saltelli, A. et al. (2010). Variance based sensitivity analysis of model output. Computer Physics Communications
    181(2); estimated by `scipy.stats.sobol_indices`.
    """
    from scipy.stats import sobol_indices  # type: ignore[import-untyped]

    parts = figure.reshape(-1, len(names) + 2)
    runs = {"f_A": parts[:, 0][None], "f_B": parts[:, -1][None], "f_AB": parts[:, 1:-1].T[:, None]}
    found = sobol_indices(func=runs, n=len(parts), rng=np.random.default_rng(seed))
    around = found.bootstrap(confidence_level=CONFIDENCE, n_resamples=RESAMPLED)
    first, total = np.ravel(found.first_order), np.ravel(found.total_order)
    low, high = (
        np.ravel(around.first_order.confidence_interval.low),
        np.ravel(around.first_order.confidence_interval.high),
    )
    least, most = (
        np.ravel(around.total_order.confidence_interval.low),
        np.ravel(around.total_order.confidence_interval.high),
    )
    listed = [
        Index(name, *map(float, numbers))
        for name, *numbers in zip(names, first, low, high, total, least, most, strict=True)
    ]
    return sorted(listed, key=lambda some: -some.total)
