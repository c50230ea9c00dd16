"""The extensive form, against published problems and by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from optimizer.engine.session import Session
from optimizer.program.extensive import Branch, Extensive
from optimizer.program.program import Arrays
from tests.helpers.arrays import programme
from tests.helpers.published import ACRES, CAPACITIES, DEMANDS, YIELDS, farmer, lands


def solved(arrays: Arrays) -> tuple[float, NDArray[np.float64]]:
    answer = Session(arrays).solve(arrays)
    assert answer.certified
    return answer.cost, answer.x


def wait_and_see() -> float:
    return float(np.mean([solved(farmer(some))[0] for some in YIELDS]))


def test_farmer() -> None:
    """-108,390; VSS 1,150 and EVPI 7,015.56."""
    whole = Extensive(farmer(1.0), 0.0, [Branch(farmer(some), ACRES, 1 / 3) for some in YIELDS])
    cost, x = solved(whole.arrays())
    assert cost == pytest.approx(-108_390)
    acres = whole.part(x, 0, np.zeros(9))[:3]
    assert acres == pytest.approx([170, 80, 250])
    assert cost - wait_and_see() == pytest.approx(7_015.5556, abs=1e-3)
    _, mean = solved(farmer(1.0))
    of_the_mean = [_held(farmer(some), mean) for some in YIELDS]
    assert float(np.mean([solved(some)[0] for some in of_the_mean])) - cost == pytest.approx(1_150, abs=1e-3)


def _held(arrays: Arrays, x: NDArray[np.float64]) -> Arrays:
    """With the acres held."""
    low, high = np.where(ACRES, x, arrays.column_lower), np.where(ACRES, x, arrays.column_upper)
    return replace(arrays, column_lower=low, column_upper=high)


def test_lands() -> None:
    """381.8533, at demands of 3, 5 and 7 with chances of 0.3, 0.4 and 0.3."""
    whole = Extensive(lands(5), 0.0, [Branch(lands(some), CAPACITIES, weight) for some, weight in DEMANDS.items()])
    cost, _ = solved(whole.arrays())
    assert cost == pytest.approx(381.8533, abs=5e-5)


def store(price: float) -> Arrays:
    """One ton is wanted in each of three periods: columns buy0, buy1, buy2, kept0, kept1; the price is of the last."""
    return programme(
        [10, 10, price, 1, 1],
        [([1, 0, 0, -1, 0], 1, 1), ([0, 1, 0, 1, -1], 1, 1), ([0, 0, 1, 0, 1], 1, 1)],
    )


BEFORE_LAST = np.array([True, True, False, True, True])
FIRST = np.array([True, False, False, True, False])


def test_a_branch_parts_on_its_own_day_and_the_trunk_goes_on() -> None:
    """Dear at 30 known before the last period: buying one ahead costs 11, waiting 0.5 * 10 + 0.5 * 30 = 20."""
    whole = Extensive(store(10), 0.5, [Branch(store(30), BEFORE_LAST, 0.5)])
    cost, x = solved(whole.arrays())
    assert cost == pytest.approx(31)
    assert whole.part(x, 0, np.zeros(5)) == pytest.approx([1, 2, 0, 0, 1])
    assert whole.part(x, 1, np.zeros(5)) == pytest.approx([1, 2, 0, 0, 1])


def test_known_a_period_earlier_nothing_is_kept_in_vain() -> None:
    whole = Extensive(store(10), 0.5, [Branch(store(30), FIRST, 0.5)])
    cost, x = solved(whole.arrays())
    assert cost == pytest.approx(0.5 * 30 + 0.5 * 31)
    assert whole.part(x, 0, np.zeros(5))[4] == pytest.approx(0)
    assert whole.part(x, 1, np.zeros(5))[4] == pytest.approx(1)


def test_branches_of_two_days_share_with_the_trunk_up_to_their_own() -> None:
    """Of a weight of 0.25 each: the early one keeps by itself, for the late one keeping costs 11, not 0.25 * 20."""
    early, late = Branch(store(30), FIRST, 0.25), Branch(store(12), BEFORE_LAST, 0.25)
    whole = Extensive(store(10), 0.5, [early, late])
    cost, x = solved(whole.arrays())
    assert cost == pytest.approx(0.5 * 30 + 0.25 * 31 + 0.25 * 32)
    assert [whole.part(x, number, np.zeros(5))[4] for number in range(3)] == pytest.approx([0, 1, 0])


def test_rows_that_are_the_trunks_are_left_out_and_others_are_not() -> None:
    whole = Extensive(store(10), 0.5, [Branch(store(30), BEFORE_LAST, 0.5)]).arrays()
    assert len(whole.row_lower) == 4
    assert len(whole.cost) == 6
    other = programme(
        [10, 10, 30, 1, 1], [([1, 0, 0, -1, 0], 0.5, 1), ([0, 1, 0, 1, -1], 1, 1), ([0, 0, 1, 0, 1], 1, 1)]
    )
    assert len(Extensive(store(10), 0.5, [Branch(other, BEFORE_LAST, 0.5)]).arrays().row_lower) == 5


def test_a_branch_twice_at_half_its_weight_changes_nothing() -> None:
    once = Extensive(store(10), 0.6, [Branch(store(30), BEFORE_LAST, 0.4)])
    twice = Extensive(store(10), 0.6, [Branch(store(30), BEFORE_LAST, 0.2)] * 2)
    assert solved(once.arrays())[0] == pytest.approx(solved(twice.arrays())[0])


def test_one_branch_of_all_weight_gives_its_own_plan() -> None:
    """Though the trunk could not go on: it never does."""
    hopeless = programme(
        [10, 10, 10, 1, 1], [([1, 0, 0, -1, 0], 1, 1), ([0, 1, 0, 1, -1], 1, 1), ([0, 0, 0, 0, 1], 9, 9)]
    )
    some = programme([10, 10, 30, 1, 1], [([1, 0, 0, -1, 0], 1, 1), ([0, 1, 0, 1, -1], 1, 1), ([0, 0, 1, 0, 1], 1, 1)])
    alone = Extensive(hopeless, 0.0, [Branch(some, FIRST, 1.0)])
    assert solved(alone.arrays())[0] == pytest.approx(solved(some)[0])


def test_no_branch_is_the_trunk() -> None:
    assert solved(Extensive(store(10), 1.0, []).arrays())[0] == pytest.approx(30)
