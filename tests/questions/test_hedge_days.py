"""The hedge where nobody knows the day: one plan for all the days on which news may come, by hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from optimizer.audit.verify import verify
from optimizer.errors import ScenarioError
from optimizer.folder.write import write_plans
from optimizer.plans import plan as planning
from optimizer.plans.asked import KNOWN
from optimizer.plans.hedge import HEDGE
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import Plans
from optimizer.questions.hedge import hedge_of, record, section, values
from optimizer.world.chances import chances
from optimizer.world.each_day import on_its_dates
from optimizer.world.scenario import load_scenario
from tests.helpers.command import lodestar_here
from tests.helpers.keeping import folder, stop
from tests.helpers.planned import plan
from tests.helpers.small import scenario

STOP = stop("2027-04-01", "2027-07-01")
DAYS = "{from: 2027-04-01, until: 2027-10-01, every: 3 months}"
QUARTERS = (91.0, 92.0, 92.0)
"""What is used in the quarter after each, tonnes."""


def kept(plans: Plans) -> list[float]:
    """Stock at the end of each quarter as long as nothing is heard."""
    table = long_tables(plans.outcomes[HEDGE])["stock"]
    found = table.groupby("period")["tonnes"].sum()
    return [float(found.get(f"2027Q{quarter}", 0.0)) for quarter in range(1, 5)]


def test_nothing_is_built_for_a_day_and_nothing_run_down_after_it(tmp_path: Path) -> None:
    """A quarter's use is kept from the first day on until the last, whichever day has passed."""
    case = folder(tmp_path / "mini")
    plans = plan(case, [scenario(tmp_path / "stop.yaml", STOP, DAYS)], KNOWN)
    assert kept(plans) == pytest.approx([*QUARTERS, 0.0], abs=1e-6)
    hedge = hedge_of(plans)
    assert hedge is not None
    assert [hedge.weights[some.name] for some in plans.scenarios] == pytest.approx([0.1 / 3] * 3)
    assert hedge.chances.several == pytest.approx(0)
    assert not any(plans.outcome(some.name, "hedge").short > 1e-6 for some in plans.scenarios)
    holding = 1000 * (91 * 45 + (91 + 92) / 2 * 91 + 92 * 92 + 92 * 46) / 365
    assert values(plans, hedge).premium == pytest.approx(holding, rel=2e-2)
    exact = planning.plan(case, [tmp_path / "stop.yaml"], answers=KNOWN, workers=1, exact_days=True)
    assert kept(exact) == pytest.approx([91, 0, 0, 0], abs=1e-6)  # the clock that it would be


def test_it_is_said_by_its_mean_and_its_worst_day(tmp_path: Path) -> None:
    plans = plan(folder(tmp_path / "mini"), [scenario(tmp_path / "stop.yaml", STOP, DAYS)], KNOWN)
    told, found = section(plans), record(plans)
    assert told is not None
    assert found is not None
    mean, worst = told.rows[1:3]
    assert (mean[0], mean[1]) == ("stop, mean of 3 days", pytest.approx(0.1))
    costs = {str(some.announced): plans.outcome(some.name, "react").cost for some in plans.scenarios}
    assert mean[2] == pytest.approx(sum(costs.values()) / 3)
    assert worst[0] == f"  worst on {max(costs, key=lambda day: costs[day])}"
    assert worst[2] == pytest.approx(max(costs.values()))
    assert not any("taken as known" in line for line in told.notes)
    assert {some["date_of"] for some in found["scenarios"][1:]} == {"stop"}


def test_a_day_that_is_known_is_said_to_be(tmp_path: Path) -> None:
    plans = plan(folder(tmp_path / "mini"), [scenario(tmp_path / "stop.yaml", STOP, "2027-04-01")], KNOWN)
    told = section(plans)
    assert told is not None
    assert any(line.startswith("The day of the news is taken as known of all scenarios") for line in told.notes)


def test_a_written_one_is_proved_again(tmp_path: Path) -> None:
    plans = plan(folder(tmp_path / "mini"), [scenario(tmp_path / "stop.yaml", STOP, DAYS)], KNOWN)
    write_plans(plans, tmp_path / "out")
    report = verify(tmp_path / "out")
    assert [str(fault) for some in report.answers for fault in some.faults] + list(map(str, report.faults)) == []


def test_events_move_along_and_the_chance_is_split(tmp_path: Path) -> None:
    made = load_scenario(
        scenario(tmp_path / "stop.yaml", STOP, "{from: 2027-01-31, until: 2027-06-01, every: 1 month}")
    )
    leaves = on_its_dates(made)
    assert [str(some.announced) for some in leaves] == [
        "2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31",
    ]  # fmt: skip
    assert [str(some.events[0].from_) for some in leaves[:2]] == ["2027-04-01", "2027-05-01"]
    assert leaves[1].events[0].until == dt.date(2027, 8, 1)
    assert sum(some.probability for some in leaves) == pytest.approx(made.probability)
    assert {some.exclusive for some in leaves} == {"stop"}
    assert chances(leaves).nothing == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ("{from: 2027-04-01, until: 2027-01-01, every: 3 months}", "a day on or after from (2027-04-01)"),
        ("{from: 2027-04-01, until: 2027-10-01, every: quarter}", "every"),
        ("{from: 2027-01-01, until: 2047-01-01, every: 1 month}", "at most 60 days"),
        ("{until: 2027-10-01, every: 3 months}", "from"),
    ],
)
def test_days_that_mean_nothing_are_refused(tmp_path: Path, days: str, said: str) -> None:
    with pytest.raises(ScenarioError) as error:
        load_scenario(scenario(tmp_path / "stop.yaml", STOP, days))
    assert any(said in str(fault) for fault in error.value.faults)


def test_the_command_takes_days_as_exact(tmp_path: Path) -> None:
    case, made = folder(tmp_path / "mini"), scenario(tmp_path / "stop.yaml", STOP, DAYS)
    printed = lodestar_here("hedge", str(case), "-s", str(made)).stdout
    assert "stop, mean of 3 days" in printed
    assert "worst on" in printed
    printed = lodestar_here("hedge", str(case), "-s", str(made), "--exact-days").stdout
    assert "mean of" not in printed
