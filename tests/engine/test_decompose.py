"""Programmes solved by parts, against the same solved whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from optimizer.engine.decompose import Parts
from optimizer.engine.session import Session
from optimizer.program.answer import Answer
from optimizer.program.extensive import Branch, Extensive
from optimizer.program.program import Arrays, Floats
from optimizer.program.variant import Row, with_added
from tests.helpers.arrays import programme
from tests.helpers.published import ACRES, CAPACITIES, DEMANDS, YIELDS, farmer, lands
from tests.helpers.seeds import seeds

PROVED = 1e-6
"""Most that what is proved may be wide, relative to the cost; the certificate asks for far less."""


def parts_of(whole: Extensive, within: Sequence[int] = ()) -> tuple[Parts, Arrays, dict[int, float]]:
    arrays, weights = whole.arrays(), {n: some.weight for n, some in enumerate(whole.branches, 1)}
    return Parts(arrays, whole.owner, weights, within), arrays, weights


def by_parts(whole: Extensive, within: Sequence[int] = (), first: Floats | None = None) -> Answer:
    parts, arrays, weights = parts_of(whole, within)
    return parts.solve(arrays, weights, first)


def proved(answer: Answer, cost: float) -> None:
    """Certified, its bounds close, and of that cost."""
    assert answer.certified
    assert answer.certificate is not None
    assert abs(answer.certificate.objective - answer.certificate.dual_objective) <= PROVED * (1 + abs(cost))
    assert answer.cost == pytest.approx(cost, rel=2e-9, abs=1e-9)


def farmers() -> Extensive:
    return Extensive(farmer(1.0), 0.0, [Branch(farmer(some), ACRES, 1 / 3) for some in YIELDS])


def plants(*, enough: bool = True) -> Extensive:
    """LandS; where its row of 12 of capacity is left out, what is wanted may be more than what there is."""
    branches = [
        Branch(some, CAPACITIES, weight) for some, weight in zip(map(lands, DEMANDS), DEMANDS.values(), strict=True)
    ]
    if not enough:
        branches = [replace(some, arrays=_without_least(some.arrays)) for some in branches]
    return Extensive(lands(5) if enough else _without_least(lands(5)), 0.0, branches)


def _without_least(arrays: Arrays) -> Arrays:
    lower = arrays.row_lower.copy()
    lower[0] = 0.0
    return replace(arrays, row_lower=lower)


@pytest.mark.parametrize("within", [(), (1,), (2, 3), (1, 2, 3)])
def test_published_problems(within: tuple[int, ...]) -> None:
    proved(by_parts(farmers(), within), -108_390)
    found = by_parts(plants(), within)
    assert found.cost == pytest.approx(381.8533, abs=5e-5)
    proved(found, Session(plants().arrays()).base().answer.cost)


def test_what_may_have_no_answer_is_cut_by_farkas_rays() -> None:
    """Nothing says that the plants are to be large enough, but for what is wanted in each mode."""
    whole = plants(enough=False)
    parts, arrays, weights = parts_of(whole)
    found = parts.solve(arrays, weights, np.zeros(len(arrays.cost)))
    assert any(not some.costs for some in parts.cuts)
    proved(found, Session(arrays).base().answer.cost)


def test_what_has_no_answer_at_all_is_said_to_have_none() -> None:
    """More is wanted than the budget of 120 builds."""
    branches = [Branch(lands(some), CAPACITIES, 0.5) for some in (5, 500)]
    assert by_parts(Extensive(lands(5), 0.0, branches)).status == "infeasible"


def random(seed: int, count: int) -> Extensive:
    """Stores over periods at prices drawn, in branches that part in different periods; missing tons cost 1000."""
    draw = np.random.default_rng(seed)
    periods, width = 4, 12

    def one() -> Arrays:
        """Columns: bought, kept and missing in each period."""
        rows = []
        for period in range(periods):
            entries = np.zeros(width)
            entries[[period, 8 + period]] = 1
            entries[4 + period] = -1
            if period:
                entries[3 + period] = 1
            rows.append((entries.tolist(), float(draw.integers(5, 10)), np.inf))
        rows.append(([1.0] * 4 + [0.0] * 8, 0.0, float(draw.integers(25, 45))))
        cost = [*draw.integers(10, 90, periods), *[1.0] * 4, *[1000.0] * 4]
        return programme(cost, rows, upper=[*draw.integers(6, 15, periods), *[20.0] * 4, *[np.inf] * 4])

    branches = []
    for _ in range(count):
        news = int(draw.integers(1, periods))
        branches.append(Branch(one(), np.tile(np.arange(periods) < news, 3), 0.8 / count))
    return Extensive(one(), 0.2, branches)


@pytest.mark.parametrize("seed", seeds(40, quick=3))
def test_the_same_as_the_whole(seed: int) -> None:
    whole = random(seed, 6)
    arrays = whole.arrays()
    known = Session(arrays).solve(arrays)
    assert known.certified
    for within in ((), (1 + seed % 6,), (1, 2, 3)):
        proved(by_parts(whole, within), known.cost)
    proved(by_parts(whole, first=np.zeros(len(arrays.cost))), known.cost)


@pytest.mark.parametrize("seed", seeds(20, quick=2))
def test_cuts_serve_other_weights_and_rows_more(seed: int) -> None:
    """What is asked second needs fewer rounds than by itself, and finds the same."""
    whole = random(seed, 6)
    parts, arrays, weights = parts_of(whole)
    first = parts.solve(arrays, weights)
    rounds = parts.rounds
    bought = np.flatnonzero(whole.at(0)[:1] >= 0)
    row = Row(whole.at(0)[bought], np.ones(1), -np.inf, max(0.0, float(first.x[whole.at(0)[0]]) - 1.0))
    without = with_added(arrays, [row], ())
    found, alone = parts.solve(without, weights), Session(without).solve(without)
    assert (found.status, alone.status) == ("optimal", "optimal")
    proved(found, alone.cost)
    again = parts.solve(arrays, weights)
    proved(again, first.cost)
    assert parts.rounds - rounds <= 2 * rounds + 2
    heavier = [replace(some, weight=some.weight * (2 if n == 0 else 0.8)) for n, some in enumerate(whole.branches)]
    other = Extensive(whole.trunk, 0.2, heavier)
    arrays = other.arrays()
    proved(
        parts.solve(arrays, {n: some.weight for n, some in enumerate(heavier, 1)}), Session(arrays).base().answer.cost
    )


def test_rows_of_one_call_are_no_rows_of_the_next() -> None:
    """Asked with a row first, then without, then with another."""
    whole = random(1, 5)
    parts, arrays, weights = parts_of(whole, (1, 2, 3, 4, 5))
    for row in (Row(whole.at(0)[:1], np.ones(1), -np.inf, 5.0), None, Row(whole.at(0)[1:2], np.ones(1), 3.0, np.inf)):
        asked = arrays if row is None else with_added(arrays, [row], ())
        found, alone = parts.solve(asked, weights), Session(asked).solve(asked)
        assert (found.status, found.cost) == (alone.status, pytest.approx(alone.cost, nan_ok=True))
