"""A misspelt column of a table of results is an error of the type checker, and columns are stated once."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pandas as pd
import pytest
from mypy import api

from optimizer.errors import FormulationError
from optimizer.plans.long_tables import TABLES
from optimizer.plans.schema import Columns, count, lines, number, word
from optimizer.plans.summary import SUMMARY, UNITS
from tests.helpers.paths import ROOT
from tests.helpers.planned import plan

HOME = ROOT
MISSPELT = [
    ("plans.tables.transport", "Shipments", "tons", "tonnes"),
    ("plans.tables.limits", "Limits", "breech", "breach"),
    ("plans.tables.supply", "Purchases", "price_usd_per_ton", "price_usd_per_t"),
    ("plans.lasting", "Cover", "day", "days"),
    ("plans.summary", "Found", "costs_usd", "cost_usd"),
    ("plans.tables.rules", "Ledger", "price_lo", "price_low"),
    ("plans.cost", "Amounts", "penalty_usd", "penalties_usd"),
    ("plans.outcome", "Service", "shorts", "short"),
    ("plans.penalties", "Missed", "kinds", "kind"),
    ("plans.flows", "Who", "owners", "owner"),
    ("report.measured", "Measured", "keeps", "kept"),
    ("report.chain", "Lanes", "stages", "stage"),
    ("plans.tables.supply", "Supply", "sources", "from_"),
    ("report.measured", "Bounds", "bound", "bounds"),
    ("report.measured", "LicenceUse", "used", "use"),
    ("questions.alternatives", "Compared", "mean_stock_day", "mean_stock_days"),
    ("questions.capacity", "CapacityShares", "published_lo", "published_low"),
    ("questions.controls", "Standing", "next_events", "next_event"),
    ("questions.difference", "Inputs", "frm", "from_"),
    ("questions.difference", "Attribution", "costs_usd", "cost_usd"),
    ("questions.effects", "Effects", "columns_", "column"),
    ("questions.sources", "Sources", "elasticities", "elasticity"),
    ("questions.supplier", "ForcedParts", "usd_per_ton", "usd_per_t"),
    ("questions.tracing", "CleanDown", "usd_per_kilogram", "usd_per_kg"),
    ("questions.why", "PriceParts", "amounts", "amount"),
]


@pytest.mark.slow
def test_mypy_sees_a_misspelt_column(tmp_path: Path) -> None:
    text = [f"from optimizer.{module} import {record}" for module, record, _, _ in MISSPELT]
    text += [f"{record}.{right}\n{record}.{wrong}" for _, record, wrong, right in MISSPELT]
    snippet = tmp_path / "snippet.py"
    snippet.write_text("\n".join(text) + "\n")
    config = ["--config-file", str(HOME / "pyproject.toml"), "--cache-dir", str(HOME / ".mypy_cache")]
    said, _, code = api.run([*config, "--hide-error-context", "--no-error-summary", str(snippet)])
    found = [line for line in said.splitlines() if "snippet.py" in line and ": error:" in line]
    assert code == 1, said
    assert [line.split('has no attribute "')[1].split('"')[0] for line in found] == [
        wrong for _, _, wrong, _ in MISSPELT
    ]


class Small(Columns):
    name = word("its name")
    size = number("t", "how much")
    times = count("count", "how often")


def test_a_table_has_the_columns_that_are_stated_and_their_types() -> None:
    table = Small.of([{Small.times: 2, Small.size: 1, Small.name: "a"}])
    assert list(table.columns) == ["name", "size", "times"]
    assert [str(table[name].dtype) for name in (Small.size, Small.times)] == ["float64", "int64"]
    empty = Small.of([])
    assert [str(empty[name].dtype) for name in (Small.size, Small.times)] == ["float64", "int64"]


class Kept(Columns):
    from_ = word("a name that Python keeps for itself")
    else_ = word("another")


def test_a_column_may_have_a_name_that_python_keeps_for_itself() -> None:
    table = Kept.of([{Kept.from_: "a", Kept.else_: "b"}])
    assert list(table.columns) == ["from", "else"]
    assert [(line[Kept.from_], line[Kept.else_]) for line in lines(table)] == [("a", "b")]


@pytest.mark.parametrize("cells", [{"name": ["a"], "size": [1.0]}, {"name": [], "size": [], "times": [], "colour": []}])
def test_a_table_lacks_no_column_and_has_no_other(cells: dict[str, list[object]]) -> None:
    with pytest.raises(FormulationError, match=r"times|colour"):
        Small.frame(pd.DataFrame(cells))


def test_written_tables_have_the_columns_that_are_stated() -> None:
    plans = plan(HOME / "tests" / "cases" / "toy", [])
    for name, table in {**plans.tables, "summary": plans.summary}.items():
        stated = SUMMARY if name == "summary" else TABLES[name].columns
        assert list(table.columns) == list(stated), name
        for column in stated:
            assert not column.is_number or table[column].dtype == column.dtype, column
            assert column.meaning, column
            assert bool(column.unit) == column.is_number, column


def test_a_number_has_one_unit_under_one_name() -> None:
    found = defaultdict(set)
    for column in (
        column for columns in (SUMMARY, *(table.columns for table in TABLES.values())) for column in columns
    ):
        found[str(column)].add(column.unit)
    assert all(len(units) == 1 for units in found.values())
    assert {name: {unit} for name, unit in UNITS.items()}.items() <= found.items()
