"""Whether a bundled scenario fits a case that was not written for it, and what of it does.

An event on a table that the case has not, or on goods that it does not trade, is passed over. Every other one must
select something, and at least one must. Of a list of words those count that the case knows. A scenario of one's own is
held to every word instead: there, what selects nothing is a slip.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from optimizer.case.tables import TABLES
from optimizer.errors import ScenarioError
from optimizer.faults import Fault
from optimizer.world.apply import apply_scenario, check_scenario
from optimizer.world.events import Event
from optimizer.world.scenario import Scenario
from optimizer.world.select import NOT, Selector
from optimizer.world.timeline import Timelines

EVENT = re.compile(r"event \d+")
"""What names an event in the place of a fault."""
NAMED = 4
"""Tables and goods that a case has not, named before the rest is passed over."""


@dataclass(frozen=True)
class Fit:
    """A scenario as far as it fits a case.

    Parameters
    ----------
    scenario : Scenario
        With the events that fit, narrowed to what the case knows.
    timelines : Timelines
        The world in which it happens.
    events : int
        How many events it has in all.
    without : tuple of str
        Tables and goods that the case has not, for which events were passed over.
    """

    scenario: Scenario
    timelines: Timelines
    events: int
    without: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """How much of it fits, in words."""
        if len(self.scenario.events) == self.events:
            return f"{self.scenario.name}: all {self.events} events"
        kept = len(self.scenario.events)
        return f"{self.scenario.name}: {kept} of {self.events} events; the case has {_lacks(self.without)}"


def _lacks(without: tuple[str, ...]) -> str:
    """What a case has not, tables before goods, the first few."""
    names = sorted(without, key=lambda name: name not in TABLES)
    if len(names) > NAMED:
        names = [*names[:NAMED], "more"]
    return "no " + " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


@dataclass(frozen=True)
class Misfit:
    """A bundled scenario that does not fit a case.

    Parameters
    ----------
    scenario : str
    why : str
        In one line.
    """

    scenario: str
    why: str

    @property
    def text(self) -> str:
        """Both in one line."""
        return f"{self.scenario}: {self.why}"


class Fitter:
    """Fits scenarios to a case.

    Parameters
    ----------
    timelines : Timelines
        The case without them.
    selector : Selector
    """

    def __init__(self, timelines: Timelines, selector: Selector) -> None:
        self.timelines = timelines
        self.case = timelines.case
        self.selector = selector

    @cached_property
    def _makes(self) -> dict[str, set[str]]:
        """Materials of each process that the case has recipes for."""
        found: dict[str, set[str]] = {}
        for row in self.case.tables.recipes:
            found.setdefault(row.process, set()).add(row.material)
        return found

    @cached_property
    def _traded(self) -> set[str]:
        """Materials that somebody in the case sells, makes, uses, holds or wants."""
        tables = self.case.tables
        found = {
            row.material for table in ("offers", "stocks", "arrivals", "substitutions") for row in tables.rows(table)
        }
        found |= {row.product for row in tables.demand}
        return found.union(*(self._makes.get(row.process, set()) for row in tables.plants))

    def fit(self, scenario: Scenario) -> Fit:
        """A scenario as far as it fits.

        Raises
        ------
        ScenarioError
            If it does not; of one's own scenario, if it does not in all.
        """
        if not scenario.bundled:
            return Fit(scenario, apply_scenario(scenario, self.timelines, self.selector), len(scenario.events))
        kept: dict[int, Event] = {}
        without: list[str] = []
        for number, event in enumerate(scenario.events, 1):
            if (lacking := self._lacking(event)) is not None:
                without.append(lacking)
            else:
                kept[number] = self._narrowed(event)
        missing = tuple(dict.fromkeys(without))
        if not kept:
            what = f"no event touches the case, which has {_lacks(missing)}"
            raise ScenarioError([Fault(f"scenarios/{scenario.name}.yaml", what, code="selects-nothing")])
        found = scenario if kept == dict(enumerate(scenario.events, 1)) else scenario.only(kept)
        check_scenario(found, self.case, self.selector)
        return Fit(found, apply_scenario(found, self.timelines, self.selector), len(scenario.events), missing)

    def fit_or_not(self, scenario: Scenario) -> Fit | Misfit:
        """A scenario as far as it fits, or why it does not, in one line."""
        try:
            return self.fit(scenario)
        except ScenarioError as error:
            fault = error.faults[0]
            number = EVENT.search(fault.where)
            event = f"{number[0]}: " if number else ""
            what = fault.what.removeprefix("where: ")
            for known in (". Known: ", ". None is known"):
                what = what.partition(known)[0]
            more = f" (and {len(error.faults) - 1} more)" if len(error.faults) > 1 else ""
            return Misfit(scenario.name, event + what + more)

    def _lacking(self, event: Event) -> str | None:
        """What an event is about and the case has not; None where it has."""
        if event.add_row:
            return None
        if not self.case.tables.rows(event.table):
            return event.table
        for column, value in event.where.items():
            words = [str(word) for word in (value if isinstance(value, list) else [value])]
            known = self._known(event.table, column)
            if column in ("material", "product") and known.isdisjoint(words) and self._traded.isdisjoint(words):
                return words[0]
            if column == "process" and known.isdisjoint(words):
                goods = set().union(*(self._makes.get(word, set()) for word in words))
                if self._traded.isdisjoint(goods):
                    return words[0]
        return None

    def _known(self, table: str, column: str) -> set[str]:
        """Words by which rows of a table can be found in a column."""
        return set().union(*(row.get(column, frozenset()) for row in self.selector.attributes(table)))

    def _narrowed(self, event: Event) -> Event:
        """An event with the words of each list that the case knows; as it is where it knows none of them."""
        where: dict[str, Any] = {}
        for column, value in event.where.items():
            if not isinstance(value, list):
                excluded = column.startswith(NOT) and str(value) not in self._known(
                    event.table, column.removeprefix(NOT)
                )
                where |= {} if excluded else {column: value}
                continue
            known = self._known(event.table, column.removeprefix(NOT))
            some = [word for word in value if str(word) in known]
            if some or not column.startswith(NOT):
                where[column] = some or value
        return event if where == event.where else event.model_copy(update={"where": where})
