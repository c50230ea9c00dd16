"""Weights of scenarios of which one at most comes, worked out by hand."""

from __future__ import annotations

import datetime as dt

import pytest

from optimizer.errors import ScenarioError
from optimizer.world.chances import chances
from optimizer.world.events import Event
from optimizer.world.scenario import Scenario, scenario_from


def news(name: str, probability: float, exclusive: str | None = None) -> Scenario:
    event = Event(what="w", table="offers", where={}, scale={"price": 2.0}, **{"from": dt.date(2027, 1, 1)})
    day = dt.date(2027, 1, 1)
    return Scenario(
        name=name, title="t", probability=probability, announced=day, source="s", events=(event,), exclusive=exclusive
    )


def test_independent_news_given_at_most_one() -> None:
    """0.5 and 0.2: neither 0.4, the first alone 0.4, the second alone 0.1, both 0.1."""
    found = chances([news("a", 0.5), news("b", 0.2)])
    assert found.weights == pytest.approx({"a": 4 / 9, "b": 1 / 9})
    assert (found.nothing, found.several) == pytest.approx((4 / 9, 0.1))


def test_weights_go_by_the_odds() -> None:
    some = {"a": 0.02, "b": 0.1, "c": 0.3, "d": 0.015}
    found = chances([news(name, p) for name, p in some.items()])
    odds = {name: p / (1 - p) for name, p in some.items()}
    assert {name: weight / found.nothing for name, weight in found.weights.items()} == pytest.approx(odds)
    assert sum(found.weights.values()) + found.nothing == pytest.approx(1)
    assert list(found.weights) == list(some)


def test_variants_of_one_event_exclude_each_other() -> None:
    """0.3 or 0.4 of one event and 0.5 of another: nothing 0.15, the first event alone 0.15 and 0.2, the other 0.15."""
    found = chances([news("a", 0.3, "rule"), news("b", 0.4, "rule"), news("c", 0.5)])
    assert found.weights == pytest.approx({"a": 0.15 / 0.65, "b": 0.2 / 0.65, "c": 0.15 / 0.65})
    assert (found.nothing, found.several) == pytest.approx((0.15 / 0.65, 0.35))


def test_a_group_may_bear_the_name_of_a_scenario_of_another() -> None:
    found = chances([news("a", 0.5), news("b", 0.5, "a")])
    assert found.nothing == pytest.approx(1 / 3)


def test_the_impossible_and_the_certain() -> None:
    found = chances([news("never", 0.0), news("surely", 1.0), news("perhaps", 0.25)])
    assert found.weights == {"never": 0.0, "surely": 1.0, "perhaps": 0.0}
    assert (found.nothing, found.several) == (0.0, 0.25)
    none = chances([])
    assert (none.weights, none.nothing, none.several) == ({}, 1.0, 0.0)
    tenths = chances([news(f"a{number}", 0.1, "rule") for number in range(10)])
    assert tenths.nothing == pytest.approx(0.0, abs=1e-12)


def test_variants_more_than_certain_are_a_fault() -> None:
    with pytest.raises(ScenarioError, match=r"add up to at most 1 in rule, found 1\.1: a 0\.5, b 0\.6") as found:
        chances([news("a", 0.5, "rule"), news("b", 0.6, "rule"), news("c", 0.5)])
    assert (found.value.faults[0].column, found.value.faults[0].code) == ("exclusive", "out-of-range")


def test_two_certain_events_are_a_fault() -> None:
    with pytest.raises(ScenarioError, match="at most one event that is certain, found a, b"):
        chances([news("a", 1.0), news("b", 1.0)])


def test_a_scenario_says_what_it_excludes_and_its_digest_is_as_before_where_it_does_not() -> None:
    content = news("a", 0.5).model_dump(mode="json", by_alias=True, exclude_none=True)
    assert "exclusive" not in content
    assert scenario_from({**content, "exclusive": "rule"}).exclusive == "rule"
    assert scenario_from({**content, "exclusive": "rule"}).digest() != scenario_from(content).digest()
    with pytest.raises(ScenarioError, match="exclusive"):
        scenario_from({**content, "exclusive": "Two Words"})
