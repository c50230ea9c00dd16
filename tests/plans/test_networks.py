"""The random networks hold something of everything, so that what is tested on them is tested of everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

import pytest

from optimizer.case.case import Case
from optimizer.case.rows import Row
from optimizer.case.tables import TABLES
from optimizer.world.apply import check_scenario
from optimizer.world.events import OPERATIONS, SERIES
from optimizer.world.select import Selector
from tests.helpers.networks import random_case, random_scenario

SEEDS = range(50)
ELSEWHERE = {("limits", "measure", "hhi")}
"""Values that `with_hhi` adds to a case, and that no plain random case has."""
FILLED = {("stocks", "holding")}
"""Columns that are empty in no case there is: what a planner left out of them is assumed, or a fault."""
COLUMNS = [(table, field) for table, record in TABLES.items() for field in record.model_fields]
DEFAULTS = [(table, field) for table, field in COLUMNS if not TABLES[table].model_fields[field].is_required()]


@cache
def cases() -> tuple[Case, ...]:
    return tuple(map(random_case, SEEDS))


def cells(table: str, field: str) -> Iterator[Any]:
    return (getattr(row, field) for case in cases() for row in case.tables.rows(table))


def default(table: str, field: str) -> Any:
    return TABLES[table].model_fields[field].get_default(call_default_factory=True)


@pytest.mark.parametrize(("table", "field"), COLUMNS)
def test_every_column_says_something_in_some_network(table: str, field: str) -> None:
    """Off its default, or, where it has none, more than one thing."""
    if (table, field) in DEFAULTS and field not in ("source", "confidence"):
        assert any(value != default(table, field) for value in cells(table, field))
    elif field not in ("source", "confidence"):
        assert len(set(map(str, cells(table, field)))) > 1


@pytest.mark.parametrize(("table", "field"), [column for column in DEFAULTS if column not in FILLED])
def test_every_column_that_may_be_left_empty_is_in_some_network(table: str, field: str) -> None:
    assert any(value == default(table, field) for value in cells(table, field))


def choices(record: type[Row], field: str) -> tuple[Any, ...]:
    """The words a column may hold, if they are a list; none for others."""
    found = get_args(record.model_fields[field].annotation)
    return found if found and all(isinstance(word, str) for word in found) else ()


@pytest.mark.parametrize(
    ("table", "field", "word"),
    [
        (table, field, word)
        for table, field in COLUMNS
        for word in choices(TABLES[table], field)
        if field not in ("stage", "group", "confidence") and (table, field, word) not in ELSEWHERE
    ],
)
def test_every_word_of_a_list_stands_in_some_network(table: str, field: str, word: str) -> None:
    assert word in cells(table, field)


def test_the_same_seed_is_the_same_network() -> None:
    assert [case.digest() for case in cases()[:10]] == [random_case(seed).digest() for seed in range(10)]


def test_no_two_rows_have_one_key() -> None:
    for case in cases():
        for table, record in TABLES.items():
            keys = Counter(tuple(getattr(row, field) for field in record.key) for row in case.tables.rows(table))
            assert not [key for key, count in keys.items() if count > 1], (case.name, table)


def test_scenarios_change_everything_that_can_change() -> None:
    """Each of them is one that a planner could write; together they reach every column and use every operation."""
    columns: set[tuple[str, str]] = set()
    operations: set[str] = set()
    for number in range(8):
        for case in cases():
            scenario = random_scenario(case, number)
            assert check_scenario(scenario, case, Selector(case))
            for event in scenario.events:
                operations |= {event.operation}
                columns |= {(event.table, column) for column in event.changes}
    assert operations == set(OPERATIONS) - {"add_row"}  # in tests/plans/test_added_rows.py
    assert columns == {(table, column) for table, found in SERIES.items() for column in found} | {
        ("plants", "from"),
        ("projects", "from"),
    }
