"""How far a plan moves from period to period: the rates at which each supplier ships each grade to each site."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from optimizer.network.network import Network
from optimizer.network.sets import Lane
from optimizer.network.structure import Structure
from optimizer.program.program import Floats, Ints, Key, Program


@dataclass(frozen=True)
class Movement:
    """Rates of series, period by period, the growth of demand taken out.

    Parameters
    ----------
    series : list of (supplier, site, grade)
    rate, column : arrays of int, shape (n,)
        Which column belongs to which rate: that of series s in period t is s * periods + t.
    value : array, shape (n,)
        What a unit of the column adds to the rate, a year.
    periods : int
    """

    series: list[Key]
    rate: Ints
    column: Ints
    value: Floats
    periods: int

    def rates(self, x: Floats) -> Floats:
        """The rates of a plan, t a year, shape (series, periods)."""
        count = len(self.series) * self.periods
        found = np.bincount(self.rate, weights=self.value * x[self.column], minlength=count)
        return np.asarray(found, float).reshape(len(self.series), self.periods)

    def moved(self, x: Floats) -> float:
        """The sum of what rates change from a period to the next, t a year."""
        return float(np.abs(np.diff(self.rates(x), axis=1)).sum())

    def steps(self) -> list[tuple[Ints, Floats]]:
        """Columns and values of each change of a rate: of a period's, less the one before."""
        places: dict[int, list[int]] = defaultdict(list)
        for entry, rate in enumerate(self.rate.tolist()):
            places[rate].append(entry)
        found = []
        for number in range(len(self.series)):
            for period in range(1, self.periods):
                now, before = (places[number * self.periods + some] for some in (period, period - 1))
                if now or before:
                    columns = self.column[np.array(now + before, np.int64)]
                    found.append((columns, np.concatenate([self.value[now], -self.value[before]])))
        return found


def movement_of(network: Network, program: Program) -> Movement:
    """The rates at which a network's suppliers ship to the buyer.

    Parameters
    ----------
    network : Network
    program : Program
        Of it.
    """
    structure, periods = network.structure, len(network.periods)
    years, growth = network.calendar.years, _growth(network)
    level = np.ones(periods)
    numbers: dict[Key, int] = {}
    entries: list[tuple[int, int, float]] = []
    wanted = {(structure.place[site, material], material) for site, _, _, material, _ in structure.index["serves"]}
    for place, key in program.columns_at("ship"):
        lane, period = Lane(*key[:-1]), key[-1]
        if (lane.destination, lane.material) not in wanted:
            continue
        series = numbers.setdefault((lane.origin, lane.destination, lane.material), len(numbers))
        factor = growth.get((lane.destination, lane.material), level)[period]
        entries.append((series * periods + period, place, float(1.0 / (years[period] * factor))))
    rate, column, value = zip(*entries, strict=True) if entries else ((), (), ())
    return Movement(
        list(numbers), np.array(rate, np.int64), np.array(column, np.int64), np.array(value, float), periods
    )


def _growth(network: Network) -> dict[Key, Floats]:
    """What is wanted of the goods that a material can serve at a place, against its mean, by place and material.

    A period in which nothing is wanted counts as the mean.
    """
    structure: Structure = network.structure
    years = network.calendar.years
    wanted: dict[Key, Floats] = dict(zip(network.index["demands"], network.value("quantity"), strict=True))
    served: dict[Key, set[Key]] = defaultdict(set)
    for site, product, end_use, material, _ in structure.index["serves"]:
        served[structure.place[site, material], material].add((site, product, end_use))
    found = {}
    for key, demands in served.items():
        tonnes = np.sum([wanted[some] for some in sorted(demands)], axis=0)
        if tonnes.sum() > 0:
            ratio = tonnes / years / (tonnes.sum() / years.sum())
            found[key] = np.where(ratio > 0, ratio, 1.0)
    return found
