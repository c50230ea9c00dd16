"""Plans of the default case: what a planner relies on."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import optimizer
import optimizer.errors
from optimizer.engine.pool import solve_all
from optimizer.folder.write import write_plans
from optimizer.plans import solving
from optimizer.plans.choose import choose
from optimizer.plans.plan import Planner, Plans
from optimizer.program.answer import Answer
from optimizer.world.events import Event
from optimizer.world.scenario import Scenario
from tests.helpers.coarse import coarse
from tests.helpers.networks import random_case, random_scenario
from tests.helpers.planned import ev_motors, part, plan
from tests.helpers.seeds import a_fifth

SOME = ["full-embargo", "licence-slowdown", "us-duties-doubled"]


@pytest.fixture(scope="module")
def plans() -> Plans:
    """The default case in three scenarios."""
    return part(ev_motors(), *SOME)


def test_every_answer_is_certified(plans: Plans) -> None:
    assert plans.summary["certified"].all()
    assert not plans.failed
    assert set(plans.summary["status"]) == {"optimal"}
    assert list(plans.summary.columns[:4]) == ["scenario", "answer", "status", "certified"]
    assert {"cost_usd", "service_level", "short_t"} <= set(plans.summary.columns)


def test_knowing_is_never_worse_than_reacting(plans: Plans) -> None:
    wide = plans.summary.pivot_table(index="scenario", columns="answer", values="cost_usd").drop(index="base")
    assert (wide["foresight"] <= wide["react"] * (1 + 1e-9)).all()


def test_an_embargo_costs_more_than_a_slowdown(plans: Plans) -> None:
    change = plans.summary.set_index(["scenario", "answer"])["change_usd"]
    assert change["full-embargo", "react"] > change["licence-slowdown", "react"] > 0


def test_stock_is_drawn_down_in_an_embargo(plans: Plans) -> None:
    base, embargo = plans.outcome().lowest_cover()[0], plans.outcome("full-embargo").lowest_cover()[0]
    assert embargo < base


def test_the_base_plan_is_kept_until_the_day(plans: Plans) -> None:
    """What leaves, runs and is bought in periods that end before the announcement is that of the base plan."""
    planner = plans.planner
    fixed = planner.news(plans.scenarios[0]).decided
    assert fixed.any()
    base, react = plans.outcome().answer.x, plans.outcome("full-embargo").answer.x
    np.testing.assert_allclose(react[fixed], base[fixed], atol=1e-9)
    foresight = plans.outcome("full-embargo", "foresight").answer.x
    assert np.abs(foresight[fixed] - base[fixed]).max() > 1


def test_unit_cost_is_near_the_market(plans: Plans) -> None:
    """Traction magnets sold for 55 to 150 USD/kg; the base plan's average must lie there."""
    outcome = plans.outcome()
    undiscounted = outcome.cost / float(np.mean(plans.planner.network.structure.calendar.discount(0.08)))
    assert 45 < undiscounted / outcome.service["wanted"].sum() / 1000 < 150


def test_costs_add_up(plans: Plans) -> None:
    for outcome in plans.outcomes.values():
        assert outcome.answer.certificate is not None
        assert outcome.cost == pytest.approx(outcome.answer.certificate.objective, rel=1e-9)


def test_shares_of_a_stage_add_up_to_one(plans: Plans) -> None:
    shares = plans.outcome().shares
    sums = shares[shares["by"] == "country"].groupby(["stage", "year"])["share"].sum()
    assert sums.to_numpy() == pytest.approx(1.0, abs=1e-6)


@pytest.mark.slow
def test_tables_have_leading_keys_and_named_periods(plans: Plans) -> None:
    for name, table in plans.tables.items():
        assert list(table.columns[:2]) == ["scenario", "answer"], name
        if "period" in table.columns and len(table):
            assert set(table["period"]) <= set(plans.outcome().frame.labels)


def test_written_folder(plans: Plans, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    write_plans(plans, folder)
    summary = pd.read_csv(folder / "summary.csv")
    assert len(summary) == 1 + 2 * len(SOME)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert len(manifest["certificates"]) == len(summary)
    assert all(proof["holds"] for proof in manifest["certificates"])
    assert manifest["case_sha256"] == plans.planner.case.digest()
    for name, table in {**plans.tables, "summary": plans.summary}.items():
        assert (folder / f"{name}.csv").exists()
        for column in table.select_dtypes("number").columns:
            known = column in manifest["units"] or column.endswith(("_share", "_usd", "_days", "_level", "_hhi"))
            assert known, f"{name}: no unit for {column}"
    write_plans(plans, folder)
    assert not [path for path in tmp_path.iterdir() if path.name != "out"], "nothing is left beside it"


def test_a_foreign_folder_is_not_overwritten(plans: Plans, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(optimizer.errors.InputError, match="expected a new or empty folder"):
        write_plans(plans, tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "keep"


def test_workers_and_order_do_not_change_the_answers() -> None:
    case = random_case(11)
    scenarios = [random_scenario(case, number) for number in range(5)]
    one = optimizer.plan(case, scenarios, workers=1)
    two = optimizer.plan(case, scenarios[::-1], workers=2)
    for key, outcome in one.outcomes.items():
        assert outcome.cost == pytest.approx(two.outcomes[key].cost, rel=1e-12)


def test_a_scenario_announced_before_the_start_has_one_answer_for_both() -> None:
    case = random_case(2)
    some = random_scenario(case, 1).model_copy(update={"announced": dt.date(2026, 1, 1)})
    plans = plan(case, [some])
    assert plans.outcome(some.name, "react").cost == plans.outcome(some.name, "foresight").cost


def test_a_scenario_that_changes_nothing_is_the_base() -> None:
    case = random_case(9)
    event = Event.model_validate(
        {"what": "nothing", "table": "demand", "where": {}, "scale": {"tonnes": 1.0}, "from": "2027-06-01"}
    )
    idle = Scenario(name="idle", title="t", probability=0, announced=dt.date(2027, 6, 1), source="x", events=(event,))
    plans = plan(case, [idle])
    assert plans.outcome("idle", "react").cost == pytest.approx(plans.outcome().cost, rel=1e-9)
    assert plans.outcome("idle", "foresight").cost == pytest.approx(plans.outcome().cost, rel=1e-9)


def test_an_interrupt_leaves_what_is_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    case = random_case(4)
    scenarios = [random_scenario(case, number) for number in range(4)]

    def stopped(*args: object, **kwargs: object) -> object:
        for number, item in enumerate(solve_all(*args, **kwargs)):  # type: ignore[arg-type]
            if number == 2:
                raise KeyboardInterrupt
            yield item

    monkeypatch.setattr(solving, "solve_all", stopped)
    plans = optimizer.plan(case, scenarios, workers=1)
    assert plans.interrupted
    assert 2 < 1 + len(plans.summary) <= 6


def test_an_answer_that_is_not_certified_has_no_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    case = random_case(4)

    def failing(program: object, start: object, tasks: list[object], **kwargs: object) -> object:
        for task in tasks:
            yield task, Answer("time limit")

    monkeypatch.setattr(solving, "solve_all", failing)
    plans = optimizer.plan(case, [random_scenario(case, 0)])
    row = plans.summary.iloc[-1]
    assert row["status"] == "time limit"
    assert not row["certified"]
    assert pd.isna(row["cost_usd"])


def test_decided_columns_grow_with_the_day() -> None:
    planner = Planner(random_case(0))
    counts = [
        int(planner.news(random_scenario(planner.case, 0).model_copy(update={"announced": day})).decided.sum())
        for day in (dt.date(2026, 1, 1), dt.date(2027, 4, 1), dt.date(2027, 12, 31))
    ]
    assert counts[0] == 0
    assert counts[0] < counts[1] <= counts[2]


@pytest.mark.slow
@pytest.mark.parametrize("name", a_fifth(["ev-motors", "korea", "defense", "japan-motors"]))
def test_every_case_plans_in_every_scenario(name: str) -> None:
    certified_in_every_scenario(ev_motors() if name == "ev-motors" else plan(coarse(name), []))


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", ["ev-motors", "korea", "defense", "japan-motors"])
def test_every_case_plans_on_its_calendar(name: str) -> None:
    """And no answer takes the simplex method from scratch, which takes minutes."""
    answers = certified_in_every_scenario(plan(name, []))
    assert {answer.method for answer in answers} <= {
        *("warm simplex", "warm simplex, refined", "ipx", "ipx, refined"),
        *("ipx in other units", "ipx in other units, refined"),
        *("ipx without presolve", "ipx without presolve, refined"),
    }


def certified_in_every_scenario(plans: Plans) -> list[Answer]:
    """Answers to all bundled scenarios that fit, those found already and the others; each certified, and react dearer."""
    every = choose(plans.planner.network, plans.planner.selector, None).scenarios
    assert len(every) >= 16
    found = {key: outcome.answer for key, outcome in plans.outcomes.items()}
    rest = [scenario for scenario in every if (scenario.name, "react") not in found]
    found |= {(one.scenario.name, one.name): one.answer for one in plans.planner.stream(rest, workers=1)}
    assert [key for key, answer in found.items() if not answer.certified] == []
    costs = {key: answer.proof("there is no plan").objective for key, answer in found.items()}
    for scenario in every:
        assert costs[scenario.name, "foresight"] <= costs[scenario.name, "react"] * (1 + 1e-9), scenario.name
    return list(found.values())
