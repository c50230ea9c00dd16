"""The scenarios of the sweep: the bundled ones, then seeded random ones of one to three events each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from optimizer.case.calendar import add_months
from optimizer.case.case import Case
from optimizer.errors import ScenarioError
from optimizer.network.network import Network
from optimizer.world.apply import apply_scenario
from optimizer.world.events import Event, Recovery
from optimizer.world.scenario import Scenario, find_scenarios, load_scenario
from optimizer.world.select import Selector

Random = np.random.Generator
Draw = tuple[str, dict[str, Any], str, dict[str, float]]
"""Table, rows, operation, and its columns and numbers."""
FEWER = (0.0, 0.25, 0.5, 0.75)
"""What capacity is scaled by."""
TRIES = 100
"""Most draws before giving up on a scenario that fits."""


def _one(random: Random, values: Any) -> Any:
    """One of some values; equal ones count once, so that order in a table does not weigh."""
    ordered = sorted(set(values))
    return ordered[int(random.integers(len(ordered)))]


def _plant_capacity(random: Random, case: Case) -> Draw:
    """A country, a site or a process loses capacity."""
    plants = case.tables.plants
    countries = {row.site: row.country for row in case.tables.sites}
    by = _one(random, ["country", "process", "site"])
    words = {
        "country": [countries[row.site] for row in plants],
        "process": [row.process for row in plants],
        "site": [row.site for row in plants],
    }
    return "plants", {by: _one(random, words[by])}, "scale", {"capacity": _one(random, FEWER)}


def _plant_cost(random: Random, case: Case) -> Draw:
    """A process grows dearer or cheaper."""
    process = _one(random, (row.process for row in case.tables.plants))
    return "plants", {"process": process}, "scale", {"cost": round(float(random.uniform(0.7, 2.0)), 2)}


def _offer_price(random: Random, case: Case) -> Draw:
    """A material changes its price, everywhere or outside China only."""
    where: dict[str, Any] = {"material": _one(random, (row.material for row in case.tables.offers))}
    countries = {row.site: row.country for row in case.tables.sites}
    sellers = {countries[row.site] for row in case.tables.offers if row.material == where["material"]}
    if "CN" in sellers and len(sellers) > 1 and random.random() < 0.5:
        where["not_country"] = "CN"
    return "offers", where, "scale", {"price": round(float(np.exp(random.uniform(np.log(0.5), np.log(4.0)))), 2)}


def _offer_capacity(random: Random, case: Case) -> Draw:
    """A seller has less to sell."""
    return (
        "offers",
        {"site": _one(random, (row.site for row in case.tables.offers))},
        "scale",
        {"capacity": _one(random, FEWER)},
    )


def _approval(random: Random, case: Case) -> Draw:
    """A control tightens."""
    control = _one(random, (row.control for row in case.tables.controls if row.approval > 0))
    changes = {"in_force": 1.0, "approval": _one(random, (0.0, 0.1, 0.25, 0.5, 0.7))}
    if random.random() < 0.5:
        changes["processing_days"] = _one(random, (30.0, 63.0))
    return "controls", {"control": control}, "set", changes


def _demand(random: Random, case: Case) -> Draw:
    """A plant, or a product, is wanted more or less."""
    rows = case.tables.demand
    by = _one(random, ["site", "product"])
    where = {by: _one(random, (getattr(row, by) for row in rows))}
    return "demand", where, "scale", {"tonnes": round(float(random.uniform(0.8, 1.25)), 2)}


def _duty(random: Random, case: Case) -> Draw:
    """A duty is lifted or raised."""
    return (
        "duties",
        {"duty": _one(random, (row.duty for row in case.tables.duties))},
        "scale",
        {"rate": _one(random, (0.0, 0.5, 2.0, 3.0))},
    )


def _route(random: Random, case: Case) -> Draw:
    """Everything from a country takes longer and costs more."""
    country = _one(random, (row.from_country for row in case.tables.routes))
    added = {"transit": _one(random, (7.0, 14.0, 28.0)), "freight": _one(random, (150.0, 400.0, 800.0))}
    return "routes", {"from_country": country}, "add", added


def _availability(random: Random, case: Case) -> Draw:
    """Others take more of a country's magnets."""
    rows = case.tables.availability
    return (
        "availability",
        {"country": _one(random, (row.country for row in rows))},
        "scale",
        {"share": _one(random, (0.5, 0.8, 0.9))},
    )


KINDS: dict[str, Callable[[Random, Case], Draw]] = {
    "plants": _plant_capacity,
    "plant costs": _plant_cost,
    "offers": _offer_capacity,
    "offer prices": _offer_price,
    "controls": _approval,
    "demand": _demand,
    "duties": _duty,
    "routes": _route,
    "availability": _availability,
}
"""What can happen."""
NEEDS = {"plant costs": "plants", "offer prices": "offers"}
"""Table a kind draws from, where it is not called after it."""


def _event(random: Random, case: Case, announced: dt.date) -> Event:
    """One event after a day."""
    kinds = [kind for kind in KINDS if case.tables.rows(NEEDS.get(kind, kind))]
    table, where, operation, changes = KINDS[kinds[int(random.integers(len(kinds)))]](random, case)
    first = add_months(announced, int(random.integers(0, 7)))
    until = add_months(first, int(random.integers(3, 25))) if random.random() < 0.8 else None
    months = int(random.choice((0, 3, 6, 12))) if until is not None else 0
    recovery = Recovery(months=months) if months else None
    fields: dict[str, Any] = {"from": first, operation: changes}
    return Event(what="drawn at random", table=table, where=where, until=until, recovery=recovery, **fields)


def random_scenarios(network: Network, count: int, seed: int = 0) -> list[Scenario]:
    """Draw scenarios that fit a case.

    Parameters
    ----------
    network : Network
        The base.
    count : int
    seed : int
        The same seed gives the same scenarios, and a longer list begins with the shorter one.

    Returns
    -------
    list of Scenario
    """
    case = network.case
    latest = int((case.calendar.end - case.calendar.start).days / 30 * 0.6)
    found: list[Scenario] = []
    for number in range(count):
        random = np.random.default_rng([seed, number])
        for _ in range(TRIES):
            announced = add_months(case.file.start, int(random.integers(2, max(3, latest))))
            events = tuple(_event(random, case, announced) for _ in range(int(random.integers(1, 4))))
            scenario = Scenario(
                name=f"random-{seed}-{number}",
                title="Drawn at random",
                probability=0.0,
                announced=announced,
                source="drawn at random",
                events=events,
            )
            if fitting(network, [scenario]):
                found.append(scenario)
                break
        else:
            raise AssertionError(f"no scenario fits the case after {TRIES} draws")
    return found


def fitting(network: Network, scenarios: Iterable[Scenario]) -> list[Scenario]:
    """Those of some scenarios that a case can be planned in."""
    selector, found = Selector(network.case), []
    for scenario in scenarios:
        try:
            apply_scenario(scenario, network.timelines, selector)
        except ScenarioError:
            continue
        found.append(scenario)
    return found


def sweep_scenarios(network: Network, count: int, seed: int = 0) -> list[Scenario]:
    """Give the bundled scenarios that fit, then random ones, so many in all."""
    bundled = fitting(network, map(load_scenario, find_scenarios()))
    return [*bundled, *random_scenarios(network, max(0, count - len(bundled)), seed)][:count]
