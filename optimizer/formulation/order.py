"""Which of several equally cheap plans is kept: the most days of stock, then the most even use. No name decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import numpy as np

from optimizer.formulation.rules import VARIABLES
from optimizer.network.network import Network
from optimizer.network.numbers import PARAMETERS
from optimizer.program.order import Order, Rates
from optimizer.program.program import Floats, Key, Program

UNITS = ("t", "t/year", "share")
"""Units of the variables that are measured against what is usual; the others follow from them."""


def order_of(network: Network, program: Program) -> Order:
    """What decides among the cheapest plans of a network.

    Parameters
    ----------
    network : Network
    program : Program
        Of it.
    """
    usual, years = _usual(network, program)
    return Order((_days_of_stock(network, program),), _rates(network, program), usual, years)


def _days_of_stock(network: Network, program: Program) -> Floats:
    """Days that a tonne in stock at the end of a period lasts, by what is demanded of it, shape (columns,).

    At a site it is measured by what is demanded of it there, elsewhere by all that is demanded of it; in a period in
    which nothing is, by the mean of all periods. What no demand asks for by name counts nothing.
    """
    use: dict[Key, Floats] = defaultdict(lambda: np.zeros(len(network.periods)))
    for (site, product, _), tonnes in zip(network.index["demands"], network.value("quantity"), strict=True):
        for key in ((site, product), (product,)):
            use[key] = use[key] + tonnes
    daily = {key: tonnes / network.calendar.lengths for key, tonnes in use.items()}
    mean = {key: float(tonnes.sum() / network.calendar.lengths.sum()) for key, tonnes in use.items()}
    days = np.zeros(len(program.column_names))
    for place, (site, material, _, period) in program.columns_at("stock"):
        for key in ((site, material), (material,)):
            if mean.get(key):
                days[place] = 1.0 / (daily[key][period] or mean[key])
                break
    return days


def _rates(network: Network, program: Program) -> Rates:
    """What is bought, taken and made in a period, by offer, contract and plant, and the most that can be."""
    most, lengths = _most(network), network.calendar.years
    members: dict[Key, list[int]] = defaultdict(list)
    for name, keyed in RATED.items():
        for place, key in program.columns_at(name):
            members[name, *keyed(network, key)].append(place)
    kept = [key for key in members if most.get(key, 0.0) > 0]
    return Rates(
        np.array([number for number, key in enumerate(kept) for _ in members[key]], np.int64),
        np.array([place for key in kept for place in members[key]], np.int64),
        np.array([most[key] for key in kept], float),
        np.array([lengths[key[-1]] for key in kept], float),
    )


def _plant_run(network: Network, key: Key) -> Key:
    """The plant and period of a lot."""
    site, recipe, _, period = key
    return site, network.structure.by.process_of[recipe], period


RATED: dict[str, Callable[[Network, Key], Key]] = {
    "buy": lambda _, key: key,
    "take": lambda _, key: key,
    "run": _plant_run,
}
"""Variables that have a capacity, and whose it is."""


def _most(network: Network) -> dict[Key, float]:
    """Tonnes that an offer, a contract and a plant, with all that projects can add to it, can give in a period."""
    by = network.structure.by
    most: dict[Key, float] = {("buy", *key): tonnes for key, tonnes in _numbers(network, "offered").items()}
    for (contract, period), years in _numbers(network, "contract_years").items():
        most["take", contract, period] = by.contracts[contract].max_volume * years
    most |= {("run", *key): tonnes for key, tonnes in _numbers(network, "capacity").items()}
    adds = _numbers(network, "under_way")
    for (project, _, period), tonnes in _numbers(network, "opens").items():
        adds[project, period] = max(adds.get((project, period), 0.0), tonnes)
    for (project, period), tonnes in adds.items():
        row = by.projects[project]
        if (key := ("run", row.site, row.process, period)) in most:
            most[key] += tonnes
    return most


def _numbers(network: Network, name: str) -> dict[Key, float]:
    """A parameter by its keys."""
    keys = PARAMETERS[name].keys(network.structure)
    return dict(zip(map(tuple, keys), network.value(name).ravel().tolist(), strict=True))


def _usual(network: Network, program: Program) -> tuple[Floats, Floats]:
    """What single flows are measured by, all that there can be of their goods, and how long they go on."""
    lengths = network.calendar.years
    whole = float(lengths.sum())
    supply = _supply(network)
    demanded = float(network.value("quantity").sum()) / whole or 1.0
    usual, years = np.full(len(program.column_names), np.inf), np.ones(len(program.column_names))
    for name, block in program.columns_of.items():
        variable = VARIABLES[name]
        if variable.unit not in UNITS or name == "square":
            continue
        goods = next((n for n, field in enumerate(variable.fields) if field in ("material", "product")), None)
        for place in range(block.start, block.stop):
            key = program.column_names[place][1]
            yearly = demanded if goods is None else supply.get(key[goods], demanded)
            long = lengths[key[-1]] if variable.timed else whole
            years[place] = long
            usual[place] = {"t": yearly * long, "t/year": yearly, "share": 1.0}[variable.unit]
    return usual, years


def _supply(network: Network) -> dict[str, float]:
    """Tonnes a year that offers and plants can give of each material, on average."""
    by, total = network.structure.by, defaultdict[str, float](float)
    made = defaultdict[str, dict[str, float]](dict)
    for row in network.case.tables.recipes:
        if row.tonnes > 0:
            made[row.process][row.material] = max(made[row.process].get(row.material, 0.0), row.tonnes)
    for (kind, *key), tonnes in _most(network).items():
        if kind == "run":
            for material, yields in made[key[1]].items():
                total[material] += yields * tonnes
        elif kind == "buy":
            total[by.offers[key[0]].material] += tonnes
    whole = float(network.calendar.years.sum())
    return {material: tonnes / whole for material, tonnes in total.items() if tonnes > 0}
