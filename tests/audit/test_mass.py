"""Plans of random networks and of the bundled cases pass an audit that knows nothing of the model."""

from __future__ import annotations

import pandas as pd
import pytest

from optimizer.audit.audit import audit_plan
from optimizer.plans.long_tables import long_tables
from tests.helpers.coarse import coarse
from tests.helpers.networks import random_case
from tests.helpers.planned import ev_motors, plan
from tests.helpers.seeds import a_fifth, seeds


@pytest.mark.parametrize("seed", seeds(40))
def test_random_plans_pass_the_audit(seed: int) -> None:
    plans = plan(random_case(seed), [])
    assert audit_plan(plans.planner.case, long_tables(plans.outcome())) == []


@pytest.mark.slow
@pytest.mark.parametrize("case", a_fifth(["ev-motors", "korea", "defense", "japan-motors"]))
def test_bundled_plans_pass_the_audit(case: str) -> None:
    plans = ev_motors() if case == "ev-motors" else plan(coarse(case), [])
    assert audit_plan(plans.planner.case, long_tables(plans.outcome())) == []


@pytest.mark.parametrize(
    ("table", "column"),
    [("shipments", "tonnes"), ("production", "activity_t"), ("consumption", "tonnes"), ("deliveries", "tonnes")],
)
def test_the_audit_sees_what_was_changed(table: str, column: str) -> None:
    plans = plan(random_case(1), [])
    tables = long_tables(plans.outcome())
    changed: pd.DataFrame = tables[table].copy()
    changed.loc[changed[column].idxmax(), column] *= 0.9 if table == "production" else 1.1
    assert audit_plan(plans.planner.case, {**tables, table: changed}) != []
