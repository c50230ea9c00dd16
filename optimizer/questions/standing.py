"""What a plan has on a day: stock and where it was made, goods under way, orders, what is signed and begun."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from optimizer.network.sets import Lane
from optimizer.plans.origins import Node, Origins
from optimizer.plans.outcome import TOLERANCE, Outcome
from optimizer.plans.schema import lines
from optimizer.plans.tables.contracts import Contracts, contracts
from optimizer.plans.tables.projects import Projects, projects
from optimizer.plans.tables.stock import Stock
from optimizer.plans.tables.supply import Purchases, purchases
from optimizer.plans.tables.transport import Shipments

WEEK = 7
Key = tuple[str, str, str]
"""What, of whom, and which material."""


@dataclass(frozen=True)
class State:
    """What is there on a day.

    Parameters
    ----------
    amounts : dict of Key to float
        Tonnes, or tonnes a year; of a project, the part of it that is begun.
    arriving : dict of Key to list of (str, date, float)
        Of goods under way the country they were made in, the day they arrive, and tonnes.
    opens : dict of str to date
        Day on which projects open that are begun.
    made : dict of Key to str
        Country in which most of a stock was made.
    """

    amounts: dict[Key, float] = field(default_factory=dict)
    arriving: dict[Key, list[tuple[str, dt.date, float]]] = field(default_factory=dict)
    opens: dict[str, dt.date] = field(default_factory=dict)
    made: dict[Key, str] = field(default_factory=dict)


class _Made:
    """In which countries the goods of a plan were made that are at a place in a period.

    Parameters
    ----------
    outcome : Outcome
    """

    def __init__(self, outcome: Outcome) -> None:
        found, country = Origins(outcome), outcome.frame.structure.country
        self.into: dict[Node, list[tuple[Node, float]]] = defaultdict(list)
        self.made: dict[Node, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        self.known: dict[Node, dict[str, float]] = {}
        for into, out_of, tonnes in found.moved:
            self.into[into].append((out_of, tonnes))
        for source in found.sources:
            self.made[source.node][source.who.country] += source.tonnes
        for node, lot, tonnes in found.made:
            self.made[node][country[lot[0]]] += tonnes

    def shares(self, node: Node) -> dict[str, float]:
        """Shares of the countries in what comes to a node; what goes round in a period is left out."""
        if node not in self.known:
            self.known[node] = {}
            found = defaultdict[str, float](float, self.made.get(node, {}))
            for out_of, tonnes in self.into.get(node, ()):
                for country, part in self.shares(out_of).items():
                    found[country] += part * tonnes
            whole = sum(found.values())
            self.known[node] = {country: tonnes / whole for country, tonnes in found.items()} if whole > 0 else {}
        return self.known[node]


def as_planned(outcome: Outcome, period: int) -> State:
    """What a plan has when a period begins.

    Parameters
    ----------
    outcome : Outcome
    period : int
    """
    state, case, bounds = State(), outcome.network.case, outcome.frame.calendar.bounds
    made = _Made(outcome)
    _held(outcome, period, made, state)
    for key, goods in _under_way(outcome, period, made):
        state.arriving.setdefault(key, []).append(goods)
    for row in case.tables.offers:
        if row.lead:
            state.amounts["ordered", row.offer, ""] = _leaving(outcome, row.offer, bounds[period], row.lead)
    for line in lines(contracts(outcome)):
        contract = outcome.frame.structure.by.contracts[line[Contracts.contract]]
        if contract.from_ < bounds[period]:
            state.amounts["signed", contract.contract, ""] = line[Contracts.reserved_t_per_year]
    _begun(outcome, period, state)
    return state


def _held(outcome: Outcome, period: int, made: _Made, state: State) -> None:
    """Stock when a period begins, and the country in which most of it was made."""
    s, it = outcome.frame.structure, Stock
    state.amounts.update({("stock", row.site, row.material): 0.0 for row in s.case.tables.stocks})
    countries: dict[Key, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for line in lines(outcome.variable("stock")):
        if line[it.period] == period - 1:
            site, material, tonnes = line[it.site], line[it.material], line[it.tonnes]
            key = "stock", site, material
            state.amounts[key] += tonnes
            node = s.place[site, material], material, line[it.exposure], period - 1
            for country, part in made.shares(node).items():
                countries[key][country] += part * tonnes
    for key, parts in countries.items():
        state.made[key] = max(sorted(parts), key=lambda country: parts[country], default="")


def _begun(outcome: Outcome, period: int, state: State) -> None:
    """Projects that the plan begins before a period, and those that are under way."""
    world, by = outcome.network, outcome.frame.structure.by
    lead = world.timelines.mean("projects", "lead")
    for line in lines(projects(outcome)):
        name, at = line[Projects.project], int(line[Projects.period])
        if at < period and by.projects[name].done_from is None:
            begun = dt.date.fromisoformat(line[Projects.begun])
            first = world.calendar.day(begun)
            opens = world.calendar.later(first, round(float(lead[by.project_numbers[name], at]), 9))
            key = "begun", name, ""
            state.amounts[key] = state.amounts.get(key, 0.0) + line[Projects.share]
            state.opens[name] = max(state.opens.get(name, begun), begun + dt.timedelta(days=round(opens) - first))


def _under_way(outcome: Outcome, period: int, made: _Made) -> Iterator[tuple[Key, tuple[str, dt.date, float]]]:
    """Goods under way when a period begins; what arrives evenly over days comes as each week of them begins."""
    s, calendar = outcome.frame.structure, outcome.frame.calendar
    share = dict(zip(s.members("transits"), outcome.network.value("arriving").ravel(), strict=True))
    last = len(calendar.periods)
    sums: dict[tuple[Key, str, dt.date], float] = defaultdict(float)
    it, table = Shipments, outcome.variable("ship")
    names = [str(name) for name in table.columns[: len(Lane._fields)]]
    for line in table[table[it.period] < period].to_dict("records"):
        lane, leaves = Lane(*(line[name] for name in names)), int(line[str(it.period)])
        parts = {to: share.get((*s.way(lane), leaves, to), 0.0) for to in range(leaves, last)}
        there = [to for to, part in parts.items() if part > 0]
        late = [to for to in there if to >= period]
        countries = made.shares((lane.origin, lane.material, lane.exposure, leaves)) if late else {}
        for to in late:
            begins, ends = (calendar.bounds[some] for some in (to, to + 1))
            length = max(1, round(parts[to] * float(calendar.lengths[leaves])))
            comes = begins if to == there[-1] and to > there[0] else max(begins, ends - dt.timedelta(days=length))
            tonnes = line[str(it.tonnes)] * parts[to]
            for day, part in _weekly(comes, length):
                key = "arriving", lane.destination, lane.material
                for country, whole in countries.items():
                    sums[key, country, day] += tonnes * part * whole
    for (key, origin, day), tonnes in sorted(sums.items()):
        if tonnes > TOLERANCE:
            yield key, (origin, day, tonnes)
    for row in outcome.network.case.tables.arrivals:
        if row.on >= calendar.bounds[period]:
            yield ("arriving", row.site, row.material), (row.origin, row.on, row.tonnes)


def _weekly(first: dt.date, length: int) -> Iterator[tuple[dt.date, float]]:
    """First days of the weeks of so many days, and what part of the days each has."""
    for day in range(0, length, WEEK):
        yield first + dt.timedelta(days=day), min(WEEK, length - day) / length


def _leaving(outcome: Outcome, offer: str, day: dt.date, lead: float) -> float:
    """Tonnes of an offer that leave within its lead after a day."""
    bounds, found = outcome.frame.calendar.bounds, 0.0
    for line in lines(purchases(outcome)):
        if line[Purchases.offer] == offer:
            begins, ends = bounds[line[Purchases.period]], bounds[line[Purchases.period] + 1]
            days = (min(ends, day + dt.timedelta(days=int(lead))) - max(begins, day)).days
            found += line[Purchases.tonnes] * max(0, days) / (ends - begins).days
    return found
