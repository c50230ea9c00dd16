"""Rows that events add to a case: read and checked like rows of their table, and there in their scenario only.

What there is to decide is laid out once, with the rows that all scenarios add; each is in force in the scenario that
adds it and in no other, so that only numbers differ between worlds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from optimizer.case.case import Case
from optimizer.case.check import check_references
from optimizer.case.rows import Row
from optimizer.errors import ScenarioError
from optimizer.faults import Fault, Place
from optimizer.world.events import ADDED
from optimizer.world.new_row import added_rows, inside
from optimizer.world.select import Selector

if TYPE_CHECKING:
    from optimizer.world.scenario import Scenario


@dataclass(frozen=True)
class Addition:
    """Rows that an event adds: one, and where the table has no last day another that ends it.

    Parameters
    ----------
    event : int
        Number of the event, from 1.
    table : str
    rows : tuple of Row
    place : str
        Where the event stands.
    """

    event: int
    table: str
    rows: tuple[Row, ...]
    place: str

    @property
    def thing(self) -> tuple[str, ...]:
        """What it is a row of: its key without its first day."""
        return self.rows[0].thing


def additions(scenario: Scenario) -> Iterator[Addition]:
    """What the events of a scenario add, each with its place.

    Raises
    ------
    ScenarioError
        With what is wrong with a row by itself.
    """
    for number, event in enumerate(scenario.events, 1):
        if event.add_row and event.table in ADDED:
            rows, faults = added_rows(event, scenario.place(number))
            if faults:
                raise ScenarioError(faults)
            yield Addition(number, event.table, rows, scenario.place(number))


def widened(case: Case, scenarios: Iterable[Scenario]) -> Case:
    """A case with the rows that scenarios add and the routes that they close, all marked; else the case itself.

    Parameters
    ----------
    case : Case
        May have such rows already.
    scenarios : iterable of Scenario

    Raises
    ------
    ScenarioError
        With every fault of these rows, and of rows that are one thing with another.
    """
    more: dict[str, list[Row]] = defaultdict(list)
    places: dict[str, list[Place]] = defaultdict(list)
    faults: list[Fault] = []
    closable = case.closable
    for scenario in scenarios:
        closable |= _closed(case, scenario)
        for some in additions(scenario):
            known = {**_things(case, some.table), **_things_of(more[some.table], places[some.table])}
            there = known.get(some.thing)
            if there is None:
                more[some.table] += some.rows
                places[some.table] += [inside(some.place)] * len(some.rows)
            elif tuple(row for row, _ in there) != some.rows:
                faults.append(_taken(some, there[0][1]))
    if faults:
        raise ScenarioError(faults)
    if not any(more.values()):
        return case if closable == case.closable else replace(case, closable=closable)
    counts = {table: len(case.tables.rows(table)) for table in more}
    tables = case.tables.replaced(**{table: (*case.tables.rows(table), *rows) for table, rows in more.items()})
    where = {**case.places, **{table: (*case.where(table), *places[table]) for table in more}}
    if faults := check_references(Case(case.file, tables, where), case.name):
        raise ScenarioError(faults)
    added = {
        **case.added,
        **{
            table: case.added.get(table, frozenset()) | frozenset(range(counts[table], counts[table] + len(rows)))
            for table, rows in more.items()
        },
    }
    return Case(case.file, tables, where, case.said, added, closable)


def _closed(case: Case, scenario: Scenario) -> frozenset[int]:
    """Routes without a capacity of which events of a scenario say one; what does not fit is found later."""
    found: set[int] = set()
    for event in scenario.events:
        if event.table == "routes" and "capacity" in event.changes and case.tables.routes:
            rows, faults = Selector(case).rows("routes", event.where)
            found |= {row for row in rows if not faults and case.tables.routes[row].capacity is None}
    return frozenset(found)


Things = dict[tuple[str, ...], list[tuple[Row, str]]]
"""By what they are rows of: rows, and where they stand."""


def _things(case: Case, table: str) -> Things:
    """The things of a table of a case."""
    return _things_of(case.tables.rows(table), case.where(table))


def _things_of(rows: Iterable[Row], places: Iterable[str]) -> Things:
    """The things that rows are of."""
    found: Things = {}
    for row, place in zip(rows, places, strict=True):
        found.setdefault(row.thing, []).append((row, place))
    return found


def _taken(addition: Addition, there: str) -> Fault:
    """A row of something that there is already."""
    column = addition.rows[0].key[0]
    found = " / ".join(addition.thing)
    what = f"add_row.{column}: expected one that there is not, found {found} also in {there}"
    what += " (set changes what there is; another has its own name)"
    return Fault(inside(addition.place), what, code="repeated", table=addition.table, column=column, found=found)


def rows_of(case: Case, scenario: Scenario) -> Mapping[str, frozenset[int]]:
    """The rows of a widened case that a scenario adds, by their table.

    Parameters
    ----------
    case : Case
        Laid out with the rows of the scenario.
    scenario : Scenario

    Raises
    ------
    ScenarioError
        If it was laid out without them.
    """
    found: dict[str, set[int]] = defaultdict(set)
    for some in additions(scenario):
        rows = case.tables.rows(some.table)
        there = {number for number in case.added.get(some.table, ()) if rows[number] in some.rows}
        if len(there) != len(some.rows):
            what = (
                "add_row: expected a row that the case was laid out with; name the scenario before anything is planned"
            )
            raise ScenarioError([Fault(some.place, what, code="inconsistent", table=some.table, column="add_row")])
        found[some.table] |= there
    return {table: frozenset(numbers) for table, numbers in found.items()}


def added_places(case: Case) -> list[Any]:
    """Where the events stand that add rows to a widened case."""
    return list(dict.fromkeys(case.where(table)[number] for table, rows in case.added.items() for number in rows))
