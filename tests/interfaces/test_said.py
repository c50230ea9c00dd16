"""What is said of a plan: its costs in two figures, nothing rounded away, no cost only where it is proved."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from optimizer.__main__ import main
from optimizer.folder.read import read_plans
from optimizer.folder.write import write_plans
from optimizer.interfaces import render
from optimizer.interfaces.plans import print_head, print_plans
from optimizer.plans.outcome import PENALTIES
from optimizer.plans.plan import Plans
from optimizer.questions.costless import averaged, stays_best
from optimizer.report.findings import answer
from optimizer.world.events import Event
from optimizer.world.scenario import Scenario
from tests.helpers.paths import CASES
from tests.helpers.planned import plan
from tests.helpers.printed import Run, costs_of, scenario, well_set

DEAR = "table: offers, where: {offer: o}, scale: {price: 2}, from: 2027-07-02"
TOY = CASES / "toy"


def made(name: str, **event: object) -> Scenario:
    """A scenario of one event, announced as it begins."""
    what = Event.model_validate({"what": name, **event})
    fields = {"name": name, "title": name, "probability": 0.1, "source": "test"}
    return Scenario.model_validate({**fields, "announced": event["from"], "events": (what,)})


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    """A copy of the small case, to be changed."""
    return shutil.copytree(TOY, tmp_path / "mine")


def rewrite(path: Path, **columns: object) -> None:
    """Set whole columns of a table."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table.assign(**{name: str(value) for name, value in columns.items()}).to_csv(path, index=False)


@pytest.fixture(scope="module")
def plans() -> Plans:
    """The small case, which breaks limits and goes short."""
    return plan(TOY, [made("idle", table="routes", where={}, scale={"freight": 1}, **{"from": "2027-07-01"})])


def test_cash_and_penalties_are_the_cost(plans: Plans) -> None:
    for row in plans.summary.to_dict(orient="records"):
        assert row["cash_usd"] + row["penalties_usd"] == pytest.approx(row["cost_usd"])
        assert row["penalties_usd"] > 0
    terms = plans.outcome().costs.set_index("term")["cost_usd"]
    base = {name: some[some["scenario"] == "base"] for name, some in plans.tables.items()}
    gaps = base["stock_gaps"].groupby("kind")["cost_usd"].sum()
    for kind in ("cover", "reserve", "terminal"):
        assert gaps.get(kind, 0.0) == pytest.approx(terms[f"{kind}_gap"], abs=0.01)
    assert base["shortages"]["cost_usd"].sum() == pytest.approx(terms["shortage"], abs=0.01)
    assert base["limits"]["cost_usd"].sum() == pytest.approx(terms["policy_breach"], abs=0.01)
    assert plans.outcome().penalties == pytest.approx(terms[list(PENALTIES.values())].sum())
    broken = base["limits"].loc[base["limits"]["breach"] > 1e-6, "limit"]
    assert set(plans.summary["limits_broken"].iloc[0].split(", ")) == set(broken)


@pytest.mark.parametrize("width", [80, 150])
def test_limits_broken_are_printed_with_their_price(
    plans: Plans, capsys: pytest.CaptureFixture[str], width: int
) -> None:
    print_head(Console(width=width), plans.planner.case)
    print_plans(Console(width=width), plans)
    text = capsys.readouterr().out
    well_set(text, width)
    missed = text.partition("Missed at a penalty")[2].partition("\n\n")[0]
    heading = next(line for line in missed.splitlines() if "what" in line)
    what = slice(heading.index("what"), heading.index("when"))
    said = " ".join(
        " ".join(line[what] for line in missed.splitlines()).split()
    )  # where there is no room it is wrapped
    for name in plans.summary["limits_broken"].iloc[0].split(", "):
        assert f"limit {name}" in said
    head = text.partition("Cost and service")[2].partition("\nbase ")[0]
    assert all(name in head for name in ("cash", "penalties", "service"))


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Goods for 678.81 USD and nothing else."""
    case = tmp_path / "tiny"
    case.mkdir()
    (case / "case.yaml").write_text(
        "version: 1\nname: tiny\ntitle: tiny\nstart: 2027-01-01\nperiods: [{count: 4, months: 3}]\ndiscount_rate: 0.0\n"
    )
    note = "source,confidence"
    (case / "materials.csv").write_text(f"material,stage,unit_value,{note}\ngoods,magnet,1,x,assumption\n")
    (case / "sites.csv").write_text(
        f"site,company,country,owner,{note}\nde,D,DE,DE,x,assumption\ncn,C,CN,CN,x,assumption\n"
    )
    (case / "routes.csv").write_text(f"from_country,to_country,freight,transit,{note}\nCN,DE,0,0,x,assumption\n")
    (case / "demand.csv").write_text(
        f"site,product,from,tonnes,penalty,{note}\nde,goods,2027-01-01,0.5,100000,x,assumption\n"
    )
    (case / "offers.csv").write_text(
        f"offer,site,material,from,capacity,price,{note}\no,cn,goods,2027-01-01,10,1357.62,x,assumption\n"
    )
    return case


def test_a_small_case_is_not_rounded_away(printed: Run, tiny: Path) -> None:
    text = printed("plan", str(tiny), "-s", scenario(tiny.parent, "dear", DEAR))
    cells = costs_of(text)
    assert [cells["base"][name] for name in ("react", "cash", "penalties")] == ["678.81", "678.81", "0.00"]
    assert float(cells["dear"]["against"]) == pytest.approx(678.81 * 183 / 365, abs=2)
    assert "Who supplies what: dear (react), kg" in text
    assert "nan" not in text
    text = printed("ledger", str(tiny))
    assert text.startswith("tiny: base plan, 678.81 USD (678.81 cash, 0.00 penalties)\n")
    text = printed("why", str(tiny), "de", "goods", "2027Q1")
    assert "bought as o, 2027Q1  " in text
    assert "1,358" in text
    assert "announcement" not in text


@pytest.mark.slow
def test_a_case_that_wants_nothing_says_no_nan(printed: Run, tiny: Path) -> None:
    rewrite(tiny / "demand.csv", tonnes=0)
    texts = [printed("plan", str(tiny), "-s", scenario(tiny.parent, "dear", DEAR))]
    texts.append(printed("ledger", str(tiny)))
    texts.append(printed("diff", str(tiny), f"{tiny}@{tiny.parent / 'dear.yaml'}"))
    texts.append(printed("alternatives", str(tiny)))
    for text in texts:
        assert "nan" not in text
        assert "0.0 MUSD" not in text


def test_why_infeasible_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tiny: Path
) -> None:
    rewrite(tiny / "demand.csv", penalty="", tonnes=30)
    monkeypatch.setattr(render, "answers", lambda: Console(width=150))
    for flags in ([], ["--json"]):
        monkeypatch.setattr(sys, "argv", ["lodestar", "why-infeasible", str(tiny), *flags])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 3
    text = capsys.readouterr().out
    assert "5.041 t" in text
    found = json.loads(text[text.index("{\n") :])
    assert found["conflicts"][0]["repairs"][0]["missing"] == pytest.approx(20 * 92 / 365)


def test_the_report_says_what_is_broken_first(plans: Plans, tmp_path: Path) -> None:
    write_plans(plans, tmp_path / "out")
    lead = answer(read_plans(tmp_path / "out"), {}).lead[1]
    for name in plans.summary["limits_broken"].iloc[0].split(", "):
        assert f"limit {name}: " in lead
    assert " is cash and " in lead


def test_shadow_prices_name_periods_and_tangents_and_count_shares_in_points(plans: Plans) -> None:
    prices = plans.tables["prices"]
    labels = set(plans.outcome().frame.labels)
    assert set(prices.loc[prices["rule"] == "plant_capacity", "key"].str.split(" / ").str[-1]) <= labels
    tangents = prices.loc[prices["rule"] == "square_tangent", "key"]
    assert len(tangents)
    assert tangents.str.contains(" / tangent ").all()
    assert set(prices.loc[prices["rule"] == "group_share", "unit"]) == {"percentage point"}


def test_the_price_of_a_share_is_what_a_point_of_it_costs(edited: Path) -> None:
    """Plans at a bound a thousandth of a point higher and lower cost as the price says."""
    base = plan(edited, [])
    prices = base.outcome().prices
    share = prices[(prices["rule"] == "group_share") & (prices["usd_per_unit"].abs() > 1)].iloc[0]
    name = share["key"].split(" / ")[0]
    table = pd.read_csv(edited / "limits.csv")
    costs = []
    for step in (-1e-5, 1e-5):
        moved = table.assign(value=table["value"] + step * (table["limit"] == name))
        moved.to_csv(edited / "limits.csv", index=False)
        costs.append(plan(edited, []).outcome().cost)
    low, high = (
        round((cost - base.outcome().cost) / (100 * step), 3) for cost, step in zip(costs, (-1e-5, 1e-5), strict=True)
    )
    assert min(low, high) - 1 <= share["usd_per_unit"] <= max(low, high) + 1


def test_no_cost_is_said_where_the_base_plan_proves_it() -> None:
    unused = made("unused", table="offers", where={"offer": "aa-dy"}, scale={"price": 1}, **{"from": "2027-07-01"})
    dearer = made("dearer", table="offers", where={"offer": "aa-nd"}, scale={"price": 2}, **{"from": "2027-01-01"})
    inside = made("inside", table="offers", where={"offer": "aa-nd"}, scale={"price": 2}, **{"from": "2027-02-15"})
    plans = plan(TOY, [unused, dearer, inside])
    assert averaged(plans, inside) == [], "its day is cut in"
    assert stays_best(plans, unused)
    assert not stays_best(plans, dearer)
    assert averaged(plans, unused) == averaged(plans, dearer) == []


def test_a_bundled_scenario_says_where_the_calendar_averages_it() -> None:
    """On the calendar of the case, as only days of scenarios from elsewhere are cut in."""
    inside = made("inside", table="offers", where={"offer": "aa-nd"}, scale={"price": 2}, **{"from": "2027-02-15"})
    inside._bundled = True
    plans = plan(TOY, [inside])
    (day,) = averaged(plans, inside)
    assert str(day) == "begins on 2027-02-15, inside 2027Q1"
