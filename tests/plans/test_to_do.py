"""The decision list as it is shown: the largest of each kind by their days, the rest counted, nothing left out in silence."""

from __future__ import annotations

import pandas as pd
import pytest

from optimizer.plans.amounts import mass
from optimizer.plans.decisions import Decisions, decisions
from optimizer.plans.penalties import missed
from optimizer.plans.to_do import EACH, first_to_do, things_to_do, to_do
from optimizer.questions.summary import BROKEN, Summary
from tests.helpers.paths import CASES
from tests.helpers.planned import plan

NAN = float("nan")


def orders(worth: list[float]) -> pd.DataFrame:
    """Orders of one supplier each, placed a day apart."""
    it = Decisions
    empty = dict.fromkeys((it.under, it.material, it.group, it.site, it.mode, it.until), "")
    rows = [
        {
            **empty,
            it.kind: "order",
            it.what: f"maker-{number}",
            it.act_on: f"2027-01-{number + 1:02}",
            it.leaves_on: f"2027-01-{number + 1:02}",
            it.there_on: f"2027-02-{number + 1:02}",
            it.how_much: 1.0,
            it.price_usd_per_t: usd,
            it.worth_usd: usd,
        }
        for number, usd in enumerate(worth)
    ]
    return it.of(rows)


def test_of_many_lines_the_largest_are_shown_by_their_days_and_the_rest_is_counted() -> None:
    worth = [5e6, 1e6, 9e6, 2e6, 8e6, 7e6, 6e6]
    section = to_do(things_to_do(orders(worth)), each=EACH)
    shown = [row[1] for row in section.rows]
    assert shown == [f"order from maker-{number}" for number in (0, 2, 4, 5, 6)]
    assert section.says.startswith(
        "The largest of each kind; not shown: 2 orders worth 3.000 MUSD. `lodestar decisions` "
    )
    assert "not shown" not in to_do(things_to_do(orders(worth)), each=len(worth)).says
    assert len(to_do(things_to_do(orders(worth))).rows) == len(worth)


def test_a_line_without_a_worth_is_ranked_by_its_tonnes() -> None:
    table = orders([NAN] * 7).assign(kind="licence", how_much=[1.0, 7, 2, 6, 3, 5, 4])
    assert [row[4] for row in to_do(table, each=3).rows] == [mass(some) for some in (7.0, 6.0, 5.0)]


def test_what_is_done_first_ends_the_screen() -> None:
    table = things_to_do(orders([1e6, 2e6]))
    section = first_to_do(table)
    assert section is not None
    assert section.says == "To do first, by 2027-01-01: order from maker-0. One thing more: above."
    assert first_to_do(table.iloc[:0]) is None


@pytest.fixture(scope="module")
def summary() -> Summary:
    """The smallest network with every rule, which breaks limits."""
    return Summary(plan(CASES / "toy", ["late-magnet-plant", "buyer-listed"]))


def test_the_screen_begins_with_what_to_do_and_ends_with_what_is_first(summary: Summary) -> None:
    base = summary.plans.outcome()
    first, *_, last = summary.sections
    assert first.title == "What to do, of the plan to carry out (base plan), by the day by which to act"
    assert len(first.rows) == len(things_to_do(decisions(base)))
    assert "`lodestar decisions` works it out" in first.says
    assert last.says.startswith(f"To do first, by {first.rows[0][0]}: {first.rows[0][1]}, {first.rows[0][2]}")
    made = {make.__name__: base.labelled(make(base)) for make in BROKEN}
    broken = missed(made).query("kind == 'limit'")["what"]
    assert len(broken)
    for name in broken:
        assert name in first.notes[0]


def test_scenarios_stand_by_their_damage_and_what_costs_nothing_is_one_line(summary: Summary) -> None:
    costs = next(section for section in summary.sections if section.name == "costs")
    assert [row[0] for row in costs.rows] == ["base", "late-magnet-plant"]
    assert costs.rows[1][1:3] == (summary.plans.scenarios[0].title, summary.plans.scenarios[0].probability)
    assert sum("buyer-listed" in note for note in costs.notes) == 1
    assert costs.says.endswith("Certified: all 5 answers.")


def test_landed_prices_are_those_of_the_awards(summary: Summary) -> None:
    landed = next(section for section in summary.sections if section.name == "landed")
    table = summary.plans.tables["awards"].query("answer == 'base'")
    assert sum(row[2] for row in landed.rows) == pytest.approx(table["tonnes"].sum())
    paid = (table["tonnes"] * table["landed_usd_per_t"]).sum()
    assert sum(row[2] * row[3] for row in landed.rows) == pytest.approx(paid)
    for row in landed.rows:
        assert row[4] - 1e-6 <= row[3] <= row[5] + 1e-6
