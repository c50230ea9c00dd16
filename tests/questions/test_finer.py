"""A planner's own case is told which scenarios its calendar blurs, and by how much."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from optimizer.case.case import Case
from optimizer.plans.plan import Plans, plan
from optimizer.questions import finer
from optimizer.questions.finer import blurred
from optimizer.world.scenario import Scenario, load_scenario
from tests.helpers.command import lodestar_here
from tests.helpers.small import scenario, small

LESS = "  - {what: w, table: offers, where: {}, scale: {capacity: 0.1}, from: 2027-04-05, until: 2027-09-01}\n"
TABLES = {
    "routes": "from_country,to_country,freight,transit\nCN,DE,100,38",
    "stocks": "site,material,opening,capacity,holding\nbuyer,magnet,40,100,10",
}


def year(folder: Path) -> tuple[Path, Path]:
    """A case of one period with goods on the way and a stock, and a scenario in it."""
    return small(folder / "case", "periods: [{count: 1, months: 12}]", **TABLES), scenario(folder / "less.yaml", LESS)


def planned(folder: Path, path: Path | Scenario) -> tuple[Plans, Callable[[Case], Plans]]:
    """Plans of a case in a scenario, and what plans another case in it."""
    return plan(str(folder), [path], workers=1), lambda case: plan(case, [path], workers=1)


@pytest.mark.slow
def test_a_blurred_scenario_is_told_with_both_amounts(tmp_path: Path) -> None:
    folder, path = year(tmp_path)
    printed = lodestar_here("plan", str(folder), "-s", str(path), "--workers", "1").stdout
    last = " ".join(printed.split()).rpartition("Planned once by weeks")[2]
    assert last.startswith(
        ", with the days of all scenarios, as the calendar of the case blurs 1 of 1 scenario: less adds +"
    )
    coarse, again = planned(folder, path)
    fine = again(finer.parted(coarse.planner.case, coarse.scenarios, 7))
    adds = [some.outcome("less").cost - some.outcome().cost for some in (fine, coarse)]
    assert abs(adds[0] - adds[1]) > 0.4 * min(adds)  # either may be the dearer: days are watched in long periods only
    assert f"+{adds[0] / 1e6:.3f} MUSD and not +{adds[1] / 1e6:.3f} MUSD (react and foresight)." in last


def test_a_stop_that_is_seen_by_the_day_is_not_blurred(tmp_path: Path) -> None:
    stop = LESS.replace("0.1", "0")
    folder = small(tmp_path / "case", "periods: [{count: 4, months: 3}]")
    printed = lodestar_here(
        "plan", str(folder), "-s", str(scenario(tmp_path / "stop.yaml", stop)), "--workers", "1"
    ).stdout
    assert (
        "Planned once by weeks, with the days of all scenarios: the calendar of the case blurs none of 1 scenario."
        in (" ".join(printed.split()))
    )


@pytest.mark.parametrize("words", [("--json",), ("-s", "base")])
def test_nothing_is_said_where_nobody_reads_or_asks_for_it(words: tuple[str, ...], tmp_path: Path) -> None:
    folder, path = year(tmp_path)
    asked = ("plan", str(folder), *words, *(("-s", str(path)) if words[0] == "--json" else ()), "--workers", "1")
    assert "Planned once" not in lodestar_here(*asked).stdout


def test_a_larger_case_is_planned_by_months_and_a_large_one_not_at_all(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder, path = year(tmp_path)
    plans, again = planned(folder, path)
    size = finer.Size.of(plans.planner.network.structure)
    each = (size.rows + size.columns) * len(plans.outcomes) / len(plans.planner.case.calendar.periods)
    monkeypatch.setattr(finer, "AFFORDED", 20 * each)
    assert (blurred(plans, again) or "").startswith("Planned once by months, with the days of all scenarios, as")
    monkeypatch.setattr(finer, "AFFORDED", 0)
    assert blurred(plans, again) is None, "its days are cut in, so that none is averaged"
    bundled = load_scenario(path)
    bundled._bundled = True
    some, again = planned(folder, bundled)
    assert blurred(some, again) == finer.TOO_LARGE.format("less")


def test_a_calendar_that_is_as_fine_is_not_planned_again(tmp_path: Path) -> None:
    folder, path = year(tmp_path)
    plans, again = planned(folder, path)
    weeks = again(finer.parted(plans.planner.case, plans.scenarios, 7))
    assert blurred(weeks, again) is None
