"""A cell moved over a range, and cells set, at the command."""

from __future__ import annotations

import json

import pytest

from tests.helpers.command import lodestar_here
from tests.helpers.paths import CASES

TOY = str(CASES / "toy")
CELL = "offers.price[aa-nd]"


def test_each_value_costs_what_the_case_with_it_costs() -> None:
    rows = json.loads(lodestar_here("plan", TOY, "--sweep", f"{CELL}=20000:40000:20000", "--json").stdout)
    assert [row["value"] for row in rows] == [20000, 40000]
    for row in rows:
        said = lodestar_here("plan", TOY, "--set", f"{CELL}={row['value']}", "-s", "base", "--workers", "1", "--json")
        (base,) = json.loads(said.stdout)
        # A sum of squared shares is kept to 0.1 points of a share, by tangents that hang on the plan a solve starts from.
        assert row["cost_usd"] == pytest.approx(base["cost_usd"], rel=1e-6)
        assert row["short_t"] == pytest.approx(base["short_t"], abs=1e-6)


def test_a_curve_is_drawn() -> None:
    lines = lodestar_here("plan", TOY, "--sweep", f"{CELL}=20000,30000,1000000").stdout.splitlines()
    table = [line for line in lines if line.split()[1:3] == ["base", "base"]]
    assert len(table) == 3
    assert "█" * 10 in table[-1]


@pytest.mark.parametrize(
    ("option", "text", "says"),
    [
        ("--sweep", f"{CELL}=1:2:-1", "expected first:last:step"),
        ("--sweep", f"{CELL}=1:2:0", "expected first:last:step"),
        ("--sweep", f"{CELL}=a,b", "expected a number, found a"),
        ("--sweep", f"{CELL}=1_000,2", "expected a number, found 1_000"),
        ("--sweep", "offers.price=1:2:1", "expected table.column[row]=first:last:step"),
        ("--sweep", "offers.prise[aa-nd]=1:2:1", "Did you mean 'price'?"),
        ("--sweep", f"{CELL}=-1", "to stay from 0"),
        ("--set", "offers.price[aa-n]=1", "Did you mean 'aa-nd'?"),
        ("--set", "offer.price[aa-nd]=1", "Did you mean 'offers'?"),
        ("--set", f"{CELL}=nan", "expected a number, found nan"),
        ("--set", f"{CELL}=-5", "greater than or equal to 0"),
    ],
)
def test_what_is_no_cell_or_no_value_is_a_fault(option: str, text: str, says: str) -> None:
    assert says in lodestar_here("plan", TOY, option, text, code=2).stderr


def test_a_sweep_writes_no_folder() -> None:
    assert "without --out and" in lodestar_here("plan", TOY, "--sweep", f"{CELL}=1,2", "--out", "x", code=2).stderr
