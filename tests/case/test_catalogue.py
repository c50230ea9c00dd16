"""Look-ups by name: made once, of what the tables say, and never changed."""

from __future__ import annotations

import pickle

import pytest

from optimizer.case.case import Case
from optimizer.case.topics.goods import main_products
from optimizer.world.load import load_case
from tests.helpers.paths import CASES

TOY = load_case(CASES / "toy")


def test_rows_are_found_by_name() -> None:
    by, tables = TOY.by, TOY.tables
    for rows, found in (
        (tables.materials, by.materials),
        (tables.sites, by.sites),
        (tables.offers, by.offers),
        (tables.contracts, by.contracts),
        (tables.projects, by.projects),
        (tables.controls, by.controls),
        (tables.stocks, by.stocks),
        (tables.substitutions, by.substitutions),
    ):
        assert tuple(found.values()) == rows
    assert [by.control_numbers[row.control] for row in tables.controls] == list(range(len(tables.controls)))
    assert {name: by.offer_of[name].offer for name in by.contracts} == {
        row.contract: row.offer for row in tables.contracts
    }


def test_recipes_are_found_by_name_and_process() -> None:
    by = TOY.by
    for row in TOY.tables.recipes:
        assert by.recipes[row.recipe][row.material] == row.tonnes
        assert by.process_of[row.recipe] == row.process
        assert row.recipe in by.recipes_of[row.process]
    assert dict(by.product_of) == main_products(TOY.tables.materials, TOY.tables.recipes)
    assert by.stage_of == {process: by.materials[product].stage for process, product in by.product_of.items()}


def test_what_serves_a_product_comes_first_itself() -> None:
    for row in TOY.tables.substitutions:
        assert row.material in TOY.by.stands_in[row.product]
        assert TOY.by.ratio[row.product, row.material] == row.ratio
    assert all(TOY.by.ratio[row.product, row.product] == 1 for row in TOY.tables.demand)


def test_a_look_up_is_made_once_and_cannot_be_changed() -> None:
    assert TOY.by.sites is TOY.by.sites
    with pytest.raises(TypeError):
        TOY.by.sites["x"] = TOY.tables.sites[0]  # type: ignore[index]
    with pytest.raises(TypeError):
        TOY.by.recipes[TOY.tables.recipes[0].recipe]["x"] = 1.0  # type: ignore[index]


def test_look_ups_add_nothing_to_a_case_that_is_sent_away() -> None:
    fresh = Case(TOY.file, TOY.tables, TOY.places)
    before = len(pickle.dumps(fresh))
    assert fresh.by.product_of
    assert fresh.by.ratio
    copy = pickle.loads(pickle.dumps(fresh))  # noqa: S301
    assert len(pickle.dumps(fresh)) < before + 200
    assert copy.by.ratio == fresh.by.ratio
