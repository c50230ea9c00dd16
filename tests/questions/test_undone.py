"""What to do and what it costs to leave it undone: by hand, and against cases without it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimizer.case.case import Case
from optimizer.plans.awards import Awards, awards
from optimizer.plans.decisions import ORDERED
from optimizer.questions.probe import Probe
from optimizer.questions.summary import Summary
from optimizer.questions.undone import Undone, decision_section, undone, undone_of
from tests.helpers.changes import mapped, with_rows
from tests.helpers.cost import least_cost
from tests.helpers.networks import random_case
from tests.helpers.paths import CASES
from tests.helpers.planned import plan
from tests.helpers.seeds import seeds
from tests.helpers.two_destinations import case

TRADE = "control,origin,destination,customer,group,tonnes,from,basis,share,headroom"


def listed(some: Case | str) -> tuple[Probe, pd.DataFrame]:
    """The decision list of a case."""
    probe = Probe(plan(some, []))
    return probe, undone(probe)


def test_orders_and_licences_by_hand(tmp_path: Path) -> None:
    """Of 100 t wanted a year in each country 25 a quarter: what China may not send costs 9,900 USD/t more elsewhere.

    A tenth of 25 t a quarter is licensed to US, applied for 21 days ahead; over two quarters that is 5 t.
    """
    control = (
        "control,kind,authority,citation,origin,stages,destinations,effective,approval,processing_days\n"
        "to-us,export,a,c,CN,magnet,US,2020-01-01,0.1,21"
    )
    rows = f"{TRADE}\nto-us,CN,US,,magnet,100,,,,"
    folder = case(tmp_path, "{count: 4, months: 3}", controls=control, trade=rows)
    _, table = listed(str(folder))
    licence = table[table[Undone.kind] == "licence"].iloc[0]
    half = 100 * 181 / 365
    assert (licence[Undone.what], licence[Undone.act_on]) == ("to-us", "2026-12-11")
    assert licence[Undone.how_much] == pytest.approx(0.1 * half)
    orders = table[table[Undone.kind] == "order"].set_index([Undone.what, Undone.site])
    assert orders.loc[("cn", "de"), Undone.how_much] == pytest.approx(half)
    assert orders.loc[("cn", "de"), Undone.worth_usd] == pytest.approx(100 * half)
    assert orders.loc[("au", "us"), Undone.how_much] == pytest.approx(0.9 * half)
    # Unused licences are carried into the second half, where they serve nothing that lacks: all is lost.
    assert orders.loc[("cn", "de"), Undone.undone_usd] == pytest.approx(9_900 * half)
    assert licence[Undone.undone_usd] <= 9_900 * 0.1 * half * (1 + 1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(20, quick=3))
def test_what_is_left_undone_costs_what_the_case_without_it_does(seed: int) -> None:
    some = random_case(seed)
    probe, table = listed(some)
    normal = probe.planner.network.reference
    for line in table[table[Undone.kind].isin(["contract", "project"])].to_dict("records"):
        name = f"{line[Undone.kind]}s"
        rows = [_never(row, line[Undone.what], some) for row in some.tables.rows(name)]
        cost = least_cost(with_rows(some, name, [row for row in rows if row is not None]), normal)
        assert line[Undone.undone_usd] == pytest.approx(cost - probe.cost, abs=1e-6 * probe.cost)


def _never(row: Any, name: str, some: Case) -> Any:
    """A row of the case, or what it is where it is never done: what is signed of it, a project that never begins."""
    if name not in (getattr(row, "contract", ""), getattr(row, "project", "")):
        return row
    if hasattr(row, "project"):
        return row.model_copy(update={"from_": some.calendar.end})
    return row.model_copy(update={"max_volume": row.signed}) if row.signed else None


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(20, quick=3))
def test_orders_are_what_is_shipped_in_the_first_periods(seed: int) -> None:
    probe, table = listed(random_case(seed))
    it = Awards
    some = awards(probe.outcome)
    first = some[some[it.period] < ORDERED]
    orders = table[table[Undone.kind] == "order"]
    assert orders[Undone.how_much].sum() == pytest.approx(first[it.tonnes].sum())
    assert orders[Undone.worth_usd].sum() == pytest.approx((first[it.tonnes] * first[it.landed_usd_per_t]).sum())
    assert (table[Undone.undone_usd].dropna() >= 0).all()
    assert list(table[Undone.act_on]) == sorted(table[Undone.act_on])
    assert np.isfinite(orders[Undone.price_usd_per_t]).all()


def test_a_plan_that_asks_for_nothing_has_an_empty_list() -> None:
    nothing = mapped(random_case(0), "demand", lambda row: {"tonnes": 0.0})
    nothing = mapped(nothing, "stocks", lambda row: {"cover": 0.0, "reserve": 0.0, "terminal": 0.0})
    nothing = mapped(nothing, "contracts", lambda row: {"signed": None})  # what is signed is due whatever is wanted
    _, table = listed(nothing)
    assert list(table.columns) == [str(column) for column in Undone.columns()]
    assert table.empty
    assert decision_section(table).says == "Nothing is to be done."


def test_a_small_case_says_at_once_what_its_lines_cost_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the screen of a plan stands what the question gives, for the lines shown."""
    for module in ("undone", "summary"):
        monkeypatch.setattr(f"optimizer.questions.{module}.EACH", 1)
    plans = plan(CASES / "toy", [])
    table = undone(Probe(plans))
    section = Summary(plans, undone_of(plans)).sections[0]
    assert section.fields[-1].heading.startswith("if not")
    full = decision_section(table)
    assert {row[:5]: row[-1] for row in section.rows}.items() <= {row[:5]: row[-1] for row in full.rows}.items()
    assert len(section.rows) < len(full.rows)
    assert "takes a plan for each" not in section.says


def test_of_a_large_case_it_is_not_worked_out_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    plans = plan(random_case(1), [])
    monkeypatch.setattr("optimizer.questions.undone.SMALL", len(plans.planner.program.column_names) - 1)
    assert undone_of(plans) is None
    section = Summary(plans).sections[0]
    assert not section.fields[-1].heading.startswith("if not")
    assert "takes a plan for each" in section.says
