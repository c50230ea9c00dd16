"""The tables of a case as one noun: made of rows by name, and changed table by table."""

from __future__ import annotations

from importlib import import_module

import pytest

from optimizer.case import granting
from optimizer.case.check import CHECKS
from optimizer.case.rows import Row
from optimizer.case.tables import TABLES, Tables
from optimizer.errors import CaseError
from optimizer.topics import TOPICS
from optimizer.world.load import load_case
from tests.helpers.paths import CASES

TOY = load_case(CASES / "toy").tables


def test_tables_are_made_and_changed_by_name() -> None:
    assert Tables.of(dict(TOY.items())) == TOY
    assert TOY.replaced(limits=[]).limits == ()
    assert TOY.replaced(limits=[]).offers == TOY.offers
    assert [name for name, _ in TOY.items()] == list(TABLES)
    assert TOY.rows("sites") is TOY.sites


def test_what_is_no_table_or_no_row_of_it_is_refused() -> None:
    with pytest.raises(CaseError) as caught:
        Tables.of({"offer": TOY.offers, "sites": TOY.offers[:1]})
    table, row = map(str, caught.value.faults)
    assert table.startswith("tables: no such table 'offer'. Known: approvals, ")
    assert table.endswith("Did you mean 'offers'?")
    assert row == "sites, row 0: expected a Site, found a Offer"


def test_the_files_of_the_topics_hold_all_tables_and_checks() -> None:
    """A record or a check that its topic's file names is neither forgotten nor listed anywhere else."""
    modules = [import_module(f"optimizer.case.topics.{topic}") for topic in TOPICS]
    records = [
        found
        for module in [*modules, granting]
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, Row) and found.__module__ == module.__name__
    ]
    listed = list(TABLES.values())
    assert sorted(records, key=listed.index) == listed
    assert [check for module in modules for check in module.CHECKS] == list(CHECKS[4:])
