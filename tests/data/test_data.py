"""The bundled data: a source on every row, figures that add up, cases and scenarios that fit each other."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from optimizer.case.case import Case
from optimizer.network.build import network_of
from optimizer.plans.plan import Planner
from optimizer.world.load import load_case
from optimizer.world.scenario import find_scenarios, load_scenario
from tests.helpers.paths import BUNDLED, ROOT

TOTALS = ("china-total", "exchina", "top10", "quota")


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    """Every bundled case."""
    return {name: load_case(name) for name in BUNDLED}


@pytest.mark.parametrize(
    "path", sorted([*ROOT.glob("data/*.csv"), *ROOT.glob("models/**/*.csv")]), ids=lambda p: f"{p.parent.name}-{p.stem}"
)
def test_every_row_has_a_source_and_a_confidence(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows:
        assert row["source"].strip(), row
        assert row["confidence"] in ("sourced", "background", "assumption"), row
        if row["confidence"] == "sourced":
            assert (
                "http" in row["source"]
                or "repository" in row["source"]
                or "|" in row["source"]
                or "computed" in row["source"]
            ), row
        if row["confidence"] == "assumption":
            assert len(row["source"] + row.get("assumed", "")) > 20, f"an assumption needs its reasoning: {row}"


def test_four_cases_and_at_least_sixteen_scenarios() -> None:
    assert BUNDLED == ["defense", "ev-motors", "japan-motors", "korea"]
    assert len(find_scenarios()) >= 16


@pytest.mark.parametrize("case", BUNDLED)
def test_all_scenarios_fit_every_case(cases: dict[str, Case], case: str) -> None:
    planner = Planner(cases[case])
    scenarios = [load_scenario(name) for name in find_scenarios()]
    for scenario, timelines in zip(scenarios, planner.applied(scenarios), strict=True):
        assert timelines.touched, f"{scenario.name} changes nothing in {case}"


def test_probabilities_leave_room_for_the_base() -> None:
    assert sum(load_scenario(name).probability for name in find_scenarios()) < 1


def test_no_event_begins_before_it_is_announced() -> None:
    for name in find_scenarios():
        scenario = load_scenario(name)
        assert all(event.from_ >= scenario.announced for event in scenario.events), name


def test_no_control_total_is_a_plant(cases: dict[str, Case]) -> None:
    for row in cases["ev-motors"].tables.plants:
        assert not any(word in row.site for word in TOTALS), row.site


def test_metal_yields_do_not_exceed_stoichiometry(cases: dict[str, Case]) -> None:
    """Oxide to metal: at most the metal that the oxide holds (0.8499 t for NdPr, 0.8713 for Dy, 0.8502 for Tb)."""
    needs = {
        row.recipe: -row.tonnes
        for row in cases["ev-motors"].tables.recipes
        if row.process.startswith("reduce") and row.material.endswith("oxide")
    }
    for recipe, least in (
        ("reduce-ndpr", 1 / 0.8499),
        ("reduce-dy", 1 / 0.8713),
        ("reduce-tb", 1 / 0.8502),
        ("reduce-sm", 1 / 0.8624),
    ):
        assert least <= needs[recipe] <= least / 0.85


def test_world_capacity_is_near_the_published_shares(cases: dict[str, Case]) -> None:
    """China mines about 69 % (USGS 2025), refines about 91 % and makes about 94 % of magnets (IEA 2024).

    Not all the world's plants are in the tables, so the bands are wide; they catch a unit or a digit gone wrong.
    """
    case = cases["ev-motors"]
    stage = {row.material: row.stage for row in case.tables.materials}
    country = {row.site: row.country for row in case.tables.sites}
    product = case.by.product_of
    now: dict[tuple[str, str], tuple[object, float]] = {}
    for row in case.tables.plants:
        key = row.site, row.process
        if str(row.from_) <= "2026-11-22" and (key not in now or row.from_ > now[key][0]):
            now[key] = row.from_, row.capacity
    sums: dict[str, dict[bool, float]] = defaultdict(lambda: defaultdict(float))
    for (site, process), (_, capacity) in now.items():
        sums[stage[product[process]]][country[site] == "CN"] += capacity
    shares = {name: some[True] / (some[True] + some[False]) for name, some in sums.items()}
    assert 0.6 < shares["concentrate"] < 0.8
    assert 0.8 < shares["oxide"] < 0.97
    assert 0.7 < shares["magnet"] < 0.97


@pytest.mark.parametrize("case", BUNDLED)
def test_programmes_stay_small(cases: dict[str, Case], case: str) -> None:
    """A planner waits seconds: the structure of a case is a few thousand decisions per dozen periods."""
    index = network_of(cases[case]).structure.index
    assert len(index["lanes"]) + len(index["runs"]) + len(index["dilutes"]) < 2_000
