"""One order in which plans are chosen: what a plan costs after the news does not go by names, rows or units."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from optimizer.case.case import Case
from optimizer.engine.refine import Solver
from optimizer.engine.stages import CHOSEN
from optimizer.plans.plan import Planner
from optimizer.questions.interval import between, intervals
from optimizer.world.load import load_case
from optimizer.world.scenario import Scenario
from tests.helpers.changes import in_units
from tests.helpers.namings import renamed, shuffled, told_so, with_other_sites
from tests.helpers.networks import random_case, random_scenario
from tests.helpers.paths import CASES
from tests.helpers.planned import plan
from tests.helpers.seeds import seeds
from tests.helpers.small import put_tables
from tests.helpers.small import scenario as write_scenario

SAME = 1e-6
"""Relative difference of costs that are one."""


def variants(case: Case, scenario: Scenario, seed: int) -> Iterator[tuple[Case, Scenario]]:
    """The case under three namings, each in two orders of its rows."""
    rng = np.random.default_rng([seed, 12])
    for _ in range(2):
        other, named = renamed(case, rng)
        yield other, told_so(scenario, named)
        yield shuffled(other, rng), told_so(scenario, named)
    yield shuffled(case, rng), scenario


def costs(case: Case, scenario: Scenario) -> list[float]:
    """Base, react and foresight, USD, of the base that the order keeps; not a number where a hard limit leaves none."""
    planner = Planner(case)
    assert planner.start.answer.method.endswith(CHOSEN)
    solver = Solver(planner.program, planner.start)
    (world,) = planner.worlds([scenario])
    found = {"base": planner.start.answer.cost}
    for variant in planner.variants(scenario, world):
        answer = solver.solve(variant)
        assert answer.certified or answer.status == "infeasible"
        found |= dict.fromkeys(variant.name[1:], answer.cost)
    return [found[name] for name in ("base", "react", "foresight")]


@pytest.mark.parametrize("seed", seeds(100, quick=3))
def test_names_and_rows_decide_nothing(seed: int) -> None:
    case = random_case(seed)
    scenario = random_scenario(case, seed)
    expected = costs(case, scenario)
    for other, told in variants(case, scenario, seed):
        assert costs(other, told) == pytest.approx(expected, rel=SAME, nan_ok=True)


@pytest.mark.parametrize("seed", seeds(100, quick=2))
def test_units_decide_nothing(seed: int) -> None:
    """A scenario that scales what it changes means the same in any unit."""
    case = random_case(seed)
    scenario = random_scenario(case, seed)
    scenario = scenario.model_copy(update={"events": tuple(event for event in scenario.events if event.scale)})
    expected = costs(case, scenario)
    for tonne, usd in ((1e3, 1.0), (1.0, 1e-6)):
        found = costs(in_units(case, tonne, usd), scenario)
        assert found == pytest.approx([usd * some for some in expected], rel=SAME, nan_ok=True)


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("name", "scenarios"),
    [
        ("ev-motors", None),
        ("korea", ("full-embargo", "licence-slowdown", "october-package-returns")),
        ("defense", ("full-embargo", "licence-slowdown", "october-package-returns")),
    ],
)
def test_names_and_rows_decide_nothing_in_bundled_cases(name: str, scenarios: tuple[str, ...] | None) -> None:
    """Sites are called otherwise in three ways, each with its rows in two orders."""
    case = load_case(name)
    expected = summary_of(case, scenarios)
    rng = np.random.default_rng(12)
    for _ in range(2):
        found = with_other_sites(case, rng)
        for other in (found, shuffled(found, rng)):
            assert summary_of(other, scenarios) == pytest.approx(expected, rel=SAME)
    assert summary_of(shuffled(case, rng), scenarios) == pytest.approx(expected, rel=SAME)


def summary_of(case: Case, scenarios: tuple[str, ...] | None) -> dict[tuple[str, str], float]:
    """What every answer costs."""
    plans = plan(case, scenarios)
    assert not plans.failed
    assert plans.outcome().answer.method.endswith(CHOSEN)
    return {key: outcome.cost for key, outcome in plans.outcomes.items()}


TIE = CASES / "react-tie-a"
OFFERS = "offer,site,material,price,capacity,from\n"


def tie(folder: Path, periods: int = 2, **tables: str) -> Path:
    """The hand case with other tables, or more years."""
    shutil.copytree(TIE, folder)
    text = (TIE / "case.yaml").read_text("utf-8")
    (folder / "case.yaml").write_text(text.replace("count: 2", f"count: {periods}"), "utf-8")
    return put_tables(folder, **tables)


def test_what_is_in_stock_is_kept(tmp_path: Path) -> None:
    """Two base plans cost 2,000: the one that buys ahead is kept, and nothing is left to buy at 1,000."""
    plans = plan(str(TIE), [str(TIE / "spike.yaml")])
    assert plans.outcome().cost == pytest.approx(2000)
    assert plans.outcome("spike").cost == pytest.approx(2000)
    (found,) = intervals(plans, workers=1)
    assert (found.best, found.kept) == pytest.approx((2000, 2000))
    bought = plans.tables["purchases"].query("answer == 'base'").set_index("offer").tonnes
    assert bought.to_dict() == pytest.approx({"a": 100, "b": 100})


def test_all_years_are_in_stock(tmp_path: Path) -> None:
    plans = plan(str(tie(tmp_path / "case", periods=3)), [str(TIE / "spike.yaml")])
    assert plans.outcome("spike").cost == pytest.approx(3000)


STOP = """- what: stop
  table: offers
  where: {{offer: {offer}}}
  set: {{capacity: 0}}
  from: 2028-01-01
"""


def test_which_of_two_equal_suppliers_stops_makes_no_difference(tmp_path: Path) -> None:
    """No room for stock, and 100 t that come from either or neither: of half of what was meant 20 t a year are lost."""
    folder = tie(tmp_path / "case", offers=f"{OFFERS}a,a,goods,10,80,2027-01-01\nb,b,goods,10,80,2027-01-01")
    (folder / "stocks.csv").unlink()
    text = (folder / "demand.csv").read_text("utf-8").replace("100,,", "100,1000,")
    (folder / "demand.csv").write_text(text, "utf-8")
    stops = [write_scenario(tmp_path / f"stop-{name}.yaml", STOP.format(offer=name), "2028-01-01") for name in "ab"]
    plans = plan(str(folder), [str(path) for path in stops])
    assert [plans.outcome(f"stop-{name}").cost for name in "ab"] == pytest.approx([1000 + 800 + 20 * 1000] * 2)
    bought = plans.tables["purchases"].query("answer == 'base'")
    assert bought.tonnes.tolist() == pytest.approx([50.0] * 4)


CONTRACTS = "contract,offer,price,reservation_fee,max_volume,take_or_pay,from,until\n"
DEARER = """- what: dearer
  table: contracts
  where: {{contract: {contract}}}
  set: {{price: 500}}
  from: 2028-01-01
"""


def test_the_interval_says_what_another_base_plan_would_save(tmp_path: Path) -> None:
    """Two contracts alike: half of each is kept. 50 t at 500 USD are paid for then; none, had all been of the other."""
    folder = tie(
        tmp_path / "case",
        contracts=f"{CONTRACTS}long-a,a,5,0,100,1,2027-01-01,2029-01-01\nlong-b,b,5,0,100,1,2027-01-01,2029-01-01",
    )
    (folder / "stocks.csv").unlink()
    rows = [
        write_scenario(tmp_path / f"dear-{n}.yaml", DEARER.format(contract=f"long-{n}"), "2028-01-01") for n in "ab"
    ]
    plans = plan(str(folder), [str(path) for path in rows])
    assert plans.outcome().cost == pytest.approx(1000)
    for found in intervals(plans, asked=False, workers=1):
        assert (found.best, found.kept) == pytest.approx((1000, 500 + 50 * 5 + 50 * 500))
    assert "24,750" in between(intervals(plans, workers=1)).says


LIMIT = "limit,measure,sense,value,stage,by,member,window,basis,penalty,from\n"


def test_a_limit_can_prepare(tmp_path: Path) -> None:
    """Goods are a little cheaper in the second year, so that nothing is bought ahead, unless a limit asks for it.

    Base and foresight never get cheaper by a tighter limit; react may. One on use would be broken whenever they are bought.
    """
    offers = f"{OFFERS}a,a,goods,11,300,2027-01-01\nb,b,goods,10,300,2028-01-01"
    costs = {}
    for bound in (1000, 50):
        limit = f"{LIMIT}second,volume,at_most,{bound},magnet,owner,NO,year,purchases,,2028-01-01"
        folder = tie(tmp_path / str(bound), offers=offers, limits=limit)
        plans = plan(str(folder), [str(TIE / "spike.yaml")])
        costs[bound] = [plans.outcome().cost, plans.outcome("spike", "foresight").cost, plans.outcome("spike").cost]
    assert costs[1000] == pytest.approx([2100, 2200, 1100 + 100 * 1000])
    assert costs[50] == pytest.approx([2150, 2200, 1650 + 50 * 1000])


def test_a_base_plan_that_has_no_other_has_no_interval(tmp_path: Path) -> None:
    offers = f"{OFFERS}a,a,goods,11,300,2027-01-01\nb,b,goods,10,300,2028-01-01"
    plans = plan(str(tie(tmp_path / "case", offers=offers)), [str(TIE / "spike.yaml")])
    assert intervals(plans, workers=1) == []
    assert "No other base plan" in between([]).says
