"""The first run is frozen, and its middle is found again from the committed inputs."""

from __future__ import annotations

import hashlib

import pytest

from optimizer.backtest.design import files, load_backtest, load_editions
from optimizer.backtest.grid import case_at, with_multiple
from optimizer.backtest.record import FIRST, first_run
from optimizer.backtest.run import Teller, mean
from optimizer.backtest.scores import stop_of
from optimizer.engine.pool import Pool
from optimizer.world.load import load_case

FROZEN = "f980e90c7324cd5f0b2b3916ee38e32716abe564ce1c4617153909f0e7dc0eee"


def test_the_tables_of_the_first_run_never_change() -> None:
    content = b"".join(path.read_bytes() for path in sorted((files() / FIRST).glob("*.csv")))
    assert hashlib.sha256(content).hexdigest() == FROZEN


@pytest.mark.slow
def test_the_middle_of_the_first_run_is_found_again() -> None:
    backtest, first = load_backtest(), first_run()
    assert first is not None
    middle, rule = backtest.design.middle, backtest.design.rule
    made = {branch.name: with_multiple(branch, rule, middle.multiple) for branch in backtest.branches}
    with Pool(1) as pool:
        teller = Teller(backtest, case_at(load_case(backtest.design.case), backtest, middle), pool)
        found = teller.tell(made.values())
    branches = {name: found[some.name] for name, some in made.items()}
    tonnes = mean(backtest, branches)
    for row in first.tables["months"]:
        assert tonnes[row["month"], "world"] == pytest.approx(float(row["foretold"]), abs=1)
    for row in first.tables["stops"]:
        day = stop_of(backtest, branches, row["buyer"])
        assert ("" if day is None else f"{day:.0f}") == row["foretold"]


def test_a_later_edition_says_why() -> None:
    for number, edition in load_editions().items():
        assert number > 1
        assert len(edition.reason) > 80
        assert edition.why or edition.known == "on the day"
