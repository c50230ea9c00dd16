"""What a scenario leaves as it was is not worked out again, and what is taken from the base is what it would be."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

import numpy as np
import pytest

from optimizer.network.build import network_of
from optimizer.network.network import ByRow, Floats, Ints, Network
from optimizer.network.numbers import HERE
from optimizer.network.numbers.supply import _on_offer
from optimizer.world.events import SERIES, SHIFTED
from optimizer.world.load import load_case
from optimizer.world.timeline import KEPT, Timelines
from tests.helpers.networks import random_case
from tests.helpers.paths import CASES

TOPICS = [import_module(f"optimizer.network.numbers.{topic}") for topic in HERE]
BY_ROW = [some for topic in TOPICS for some in vars(topic).values() if isinstance(some, ByRow)]
SEEDS = (13, 18)
"""Of random cases in which rows of every table that has readers elsewhere are read there."""
DAY = 90
"""By how much a row is shifted."""


def changed_in_a_row(network: Network) -> Iterator[tuple[str, Timelines]]:
    """The timelines with one column of one row changed, for every column that there is and every row; and which."""
    for table, rows in network.case.tables.items():
        kept = (KEPT,) if table in ("plants", "availability") else ()
        for number in range(len(rows)):
            for column in (*SERIES.get(table, ()), *kept):
                series = network.timelines.series(table, column).copy()
                series[number] = 0.5 * series[number] + np.linspace(0.1, 0.9, series.shape[1])
                yield f"{table}.{column} {number}", network.timelines.changed({(table, column): series}, {})
            if table in SHIFTED:
                starts = network.timelines.first_days(table).copy()
                starts[number] = min(starts[number] + DAY, network.calendar.days)
                yield f"{table}.from {number}", network.timelines.changed({}, {table: starts})


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_change_of_one_row_is_seen_by_every_row_that_reads_it(seed: int) -> None:
    network = network_of(random_case(seed))
    for what, timelines in changed_in_a_row(network):
        world = network.patched(timelines)
        fresh = Network(network.structure, Timelines(network.case, timelines.values, timelines.starts))
        for some in BY_ROW:
            np.testing.assert_array_equal(some(world), some(fresh), f"{some.name}, {what}")


def test_every_way_in_which_one_row_reads_another_is_tried() -> None:
    for seed in SEEDS:
        readers = network_of(random_case(seed)).structure.readers
        assert [pair for pair, rows in readers.items() if pair[0] != pair[1] and not any(rows)] == []
        assert any(len(rows) > 1 for rows in readers["plants", "plants"])


def test_rows_that_read_nothing_of_what_is_changed_are_not_worked_out_again() -> None:
    network = network_of(load_case(CASES / "toy"))
    asked: list[list[int]] = []

    def compute(world: Network, rows: Ints) -> Floats:
        asked.append(rows.tolist())
        return _on_offer.compute(world, rows)

    noted = ByRow("noted", _on_offer.table, _on_offer.reads, compute)
    noted(network)
    everything = asked.pop()
    found = {}
    for what, timelines in changed_in_a_row(network):
        noted(network.patched(timelines))
        found[what] = asked.pop() if asked else []
    assert len(everything) > 1
    for number in everything:
        assert found[f"offers.capacity {number}"] == [number]
        assert found[f"offers.price {number}"] == []
    assert found["plants.capacity 0"] == found["routes.freight 0"] == []
