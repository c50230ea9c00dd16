"""What a figure is worth: elasticities by hand, against solving again, and in the print."""

from __future__ import annotations

import csv

import pytest
from typer.testing import CliRunner

from optimizer.case.tables import TABLES
from optimizer.interfaces.cli import app
from optimizer.questions.probe import Probe
from optimizer.questions.sources import Sources, marks, sources
from optimizer.world.load import load_case
from tests.helpers.networks import random_case
from tests.helpers.paths import BUNDLED, ROOT
from tests.helpers.planned import plan
from tests.helpers.seeds import seeds

CASES = ROOT / "tests" / "cases"


def test_transport_by_hand() -> None:
    """A demand price of 0.225 thousand USD a case times 325 cases wanted, over 153.675 thousand USD."""
    table = sources(Probe(plan(CASES / "transport", [])))
    assert list(table.columns) == list(Sources.columns())
    wanted = table[(table["table"] == "demand") & table["row"].str.startswith("New-York")].iloc[0]
    assert wanted["elasticity"] == pytest.approx(0.225 * wanted["value"] / 153.675)


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(6))
def test_prices_lie_between_what_solving_again_finds(seed: int) -> None:
    """Cost is convex in bounds and concave in prices, so the weight read off lies between the two sides, where prices say one."""
    found = sources(Probe(plan(random_case(seed), [])), 25)
    again = found[found["less"].notna() & found["elasticity"].notna()]
    assert len(again) > 10
    for line in again.itertuples():
        low, high = sorted((line.less, line.more))
        slack = 1e-5 + 0.03 * abs(line.elasticity)
        assert low - slack <= line.elasticity <= high + slack, line


def test_what_is_not_sourced_comes_first_and_the_heaviest_of_it() -> None:
    table = sources(Probe(plan(CASES / "toy", [])), 3)
    weak = (table["confidence"] != "sourced").tolist()
    assert weak == sorted(weak, reverse=True)
    sizes = table["elasticity"].abs()[weak].tolist()
    assert sizes == sorted(sizes, reverse=True)
    assert (table["source"].str.len() > 0).all()
    assert table["less"].notna().sum() == 3


def test_the_command_says_what_the_figures_are_worth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    said = CliRunner().invoke(app, ["sources", str(CASES / "toy")])
    assert said.exit_code == 0, said.output
    count = marks(load_case(CASES / "toy"))
    assert f"Of {count['rows']} rows {count['sourced']} are sourced" in said.output
    assert "solved again" in said.output


def test_the_elasticities_of_the_page_are_of_figures_that_are_there() -> None:
    with (ROOT / "docs" / "elasticities.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted({row["case"] for row in rows}) == BUNDLED
    for name in BUNDLED:
        case = load_case(name)
        for row in (some for some in rows if some["case"] == name):
            keys = {
                " / ".join(str(getattr(record, field)) for field in record.key): record
                for record in case.tables.rows(row["table"])
            }
            assert row["row"] in keys, row
            assert getattr(keys[row["row"]], row["column"]) == pytest.approx(float(row["value"])), row
        assert TABLES.keys() >= {row["table"] for row in rows}
