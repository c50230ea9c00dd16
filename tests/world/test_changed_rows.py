"""A row that an event has changed is held to what a row of its table is held to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from optimizer.errors import ScenarioError
from optimizer.plans.plan import plan
from tests.helpers.small import scenario, small

STOCK = "site,material,opening,capacity,holding,cover,reserve,penalty"
EVENT = "  - {{what: x, table: {table}, where: {{}}, {change}, from: 2027-02-01, until: 2027-05-01}}\n"
"""An event on every row of a table."""


def told(folder: Path, *events: tuple[str, str]) -> list[str]:
    """What is wrong with events on a case."""
    text = "".join(EVENT.format(table=table, change=change) for table, change in events)
    path = scenario(folder / "own.yaml", text)
    try:
        plan(str(folder), [str(path)], workers=1)
    except ScenarioError as error:
        return [fault.text for fault in error.faults]
    return []


@pytest.fixture
def held(tmp_path: Path) -> Path:
    """A buyer that holds 50 of at most 100 t."""
    tables: dict[str, Any] = {
        "stocks": f"{STOCK}\nbuyer,magnet,50,100,1,0,20,1000",
        "limits": "limit,measure,sense,value,stage,by,member,window,penalty,from\n"
        "spread,hhi,at_most,1,magnet,supplier,each,year,10,2027-01-01",
        "contracts": "contract,offer,floor,upside,upside_from,reservation_fee,max_volume,take_or_pay,from,until\n"
        "frame,spot,100,0.5,200,0,10,0,2027-01-01,2028-01-01",
    }
    return small(tmp_path / "case", **tables)


WRONG = [
    ("stocks", "set: {reserve: 120}", "reserve: expected at most the capacity (100 t), found 120 t"),
    ("stocks", "scale: {reserve: 6}", "reserve: expected at most the capacity (100 t), found 120 t"),
    ("limits", "set: {value: 1.5}", "to stay from 0 to 1, found 1.5"),
    ("offers", "set: {price: 1.0e-9}", "set.price: expected 0 or a number from 1e-06"),
]


@pytest.mark.parametrize(("table", "change", "expected"), WRONG)
def test_what_a_row_may_not_say_no_event_may_make_of_it(held: Path, table: str, change: str, expected: str) -> None:
    (found,) = told(held, (table, change))
    assert expected in found
    assert "own.yaml, event 1" in found


def test_a_target_that_costs_nothing_to_miss_is_refused_as_in_the_table(tmp_path: Path) -> None:
    folder = small(tmp_path / "case", stocks=f"{STOCK}\nbuyer,magnet,50,100,1,0,0,0")
    (found,) = told(folder, ("stocks", "set: {reserve: 10}"))
    assert "stocks of buyer / magnet after the events: penalty: expected above 0" in found


def test_a_cover_of_what_nobody_wants_there_is_refused_as_in_the_table(tmp_path: Path) -> None:
    folder = small(tmp_path / "case", stocks=f"{STOCK}\nmaker,magnet,50,100,1,0,0,10")
    (found,) = told(folder, ("stocks", "set: {cover: 10}"))
    assert "cover: expected a product that site 'maker' demands" in found


def test_a_warehouse_may_burn_though_there_is_stock_in_it(held: Path) -> None:
    assert told(held, ("stocks", "set: {capacity: 0}")) == []
    assert told(held, ("stocks", "set: {capacity: 0}"), ("stocks", "set: {reserve: 90}")) == []


def test_a_floor_may_rise_above_the_price_from_which_more_is_shared(held: Path) -> None:
    """From then on it is shared from the floor."""
    assert told(held, ("contracts", "set: {floor: 250}")) == []


def test_more_may_be_kept_in_reserve_once_more_fits(held: Path) -> None:
    assert told(held, ("stocks", "set: {capacity: 200}"), ("stocks", "set: {reserve: 150}")) == []
    (found,) = told(held, ("stocks", "set: {capacity: 200}"), ("stocks", "set: {reserve: 250}"))
    assert "at most the capacity (200 t), found 250 t" in found
    assert "event 2" in found
