"""Designs: which values rows hold, and that a row is the same wherever it is made."""

from __future__ import annotations

import datetime as dt
from statistics import mean
from typing import Any

import numpy as np
import pytest

from optimizer.errors import InputError
from optimizer.studies.distributions import Discrete, Empirical, Lognormal, Normal, Triangular, Uniform
from optimizer.studies.file import study_from
from optimizer.studies.layout import Stretch, block_count, block_rows
from tests.helpers.studies import HEAD, factor, rows, study

UNIFORM = {"kind": "uniform", "low": 0, "high": 1}


def test_a_grid_has_every_pair_and_the_last_factor_changes_fastest() -> None:
    found = rows(study({"kind": "grid"}, factor("a", values=[1, 2]), factor("b", values=[3, 4, 5])))
    assert [tuple(some.values()) for some in found] == [(1, 3), (1, 4), (1, 5), (2, 3), (2, 4), (2, 5)]


def test_one_at_a_time_begins_with_nothing() -> None:
    found = rows(study({"kind": "one-at-a-time"}, factor("a", values=[1, 2]), factor("b", values=[3])))
    assert found == [{}, {"a": 1}, {"a": 2}, {"b": 3}]


@pytest.mark.parametrize("method", ["random", "latin-hypercube", "sobol"])
def test_draws_fill_their_range_evenly(method: str) -> None:
    of = study({"kind": "sample", "draws": 512, "method": method}, *(factor(n, distribution=UNIFORM) for n in "ab"))
    found = np.array([tuple(some.values()) for some in rows(of)])
    assert found.mean(axis=0) == pytest.approx([0.5, 0.5], abs=0.05)
    assert np.abs(np.corrcoef(found.T)[0, 1]) < 0.15
    counts, _ = np.histogram(found[:, 0], 8, (0, 1))
    assert counts.min() > 35


def test_a_latin_hypercube_has_one_draw_in_every_part() -> None:
    of = study({"kind": "sample", "draws": 50, "method": "latin-hypercube"}, factor("a", distribution=UNIFORM))
    assert sorted(int(some["a"] * 50) for some in rows(of)) == list(range(50))


@pytest.mark.parametrize("method", ["random", "sobol"])
def test_more_draws_leave_the_first_as_they_were(method: str) -> None:
    few, many = (
        study({"kind": "sample", "draws": draws, "method": method}, factor("a", distribution=UNIFORM))
        for draws in (100, 1000)
    )
    assert rows(few) == rows(many)[:100]


def test_a_factor_draws_the_same_beside_others() -> None:
    """Its stream goes by its name, not by its place."""
    alone = rows(study({"kind": "sample", "draws": 5}, factor("a", distribution=UNIFORM)))
    beside = rows(study({"kind": "sample", "draws": 5}, *(factor(n, distribution=UNIFORM) for n in "ba")))
    assert [some["a"] for some in alone] == [some["a"] for some in beside]
    seeded = rows(study({"kind": "sample", "draws": 5}, factor("a", distribution=UNIFORM), seed=1))
    assert [some["a"] for some in alone] != [some["a"] for some in seeded]


def test_the_first_draws_are_these() -> None:
    """On every machine, for as long as studies of this version are taken up."""
    of = study(
        {"kind": "sample", "draws": 3}, factor("a", distribution={"kind": "lognormal", "median": 2, "spread": 1.5})
    )
    assert [some["a"] for some in rows(of)] == FIRST


FIRST = [2.604730197, 1.85700543516, 1.60832826737]


def test_correlated_draws_go_together_and_keep_their_distributions() -> None:
    design = {"kind": "sample", "draws": 2000, "correlations": [{"between": ["a", "b"], "value": 0.8}]}
    found = np.array(
        [tuple(some.values()) for some in rows(study(design, *(factor(n, distribution=UNIFORM) for n in "abc")))]
    )
    together = np.corrcoef(found.T)
    assert together[0, 1] == pytest.approx(6 / np.pi * np.arcsin(0.4), abs=0.03)  # of the ranks, as for normal numbers
    assert abs(together[0, 2]) < 0.06
    assert found.mean(axis=0) == pytest.approx([0.5] * 3, abs=0.02)


def test_rows_of_sobol_indices_change_one_factor_each() -> None:
    of = study({"kind": "sobol-indices", "draws": 8}, *(factor(n, distribution=UNIFORM) for n in "abc"))
    assert of.rows == 8 * 5
    found = np.array([tuple(some.values()) for some in rows(of)]).reshape(8, 5, 3)
    first, last = found[:, 0], found[:, -1]
    for place in range(3):
        expected = first.copy()
        expected[:, place] = last[:, place]
        np.testing.assert_array_equal(found[:, 1 + place], expected)


@pytest.mark.parametrize(
    ("distribution", "quantiles"),
    [
        (Uniform(kind="uniform", low=2, high=6), (3, 4, 5)),
        (Triangular(kind="triangular", low=0, mode=0, high=1), (1 - 0.75**0.5, 1 - 0.5**0.5, 0.5)),
        (Triangular(kind="triangular", low=0, mode=2, high=2), (1, 2**0.5, 3**0.5)),
        (Triangular(kind="triangular", low=3, mode=3, high=3), (3, 3, 3)),
        (Normal(kind="normal", mean=10, deviation=2), (10 - 1.348979500392, 10, 10 + 1.348979500392)),
        (Lognormal(kind="lognormal", median=10, spread=1), (10, 10, 10)),
        (Discrete(kind="discrete", values=(1, 2), chances=(0.3, 0.7)), (1, 2, 2)),
        (Discrete(kind="discrete", values=(7, 8, 9)), (7, 8, 9)),
        (Empirical(kind="empirical", file="f", column="c", seen=(1, 2, 3, 4, 5)), (2, 3, 4)),
    ],
)
def test_quantiles_are_those_of_the_distribution(distribution: Any, quantiles: tuple[float, ...]) -> None:
    assert [distribution.quantile(share) for share in (0.25, 0.5, 0.75)] == pytest.approx(quantiles)


@pytest.mark.parametrize(
    ("design", "factors", "says"),
    [
        ({"kind": "grid"}, [], "factors: expected at least one with design grid"),
        ({"kind": "grid"}, [factor("a", distribution=UNIFORM)], "expected values with design grid, found none of a"),
        ({"kind": "sample", "draws": 5}, [factor("a", values=[1])], "expected distribution with design sample"),
        ({"kind": "sample", "draws": 0}, [factor("a", distribution=UNIFORM)], "draws"),
        ({"kind": "grid"}, [factor("a", values=[1]), factor("a", values=[2])], "factors: expected each name once, found a"),
        ({"kind": "grid"}, [factor("a", values=[1] * 50), factor("b", values=[1] * 5000)], "at most 100000 rows"),
        ({"kind": "grid"}, [factor("a", values=[1], cell="offer.price[*]")], "Did you mean 'offers'?"),
        ({"kind": "grid"}, [factor("a", values=[1], cell="offers.prise[*]", scale=None)], "Did you mean 'price'?"),
        (
            {"kind": "grid"},
            [{"name": "a", "cell": "offers.price[*]", "values": [1], "unit": "USD/kg"}],
            "expected USD/t, as offers.price is in, found USD/kg",
        ),
        ({"kind": "grid"}, [factor("a", values=[1], cell="offers.price")], "expected table.column[row]"),
        ({"kind": "grid"}, [factor("a", values=[1], cell="offers.price[a / b]")], "expected a row by offer"),
        ({"kind": "grid"}, [factor("a", values=[1], scale="price", add="price")], "expected one of set, scale, add"),
        (
            {"kind": "sample", "draws": 5, "correlations": [{"between": ["a", "z"], "value": 0.5}]},
            [factor("a", distribution=UNIFORM)],
            "no such factor: 'z'",
        ),
        (
            {"kind": "sample", "draws": 5, "correlations": [{"between": [x, y], "value": v} for x, y, v in
             (("a", "b", 0.9), ("b", "c", 0.9), ("a", "c", -0.9))]},
            [factor(n, distribution=UNIFORM) for n in "abc"],
            "expected such as can hold together",
        ),
        (
            {"kind": "grid"},
            [factor(n, values=[1], **{"from": day}) for n, day in (("a", "2027-03-01"), ("b", "2027-04-01"))],
            "expected the same day of news",
        ),
        ({"kind": "sobol-indices", "draws": 4, "correlations": []}, [factor("a", distribution=UNIFORM)], "correlations"),
        ({"kind": "table", "file": "rows.csv"}, [factor("a")], "expected no file here"),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_refused(design: dict[str, Any], factors: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(InputError) as refused:
        study(design, *factors)
    assert says in str(refused.value)


def test_every_member_is_lost_for_every_length_from_every_day() -> None:
    design = {"kind": "lose-each", "what": "sites", "days": [30, 90], "from": ["2027-03-01", "2028-03-01"]}
    of = study({**design, "members": ["x", "y", "z"]})
    found = [of.design.loss(number) for number in range(of.rows)]  # type: ignore[union-attr]
    assert len(set(found)) == 12
    assert found[0] == ("x", 30, dt.date(2027, 3, 1))
    assert found[-1] == ("z", 90, dt.date(2028, 3, 1))


@pytest.mark.parametrize("counts", [(1,), (40,), (40, 12), (999, 1, 20_000)])
def test_blocks_hold_every_row_once(counts: tuple[int, ...]) -> None:
    stretches, first = [], 0
    for count in counts:
        stretches.append(Stretch.of(first, count))
        first += count
    found = [row for number in range(block_count(stretches)) for row in block_rows(stretches, number)]
    assert found == list(range(sum(counts)))


def test_a_mean_of_many_is_that_of_the_distribution() -> None:
    of = study(
        {"kind": "sample", "draws": 4000},
        factor("a", distribution={"kind": "triangular", "low": 0, "mode": 1, "high": 5}),
    )
    assert mean(some["a"] for some in rows(of)) == pytest.approx(2, abs=0.05)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"design": {"kind": "one-at-time"}}, "design: kind: .*Did you mean 'one-at-a-time'"),
        ({"design": {"kind": "lose-eech"}}, "Did you mean 'lose-each'"),
        ({"design": {"draws": 3}}, "design: kind: expected a value, found nothing"),
        ({"design": 3}, "design: "),
        (
            {"design": {"kind": "sample", "draws": 3}, "factors": [factor("a", distribution={"kind": "triangle"})]},
            "distribution: kind: .*Did you mean 'triangular'",
        ),
    ],
)
def test_a_kind_that_there_is_not_names_the_nearest(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        study_from({**HEAD, **fields})
