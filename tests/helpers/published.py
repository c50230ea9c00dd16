"""Published problems of decisions in two stages, as arrays."""

from __future__ import annotations

import numpy as np

from optimizer.program.program import Arrays
from tests.helpers.arrays import programme

INF = np.inf


def farmer(yields: float) -> Arrays:
    """The farmer of Birge and Louveaux (2011), 1.1: wheat, corn and beets on 500 acres, at a share of the mean yields.

    Columns: acres of each; wheat and corn bought; wheat, corn, beets up to 6000 t and beets beyond sold.
    """
    cost = [150, 230, 260, 238, 210, -170, -150, -36, -10]
    rows = [
        ([1, 1, 1, 0, 0, 0, 0, 0, 0], -INF, 500),
        ([2.5 * yields, 0, 0, 1, 0, -1, 0, 0, 0], 200, INF),
        ([0, 3 * yields, 0, 0, 1, 0, -1, 0, 0], 240, INF),
        ([0, 0, 20 * yields, 0, 0, 0, 0, -1, -1], 0, INF),
    ]
    return programme(cost, rows, upper=[INF] * 7 + [6000, INF])


YIELDS = (0.8, 1.0, 1.2)
ACRES = np.arange(9) < 3


def lands(demand: float) -> Arrays:
    """LandS, after Louveaux and Smeers (1988): capacities of four plants, their output in three modes of demand.

    Columns: the four capacities, then the output of each plant in each mode.
    """
    investment = [10, 7, 16, 6]
    operation = [[40, 24, 4], [45, 27, 4.5], [32, 19.2, 3.2], [55, 33, 5.5]]
    cost = [*investment, *(usd for plant in operation for usd in plant)]
    rows = [([1] * 4 + [0] * 12, 12, INF), ([*investment] + [0] * 12, -INF, 120)]
    for plant in range(4):
        entries = [0.0] * 16
        entries[plant] = -1
        entries[4 + 3 * plant : 7 + 3 * plant] = [1, 1, 1]
        rows.append((entries, -INF, 0))
    for mode, wanted in enumerate((demand, 3, 2)):
        rows.append(([0] * 4 + [1 if n % 3 == mode else 0 for n in range(12)], wanted, INF))
    return programme(cost, rows)


CAPACITIES = np.arange(16) < 4
DEMANDS = {3.0: 0.3, 5.0: 0.4, 7.0: 0.3}
"""Demand of LandS in its first mode, and how likely each is."""
