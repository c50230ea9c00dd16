"""What a cell of the prices names is read back as the row that it was written of."""

from __future__ import annotations

import pytest

from optimizer.formulation.rules import RULES
from optimizer.plans.outcome import Prices
from optimizer.plans.plan import Planner
from optimizer.plans.row_key import RowKey
from optimizer.world.load import load_case
from tests.helpers.networks import random_case
from tests.helpers.paths import CASES


@pytest.mark.parametrize("name", ["toy", "random"])
def test_every_row_is_read_back_by_the_fields_of_its_rule(name: str) -> None:
    frame = Planner(random_case(13) if name == "random" else load_case(CASES / "toy")).frame
    told = {RowKey.of(rule, key, frame.labels): (rule, key) for rule, key in frame.program.row_names}
    assert len(told) == len(frame.program.row_names) > 0
    for row, (rule, key) in told.items():
        assert RowKey.read(rule, str(row)) == row
        fields = RULES[rule].fields
        assert tuple(row.by_field) == fields
        named = {field: part for field, part in zip(fields, key, strict=True) if field not in ("period", "slot")}
        assert named == {field: row.by_field[field] for field in named}
        if "period" in fields:
            assert row.by_field["period"] == frame.labels[key[fields.index("period")]]


def test_a_price_names_a_row_of_the_programme() -> None:
    planner = Planner(load_case(CASES / "toy"))
    prices = planner.outcome(planner.network, planner.start.answer).prices
    rows = {RowKey.of(rule, key, planner.frame.labels) for rule, key in planner.program.row_names}
    assert len(prices)
    assert set(map(RowKey.read, prices[Prices.rule], prices[Prices.key])) <= rows
