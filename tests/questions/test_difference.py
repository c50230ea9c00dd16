"""What changed between two plans: every input named once, and costs that add up."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest

from optimizer.case.case import Case
from optimizer.case.settings import PeriodGroup
from optimizer.errors import InputError
from optimizer.folder.write import write_plans
from optimizer.questions.difference import TOGETHER, Side, difference, find_side
from optimizer.world.change import changed
from optimizer.world.load import load_case
from optimizer.world.scenario import load_scenario
from tests.helpers.command import lodestar_here
from tests.helpers.cost import least_cost
from tests.helpers.networks import random_case, random_scenario
from tests.helpers.paths import CASES
from tests.helpers.planned import plan
from tests.helpers.seeds import seeds
from tests.helpers.small import scenario, small

TOY = load_case(CASES / "toy")


def dearer(case: Case, table: str, column: str, times: float) -> Case:
    """The case with a column of a table multiplied."""
    rows = tuple(row.model_copy(update={column: getattr(row, column) * times}) for row in case.tables.rows(table))
    return Case(case.file, case.tables.replaced(**{table: rows}), case.places)


def test_the_same_plan_differs_in_nothing() -> None:
    found = difference(Side("a", TOY), Side("b", TOY))
    assert found.inputs.empty
    assert found.decisions.empty
    assert found.attribution["cost_usd"].sum() == pytest.approx(0, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(8))
def test_costs_add_up_to_the_change(seed: int) -> None:
    case = random_case(seed)
    event = random_scenario(case, seed)
    found = difference(Side("base", case), Side("scenario", case, event))
    cost = found.outcomes.set_index("what").loc["cost"]
    assert found.attribution["cost_usd"].sum() == pytest.approx(cost["change"], abs=1e-6 * cost["old"])
    back = difference(Side("scenario", case, event), Side("base", case))
    assert back.attribution["cost_usd"].sum() == pytest.approx(-cost["change"], abs=1e-6 * cost["old"])
    assert (found.inputs["old"].tolist(), found.inputs["new"].tolist()) == (
        back.inputs["new"].tolist(),
        back.inputs["old"].tolist(),
    )


@pytest.mark.slow
def test_a_change_by_itself_costs_all_of_the_change() -> None:
    found = difference(Side("a", TOY), Side("b", dearer(TOY, "plants", "cost", 1.5)))
    assert set(found.inputs["column"]) == {"cost"}
    assert len(found.inputs) == len(TOY.tables.plants)
    assert found.attribution["change"].tolist() == ["plants"]
    assert found.attribution["cost_usd"].iloc[0] > 0


@pytest.mark.slow
def test_two_changes_cost_the_mean_of_first_and_last() -> None:
    one, two = dearer(TOY, "plants", "cost", 1.5), dearer(TOY, "offers", "price", 1.2)
    both = dearer(one, "offers", "price", 1.2)
    costs = {name: least_cost(case) for name, case in zip("012b", (TOY, one, two, both), strict=True)}
    found = difference(Side("a", TOY), Side("b", both)).attribution.set_index("change")["cost_usd"]
    assert found["plants"] == pytest.approx((costs["1"] - costs["0"] + costs["b"] - costs["2"]) / 2, rel=1e-6)
    assert found["offers"] == pytest.approx((costs["2"] - costs["0"] + costs["b"] - costs["1"]) / 2, rel=1e-6)
    assert found.sum() == pytest.approx(costs["b"] - costs["0"], rel=1e-6)
    assert abs(found[TOGETHER]) < 1e-6 * costs["0"]
    assert list(found.abs()) == sorted(found.abs(), reverse=True)


@pytest.mark.slow
def test_rows_added_and_left_out_are_named() -> None:
    fewer = Case(TOY.file, TOY.tables.replaced(limits=TOY.tables.limits[1:]), TOY.places)
    fewer = Case(TOY.file, fewer.tables, {**TOY.places, "limits": TOY.places["limits"][1:]})
    found = difference(Side("a", TOY), Side("b", fewer))
    (line,) = found.inputs.to_dict(orient="records")
    assert (line["table"], line["old"], line["new"]) == ("limits", "row", "")


@pytest.mark.slow
def test_the_command_says_days_as_a_record_does(tmp_path: Path) -> None:
    """A day of an event, and a cell that is a day: as they are written, not as seconds."""
    offers = "offer,site,material,price,capacity,until\nspot,maker,magnet,50000,1000,"
    old = small(tmp_path / "old", offers=f"{offers}2030-01-01")
    new = small(tmp_path / "new", offers=f"{offers}2031-07-01")
    port = scenario(
        tmp_path / "port.yaml",
        "- {what: port, table: routes, where: {from_country: CN}, set: {freight: 200}, from: 2027-05-01}\n",
    )
    said = json.loads(lodestar_here("diff", str(old), f"{new}@{port}", "--json").stdout)
    cells = {(row["table"], row["column"]): (row["from"], row["old"], row["new"]) for row in said["inputs"]}
    assert cells == {
        ("offers", "until"): (None, "2030-01-01", "2031-07-01"),
        ("routes", "freight"): ("2027-05-01", 100.0, 200.0),
    }
    assert difference(find_side(str(old)), find_side(f"{new}@{port}")).record() == said


def test_a_plan_buys_ahead_between_announcement_and_effect(tmp_path: Path) -> None:
    """China stops all magnets from July; it says so in January. More is bought in the first two quarters, not less.

    Half of what is wanted can be had elsewhere, dearer; 200 t can be kept, and nothing is licensed of what is free.
    """
    folder = small(
        tmp_path / "case",
        "periods: [{count: 8, months: 3}]",
        sites="site,company,country,owner\nmaker,M,CN,CN\nother,O,JP,JP\nbuyer,B,DE,DE",
        offers="offer,site,material,price,capacity\nspot,maker,magnet,50000,1000\nelse,other,magnet,90000,182.5",
        routes="from_country,to_country,freight,transit\nCN,DE,100,0\nJP,DE,100,0",
        stocks="site,material,opening,capacity,holding,cover,reserve,terminal\nbuyer,magnet,0,200,100,0,0,0",
        controls="control,kind,authority,citation,origin,stages,effective,approval,adopted\n"
        "cn-embargo,export,x,x,CN,magnet,2026-01-01,1,false",
    )
    stop = "- {what: stop, table: controls, where: {control: cn-embargo}, set: {approval: 0}, from: 2027-07-01}\n"
    stopped = load_scenario(scenario(tmp_path / "stop.yaml", stop))
    case = load_case(folder)
    found = difference(Side("base", case), Side("stop", case, stopped))
    assert "cuts" not in set(found.inputs["column"]), "both sides have the scenario's days in their calendars"
    china = found.dispatch.set_index("country").loc["CN"]
    # 181 of 365 t a year are wanted until July and 200 t more are kept for afterwards; of the rest Japan gives half.
    assert china[["2027Q1", "2027Q2"]].sum() == pytest.approx(200, abs=1e-3)
    assert china[["2027Q3", "2027Q4"]].sum() == pytest.approx(-184, abs=1e-3)


@pytest.mark.slow
def test_finer_periods_widen_no_table() -> None:
    """What is sent, by quarter, on months with a day cut in."""
    file = TOY.file.model_copy(update={"periods": (PeriodGroup(count=12, months=1),), "cuts": (dt.date(2027, 5, 11),)})
    case = replace(TOY, file=file)
    fewer = changed(case, [{"table": "demand", "scale": {"tonnes": 0.5}}])
    sent = difference(Side("a", case), Side("b", fewer)).dispatch
    assert list(sent.columns) == ["country", "2027Q1", "2027Q2", "2027Q3", "2027Q4"]
    assert sent["2027Q2"].sum() < -1


def test_a_side_is_a_case_a_folder_or_a_scenario(tmp_path: Path) -> None:
    write_plans(plan(TOY, []), tmp_path / "out")
    assert find_side(str(tmp_path / "out")).case.digest() == TOY.digest()
    side = find_side("ev-motors@full-embargo")
    assert side.scenario is not None
    assert side.scenario.name == "full-embargo"
    for wrong in ("ev-motor", "ev-motors@full-embrgo"):
        with pytest.raises(InputError, match="Did you mean"):
            find_side(wrong)
