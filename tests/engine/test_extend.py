"""Rows and columns added to a programme: on two columns and one row, where the answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.engine.extend import extended
from optimizer.engine.session import Session
from optimizer.program.program import Arrays
from optimizer.program.variant import Column, Row, with_added


def needed() -> Arrays:
    """Ten tonnes from two suppliers, at 1 and at 3 USD: x + y >= 10."""
    return Arrays(
        cost=np.array([1.0, 3.0]),
        column_lower=np.zeros(2),
        column_upper=np.full(2, np.inf),
        row_lower=np.array([10.0]),
        row_upper=np.array([np.inf]),
        starts=np.array([0, 1, 2]),
        rows=np.array([0, 0]),
        values=np.array([1.0, 1.0]),
    )


def cost(arrays: Arrays) -> float:
    answer = Session(arrays).base().answer
    assert answer.certificate is not None
    return answer.certificate.objective


CAP = Row(np.array([0]), np.array([1.0]), -np.inf, 4.0)
"""At most 4 tonnes from the cheap one."""


def test_a_row_binds_what_its_entries_name() -> None:
    """At most 4 from the cheap one: 4 + 3 * 6; and a row over both of them, entries in the order of the columns."""
    assert cost(with_added(needed(), [CAP], [])) == pytest.approx(4 + 18)
    both = with_added(needed(), [Row(np.array([1, 0]), np.array([1.0, -1.0]), 0.0, np.inf)], [])
    assert both.times(np.array([2.0, 7.0])).tolist() == [9.0, 5.0]
    assert cost(both) == pytest.approx(5 + 15)


def test_a_column_has_its_entries_and_is_free() -> None:
    wider = with_added(needed(), [], [Column((0,), (2.0,)), Column((0,), (1.0,))])
    assert wider.times(np.array([1.0, 1.0, 1.0, 1.0])).tolist() == [5.0]
    assert cost(wider) == pytest.approx(0.0)
    priced = replace(wider, cost=np.array([1.0, 3.0, 1.5, 9.0]))
    assert cost(priced) == pytest.approx(10 / 2 * 1.5)


def test_a_slack_lets_a_row_be_missed_on_its_side_only() -> None:
    assert cost(with_added(needed(), [], [Column((0,), (1.0,))])) == pytest.approx(0.0)
    assert cost(with_added(needed(), [], [Column((0,), (-1.0,))])) == pytest.approx(10.0)


def test_a_start_goes_on_with_what_was_added() -> None:
    """New columns at zero, new rows without a say: the old answer, and the new one is found from there."""
    start = Session(needed()).base()
    more = replace(with_added(needed(), [CAP], [Column((0,), (1.0,))]), cost=np.array([1.0, 3.0, 2.0]))
    there = extended(start, more)
    assert there.answer.x.tolist() == [10.0, 0.0, 0.0]
    assert there.basis.columns.shape == (3,)
    assert there.basis.rows.shape == (2,)
    found = Session(more).solve(more, there, warm=True)
    assert found.method == "warm simplex"
    assert found.certificate is not None
    assert found.certificate.objective == pytest.approx(4 + 12)
