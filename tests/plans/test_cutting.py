"""Days of a planner's own scenarios are cut into the calendar, so that what happens on them is planned by the day."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from optimizer.audit.audit import audit_plan
from optimizer.case.case import Case
from optimizer.errors import CaseError
from optimizer.plans.cutting import cut_in, event_days
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import Planner, Plans, plan
from optimizer.world.load import load_case
from tests.helpers.coarse import coarse
from tests.helpers.command import lodestar_here
from tests.helpers.paths import BUNDLED
from tests.helpers.seeds import a_few
from tests.helpers.small import scenario, small

PERIODS = ["{count: 4, months: 3}", "{count: 12, months: 1}", "{count: 2, months: 6}", "{count: 1, months: 12}"]
STOP = "  - {what: w, table: offers, where: {}, scale: {capacity: 0}, from: %s}\n"
PAUSE = "  - {what: w, table: offers, where: {}, scale: {capacity: 0}, from: %s, until: %s}\n"
TWO = {
    "sites": "site,company,country,owner\nmaker,Maker Co,CN,CN\nau,Au Co,AU,AU\nbuyer,Buyer SE,DE,DE",
    "offers": "offer,site,material,price,capacity\nspot,maker,magnet,100,1000\nau,au,magnet,200,1000",
    "routes": "from_country,to_country,freight,transit\nCN,DE,0,0\nAU,DE,0,0",
    "projects": "project,kind,site,process,capacity,cost,lead\nqualify-au,qualify,au,,1000,1000,6",
}


def planned(folder: Path, *paths: Path) -> Plans:
    """The plans of a case, to which an auditor has nothing to object."""
    plans = plan(str(folder), [str(path) for path in paths], workers=1)
    happens = {some.name: some for some in plans.scenarios}
    for (name, _), outcome in plans.outcomes.items():
        assert audit_plan(plans.planner.case, long_tables(outcome), happens.get(name)) == []
    return plans


def short(plans: Plans, name: str, answer: str = "react") -> float:
    """Tonnes short in a scenario."""
    return float(long_tables(plans.outcome(name, answer))["shortages"]["tonnes"].sum())


@pytest.mark.parametrize("periods", PERIODS)
def test_a_stop_inside_a_period_costs_what_it_costs_by_the_day(periods: str, tmp_path: Path) -> None:
    """47 days of a tonne a day, whatever the periods of the case; an auditor counts days by his own clock."""
    plans = planned(
        small(tmp_path, f"periods: [{periods}]"), scenario(tmp_path / "stop.yaml", STOP % "2027-11-15", "2027-11-01")
    )
    assert short(plans, "stop") == pytest.approx(47)
    proof = plans.outcome("stop").answer.certificate
    assert proof is not None
    assert proof.objective == pytest.approx(318 * 50_100 + 47e6)


@pytest.mark.parametrize("periods", a_few(PERIODS))
def test_two_scenarios_share_one_calendar_and_one_base(periods: str, tmp_path: Path) -> None:
    """A stop of 43 days that ends inside a period, and one for good."""
    pause = scenario(tmp_path / "pause.yaml", PAUSE % ("2027-02-10", "2027-03-25"), "2027-02-01")
    stop = scenario(tmp_path / "stop.yaml", STOP % "2027-11-15", "2027-11-01")
    plans = planned(small(tmp_path, f"periods: [{periods}]"), pause, stop)
    assert {name: short(plans, name) for name in ("pause", "stop")} == {
        "pause": pytest.approx(43),
        "stop": pytest.approx(47),
    }


def test_the_same_embargo_announced_on_three_days_gives_three_answers(tmp_path: Path) -> None:
    """Qualifying another seller takes six months; a whole qualification opens 1,000 t a year, a part its part."""
    folder = small(tmp_path, "periods: [{count: 4, months: 3}]", **TWO)
    news = {"2027-04-01": 0, "2027-05-15": 45, "2027-06-15": 75}
    paths = [scenario(tmp_path / f"on-{day}.yaml", STOP % "2027-10-01", day) for day in news]
    for path in paths:
        path.write_text(path.read_text(encoding="utf-8").replace("where: {}", "where: {offer: spot}"), encoding="utf-8")
    found = {path.stem[3:]: short(planned(folder, path), path.stem) for path in paths}
    assert found == {day: pytest.approx(tonnes) for day, tonnes in news.items()}


@pytest.mark.slow
def test_what_is_cut_in_is_said_with_what_it_does_to_the_base(tmp_path: Path) -> None:
    folder = small(tmp_path, "periods: [{count: 4, months: 3}]")
    path = scenario(tmp_path / "stop.yaml", STOP % "2027-11-15", "2027-11-01")
    printed = lodestar_here(
        "plan", str(folder), "-s", str(path), "--workers", "1", "--out", str(tmp_path / "out")
    ).stdout
    assert "Cut into the calendar for stop: periods begin on 2027-11-01, 2027-11-15; 6 in all." in printed
    assert "The base plan costs 18.3 MUSD so, and 18.3 MUSD on the calendar of the case." in " ".join(printed.split())
    assert "averaged" not in printed
    assert "by quarter of dispatch" in printed
    assert "nothing wrong" in lodestar_here("verify", str(tmp_path / "out")).stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_scenarios_cut_nothing(name: str) -> None:
    planner = Planner(coarse(name))
    scenarios = planner.choose(None).scenarios
    assert any(set(event_days(some)) - set(planner.case.calendar.bounds) for some in scenarios)
    assert cut_in(planner.case, scenarios) is None


def test_a_case_may_cut_its_own_periods(tmp_path: Path) -> None:
    folder = small(tmp_path, "periods: [{count: 4, months: 3}]\ncuts: [2027-11-15, 2027-06-28]")
    assert [str(day) for day in load_case(folder).calendar.bounds] == [
        "2027-01-01", "2027-04-01", "2027-06-28", "2027-10-01", "2027-11-15", "2028-01-01"
    ]  # fmt: skip
    planned(folder)


@pytest.mark.parametrize("day", ["2027-01-01", "2028-01-01", "2035-06-01"])
def test_a_cut_outside_the_horizon_is_refused(day: str, tmp_path: Path) -> None:
    folder = small(tmp_path, f"periods: [{{count: 4, months: 3}}]\ncuts: [{day}]")
    with pytest.raises(CaseError, match=rf"cuts: expected a day after 2027-01-01 and before 2028-01-01, found {day}"):
        load_case(folder)


def test_an_auditor_finds_a_calendar_cut_elsewhere(tmp_path: Path) -> None:
    plans = planned(small(tmp_path, "periods: [{count: 4, months: 3}]\ncuts: [2027-11-15]"))
    case = plans.planner.case
    file = case.file.model_copy(update={"cuts": (dt.date(2027, 11, 22),)})
    assert audit_plan(Case(file, case.tables, case.places), long_tables(plans.outcome()))


@pytest.mark.slow
def test_a_scenario_is_planned_again_by_weeks(tmp_path: Path) -> None:
    """Three weeks of a stop after 18 days without news: both numbers are shown, and that they are the same."""
    folder = small(tmp_path, "periods: [{count: 4, months: 3}]")
    path = scenario(tmp_path / "stop.yaml", STOP % "2027-11-15", "2027-11-01")
    words = ("plan", str(folder), "-s", str(path), "--workers", "1", "--fine")
    printed = lodestar_here(*words).stdout
    assert "stop, planned again by weeks" in printed
    assert "Warning" not in printed
    rows = json.loads(lodestar_here(*words, "--json").stdout)
    assert [row["short_t"] for row in rows if row["scenario"] == "stop"] == pytest.approx([47] * 4)
    assert len(rows) == 6


def test_weeks_are_planned_of_one_scenario(tmp_path: Path) -> None:
    result = lodestar_here("plan", str(small(tmp_path)), "--fine", code=2)
    assert "expected one scenario" in result.stderr
