"""Problems whose optimum is published, solved as cases."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from optimizer.plans.outcome import Outcome
from optimizer.world.events import Event
from optimizer.world.scenario import Scenario
from tests.helpers.paths import CASES
from tests.helpers.planned import plan

DAY = "2027-01-01"


def outage(*sites: str) -> Scenario:
    """The canneries named give nothing from the first day on."""
    event = Event.model_validate(
        {"what": "out", "table": "offers", "where": {"site": list(sites)}, "set": {"capacity": 0}, "from": DAY}
    )
    return Scenario(name="outage", title="outage", probability=0.1, announced=DAY, source="test", events=(event,))


def demand_prices(outcome: Outcome) -> dict[str, float]:
    """What one more case delivered to each market would cost."""
    prices = outcome.prices[outcome.prices["rule"] == "demand_met"]
    return {key.split(" / ")[0]: price for key, price in zip(prices["key"], prices["usd_per_unit"], strict=True)}


def test_transport_problem() -> None:
    """GAMS model library, trnsport: 153.675 thousand USD, demand prices 0.225, 0.153 and 0.126."""
    outcome = plan(CASES / "transport", []).outcome()
    assert outcome.cost == pytest.approx(153.675, rel=1e-12)
    assert demand_prices(outcome) == pytest.approx({"New-York": 0.225, "Chicago": 0.153, "Topeka": 0.126})
    assert outcome.short == 0


@pytest.mark.parametrize(
    ("lost", "cost", "short"), [(("Seattle",), 30_088.875, 300.0), (("San-Diego",), 55_054.0, 550.0)]
)
def test_transport_problem_with_a_plant_out(lost: tuple[str, ...], cost: float, short: float) -> None:
    """At a penalty of 100 thousand USD a case."""
    outcome = plan(CASES / "transport", [outage(*lost)]).outcome("outage", "foresight")
    assert outcome.cost == pytest.approx(cost, rel=1e-12)
    assert outcome.short == pytest.approx(short, rel=1e-12)


def test_both_plants_out_leaves_all_demand_short() -> None:
    outcome = plan(CASES / "transport", [outage("Seattle", "San-Diego")]).outcome("outage", "foresight")
    assert (outcome.cost, outcome.short, outcome.service_level) == pytest.approx((90_000.0, 900.0, 0.0))


def test_production_smoothing(tmp_path: Path) -> None:
    """One plant of 100 a period, demand 50, 150, 100: 50 are made ahead and held once, whatever the price of holding.

    By hand: three periods of a year, 300 made at 10 each and 50 held for a year at 2 each: 3,100.
    """
    case = tmp_path / "smoothing"
    shutil.copytree(CASES / "transport", case)
    said = "by hand,assumption\n"
    text = (case / "case.yaml").read_text()
    (case / "case.yaml").write_text(text.replace("name: transport", "name: smoothing").replace("count: 1", "count: 3"))
    (case / "sites.csv").write_text(f"site,company,country,owner,source,confidence\nshop,x,AD,AD,{said}")
    (case / "materials.csv").write_text(f"material,stage,unit_value,source,confidence\ncases,concentrate,1,{said}")
    (case / "routes.csv").unlink()
    (case / "offers.csv").unlink()
    (case / "recipes.csv").write_text(f"recipe,process,material,tonnes,source,confidence\nmake,make,cases,1,{said}")
    head = "site,process,from,capacity,cost,source,confidence\n"
    (case / "plants.csv").write_text(f"{head}shop,make,2020-01-01,100,10,{said}")
    head = "site,material,opening,capacity,holding,source,confidence\n"
    (case / "stocks.csv").write_text(f"{head}shop,cases,0,1000,2,{said}")
    rows = "".join(f"shop,cases,{2027 + n}-01-01,{t},1000,{said}" for n, t in enumerate((50, 150, 100)))
    (case / "demand.csv").write_text(f"site,product,from,tonnes,penalty,source,confidence\n{rows}")
    outcome = plan(case, []).outcome()
    assert outcome.cost == pytest.approx(3_100, rel=1e-12)
    assert outcome.variable("stock")["tonnes"].tolist() == pytest.approx([50.0])
