"""What the hedge is worth, on a case worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from optimizer.audit.verify import verify
from optimizer.folder.write import write_plans
from optimizer.plans.asked import KNOWN
from optimizer.plans.hedge import HEDGE
from optimizer.plans.plan import Plans
from optimizer.questions.commitments import commitments, weighed
from optimizer.questions.commitments import section as commitment_section
from optimizer.questions.hedge import Interval, hedge_of, record, section, values
from tests.helpers.command import lodestar_here
from tests.helpers.keeping import KEPT, YEAR, folder, stop
from tests.helpers.planned import plan
from tests.helpers.small import put_tables, scenario, small

STOP = stop()
SHORT = 92 * (1_000_000 - 50_100)


def stop(at: Path, announced: str = "2027-07-01") -> Path:
    return scenario(at / "stop.yaml", STOP, announced)


def hedged(case: Path, *scenarios: Path) -> Plans:
    return plan(case, scenarios, answers=KNOWN)


def test_keeping_a_quarter_ahead(tmp_path: Path) -> None:
    """At one in ten it is kept: 23,063 USD for certain, against 92 t missing at a million each."""
    plans = hedged(folder(tmp_path / "mini"), stop(tmp_path))
    hedge = hedge_of(plans)
    assert hedge is not None
    found = values(plans, hedge)
    assert found.premium == pytest.approx(KEPT)
    assert found.react == pytest.approx([YEAR + 0.1 * SHORT] * 2)
    assert plans.outcome("stop", "hedge").cost == pytest.approx(plans.outcome("stop", "foresight").cost)
    assert found.value_of_hedging.low == pytest.approx(
        0.1 * (SHORT - plans.outcome("stop", "foresight").cost + YEAR) - 0.9 * KEPT
    )
    assert found.value_of_knowing.low == pytest.approx(0.9 * KEPT)
    assert plans.outcomes[HEDGE].short == pytest.approx(0, abs=1e-6)


def test_what_is_not_worth_its_premium_is_left(tmp_path: Path) -> None:
    """A chance of 1 in 10,000 is worth 8,740 USD, keeping costs 23,063."""
    made = stop(tmp_path)
    made.write_text(made.read_text(encoding="utf-8").replace("probability: 0.1", "probability: 0.0001"))
    plans = hedged(folder(tmp_path / "mini"), made)
    hedge = hedge_of(plans)
    assert hedge is not None
    assert values(plans, hedge).premium == pytest.approx(0, abs=1e-3)
    assert plans.outcome("stop", "hedge").cost == pytest.approx(plans.outcome("stop", "react").cost)


def test_news_on_a_day_inside_a_period_is_cut_in(tmp_path: Path) -> None:
    """Heard on 1 June, there is a month to buy in: nothing has to be kept before anything is heard."""
    plenty = folder(tmp_path / "mini")
    put_tables(plenty, offers="offer,site,material,price,capacity\nspot,maker,magnet,50000,10000")
    plans = hedged(plenty, stop(tmp_path, announced="2027-06-01"))
    hedge = hedge_of(plans)
    assert hedge is not None
    assert values(plans, hedge).premium == pytest.approx(0, abs=1e-3)


def test_a_day_beside_a_bound_that_stays_is_heard_on_it(tmp_path: Path) -> None:
    """3 July is heard on the first, where a cut of its own keeps that bound: the quarter is planned as one."""
    case = "periods: [{count: 4, months: 3}]\ncuts: [2027-07-01]"
    at = small(tmp_path / "mini", case, stocks="site,material,opening,capacity,holding\nbuyer,magnet,0,1000,1000")
    made = scenario(tmp_path / "stop.yaml", STOP.replace("2027-07-01", "2027-07-03"), "2027-07-03")
    plans = hedged(at, made)
    assert str(plans.scenarios[0].announced) == "2027-07-01"
    assert hedge_of(plans) is not None


def test_harmless_news_is_no_all_clear(tmp_path: Path) -> None:
    """What nobody would use is taken away: its weight is that of nothing happening."""
    made = scenario(
        tmp_path / "freight.yaml", STOP.replace("set: {capacity: 0}", "scale: {capacity: 0.9}"), "2027-03-01"
    )
    plans = hedged(folder(tmp_path / "mini"), made, stop(tmp_path))
    hedge = hedge_of(plans)
    assert hedge is not None
    assert hedge.merged == ("freight",)
    assert hedge.nothing == pytest.approx(0.9 / (0.81 + 0.18) * (0.9 + 0.1))
    told = section(plans)
    assert told is not None
    assert any("Counted as nothing happening: freight" in line for line in told.notes)


def test_known_on_the_first_day_nothing_can_be_hedged(tmp_path: Path) -> None:
    plans = hedged(folder(tmp_path / "mini"), stop(tmp_path, announced="2027-01-01"))
    hedge = hedge_of(plans)
    assert hedge is not None
    assert hedge.known == ("stop",)
    found = values(plans, hedge)
    assert found.react == pytest.approx(found.foresight)
    assert found.hedge == pytest.approx(found.foresight)
    assert found.premium == pytest.approx(0)


def test_the_command(tmp_path: Path) -> None:
    case, made = folder(tmp_path / "mini"), stop(tmp_path)
    printed = lodestar_here("hedge", str(case), "-s", str(made)).stdout
    assert "nothing happens" in printed
    assert "If nothing happens the hedge costs" in printed
    found = json.loads(lodestar_here("hedge", str(case), "-s", str(made), "--json").stdout)
    assert found["expected"]["premium_usd"] == pytest.approx(KEPT)
    assert [some["scenario"] for some in found["scenarios"]] == ["nothing happens", "stop"]
    assert [(some["kind"], some["what"]) for some in found["commitments"]] == [
        ("stock", "magnet at buyer"),
        ("supplier", "magnet from maker"),
    ]


def test_the_commitment_is_the_stock_and_what_it_is_worth_is_found_by_leaving_it_out(tmp_path: Path) -> None:
    """92 t by the end of 2027Q2: the whole premium, and without it the reaction to the base plan is all there is."""
    plans = hedged(folder(tmp_path / "mini"), stop(tmp_path))
    hedge = hedge_of(plans)
    assert hedge is not None
    found = [weighed(plans, hedge, some) for some in commitments(plans, hedge)]
    kept = next(some for some in found if some.commitment.kind == "stock")
    assert (kept.commitment.what, kept.commitment.by, kept.scenario) == ("magnet at buyer", "2027Q2", "stop")
    assert (kept.commitment.base, kept.commitment.hedge) == pytest.approx((0, 92))
    assert kept.premium == pytest.approx(KEPT)
    assert kept.saves == pytest.approx(plans.outcome("stop").cost - plans.outcome("stop", "hedge").cost)
    assert kept.expected == pytest.approx(values(plans, hedge).value_of_hedging.low)
    assert commitment_section(found, 3).legend[0].endswith("1 smaller one is not told.")


def test_without_weight_there_is_nothing_to_commit_to(tmp_path: Path) -> None:
    made = stop(tmp_path)
    made.write_text(made.read_text(encoding="utf-8").replace("probability: 0.1", "probability: 0"))
    plans = hedged(folder(tmp_path / "mini"), made)
    hedge = hedge_of(plans)
    assert hedge is not None
    assert commitments(plans, hedge) == []
    assert commitment_section([], 0).says.startswith("Before any news the hedge commits to nothing")


def test_no_hedge_is_said_of_plans_without_one(tmp_path: Path) -> None:
    plans = plan(folder(tmp_path / "mini"), [stop(tmp_path)])
    assert (section(plans), record(plans), hedge_of(plans)) == (None, None, None)


def test_an_interval_says_what_is_not_clear() -> None:
    react, hedge = Interval(1.0, 1.5), Interval(1.2, 1.3)
    assert react.less(hedge) == pytest.approx((-0.3, 0.3))


@pytest.mark.slow
def test_a_written_hedge_is_proved_again(tmp_path: Path) -> None:
    made = scenario(tmp_path / "early.yaml", STOP.replace("2027-07-01", "2027-04-01"), "2027-04-01")
    plans = hedged(folder(tmp_path / "mini"), made, stop(tmp_path))
    write_plans(plans, tmp_path / "out")
    report = verify(tmp_path / "out")
    assert [str(fault) for some in report.answers for fault in some.faults] + list(map(str, report.faults)) == []
    assert {(some.scenario, some.answer) for some in report.answers} == set(plans.outcomes)
    assert report.asked == len(plans.outcomes) == 8
    assert any("nothing else done before costs less" in note for note in report.notes)


@pytest.mark.slow
def test_a_written_hedge_that_another_plan_takes_the_place_of_is_refused(tmp_path: Path) -> None:
    """The reaction to the base plan is no answer to what the hedge does before."""
    plans = hedged(folder(tmp_path / "mini"), stop(tmp_path))
    plans.outcomes["stop", "hedge"] = plans.outcomes["stop", "react"]
    write_plans(plans, tmp_path / "out")
    report = verify(tmp_path / "out")
    assert {some.answer for some in report.answers if some.faults} == {"hedge"}
