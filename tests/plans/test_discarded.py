"""Goods that vanish stand in a table of their own, which closes every balance."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from optimizer.audit.audit import audit_plan
from optimizer.plans.discarded import thrown_away
from optimizer.plans.outcome import Outcome
from tests.helpers.paths import CASES
from tests.helpers.planned import plan


def base(case: Path) -> Outcome:
    return plan(case, []).outcome()


@pytest.fixture
def flooded(tmp_path: Path) -> Path:
    """The small case, to which a thousand tonnes of magnets come on a day, far more than it can use or keep."""
    case = shutil.copytree(CASES / "toy", tmp_path / "flooded")
    path = case / "arrivals.csv"
    head, *rows = path.read_text().splitlines()
    fields = head.split(",")
    row = dict(zip(fields, rows[0].split(","), strict=True)) | {"tonnes": "1000000"}
    path.write_text("\n".join([head, ",".join(row[name] for name in fields)]) + "\n")
    return case


def test_what_does_not_fit_is_said_to_vanish(flooded: Path) -> None:
    outcome = base(flooded)
    table = plan(flooded, []).tables["discarded"]
    assert table["tonnes"].sum() > 500_000
    materials = outcome.frame.structure.by.materials
    for line in table.to_dict(orient="records"):
        assert line["value_usd"] == pytest.approx(1000 * materials[line["material"]].unit_value * line["tonnes"])
    sums = thrown_away(outcome)
    assert sums["tonnes"].sum() == pytest.approx(table["tonnes"].sum())
    assert sums["value_usd"].sum() < table["value_usd"].sum()


def test_the_sums_of_a_plan_close(flooded: Path) -> None:
    plans = plan(flooded, [])
    tables = {name: table.drop(columns=["scenario", "answer"]) for name, table in plans.tables.items()}
    case = plans.planner.case
    assert audit_plan(case, tables) == []
    faults = audit_plan(case, {**tables, "discarded": tables["discarded"].head(0)})
    assert any("mass that does not close" in str(fault) for fault in faults)


def test_goods_in_a_warehouse_that_nothing_leads_out_of_are_said_to_vanish(tmp_path: Path) -> None:
    """They have no balance at all, so no row of the programme shows them."""
    case = shutil.copytree(CASES / "toy", tmp_path / "stranded")
    with (case / "sites.csv").open("a") as file:
        file.write("cc-shed,C,CC,CC,toy network,assumption\n")
    with (case / "stocks.csv").open("a") as file:
        file.write("cc-shed,magnet,AD,50,100,400,0,0,0,20000,toy network,assumption\n")
    plans = plan(case, [])
    table = plans.tables["discarded"]
    assert table.loc[table["place"] == "cc-shed", "tonnes"].sum() == pytest.approx(50)
    tables = {name: some.drop(columns=["scenario", "answer"]) for name, some in plans.tables.items()}
    assert audit_plan(plans.planner.case, tables) == []
